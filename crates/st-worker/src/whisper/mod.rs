//! The recogniser: whisper.cpp, one window a request.

mod beam;
mod decode;
mod doubt;
mod ffi;
mod header;
mod holes;
mod model;
mod prompt;
mod segment;
mod window;
mod words;

use std::ffi::c_int;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use st_core::hypothesis::{Segment, WindowHypothesis, Word};
use st_core::time::{SAMPLE_RATE, TimeSpan};
use st_worker_protocol::{AsrModel, DecodeParams, LanguageGuess, Wanted, WorkerError};

use crate::{devices, memory};
use decode::Decoder;
use ffi::{Context, RunError, State};
use model::Model;
use segment::RawSegment;
use window::Window;

/// The longest window: what Whisper's encoder takes.
const MAX_WINDOW_MS: u64 = 30_000;
/// whisper.cpp's own limit (`WHISPER_MAX_DECODERS`).
const MOST_SAMPLES: u32 = 8;

/// A loaded recogniser.
pub struct Recogniser {
    context: Context,
    path: PathBuf,
    device: String,
    flash_attention: bool,
    threads: c_int,
    samples: c_int,
    memory: u64,
}

impl Recogniser {
    /// Loads a model onto a device. Without a word about attention it is as suits the device: in one step it is 2.2 times
    /// slower on a processor and faster on every card.
    pub fn load(model: &AsrModel, flash_attention: Option<bool>) -> Result<Self, WorkerError> {
        let failed = |reason: String| WorkerError::ModelLoad { path: model.path.clone(), reason };
        header::check(&model.path).map_err(|e| failed(e.to_string()))?;
        let gpu = devices::gpu_index(&model.device)?;
        memory::before_model();
        let flash_attention = flash_attention.unwrap_or(gpu.is_some());
        let context =
            Context::load(&model.path, gpu, flash_attention).ok_or_else(|| failed("whisper.cpp refused it".into()))?;
        let (path, device) = (model.path.clone(), model.device.clone());
        let mut recogniser = Self { context, path, device, flash_attention, threads: 1, samples: 1, memory: 0 };
        // Made once for nothing: memory that lacks is better known now than in the middle of a recording.
        recogniser.state()?;
        recogniser.memory = memory::held();
        Ok(recogniser)
    }

    /// Whether this is that model on that device, with that attention where one was asked for.
    pub fn is(&self, model: &AsrModel, flash_attention: Option<bool>) -> bool {
        self.path == model.path
            && self.device == model.device
            && flash_attention.is_none_or(|wanted| wanted == self.flash_attention)
    }

    /// Sets threads of what is no window, and samples of doubtful windows, of the requests that follow.
    pub fn set(&mut self, threads: u32, samples: u32) {
        self.threads = c_threads(threads);
        self.samples = c_int::try_from(samples.clamp(1, MOST_SAMPLES)).unwrap_or(1);
    }

    /// Bytes that the model and the working memory of one window hold, before any beam search.
    pub fn memory(&self) -> u64 {
        self.memory
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
        let probabilities = self.state()?.languages(&model::raised(pcm), self.threads).map_err(failed)?;
        let mut guesses: Vec<LanguageGuess> = probabilities
            .into_iter()
            .enumerate()
            .filter_map(|(id, probability)| Some(LanguageGuess { code: ffi::language_code(id)?, probability }))
            .collect();
        guesses.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        guesses.truncate(5);
        Ok(guesses)
    }

    /// The text of one window. `None` where `abort` was set meanwhile. Several windows may be decoded at once, each in a thread of its own.
    pub fn transcribe(
        &self,
        wanted: &Wanted,
        pcm: &[f32],
        abort: &AtomicBool,
    ) -> Result<Option<WindowHypothesis>, WorkerError> {
        let Wanted { start, speech, params, threads } = wanted;
        let length = pcm.len() as u64 * 1000 / u64::from(SAMPLE_RATE);
        let window = TimeSpan::new(start.0, start.0 + length);
        if length > MAX_WINDOW_MS {
            return Err(WorkerError::BadRequest { reason: format!("a window of {length} ms") });
        }
        let unknown = || WorkerError::BadRequest { reason: format!("unknown language {}", params.language) };
        ffi::language_id(&params.language).ok_or_else(unknown)?;
        let model = Model::new(&self.context, c_threads(*threads), params, self.samples, abort).ok_or_else(unknown)?;
        let window = Window::new(window, speech);
        let mut run = |wanted: &decode::Try| model.run(wanted);
        let mut decoder = Decoder { beam: params.beam, temperature: params.temperature, model: &mut run };
        let decoded = match decoder.decode(pcm, &window) {
            Ok(decoded) => decoded,
            Err(RunError::Cancelled) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        Ok(Some(WindowHypothesis {
            span: window.span,
            decoded_until: decoded.until,
            language: params.language.clone(),
            segments: placed(&decoded.segments, &window, params),
            facts: decoded.facts,
            findings: Vec::new(),
        }))
    }

    fn state(&self) -> Result<State<'_>, WorkerError> {
        State::new(&self.context).ok_or_else(no_memory)
    }
}

/// The segments of a window on the recording's clock, their words in order over all of them.
fn placed(raw: &[RawSegment], window: &Window, params: &DecodeParams) -> Vec<Segment> {
    let language = if params.translate { "en" } else { &params.language };
    // A millisecond a word is the least.
    let mut room = usize::try_from(window.span.millis()).unwrap_or(usize::MAX);
    let mut segments: Vec<Segment> = raw
        .iter()
        .map(|raw| {
            let mut words = if raw.is_note() { Vec::new() } else { words::join(&raw.tokens, language) };
            words.truncate(room);
            room -= words.len();
            words::put_on_clock(&mut words, window.span.start, &window.speech);
            let avg_logprob = doubt::mean_logprob(std::slice::from_ref(raw));
            Segment { span: TimeSpan::default(), words, avg_logprob, no_speech: raw.no_speech }
        })
        .filter(|segment| !segment.words.is_empty())
        .collect();
    let mut words: Vec<&mut Word> = segments.iter_mut().flat_map(|s| &mut s.words).collect();
    words::put_in_order(&mut words, window.span);
    for segment in &mut segments {
        if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
            segment.span = TimeSpan { start: first.span.start, end: last.span.end };
        }
    }
    segments
}

fn c_threads(threads: u32) -> c_int {
    c_int::try_from(threads.max(1)).unwrap_or(1)
}

/// Working memory could not be had.
pub fn no_memory() -> WorkerError {
    failed(RunError::Memory)
}

fn failed(error: RunError) -> WorkerError {
    WorkerError::Inference { what: "speech recognition".into(), reason: error.to_string() }
}
