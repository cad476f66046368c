//! The models of this process and what they answer.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{Event, Load, Request, SAMPLES, VoiceModels, Wanted, WorkerError};

use crate::channel::{Events, Job};
use crate::devices;
use crate::embedding::{self, Embedder};
use crate::processor;
use crate::segmentation::Segmenter;
use crate::vad::Vad;
use crate::whisper::{Recogniser, no_memory};

/// Stack of a thread that decodes, in bytes: what the first thread of a process has, where native code is at home.
const STACK: usize = 8 << 20;

/// Loaded models; each is kept until another is asked for in its place.
#[derive(Default)]
pub struct Session {
    asr: Option<Recogniser>,
    vad: Option<(std::path::PathBuf, Vad)>,
    voices: Option<Voices>,
    threads: u32,
}

struct Voices {
    models: VoiceModels,
    threads: u32,
    segmenter: Segmenter,
    embedder: Embedder,
}

impl Session {
    /// Answers requests until nobody can ask any more: each ends with one event. Windows are decoded beside each other as they
    /// come; any other request is answered by itself.
    pub fn serve<W: Write + Send>(&mut self, requests: &Receiver<Job>, events: &Events<W>) {
        let mut next = requests.recv().ok();
        while let Some(job) = next {
            next = self.answer(job, requests, events).or_else(|| requests.recv().ok());
        }
    }

    /// Answers a request. Gives the next one where that was read already.
    fn answer<W: Write + Send>(&mut self, job: Job, requests: &Receiver<Job>, events: &Events<W>) -> Option<Job> {
        let Job { id, request, pcm, cancel } = job;
        // Even the list of devices is compiled for newer processors.
        if let Some(lacks) = processor::lacks() {
            events.end(id, Event::Failed { error: WorkerError::Processor { lacks: lacks.into() } });
            return None;
        }
        let cancelled = || cancel.load(Ordering::Relaxed);
        let event = match request {
            request @ Request::Transcribe(_) => {
                return self.windows(Job { id, request, pcm, cancel }, requests, events);
            }
            Request::Load(load) => self.load(load),
            Request::Vad { reset } => one(&pcm).and_then(|pcm| self.vad(reset, pcm, &cancelled)),
            Request::DetectLanguage => one(&pcm).and_then(|pcm| self.language(pcm, &cancelled)),
            Request::Voices { start, own } => one(&pcm).and_then(|pcm| self.voices(start, own, pcm, &cancelled)),
            Request::Devices => Ok(Event::Devices { devices: devices::list() }),
            // The reading thread deals with these.
            Request::Cancel | Request::Shutdown => return None,
        };
        events.end(id, event.unwrap_or_else(|error| Event::Failed { error }));
        None
    }

    fn load(&mut self, load: Load) -> Result<Event, WorkerError> {
        let begin = Instant::now();
        self.threads = load.threads.max(1);
        if let Some(model) = load.asr
            && !self.asr.as_ref().is_some_and(|loaded| loaded.is(&model, load.flash_attention))
        {
            // The old one first: two may not fit.
            self.asr = None;
            self.asr = Some(Recogniser::load(&model, load.flash_attention)?);
        }
        if let Some(asr) = &mut self.asr {
            asr.set(self.threads, load.samples.unwrap_or(SAMPLES));
        }
        if let Some(path) = load.vad
            && self.vad.as_ref().is_none_or(|(loaded, _)| *loaded != path)
        {
            self.vad = Some((path.clone(), Vad::load(&path)?));
        }
        if let Some(models) = load.voices
            && self.voices.as_ref().is_none_or(|v| v.models != models || v.threads != self.threads)
        {
            let segmenter = Segmenter::load(&models.segmentation, self.threads)?;
            let embedder = Embedder::load(&models.embedding, self.threads)?;
            self.voices = Some(Voices { models, threads: self.threads, segmenter, embedder });
        }
        let millis = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let multilingual = self.asr.as_ref().is_none_or(Recogniser::is_multilingual);
        Ok(Event::Loaded { millis, multilingual, memory: self.asr.as_ref().map_or(0, Recogniser::memory) })
    }

    fn vad(&mut self, reset: bool, pcm: &[f32], cancelled: &dyn Fn() -> bool) -> Result<Event, WorkerError> {
        let Some((_, vad)) = &mut self.vad else { return Err(not_loaded("speech detection")) };
        if reset {
            vad.reset();
        }
        Ok(vad.frames(pcm, cancelled)?.map_or(Event::Cancelled, |frames| Event::Speech { frames }))
    }

    fn language(&mut self, pcm: &[f32], cancelled: &dyn Fn() -> bool) -> Result<Event, WorkerError> {
        let asr = self.asr.as_ref().ok_or_else(|| not_loaded("speech recognition"))?;
        need(pcm)?;
        let guesses = asr.detect_language(pcm)?;
        Ok(if cancelled() { Event::Cancelled } else { Event::Language { guesses } })
    }

    /// Decodes a window, and those that are asked for after it, each in a thread of its own. Gives the first request of
    /// another kind, once all windows before it are done.
    fn windows<W: Write + Send>(&self, first: Job, requests: &Receiver<Job>, events: &Events<W>) -> Option<Job> {
        thread::scope(|scope| {
            let mut next = Some(first);
            loop {
                let (id, wanted, pcm, cancel) = match next {
                    Some(Job { id, request: Request::Transcribe(wanted), pcm, cancel }) => (id, wanted, pcm, cancel),
                    other => return other,
                };
                let decode = move || {
                    let event = self.window(&wanted, &pcm, &cancel);
                    events.end(id, event.unwrap_or_else(|error| Event::Failed { error }));
                };
                // A panic ends the process before anybody could wait for it.
                if thread::Builder::new().stack_size(STACK).spawn_scoped(scope, decode).is_err() {
                    events.end(id, Event::Failed { error: no_memory() });
                }
                next = requests.recv().ok();
            }
        })
    }

    fn window(&self, wanted: &Wanted, pcm: &[Vec<f32>], cancel: &AtomicBool) -> Result<Event, WorkerError> {
        let asr = self.asr.as_ref().ok_or_else(|| not_loaded("speech recognition"))?;
        let pcm = one(pcm)?;
        need(pcm)?;
        let window = asr.transcribe(wanted, pcm, cancel)?;
        Ok(window.map_or(Event::Cancelled, |window| Event::Window { window }))
    }

    fn voices(
        &mut self,
        start: Millis,
        own: TimeSpan,
        pcm: &[f32],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Event, WorkerError> {
        let Some(voices) = &mut self.voices else { return Err(not_loaded("voice")) };
        need(pcm)?;
        let evidence = embedding::evidence(&mut voices.segmenter, &mut voices.embedder, pcm, (start, own), cancelled)?;
        Ok(evidence.map_or(Event::Cancelled, |evidence| Event::Voices { evidence }))
    }
}

fn not_loaded(role: &str) -> WorkerError {
    WorkerError::NotLoaded { role: role.into() }
}

/// The piece of audio of a request that is about one.
fn one(pcm: &[Vec<f32>]) -> Result<&[f32], WorkerError> {
    match pcm {
        [] => Ok(&[]),
        [one] => Ok(one),
        more => Err(WorkerError::BadRequest { reason: format!("{} pieces of audio before the request", more.len()) }),
    }
}

fn need(pcm: &[f32]) -> Result<(), WorkerError> {
    if pcm.is_empty() { Err(WorkerError::BadRequest { reason: "no audio before the request".into() }) } else { Ok(()) }
}
