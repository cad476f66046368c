//! Keeps a worker running: starts it when it is needed, starts another when it dies, and repeats the request that it
//! died over.
//!
//! Requests carry all that they need, so a new worker answers as the old one would have. Only [`Supervisor::speech`]
//! builds on the calls before it; its caller begins again.

use std::sync::Arc;

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DeviceInfo, LanguageGuess, Load};

use super::{Clip, Inference, InferenceError, Launch, Loaded, Outcome, Reason, Run};

/// Deaths in a row, without one answer between them, after which it is no accident.
const MOST_DEATHS: u32 = 3;
/// The same where memory ran out or a worker fell silent: all of its memory is free for the second try, and a third
/// would find the same.
const MOST_SLOW_DEATHS: u32 = 2;

/// A worker that is there when it is needed.
pub struct Supervisor {
    program: Arc<dyn Launch>,
    running: Option<Box<dyn Inference>>,
    /// What a new worker has to load.
    load: Load,
    in_row: u32,
    /// So many in a row are borne, after the last death.
    most: u32,
    restarts: u32,
}

impl Supervisor {
    /// Watches over workers that `program` starts. None is started yet.
    pub fn new(program: Arc<dyn Launch>) -> Self {
        Self { program, running: None, load: Load::default(), in_row: 0, most: MOST_DEATHS, restarts: 0 }
    }

    /// Whether a worker runs here that has models loaded.
    pub fn is_loaded(&self) -> bool {
        self.load != Load::default() && self.running.as_ref().is_some_and(|worker| worker.is_alive())
    }

    /// How many workers died so far.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Forgets the deaths of an earlier job.
    pub fn begin(&mut self) {
        self.in_row = 0;
        self.restarts = 0;
    }

    /// Whether another try makes sense after a death.
    pub fn may_go_on(&self) -> bool {
        self.in_row < self.most
    }

    /// Adds models to those that are loaded; a part that is none stays as it is.
    pub fn load(&mut self, load: &Load, run: &mut Run<'_>) -> Result<Outcome<Loaded>, InferenceError> {
        self.load.threads = load.threads;
        self.load.flash_attention = load.flash_attention.or(self.load.flash_attention);
        self.load.samples = load.samples.or(self.load.samples);
        self.load.asr = load.asr.clone().or(self.load.asr.take());
        self.load.vad = load.vad.clone().or(self.load.vad.take());
        self.load.voices = load.voices.clone().or(self.load.voices.take());
        loop {
            let result = match self.worker() {
                Ok(worker) => worker.load(load, run),
                Err(error) => Err(error),
            };
            match self.note(result) {
                Err(InferenceError::Died(_)) if self.may_go_on() => {
                    // A new worker has nothing yet.
                    match self.start(run) {
                        Ok(Outcome::Done(loaded)) => return Ok(Outcome::Done(loaded)),
                        Ok(Outcome::Cancelled) => return Ok(Outcome::Cancelled),
                        Err(InferenceError::Died(_)) if self.may_go_on() => {}
                        Err(error) => return Err(error),
                    }
                }
                other => return other,
            }
        }
    }

    /// As [`Inference::speech`]. A death is reported; the caller begins again where [`Self::may_go_on`] allows it.
    pub fn speech(&mut self, pcm: &[f32], reset: bool, run: &mut Run<'_>) -> Result<Outcome<Vec<u8>>, InferenceError> {
        if reset && self.ready(run)? == Outcome::Cancelled {
            return Ok(Outcome::Cancelled);
        }
        let result = self.worker().and_then(|worker| worker.speech(pcm, reset, run));
        self.answered(result)
    }

    /// As [`Inference::detect_language`].
    pub fn detect_language(
        &mut self,
        pcm: &[f32],
        run: &mut Run<'_>,
    ) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.again(run, |worker, run| worker.detect_language(pcm, run))
    }

    /// The text of one clip.
    pub fn transcribe(
        &mut self,
        clip: Clip<'_>,
        run: &mut Run<'_>,
    ) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        let mut text = None;
        let outcome = self.transcribe_all(&[clip], run, &mut |_, window| text = Some(window))?;
        Ok(text.filter(|_| outcome == Outcome::Done(())).map_or(Outcome::Cancelled, Outcome::Done))
    }

    /// As [`Inference::transcribe`]. Where a worker dies over some of the clips the next one gets those alone.
    pub fn transcribe_all(
        &mut self,
        clips: &[Clip<'_>],
        run: &mut Run<'_>,
        done: &mut dyn FnMut(usize, WindowHypothesis),
    ) -> Result<Outcome<()>, InferenceError> {
        let mut left: Vec<usize> = (0..clips.len()).collect();
        while !left.is_empty() {
            let asked: Vec<(usize, Clip<'_>)> = left.iter().map(|number| (*number, clips[*number])).collect();
            let those: Vec<Clip<'_>> = asked.iter().map(|(_, clip)| *clip).collect();
            let result = self.again(run, |worker, run| {
                let mut answered = false;
                let result = worker.transcribe(&those, run, &mut |index, window| {
                    if let Some((number, _)) = asked.get(index) {
                        answered = true;
                        left.retain(|other| other != number);
                        done(*number, window);
                    }
                });
                // A death after an answer is told here, for what is left is another request.
                match result {
                    Err(InferenceError::Died(death)) if answered => Ok(Outcome::Done(Some(death))),
                    result => Ok(match result? {
                        Outcome::Done(()) => Outcome::Done(None),
                        Outcome::Cancelled => Outcome::Cancelled,
                    }),
                }
            });
            match result? {
                Outcome::Done(None) if left.is_empty() => {}
                Outcome::Done(None) => return Err(InferenceError::Protocol("a window is missing".into())),
                Outcome::Done(Some(death)) => drop(self.note::<()>(Err(death.into()))),
                Outcome::Cancelled => return Ok(Outcome::Cancelled),
            }
        }
        Ok(Outcome::Done(()))
    }

    /// As [`Inference::voices`].
    pub fn voices(
        &mut self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        run: &mut Run<'_>,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.again(run, |worker, run| worker.voices(pcm, start, own, run))
    }

    /// As [`Inference::devices`].
    pub fn devices(&mut self) -> Result<Vec<DeviceInfo>, InferenceError> {
        let result = self.worker().and_then(|worker| worker.devices());
        self.note(result)
    }

    /// The backend of the worker.
    pub fn backend(&mut self) -> Result<String, InferenceError> {
        self.worker().map(|worker| worker.backend().to_owned())
    }

    fn again<T: PartialEq>(
        &mut self,
        run: &mut Run<'_>,
        mut ask: impl FnMut(&mut dyn Inference, &mut Run<'_>) -> Result<Outcome<T>, InferenceError>,
    ) -> Result<Outcome<T>, InferenceError> {
        loop {
            let result = match self.ready(run) {
                Ok(Outcome::Done(())) => {
                    let result = self.worker().and_then(|worker| ask(worker, run));
                    self.answered(result)
                }
                Ok(Outcome::Cancelled) => return Ok(Outcome::Cancelled),
                Err(error) => Err(error),
            };
            match result {
                Err(InferenceError::Died(_)) if self.may_go_on() => {}
                other => return other,
            }
        }
    }

    /// Makes sure that a worker runs and has its models.
    fn ready(&mut self, run: &mut Run<'_>) -> Result<Outcome<()>, InferenceError> {
        if self.running.as_ref().is_some_and(|worker| worker.is_alive()) {
            return Ok(Outcome::Done(()));
        }
        Ok(match self.start(run)? {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Cancelled => Outcome::Cancelled,
        })
    }

    /// Starts a worker and loads everything.
    fn start(&mut self, run: &mut Run<'_>) -> Result<Outcome<Loaded>, InferenceError> {
        let load = self.load.clone();
        let result = self.worker().and_then(|worker| worker.load(&load, run));
        self.note(result)
    }

    fn worker(&mut self) -> Result<&mut dyn Inference, InferenceError> {
        let alive = self.running.take().filter(|worker| worker.is_alive());
        let worker = match alive {
            Some(worker) => worker,
            None => self.program.launch()?,
        };
        Ok(self.running.insert(worker).as_mut())
    }

    /// Takes note of an answer to a real request: the deaths in a row are over.
    fn answered<T>(&mut self, result: Result<T, InferenceError>) -> Result<T, InferenceError> {
        let result = self.note(result);
        if result.is_ok() {
            self.in_row = 0;
        }
        result
    }

    /// Takes note of a death.
    fn note<T>(&mut self, result: Result<T, InferenceError>) -> Result<T, InferenceError> {
        if let Err(InferenceError::Died(death)) = &result {
            tracing::warn!(reason = ?death.reason, status = death.status, "a worker died");
            self.running = None;
            self.in_row += 1;
            self.most = match death.reason {
                Reason::OutOfMemory | Reason::Silent => MOST_SLOW_DEATHS,
                Reason::Crashed | Reason::Killed => MOST_DEATHS,
            };
            self.restarts += 1;
        }
        if let Err(InferenceError::Protocol(_)) = &result {
            self.running = None;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use st_worker_protocol::DecodeParams;

    use super::super::Death;
    use super::super::scripted::{Kind, Script, Scripted, Turn};
    use super::*;
    use crate::jobs::CancelFlag;

    /// A supervisor whose workers die at these requests, counted from 0.
    fn dying_at(deaths: &[u64]) -> (Supervisor, Arc<Mutex<Vec<Kind>>>) {
        let (deaths, seen) = (deaths.to_vec(), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&seen);
        let script = Script::new(move |call| {
            log.lock().unwrap().push(call.kind);
            if deaths.contains(&call.number) { Turn::Die(Reason::Crashed) } else { Turn::Answer }
        });
        (Supervisor::new(Arc::new(Scripted::new(script))), seen)
    }

    fn detect(supervisor: &mut Supervisor) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        let cancel = CancelFlag::new();
        supervisor.detect_language(&[0.5; 16_000], &mut Run { cancel: &cancel, on_segment: &mut |_| {} })
    }

    #[test]
    fn a_request_is_repeated_by_a_new_worker_that_loads_first() {
        let (mut supervisor, seen) = dying_at(&[1]);
        assert!(matches!(detect(&mut supervisor), Ok(Outcome::Done(_))));
        assert_eq!(*seen.lock().unwrap(), [Kind::Load, Kind::Language, Kind::Load, Kind::Language]);
        assert_eq!(supervisor.restarts(), 1);
    }

    #[test]
    fn three_deaths_in_a_row_stop_it_and_one_answer_between_does_not() {
        let (mut supervisor, _) = dying_at(&[1, 3, 5]);
        assert!(matches!(detect(&mut supervisor), Err(InferenceError::Died(Death { .. }))));
        let (mut supervisor, _) = dying_at(&[1, 3, 6, 8, 11]);
        for _ in 0..3 {
            assert!(matches!(detect(&mut supervisor), Ok(Outcome::Done(_))));
        }
        assert_eq!(supervisor.restarts(), 5);
    }

    #[test]
    fn what_was_answered_before_a_death_is_not_asked_again() {
        // The load, then two of three clips; the worker dies over the third. The next one gets that one alone.
        let (mut supervisor, seen) = dying_at(&[3, 5, 7]);
        let params =
            DecodeParams { language: "en".into(), translate: false, beam: 1, words: Vec::new(), temperature: 0.0 };
        let pcm = [0.5; 16_000];
        let clips = [0, 1, 2].map(|n| Clip { pcm: &pcm, start: Millis(n * 1_000), speech: &[], params: &params });
        let cancel = CancelFlag::new();
        let mut run = Run { cancel: &cancel, on_segment: &mut |_| {} };
        let mut found = Vec::new();
        let mut done = |index: usize, window: WindowHypothesis| found.push((index, window.span.start.0));
        let ended = supervisor.transcribe_all(&clips, &mut run, &mut done);
        assert!(matches!(ended, Err(InferenceError::Died(_))), "three deaths in a row after the last answer");
        assert_eq!(found, [(2, 2_000), (1, 1_000)]);
        let asked = seen.lock().unwrap().iter().filter(|kind| **kind == Kind::Transcribe).count();
        assert_eq!((asked, supervisor.restarts()), (2 + 3, 3));
        let (mut supervisor, _) = dying_at(&[3, 5]);
        found.clear();
        let mut done = |index: usize, window: WindowHypothesis| found.push((index, window.span.start.0));
        assert_eq!(supervisor.transcribe_all(&clips, &mut run, &mut done).unwrap(), Outcome::Done(()));
        assert_eq!(found, [(2, 2_000), (1, 1_000), (0, 0)]);
    }

    #[test]
    fn deaths_while_loading_count_too() {
        let (mut supervisor, seen) = dying_at(&[0, 1, 2]);
        assert!(detect(&mut supervisor).is_err());
        assert_eq!(*seen.lock().unwrap(), [Kind::Load; 3]);
    }
}
