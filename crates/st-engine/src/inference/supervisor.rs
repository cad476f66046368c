//! Keeps a worker running: starts it when it is needed, starts another when it dies, and repeats the request that it
//! died over.
//!
//! Requests carry all that they need, so a new worker answers as the old one would have. Only [`Supervisor::speech`]
//! builds on the calls before it; its caller begins again. Several threads may ask at once: where a worker dies over their
//! requests, each repeats its own, by the one worker that takes its place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DeviceInfo, LanguageGuess, Load};

use super::{Clip, Inference, InferenceError, Launch, Loaded, Outcome, Reason};
use crate::jobs::CancelFlag;

/// Deaths in a row, without one answer between them, after which it is no accident.
const MOST_DEATHS: u32 = 3;
/// The same where memory ran out or a worker fell silent: all of its memory is free for the second try, and a third
/// would find the same.
const MOST_SLOW_DEATHS: u32 = 2;

/// A worker that is there when it is needed.
pub struct Supervisor {
    state: Mutex<State>,
}

struct State {
    program: Arc<dyn Launch>,
    running: Option<Running>,
    /// How many were started.
    started: u64,
    /// What a new worker has to load.
    load: Load,
    in_row: u32,
    /// So many in a row are borne, after the last death.
    most: u32,
    restarts: u32,
}

/// A worker with its number among all that were started.
#[derive(Clone)]
struct Running {
    worker: Arc<dyn Inference>,
    number: u64,
}

impl Supervisor {
    /// Watches over workers that `program` starts. None is started yet.
    pub fn new(program: Arc<dyn Launch>) -> Self {
        let (load, most) = (Load::default(), MOST_DEATHS);
        Self { state: Mutex::new(State { program, running: None, started: 0, load, in_row: 0, most, restarts: 0 }) }
    }

    /// Whether a worker runs here that has models loaded.
    pub fn is_loaded(&self) -> bool {
        let state = self.state();
        state.load != Load::default() && state.alive().is_some()
    }

    /// How many workers died so far.
    pub fn restarts(&self) -> u32 {
        self.state().restarts
    }

    /// Threads that its models were loaded for.
    pub fn threads(&self) -> u32 {
        self.state().load.threads
    }

    /// Forgets the deaths of an earlier job.
    pub fn begin(&self) {
        let mut state = self.state();
        state.in_row = 0;
        state.restarts = 0;
    }

    /// Whether another try makes sense after a death.
    pub fn may_go_on(&self) -> bool {
        self.state().may_go_on()
    }

    /// Adds models to those that are loaded; a part that is none stays as it is.
    pub fn load(&self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        self.state().load(load, cancel)
    }

    /// As [`Inference::speech`]. A death is reported; the caller begins again where [`Self::may_go_on`] allows it.
    pub fn speech(&self, pcm: &[f32], reset: bool, cancel: &CancelFlag) -> Result<Outcome<Vec<u8>>, InferenceError> {
        let Outcome::Done(running) =
            (if reset { self.state().ready(cancel)? } else { Outcome::Done(self.state().worker()?) })
        else {
            return Ok(Outcome::Cancelled);
        };
        let result = running.worker.speech(pcm, reset, cancel);
        self.state().answered(running.number, result)
    }

    /// As [`Inference::detect_language`].
    pub fn detect_language(
        &self,
        pcm: &[f32],
        cancel: &CancelFlag,
    ) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.again(cancel, |worker, cancel| worker.detect_language(pcm, cancel))
    }

    /// As [`Inference::transcribe`].
    pub fn transcribe(&self, clip: Clip<'_>, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        self.again(cancel, |worker, cancel| worker.transcribe(clip, cancel))
    }

    /// As [`Inference::voices`].
    pub fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        cancel: &CancelFlag,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.again(cancel, |worker, cancel| worker.voices(pcm, start, own, cancel))
    }

    /// As [`Inference::devices`].
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError> {
        let running = self.state().worker()?;
        let result = running.worker.devices();
        self.state().note(running.number, result)
    }

    /// The backend of the worker.
    pub fn backend(&self) -> Result<String, InferenceError> {
        self.state().worker().map(|running| running.worker.backend().to_owned())
    }

    fn again<T>(
        &self,
        cancel: &CancelFlag,
        ask: impl Fn(&dyn Inference, &CancelFlag) -> Result<Outcome<T>, InferenceError>,
    ) -> Result<Outcome<T>, InferenceError> {
        let mut died = None;
        loop {
            // Whoever else asks meanwhile waits for the same worker, and gives up with who saw it die last.
            let ready = {
                let mut state = self.state();
                match died.take() {
                    Some(error) if !state.may_go_on() => return Err(error),
                    _ => state.ready(cancel),
                }
            };
            let result = match ready {
                Ok(Outcome::Done(running)) => {
                    let result = ask(running.worker.as_ref(), cancel);
                    self.state().answered(running.number, result)
                }
                Ok(Outcome::Cancelled) => return Ok(Outcome::Cancelled),
                Err(error) => Err(error),
            };
            match result {
                Err(error @ InferenceError::Died(_)) => died = Some(error),
                other => return other,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_go_on(&self) -> bool {
        self.in_row < self.most
    }

    fn load(&mut self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        self.load.threads = load.threads;
        self.load.flash_attention = load.flash_attention.or(self.load.flash_attention);
        self.load.samples = load.samples.or(self.load.samples);
        self.load.asr = load.asr.clone().or(self.load.asr.take());
        self.load.vad = load.vad.clone().or(self.load.vad.take());
        self.load.voices = load.voices.clone().or(self.load.voices.take());
        let mut wanted = load.clone();
        loop {
            match self.put(&wanted, cancel) {
                // A new worker has nothing yet.
                Err(InferenceError::Died(_)) if self.may_go_on() => wanted = self.load.clone(),
                other => return other,
            }
        }
    }

    /// Makes sure that a worker runs and has its models.
    fn ready(&mut self, cancel: &CancelFlag) -> Result<Outcome<Running>, InferenceError> {
        if self.alive().is_none() {
            let load = self.load.clone();
            if self.put(&load, cancel)? == Outcome::Cancelled {
                return Ok(Outcome::Cancelled);
            }
        }
        self.worker().map(Outcome::Done)
    }

    /// Has a worker load this.
    fn put(&mut self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        let running = self.worker()?;
        let result = running.worker.load(load, cancel);
        self.note(running.number, result)
    }

    fn alive(&self) -> Option<&Running> {
        self.running.as_ref().filter(|running| running.worker.is_alive())
    }

    /// The worker that runs, or a new one.
    fn worker(&mut self) -> Result<Running, InferenceError> {
        if let Some(running) = self.alive() {
            return Ok(running.clone());
        }
        self.running = None;
        let worker = Arc::from(self.program.launch()?);
        self.started += 1;
        Ok(self.running.insert(Running { worker, number: self.started }).clone())
    }

    /// Takes note of an answer to a real request: the deaths in a row are over, but for that of the same worker where
    /// another request told of it first.
    fn answered<T>(&mut self, number: u64, result: Result<T, InferenceError>) -> Result<T, InferenceError> {
        let result = self.note(number, result);
        if result.is_ok() {
            self.in_row = if self.is_running(number) { 0 } else { self.in_row.min(1) };
        }
        result
    }

    /// Takes note of a death, once for all requests that it ended.
    fn note<T>(&mut self, number: u64, result: Result<T, InferenceError>) -> Result<T, InferenceError> {
        if let Err(InferenceError::Died(death)) = &result
            && self.is_running(number)
        {
            tracing::warn!(reason = ?death.reason, status = death.status, "a worker died");
            self.running = None;
            self.in_row += 1;
            self.most = match death.reason {
                Reason::OutOfMemory | Reason::Silent => MOST_SLOW_DEATHS,
                Reason::Crashed | Reason::Killed => MOST_DEATHS,
            };
            self.restarts += 1;
        }
        if let Err(InferenceError::Protocol(_)) = &result
            && self.is_running(number)
        {
            self.running = None;
        }
        result
    }

    fn is_running(&self, number: u64) -> bool {
        self.running.as_ref().is_some_and(|running| running.number == number)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

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

    fn detect(supervisor: &Supervisor) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        let cancel = CancelFlag::new();
        supervisor.detect_language(&[0.5; 16_000], &cancel)
    }

    #[test]
    fn a_request_is_repeated_by_a_new_worker_that_loads_first() {
        let (supervisor, seen) = dying_at(&[1]);
        assert!(matches!(detect(&supervisor), Ok(Outcome::Done(_))));
        assert_eq!(*seen.lock().unwrap(), [Kind::Load, Kind::Language, Kind::Load, Kind::Language]);
        assert_eq!(supervisor.restarts(), 1);
    }

    #[test]
    fn three_deaths_in_a_row_stop_it_and_one_answer_between_does_not() {
        let (supervisor, _) = dying_at(&[1, 3, 5]);
        assert!(matches!(detect(&supervisor), Err(InferenceError::Died(Death { .. }))));
        let (supervisor, _) = dying_at(&[1, 3, 6, 8, 11]);
        for _ in 0..3 {
            assert!(matches!(detect(&supervisor), Ok(Outcome::Done(_))));
        }
        assert_eq!(supervisor.restarts(), 5);
    }

    /// Three windows at once, each asked for by a thread of its own, and how each ended: the start of its text, or none.
    /// `answered` counts those that have it.
    fn three(supervisor: &Supervisor, answered: &AtomicU64) -> Vec<Option<u64>> {
        let params =
            DecodeParams { language: "en".into(), translate: false, beam: 1, words: Vec::new(), temperature: 0.0 };
        let (pcm, cancel) = ([0.5; 16_000], CancelFlag::new());
        let ask = |number: u64| {
            let clip = Clip { pcm: &pcm, start: Millis(number * 1_000), speech: &[], params: &params, threads: 1 };
            match supervisor.transcribe(clip, &cancel) {
                Ok(Outcome::Done(window)) => {
                    answered.fetch_add(1, Ordering::SeqCst);
                    Some(window.span.start.0)
                }
                Ok(Outcome::Cancelled) => panic!("nobody cancelled"),
                Err(error) => {
                    assert!(matches!(error, InferenceError::Died(_)), "{error}");
                    None
                }
            }
        };
        thread::scope(|scope| {
            let asking: Vec<_> = (0..3).map(|number| scope.spawn(move || ask(number))).collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        })
    }

    #[test]
    fn what_was_answered_before_a_death_is_not_asked_again() {
        // The third that comes waits until the other two have their text; then its worker dies over it, so many times.
        for deaths in [2, 3] {
            let (asked, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
            let (count, others) = (Arc::clone(&asked), Arc::clone(&answered));
            let supervisor = Supervisor::new(Arc::new(Scripted::new(Script::new(move |call| {
                if call.kind != Kind::Transcribe {
                    return Turn::Answer;
                }
                let number = count.fetch_add(1, Ordering::SeqCst);
                while number >= 2 && others.load(Ordering::SeqCst) < 2 {
                    thread::yield_now();
                }
                if (2..2 + deaths).contains(&number) { Turn::Die(Reason::Crashed) } else { Turn::Answer }
            }))));
            let found = three(&supervisor, &answered);
            let given_up = usize::from(deaths == 3);
            assert_eq!(found.iter().filter(|text| text.is_none()).count(), given_up, "three deaths after an answer");
            assert!(found.iter().zip(0..).all(|(text, number)| text.is_none_or(|start| start == number * 1_000)));
            assert_eq!(asked.load(Ordering::SeqCst), 2 + 3, "one alone is asked again");
            assert_eq!(u64::from(supervisor.restarts()), deaths);
        }
    }

    #[test]
    fn a_death_counts_once_however_many_requests_it_ends() {
        for (deaths, most) in [(1, 1), (2, 2), (9, 3)] {
            let (seen, meeting) = (Arc::new(Mutex::new(Vec::new())), Barrier::new(3));
            let log = Arc::clone(&seen);
            let supervisor = Supervisor::new(Arc::new(Scripted::new(Script::new(move |call| {
                log.lock().unwrap().push(call.kind);
                if call.kind != Kind::Transcribe {
                    return Turn::Answer;
                }
                meeting.wait();
                let round = (log.lock().unwrap().iter().filter(|kind| **kind == Kind::Transcribe).count() - 1) / 3;
                if round < deaths { Turn::Die(Reason::Crashed) } else { Turn::Answer }
            }))));
            let found = three(&supervisor, &AtomicU64::new(0));
            let expected = if deaths < 3 { vec![Some(0), Some(1_000), Some(2_000)] } else { vec![None; 3] };
            assert_eq!((found, supervisor.restarts()), (expected, most));
            let loads = seen.lock().unwrap().iter().filter(|kind| **kind == Kind::Load).count();
            assert_eq!(loads, deaths.min(2) + 1, "one worker takes the place of another, and none that is given up");
        }
    }

    #[test]
    fn an_answer_that_is_told_after_the_death_of_its_worker_still_counts() {
        let (supervisor, _) = dying_at(&[]);
        let death = || Err::<(), _>(Death::ended(Reason::OutOfMemory, "").into());
        for _ in 0..5 {
            let number = supervisor.state().worker().unwrap().number;
            assert!(supervisor.state().note(number, death()).is_err());
            assert!(supervisor.state().answered(number, Ok(())).is_ok());
            assert!(supervisor.may_go_on(), "each worker died behind an answer");
        }
        for left in [true, false] {
            assert_eq!(supervisor.may_go_on(), left);
            let number = supervisor.state().worker().unwrap().number;
            assert!(supervisor.state().note(number, death()).is_err());
        }
    }

    #[test]
    fn deaths_while_loading_count_too() {
        let (supervisor, seen) = dying_at(&[0, 1, 2]);
        assert!(detect(&supervisor).is_err());
        assert_eq!(*seen.lock().unwrap(), [Kind::Load; 3]);
    }
}
