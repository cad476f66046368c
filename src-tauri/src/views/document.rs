//! Transcripts as the page edits them.

use std::ops::Range;

use serde::Serialize;
use st_engine::core::doubt::Doubt;
use st_engine::core::find::Found;
use st_engine::core::hypothesis::{Hypothesis, Word, join_words};
use st_engine::core::places::{found_places, word_places};
use st_engine::core::summary::{confidence, shares};
use st_engine::core::transcript::{Provenance, Transcript, Utterance};
use st_engine::recording::Marker;
use st_engine::{Change, Failure, Recording, StoredTranscript, title};

use super::{NoticeView, SpanView};

/// Colours that there are; the page's style sheet has as many.
const COLOURS: u32 = 12;

/// Where a word stands in the text in UTF-16 units, when it is said, how sure it is.
type WordView = (usize, usize, u64, u64, f32);

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SpeakerView {
    id: u32,
    name: String,
    named: bool,
    colour: u32,
    speech_ms: u64,
    words: usize,
    sample: Option<SpanView>,
}

fn speakers(document: &Transcript) -> Vec<SpeakerView> {
    let mut shares = shares(document);
    let view = |speaker: &st_engine::core::transcript::Speaker| {
        let share = shares.remove(&speaker.id).unwrap_or_default();
        SpeakerView {
            id: speaker.id.0,
            name: speaker.display_name(),
            named: speaker.name.is_some(),
            colour: speaker.colour.map_or(speaker.id.0, u32::from) % COLOURS,
            speech_ms: share.speech.0,
            words: share.words,
            sample: share.sample.map(SpanView::from),
        }
    };
    document.speakers.iter().map(view).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct UtteranceView {
    id: u64,
    speaker: Option<u32>,
    start_ms: u64,
    end_ms: u64,
    text: String,
    words: Vec<WordView>,
    overlap: Vec<u32>,
    edited: bool,
    checked: bool,
}

impl From<&Utterance> for UtteranceView {
    fn from(utterance: &Utterance) -> Self {
        Self {
            id: utterance.id.0,
            speaker: utterance.speaker.map(|id| id.0),
            start_ms: utterance.span.start.0,
            end_ms: utterance.span.end.0,
            words: words(&utterance.text, &utterance.words),
            text: utterance.text.clone(),
            overlap: utterance.overlap.iter().map(|id| id.0).collect(),
            edited: utterance.edited,
            checked: utterance.checked,
        }
    }
}

fn words(text: &str, words: &[Word]) -> Vec<WordView> {
    let view =
        |(at, word): (Range<usize>, &Word)| (at.start, at.end, word.span.start.0, word.span.end.0, word.confidence);
    word_places(text, words).into_iter().map(view).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ModelFact {
    role: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
struct FactsView {
    duration_ms: u64,
    language: Option<String>,
    confidence: Option<f64>,
    models: Vec<ModelFact>,
    device: String,
    processing_ms: u64,
    made_at: String,
    sha256: String,
    notes: Vec<String>,
    marks: Vec<Marker>,
    words_ms: u64,
    silence_ms: u64,
    unwritten_ms: u64,
}

impl From<&Transcript> for FactsView {
    fn from(document: &Transcript) -> Self {
        let Provenance { models, device, finished_at, stage_ms, notes, .. } = document.provenance.clone();
        let coverage = &document.coverage;
        Self {
            duration_ms: document.recording.duration_ms,
            language: document.language.clone(),
            confidence: confidence(document),
            models: models.into_iter().map(|m| ModelFact { role: m.role, name: m.name }).collect(),
            device,
            processing_ms: stage_ms.values().sum(),
            made_at: finished_at,
            sha256: document.recording.sha256.clone(),
            notes,
            marks: Vec::new(),
            words_ms: coverage.words_ms,
            silence_ms: coverage.silence_ms,
            unwritten_ms: coverage.speech_without_words_ms,
        }
    }
}

/// A transcript, as far as it is there.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DocumentView {
    transcript: Option<String>,
    recording: String,
    title: String,
    revision: u64,
    speakers: Vec<SpeakerView>,
    utterances: Vec<UtteranceView>,
    gaps: Vec<SpanView>,
    doubts: Vec<Doubt>,
    facts: FactsView,
    can_undo: bool,
    can_redo: bool,
    fresh_utterance: u64,
    fresh_speaker: u32,
}

impl DocumentView {
    /// A transcript of a recording.
    pub fn new(recording: &Recording, stored: &StoredTranscript, marks: Vec<Marker>) -> Self {
        let document = &stored.document;
        Self {
            transcript: Some(stored.id.to_string()),
            recording: stored.recording.to_string(),
            title: title(&recording.name).to_owned(),
            revision: stored.revision,
            speakers: speakers(document),
            utterances: document.utterances.iter().map(UtteranceView::from).collect(),
            gaps: document.coverage.speech_without_words.iter().map(|&span| span.into()).collect(),
            doubts: document.doubts.clone(),
            facts: FactsView { marks, ..document.into() },
            can_undo: stored.can_undo,
            can_redo: stored.can_redo,
            fresh_utterance: stored.fresh_utterance.0,
            fresh_speaker: stored.fresh_speaker.0,
        }
    }

    /// The finished windows of a job that has made no transcript yet: text without names.
    pub fn unfinished(recording: &Recording, hypothesis: &Hypothesis) -> Self {
        let utterances = hypothesis.segments().enumerate().map(|(number, segment)| {
            let text = join_words(&segment.words);
            UtteranceView {
                id: number as u64,
                speaker: None,
                start_ms: segment.span.start.0,
                end_ms: segment.span.end.0,
                words: words(&text, &segment.words),
                text,
                overlap: Vec::new(),
                edited: false,
                checked: false,
            }
        });
        Self {
            recording: recording.id.to_string(),
            title: title(&recording.name).to_owned(),
            utterances: utterances.collect(),
            facts: FactsView {
                duration_ms: recording.duration.unwrap_or_default().0,
                language: hypothesis.windows.first().map(|w| w.language.clone()),
                sha256: recording.sha256.clone().unwrap_or_default(),
                ..FactsView::default()
            },
            ..Self::default()
        }
    }
}

/// What an edit, an undo or a redo changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeView {
    revision: u64,
    speakers: Vec<SpeakerView>,
    put: Vec<UtteranceView>,
    removed: Vec<u64>,
    doubts: Vec<Doubt>,
    notes: Vec<String>,
    can_undo: bool,
    can_redo: bool,
    fresh_utterance: u64,
    fresh_speaker: u32,
    confidence: Option<f64>,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let Change { stored, put, removed } = change;
        let put: std::collections::HashSet<_> = put.into_iter().collect();
        let utterances = stored.document.utterances.iter().filter(|u| put.contains(&u.id));
        Self {
            revision: stored.revision,
            speakers: speakers(&stored.document),
            put: utterances.map(UtteranceView::from).collect(),
            removed: removed.into_iter().map(|id| id.0).collect(),
            doubts: stored.document.doubts.clone(),
            notes: stored.document.provenance.notes.clone(),
            can_undo: stored.can_undo,
            can_redo: stored.can_redo,
            fresh_utterance: stored.fresh_utterance.0,
            fresh_speaker: stored.fresh_speaker.0,
            confidence: confidence(&stored.document),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FoundView {
    utterance: u64,
    from: usize,
    to: usize,
    replacement: Option<String>,
}

/// What a search in one transcript came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindView {
    hits: Vec<FoundView>,
    problem: Option<NoticeView>,
}

impl From<Failure> for FindView {
    fn from(failure: Failure) -> Self {
        Self { hits: Vec::new(), problem: Some(failure.into()) }
    }
}

impl FindView {
    /// The places that were found in a transcript.
    pub fn new(document: &Transcript, found: Vec<Found>) -> Self {
        let places = found_places(document, &found);
        let hits = places.into_iter().zip(found).map(|((utterance, at), place)| FoundView {
            utterance: utterance.0,
            from: at.start,
            to: at.end,
            replacement: place.replacement,
        });
        let hits = hits.collect();
        Self { hits, problem: None }
    }
}
