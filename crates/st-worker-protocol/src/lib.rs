//! What the engine and a worker process say to each other over the worker's standard input and output.
//!
//! The engine sends one [`Request`] at a time, as a JSON frame; a request that needs audio follows a PCM frame, or
//! several where it is about several windows. The worker answers with any number of progress events and one event that
//! ends the request. Only [`Request::Cancel`] and [`Request::Shutdown`] may come while another request runs. The worker
//! ends by itself when its standard input closes.

pub mod exit;
pub mod frame;
pub mod message;

pub use frame::{Frame, FrameError, read_frame, write_json, write_pcm};
pub use message::{
    AsrModel, DecodeParams, DeviceInfo, DeviceKind, Event, Hello, LanguageGuess, Load, MOST_IN_FLIGHT, Request,
    SAMPLES, VoiceModels, Wanted, WorkerError,
};

/// How often a worker that is busy says that it lives. A process that is stopped or starved falls silent.
pub const ALIVE_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// Both sides must speak the same version; the worker's [`Hello`] carries it.
pub const PROTOCOL_VERSION: u32 = 3;
