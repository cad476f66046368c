//! One window: tried once, judged, and tried again where its text cannot be believed.

use std::ffi::{CString, c_int};
use std::sync::atomic::AtomicBool;

use st_core::hypothesis::DecodeFacts;
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::DecodeParams;

use super::MAX_WINDOW_MS;
use super::doubt::{self, Doubt};
use super::ffi::{Context, RawSegment, Run, RunError, State};
use super::prompt;

/// Softmax temperatures of the tries after the first (Whisper's own start with 0.2 and 0.4; higher ones make text up).
const RETRY_TEMPERATURES: [f32; 2] = [0.2, 0.4];
/// Samples drawn at a temperature above 0 (Whisper's `best_of`).
const BEST_OF: c_int = 5;
/// Encoder positions kept after the end of a short window, in milliseconds: with few the model loses words at the end.
const CONTEXT_MARGIN_MS: u64 = 8_000;
/// Speech after the last timestamp that is taken for its inexactness and not decoded again, in milliseconds.
const LEFTOVER_MS: u64 = 600;
/// Milliseconds of one encoder position.
const POSITION_MS: u64 = 20;
/// A window goes forward by this at least.
const LEAST_STEP_MS: u64 = 1_000;

/// The audio of a request.
pub struct Window {
    /// On the recording's clock.
    pub span: TimeSpan,
    /// Where the VAD hears speech within it, on the recording's clock; empty where it is not known.
    pub speech: Vec<TimeSpan>,
    /// Whether its end cuts speech.
    pub cut: bool,
}

impl Window {
    /// A window with the speech regions that touch it.
    pub fn new(span: TimeSpan, regions: &[TimeSpan]) -> Self {
        let cut = regions.last().is_some_and(|s| s.end > span.end);
        Self { span, speech: regions.iter().filter_map(|s| s.intersection(span)).collect(), cut }
    }

    /// Milliseconds of speech after `at` (from the window's start).
    pub fn speech_after(&self, at: u64) -> u64 {
        let rest = TimeSpan { start: Millis(self.span.start.0 + at), end: self.span.end };
        self.speech.iter().map(|s| s.overlap(rest)).sum()
    }
}

/// The result for a window.
pub struct Decoded {
    /// Its pieces; times from the window's start.
    pub segments: Vec<RawSegment>,
    /// Up to where the recording is dealt with.
    pub until: Millis,
    /// How it came about.
    pub facts: DecodeFacts,
}

/// What decodes.
pub struct Decoder<'a> {
    /// The model.
    pub context: &'a Context,
    /// Threads.
    pub threads: c_int,
    /// How.
    pub params: &'a DecodeParams,
    /// Ends it.
    pub abort: &'a AtomicBool,
}

/// What one try gave.
struct Attempt {
    segments: Vec<RawSegment>,
    doubt: Doubt,
    temperature: f32,
}

impl Decoder<'_> {
    /// Decodes until a try is without doubt; else gives the best one. `live` gets the pieces of the first try.
    pub fn decode(&self, pcm: &[f32], window: &Window, live: &dyn Fn(RawSegment)) -> Result<Decoded, RunError> {
        let padded = padded(pcm, window.cut);
        let language = CString::new(self.params.language.as_str()).map_err(|_| RunError::Code(0))?;
        let prompt = prompt::tokens(&self.params.words, &|text| self.context.tokenize(text));
        let beam = c_int::try_from(self.params.beam.clamp(1, 8)).unwrap_or(1);
        let plan = std::iter::once((self.params.temperature, beam)).chain(RETRY_TEMPERATURES.map(|t| (t, 1)));
        let mut best: Option<Attempt> = None;
        let mut tries = 0;
        for (temperature, beam) in plan {
            let run = Run {
                language: &language,
                translate: self.params.translate,
                beam,
                best_of: BEST_OF,
                temperature,
                threads: self.threads,
                audio_ctx: audio_context(window.span.millis()),
                prompt: &prompt,
            };
            let first = tries == 0;
            let on_segment = |raw: RawSegment| {
                if first {
                    live(raw);
                }
            };
            let state = State::new(self.context).ok_or(RunError::Memory)?;
            let mut segments = state.run(&run, &padded, self.abort, &on_segment)?;
            tries += 1;
            if first && doubt::nobody_speaks(&segments) {
                segments.clear();
                best = Some(Attempt { segments, doubt: Doubt::default(), temperature });
                break;
            }
            let doubt = doubt::judge(&segments, window);
            let attempt = Attempt { segments, doubt, temperature };
            if best.as_ref().is_none_or(|b| better(&attempt, b)) {
                best = Some(attempt);
            }
            if !doubt.any() {
                break;
            }
        }
        let best = best.ok_or(RunError::Code(0))?;
        let until = decoded_until(&best, window);
        let facts = DecodeFacts { temperature: best.temperature, tries, doubtful: best.doubt.any() };
        Ok(Decoded { segments: best.segments, until, facts })
    }
}

/// whisper.cpp takes the end of its input for the end of the recording and lets a cut sentence pass as finished. A second
/// of silence behind a window that is cut within speech makes it look at the last closed sentence instead.
fn padded(pcm: &[f32], cut: bool) -> Vec<f32> {
    let mut padded = pcm.to_vec();
    if cut {
        padded.resize(pcm.len() + SAMPLE_RATE as usize, 0.0);
    }
    padded
}

/// Encoder positions for a window; 0 for all.
fn audio_context(length: u64) -> c_int {
    let positions = (length + CONTEXT_MARGIN_MS).div_ceil(POSITION_MS);
    if positions >= MAX_WINDOW_MS / POSITION_MS { 0 } else { c_int::try_from(positions).unwrap_or(0) }
}

/// Whether `a`, which came later, is better than `b`. Log probabilities are compared at one temperature only: a higher
/// one sharpens them.
fn better(a: &Attempt, b: &Attempt) -> bool {
    let rank = |t: &Attempt| (t.doubt.any(), t.doubt.looped, t.doubt.empty, t.doubt.tail);
    match rank(a).cmp(&rank(b)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => {
            a.temperature <= b.temperature && doubt::mean_logprob(&a.segments) > doubt::mean_logprob(&b.segments)
        }
    }
}

/// Up to where the window is dealt with: to its end where no speech follows the last text, else to the last timestamp.
fn decoded_until(best: &Attempt, window: &Window) -> Millis {
    let Some(last) = best.segments.last() else { return window.span.end };
    let end = last.end.min(window.span.millis());
    let done = !window.cut && window.speech_after(end) <= LEFTOVER_MS;
    if done || end < LEAST_STEP_MS { window.span.end } else { Millis(window.span.start.0 + end) }
}
