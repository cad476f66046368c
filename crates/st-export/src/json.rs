//! JSON: everything, for other programs. The form is `docs/json-schema.md`; `schema` changes when it does.

use std::io::{self, Write};

use serde::Serialize;

use crate::check::unsound;
use crate::text::confidence;
use crate::{ExportOptions, Exporter, Source, Written};
use st_core::doubt::{Doubt, DoubtKind, Verdict};
use st_core::hypothesis::Word;
use st_core::time::TimeSpan;
use st_core::transcript::{SpeakerId, Transcript, Utterance};

/// Name and version of the form.
pub const SCHEMA: &str = "securetranscribe/1";

pub(super) struct Json;

#[derive(Serialize)]
struct JsonSpeaker<'a> {
    id: &'a str,
    label: &'a str,
    number: u32,
    name: String,
    named: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<u8>,
}

#[derive(Serialize)]
struct JsonWord<'a> {
    text: &'a str,
    start_ms: u64,
    end_ms: u64,
    confidence: f32,
    #[serde(skip_serializing_if = "Clone::clone")]
    spaced: bool,
}

#[derive(Serialize)]
struct JsonUtterance<'a> {
    id: u64,
    speaker: Option<&'a str>,
    start_ms: u64,
    end_ms: u64,
    text: &'a str,
    confidence: Option<f64>,
    overlap: bool,
    overlap_speakers: Vec<&'a str>,
    edited: bool,
    checked: bool,
    words: Vec<JsonWord<'a>>,
}

#[derive(Serialize)]
struct JsonGap {
    start_ms: u64,
    end_ms: u64,
}

#[derive(Serialize)]
struct JsonCoverage {
    words_ms: u64,
    silence_ms: u64,
    speech_without_words_ms: u64,
    speech_without_words: Vec<JsonGap>,
}

#[derive(Serialize)]
struct JsonDoubt<'a> {
    id: u32,
    kind: DoubtKind,
    start_ms: u64,
    end_ms: u64,
    verdict: Verdict,
    text: &'a str,
    settled: bool,
}

fn doubt(doubt: &Doubt) -> JsonDoubt<'_> {
    let finding = &doubt.finding;
    JsonDoubt {
        id: doubt.id.0,
        kind: finding.kind,
        start_ms: finding.span.start.0,
        end_ms: finding.span.end.0,
        verdict: finding.verdict,
        text: &finding.text,
        settled: doubt.settled,
    }
}

fn label(transcript: &Transcript, id: SpeakerId) -> Option<&str> {
    transcript.speaker(id).map(|s| s.label.as_str())
}

fn utterance<'a>(transcript: &'a Transcript, u: &'a Utterance) -> JsonUtterance<'a> {
    let word = |w: &'a Word| JsonWord {
        text: &w.text,
        start_ms: w.span.start.0,
        end_ms: w.span.end.0,
        confidence: if w.confidence.is_finite() { w.confidence.clamp(0.0, 1.0) } else { 0.0 },
        spaced: w.spaced,
    };
    JsonUtterance {
        id: u.id.0,
        speaker: u.speaker.and_then(|id| label(transcript, id)),
        start_ms: u.span.start.0,
        end_ms: u.span.end.0,
        text: &u.text,
        confidence: confidence(u),
        overlap: !u.overlap.is_empty(),
        overlap_speakers: u.overlap.iter().filter_map(|&id| label(transcript, id)).collect(),
        edited: u.edited,
        checked: u.checked,
        words: u.words.iter().map(word).collect(),
    }
}

/// Writes a list with one element a line, so that long files can be read and compared by lines.
fn list<T: Serialize>(to: &mut dyn Write, name: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
    write!(to, "  \"{name}\": [")?;
    for (at, item) in items.enumerate() {
        write!(to, "{}\n    {}", if at > 0 { "," } else { "" }, serde_json::to_string(&item)?)?;
    }
    write!(to, "\n  ],\n")
}

fn field<T: Serialize>(to: &mut dyn Write, name: &str, value: &T, last: bool) -> io::Result<()> {
    writeln!(to, "  \"{name}\": {}{}", serde_json::to_string(value)?, if last { "" } else { "," })
}

/// Whether a file is one JSON value, read without keeping it.
pub(crate) fn parses(file: &mut dyn Written) -> io::Result<()> {
    serde_json::from_reader::<_, serde::de::IgnoredAny>(file).map(drop).map_err(|error| match error.classify() {
        serde_json::error::Category::Io => error.into(),
        _ => unsound(error.to_string()),
    })
}

impl Exporter for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn name(&self) -> &'static str {
        "JSON with word times"
    }

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        writeln!(to, "{{")?;
        field(to, "schema", &SCHEMA, false)?;
        field(to, "recording", &transcript.recording, false)?;
        field(to, "language", &transcript.language, false)?;
        let speakers = transcript.speakers.iter().map(|s| JsonSpeaker {
            id: &s.label,
            label: &s.label,
            number: s.id.0,
            name: s.display_name(),
            named: s.name.is_some(),
            colour: s.colour,
        });
        list(to, "speakers", speakers)?;
        list(to, "utterances", transcript.utterances.iter().map(|u| utterance(transcript, u)))?;
        let coverage = &transcript.coverage;
        let gap = |s: &TimeSpan| JsonGap { start_ms: s.start.0, end_ms: s.end.0 };
        let coverage = JsonCoverage {
            words_ms: coverage.words_ms,
            silence_ms: coverage.silence_ms,
            speech_without_words_ms: coverage.speech_without_words_ms,
            speech_without_words: coverage.speech_without_words.iter().map(gap).collect(),
        };
        field(to, "coverage", &coverage, false)?;
        list(to, "doubts", transcript.doubts.iter().map(doubt))?;
        field(to, "provenance", &transcript.provenance, true)?;
        writeln!(to, "}}")
    }
    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        parses(file)
    }
}
