//! How loud it is now, whether anything is heard at all, and whether it is too loud.

use std::collections::VecDeque;

use crate::level::SILENCE_DB;

/// Stretch that the level is told for, in milliseconds: as long as a syllable, so that the eye can follow.
const WINDOW_MS: u64 = 300;
/// Blocks of a window.
const BLOCKS: usize = 15;
/// From here on a sample is at full scale: the highest one of 16 bits, which converters cut off at.
const FULL: f32 = 32_766.0 / 32_768.0;
/// So many samples at full scale in a row are no peak by chance.
const IN_ROW: u32 = 3;
/// Places nearer to each other than this are one, in seconds.
const APART: f64 = 0.5;
/// Below this peak nothing is heard: rooms and cheap microphones alone are louder, in dB below full scale.
pub const HEARD_DB: f32 = -55.0;

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// RMS of the last 300 ms in dB of full scale; the loudest channel.
    pub level_db: f32,
    /// Their peak in dB of full scale.
    pub peak_db: f32,
    /// Places with samples at full scale so far.
    pub clipped: u64,
    /// Seconds since something was heard that is louder than −55 dB, by the count of frames.
    pub quiet: f64,
}

/// Measures frames as they come.
#[derive(Debug)]
pub struct Meter {
    rate: f64,
    channels: usize,
    block: usize,
    /// Of the block that is being filled: energy of each channel, peak, frames.
    energy: Vec<f64>,
    peak: f32,
    filled: usize,
    /// Level and peak of the last blocks, not in dB.
    blocks: VecDeque<(f64, f32)>,
    in_row: Vec<u32>,
    frames: u64,
    clipped: u64,
    clipped_at: Option<u64>,
    heard_at: u64,
}

impl Meter {
    /// A meter for frames of this rate and so many channels.
    pub fn new(rate: u32, channels: u16) -> Self {
        let channels = usize::from(channels.max(1));
        let block = (u64::from(rate) * WINDOW_MS / 1_000 / BLOCKS as u64).max(1) as usize;
        Self {
            rate: f64::from(rate.max(1)),
            channels,
            block,
            energy: vec![0.0; channels],
            peak: 0.0,
            filled: 0,
            blocks: VecDeque::with_capacity(BLOCKS),
            in_row: vec![0; channels],
            frames: 0,
            clipped: 0,
            clipped_at: None,
            heard_at: 0,
        }
    }

    /// Takes frames.
    pub fn push(&mut self, samples: &[f32]) {
        let audible = 10f32.powf(HEARD_DB / 20.0);
        for frame in samples.chunks_exact(self.channels) {
            for (channel, &sample) in frame.iter().enumerate() {
                let loud = sample.abs();
                self.energy[channel] += f64::from(sample) * f64::from(sample);
                self.peak = self.peak.max(loud);
                self.in_row[channel] = if loud >= FULL { self.in_row[channel] + 1 } else { 0 };
                if self.in_row[channel] == IN_ROW {
                    self.clip();
                }
                if loud > audible {
                    self.heard_at = self.frames;
                }
            }
            self.frames += 1;
            self.filled += 1;
            if self.filled == self.block {
                self.end_block();
            }
        }
    }

    /// What is heard now.
    pub fn heard(&self) -> Heard {
        let count = self.blocks.len().max(1) as f64;
        let level = (self.blocks.iter().map(|block| block.0).sum::<f64>() / count).sqrt();
        let peak = self.blocks.iter().fold(0.0f32, |peak, block| peak.max(block.1));
        Heard {
            level_db: db(level),
            peak_db: db(f64::from(peak)),
            clipped: self.clipped,
            quiet: (self.frames - self.heard_at) as f64 / self.rate,
        }
    }

    fn clip(&mut self) {
        let apart = (APART * self.rate) as u64;
        if self.clipped_at.is_none_or(|at| self.frames - at > apart) {
            self.clipped += 1;
        }
        self.clipped_at = Some(self.frames);
    }

    fn end_block(&mut self) {
        let loudest = self.energy.iter().fold(0.0f64, |most, energy| most.max(*energy)) / self.filled as f64;
        if self.blocks.len() == BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back((loudest, self.peak));
        self.energy.fill(0.0);
        (self.peak, self.filled) = (0.0, 0);
    }
}

fn db(amplitude: f64) -> f32 {
    (20.0 * amplitude.log10()).max(f64::from(SILENCE_DB)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn tone(seconds: f64, level: f32) -> Vec<f32> {
        let frames = (seconds * f64::from(RATE)) as usize;
        (0..frames).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / RATE as f32).sin() * level).collect()
    }

    #[test]
    fn the_level_is_that_of_the_last_moment() {
        let mut meter = Meter::new(RATE, 1);
        meter.push(&tone(1.0, 0.5));
        let heard = meter.heard();
        assert!((heard.level_db + 9.03).abs() < 0.1 && (heard.peak_db + 6.02).abs() < 0.1, "{heard:?}");
        assert!(heard.quiet < 0.01 && heard.clipped == 0);
        meter.push(&vec![0.0; RATE as usize * 2]);
        let heard = meter.heard();
        assert_eq!(heard.level_db, SILENCE_DB);
        assert!((heard.quiet - 2.0).abs() < 0.01, "{heard:?}");
    }

    #[test]
    fn the_loudest_channel_counts() {
        let mut meter = Meter::new(RATE, 2);
        let frames: Vec<f32> = tone(0.5, 0.5).into_iter().flat_map(|x| [0.0, x]).collect();
        meter.push(&frames);
        assert!((meter.heard().level_db + 9.03).abs() < 0.1);
    }

    #[test]
    fn clipping_counts_places_and_not_samples() {
        let mut meter = Meter::new(RATE, 1);
        meter.push(&tone(1.0, 0.99));
        assert_eq!(meter.heard().clipped, 0);
        let loud: Vec<f32> = tone(0.3, 3.0).into_iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        meter.push(&loud);
        assert_eq!(meter.heard().clipped, 1, "one shout is one place");
        meter.push(&tone(1.0, 0.1));
        meter.push(&loud);
        assert_eq!(meter.heard().clipped, 2);
    }
}
