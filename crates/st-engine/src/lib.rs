//! SecureTranscribe without a window: the library, the models, the jobs and the pipeline that turns a recording into a
//! transcript. The command line and the desktop shell use this crate and nothing below it.

mod clock;
pub mod dirs;
pub mod event;
pub mod failure;
pub mod ids;
pub mod jobs;
pub mod languages;
pub mod library;
pub mod models;

/// The domain: transcripts, edits, exporters, metrics.
pub use st_core as core;

pub use event::Event;
pub use failure::{Action, Code, Failure, Hint};
pub use ids::{JobId, RecordingId, TranscriptId};
pub use jobs::{CancelFlag, Job, JobKind, JobSettings, JobState, LanguageChoice, Progress, SpeakerChoice, Stage};
