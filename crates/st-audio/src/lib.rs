//! Sound files to 16 kHz mono samples, and what is worth knowing about them on the way: format, level, waveform.
//!
//! What a file is, its content says, never its name. Nothing that is read from a file can end the program: decoders
//! that panic are caught, sizes are bounded, and damaged parts become silence.

mod balance;
#[cfg(feature = "capture")]
pub mod capture;
mod clock;
mod codecs;
mod declared;
pub mod decode;
pub mod error;
#[cfg(feature = "capture")]
pub mod flac;
mod guard;
pub mod level;
pub mod mix;
mod mp4;
mod mpeg;
mod open;
mod packets;
pub mod peaks;
#[cfg(feature = "playback")]
pub mod playback;
pub mod probe;
pub mod resample;
mod riff;
mod sniff;
mod source;
mod trim;
pub mod wav;

pub use decode::{Decoder, Summary};
pub use error::AudioError;
pub use level::Level;
pub use mix::Mix;
pub use open::AudioInfo;
pub use probe::probe;
