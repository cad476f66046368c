//! One pass over a recording.

use serde::{Deserialize, Serialize};

use super::{JobSettings, Progress};
use crate::failure::Failure;
use crate::ids::{JobId, RecordingId, TranscriptId};

/// What a job is doing, in the order in which it does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the file.
    Decode,
    /// Loading the model.
    LoadModel,
    /// Writing text.
    Transcribe,
    /// Finding speakers.
    Diarize,
    /// Joining words and speakers.
    Align,
    /// Saving.
    Save,
}

impl Stage {
    /// The stage as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Decode => "Reading the file",
            Self::LoadModel => "Loading the model",
            Self::Transcribe => "Writing text",
            Self::Diarize => "Finding speakers",
            Self::Align => "Joining",
            Self::Save => "Saving",
        }
    }

    /// Its name in JSON and in the provenance of a transcript.
    pub fn id(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::LoadModel => "load_model",
            Self::Transcribe => "transcribe",
            Self::Diarize => "diarize",
            Self::Align => "align",
            Self::Save => "save",
        }
    }
}

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobKind {
    /// A transcript from a recording.
    Transcribe,
    /// Speakers anew for a transcript that is there; nothing is transcribed again.
    Speakers {
        /// Which one.
        transcript: TranscriptId,
    },
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", content = "value", rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn. So does a job that was interrupted: it goes on from its last finished window.
    Queued,
    /// Is being done, here or by another process on the same library.
    Running(Progress),
    /// Made this transcript.
    Done(TranscriptId),
    /// Ended with a failure; finished windows are kept, a retry goes on from them.
    Failed(Failure),
    /// Was cancelled; finished windows are kept, a retry goes on from them.
    Cancelled,
}

/// A job as the library knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Identity.
    pub id: JobId,
    /// The recording that it works on.
    pub recording: RecordingId,
    /// Name of the recording, for showing.
    pub name: String,
    /// What it makes.
    pub kind: JobKind,
    /// How.
    pub settings: JobSettings,
    /// Where it stands.
    pub state: JobState,
    /// Text windows that are finished and kept.
    pub windows_done: u32,
    /// Whether a person holds it back: it waits until it is let go on.
    pub paused: bool,
    /// Its place in the queue, lowest first.
    pub position: i64,
    /// When it was added, RFC 3339 in UTC.
    pub created_at: String,
}
