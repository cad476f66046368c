//! Running the models: the one seam between the pipeline and the processes that link them.

mod death;
mod desk;
mod process;
pub mod scripted;
pub mod spoiled;
pub mod supervisor;
pub mod worker;

use std::path::PathBuf;

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DecodeParams, DeviceInfo, LanguageGuess, Load, WorkerError};

pub use death::{Death, Reason};
pub use supervisor::Supervisor;

use crate::jobs::CancelFlag;

/// What a request comes to. Being cancelled is an outcome and no error.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It was ended by the cancel flag.
    Cancelled,
}

/// At most 30 s of sound that are to become text.
#[derive(Debug, Clone, Copy)]
pub struct Clip<'a> {
    /// Samples.
    pub pcm: &'a [f32],
    /// Where they begin on the recording's clock.
    pub start: Millis,
    /// Where somebody speaks in them.
    pub speech: &'a [TimeSpan],
    /// How they are decoded.
    pub params: &'a DecodeParams,
    /// By so many threads, at least 1.
    pub threads: u32,
}

/// What a loaded worker says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Whether the recogniser knows more than English.
    pub multilingual: bool,
    /// Bytes that the recogniser says it holds on its device, before any beam search; 0 where none is loaded.
    pub memory: u64,
}

/// Something that runs models: a worker process, or a double that plays answers back.
///
/// Several threads may ask for text at the same time, at most [`st_worker_protocol::MOST_IN_FLIGHT`]. After
/// [`InferenceError::Died`] nothing more can be asked of it.
pub trait Inference: Send + Sync {
    /// Loads models; what is loaded already stays as it is.
    fn load(&self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError>;
    /// Speech probabilities (0..=255), one a frame of 512 samples; goes on from the call before unless `reset`.
    fn speech(&self, pcm: &[f32], reset: bool, cancel: &CancelFlag) -> Result<Outcome<Vec<u8>>, InferenceError>;
    /// Likely languages of at most 30 s, best first.
    fn detect_language(&self, pcm: &[f32], cancel: &CancelFlag) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError>;
    /// Text of a clip, beside others.
    fn transcribe(&self, clip: Clip<'_>, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError>;
    /// Speakers of at most 10 s; each stretch of speech in its `own` part gets a voice of its own.
    fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        cancel: &CancelFlag,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError>;
    /// Devices of this backend, best first.
    fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError>;
    /// The backend: `cpu`, `cuda`, `vulkan`, `metal`.
    fn backend(&self) -> &str;
    /// Whether anything can still be asked of it: not after it died or had to be ended.
    fn is_alive(&self) -> bool;
}

/// Starts something that runs models.
pub trait Launch: Send + Sync {
    /// Starts it and waits for its greeting.
    fn launch(&self) -> Result<Box<dyn Inference>, InferenceError>;
}

/// Why models could not do something.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// There is no worker program.
    #[error("the program that runs the models is not at {}", .0.display())]
    Missing(PathBuf),
    /// It is there and cannot be started, or does not greet.
    #[error("the program {} does not start: {reason}", path.display())]
    NoStart {
        /// The program.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It speaks another version of the protocol.
    #[error("the program {} is of another version", .0.display())]
    OtherVersion(PathBuf),
    /// It ended, or had to be ended.
    #[error(transparent)]
    Died(#[from] Death),
    /// It answered with something that does not fit the request.
    #[error("the worker gave no fitting answer: {0}")]
    Protocol(String),
    /// It refused; it lives on.
    #[error(transparent)]
    Refused(#[from] WorkerError),
}
