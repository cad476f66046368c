//! Playing a file: stereo at full quality from any place on, faster or slower without change of pitch, to a sound
//! device. Who plays what and when is decided elsewhere.
//!
//! ```text
//! Frames (decoder, seeks) -> Nearby (what was just decoded) -> Feed (device's rate, speed, loops) -> Output (device)
//! ```
//!
//! [`Feed`] knows for each frame that it gave which place of the recording it is, and [`Output`] which frame is heard
//! now: together they give the position.

mod feed;
mod frames;
mod nearby;
mod output;
mod speed;

pub use feed::Feed;
pub use frames::Frames;
pub use nearby::Nearby;
pub use output::{DeviceError, Output};
pub use speed::{MAX_SPEED, MIN_SPEED};

/// A sample for the left and one for the right.
pub type Frame = [f32; 2];
