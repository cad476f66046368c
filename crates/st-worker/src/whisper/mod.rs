//! The recogniser: whisper.cpp, one window a request.

pub mod doubt;
pub mod ffi;
mod header;
mod prompt;
pub mod words;

use std::ffi::{CString, c_int};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use st_core::hypothesis::{DecodeFacts, Segment, WindowHypothesis, Word};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::{AsrModel, DecodeParams, LanguageGuess, WorkerError};

use crate::devices;
use doubt::Doubt;
use ffi::{Context, RawSegment, Run, RunError, State};

/// The longest window: what Whisper's encoder takes.
pub const MAX_WINDOW_MS: u64 = 30_000;
/// Softmax temperatures of the tries after the first (Whisper's own start with 0.2 and 0.4; higher ones make text up).
const RETRY_TEMPERATURES: [f32; 2] = [0.2, 0.4];
/// Samples drawn at a temperature above 0 (Whisper's `best_of`).
const BEST_OF: c_int = 5;
/// Encoder positions kept after the end of a short window: with none the model loses words at the end.
const CONTEXT_MARGIN_MS: u64 = 8_000;
/// Milliseconds of one encoder position.
const POSITION_MS: u64 = 20;
/// Speech after the last timestamp that is taken for its inexactness and not decoded again.
const LEFTOVER_MS: u64 = 400;
/// A window goes forward by this at least.
const LEAST_STEP_MS: u64 = 1_000;

/// A loaded recogniser.
pub struct Recogniser {
    context: Context,
    path: PathBuf,
    device: String,
    threads: c_int,
}

/// What one try gave.
struct Attempt {
    segments: Vec<RawSegment>,
    doubt: Doubt,
    temperature: f32,
}

impl Recogniser {
    /// Loads a model onto a device.
    pub fn load(model: &AsrModel, threads: u32) -> Result<Self, WorkerError> {
        let failed = |reason: String| WorkerError::ModelLoad { path: model.path.clone(), reason };
        header::check(&model.path).map_err(|e| failed(e.to_string()))?;
        let gpu = devices::gpu_index(&model.device)?;
        let context = Context::load(&model.path, gpu).ok_or_else(|| failed("whisper.cpp refused it".into()))?;
        let threads = c_int::try_from(threads.max(1)).unwrap_or(1);
        Ok(Self { context, path: model.path.clone(), device: model.device.clone(), threads })
    }

    /// Whether this is that model on that device.
    pub fn is(&self, model: &AsrModel) -> bool {
        self.path == model.path && self.device == model.device
    }

    /// Sets the number of threads of the requests that follow.
    pub fn set_threads(&mut self, threads: u32) {
        self.threads = c_int::try_from(threads.max(1)).unwrap_or(1);
    }

    /// Whether the model knows more than English.
    pub fn is_multilingual(&self) -> bool {
        self.context.is_multilingual()
    }

    /// The five likeliest languages of at most 30 s of speech.
    pub fn detect_language(&self, pcm: &[f32]) -> Result<Vec<LanguageGuess>, WorkerError> {
        if !self.is_multilingual() {
            return Ok(vec![LanguageGuess { code: "en".into(), probability: 1.0 }]);
        }
        let probabilities = self.state()?.languages(pcm, self.threads).map_err(failed)?;
        let mut guesses: Vec<LanguageGuess> = probabilities
            .into_iter()
            .enumerate()
            .filter_map(|(id, probability)| Some(LanguageGuess { code: ffi::language_code(id)?, probability }))
            .collect();
        guesses.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        guesses.truncate(5);
        Ok(guesses)
    }

    /// The text of one window. `speech` is where the VAD hears speech, on the recording's clock. `None` where `abort`
    /// was set meanwhile. `on_segment` gets pieces of the first try as they come.
    pub fn transcribe(
        &self,
        start: Millis,
        pcm: &[f32],
        speech: &[TimeSpan],
        params: &DecodeParams,
        abort: &AtomicBool,
        on_segment: &dyn Fn(Segment),
    ) -> Result<Option<WindowHypothesis>, WorkerError> {
        let length = pcm.len() as u64 * 1000 / u64::from(SAMPLE_RATE);
        let window = TimeSpan::new(start.0, start.0 + length);
        if length > MAX_WINDOW_MS {
            return Err(WorkerError::BadRequest { reason: format!("a window of {length} ms") });
        }
        if ffi::language_id(&params.language).is_none() {
            return Err(WorkerError::BadRequest { reason: format!("unknown language {}", params.language) });
        }
        let speech: Vec<TimeSpan> = speech.iter().filter_map(|s| s.intersection(window)).collect();
        let attempt = match self.tries(window, pcm, &speech, params, abort, on_segment) {
            Ok(attempt) => attempt,
            Err(RunError::Cancelled) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let (best, tries) = attempt;
        let decoded_until = decoded_until(&best, window, &speech);
        let language = if params.translate { "en" } else { &params.language };
        Ok(Some(WindowHypothesis {
            span: window,
            decoded_until,
            language: params.language.clone(),
            segments: placed(&best.segments, window, &speech, language),
            facts: DecodeFacts { temperature: best.temperature, tries, doubtful: best.doubt.any() },
        }))
    }

    /// Decodes until a try is without doubt; else the likeliest one.
    fn tries(
        &self,
        window: TimeSpan,
        pcm: &[f32],
        speech: &[TimeSpan],
        params: &DecodeParams,
        abort: &AtomicBool,
        on_segment: &dyn Fn(Segment),
    ) -> Result<(Attempt, u32), RunError> {
        let relative: Vec<TimeSpan> =
            speech.iter().map(|s| TimeSpan::new(s.start.0 - window.start.0, s.end.0 - window.start.0)).collect();
        let cut = speech.last().is_some_and(|s| s.end >= window.end);
        let padded = padded(pcm, cut);
        let language = CString::new(params.language.as_str()).map_err(|_| RunError::Code(0))?;
        let prompt = prompt::tokens(&params.words, &|text| self.context.tokenize(text));
        let mut best: Option<Attempt> = None;
        let mut tries = 0;
        for temperature in std::iter::once(params.temperature).chain(RETRY_TEMPERATURES) {
            let run = Run {
                language: &language,
                translate: params.translate,
                beam: if temperature > 0.0 { 1 } else { c_int::try_from(params.beam.clamp(1, 8)).unwrap_or(1) },
                best_of: BEST_OF,
                temperature,
                threads: self.threads,
                audio_ctx: audio_context(window.millis()),
                prompt: &prompt,
            };
            let live = |raw: RawSegment| {
                if tries == 0 {
                    let language = if params.translate { "en" } else { &params.language };
                    placed(&[raw], window, speech, language).into_iter().for_each(on_segment);
                }
            };
            let state = State::new(&self.context).ok_or(RunError::Memory)?;
            let segments = state.run(&run, &padded, abort, &live)?;
            tries += 1;
            let doubt = doubt::judge(&segments, window.millis(), &relative);
            let attempt = Attempt { segments, doubt, temperature };
            if best.as_ref().is_none_or(|b| better(&attempt, b)) {
                best = Some(attempt);
            }
            if !doubt.any() {
                break;
            }
        }
        best.map(|b| (b, tries)).ok_or(RunError::Code(0))
    }

    fn state(&self) -> Result<State<'_>, WorkerError> {
        State::new(&self.context).ok_or_else(|| failed(RunError::Memory))
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

/// Whether `a` is the better of two tries.
fn better(a: &Attempt, b: &Attempt) -> bool {
    let rank = |t: &Attempt| (t.doubt.any(), t.doubt.looped, t.doubt.empty, t.doubt.tail);
    match rank(a).cmp(&rank(b)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => doubt::mean_logprob(&a.segments) > doubt::mean_logprob(&b.segments),
    }
}

/// Up to where the window is dealt with: to its end where no speech follows the last text, else to the last timestamp.
fn decoded_until(best: &Attempt, window: TimeSpan, speech: &[TimeSpan]) -> Millis {
    let Some(last) = best.segments.last() else { return window.end };
    let text_end = Millis((window.start.0 + last.end).min(window.end.0));
    let rest = TimeSpan { start: text_end, end: window.end };
    let left: u64 = speech.iter().map(|s| s.overlap(rest)).sum();
    let cut = speech.last().is_some_and(|s| s.end >= window.end);
    if (left <= LEFTOVER_MS && !cut) || text_end.0 < window.start.0 + LEAST_STEP_MS { window.end } else { text_end }
}

/// The segments of a window on the recording's clock, their words in order over all of them.
fn placed(raw: &[RawSegment], window: TimeSpan, speech: &[TimeSpan], language: &str) -> Vec<Segment> {
    // A millisecond a word is the least.
    let mut room = usize::try_from(window.millis()).unwrap_or(usize::MAX);
    let mut segments: Vec<Segment> = raw
        .iter()
        .map(|raw| {
            let mut words = words::join(&raw.tokens, language);
            words.truncate(room);
            room -= words.len();
            let avg_logprob = doubt::mean_logprob(std::slice::from_ref(raw));
            Segment { span: TimeSpan::default(), words, avg_logprob, no_speech: raw.no_speech }
        })
        .filter(|segment| !segment.words.is_empty())
        .collect();
    let mut words: Vec<&mut Word> = segments.iter_mut().flat_map(|s| &mut s.words).collect();
    words::place_in_time(&mut words, window, speech);
    for segment in &mut segments {
        if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
            segment.span = TimeSpan { start: first.span.start, end: last.span.end };
        }
    }
    segments
}

fn failed(error: RunError) -> WorkerError {
    WorkerError::Inference { what: "speech recognition".into(), reason: error.to_string() }
}
