//! The worker process: runs the models that may take their process down with them. It reads requests on standard
//! input and writes events on standard output (`st-worker-protocol`), opens no network connection and no file but models.

mod band;
mod channel;
mod devices;
mod embedding;
mod guard;
mod level;
mod memory;
mod onnx;
mod processor;
mod segmentation;
mod session;
mod stretches;
mod vad;
#[cfg(feature = "vulkan")]
mod vulkan;
#[cfg(all(test, unix))]
mod waiting;
mod whisper;

use std::io::Write;
use std::sync::Arc;

use st_worker_protocol::{ALIVE_EVERY, Event, Hello, PROTOCOL_VERSION, exit};

fn main() {
    guard::install();
    let output = match guard::private_stdout() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("standard output cannot be used: {error}");
            guard::leave(exit::PROTOCOL);
        }
    };
    let events = Arc::new(channel::Events::new(output));
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        backend: devices::backend().into(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    events.send(None, Event::Hello(hello));
    let requests = channel::requests(Arc::clone(&events));
    say_alive(Arc::clone(&events));
    session::Session::default().serve(&requests, &events);
}

/// Says from a thread of its own that a request is still worked on: native code tells nothing for minutes.
fn say_alive<W: Write + Send + 'static>(events: Arc<channel::Events<W>>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(ALIVE_EVERY);
            if events.is_busy() {
                events.send(None, Event::Alive);
            }
        }
    });
}
