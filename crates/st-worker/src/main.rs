//! The worker process: runs the models that may take their process down with them. It reads requests on standard
//! input and writes events on standard output (`st-worker-protocol`), opens no network connection and no file but models.

mod channel;
mod devices;
mod embedding;
mod guard;
mod onnx;
mod segmentation;
mod session;
mod vad;
mod whisper;

use st_worker_protocol::{Event, Hello, PROTOCOL_VERSION, exit};

fn main() {
    guard::install();
    let output = match guard::private_stdout() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("standard output cannot be used: {error}");
            guard::leave(exit::PROTOCOL);
        }
    };
    let events = channel::Events::new(output);
    events.send(&Event::Hello(Hello {
        protocol: PROTOCOL_VERSION,
        backend: devices::backend().into(),
        version: env!("CARGO_PKG_VERSION").into(),
    }));
    let mut session = session::Session::default();
    for job in channel::requests() {
        session.answer(job, &events);
    }
}
