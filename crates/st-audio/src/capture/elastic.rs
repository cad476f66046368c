//! Fits the sound of a second device to the clock of the first: each has its own idea of a second, and after an hour a
//! tenth of one lies between them.

use std::collections::VecDeque;

/// Sound kept ready, in seconds: what may come late without a hole.
const READY: f64 = 0.06;
/// More than this and the first device stood still: what is too much is left out at once, in seconds.
const MOST: f64 = 0.5;
/// Most that the speed is changed by: nobody hears it, and no clock is worse.
const MOST_CHANGE: f64 = 0.005;
/// How long a difference takes to be made up for, in seconds.
const EASE: f64 = 10.0;

/// A stream of frames at one rate that comes out at the speed at which frames of another device come.
#[derive(Debug)]
pub struct Elastic {
    channels: usize,
    from: f64,
    to: f64,
    waiting: VecDeque<f32>,
    /// Where the next frame lies behind the second one that waits, 0 to 1.
    place: f64,
    begun: bool,
}

impl Elastic {
    /// From one rate to another, in frames a second.
    pub fn new(channels: u16, from: u32, to: u32) -> Self {
        let channels = usize::from(channels.max(1));
        Self {
            channels,
            from: f64::from(from.max(1)),
            to: f64::from(to.max(1)),
            waiting: VecDeque::new(),
            place: 0.0,
            begun: false,
        }
    }

    /// Takes frames.
    pub fn push(&mut self, samples: &[f32]) {
        self.waiting.extend(samples);
    }

    /// Seconds that wait.
    pub fn waits(&self) -> f64 {
        (self.waiting.len() / self.channels) as f64 / self.from
    }

    /// Gives exactly so many frames; silence where there is no sound for them.
    pub fn take(&mut self, frames: usize, mut frame: impl FnMut(&[f32])) {
        if self.waits() > MOST {
            let keep = (READY * self.from) as usize * self.channels;
            self.waiting.drain(..self.waiting.len() - keep);
        }
        self.begun |= self.waits() >= READY;
        // What waits swings by what the two devices give at a time; its mean is what is held.
        let change = ((self.waits() - READY) / EASE).clamp(-MOST_CHANGE, MOST_CHANGE);
        let step = self.from / self.to * (1.0 + change);
        let mut out = vec![0.0; self.channels];
        for _ in 0..frames {
            if !self.begun || self.waiting.len() < 4 * self.channels {
                self.begun = false;
                out.fill(0.0);
            } else {
                self.between(&mut out);
                self.place += step;
                while self.place >= 1.0 && self.waiting.len() >= 4 * self.channels {
                    self.waiting.drain(..self.channels);
                    self.place -= 1.0;
                }
            }
            frame(&out);
        }
    }

    /// The frame at `place`: a cubic through four frames (Catmull and Rom).
    fn between(&self, out: &mut [f32]) {
        let t = self.place as f32;
        for (channel, out) in out.iter_mut().enumerate() {
            let at = |frame: usize| self.waiting[frame * self.channels + channel];
            let (a, b, c, d) = (at(0), at(1), at(2), at(3));
            let (one, two) = (c - a, 2.0 * a - 5.0 * b + 4.0 * c - d);
            let three = 3.0 * (b - c) + d - a;
            *out = b + 0.5 * t * (one + t * (two + t * three));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two devices that each give 20 ms at a time by their own clocks; what comes out of the second.
    fn run(seconds: usize, from: u32, true_from: f64, to: u32) -> (Vec<f32>, f64) {
        let mut elastic = Elastic::new(1, from, to);
        let (mut out, mut fed) = (Vec::new(), 0u64);
        for tick in 1..=seconds * 50 {
            let until = (true_from * tick as f64 / 50.0) as u64;
            let sound = (fed..until).map(|n| (n as f64 / true_from * 440.0 * std::f64::consts::TAU).sin() as f32);
            elastic.push(&sound.collect::<Vec<_>>());
            fed = until;
            elastic.take(to as usize / 50, |frame| out.push(frame[0]));
        }
        (out, elastic.waits())
    }

    #[test]
    fn a_clock_that_is_off_makes_no_hole_and_no_heap() {
        for (from, true_from, to) in
            [(48_000, 48_050.0, 48_000), (44_100, 44_060.0, 48_000), (48_000, 48_000.0, 16_000)]
        {
            let (out, waits) = run(120, from, true_from, to);
            assert_eq!(out.len(), 120 * to as usize);
            assert!(waits > 0.02 && waits < 0.12, "{from} to {to}: {waits} s wait");
            let later = &out[to as usize * 2..];
            let quiet = later.chunks(to as usize / 100).filter(|part| part.iter().all(|x| x.abs() < 0.3)).count();
            assert_eq!(quiet, 0, "{from} to {to}: holes");
            let rises = later.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64;
            let pitch = rises / (later.len() as f64 / f64::from(to));
            assert!((pitch - 440.0).abs() < 1.0, "{from} to {to}: {pitch} Hz");
        }
    }

    #[test]
    fn nothing_comes_of_nothing_and_too_much_is_left_out() {
        let mut elastic = Elastic::new(2, 48_000, 48_000);
        let mut out = Vec::new();
        elastic.take(10, |frame| out.extend_from_slice(frame));
        assert_eq!(out, [0.0; 20]);
        elastic.push(&vec![0.25; 2 * 480_000]);
        elastic.take(480, |frame| out.extend_from_slice(frame));
        assert!(elastic.waits() < 0.1);
        assert!((out[out.len() - 1] - 0.25).abs() < 1e-6);
    }
}
