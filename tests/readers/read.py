"""Reads exported files with parsers that are not ours, and prints what they found as JSON: a list by file name.

Each entry of a list is [start in ms or null, end in ms or null, speaker or null, text]. A file that its parser refuses
gives {"refused": why}.
"""

import csv
import html
import json
import pathlib
import re
import sys

import html5lib
import jsonschema
import markdown_it
import praatio.textgrid
import pympi
import webvtt
from pyannote.database.util import load_rttm

csv.field_size_limit(1 << 30)


def table(path, **dialect):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True, restkey="more", **dialect))
    for row in rows:
        if None in row.values() or "more" in row:
            raise ValueError(f"a row has another number of cells: {row}")
    return [[int(r["start_ms"]), int(r["end_ms"]), r["speaker"] or None, r["text"]] for r in rows]


def read_csv(path):
    return table(path)


def read_tsv(path):
    return table(path, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_json(path):
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
    document = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    names = {s["id"]: s["name"] for s in document["speakers"]}
    return [[u["start_ms"], u["end_ms"], names.get(u["speaker"]), u["text"]] for u in document["utterances"]]


def cues(captions):
    return [[round(c.start_in_seconds * 1000), round(c.end_in_seconds * 1000), c.voice, c.text] for c in captions]


def read_vtt(path):
    # The parser leaves references as they stand.
    return [[*times, voice, html.unescape(text)] for *times, voice, text in cues(webvtt.read(path))]


def read_srt(path):
    # The parser wants at least one cue; where nobody speaks there is none.
    if path.stat().st_size == 0:
        return []
    return cues(webvtt.from_srt(path))


def read_eaf(path):
    document = pympi.Elan.Eaf(str(path))
    found = []
    for tier in document.get_tier_names():
        if document.tiers[tier][2]["LINGUISTIC_TYPE_REF"] == "utterance":
            for start, end, text in document.get_annotation_data_for_tier(tier):
                found.append([start, end, tier, text])
    return sorted(found, key=lambda entry: entry[0])


def read_TextGrid(path):
    grid = praatio.textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    found = []
    for tier in grid.tiers:
        if not tier.name.endswith(" – words"):
            for entry in tier.entries:
                found.append([round(entry.start * 1000), round(entry.end * 1000), tier.name, entry.label])
    # A second reader has to agree about the tiers.
    other = pympi.Praat.TextGrid(file_path=str(path), codec="utf-8")
    if [tier.name for tier in other.get_tiers()] != [tier.name for tier in grid.tiers]:
        raise ValueError("the readers see other tiers")
    return sorted(found, key=lambda entry: entry[0])


def text_of(element):
    return "".join("\n" if e.tag == "br" and t is None else t or "" for e, t in pieces(element))


def pieces(element):
    yield element, element.text if element.tag != "br" else None
    for child in element:
        yield from pieces(child)
        yield element, child.tail or ""


def read_html(path):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(path.read_text("utf-8"))
    for element in page.iter():
        for name in ("src", "href"):
            if re.match(r"[a-z]+:|//", element.get(name, "")):
                raise ValueError("a reference to elsewhere")
        if element.tag == "script":
            raise ValueError("a script")
    found = []
    for section in page.iter("section"):
        names = [text_of(b) for b in section.iter("b")]
        found.append([None, None, names[0] if names else None, text_of(section.findall("p")[-1])])
    return found


def read_otr(path):
    document = json.loads(path.read_text("utf-8"))
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found = []
    for paragraph in parser.parseFragment(document["text"]):
        stamps = [float(s.get("data-timestamp")) for s in paragraph.iter("span") if s.get("class") == "timestamp"]
        names = [text_of(b).removesuffix(":") for b in paragraph.iter("b")]
        text = text_of(paragraph)
        for part in [text_of(s) for s in paragraph.iter("span")] + [n + ":" for n in names]:
            text = text.replace(part, "", 1)
        found.append([round(stamps[0] * 1000), None, names[0] if names else None, text])
    return found


def read_md(path):
    tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))
    found = []
    for before, token in zip(tokens, tokens[1:]):
        if token.type != "inline" or before.type != "paragraph_open":
            continue
        lines = [[]]
        for child in token.children:
            if child.type in ("softbreak", "hardbreak"):
                lines.append([])
            elif child.type in ("text", "text_special"):
                lines[-1].append(child.content)
            elif child.type not in ("strong_open", "strong_close"):
                raise ValueError(f"markup that nobody wrote: {child.type}")
        head = [part for part in lines[0] if part]
        found.append([None, None, head[0] if head else None, "\n".join("".join(line) for line in lines[1:])])
    return found


def read_rttm(path):
    """By pyannote, as those who score diarization do. It leaves out lines that are not turns, so the lines are counted."""
    # It refuses an empty file, which is what a talk without speakers gives.
    found = []
    for turns in load_rttm(path).values() if path.stat().st_size else ():
        found += [[round(s.start * 1000), round(s.end * 1000), who, ""] for s, _, who in turns.itertracks(yield_label=True)]
    if len(found) != len(path.read_text("utf-8").splitlines()):
        raise ValueError(f"{len(found)} turns of {path.name}")
    if not all(isinstance(who, str) for _, _, who, _ in found):
        raise ValueError(f"a speaker without a name in {path.name}")
    return found


def read_txt(path):
    """Text with times for research programs: a time in brackets begins each paragraph, in order."""
    found = []
    for paragraph in path.read_text("utf-8").split("\n\n"):
        if not paragraph.strip():
            continue
        h, m, s, tenth, rest = re.fullmatch(r"\[(\d\d+):(\d\d):(\d\d)\.(\d)\] (.*)\n?", paragraph).groups()
        name, colon, text = rest.partition(": ")
        found.append([((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(tenth) * 100, None, name, text])
    if [f[0] for f in found] != sorted(f[0] for f in found):
        raise ValueError("the times are not in order")
    return found


answers = {}
for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    reader = globals().get("read_" + path.suffix.removeprefix("."))
    if reader is None:
        continue
    try:
        answers[path.name] = reader(path)
    except Exception as error:  # noqa: BLE001 whatever a parser raises is its refusal
        answers[path.name] = {"refused": f"{type(error).__name__}: {error}"}
json.dump(answers, sys.stdout)
