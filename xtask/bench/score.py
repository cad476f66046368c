"""Word error rates over pairs of reference and hypothesis, counted together.

usage: score.py < [["reference", "hypothesis"], ...]      prints {"whisper": {...}, "simple": {...}}, rates in per cent
"""

import json
import sys

from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer


def errors(reference, hypothesis):
    """Substitutions, deletions and insertions of the cheapest way from one list of words to the other."""
    row = [(j, 0, 0, j) for j in range(len(hypothesis) + 1)]
    for i, word in enumerate(reference, 1):
        above, row = row, [(i, 0, i, 0)]
        for j, heard in enumerate(hypothesis, 1):
            c, s, d, n = above[j - 1]
            keep = (c, s, d, n) if word == heard else (c + 1, s + 1, d, n)
            c, s, d, n = above[j]
            drop = (c + 1, s, d + 1, n)
            c, s, d, n = row[j - 1]
            row.append(min(keep, drop, (c + 1, s, d, n + 1), key=lambda way: way[0]))
    return row[-1][1:]


def rate(pairs, normalise):
    words, counts = 0, [0, 0, 0]
    for reference, hypothesis in pairs:
        reference, hypothesis = normalise(reference).split(), normalise(hypothesis).split()
        words += len(reference)
        counts = [a + b for a, b in zip(counts, errors(reference, hypothesis))]
    kinds = dict(zip(("substitutions", "deletions", "insertions"), counts))
    return {"wer": 100 * sum(counts) / max(words, 1), "words": words, **kinds}


pairs = json.load(sys.stdin)
print(json.dumps({"whisper": rate(pairs, EnglishTextNormalizer()), "simple": rate(pairs, BasicTextNormalizer())}))
