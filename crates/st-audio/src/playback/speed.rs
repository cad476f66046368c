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
    /// Frames taken and given.
    taken: u64,
    given: u64,
}

impl Stretcher {
    /// For frames at `rate` Hz to be played `speed` times as fast. None for a rate of 0.
    pub(super) fn new(rate: u32, speed: f32) -> Option<Self> {
        let config = Config { hop_ms: HOP_MS, search_ms: SEARCH_MS };
        let mut inner = TimeStretch::with_config(NonZeroU32::new(rate)?, NonZeroU16::new(2)?, config).ok()?;
        inner.set_tempo(speed);
        let block = vec![0.0; inner.min_output_buff_size()];
        Some(Self { inner, block, samples: Vec::new(), taken: 0, given: 0 })
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
        self.taken += frames.len() as u64;
        self.pull(out);
    }

    /// Appends the rest: in all as much as the speed asks for, or the few milliseconds more that came out already.
    pub(super) fn finish(&mut self, out: &mut Vec<Frame>) {
        let total = (self.taken as f64 / f64::from(self.inner.tempo())).round() as u64;
        let missing = usize::try_from(total.saturating_sub(self.given)).unwrap_or(0);
        let start = out.len();
        // The last windows are only placed where something follows them.
        let rate = self.inner.sample_rate().get() as f32;
        let behind = (rate * (2.0 * HOP_MS + SEARCH_MS) / 1000.0) as usize + missing;
        self.inner.push(&vec![0.0; 2 * behind]);
        self.inner.set_draining();
        self.pull(out);
        out.truncate(start + missing);
    }

    fn pull(&mut self, out: &mut Vec<Frame>) {
        while let Ok(count) = self.inner.pull(&mut self.block) {
            out.extend(self.block[..count].chunks_exact(2).map(|pair| [pair[0], pair[1]]));
            self.given += count as u64 / 2;
            if count == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn stretched(input: &[Frame], speed: f32) -> Vec<Frame> {
        let mut stretcher = Stretcher::new(RATE, speed).unwrap();
        let mut out = Vec::new();
        for block in input.chunks(1_000) {
            stretcher.push(block, &mut out);
        }
        stretcher.finish(&mut out);
        out
    }

    #[test]
    fn length_is_what_the_speed_says_and_the_pitch_stays() {
        let tone = |n: u32| (n as f32 * 440.0 * std::f32::consts::TAU / RATE as f32).sin() * 0.5;
        let input: Vec<Frame> = (0..RATE * 4).map(|n| [tone(n), -tone(n)]).collect();
        for speed in [MIN_SPEED, 0.75, 1.25, 1.5, 2.0, MAX_SPEED] {
            let out = stretched(&input, speed);
            let more = out.len() as i64 - (input.len() as f32 / speed).round() as i64;
            assert!((0..RATE as i64 / 200).contains(&more), "{more} frames more at {speed}x");
            let inner = &out[out.len() / 10..out.len() / 10 * 9];
            let rises = inner.windows(2).filter(|pair| pair[0][0] < 0.0 && pair[1][0] >= 0.0).count();
            let hertz = rises as f32 / inner.len() as f32 * RATE as f32;
            assert!((hertz - 440.0).abs() < 2.0, "{hertz} Hz at {speed}x");
            assert!(inner.iter().all(|[left, right]| left + right == 0.0), "the sides go apart");
        }
    }

    #[test]
    fn a_click_comes_when_the_speed_says() {
        for speed in [MIN_SPEED, 0.75, 1.5, 2.0, MAX_SPEED] {
            let mut input = vec![[0.0; 2]; 2 * RATE as usize];
            for (at, frame) in input[RATE as usize..][..480].iter_mut().enumerate() {
                *frame = [if at % 48 < 24 { 0.5 } else { -0.5 }; 2];
            }
            let out = stretched(&input, speed);
            let first = out.iter().position(|frame| frame[0].abs() > 0.1).expect("the click is there");
            let place = first as f64 / f64::from(RATE) * f64::from(speed) + Stretcher::shift(speed);
            // Half a window and the search, for a click has nothing around it that windows could fit.
            let most = f64::from(HOP_MS + SEARCH_MS) / 1000.0 * f64::from(speed.max(1.0));
            assert!((place - 1.0).abs() < most, "{speed}x: {place}");
        }
    }

    #[test]
    fn nothing_and_next_to_nothing() {
        assert!(stretched(&[], 1.5).is_empty());
        assert_eq!(stretched(&[[0.5; 2]; 3], 1.5).len(), 2);
    }
}
