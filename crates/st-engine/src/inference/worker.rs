//! A worker process, spoken to over its standard input and output.
//!
//! Three threads stand beside the caller: one writes (so that a worker that does not read cannot block a cancel), one
//! reads events, one keeps the end of standard error.

use std::collections::VecDeque;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{
    DeviceInfo, Event, Frame, FrameError, LanguageGuess, Load, PROTOCOL_VERSION, Request, Wanted, read_frame,
    write_json, write_pcm,
};

use super::death::Reason;
use super::{Clip, Death, Inference, InferenceError, Launch, Loaded, Outcome, Run};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the start to the greeting.
    pub hello: Duration,
    /// From a request to its answer, or from one piece of it to the next. A window of 30 s with the largest model on an
    /// old processor takes minutes.
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

/// How much of standard error is kept.
const STDERR_TAIL: usize = 16 * 1024;

/// How long a process that closed its output may take to end by itself.
const END: Duration = Duration::from_secs(2);

/// Variables that a worker may see. Nothing else of the environment reaches it: it needs no home folder, no proxy and
/// no credentials. The last ones are for graphics drivers and Windows.
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SystemRoot",
    "windir",
    "CUDA_VISIBLE_DEVICES",
    "GGML_VK_VISIBLE_DEVICES",
    "VK_ICD_FILENAMES",
    "VK_DRIVER_FILES",
];

/// Where drivers of graphics cards keep the programs that they compile, which else takes them a minute at each start. They
/// find it by themselves where they see the home folder; systems other than Linux have calls for it.
fn shaders() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || folder("HOME").map(|home| home.join(".cache"));
    folder("XDG_CACHE_HOME").or_else(usual).filter(|_| cfg!(target_os = "linux"))
}

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

enum Outgoing {
    Message(Request),
    Audio(Vec<f32>),
}

/// A running worker process. Dropping it ends the process.
pub struct Worker {
    child: Child,
    outgoing: Option<Sender<Outgoing>>,
    events: Receiver<Result<Event, FrameError>>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_reader: Option<thread::JoinHandle<()>>,
    backend: String,
    patience: Patience,
    /// Whether the recogniser was put on a graphics card.
    on_card: bool,
}

impl Worker {
    fn start(path: &Path, patience: Patience) -> Result<Self, InferenceError> {
        let no_start = |reason: String| InferenceError::NoStart { path: path.to_path_buf(), reason };
        let mut command = Command::new(path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).env_clear();
        for name in ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // ggml else starts a debugger when it aborts.
        command.env("GGML_NO_BACKTRACE", "1");
        if let Some(folder) = shaders() {
            command.env("XDG_CACHE_HOME", folder);
        }
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => InferenceError::Missing(path.to_path_buf()),
            _ => no_start(error.to_string()),
        })?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(no_start("its streams are missing".into()));
        };
        let (outgoing, to_write) = channel();
        thread::spawn(move || write_all(BufWriter::with_capacity(1 << 16, stdin), &to_write));
        let (to_read, events) = channel();
        thread::spawn(move || read_all(BufReader::with_capacity(1 << 16, stdout), &to_read));
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&tail);
        let stderr_reader = Some(thread::spawn(move || keep_tail(stderr, &kept)));
        let mut worker = Self {
            child,
            outgoing: Some(outgoing),
            events,
            stderr: tail,
            stderr_reader,
            backend: String::new(),
            patience,
            on_card: false,
        };
        match worker.events.recv_timeout(patience.hello) {
            Ok(Ok(Event::Hello(hello))) if hello.protocol == PROTOCOL_VERSION => {
                worker.backend = hello.backend;
                Ok(worker)
            }
            Ok(Ok(Event::Hello(_))) => Err(InferenceError::OtherVersion(path.to_path_buf())),
            Ok(Ok(_)) => Err(no_start("it does not greet".into())),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(no_start(worker.bury().to_string())),
            Err(RecvTimeoutError::Timeout) => Err(no_start(worker.end(Reason::Silent).to_string())),
        }
    }

    /// Sends a request, with audio before it where it needs some, and waits for the event that ends it. `take` returns
    /// what it makes of that event, nothing where more is to come, or the event where it is none of its own.
    fn ask<T>(
        &mut self,
        audio: &[&[f32]],
        request: Request,
        run: &mut Run<'_>,
        mut take: impl FnMut(Event) -> Result<Option<T>, Event>,
    ) -> Result<Outcome<T>, InferenceError> {
        if run.cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        for audio in audio {
            self.send(Outgoing::Audio(audio.to_vec()))?;
        }
        self.send(Outgoing::Message(request))?;
        let mut cancelled_at: Option<Instant> = None;
        let answer = if self.on_card { self.patience.card } else { self.patience.answer };
        let mut last_piece = Instant::now();
        let mut last_sign = last_piece;
        loop {
            if cancelled_at.is_none() && run.cancel.is_cancelled() {
                cancelled_at = Some(Instant::now());
                self.send(Outgoing::Message(Request::Cancel))?;
            }
            if cancelled_at.is_some_and(|at| at.elapsed() > self.patience.cancel) {
                self.end(Reason::Killed);
                return Ok(Outcome::Cancelled);
            }
            if last_piece.elapsed() > answer || last_sign.elapsed() > self.patience.alive {
                return Err(self.end(Reason::Silent).into());
            }
            let event = match self.events.recv_timeout(POLL) {
                Ok(Ok(event)) => event,
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(self.bury().into()),
                Err(RecvTimeoutError::Timeout) => continue,
            };
            last_sign = Instant::now();
            if event != Event::Alive {
                last_piece = last_sign;
            }
            match event {
                Event::Segment { segment } => (run.on_segment)(segment),
                Event::Progress { .. } | Event::Alive => {}
                Event::Cancelled => return Ok(Outcome::Cancelled),
                Event::Failed { error } => return Err(error.into()),
                other => match take(other) {
                    Ok(None) => {}
                    // The answer came before the cancel was read: it is as good as any.
                    Ok(Some(value)) => return Ok(Outcome::Done(value)),
                    Err(event) => {
                        let event = format!("{event:?}").chars().take(80).collect();
                        return Err(InferenceError::Protocol(event));
                    }
                },
            }
        }
    }

    fn send(&mut self, message: Outgoing) -> Result<(), InferenceError> {
        // The writing thread ends when the pipe breaks, and the pipe when the process ends.
        let sent = self.outgoing.as_ref().is_some_and(|outgoing| outgoing.send(message).is_ok());
        if sent { Ok(()) } else { Err(self.bury().into()) }
    }

    /// The process closed its streams: waits for its end and tells why.
    fn bury(&mut self) -> Death {
        let status = self.wait();
        Death::classify(status, &self.tail())
    }

    /// Ends the process for a reason of our own.
    fn end(&mut self, reason: Reason) -> Death {
        self.kill();
        Death::ended(reason, &self.tail())
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        self.outgoing = None;
        let until = Instant::now() + END;
        while Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Err(_) => return None,
            }
        }
        self.kill();
        None
    }

    fn kill(&mut self) {
        self.outgoing = None;
        // Both fail only where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The end of standard error, once all of it is read.
    fn tail(&mut self) -> String {
        if let Some(reader) = self.stderr_reader.take() {
            // A grandchild could hold the stream open; the reader is then left behind.
            let until = Instant::now() + Duration::from_millis(500);
            while !reader.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let tail = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn write_all(mut to: impl io::Write, messages: &Receiver<Outgoing>) {
    for message in messages {
        let written = match message {
            Outgoing::Message(request) => write_json(&mut to, &request),
            Outgoing::Audio(samples) => write_pcm(&mut to, &samples),
        };
        if let Err(error) = written {
            tracing::debug!(%error, "a worker does not read any more");
            return;
        }
    }
}

fn read_all(mut from: impl Read, events: &Sender<Result<Event, FrameError>>) {
    loop {
        let event = match read_frame(&mut from) {
            Ok(Some(Frame::Json(json))) => serde_json::from_slice(&json).map_err(FrameError::from),
            Ok(Some(Frame::Pcm(samples))) => Err(FrameError::Length(samples.len())),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let broken = event.is_err();
        if events.send(event).is_err() || broken {
            return;
        }
    }
}

fn keep_tail(mut from: impl Read, tail: &Mutex<VecDeque<u8>>) {
    let mut block = [0u8; 4096];
    while let Ok(n @ 1..) = from.read(&mut block) {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&block[..n]);
        let excess = tail.len().saturating_sub(STDERR_TAIL);
        tail.drain(..excess);
    }
}

impl Inference for Worker {
    fn load(&mut self, load: &Load, run: &mut Run<'_>) -> Result<Outcome<Loaded>, InferenceError> {
        if let Some(asr) = &load.asr {
            self.on_card = asr.device != "cpu";
        }
        self.ask(&[], Request::Load(load.clone()), run, |event| match event {
            Event::Loaded { multilingual, memory, .. } => Ok(Some(Loaded { multilingual, memory })),
            other => Err(other),
        })
    }

    fn speech(&mut self, pcm: &[f32], reset: bool, run: &mut Run<'_>) -> Result<Outcome<Vec<u8>>, InferenceError> {
        self.ask(&[pcm], Request::Vad { reset }, run, |event| match event {
            Event::Speech { frames } => Ok(Some(frames)),
            other => Err(other),
        })
    }

    fn detect_language(
        &mut self,
        pcm: &[f32],
        run: &mut Run<'_>,
    ) -> Result<Outcome<Vec<LanguageGuess>>, InferenceError> {
        self.ask(&[pcm], Request::DetectLanguage, run, |event| match event {
            Event::Language { guesses } => Ok(Some(guesses)),
            other => Err(other),
        })
    }

    fn transcribe(
        &mut self,
        clips: &[Clip<'_>],
        run: &mut Run<'_>,
        done: &mut dyn FnMut(usize, WindowHypothesis),
    ) -> Result<Outcome<()>, InferenceError> {
        let wanted =
            |clip: &Clip<'_>| Wanted { start: clip.start, speech: clip.speech.to_vec(), params: clip.params.clone() };
        let audio: Vec<&[f32]> = clips.iter().map(|clip| clip.pcm).collect();
        let windows = clips.iter().map(wanted).collect();
        self.ask(&audio, Request::Transcribe { windows }, run, |event| match event {
            Event::Window { index, window } if index < clips.len() => {
                done(index, window);
                Ok(None)
            }
            Event::Transcribed => Ok(Some(())),
            other => Err(other),
        })
    }

    fn voices(
        &mut self,
        pcm: &[f32],
        start: Millis,
        own: TimeSpan,
        run: &mut Run<'_>,
    ) -> Result<Outcome<EvidenceWindow>, InferenceError> {
        self.ask(&[pcm], Request::Voices { start, own }, run, |event| match event {
            Event::Voices { evidence } => Ok(Some(evidence)),
            other => Err(other),
        })
    }

    fn devices(&mut self) -> Result<Vec<DeviceInfo>, InferenceError> {
        let never = crate::jobs::CancelFlag::new();
        let mut run = Run { cancel: &never, on_segment: &mut |_| {} };
        let answer = self.ask(&[], Request::Devices, &mut run, |event| match event {
            Event::Devices { devices } => Ok(Some(devices)),
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
        self.outgoing.is_some()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use st_worker_protocol::Hello;

    use super::*;
    use crate::jobs::CancelFlag;

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
        let mut worker = program.launch()?;
        // More than a pipe holds, so that a worker that does not read would block whoever writes.
        let answer = worker.detect_language(&[0.0; 480_000], &mut Run { cancel, on_segment: &mut |_| {} });
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

    #[test]
    fn a_worker_that_does_not_hear_a_cancel_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let patience = Patience { cancel: Duration::from_millis(300), ..Patience::default() };
        let deaf = program(folder.path(), PROTOCOL_VERSION, "exec sleep 60").patience(patience);
        let flag = CancelFlag::new();
        let later = flag.clone();
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            later.cancel();
        });
        assert!(matches!(detect(&deaf, &flag), Ok(Outcome::Cancelled)));
        canceller.join().unwrap();
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
