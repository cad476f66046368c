//! The engine's facts in the shapes that the page shows; `ui/src/backend/types.ts` has the same. Nothing is decided
//! here but how a thing is called.

use std::path::Path;

use serde::Serialize;
use st_engine::core::hypothesis::{Hypothesis, Word, join_words};
use st_engine::core::time::TimeSpan;
use st_engine::core::transcript::{Transcript, Utterance};
use st_engine::{Failure, Job, JobState, Progress, Recording, Stage, StoredTranscript};

/// Words that the recogniser is less sure of than this are marked (design, section 4: the default of the setting).
const UNSURE_BELOW: f32 = 0.55;

/// What happened, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeView {
    message: String,
    advice: Option<String>,
}

impl NoticeView {
    /// A message without advice.
    pub fn new(message: String) -> Self {
        Self { message, advice: None }
    }
}

impl From<Failure> for NoticeView {
    fn from(failure: Failure) -> Self {
        let advice = failure.hint.map(|hint| hint.text).filter(|text| !text.is_empty());
        Self { message: failure.message, advice }
    }
}

/// Where a recording stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StateView {
    /// No job was ever made.
    None,
    /// A job waits.
    Waiting,
    /// A job runs.
    Running {
        /// What it does.
        stage: Stage,
        /// Part of the job that is done.
        fraction: f32,
        /// Part of the stage that is done.
        stage_fraction: f32,
        /// None until it can be told.
        seconds_left: Option<u64>,
    },
    /// The last job made its transcript.
    Done,
    /// The last job failed.
    Failed {
        /// Why.
        notice: NoticeView,
    },
    /// The last job was stopped.
    Cancelled,
}

impl From<&JobState> for StateView {
    fn from(state: &JobState) -> Self {
        match state {
            JobState::Queued => Self::Waiting,
            JobState::Running(progress) => (*progress).into(),
            JobState::Done(_) => Self::Done,
            JobState::Failed(failure) => Self::Failed { notice: failure.clone().into() },
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Progress> for StateView {
    fn from(progress: Progress) -> Self {
        Self::Running {
            stage: progress.stage,
            fraction: progress.fraction,
            stage_fraction: progress.stage_fraction,
            seconds_left: progress.eta_ms.map(|ms| ms / 1000),
        }
    }
}

/// A row of the library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordingView {
    id: String,
    job: Option<String>,
    title: String,
    file_name: String,
    added_at: String,
    duration_ms: Option<u64>,
    speakers: Option<usize>,
    has_transcript: bool,
    state: StateView,
}

impl RecordingView {
    /// `job` is the recording's newest, `speakers` how many its newest transcript has.
    pub fn new(recording: &Recording, job: Option<&Job>, speakers: Option<usize>) -> Self {
        Self {
            id: recording.id.to_string(),
            job: job.map(|job| job.id.to_string()),
            title: title(&recording.name),
            file_name: recording.name.clone(),
            added_at: recording.added_at.clone(),
            duration_ms: recording.duration.map(|d| d.0),
            speakers: speakers.filter(|&n| n > 0),
            has_transcript: !recording.transcripts.is_empty(),
            state: job.map_or(StateView::None, |job| StateView::from(&job.state)),
        }
    }
}

/// A file's name without its ending.
fn title(name: &str) -> String {
    Path::new(name).file_stem().map_or_else(|| name.to_string(), |stem| stem.to_string_lossy().into_owned())
}

/// Somebody who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpeakerView {
    id: u32,
    name: String,
}

/// What one person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UtteranceView {
    id: u64,
    speaker: Option<u32>,
    start_ms: u64,
    end_ms: u64,
    text: String,
    overlap: Vec<u32>,
    unsure: Vec<(usize, usize)>,
}

impl From<&Utterance> for UtteranceView {
    fn from(utterance: &Utterance) -> Self {
        Self {
            id: utterance.id.0,
            speaker: utterance.speaker.map(|id| id.0),
            start_ms: utterance.span.start.0,
            end_ms: utterance.span.end.0,
            unsure: unsure(&utterance.text, &utterance.words),
            text: utterance.text.clone(),
            overlap: utterance.overlap.iter().map(|id| id.0).collect(),
        }
    }
}

/// Where in a text the words stand that the recogniser was not sure of, in UTF-16 units as JavaScript counts.
fn unsure(text: &str, words: &[Word]) -> Vec<(usize, usize)> {
    let units = |part: &str| part.encode_utf16().count();
    let (mut found, mut byte, mut unit) = (Vec::new(), 0, 0);
    for word in words {
        // A word that an edit took away is passed over.
        let Some(at) = text[byte..].find(&word.text) else { continue };
        let start = unit + units(&text[byte..byte + at]);
        let end = start + units(&word.text);
        if word.confidence < UNSURE_BELOW {
            found.push((start, end));
        }
        (byte, unit) = (byte + at + word.text.len(), end);
    }
    found
}

/// Speech that nothing was written for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapView {
    start_ms: u64,
    end_ms: u64,
}

impl From<&TimeSpan> for GapView {
    fn from(span: &TimeSpan) -> Self {
        Self { start_ms: span.start.0, end_ms: span.end.0 }
    }
}

/// A transcript, as far as it is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TranscriptView {
    recording: String,
    title: String,
    duration_ms: u64,
    language: Option<String>,
    speakers: Vec<SpeakerView>,
    utterances: Vec<UtteranceView>,
    gaps: Vec<GapView>,
    complete: bool,
}

impl From<&StoredTranscript> for TranscriptView {
    fn from(stored: &StoredTranscript) -> Self {
        let document: &Transcript = &stored.document;
        let speaker = |s: &st_engine::core::transcript::Speaker| SpeakerView { id: s.id.0, name: s.display_name() };
        Self {
            recording: stored.recording.to_string(),
            title: title(&document.recording.name),
            duration_ms: document.recording.duration_ms,
            language: document.language.clone(),
            speakers: document.speakers.iter().map(speaker).collect(),
            utterances: document.utterances.iter().map(UtteranceView::from).collect(),
            gaps: document.coverage.speech_without_words.iter().map(GapView::from).collect(),
            complete: true,
        }
    }
}

impl TranscriptView {
    /// The finished windows of a job that has made no transcript yet: text without names.
    pub fn unfinished(recording: &Recording, words: &Hypothesis) -> Self {
        let utterances = words.segments().enumerate().map(|(number, segment)| {
            let text = join_words(&segment.words);
            UtteranceView {
                id: number as u64,
                speaker: None,
                start_ms: segment.span.start.0,
                end_ms: segment.span.end.0,
                unsure: unsure(&text, &segment.words),
                text,
                overlap: Vec::new(),
            }
        });
        Self {
            recording: recording.id.to_string(),
            title: title(&recording.name),
            duration_ms: recording.duration.unwrap_or_default().0,
            language: words.windows.first().map(|w| w.language.clone()),
            speakers: Vec::new(),
            utterances: utterances.collect(),
            gaps: Vec::new(),
            complete: false,
        }
    }
}

/// Something that must be there before anything can be transcribed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckView {
    /// `speech`, `speakers` or `device`.
    pub what: &'static str,
    /// Whether it is there.
    pub ready: bool,
    /// What it is called.
    pub name: String,
    /// Length of its files.
    pub bytes: Option<u64>,
}

/// The facts of the status bar and the first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// The program's version.
    pub version: &'static str,
    /// What is ready.
    pub checks: Vec<CheckView>,
    /// Bytes of recordings and text that left this computer.
    pub bytes_sent: u64,
    /// Whether a model is being fetched.
    pub downloading: bool,
    /// Where the library lies.
    pub data_dir: String,
    /// What happened before the page was there.
    pub notices: Vec<NoticeView>,
}

/// What came of adding files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct AddedView {
    /// Recordings that are in the library now.
    pub recordings: Vec<String>,
    /// Files that were not taken, and why.
    pub refused: Vec<NoticeView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, confidence: f32) -> Word {
        Word { text: text.into(), span: TimeSpan::new(0, 1), confidence, spaced: true }
    }

    #[test]
    fn unsure_words_are_found_where_javascript_finds_them() {
        let words = [word("Ärger", 0.9), word("🎙️", 0.2), word("im", 0.9), word("Haus.", 0.3)];
        let text = "Ärger 🎙️ im Haus.";
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let parts: Vec<String> =
            unsure(text, &words).iter().map(|&(from, to)| String::from_utf16_lossy(&utf16[from..to])).collect();
        assert_eq!(parts, ["🎙️", "Haus."]);
    }

    #[test]
    fn words_that_an_edit_took_away_are_passed_over() {
        let words = [word("one", 0.1), word("two", 0.1), word("three", 0.1)];
        assert_eq!(unsure("one three", &words), [(0, 3), (4, 9)]);
    }

    #[test]
    fn titles_lose_the_ending_only() {
        assert_eq!(title("Planning v2.final.mp3"), "Planning v2.final");
        assert_eq!(title(".hidden"), ".hidden");
    }
}
