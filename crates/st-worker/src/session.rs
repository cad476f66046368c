//! The models of this process and what they answer.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{Event, Load, MOST_IN_FLIGHT, Request, SAMPLES, VoiceModels, Wanted, WorkerError};

use crate::channel::{CANCEL, Events, Job};
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
    /// Answers one request: every event it sends ends with one that ends the request.
    pub fn answer<W: Write + Send>(&mut self, job: Job, events: &Events<W>) {
        // Even the list of devices is compiled for newer processors.
        if let Some(lacks) = processor::lacks() {
            return events.send(&Event::Failed { error: WorkerError::Processor { lacks: lacks.into() } });
        }
        let event = match job.request {
            Request::Load(load) => self.load(load),
            Request::Vad { reset } => one(&job.pcm).and_then(|pcm| self.vad(reset, pcm)),
            Request::DetectLanguage => one(&job.pcm).and_then(|pcm| self.language(pcm)),
            Request::Transcribe { windows } => self.transcribe(&windows, &job.pcm, events),
            Request::Voices { start, own } => one(&job.pcm).and_then(|pcm| self.voices(start, own, pcm)),
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
        Ok(Event::Loaded { millis, multilingual, memory: self.asr.as_ref().map_or(0, Recogniser::memory) })
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

    /// Decodes all windows at once, each in a thread of its own, which shares the threads of the recogniser.
    fn transcribe<W: Write + Send>(
        &mut self,
        windows: &[Wanted],
        pcm: &[Vec<f32>],
        events: &Events<W>,
    ) -> Result<Event, WorkerError> {
        let asr = self.asr.as_ref().ok_or_else(|| not_loaded("speech recognition"))?;
        if pcm.len() != windows.len() || windows.is_empty() || windows.len() > MOST_IN_FLIGHT as usize {
            let reason = format!("{} windows and {} pieces of audio", windows.len(), pcm.len());
            return Err(WorkerError::BadRequest { reason });
        }
        pcm.iter().try_for_each(|pcm| need(pcm))?;
        let shares = shares(self.threads, windows.len());
        let decode = |index: usize| -> Result<bool, WorkerError> {
            let on_segment = |segment| events.send(&Event::Segment { segment });
            let window = asr.transcribe(&windows[index], &pcm[index], shares[index], &CANCEL, &on_segment)?;
            Ok(window.map(|window| events.send(&Event::Window { index, window })).is_some())
        };
        let decode = &decode;
        let ended = thread::scope(|scope| {
            let start = |index| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || decode(index));
            let others: Vec<_> = (1..windows.len()).map(start).collect();
            let first = decode(0);
            // A panic ends the process before anybody could wait for it.
            let others = others.into_iter().map(|thread| match thread.map(|thread| thread.join()) {
                Ok(Ok(ended)) => ended,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => Err(no_memory()),
            });
            std::iter::once(first).chain(others).collect::<Vec<_>>()
        });
        let all = ended.into_iter().collect::<Result<Vec<bool>, _>>()?;
        Ok(if all.contains(&false) { Event::Cancelled } else { Event::Transcribed })
    }

    fn voices(&mut self, start: Millis, own: TimeSpan, pcm: &[f32]) -> Result<Event, WorkerError> {
        let Some(voices) = &mut self.voices else { return Err(not_loaded("voice")) };
        need(pcm)?;
        let evidence = embedding::evidence(&mut voices.segmenter, &mut voices.embedder, pcm, (start, own), &cancelled)?;
        Ok(evidence.map_or(Event::Cancelled, |evidence| Event::Voices { evidence }))
    }
}

/// Threads for each of so many windows: all are given out, and each has one.
fn shares(threads: u32, windows: usize) -> Vec<u32> {
    let count = u32::try_from(windows).unwrap_or(u32::MAX);
    (0..count).map(|number| (threads / count + u32::from(number < threads % count)).max(1)).collect()
}

fn cancelled() -> bool {
    CANCEL.load(Ordering::Relaxed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_shared_out() {
        assert_eq!(shares(8, 3), [3, 3, 2]);
        assert_eq!(shares(2, 1), [2]);
        assert_eq!(shares(1, 3), [1, 1, 1]);
    }
}
