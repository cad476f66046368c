//! One window: tried once, judged, and tried again where its text cannot be believed: as a whole, or where it lacks words.

use std::ops::Range;

use st_core::hypothesis::DecodeFacts;
use st_core::time::{Millis, SAMPLE_RATE};

use super::doubt::{self, Doubt};
use super::holes;
use super::segment::RawSegment;
use super::window::Window;

/// Softmax temperatures of the tries after the first (Whisper's own start with 0.2 and 0.4; higher ones make text up).
const RETRY_TEMPERATURES: [f32; 2] = [0.2, 0.4];
/// Holes of a window that are decoded by themselves: sounds that the VAD takes for speech must not cost more than this.
const MOST_HOLES: usize = 4;
/// Speech after the last timestamp that is taken for its inexactness and not decoded again, in milliseconds.
const LEFTOVER_MS: u64 = 600;
/// A window goes forward by this at least.
const LEAST_STEP_MS: u64 = 1_000;

/// What is asked of the model.
#[derive(Debug)]
pub struct Try<'a> {
    /// Samples.
    pub pcm: &'a [f32],
    /// Whether their end cuts speech.
    pub cut: bool,
    /// Beam width; 1 is greedy.
    pub beam: u32,
    /// Softmax temperature.
    pub temperature: f32,
}

/// The result for a window.
#[derive(Debug)]
pub struct Decoded {
    /// Its pieces; times from the window's start.
    pub segments: Vec<RawSegment>,
    /// Up to where the recording is dealt with.
    pub until: Millis,
    /// How it came about.
    pub facts: DecodeFacts,
}

/// Decodes windows by asking a model for tries.
pub struct Decoder<'a, E> {
    /// Beam width of the first tries.
    pub beam: u32,
    /// Softmax temperature of the first tries.
    pub temperature: f32,
    /// The model: a try's pieces, their times from the start of its samples.
    pub model: &'a mut dyn FnMut(&Try) -> Result<Vec<RawSegment>, E>,
}

/// What one try gave.
struct Attempt {
    segments: Vec<RawSegment>,
    doubt: Doubt,
    temperature: f32,
}

impl<E> Decoder<'_, E> {
    /// The most believable text of a window.
    pub fn decode(&mut self, pcm: &[f32], window: &Window) -> Result<Decoded, E> {
        let mut tries = 0;
        let Attempt { mut segments, temperature, .. } = self.attempt(pcm, window, &mut tries)?;
        let mut from = 0;
        for _ in 0..MOST_HOLES {
            let Some(hole) = holes::next(&segments, window, from) else { break };
            let part = window.part(hole.clone());
            let found = self.attempt(&pcm[samples(&hole, pcm.len())], &part, &mut tries)?;
            let believed = !found.segments.is_empty() && !found.doubt.whole();
            from = if believed { holes::fill(&mut segments, &hole, found.segments) } else { hole.end };
        }
        let doubt = doubt::judge(&segments, window);
        let until = decoded_until(&segments, window);
        Ok(Decoded { segments, until, facts: DecodeFacts { temperature, tries, doubtful: doubt.any() } })
    }

    /// Tries until the text as a whole is without doubt; else gives the best one.
    fn attempt(&mut self, pcm: &[f32], window: &Window, tries: &mut u32) -> Result<Attempt, E> {
        let first = Try { pcm, cut: window.cut, beam: self.beam, temperature: self.temperature };
        *tries += 1;
        let segments = (self.model)(&first)?;
        if doubt::nobody_speaks(&segments) {
            return Ok(Attempt { segments: Vec::new(), doubt: Doubt::default(), temperature: self.temperature });
        }
        let mut best = Attempt { doubt: doubt::judge(&segments, window), segments, temperature: self.temperature };
        for temperature in RETRY_TEMPERATURES {
            if !best.doubt.whole() {
                break;
            }
            *tries += 1;
            let segments = (self.model)(&Try { beam: 1, temperature, ..first })?;
            let again = Attempt { doubt: doubt::judge(&segments, window), segments, temperature };
            if better(&again, &best) {
                best = again;
            }
        }
        Ok(best)
    }
}

/// The samples of a part of a window that has so many.
fn samples(part: &Range<u64>, count: usize) -> Range<usize> {
    let at = |millis: u64| usize::try_from(millis * u64::from(SAMPLE_RATE) / 1000).map_or(count, |at| at.min(count));
    at(part.start)..at(part.end)
}

/// Whether `a`, which came later, is better than `b`. Log probabilities are compared at one temperature only: a higher
/// one sharpens them.
fn better(a: &Attempt, b: &Attempt) -> bool {
    let rank = |t: &Attempt| (t.doubt.whole(), t.doubt.looped, t.doubt.empty, t.doubt.tail);
    match rank(a).cmp(&rank(b)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => {
            a.temperature <= b.temperature && doubt::mean_logprob(&a.segments) > doubt::mean_logprob(&b.segments)
        }
    }
}

/// Up to where the window is dealt with: to its end where no speech follows the last text, else to the last timestamp.
fn decoded_until(segments: &[RawSegment], window: &Window) -> Millis {
    let Some(last) = segments.last() else { return window.span.end };
    let end = last.end.min(window.millis());
    let done = !window.cut && window.speech_after(end) <= LEFTOVER_MS;
    if done || end < LEAST_STEP_MS { window.span.end } else { Millis(window.span.start.0 + end) }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
