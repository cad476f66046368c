//! A double of a worker for tests: it answers from the sound alone, always the same, and dies, refuses or waits where
//! its script says so.
//!
//! Sound louder than [`LOUD`] counts as speech. Each half second of the recording's clock that has such sound in its
//! middle is the word `w<number>`; everybody sounds like one of two people, by the tens of seconds.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use st_core::diarization::{EvidenceWindow, LocalVoice};
use st_core::hypothesis::{DecodeFacts, Segment, WindowHypothesis, Word};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::{DeviceInfo, DeviceKind, LanguageGuess, Load, WorkerError};

use super::{Clip, Death, Inference, InferenceError, Launch, Loaded, Outcome, Reason};
use crate::jobs::CancelFlag;

/// Amplitude from which sound is speech.
pub const LOUD: f32 = 0.05;

/// Milliseconds of a word.
const WORD_MS: u64 = 500;

/// Kind of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Inference::load`]
    Load,
    /// [`Inference::speech`]
    Speech,
    /// [`Inference::detect_language`]
    Language,
    /// [`Inference::transcribe`]
    Transcribe,
    /// [`Inference::voices`]
    Voices,
    /// [`Inference::transcribe`] of the clip that a card is tried with.
    Trial,
}

/// A request as the script sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// What.
    pub kind: Kind,
    /// Number among all requests to all workers of the script, from 0.
    pub number: u64,
    /// How many requests its worker has then, with this one.
    pub at_once: usize,
}

/// What happens at a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// It is answered.
    Answer,
    /// The worker dies over it.
    Die(Reason),
    /// It is refused.
    Refuse(WorkerError),
    /// It runs until it is cancelled.
    Hang,
}

/// What is said in the clip that a card is tried with.
const TRIAL: &str = "ask not what your country can do for you";

/// The device that workers have where nothing else is said.
fn processor() -> DeviceInfo {
    DeviceInfo {
        id: "cpu".into(),
        name: "Scripted".into(),
        kind: DeviceKind::Cpu,
        memory_total: 0,
        memory_free: 0,
        backend: "cpu".into(),
        bus: None,
        capability: None,
        driver: None,
        api: None,
    }
}

type Director = dyn Fn(Call) -> Turn + Send + Sync;

/// What the workers of one test do.
#[derive(Clone)]
pub struct Script {
    director: Arc<Director>,
    calls: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
    /// Language that the sound is in.
    pub language: String,
    /// What the workers list as their devices.
    pub devices: Vec<DeviceInfo>,
    /// What they write down of the clip that a card is tried with.
    pub trial: String,
}

impl Script {
    /// A script that asks `director` before each request.
    pub fn new(director: impl Fn(Call) -> Turn + Send + Sync + 'static) -> Self {
        Self {
            director: Arc::new(director),
            calls: Arc::default(),
            written: Arc::default(),
            language: "en".into(),
            devices: vec![processor()],
            trial: TRIAL.into(),
        }
    }

    /// The same on another device: with a graphics card before the processor.
    #[must_use]
    pub fn with_card(mut self, card: DeviceInfo) -> Self {
        self.devices.insert(0, card);
        self
    }

    /// Counts the windows that the workers gave the text of. Not each call that is to be answered is: the worker may die
    /// over another meanwhile.
    pub fn written(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }

    /// A script in which nothing goes wrong.
    pub fn plain() -> Self {
        Self::new(|_| Turn::Answer)
    }
}

/// Starts scripted workers.
pub struct Scripted {
    script: Script,
}

impl Scripted {
    /// Workers of this script.
    pub fn new(script: Script) -> Self {
        Self { script }
    }
}

impl Launch for Scripted {
    fn launch(&self) -> Result<Box<dyn Inference>, InferenceError> {
        Ok(Box::new(Player { script: self.script.clone(), open: AtomicUsize::new(0), died: Mutex::new(None) }))
    }
}

struct Player {
    script: Script,
    /// Requests that are not answered yet.
    open: AtomicUsize,
    /// Why it died; whatever else is asked of it then dies too.
    died: Mutex<Option<Reason>>,
}

impl Player {
    fn play<T>(
        &self,
        kind: Kind,
        cancel: &CancelFlag,
        answer: impl FnOnce(&Script) -> T,
    ) -> Result<Outcome<T>, InferenceError> {
        let number = self.script.calls.fetch_add(1, Ordering::SeqCst);
        let at_once = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        let turn = (self.script.director)(Call { kind, number, at_once });
        if let Turn::Die(reason) = turn {
            self.died().get_or_insert(reason);
        }
        while turn == Turn::Hang && !cancel.is_cancelled() && self.is_alive() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
        if let Some(reason) = *self.died() {
            return Err(Death::ended(reason, "").into());
        }
        match turn {
            Turn::Answer if !cancel.is_cancelled() => Ok(Outcome::Done(answer(&self.script))),
            Turn::Refuse(error) => Err(error.into()),
            Turn::Answer | Turn::Die(_) | Turn::Hang => Ok(Outcome::Cancelled),
        }
    }

    fn died(&self) -> MutexGuard<'_, Option<Reason>> {
        self.died.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn loud(pcm: &[f32], start: Millis, at: Millis) -> bool {
    let index = usize::try_from(at.saturating_sub(start).to_sample()).unwrap_or(usize::MAX);
    at >= start && pcm.iter().skip(index).take(160).any(|s| s.abs() > LOUD)
}

fn words(pcm: &[f32], start: Millis) -> Vec<Word> {
    let end = Millis(start.0 + Millis::from_sample(pcm.len() as u64).0);
    (start.0 / WORD_MS..=end.0 / WORD_MS)
        .map(|number| (number, TimeSpan::new(number * WORD_MS + 50, (number + 1) * WORD_MS - 50)))
        .filter(|(_, span)| span.start >= start && span.end <= end && loud(pcm, start, span.middle()))
        .map(|(number, span)| Word { text: format!("w{number}"), span, confidence: 0.5, spaced: true })
        .collect()
}

/// What is written down of a clip.
fn text(script: &Script, clip: &Clip<'_>, trial: bool) -> WindowHypothesis {
    let Clip { pcm, start, params, .. } = *clip;
    let span = TimeSpan { start, end: start + Millis::from_sample(pcm.len() as u64) };
    let said = |text: &str| Word { text: text.into(), span, confidence: 0.5, spaced: true };
    let words = if trial { script.trial.split(' ').map(said).collect() } else { words(pcm, start) };
    // A word that the end of the window cuts is left to the next one.
    let decoded_until = Millis(span.end.0 / WORD_MS * WORD_MS).max(Millis(start.0 + 1)).min(span.end);
    let segments = match (words.first(), words.last()) {
        (Some(first), Some(last)) => vec![Segment {
            span: TimeSpan { start: first.span.start, end: last.span.end },
            words,
            avg_logprob: -0.5,
            no_speech: 0.0,
        }],
        _ => Vec::new(),
    };
    let facts = DecodeFacts { temperature: 0.0, tries: 1, doubtful: false };
    WindowHypothesis { span, decoded_until, language: params.language.clone(), segments, facts, findings: Vec::new() }
}

impl Inference for Player {
    fn load(&self, _: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        self.play(Kind::Load, cancel, |_| Loaded { multilingual: true, memory: 0 })
    }

    fn speech(&self, pcm: &[f32], _: bool, cancel: &CancelFlag) -> Result<Outcome<Vec<u8>>, InferenceError> {
        let frames = || pcm.chunks(512).map(|frame| if frame.iter().any(|s| s.abs() > LOUD) { 255 } else { 0 });
        self.play(Kind::Speech, cancel, |_| frames().collect())
    }

    fn detect_language(&self, _: &[f32], cancel: &CancelFlag) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.play(Kind::Language, cancel, |script| {
            vec![LanguageGuess { code: script.language.clone(), probability: 0.9 }]
        })
    }

    fn transcribe(&self, clip: Clip<'_>, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        let trial = clip.pcm == crate::gpu::trial::clip();
        let kind = if trial { Kind::Trial } else { Kind::Transcribe };
        self.play(kind, cancel, |script| {
            script.written.fetch_add(u64::from(!trial), Ordering::SeqCst);
            text(script, &clip, trial)
        })
    }

    fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        _own: TimeSpan,
        cancel: &CancelFlag,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.play(Kind::Voices, cancel, |_| {
            let person = |at: u64| usize::from((start.0 + at) / 10_000 % 2 == 1);
            let mut frames = [0u32; 2];
            let activity = pcm
                .chunks(270)
                .zip(0u64..)
                .map(|(frame, number)| {
                    if frame.iter().all(|s| s.abs() <= LOUD) {
                        return 0;
                    }
                    let who = person(number * 270 * 1000 / u64::from(SAMPLE_RATE));
                    frames[who] += 1;
                    1 << who
                })
                .collect();
            let voices = (0..2u8)
                .filter(|who| frames[usize::from(*who)] > 30)
                .map(|local| LocalVoice {
                    local,
                    clean_ms: frames[usize::from(local)] * 17,
                    narrow: false,
                    embedding: if local == 0 { vec![1.0, 0.0] } else { vec![0.0, 1.0] },
                })
                .collect();
            EvidenceWindow { start, activity, voices, stretches: Vec::new() }
        })
    }

    fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError> {
        Ok(self.script.devices.clone())
    }

    fn backend(&self) -> &str {
        "scripted"
    }

    fn is_alive(&self) -> bool {
        self.died().is_none()
    }
}
