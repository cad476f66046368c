//! What the engine tells whoever listens. One closed list.

use serde::{Deserialize, Serialize};
use st_core::hypothesis::WindowHypothesis;

use crate::engine::ModelState;
use crate::failure::Failure;
use crate::ids::{JobId, RecordingId, TranscriptId};
use crate::jobs::{Progress, Stage};
use crate::playback::PlayerState;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A job was added.
    JobQueued {
        /// Which.
        job: JobId,
        /// Its recording.
        recording: RecordingId,
        /// Name of the recording.
        name: String,
    },
    /// A job began or went on.
    JobStarted {
        /// Which.
        job: JobId,
        /// Whether it goes on from windows that were finished before.
        resumed: bool,
    },
    /// A job entered a stage.
    JobStage {
        /// Which.
        job: JobId,
        /// The stage.
        stage: Stage,
    },
    /// A job got further; at most a few a second.
    JobProgress {
        /// Which.
        job: JobId,
        /// How far.
        progress: Progress,
    },
    /// A window of text is finished and kept. Also sent for windows that were finished before, when a job goes on.
    JobWindow {
        /// Which job.
        job: JobId,
        /// The text.
        window: WindowHypothesis,
    },
    /// Something a reader should know; the job goes on.
    JobWarning {
        /// Which.
        job: JobId,
        /// What.
        warning: Failure,
    },
    /// A job made its transcript.
    JobDone {
        /// Which.
        job: JobId,
        /// The transcript.
        transcript: TranscriptId,
    },
    /// A job ended with a failure.
    JobFailed {
        /// Which.
        job: JobId,
        /// Why.
        failure: Failure,
    },
    /// A job was cancelled.
    JobCancelled {
        /// Which.
        job: JobId,
    },
    /// A transcript was edited.
    TranscriptChanged {
        /// Which.
        transcript: TranscriptId,
        /// Its revision now.
        revision: u64,
    },
    /// Something happened to a model: it came, went or got further.
    Model {
        /// Its name.
        name: String,
        /// What happens to it now.
        state: ModelState,
    },
    /// The player was asked for something, or got further; ten times a second while something is heard.
    Player {
        /// What it does now.
        state: PlayerState,
    },
    /// Recordings or transcripts were added, changed or removed.
    LibraryChanged,
}
