//! A worker process, spoken to over its standard input and output.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{DeviceInfo, Event, LanguageGuess, Load, PROTOCOL_VERSION, Request, Wanted};

use super::death::Reason;
use super::desk::Desk;
use super::process::Process;
use super::{Clip, Inference, InferenceError, Launch, Loaded, Outcome};
use crate::jobs::CancelFlag;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the start to the greeting.
    pub hello: Duration,
    /// From a request to its answer. A window of 30 s with the largest model on an old processor takes minutes. Each request is
    /// waited for by itself: one that hangs is found though others go on.
    pub answer: Duration,
    /// The same where a graphics card works: a card needs seconds for a window, and a driver that hangs stays so. A
    /// first request may have to compile the card's programs.
    pub card: Duration,
    /// From one sign of life to the next while a request runs: a process that is stopped sends none.
    pub alive: Duration,
    /// From a cancel to the end of the process, where it does not answer.
    pub cancel: Duration,
}

impl Default for Patience {
    /// Cancelling is promised within 2 s, of which killing needs some.
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(30),
            answer: Duration::from_secs(15 * 60),
            card: Duration::from_secs(5 * 60),
            alive: Duration::from_secs(60),
            cancel: Duration::from_millis(1500),
        }
    }
}

/// How often the cancel flag is looked at.
const POLL: Duration = Duration::from_millis(25);

/// Starts workers of one executable.
#[derive(Debug, Clone)]
pub struct WorkerProgram {
    path: PathBuf,
    patience: Patience,
}

impl WorkerProgram {
    /// Starts this program.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), patience: Patience::default() }
    }

    /// The same with other times.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The executable.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Launch for WorkerProgram {
    fn launch(&self) -> Result<Box<dyn Inference>, InferenceError> {
        Ok(Box::new(Worker::start(&self.path, self.patience)?))
    }
}

/// A running worker process. Dropping it ends the process.
pub struct Worker {
    process: Process,
    desk: Arc<Desk>,
    /// How many requests were sent.
    asked: AtomicU64,
    backend: String,
    patience: Patience,
    /// Whether the recogniser was put on a graphics card.
    on_card: AtomicBool,
}

impl Worker {
    fn start(path: &Path, patience: Patience) -> Result<Self, InferenceError> {
        let no_start = |reason: String| InferenceError::NoStart { path: path.to_path_buf(), reason };
        let desk = Arc::new(Desk::new());
        let greeting = desk.wait(None);
        let process = Process::start(path, &desk).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => InferenceError::Missing(path.to_path_buf()),
            _ => no_start(error.to_string()),
        })?;
        let backend = match greeting.events.recv_timeout(patience.hello) {
            Ok(Event::Hello(hello)) if hello.protocol == PROTOCOL_VERSION => hello.backend,
            Ok(Event::Hello(_)) => return Err(InferenceError::OtherVersion(path.to_path_buf())),
            Ok(_) => return Err(no_start("it does not greet".into())),
            Err(RecvTimeoutError::Disconnected) => return Err(no_start(process.bury().to_string())),
            Err(RecvTimeoutError::Timeout) => return Err(no_start(process.end(Reason::Silent).to_string())),
        };
        drop(greeting);
        let (asked, on_card) = (AtomicU64::new(0), AtomicBool::new(false));
        Ok(Self { process, desk, asked, backend, patience, on_card })
    }

    /// Sends a request, with audio before it where it needs some, and waits for the event that ends it. `take` returns
    /// what it makes of that event, or the event where it is none of its own. Others may ask at the same time.
    fn ask<T>(
        &self,
        audio: &[f32],
        request: Request,
        cancel: &CancelFlag,
        take: impl FnOnce(Event) -> Result<T, Event>,
    ) -> Result<Outcome<T>, InferenceError> {
        if cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.desk.wait(Some(id));
        if !self.process.send(audio, id, request) {
            return self.gone(cancel);
        }
        let patience = if self.on_card.load(Ordering::Relaxed) { self.patience.card } else { self.patience.answer };
        let asked_at = Instant::now();
        let mut cancelled_at: Option<Instant> = None;
        loop {
            if cancelled_at.is_none() && cancel.is_cancelled() {
                cancelled_at = Some(Instant::now());
                if !self.process.send(&[], id, Request::Cancel) {
                    return self.gone(cancel);
                }
            }
            if cancelled_at.is_some_and(|at| at.elapsed() > self.patience.cancel) {
                self.process.end(Reason::Killed);
                return Ok(Outcome::Cancelled);
            }
            let last_sign = self.desk.last_sign().max(asked_at);
            if asked_at.elapsed() > patience || last_sign.elapsed() > self.patience.alive {
                return Err(self.process.end(Reason::Silent).into());
            }
            let event = match answer.events.recv_timeout(POLL) {
                Ok(event) => event,
                Err(RecvTimeoutError::Disconnected) => return self.gone(cancel),
                Err(RecvTimeoutError::Timeout) => continue,
            };
            match event {
                Event::Cancelled => return Ok(Outcome::Cancelled),
                Event::Failed { error } => return Err(error.into()),
                // Where it came before a cancel was read it is as good as any.
                other => {
                    return take(other).map(Outcome::Done).map_err(|event| {
                        // Nothing that it says is to be trusted any more.
                        self.process.end(Reason::Crashed);
                        InferenceError::Protocol(format!("{event:?}").chars().take(80).collect())
                    });
                }
            }
        }
    }

    /// The process is gone, over a request of its own or because somebody who was cancelled too ended it.
    fn gone<T>(&self, cancel: &CancelFlag) -> Result<Outcome<T>, InferenceError> {
        let death = self.process.bury();
        if cancel.is_cancelled() { Ok(Outcome::Cancelled) } else { Err(death.into()) }
    }
}

impl Inference for Worker {
    fn load(&self, load: &Load, cancel: &CancelFlag) -> Result<Outcome<Loaded>, InferenceError> {
        if let Some(asr) = &load.asr {
            self.on_card.store(asr.device != "cpu", Ordering::Relaxed);
        }
        self.ask(&[], Request::Load(load.clone()), cancel, |event| match event {
            Event::Loaded { multilingual, memory, .. } => Ok(Loaded { multilingual, memory }),
            other => Err(other),
        })
    }

    fn speech(&self, pcm: &[f32], reset: bool, cancel: &CancelFlag) -> Result<Outcome<Vec<u8>>, InferenceError> {
        self.ask(pcm, Request::Vad { reset }, cancel, |event| match event {
            Event::Speech { frames } => Ok(frames),
            other => Err(other),
        })
    }

    fn detect_language(&self, pcm: &[f32], cancel: &CancelFlag) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.ask(pcm, Request::DetectLanguage, cancel, |event| match event {
            Event::Language { guesses } => Ok(guesses),
            other => Err(other),
        })
    }

    fn transcribe(&self, clip: Clip<'_>, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError> {
        let Clip { pcm, start, speech, params, threads } = clip;
        let wanted = Wanted { start, speech: speech.to_vec(), params: params.clone(), threads };
        self.ask(pcm, Request::Transcribe(wanted), cancel, |event| match event {
            Event::Window { window } => Ok(window),
            other => Err(other),
        })
    }

    fn voices(
        &self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        cancel: &CancelFlag,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.ask(pcm, Request::Voices { start, own }, cancel, |event| match event {
            Event::Voices { evidence } => Ok(evidence),
            other => Err(other),
        })
    }

    fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError> {
        let answer = self.ask(&[], Request::Devices, &CancelFlag::new(), |event| match event {
            Event::Devices { devices } => Ok(devices),
            other => Err(other),
        })?;
        match answer {
            Outcome::Done(devices) => Ok(devices),
            Outcome::Cancelled => Err(InferenceError::Protocol("cancelled by itself".into())),
        }
    }

    fn backend(&self) -> &str {
        &self.backend
    }

    fn is_alive(&self) -> bool {
        self.process.is_alive()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use st_worker_protocol::{Asked, Hello, Said, write_json, write_pcm};

    use super::super::Death;
    use super::super::process::ENVIRONMENT;
    use super::*;

    /// A program that greets and then does what the shell line says.
    fn program(folder: &Path, protocol: u32, then: &str) -> WorkerProgram {
        let mut greeting = Vec::new();
        let hello = Hello { protocol, backend: "cpu".into(), version: "0".into() };
        write_json(&mut greeting, &Event::Hello(hello)).unwrap();
        std::fs::write(folder.join("greeting"), greeting).unwrap();
        let script = folder.join("worker");
        std::fs::write(&script, format!("#!/bin/sh\ncat '{}'\n{then}\n", folder.join("greeting").display())).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let short = Duration::from_millis(300);
        let patience = Patience { hello: Duration::from_secs(20), answer: short, cancel: short, ..Patience::default() };
        WorkerProgram::new(script).patience(patience)
    }

    fn detect(program: &WorkerProgram, cancel: &CancelFlag) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        let worker = program.launch()?;
        // More than a pipe holds, so that a worker that does not read would block whoever writes.
        let answer = worker.detect_language(&[0.0; 480_000], cancel);
        assert!(!worker.is_alive(), "it is of no more use");
        answer
    }

    #[test]
    fn a_worker_that_falls_silent_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let silent = program(folder.path(), PROTOCOL_VERSION, "exec sleep 60");
        let answer = detect(&silent, &CancelFlag::new());
        assert!(matches!(answer, Err(InferenceError::Died(Death { reason: Reason::Silent, .. }))));
    }

    #[test]
    fn signs_of_life_are_waited_for_and_are_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let mut sign = Vec::new();
        write_json(&mut sign, &Event::Alive).unwrap();
        std::fs::write(folder.path().join("sign"), sign).unwrap();
        let short = Duration::from_millis(400);
        let usual = Patience { hello: Duration::from_secs(20), ..Patience::default() };
        let say = format!("while cat '{}'; do sleep 0.1; done", folder.path().join("sign").display());
        // It goes on saying that it lives and never answers; or it stops saying so long before an answer is due.
        for (then, patience) in
            [(say.as_str(), Patience { answer: short, ..usual }), ("exec sleep 60", Patience { alive: short, ..usual })]
        {
            let worker = program(folder.path(), PROTOCOL_VERSION, then).patience(patience);
            let answer = detect(&worker, &CancelFlag::new());
            assert!(matches!(answer, Err(InferenceError::Died(Death { reason: Reason::Silent, .. }))), "{then}");
        }
    }

    /// Two requests at the same time, which both end: how each did.
    fn two(program: &WorkerProgram, cancel: &CancelFlag) -> [Result<Outcome<Vec<LanguageGuess>>, InferenceError>; 2] {
        let worker = program.launch().unwrap();
        let ask = || worker.detect_language(&[0.5], cancel);
        thread::scope(|scope| [scope.spawn(ask), scope.spawn(ask)].map(|asking| asking.join().unwrap()))
    }

    /// Bytes of the requests that [`two`] makes.
    fn two_requests() -> usize {
        let mut both = Vec::new();
        for id in 0..2 {
            write_pcm(&mut both, &[0.5]).unwrap();
            write_json(&mut both, &Asked { id, request: Request::DetectLanguage }).unwrap();
        }
        both.len()
    }

    /// A flag that is set after a while.
    fn cancelled_after(time: Duration) -> CancelFlag {
        let flag = CancelFlag::new();
        let later = flag.clone();
        thread::spawn(move || {
            thread::sleep(time);
            later.cancel();
        });
        flag
    }

    #[test]
    fn a_worker_that_does_not_hear_a_cancel_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let patience = Patience { cancel: Duration::from_millis(300), ..Patience::default() };
        let deaf = program(folder.path(), PROTOCOL_VERSION, "exec sleep 60").patience(patience);
        let soon = Duration::from_millis(100);
        assert!(matches!(detect(&deaf, &cancelled_after(soon)), Ok(Outcome::Cancelled)));
        // Whoever ends it, both were cancelled.
        let both = two(&deaf, &cancelled_after(soon));
        assert!(both.iter().all(|ended| matches!(ended, Ok(Outcome::Cancelled))), "{both:?}");
    }

    /// The shell line that says this.
    fn saying(folder: &Path, name: &str, said: &[Said]) -> String {
        let mut frames = Vec::new();
        said.iter().for_each(|said| write_json(&mut frames, said).unwrap());
        std::fs::write(folder.join(name), frames).unwrap();
        format!("cat '{}'", folder.join(name).display())
    }

    #[test]
    fn a_request_that_hangs_is_found_though_another_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        // The second request is answered, the first is not, and the worker lives.
        let answer = Said { to: Some(1), event: Event::Language { guesses: Vec::new() } };
        let say = saying(folder.path(), "answer", &[answer]);
        let live = saying(folder.path(), "sign", &[Said { to: None, event: Event::Alive }]);
        let then = format!("head -c {} > /dev/null; {say}; while {live}; do sleep 0.05; done", two_requests());
        let hanging = program(folder.path(), PROTOCOL_VERSION, &then);
        let patience = Patience { answer: Duration::from_secs(1), ..hanging.patience };
        // A worker that is never found would be waited for for ever.
        let both = two(&hanging.patience(patience), &cancelled_after(Duration::from_secs(60)));
        let silent =
            |ended: &&Result<_, _>| matches!(ended, Err(InferenceError::Died(Death { reason: Reason::Silent, .. })));
        assert_eq!(both.iter().filter(silent).count(), 1, "{both:?}");
        assert_eq!(both.iter().filter(|ended| matches!(ended, Ok(Outcome::Done(_)))).count(), 1, "{both:?}");
    }

    #[test]
    fn answers_go_to_whoever_asked() {
        let folder = tempfile::tempdir().unwrap();
        let guess = |code: &str| vec![LanguageGuess { code: code.into(), probability: 0.5 }];
        let answer = |to, code| Said { to: Some(to), event: Event::Language { guesses: guess(code) } };
        let say = saying(folder.path(), "answers", &[answer(1, "de"), answer(0, "en")]);
        // Once both requests are there.
        let then = format!("head -c {} > /dev/null; {say}; exec sleep 60", two_requests());
        let patience = Patience { hello: Duration::from_secs(20), ..Patience::default() };
        let mut found = two(&program(folder.path(), PROTOCOL_VERSION, &then).patience(patience), &CancelFlag::new())
            .map(|ended| ended.unwrap());
        found.sort_by_key(|answer| format!("{answer:?}"));
        assert_eq!(found, [Outcome::Done(guess("de")), Outcome::Done(guess("en"))]);
        // An answer to nobody is the end of it, as anything that is no answer.
        let odd = saying(folder.path(), "odd", &[answer(7, "en")]);
        for then in [format!("{odd}; exec sleep 60"), "echo what; exec sleep 60".to_owned()] {
            let odd = program(folder.path(), PROTOCOL_VERSION, &then).patience(patience);
            let answer = detect(&odd, &CancelFlag::new());
            assert!(matches!(answer, Err(InferenceError::Died(Death { reason: Reason::Crashed, .. }))), "{answer:?}");
        }
    }

    #[test]
    fn a_worker_that_dies_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let dying = program(folder.path(), PROTOCOL_VERSION, "echo 'CUDA error: out of memory' >&2; kill -ABRT $$");
        let Err(InferenceError::Died(death)) = detect(&dying, &CancelFlag::new()) else { panic!("no death") };
        assert_eq!((death.reason, death.last_words.as_str()), (Reason::OutOfMemory, "CUDA error: out of memory"));
    }

    #[test]
    fn programs_that_are_no_workers_do_not_start() {
        let folder = tempfile::tempdir().unwrap();
        let missing = WorkerProgram::new(folder.path().join("nothing")).launch();
        assert!(matches!(missing, Err(InferenceError::Missing(_))));
        let ended = WorkerProgram::new("/bin/false").launch();
        assert!(matches!(ended, Err(InferenceError::NoStart { .. })));
        let other = program(folder.path(), PROTOCOL_VERSION + 1, "exec sleep 60").launch();
        assert!(matches!(other, Err(InferenceError::OtherVersion(_))));
    }

    #[test]
    fn a_worker_sees_nothing_of_the_environment_that_it_does_not_need() {
        let folder = tempfile::tempdir().unwrap();
        let nosy = program(folder.path(), PROTOCOL_VERSION, "env >&2; exit 1");
        let Err(InferenceError::Died(death)) = detect(&nosy, &CancelFlag::new()) else { panic!("no death") };
        let names: Vec<&str> = death.last_words.lines().filter_map(|line| line.split('=').next()).collect();
        let by_shell = ["PWD", "SHLVL", "_", "OLDPWD"];
        let ours = ["GGML_NO_BACKTRACE", "XDG_CACHE_HOME"];
        assert!(names.iter().all(|n| ENVIRONMENT.contains(n) || by_shell.contains(n) || ours.contains(n)), "{names:?}");
        assert!(!names.contains(&"HOME"));
    }
}
