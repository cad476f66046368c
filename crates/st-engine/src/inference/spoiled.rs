//! A worker whose answers are spoiled on purpose, for tests: what it loses or makes up must be found by the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::{Segment, WindowHypothesis, Word};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DeviceInfo, LanguageGuess, Load};

use super::{Clip, Inference, InferenceError, Launch, Loaded, Outcome};
use crate::jobs::CancelFlag;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// The first window comes back without its text.
    Empty,
    /// The words of the first window are the same two over and over.
    Loop,
    /// The voice detector hears nothing.
    Deaf,
    /// However often it is asked: a sentence stands in quiet seconds ([`MADE_UP_EVERY`]), and from 20 to 30 s the same two words
    /// come over and over.
    Always,
}

/// Starts workers that do as others do, but for one thing.
pub struct Spoiled {
    inner: Arc<dyn Launch>,
    spoil: Spoil,
    /// Whether the first window was spoiled.
    done: Arc<AtomicBool>,
}

impl Spoiled {
    /// Spoils what the workers of `inner` answer.
    pub fn new(inner: Arc<dyn Launch>, spoil: Spoil) -> Self {
        Self { inner, spoil, done: Arc::default() }
    }
}

impl Launch for Spoiled {
    fn launch(&self) -> Result<Box<dyn Inference>, InferenceError> {
        Ok(Box::new(Worker { inner: self.inner.launch()?, spoil: self.spoil, done: Arc::clone(&self.done) }))
    }
}

/// Puts two words in turn in place of those in a part of the recording.
fn loops(window: &mut WindowHypothesis, part: TimeSpan) {
    let words = window.segments.iter_mut().flat_map(|segment| &mut segment.words);
    let within = words.filter(|word| part.overlap(word.span) > 0);
    within.zip(["no", "way"].iter().cycle()).for_each(|(word, text)| word.text = (*text).into());
}

/// Sentences are made up in the quiet ones of the seconds that begin 14 s after each whole number of these milliseconds: far
/// apart, so that each is a doubt of its own.
const MADE_UP_EVERY: u64 = 25_000;

/// Puts a sentence that nobody says into quiet seconds.
fn made_up(window: &mut WindowHypothesis, pcm: &[f32]) {
    let start = window.span.start;
    let whole = (start.0.div_ceil(1_000)..window.span.end.0 / 1_000).map(|second| second * 1_000);
    for from in whole.filter(|from| from % MADE_UP_EVERY == 14_000) {
        let samples = |at: u64| Millis(at).saturating_sub(start).to_sample() as usize;
        let quiet = pcm[samples(from).min(pcm.len())..samples(from + 1_000).min(pcm.len())].iter();
        if quiet.fold(0.0f32, |most, sample| most.max(sample.abs())) > 0.0 {
            continue;
        }
        let words = ["Thanks", "for", "watching!"].iter().zip(0u64..).map(|(text, number)| Word {
            text: (*text).into(),
            span: TimeSpan::new(from + 300 + number * 150, from + 400 + number * 150),
            confidence: 0.9,
            spaced: true,
        });
        let words: Vec<Word> = words.collect();
        let span = TimeSpan::new(from + 300, from + 700);
        window.segments.push(Segment { span, words, avg_logprob: -0.3, no_speech: 0.1 });
    }
    window.segments.sort_by_key(|segment| segment.span.start);
}

struct Worker {
    inner: Box<dyn Inference>,
    spoil: Spoil,
    done: Arc<AtomicBool>,
}

impl Inference for Worker {
    fn load(&self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        self.inner.load(load, cancel)
    }

    fn speech(&self, pcm: &[f32], reset: bool, cancel: &CancelFlag) -> Result<Outcome<Vec<u8>>, InferenceError> {
        Ok(match self.inner.speech(pcm, reset, cancel)? {
            Outcome::Done(frames) if self.spoil == Spoil::Deaf => Outcome::Done(vec![0; frames.len()]),
            heard => heard,
        })
    }

    fn detect_language(&self, pcm: &[f32], cancel: &CancelFlag) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.inner.detect_language(pcm, cancel)
    }

    fn transcribe(&self, clip: Clip<'_>, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        let pcm = clip.pcm;
        let Outcome::Done(mut window) = self.inner.transcribe(clip, cancel)? else { return Ok(Outcome::Cancelled) };
        if self.spoil == Spoil::Always {
            loops(&mut window, TimeSpan::new(20_000, 30_000));
            made_up(&mut window, pcm);
        } else if self.spoil != Spoil::Deaf && !self.done.swap(true, Ordering::SeqCst) {
            match self.spoil {
                Spoil::Loop => loops(&mut window, TimeSpan::new(0, u64::MAX)),
                Spoil::Empty | Spoil::Deaf | Spoil::Always => window.segments.clear(),
            }
        }
        Ok(Outcome::Done(window))
    }

    fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        cancel: &CancelFlag,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.inner.voices(pcm, start, own, cancel)
    }

    fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError> {
        self.inner.devices()
    }

    fn backend(&self) -> &str {
        self.inner.backend()
    }

    fn is_alive(&self) -> bool {
        self.inner.is_alive()
    }
}
