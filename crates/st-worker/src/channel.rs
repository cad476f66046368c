//! The two ends of the conversation: a thread that reads requests, so that a cancel arrives while one is worked on,
//! and a writer for events.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use st_worker_protocol::{
    Asked, Event, Frame, MOST_IN_FLIGHT, Request, Said, WorkerError, exit, read_frame, write_json,
};

use crate::guard::leave;

/// A request and the audio that came before it.
pub struct Job {
    /// Its number.
    pub id: u64,
    /// What is asked.
    pub request: Request,
    /// Samples of each PCM frame before it, in order.
    pub pcm: Vec<Vec<f32>>,
    /// Set once it should end. All requests between two cancels share it, so that a cancel ends what came before and
    /// nothing that comes after.
    pub cancel: Arc<AtomicBool>,
}

/// Starts reading standard input. The process ends with it: with status 0 at its end, also in the middle of a request,
/// with [`exit::PROTOCOL`] on anything that is no frame. A request beyond [`MOST_IN_FLIGHT`] is refused.
pub fn requests<W: Write + Send + 'static>(events: Arc<Events<W>>) -> Receiver<Job> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let (mut pcm, mut cancel) = (Vec::new(), Arc::new(AtomicBool::new(false)));
        loop {
            match read_frame(&mut input) {
                Ok(Some(Frame::Pcm(samples))) => pcm.push(samples),
                Ok(Some(Frame::Json(json))) => match serde_json::from_slice(&json) {
                    Ok(Asked { request: Request::Cancel, .. }) => {
                        std::mem::take(&mut cancel).store(true, Ordering::Relaxed);
                    }
                    Ok(Asked { request: Request::Shutdown, .. }) => leave(exit::OK),
                    Ok(Asked { id, request }) => {
                        let job = Job { id, request, pcm: std::mem::take(&mut pcm), cancel: Arc::clone(&cancel) };
                        if events.begin() > MOST_IN_FLIGHT {
                            let reason = format!("more than {MOST_IN_FLIGHT} at a time");
                            events.end(id, Event::Failed { error: WorkerError::BadRequest { reason } });
                        } else if sender.send(job).is_err() {
                            leave(exit::OK);
                        }
                    }
                    Err(error) => broken(&error),
                },
                Ok(None) => leave(exit::OK),
                Err(error) => broken(&error),
            }
        }
    });
    receiver
}

fn broken(error: &dyn std::error::Error) -> ! {
    eprintln!("standard input holds no request: {error}");
    leave(exit::PROTOCOL)
}

/// Where events go, and how many requests are not answered yet.
pub struct Events<W> {
    to: Mutex<W>,
    open: AtomicU32,
}

impl<W: Write> Events<W> {
    /// Writes to `to`.
    pub fn new(to: W) -> Self {
        Self { to: Mutex::new(to), open: AtomicU32::new(0) }
    }

    /// Sends an event; `to` is the request that it is about. Nobody is left to tell when that fails, so the process ends.
    pub fn send(&self, to: Option<u64>, event: Event) {
        let Ok(mut writer) = self.to.lock() else { leave(exit::PANIC) };
        if write_json(&mut *writer, &Said { to, event }).is_err() {
            leave(exit::OK);
        }
    }

    /// A request came. Gives how many there are, with this one.
    fn begin(&self) -> u32 {
        self.open.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// A request ends with this event. It is no longer counted when the event goes out: with it in hand the engine may
    /// ask for the next at once.
    pub fn end(&self, id: u64, event: Event) {
        self.open.fetch_sub(1, Ordering::SeqCst);
        self.send(Some(id), event);
    }

    /// Whether any request is not answered yet.
    pub fn is_busy(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }
}
