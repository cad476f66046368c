//! Faster and slower without change of pitch: WSOLA, by the crate `wsola` (docs/decisions/0005-playback.md).

use std::num::{NonZeroU16, NonZeroU32};

use wsola::{Config, TimeStretch};

use super::Frame;

/// Lowest speed: half as fast.
pub const MIN_SPEED: f32 = 0.5;
/// Highest speed: three times as fast.
pub const MAX_SPEED: f32 = 3.0;

/// Half a window, in milliseconds: a whole period of the lowest voices.
const HOP_MS: f32 = 15.0;
/// How far a window may be moved to fit, in milliseconds: more than half a period of a voice of 80 Hz.
const SEARCH_MS: f32 = 7.0;

/// Stretches or squeezes time.
pub(super) struct Stretcher {
    inner: TimeStretch,
    block: Vec<f32>,
    samples: Vec<f32>,
}

impl Stretcher {
    /// For frames at `rate` Hz to be played `speed` times as fast. None for a rate of 0.
    pub(super) fn new(rate: u32, speed: f32) -> Option<Self> {
        let config = Config { hop_ms: HOP_MS, search_ms: SEARCH_MS };
        let mut inner = TimeStretch::with_config(NonZeroU32::new(rate)?, NonZeroU16::new(2)?, config).ok()?;
        inner.set_tempo(speed);
        let block = vec![0.0; inner.min_output_buff_size()];
        Some(Self { inner, block, samples: Vec::new() })
    }

    /// By how many seconds of the recording what comes out lies behind "`speed` times the time since the start": the
    /// middle of the two windows that are faded into each other is so much later than their seam.
    pub(super) fn shift(speed: f32) -> f64 {
        f64::from(HOP_MS) / 1000.0 * (1.0 - f64::from(speed))
    }

    /// Takes frames and appends what comes out by now.
    pub(super) fn push(&mut self, frames: &[Frame], out: &mut Vec<Frame>) {
        self.samples.clear();
        self.samples.extend(frames.iter().flatten());
        self.inner.push(&self.samples);
        self.pull(out);
    }

    /// Appends the rest.
    pub(super) fn finish(&mut self, out: &mut Vec<Frame>) {
        self.inner.set_draining();
        self.pull(out);
    }

    fn pull(&mut self, out: &mut Vec<Frame>) {
        while let Ok(count) = self.inner.pull(&mut self.block) {
            out.extend(self.block[..count].chunks_exact(2).map(|pair| [pair[0], pair[1]]));
            if count == 0 {
                break;
            }
        }
    }
}
