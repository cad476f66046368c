/** What axe finds wrong with a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// What holds is not described in all its places, which takes longer than to look.
const RULES = { runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'] };

/** Each violation in a line: rule, element, and what is wrong with it. */
export async function violations(page) {
  // Through the debugger's protocol and not by a script element, which the page's policy refuses.
  await page.evaluate(`if (!globalThis.axe) { ${source} }`);
  const { violations: found } = await page.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
  // The initials on badges are pictures of people and not the words on a button.
  const badges = (id, node) => id === 'label-content-name-mismatch' && node.html.includes('class="badges');
  return found.flatMap(({ id, nodes }) => nodes.filter((node) => !badges(id, node)).map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n').slice(1).join(' ')}`));
}
