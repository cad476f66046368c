//! Our own JSON (`docs/json-schema.md`), read so that nothing is lost on the way round.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use st_core::coverage::Coverage;
use st_core::doubt::{Doubt, DoubtId, DoubtKind, Finding, Verdict};
use st_core::hypothesis::Word;
use st_core::retext::retext;
use st_core::time::{Millis, TimeSpan};
use st_core::transcript::{Provenance, RecordingFacts, Speaker, SpeakerId, Transcript, Utterance, UtteranceId};

use super::{ImportError, LATEST_MS};

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

#[derive(Deserialize)]
struct JsonTranscript {
    #[serde(default)]
    recording: RecordingFacts,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    speakers: Vec<JsonSpeaker>,
    utterances: Vec<JsonUtterance>,
    #[serde(default)]
    coverage: JsonCoverage,
    #[serde(default)]
    doubts: Vec<JsonDoubt>,
    #[serde(default)]
    provenance: Provenance,
}

#[derive(Deserialize)]
struct JsonSpeaker {
    id: String,
    #[serde(default)]
    number: Option<u32>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    named: bool,
    #[serde(default)]
    colour: Option<u8>,
}

#[derive(Deserialize)]
struct JsonUtterance {
    id: u64,
    #[serde(default)]
    speaker: Option<String>,
    start_ms: u64,
    end_ms: u64,
    text: String,
    #[serde(default)]
    overlap_speakers: Vec<String>,
    #[serde(default)]
    edited: bool,
    #[serde(default)]
    checked: bool,
    #[serde(default)]
    words: Vec<JsonWord>,
}

#[derive(Deserialize)]
struct JsonWord {
    text: String,
    start_ms: u64,
    end_ms: u64,
    #[serde(default)]
    confidence: f32,
    #[serde(default = "yes")]
    spaced: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Default)]
struct JsonCoverage {
    words_ms: u64,
    silence_ms: u64,
    speech_without_words_ms: u64,
    speech_without_words: Vec<JsonGap>,
}

#[derive(Deserialize)]
struct JsonGap {
    start_ms: u64,
    end_ms: u64,
}

#[derive(Deserialize)]
struct JsonDoubt {
    id: u32,
    kind: DoubtKind,
    start_ms: u64,
    end_ms: u64,
    verdict: Verdict,
    #[serde(default)]
    text: String,
    #[serde(default)]
    settled: bool,
}

pub(super) fn read(text: &str) -> Result<Transcript, ImportError> {
    let damaged = |error: serde_json::Error| ImportError::DamagedJson(error.to_string());
    let head: Head = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ImportError::ForeignJson,
        _ => damaged(error),
    })?;
    if head.schema.as_deref() != Some(crate::json::SCHEMA) {
        return Err(ImportError::ForeignJson);
    }
    let file: JsonTranscript = serde_json::from_str(text).map_err(damaged)?;
    let speakers = speakers(file.speakers)?;
    let ids: BTreeMap<&str, SpeakerId> = speakers.iter().map(|s| (s.label.as_str(), s.id)).collect();
    let mut utterances = Vec::with_capacity(file.utterances.len());
    let mut seen = BTreeSet::new();
    for utterance in file.utterances {
        if !seen.insert(utterance.id) {
            return Err(ImportError::DamagedJson(format!("utterance {} is there twice", utterance.id)));
        }
        utterances.push(made(utterance, &ids)?);
    }
    utterances.sort_by_key(|u| (u.span.start, u.id));
    let coverage = file.coverage;
    let gaps = coverage.speech_without_words.iter().map(|gap| TimeSpan::new(gap.start_ms, gap.end_ms));
    Ok(Transcript {
        recording: file.recording,
        language: file.language,
        utterances,
        coverage: Coverage {
            words_ms: coverage.words_ms,
            silence_ms: coverage.silence_ms,
            speech_without_words_ms: coverage.speech_without_words_ms,
            speech_without_words: gaps.collect(),
        },
        doubts: doubts(file.doubts)?,
        provenance: file.provenance,
        speakers,
    })
}

fn doubts(all: Vec<JsonDoubt>) -> Result<Vec<Doubt>, ImportError> {
    let mut seen = BTreeSet::new();
    let made = all.into_iter().map(|doubt| {
        if !seen.insert(doubt.id) {
            return Err(ImportError::DamagedJson(format!("doubt {} is there twice", doubt.id)));
        }
        let JsonDoubt { id, kind, start_ms, end_ms, verdict, text, settled } = doubt;
        let finding = Finding { kind, span: TimeSpan::new(start_ms, end_ms), verdict, text };
        Ok(Doubt { id: DoubtId(id), finding, settled })
    });
    made.collect()
}

/// Speakers by their numbers; files of other programs need not have any.
fn speakers(all: Vec<JsonSpeaker>) -> Result<Vec<Speaker>, ImportError> {
    let mut speakers: Vec<Speaker> = Vec::with_capacity(all.len());
    let free = all.iter().filter_map(|s| s.number).max().map_or(0, |n| n.saturating_add(1));
    for (at, speaker) in (0..).zip(all) {
        let id = SpeakerId(speaker.number.unwrap_or(free.saturating_add(at)));
        if speakers.iter().any(|s| s.id == id || s.label == speaker.id) {
            return Err(ImportError::DamagedJson(format!("speaker {} is there twice", speaker.id)));
        }
        let name = speaker.name.filter(|_| speaker.named);
        speakers.push(Speaker { id, label: speaker.id, name, colour: speaker.colour });
    }
    Ok(speakers)
}

fn made(utterance: JsonUtterance, ids: &BTreeMap<&str, SpeakerId>) -> Result<Utterance, ImportError> {
    let JsonUtterance { id, start_ms, end_ms, text, .. } = utterance;
    let known = |label: &String| {
        let unknown = || ImportError::DamagedJson(format!("utterance {id} names a speaker who is not there: {label}"));
        ids.get(label.as_str()).copied().ok_or_else(unknown)
    };
    let span = |start: u64, end: u64| match start <= end && end <= LATEST_MS {
        true => Ok(TimeSpan { start: Millis(start), end: Millis(end) }),
        false => Err(ImportError::DamagedJson(format!("the times of utterance {id} cannot be"))),
    };
    let own = span(start_ms, end_ms)?;
    let mut words = Vec::with_capacity(utterance.words.len());
    for word in utterance.words {
        let confidence = if word.confidence.is_finite() { word.confidence.clamp(0.0, 1.0) } else { 0.0 };
        let span = span(word.start_ms, word.end_ms)?;
        words.push(Word { text: word.text, span, confidence, spaced: word.spaced });
    }
    // Text and words of other programs need not agree; everything behind relies on it.
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    if letters(&text) != words.iter().map(|w| letters(&w.text)).collect::<String>() {
        words = retext(&words, &text, own);
    }
    Ok(Utterance {
        id: UtteranceId(id),
        speaker: utterance.speaker.as_ref().map(known).transpose()?,
        span: own,
        text,
        words,
        overlap: utterance.overlap_speakers.iter().map(known).collect::<Result<_, _>>()?,
        edited: utterance.edited,
        checked: utterance.checked,
        told: false,
    })
}
