//! The two ends of the conversation: a thread that reads requests, so that a cancel arrives while one is worked on,
//! and a writer for events.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use st_worker_protocol::{Event, Frame, Request, exit, read_frame, write_json};

use crate::guard::leave;

/// Set while the request that is being worked on should end.
pub static CANCEL: AtomicBool = AtomicBool::new(false);

/// A request and the audio that came before it.
pub struct Job {
    /// What is asked.
    pub request: Request,
    /// Samples of each PCM frame before it, in order.
    pub pcm: Vec<Vec<f32>>,
}

/// Starts reading standard input. The process ends with it: with status 0 at its end, also in the middle of a request,
/// with [`exit::PROTOCOL`] on anything that is no frame.
pub fn requests() -> Receiver<Job> {
    // The engine sends one request at a time; a few more may wait before reading stops.
    let (sender, receiver) = sync_channel(4);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut pcm = Vec::new();
        loop {
            match read_frame(&mut input) {
                Ok(Some(Frame::Pcm(samples))) => pcm.push(samples),
                Ok(Some(Frame::Json(json))) => match serde_json::from_slice(&json) {
                    Ok(Request::Cancel) => CANCEL.store(true, Ordering::Relaxed),
                    Ok(Request::Shutdown) => leave(exit::OK),
                    Ok(request) => {
                        // A cancel that came when nothing ran is forgotten.
                        CANCEL.store(false, Ordering::Relaxed);
                        if sender.send(Job { request, pcm: std::mem::take(&mut pcm) }).is_err() {
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

/// Where events go.
pub struct Events<W>(Mutex<W>);

impl<W: Write> Events<W> {
    /// Writes to `to`.
    pub fn new(to: W) -> Self {
        Self(Mutex::new(to))
    }

    /// Sends an event. Nobody is left to tell when that fails, so the process ends.
    pub fn send(&self, event: &Event) {
        let Ok(mut to) = self.0.lock() else { leave(exit::PANIC) };
        if write_json(&mut *to, event).is_err() {
            leave(exit::OK);
        }
    }
}
