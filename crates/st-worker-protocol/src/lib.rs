//! What the engine and a worker process say to each other over the worker's standard input and output.
//!
//! The engine sends each [`Request`] as a JSON frame with a number of its own ([`Asked`]); one that needs audio follows a PCM
//! frame. The worker answers it with any number of progress events and one event that ends it, each with that number
//! ([`Said`]). Requests need not wait for each other, as long as there are at most [`MOST_IN_FLIGHT`]: windows are decoded
//! beside each other, any other request once those before it are done. The worker ends by itself when its standard input
//! closes.

pub mod exit;
pub mod frame;
pub mod message;

pub use frame::{Frame, FrameError, read_frame, write_json, write_pcm};
pub use message::{
    Asked, AsrModel, DecodeParams, DeviceInfo, DeviceKind, Event, Hello, LanguageGuess, Load, MOST_IN_FLIGHT, Request,
    SAMPLES, Said, VoiceModels, Wanted, WorkerError,
};

/// How often a worker that is busy says that it lives. A process that is stopped or starved falls silent.
pub const ALIVE_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// Both sides must speak the same version; the worker's [`Hello`] carries it.
pub const PROTOCOL_VERSION: u32 = 4;
