//! Speech that is heard in a channel though it belongs to another: a microphone hears the loudspeaker, or the person beside.
//!
//! The same sound is known by how its energy moves between the bands of hearing: for a second or two it moves alike in both
//! channels, a little later in the one that only overhears, and always by the same time later. Two people who speak at once
//! do not move alike.

use std::ops::{Range, RangeInclusive};

use super::decibels;
use crate::time::{Millis, SAMPLE_RATE, TimeSpan};

/// Length of a frame in milliseconds: that of the speech detector.
const FRAME_MS: u64 = crate::speech::FRAME_MS;
/// Samples of a frame at [`SAMPLE_RATE`].
const FRAME: usize = (SAMPLE_RATE as u64 * FRAME_MS / 1_000) as usize;
/// Where the bands meet, in Hz: octaves over the range of a voice.
const EDGES: [f32; 5] = [250.0, 500.0, 1_000.0, 2_000.0, 4_000.0];
const BANDS: usize = EDGES.len() + 1;
/// Frames that are compared at a time: a second and a half, some eight syllables.
const WINDOW: usize = 48;
/// The same once it is known how much later the sound comes: then less is enough, and edges come out sharper.
const SHORT_WINDOW: usize = 20;
/// From comparison to comparison, in frames.
const HOP: usize = 4;
/// The overheard sound may come so many frames later or earlier (a third of a second: Bluetooth, and what computers keep
/// back before they play).
const LAG: isize = 10;
/// So many windows, each half a window after the other, have to agree in a lag.
const VOTES: usize = 4;
/// And so large a part of all that find one; chance spreads over all lags, a seventh for three of them.
const AGREED: f32 = 0.5;
/// Correlation of the colours from which on two stretches are the same sound. Of read speech by other people 10% of the
/// stretches are above it at some lag, but not at the same one; with a room's echoes nine tenths of the same are.
const SAME: f32 = 0.6;
/// What lies so many decibels below the loudest of a stretch is noise.
const DEPTH: u8 = 35;
/// A stretch whose bands move by less than this has no colour that changes, in decibels.
const STILL: f32 = 1.5;
/// A frame is overheard where it is at most so many decibels above what the other channel lets expect; more is somebody who
/// speaks here.
const ABOVE: f32 = 6.0;
/// The other channel has to be louder by this much where it isn't known which of them only overhears, in decibels.
const LOUDER: f32 = 3.0;
/// Below this no sound is compared, in decibels above −100 dBFS.
const AUDIBLE: f32 = 30.0;
/// Overheard frames this close to each other are one stretch.
const CLOSE: usize = 5;
/// Shorter stretches are chance, in frames.
const LEAST: usize = 6;

/// How the energy of one channel moves: levels of bands, one set a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    frames: Vec<[u8; BANDS]>,
    low: [f32; EDGES.len()],
    share: [f32; EDGES.len()],
    squares: [f32; BANDS],
    count: usize,
}

impl Default for Movement {
    fn default() -> Self {
        let share = EDGES.map(|edge| 1.0 - (-std::f32::consts::TAU * edge / SAMPLE_RATE as f32).exp());
        Self { frames: Vec::new(), low: [0.0; EDGES.len()], share, squares: [0.0; BANDS], count: 0 }
    }
}

impl Movement {
    /// Takes the next samples at [`SAMPLE_RATE`].
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            let mut below = 0.0;
            for band in 0..EDGES.len() {
                self.low[band] += (sample - self.low[band]) * self.share[band];
                let part = self.low[band] - below;
                below = self.low[band];
                self.squares[band] += part * part;
            }
            self.squares[BANDS - 1] += (sample - below) * (sample - below);
            self.count += 1;
            if self.count == FRAME {
                self.frames.push(std::mem::take(&mut self.squares).map(|square| decibels(square / FRAME as f32)));
                self.count = 0;
            }
        }
    }

    /// Level of a frame, all bands together, in decibels above the floor.
    fn level(&self, frame: usize) -> f32 {
        let power = |level: u8| 10f32.powf(f32::from(level) / 10.0);
        10.0 * self.frames[frame].iter().map(|level| power(*level)).sum::<f32>().log10()
    }
}

/// Which of two channels overhears the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nobody knows: the quieter one.
    Nothing,
    /// The one that is asked about can overhear, and the other cannot: what a computer plays does not hear the room.
    Overhears,
}

/// Where within `regions` (ordered) the channel `own` only overhears `other`.
pub fn overheard(own: &Movement, other: &Movement, regions: &[TimeSpan], known: Known) -> Vec<TimeSpan> {
    let length = own.frames.len().min(other.frames.len());
    let Some(lag) = usual_lag(own, other, &windows(regions, WINDOW, length)) else { return Vec::new() };
    let levels = |movement: &Movement| -> Vec<f32> { (0..length).map(|frame| movement.level(frame)).collect() };
    let (own_levels, other_levels) = (levels(own), levels(other));
    let mut marked = vec![false; length];
    for at in windows(regions, SHORT_WINDOW, length) {
        if let Some((alike, lag)) = best_lag(own, other, at..at + SHORT_WINDOW, lag - 1..=lag + 1)
            && alike >= SAME
        {
            mark(&mut marked, (&own_levels, &other_levels), at..at + SHORT_WINDOW, lag, known);
        }
    }
    stretches(&marked)
}

/// Starts of the windows that touch the regions. They are multiples of the hop, so that the regions' edges do not matter.
fn windows(regions: &[TimeSpan], window: usize, length: usize) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    for region in regions {
        let (first, end) = ((region.start.0 / FRAME_MS) as usize, region.end.0.div_ceil(FRAME_MS) as usize);
        let first = (first.saturating_sub(window - HOP) / HOP * HOP).max(starts.last().map_or(0, |last| last + HOP));
        starts.extend((first..end.min(length)).step_by(HOP).take_while(|at| at + window <= length));
    }
    starts
}

/// How much later than in the other channel sound comes, in frames: a way from a loudspeaker to a microphone is the same
/// all the time, and chance is not. None where there is no such way.
fn usual_lag(own: &Movement, other: &Movement, windows: &[usize]) -> Option<isize> {
    let mut votes = [0usize; 2 * LAG as usize + 1];
    // One chance likeness lasts for all windows that hold it.
    for &at in windows.iter().step_by(WINDOW / 2 / HOP) {
        if let Some((alike, lag)) = best_lag(own, other, at..at + WINDOW, -LAG..=LAG)
            && alike >= SAME
        {
            votes[(lag + LAG) as usize] += 1;
        }
    }
    let with_neighbours = |at: usize| votes[at.saturating_sub(1)..(at + 2).min(votes.len())].iter().sum::<usize>();
    let best = (0..votes.len()).max_by_key(|&at| (with_neighbours(at), votes[at]))?;
    let (agreed, all) = (with_neighbours(best), votes.iter().sum::<usize>());
    (agreed >= VOTES && agreed as f32 >= AGREED * all as f32).then_some(best as isize - LAG)
}

/// The lag at which a window is most like the other channel, and how like.
fn best_lag(
    own: &Movement,
    other: &Movement,
    window: Range<usize>,
    lags: RangeInclusive<isize>,
) -> Option<(f32, isize)> {
    let here = colours(&own.frames[window.clone()]);
    let alike = |lag: isize| {
        let from = window.start.checked_add_signed(-lag).filter(|from| from + window.len() <= other.frames.len())?;
        Some((correlation(&here, &colours(&other.frames[from..from + window.len()])), lag))
    };
    lags.filter_map(alike).max_by(|one, two| one.0.total_cmp(&two.0))
}

/// How alike the colour of two stretches of sound changes, 1 for the same and 0 where there is nothing to compare. The
/// colour is what the bands have above or below the frame's mean: that two people begin and stop at the same time says
/// nothing. Each band counts from its own mean, so that a room's or a loudspeaker's colour doesn't matter.
fn correlation(one: &[[f32; BANDS]], two: &[[f32; BANDS]]) -> f32 {
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().flatten().zip(two.iter().flatten()) {
        both += a * b;
        first += a * a;
        second += b * b;
    }
    let still = STILL * STILL * (one.len() * BANDS) as f32;
    if first < still || second < still { 0.0 } else { both / (first * second).sqrt() }
}

/// The colour of each frame of a stretch.
fn colours(frames: &[[u8; BANDS]]) -> Vec<[f32; BANDS]> {
    let loudest = frames.iter().flatten().copied().max().unwrap_or(0);
    let least = loudest.saturating_sub(DEPTH);
    let mut colours = vec![[0.0; BANDS]; frames.len()];
    for (colour, frame) in colours.iter_mut().zip(frames) {
        let levels = frame.map(|level| f32::from(level.max(least)));
        let mean = levels.iter().sum::<f32>() / BANDS as f32;
        *colour = levels.map(|level| level - mean);
    }
    for band in 0..BANDS {
        let mean = colours.iter().map(|colour| colour[band]).sum::<f32>() / frames.len() as f32;
        colours.iter_mut().for_each(|colour| colour[band] -= mean);
    }
    colours
}

/// Marks the frames of a window that are no louder than the other channel's sound lets expect.
fn mark(marked: &mut [bool], (own, other): (&[f32], &[f32]), window: Range<usize>, lag: isize, known: Known) {
    let source = |frame: usize| other[frame.saturating_add_signed(-lag).min(other.len() - 1)];
    let loud: Vec<usize> = window.filter(|&frame| source(frame) >= AUDIBLE).collect();
    if loud.is_empty() {
        return;
    }
    let gain = loud.iter().map(|&frame| own[frame] - source(frame)).sum::<f32>() / loud.len() as f32;
    if known == Known::Nothing && gain > -LOUDER {
        return;
    }
    for frame in loud {
        marked[frame] |= own[frame] <= source(frame) + gain + ABOVE;
    }
}

/// Marked frames as stretches of time.
fn stretches(marked: &[bool]) -> Vec<TimeSpan> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for frame in (0..marked.len()).filter(|frame| marked[*frame]) {
        match found.last_mut() {
            Some((_, end)) if frame - *end <= CLOSE => *end = frame + 1,
            _ => found.push((frame, frame + 1)),
        }
    }
    found.retain(|(start, end)| end - start >= LEAST);
    let at = |frame: usize| Millis(frame as u64 * FRAME_MS);
    found.into_iter().map(|(start, end)| TimeSpan { start: at(start), end: at(end) }).collect()
}
