//! Jobs: what is to be done, how far it is, and how it ends.

pub(crate) mod awake;
pub mod cancel;
pub mod job;
pub(crate) mod lock;
pub mod progress;
pub mod settings;

pub use cancel::CancelFlag;
pub use job::{Job, JobKind, JobState, Stage};
pub use progress::Progress;
pub use settings::{ChannelChoice, JobSettings, LanguageChoice, SpeakerChoice};
