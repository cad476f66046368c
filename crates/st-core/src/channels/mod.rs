//! Channels of a recording that are people of their own, as the two sides of a call or microphones on lapels are, told
//! from ordinary stereo, in which every channel hears the same.
//!
//! The levels tell them apart: where each person has a channel, one channel is far above the other nearly always when
//! somebody speaks, now this one, now that one. In stereo (a room, music, a voice in the middle) both rise and fall
//! together. What still is heard in a wrong channel is found by [`echo`].

pub mod echo;
mod together;

pub use together::{in_each, together};

/// Length of the stretches that levels are taken of, in milliseconds: a syllable.
const FRAME_MS: u64 = 50;
/// More channels than this are no people (and pairs grow with the square).
const MOST_CHANNELS: usize = 8;
/// Levels are kept in whole decibels above this one, in dBFS.
const FLOOR_DB: f32 = -100.0;
/// A channel that is never louder than this has nothing in it, in decibels above [`FLOOR_DB`].
const QUIET: u8 = 40;
/// A channel is as loud as the level that it exceeds for so long in all, in milliseconds.
const LOUD_FOR_MS: u64 = 1_000;
/// Somebody speaks where a channel is at most so many decibels below its own loud level.
const SPEAKING: i16 = 25;
/// One channel leads where it is so many decibels above the other. A microphone on another lapel at the same table hears a
/// voice 10 to 20 dB lower, one of a stereo pair in the room 0 to 6 dB.
const LEADS: i16 = 8;
/// Somebody has a channel who leads in it for so long in all, in milliseconds: a sentence of a few words.
const LEADS_FOR_MS: u64 = 500;
/// Least part of the time with speech in which one of two channels leads. People who talk at once leave some.
const LEADING: f64 = 0.55;
/// Channels that are more alike than this over the whole recording (correlation, whatever its sign) hear the same.
const ALIKE: f64 = 0.6;

/// Listens to the channels of a recording from its start to its end, at any sample rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelMeter {
    /// Samples of the frame that is being taken.
    count: usize,
    /// Sum of squares of each channel in it.
    squares: Vec<f32>,
    /// Level of each channel in each frame, in decibels above [`FLOOR_DB`].
    levels: Vec<Vec<u8>>,
    /// Sum of squares of each channel in all.
    energy: Vec<f64>,
    /// Sum of products of each pair in all, in the order of [`pairs`].
    products: Vec<f64>,
}

/// All pairs of `count` things, the first before the second.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |one| (one + 1..count).map(move |two| (one, two)))
}

impl ChannelMeter {
    /// Takes the next samples of all channels, equally many of each.
    pub fn push(&mut self, planes: &[Vec<f32>], rate: u32) {
        let channels = planes.len();
        if !(2..=MOST_CHANNELS).contains(&channels) {
            return;
        }
        if self.energy.len() != channels {
            // A chained stream may go on with others; what is judged is the last form of it.
            *self = Self {
                squares: vec![0.0; channels],
                levels: vec![Vec::new(); channels],
                energy: vec![0.0; channels],
                products: vec![0.0; pairs(channels).count()],
                count: 0,
            };
        }
        let frames = planes.iter().map(Vec::len).min().unwrap_or(0);
        for ((one, two), sum) in pairs(channels).zip(&mut self.products) {
            *sum += f64::from(planes[one].iter().zip(&planes[two]).map(|(x, y)| x * y).sum::<f32>());
        }
        let length = (u64::from(rate) * FRAME_MS / 1_000).max(1) as usize;
        let mut from = 0;
        while from < frames {
            let to = frames.min(from + length - self.count.min(length - 1));
            for (plane, square) in planes.iter().zip(&mut self.squares) {
                *square += plane[from..to].iter().map(|x| x * x).sum::<f32>();
            }
            self.count += to - from;
            from = to;
            if self.count >= length {
                self.end_frame();
            }
        }
    }

    fn end_frame(&mut self) {
        for ((square, levels), energy) in self.squares.iter_mut().zip(&mut self.levels).zip(&mut self.energy) {
            levels.push(decibels(*square / self.count as f32));
            *energy += f64::from(std::mem::take(square));
        }
        self.count = 0;
    }

    /// Whether the channels in which something is heard are people of their own, each pair of them, and at least two.
    pub fn separate(&self) -> bool {
        let loud: Vec<u8> = self.levels.iter().map(|levels| loud(levels)).collect();
        let heard = |channel: usize| loud[channel] >= QUIET;
        let mut judged = pairs(self.levels.len()).zip(&self.products).filter(|((a, b), _)| heard(*a) && heard(*b));
        let mut any = false;
        judged.all(|((a, b), product)| {
            any = true;
            let alike = (product / (self.energy[a] * self.energy[b]).sqrt().max(f64::MIN_POSITIVE)).abs();
            alike <= ALIKE && take_turns((&self.levels[a], loud[a]), (&self.levels[b], loud[b]))
        }) && any
    }
}

/// Whether of two channels, each with its loud level, one leads nearly always and each at some time. Levels are compared
/// as parts of the loud ones, for nobody sets two microphones alike.
fn take_turns((one, loud_one): (&[u8], u8), (two, loud_two): (&[u8], u8)) -> bool {
    let (mut speech, mut leads) = (0u64, [0u64; 2]);
    for (&a, &b) in one.iter().zip(two) {
        let (a, b) = (i16::from(a) - i16::from(loud_one), i16::from(b) - i16::from(loud_two));
        if a.max(b) < -SPEAKING {
            continue;
        }
        speech += 1;
        leads[0] += u64::from(a - b >= LEADS);
        leads[1] += u64::from(b - a >= LEADS);
    }
    let enough = |frames: u64| frames * FRAME_MS >= LEADS_FOR_MS;
    enough(leads[0]) && enough(leads[1]) && (leads[0] + leads[1]) as f64 >= LEADING * speech as f64
}

/// The level that is exceeded for [`LOUD_FOR_MS`].
fn loud(levels: &[u8]) -> u8 {
    let mut counts = [0u64; 256];
    levels.iter().for_each(|level| counts[usize::from(*level)] += 1);
    let mut above = 0;
    for level in (0..=u8::MAX).rev() {
        above += counts[usize::from(level)];
        if above * FRAME_MS >= LOUD_FOR_MS {
            return level;
        }
    }
    0
}

/// A mean square in whole decibels above [`FLOOR_DB`].
fn decibels(square: f32) -> u8 {
    (10.0 * square.max(1e-12).log10() - FLOOR_DB).clamp(0.0, 255.0).round() as u8
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
