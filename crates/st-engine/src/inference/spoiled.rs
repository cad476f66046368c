//! A worker whose answers are spoiled on purpose, for tests: what it loses or makes up must be found by the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DeviceInfo, LanguageGuess, Load};

use super::{Clip, Inference, InferenceError, Launch, Loaded, Outcome, Run};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// The first window comes back without its text.
    Empty,
    /// The words of the first window are the same two over and over.
    Loop,
    /// The voice detector hears nothing.
    Deaf,
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

struct Worker {
    inner: Box<dyn Inference>,
    spoil: Spoil,
    done: Arc<AtomicBool>,
}

impl Inference for Worker {
    fn load(&self, load: &Load, run: &mut Run<'_>) -> Result<Outcome<Loaded>, InferenceError> {
        self.inner.load(load, run)
    }

    fn speech(&self, pcm: &[f32], reset: bool, run: &mut Run<'_>) -> Result<Outcome<Vec<u8>>, InferenceError> {
        Ok(match self.inner.speech(pcm, reset, run)? {
            Outcome::Done(frames) if self.spoil == Spoil::Deaf => Outcome::Done(vec![0; frames.len()]),
            heard => heard,
        })
    }

    fn detect_language(&self, pcm: &[f32], run: &mut Run<'_>) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.inner.detect_language(pcm, run)
    }

    fn transcribe(&self, clip: Clip<'_>, run: &mut Run<'_>) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        let Outcome::Done(mut window) = self.inner.transcribe(clip, run)? else { return Ok(Outcome::Cancelled) };
        if self.spoil != Spoil::Deaf && !self.done.swap(true, Ordering::SeqCst) {
            match self.spoil {
                Spoil::Loop => {
                    let words = window.segments.iter_mut().flat_map(|segment| &mut segment.words);
                    words.zip(["no", "way"].iter().cycle()).for_each(|(word, text)| word.text = (*text).into());
                }
                Spoil::Empty | Spoil::Deaf => window.segments.clear(),
            }
        }
        Ok(Outcome::Done(window))
    }

    fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        run: &mut Run<'_>,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.inner.voices(pcm, start, own, run)
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
