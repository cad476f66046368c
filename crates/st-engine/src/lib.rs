//! SecureTranscribe without a window: the library, the models, the jobs and the pipeline that turns a recording into a
//! transcript. The command line and the desktop shell use this crate and nothing below it.
//!
//! [`Engine`] is the way in. What goes wrong comes as a [`Failure`], what happens as an [`Event`].

mod clock;
pub mod dirs;
mod engine;
pub mod event;
pub mod export_file;
pub mod failure;
mod file_names;
mod fonts;
pub mod gpu;
pub mod ids;
pub mod inference;
pub mod jobs;
mod json_file;
pub mod languages;
pub mod library;
pub mod logging;
pub mod models;
mod pipeline;
mod playback;
pub mod recording;
pub mod settings;
mod storage;

/// The domain: transcripts, edits, exporters, metrics.
pub use st_core as core;
pub use st_export as formats;
pub use st_worker_protocol::{DeviceInfo, DeviceKind};

pub use engine::{
    Added, Check, Doubt, Duplicate, Engine, EngineOptions, Gauge, Grouped, Imported, MIRROR_VARIABLE, ModelEntry,
    ModelState, Outlook, Planned, SpeakerWish, Usage, VoiceAnswer, VoiceCall, WORKER_VARIABLE, Waveform,
};
pub use event::Event;
pub use export_file::Existing;
pub use failure::{Action, Code, Failure, Hint};
pub use ids::{JobId, PersonId, RecordingId, TranscriptId};
pub use inference::Outcome;
pub use jobs::{
    CancelFlag, ChannelChoice, Job, JobKind, JobSettings, JobState, LanguageChoice, Progress, SpeakerChoice, Stage,
};
pub use library::{Change, Hit, Recording, StoredTranscript, TranscriptSummary, title};
pub use pipeline::PEAKS_PER_SECOND;
pub use playback::PlayerState;
pub use settings::{LogLevel, Preferences, Settings, Theme};
