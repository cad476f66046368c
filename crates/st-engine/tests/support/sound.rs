//! A sound server's loudspeaker, and what comes out of it.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Frames a second that are recorded.
pub const RATE: usize = 48_000;

/// A loudspeaker that is not there, made the default for as long as this lives.
pub struct Loudspeaker {
    module: String,
    name: String,
}

impl Loudspeaker {
    /// Adds one.
    pub fn plug_in(name: &str) -> Self {
        let sink = format!("sink_name={name}");
        let module = pactl(&["load-module", "module-null-sink", &sink, "rate=48000", "channels=2"]);
        pactl(&["set-default-sink", name]);
        Self { module: module.trim().into(), name: name.into() }
    }

    /// Records what it plays from now on.
    pub fn record(&self) -> Heard {
        let device = format!("--device={}.monitor", self.name);
        let format = ["--raw", "--format=float32le", "--rate=48000", "--channels=2", "--latency-msec=10"];
        let mut parec = Command::new("parec").arg(device).args(format).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = parec.stdout.take().unwrap();
        let heard = Arc::new(Mutex::new(Tape { samples: Vec::new(), last: Instant::now() }));
        let tape = Arc::clone(&heard);
        thread::spawn(move || {
            let mut bytes = vec![0; 8 * 4_096];
            let mut rest = Vec::new();
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                rest.extend_from_slice(&bytes[..count]);
                let whole = rest.len() / 8 * 8;
                let mut tape = tape.lock().unwrap();
                for frame in rest[..whole].chunks_exact(8) {
                    let side = |at: usize| f32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
                    tape.samples.push([side(0), side(4)]);
                }
                tape.last = Instant::now();
                rest.drain(..whole);
            }
        });
        let heard = Heard { parec, tape: heard };
        let begin = Instant::now();
        while heard.len() == 0 {
            assert!(begin.elapsed() < Duration::from_secs(10), "the recorder hears nothing at all");
            thread::sleep(Duration::from_millis(5));
        }
        heard
    }
}

impl Drop for Loudspeaker {
    fn drop(&mut self) {
        let _ = Command::new("pactl").args(["unload-module", &self.module]).status();
    }
}

struct Tape {
    samples: Vec<[f32; 2]>,
    last: Instant,
}

/// What was heard.
pub struct Heard {
    parec: Child,
    tape: Arc<Mutex<Tape>>,
}

impl Heard {
    /// Frames so far.
    pub fn len(&self) -> usize {
        self.tape.lock().unwrap().samples.len()
    }

    /// Which frame comes out now.
    pub fn now(&self) -> usize {
        let tape = self.tape.lock().unwrap();
        tape.samples.len() + (tape.last.elapsed().as_secs_f64() * RATE as f64) as usize
    }

    /// Left and right between two frames, once they are there.
    pub fn between(&self, from: usize, to: usize) -> Vec<[f32; 2]> {
        let begin = Instant::now();
        while self.len() < to {
            assert!(begin.elapsed() < Duration::from_secs(10), "the loudspeaker stopped");
            thread::sleep(Duration::from_millis(5));
        }
        self.tape.lock().unwrap().samples[from..to].to_vec()
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let _ = self.parec.kill();
        let _ = self.parec.wait();
    }
}

/// What the sound server's own tool prints.
pub fn pactl(args: &[&str]) -> String {
    let output = Command::new("pactl").args(args).output().unwrap();
    assert!(output.status.success(), "pactl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Level of one side in dB below full scale: the middle one of all stretches of 20 ms, for on a busy machine the sound
/// server leaves some out.
pub fn level(frames: &[[f32; 2]], side: usize) -> f32 {
    let of = |part: &[[f32; 2]]| part.iter().map(|frame| frame[side] * frame[side]).sum::<f32>() / part.len() as f32;
    10.0 * (median(frames.chunks_exact(RATE / 50).map(of).collect()) + 1e-12).log10()
}

/// Frequency of the left side in Hz: the middle one of all times between two rises through zero, ten apart.
pub fn pitch(frames: &[[f32; 2]]) -> f32 {
    let mut rises = Vec::new();
    for (index, pair) in frames.windows(2).enumerate() {
        let (before, after) = (pair[0][0], pair[1][0]);
        if before < 0.0 && after >= 0.0 {
            rises.push(index as f32 + before / (before - after));
        }
    }
    10.0 * RATE as f32 / median(rises.windows(11).map(|times| times[10] - times[0]).collect())
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
