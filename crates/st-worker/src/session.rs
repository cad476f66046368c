//! The models of this process and what they answer.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Instant;

use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DecodeParams, Event, Load, Request, SAMPLES, VoiceModels, WorkerError};

use crate::channel::{CANCEL, Events, Job};
use crate::devices;
use crate::embedding::{self, Embedder};
use crate::memory;
use crate::segmentation::Segmenter;
use crate::vad::Vad;
use crate::whisper::Recogniser;

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
    /// Answers one request: every event it sends ends with one that ends the request.
    pub fn answer<W: Write>(&mut self, job: Job, events: &Events<W>) {
        let event = match job.request {
            Request::Load(load) => self.load(load),
            Request::Vad { reset } => self.vad(reset, &job.pcm),
            Request::DetectLanguage => self.language(&job.pcm),
            Request::Transcribe { start, speech, params } => self.transcribe(start, &speech, &params, &job.pcm, events),
            Request::Voices { start } => self.voices(start, &job.pcm),
            Request::Devices => Ok(Event::Devices { devices: devices::list() }),
            // The reading thread deals with these.
            Request::Cancel | Request::Shutdown => return,
        };
        events.send(&event.unwrap_or_else(|error| Event::Failed { error }));
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
        Ok(Event::Loaded { millis, multilingual, memory: if self.asr.is_some() { memory::held() } else { 0 } })
    }

    fn vad(&mut self, reset: bool, pcm: &[f32]) -> Result<Event, WorkerError> {
        let Some((_, vad)) = &mut self.vad else { return Err(not_loaded("speech detection")) };
        if reset {
            vad.reset();
        }
        Ok(vad.frames(pcm, &cancelled)?.map_or(Event::Cancelled, |frames| Event::Speech { frames }))
    }

    fn language(&mut self, pcm: &[f32]) -> Result<Event, WorkerError> {
        let asr = self.asr.as_ref().ok_or_else(|| not_loaded("speech recognition"))?;
        need(pcm)?;
        let guesses = asr.detect_language(pcm)?;
        Ok(if cancelled() { Event::Cancelled } else { Event::Language { guesses } })
    }

    fn transcribe<W: Write>(
        &mut self,
        start: Millis,
        speech: &[TimeSpan],
        params: &DecodeParams,
        pcm: &[f32],
        events: &Events<W>,
    ) -> Result<Event, WorkerError> {
        let asr = self.asr.as_ref().ok_or_else(|| not_loaded("speech recognition"))?;
        need(pcm)?;
        let on_segment = |segment| events.send(&Event::Segment { segment });
        let window = asr.transcribe(start, pcm, speech, params, &CANCEL, &on_segment)?;
        Ok(window.map_or(Event::Cancelled, |window| Event::Window { window }))
    }

    fn voices(&mut self, start: Millis, pcm: &[f32]) -> Result<Event, WorkerError> {
        let Some(voices) = &mut self.voices else { return Err(not_loaded("voice")) };
        need(pcm)?;
        let evidence = embedding::evidence(&mut voices.segmenter, &mut voices.embedder, pcm, start, &cancelled)?;
        Ok(evidence.map_or(Event::Cancelled, |evidence| Event::Voices { evidence }))
    }
}

fn cancelled() -> bool {
    CANCEL.load(Ordering::Relaxed)
}

fn not_loaded(role: &str) -> WorkerError {
    WorkerError::NotLoaded { role: role.into() }
}

fn need(pcm: &[f32]) -> Result<(), WorkerError> {
    if pcm.is_empty() { Err(WorkerError::BadRequest { reason: "no audio before the request".into() }) } else { Ok(()) }
}
