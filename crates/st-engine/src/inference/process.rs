//! The process of a worker: how it is started, what is written to it and read from it, and how it ended.
//!
//! Three threads stand beside whoever asks: one writes (so that a worker that does not read cannot block a cancel), one
//! reads events, one keeps the end of standard error.

use std::collections::VecDeque;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use st_worker_protocol::{Asked, Frame, Request, Said, read_frame, write_json, write_pcm};

use super::Death;
use super::death::Reason;
use super::desk::Desk;

/// How much of standard error is kept.
const STDERR_TAIL: usize = 16 * 1024;

/// How long a process that closed its output may take to end by itself.
const END: Duration = Duration::from_secs(2);

/// Variables that a worker may see. Nothing else of the environment reaches it: it needs no home folder, no proxy and
/// no credentials. The last ones are for graphics drivers and Windows.
pub const ENVIRONMENT: &[&str] = &[
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

/// A request with the audio that it is about.
struct Outgoing {
    audio: Vec<f32>,
    asked: Asked,
}

/// A running process. Dropping it ends it.
pub struct Process {
    /// None once nothing more can be asked.
    outgoing: Mutex<Option<Sender<Outgoing>>>,
    body: Mutex<Body>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
}

/// What ends once.
struct Body {
    child: Child,
    stderr_reader: Option<thread::JoinHandle<()>>,
    death: Option<Death>,
}

impl Process {
    /// Starts a program whose events go to `desk`.
    pub fn start(path: &Path, desk: &Arc<Desk>) -> io::Result<Self> {
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
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("its streams are missing"));
        };
        let (outgoing, to_write) = channel();
        thread::spawn(move || write_all(BufWriter::with_capacity(1 << 16, stdin), &to_write));
        let desk = Arc::clone(desk);
        thread::spawn(move || {
            read_all(BufReader::with_capacity(1 << 16, stdout), &desk);
            desk.close();
        });
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&tail);
        let stderr_reader = Some(thread::spawn(move || keep_tail(stderr, &kept)));
        let body = Mutex::new(Body { child, stderr_reader, death: None });
        Ok(Self { outgoing: Mutex::new(Some(outgoing)), body, stderr: tail })
    }

    /// Sends a request with its audio before it. False where the process is gone.
    pub fn send(&self, audio: &[f32], id: u64, request: Request) -> bool {
        // The writing thread ends when the pipe breaks, and the pipe when the process ends.
        let message = Outgoing { audio: audio.to_vec(), asked: Asked { id, request } };
        lock(&self.outgoing).as_ref().is_some_and(|outgoing| outgoing.send(message).is_ok())
    }

    /// Whether it was not ended yet, and was not found dead.
    pub fn is_alive(&self) -> bool {
        lock(&self.body).death.is_none()
    }

    /// It closed its streams: waits for its end and tells why.
    pub fn bury(&self) -> Death {
        self.ended(|body| {
            let status = body.wait();
            Death::classify(status, &self.tail(body))
        })
    }

    /// Ends it for a reason of our own.
    pub fn end(&self, reason: Reason) -> Death {
        self.ended(|body| {
            body.kill();
            Death::ended(reason, &self.tail(body))
        })
    }

    /// How it ended: whoever comes first sees to it, and all others hear the same.
    fn ended(&self, see_to: impl FnOnce(&mut Body) -> Death) -> Death {
        let mut body = lock(&self.body);
        if let Some(death) = &body.death {
            return death.clone();
        }
        *lock(&self.outgoing) = None;
        let death = see_to(&mut body);
        body.death.insert(death).clone()
    }

    /// The end of standard error, once all of it is read.
    fn tail(&self, body: &mut Body) -> String {
        if let Some(reader) = body.stderr_reader.take() {
            // A grandchild could hold the stream open; the reader is then left behind.
            let until = Instant::now() + Duration::from_millis(500);
            while !reader.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let bytes: Vec<u8> = lock(&self.stderr).iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Body {
    fn wait(&mut self) -> Option<ExitStatus> {
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
        // Both fail only where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.kill();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_all(mut to: impl io::Write, messages: &Receiver<Outgoing>) {
    for Outgoing { audio, asked } in messages {
        let audio = if audio.is_empty() { Ok(()) } else { write_pcm(&mut to, &audio) };
        if let Err(error) = audio.and_then(|()| write_json(&mut to, &asked)) {
            tracing::debug!(%error, "a worker does not read any more");
            return;
        }
    }
}

/// Hands events out until there are no more, or something came that is none.
fn read_all(mut from: impl Read, desk: &Desk) {
    while let Ok(Some(Frame::Json(json))) = read_frame(&mut from) {
        let handed = serde_json::from_slice::<Said>(&json).is_ok_and(|said| desk.hand_out(said));
        if !handed {
            return;
        }
    }
}

fn keep_tail(mut from: impl Read, tail: &Mutex<VecDeque<u8>>) {
    let mut block = [0u8; 4096];
    while let Ok(n @ 1..) = from.read(&mut block) {
        let mut tail = lock(tail);
        tail.extend(&block[..n]);
        let excess = tail.len().saturating_sub(STDERR_TAIL);
        tail.drain(..excess);
    }
}
