//! What a sound device is to be fed with: the frames of a file at the device's rate and the chosen speed, round and round
//! where a stretch is repeated; and for each frame given, which place of the recording it is.

use std::collections::VecDeque;
use std::ops::Range;

use super::speed::Stretcher;
use super::{Frame, MAX_SPEED, MIN_SPEED, Nearby};
use crate::error::AudioError;
use crate::resample::Resampler;

/// Frames of the file taken at a time.
const BLOCK: usize = 2_048;
/// Shortest stretch that is repeated, in seconds: shorter ones are a hum.
const SHORTEST_LOOP: f64 = 0.05;

/// Goes through a file.
pub struct Feed {
    source: Nearby,
    /// Rate of the device, in Hz.
    rate: u32,
    speed: f32,
    /// Frames of the file that are repeated.
    span: Option<Range<u64>>,
    /// Number of the frame of the file that is taken next.
    next: u64,
    run: Option<Run>,
    /// Frames given so far, all runs together.
    given: u64,
    marks: VecDeque<Mark>,
}

/// What is on the way between file and device since the last jump.
struct Run {
    resamplers: [Resampler; 2],
    stretcher: Option<Stretcher>,
    sides: [Vec<f32>; 2],
    frames: Vec<Frame>,
}

/// From this frame on, places go on from here.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Number of the first frame given.
    first: u64,
    /// Its place, and where the run ends, as frames of the file.
    from: u64,
    to: u64,
    speed: f32,
}

impl Feed {
    /// From the start of a file, at its own speed, for a device that takes `rate` frames a second.
    pub fn new(source: Nearby, rate: u32) -> Self {
        let mark = Mark { first: 0, from: 0, to: u64::MAX, speed: 1.0 };
        Self { source, rate, speed: 1.0, span: None, next: 0, run: None, given: 0, marks: VecDeque::from([mark]) }
    }

    /// Length of the file in seconds, as far as it is known.
    pub fn seconds(&self) -> Option<f64> {
        self.source.seconds()
    }

    /// Goes on at `place`, in seconds, with the frame that gets the number `number`; at `speed` ([`MIN_SPEED`] to
    /// [`MAX_SPEED`]), for a device of `rate` frames a second, and repeats `span` where there is one.
    pub fn jump(&mut self, place: f64, number: u64, rate: u32, speed: f32, span: Option<Range<f64>>) {
        self.rate = rate;
        self.speed = speed.clamp(MIN_SPEED, MAX_SPEED);
        self.span = span
            .filter(|span| span.end - span.start >= SHORTEST_LOOP)
            .map(|span| self.frame_at(span.start)..self.frame_at(span.end));
        self.given = number;
        self.run = None;
        if number == 0 {
            self.marks.clear();
        }
        self.begin(self.frame_at(place));
    }

    fn frame_at(&self, seconds: f64) -> u64 {
        (seconds.max(0.0) * f64::from(self.source.rate())).round() as u64
    }

    fn begin(&mut self, at: u64) {
        self.next = at;
        // From behind the stretch that is repeated, the file is played to its end.
        let to = self.span.as_ref().filter(|span| at < span.end).map_or(u64::MAX, |span| span.end);
        self.marks.push_back(Mark { first: self.given, from: at, to, speed: self.speed });
    }

    /// Appends some of what comes next; false at the end.
    ///
    /// # Errors
    /// When the disk fails, or the file is no longer there.
    pub fn fill(&mut self, out: &mut Vec<Frame>) -> Result<bool, AudioError> {
        let before = out.len();
        let until = self.marks.back().map_or(u64::MAX, |mark| mark.to);
        let count = usize::try_from(until.saturating_sub(self.next)).unwrap_or(BLOCK).min(BLOCK);
        let mut run = match self.run.take() {
            Some(run) => run,
            None => Run::new(self.source.rate(), self.rate, self.speed).map_err(|_| self.source.damaged())?,
        };
        let frames = self.source.read(self.next, count)?;
        let taken = frames.len();
        if taken > 0 {
            run.push(frames, out);
            self.next += taken as u64;
        }
        let at_end = taken < count;
        let wraps = self.next >= until || (at_end && until != u64::MAX);
        if !at_end && !wraps {
            self.run = Some(run);
            self.given += (out.len() - before) as u64;
            return Ok(true);
        }
        run.finish(out);
        self.given += (out.len() - before) as u64;
        if let (true, Some(span)) = (wraps, self.span.clone()) {
            // A stretch behind the end of the file would be repeated for ever without a sound.
            if self.next > span.start {
                self.begin(span.start);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The place of a frame that was given, in seconds. Older ones can be forgotten with [`Self::forget`].
    pub fn place(&self, number: u64) -> f64 {
        let Some(mark) = self.marks.iter().rev().find(|mark| mark.first <= number).or(self.marks.front()) else {
            return 0.0;
        };
        let (device, file) = (f64::from(self.rate.max(1)), f64::from(self.source.rate().max(1)));
        let since = number.saturating_sub(mark.first) as f64 / device * f64::from(mark.speed);
        let shift = if mark.speed == 1.0 { 0.0 } else { Stretcher::shift(mark.speed) };
        let from = mark.from as f64 / file;
        let end = self.source.seconds().unwrap_or(f64::MAX).min(mark.to as f64 / file);
        (from + since + shift).min(end).max(from)
    }

    /// Forgets the places of frames before this one.
    pub fn forget(&mut self, number: u64) {
        while self.marks.get(1).is_some_and(|second| second.first <= number) {
            self.marks.pop_front();
        }
    }
}

impl Run {
    fn new(from: u32, to: u32, speed: f32) -> Result<Self, crate::resample::RateError> {
        Ok(Self {
            resamplers: [Resampler::between(from, to)?, Resampler::between(from, to)?],
            stretcher: if speed == 1.0 { None } else { Stretcher::new(to, speed) },
            sides: Default::default(),
            frames: Vec::new(),
        })
    }

    fn push(&mut self, frames: &[Frame], out: &mut Vec<Frame>) {
        for (side, (resampler, samples)) in self.resamplers.iter_mut().zip(&mut self.sides).enumerate() {
            let input: Vec<f32> = frames.iter().map(|frame| frame[side]).collect();
            resampler.push(&input, samples);
        }
        self.pass(out);
    }

    fn finish(&mut self, out: &mut Vec<Frame>) {
        for (resampler, samples) in self.resamplers.iter_mut().zip(&mut self.sides) {
            resampler.finish(samples);
        }
        self.pass(out);
        if let Some(stretcher) = &mut self.stretcher {
            stretcher.finish(out);
        }
    }

    /// What came out of the resamplers, through the stretcher.
    fn pass(&mut self, out: &mut Vec<Frame>) {
        let [left, right] = &mut self.sides;
        self.frames.clear();
        self.frames.extend(left.drain(..).zip(right.drain(..)).map(|(left, right)| [left, right]));
        match &mut self.stretcher {
            Some(stretcher) => stretcher.push(&self.frames, out),
            None => out.extend_from_slice(&self.frames),
        }
    }
}
