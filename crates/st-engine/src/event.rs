//! What the engine tells whoever listens. One closed list.

use serde::{Deserialize, Serialize};
use st_core::hypothesis::WindowHypothesis;

use crate::engine::ModelState;
use crate::failure::Failure;
use crate::ids::{JobId, RecordingId, TranscriptId};
use crate::jobs::{Progress, Stage};
use crate::playback::PlayerState;
use crate::recording::{PreviewPiece, Recorded, RecorderState};

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
    /// The recorder was asked for something, or sound came in; ten times a second while inputs are open.
    Recorder {
        /// How it stands now.
        state: RecorderState,
    },
    /// Text of what is being recorded: provisional, never kept.
    Preview {
        /// Pieces that are new or take the place of those with the same start.
        pieces: Vec<PreviewPiece>,
    },
    /// Inputs came, went or changed: [`crate::Engine::inputs`] lists them.
    Inputs,
    /// A recording ended without being asked: its limit was reached, the disk is full, or the file cannot be written.
    RecordEnded {
        /// What came of it.
        recorded: Option<Recorded>,
        /// Why the library does not have it; it is offered by [`crate::Engine::recordings_left`] then.
        failure: Option<Failure>,
    },
    /// Recordings or transcripts were added, changed or removed.
    LibraryChanged,
}
