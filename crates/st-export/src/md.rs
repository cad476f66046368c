//! Markdown (CommonMark 0.31, tables as GitHub writes them): headings, a table of facts, a paragraph an utterance.

use std::io::{self, Write};

use crate::options::READING;
use crate::text::{confidence, lines, one_line, percent};
use crate::{
    Block, ExportOption, ExportOptions, Exporter, Fact, ORIGIN_TITLE, Source, facts, origin_sections, summary,
};

pub(super) struct Markdown;

/// Text that reads as itself: what would be markup gets a backslash. The text is one line.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        let markup = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' => true,
            // An entity; else it is an "and".
            '&' => next.is_some_and(|n| n.is_ascii_alphanumeric() || *n == '#'),
            // What begins a heading, a list or a line under a heading.
            '#' | '+' | '-' | '=' | ':' => at == 0,
            // A numbered list.
            '.' | ')' => at > 0 && at < 10 && chars[..at].iter().all(char::is_ascii_digit),
            _ => false,
        };
        if markup {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn write_table(facts: &[Fact], to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "| Fact | Value |\n|---|---|")?;
    for fact in facts {
        writeln!(to, "| {} | {} |", plain(fact.label), plain(&fact.value))?;
    }
    writeln!(to)
}

fn write_block(block: &Block, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "## {}\n", plain(block.title))?;
    for item in &block.items {
        let time = item.at.map(|at| format!("\\[{at}\\] ")).unwrap_or_default();
        let speaker = item.speaker.as_ref().map(|name| format!("**{}:** ", plain(name))).unwrap_or_default();
        // Behind a mark of the list a text could still begin one of its own.
        writeln!(to, "- {time}{speaker}{}", plain(&item.text))?;
    }
    writeln!(to)
}

impl Exporter for Markdown {
    fn id(&self) -> &'static str {
        "md"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn name(&self) -> &'static str {
        "Markdown"
    }

    fn options(&self) -> &'static [ExportOption] {
        READING
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let title = one_line(&transcript.recording.name);
        writeln!(to, "# {}\n", plain(if title.is_empty() { "Transcript" } else { &title }))?;
        if options.summary {
            write_table(&facts(source), to)?;
        }
        let blocks = summary(transcript, options);
        for block in &blocks {
            write_block(block, to)?;
        }
        if !blocks.is_empty() {
            writeln!(to, "## Transcript\n")?;
        }
        if transcript.utterances.is_empty() {
            writeln!(to, "No speech was found.\n")?;
        }
        for utterance in &transcript.utterances {
            let speaker = transcript.speaker_name(utterance).filter(|_| options.speakers);
            let speaker = speaker.map(|s| one_line(&s)).filter(|s| !s.is_empty()).map(|s| format!("**{}**", plain(&s)));
            let time = options.timestamps.then(|| format!("\\[{}\\]", utterance.span.start));
            let sure = confidence(utterance).filter(|_| options.confidence);
            let sure = sure.map(|c| format!("({} sure)", percent(c)));
            let head: Vec<String> = speaker.into_iter().chain(time).chain(sure).collect();
            let head = (!head.is_empty()).then(|| head.join(" "));
            let text = lines(&utterance.text).into_iter().map(|line| plain(&line));
            let all: Vec<String> = head.into_iter().chain(text).collect();
            if !all.is_empty() {
                // A backslash at the end of a line keeps the line break.
                writeln!(to, "{}\n", all.join("\\\n"))?;
            }
        }
        if options.origin {
            writeln!(to, "## {ORIGIN_TITLE}\n")?;
            for section in origin_sections(source) {
                writeln!(to, "### {}\n", section.title)?;
                write_table(&section.facts, to)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_is_no_markup() {
        for (text, expected) in [
            ("*a* _b_ [c](d) <e> `f`", "\\*a\\* \\_b\\_ \\[c\\](d) \\<e\\> \\`f\\`"),
            ("1. a", "1\\. a"),
            ("in 1999. a", "in 1999. a"),
            ("- a - b", "\\- a - b"),
            ("R&D &amp; & co", "R\\&D \\&amp; & co"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
