//! Inputs: microphones, and what the computer plays (system sound). What becomes of the sound is decided elsewhere.
//!
//! ```text
//! device's thread -> ring without locks -> Source (one reader) -> Meter, Wave file, preview
//! ```
//!
//! [`Devices`] is the seam: tests put sound in below it, faster than it is heard.
//!
//! On Linux named sources of PulseAudio and PipeWire are opened through ALSA's `pulse` device, and their names come from
//! `pactl`; a client of their protocol would bring network code into this crate. Without a sound server, and on the
//! other systems, cpal does both.

mod device;
mod elastic;
mod meter;
#[cfg(target_os = "linux")]
mod pulse;
mod ring;
mod system;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use elastic::Elastic;
pub use meter::{Heard, Meter};
pub use system::SystemDevices;

use crate::wav::SampleKind;

/// What an input hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// The room.
    Microphone,
    /// What this computer plays.
    System,
}

/// Something that sound comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Names it as long as it is plugged in, and again when it comes back.
    pub id: String,
    /// As the system calls it.
    pub name: String,
    /// What it hears.
    pub kind: InputKind,
    /// Whether the system takes it where nothing else is said.
    pub usual: bool,
    /// Frames a second; none where it is not known before it is opened.
    pub rate: Option<u32>,
    /// Samples of a frame; none where it is not known before it is opened.
    pub channels: Option<u16>,
    /// Whether the system says that it is muted or turned down to nothing.
    pub off: bool,
}

/// How sound comes out of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Frames a second.
    pub rate: u32,
    /// Samples of a frame.
    pub channels: u16,
    /// What the device's samples are; they are passed as floats in ±1, which keeps 24 bits exactly.
    pub kind: SampleKind,
}

/// Why an input gives no sound.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CaptureError {
    /// There is no such input, or none at all.
    #[error("there is no input")]
    None,
    /// Another program has it alone.
    #[error("the input is in use by another program")]
    Busy,
    /// The system does not let this program hear it.
    #[error("the system does not allow it ({0})")]
    NoPermission(String),
    /// It went away.
    #[error("the input went away ({0})")]
    Lost(String),
    /// It cannot be used.
    #[error("the input refuses ({0})")]
    Refused(String),
}

/// An open input.
pub trait Source {
    /// How its sound comes. It stays so.
    fn format(&self) -> Format;

    /// Appends all frames that came since the last call, sample after sample; nothing where none did. Where frames were
    /// lost since the computer could not follow, silence takes their place.
    ///
    /// # Errors
    /// Where the input went away; nothing more comes of it then. What came before was given by the calls before.
    fn read(&mut self, into: &mut Vec<f32>) -> Result<(), CaptureError>;

    /// Frames that were lost so far since the computer could not follow.
    fn lost(&self) -> u64;
}

/// Where inputs come from.
pub trait Devices: Send + Sync {
    /// Everything that can be recorded now.
    ///
    /// # Errors
    /// Where the system does not tell.
    fn inputs(&self) -> Result<Vec<Input>, CaptureError>;

    /// Opens an input; sound comes from now on. `wished` is a rate and a number of channels that would suit; an input
    /// may come otherwise.
    ///
    /// # Errors
    /// Where it cannot be opened.
    fn open(&self, id: &str, wished: Option<(u32, u16)>) -> Result<Box<dyn Source>, CaptureError>;

    /// A number that grows when inputs may have come, gone or changed; watching begins with the first call. Where a sound
    /// server takes an input away, it goes on with another one without a word: this tells to look.
    fn changes(&self) -> u64;

    /// Time since some moment, as the inputs' sound comes: the clock on the wall.
    fn now(&self) -> Duration;

    /// Waits until more sound may be there.
    fn rest(&self, time: Duration);
}
