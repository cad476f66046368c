//! Any sample rate to another, as a stream: to 16 kHz for the models, to that of a loudspeaker for playing.
//!
//! Output sample 0 lies at the time of input sample 0, and the output of `n` samples at rate `r` is
//! `round(n * to / r)` long. Where both rates are the same the samples pass unchanged.

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

/// Converts one channel.
pub struct Resampler {
    rate: u32,
    to: u32,
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
    /// A converter from `rate` Hz to 16 kHz.
    ///
    /// # Errors
    /// For a rate outside [`MIN_RATE`] to [`MAX_RATE`].
    pub fn new(rate: u32) -> Result<Self, RateError> {
        Self::between(rate, SAMPLE_RATE)
    }

    /// A converter from `rate` Hz to `to` Hz.
    ///
    /// # Errors
    /// For a rate outside [`MIN_RATE`] to [`MAX_RATE`].
    pub fn between(rate: u32, to: u32) -> Result<Self, RateError> {
        if let Some(wrong) = [rate, to].into_iter().find(|rate| !(MIN_RATE..=MAX_RATE).contains(rate)) {
            return Err(RateError(wrong));
        }
        let stage = if rate == to { None } else { Some(Stage::new(rate, to).ok_or(RateError(rate))?) };
        Ok(Self { rate, to, consumed: 0, emitted: 0, stage })
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
        let total = scaled(self.consumed, self.rate, self.to);
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
    scaled(frames, rate, SAMPLE_RATE)
}

/// Samples at `to` Hz for `frames` samples at `rate` Hz, rounded to the nearest.
fn scaled(frames: u64, rate: u32, to: u32) -> u64 {
    let rate = u128::from(rate.max(1));
    ((u128::from(frames) * u128::from(to) + rate / 2) / rate) as u64
}

impl Stage {
    fn new(rate: u32, to: u32) -> Option<Self> {
        let step = rate / gcd(rate, to);
        let step_out = to / gcd(rate, to);
        // An even number of steps: with an odd block the filter's middle, and so the delay, lies between two samples.
        let steps = MIN_BLOCK.div_ceil(step.min(step_out) as usize).next_multiple_of(2);
        let fft = Fft::new(rate as usize, to as usize, steps * step as usize, 1, FixedSync::Both).ok()?;
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
        // Between samples at full scale the sound may go beyond it.
        out.extend(self.block[skip..given].iter().map(|sample| sample.clamp(-1.0, 1.0)));
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

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn convert(rate: u32, input: &[f32], block: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for block in input.chunks(block) {
            resampler.push(block, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    fn sine(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        (0..count).map(|i| (TAU * hertz * i as f64 / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    /// Power in dB relative to a sine of amplitude 0.5.
    fn power(samples: &[f32]) -> f64 {
        let mean = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / samples.len() as f64;
        10.0 * (mean / 0.125 + 1e-20).log10()
    }

    const RATES: [u32; 16] = [
        1_000, 5_512, 8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 37_800, 44_056, 44_100, 48_000, 88_200, 96_000,
        192_000, 768_000,
    ];

    #[test]
    fn a_sine_keeps_its_place_and_height() {
        for rate in RATES {
            let hertz = f64::from(rate).min(16_000.0) * 0.2;
            let out = convert(rate, &sine(rate, hertz, 1.0), 1_000);
            let ideal = sine(SAMPLE_RATE, hertz, 1.0);
            // A sine that begins and ends within the stretch has steps there, so the edges are left out.
            let error: Vec<f32> = out.iter().zip(&ideal).map(|(a, b)| a - b).collect();
            let error = power(&error[3_200..12_800]);
            assert!(error < -80.0, "{rate} Hz: error {error:.1} dB");
        }
    }

    #[test]
    fn what_lies_above_half_the_new_rate_is_gone() {
        for (rate, hertz) in [
            (22_050, 8_050.0),
            (32_000, 12_000.0),
            (44_100, 8_050.0),
            (44_100, 9_000.0),
            (44_100, 21_000.0),
            (48_000, 8_050.0),
            (48_000, 15_990.0),
            (96_000, 31_000.0),
            (192_000, 95_000.0),
        ] {
            let out = convert(rate, &sine(rate, hertz, 1.0), 4_096);
            let alias = power(&out[3_200..12_800]);
            assert!(alias < -60.0, "{hertz} Hz at {rate} Hz comes back with {alias:.1} dB");
        }
    }

    #[test]
    fn speech_frequencies_pass() {
        for rate in [22_050, 44_100, 48_000] {
            for hertz in [50.0, 300.0, 3_400.0, 7_000.0, 7_700.0] {
                let out = convert(rate, &sine(rate, hertz, 1.0), 4_096);
                let loss = power(&out[3_200..12_800]);
                assert!(loss.abs() < 0.1, "{hertz} Hz at {rate} Hz: {loss:.2} dB");
            }
        }
    }

    #[test]
    fn an_impulse_stays_where_it_was() {
        for rate in RATES {
            for at in [0.0, 0.25, 0.5] {
                let mut input = vec![0.0f32; rate as usize];
                let index = (f64::from(rate) * at) as usize;
                input[index] = 1.0;
                let out = convert(rate, &input, 777);
                let peak = (0..out.len()).max_by(|&a, &b| out[a].abs().total_cmp(&out[b].abs())).unwrap();
                let ideal = index as f64 * 16_000.0 / f64::from(rate);
                assert!((peak as f64 - ideal).abs() <= 1.0, "{rate} Hz: {peak} instead of {ideal}");
            }
        }
    }

    #[test]
    fn lengths_are_exact_and_block_sizes_do_not_matter() {
        for rate in RATES {
            for frames in [1, 2, 100, 1_023, 1_024, 50_001] {
                let input: Vec<f32> = (0..frames).map(|i| ((i * 7_919) % 1_000) as f32 / 1_000.0 - 0.5).collect();
                let whole = convert(rate, &input, frames);
                assert_eq!(whole.len() as u64, expected_len(frames as u64, rate), "{frames} at {rate} Hz");
                for block in [1_usize.max(frames / 1_000), 160, 4_097] {
                    assert!(convert(rate, &input, block) == whole, "{frames} at {rate} Hz in blocks of {block}");
                }
            }
        }
    }

    #[test]
    fn a_sine_keeps_its_place_on_the_way_to_a_loudspeaker() {
        for (rate, to) in [(8_000, 48_000), (16_000, 44_100), (22_050, 48_000), (44_100, 48_000), (96_000, 48_000)] {
            let mut resampler = Resampler::between(rate, to).unwrap();
            let mut out = Vec::new();
            resampler.push(&sine(rate, 1_000.0, 1.0), &mut out);
            resampler.finish(&mut out);
            assert_eq!(out.len(), to as usize);
            let error: Vec<f32> = out.iter().zip(&sine(to, 1_000.0, 1.0)).map(|(a, b)| a - b).collect();
            let error = power(&error[to as usize / 5..to as usize / 5 * 4]);
            assert!(error < -80.0, "{rate} to {to} Hz: error {error:.1} dB");
        }
    }

    #[test]
    fn sixteen_kilohertz_passes_unchanged() {
        let input = sine(SAMPLE_RATE, 1_234.5, 0.3);
        assert!(convert(SAMPLE_RATE, &input, 100) == input);
    }

    #[test]
    fn it_can_be_used_again_after_the_end() {
        let input = sine(44_100, 440.0, 0.5);
        let mut resampler = Resampler::new(44_100).unwrap();
        let mut rounds = [Vec::new(), Vec::new()];
        for round in &mut rounds {
            resampler.push(&input, round);
            resampler.finish(round);
        }
        assert!(rounds[0] == rounds[1]);
    }

    #[test]
    fn rates_without_sense_are_refused() {
        for rate in [0, 999, 768_001, u32::MAX] {
            assert!(Resampler::new(rate).is_err());
        }
    }

    /// Odd rates have no common factor with 16 kHz and so the longest blocks.
    #[test]
    fn odd_rates_work() {
        let out = convert(44_101, &sine(44_101, 1_000.0, 3.0), 5_000);
        assert_eq!(out.len(), 48_000);
        assert!(power(&out[16_000..32_000]).abs() < 0.01);
    }
}
