//! Inputs whose time the test makes: sound comes as fast as it is read, and nothing depends on the machine.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use st_audio::capture::{CaptureError, Devices, Format, Input, InputKind, Source};
use st_audio::wav::SampleKind;

/// Steps of the sound: each frame is the one before plus 31, modulo this. Exact in 16 bits.
pub const STEPS: u64 = 20_001;

/// The sample of a frame, counted from the beginning of time.
pub fn sample(frame: u64) -> f32 {
    ((frame * 31 % STEPS) as f32 - 10_000.0) / 32_768.0
}

#[derive(Default)]
struct Time {
    now: Duration,
    until: Duration,
    /// How often somebody had to wait.
    waited: u64,
    changes: u64,
    inputs: Vec<Input>,
    /// Frames that inputs lost since the computer could not follow.
    lost: u64,
    /// How fast an input really is, where it is not as it says.
    true_rates: HashMap<String, u32>,
}

/// The inputs, and the hands of the clock.
#[derive(Clone, Default)]
pub struct Stage(Arc<(Mutex<Time>, Condvar)>);

impl Stage {
    /// A microphone at 16 kHz on one channel.
    pub fn new() -> Self {
        let stage = Self::default();
        stage.plug(input("mic", InputKind::Microphone, 16_000, 1));
        stage
    }

    fn with<T>(&self, work: impl FnOnce(&mut Time) -> T) -> T {
        work(&mut self.0.0.lock().unwrap())
    }

    /// Plugs an input in.
    pub fn plug(&self, input: Input) {
        self.with(|time| {
            time.inputs.push(input);
            time.changes += 1;
        });
    }

    /// Plugs an input out.
    pub fn unplug(&self, id: &str) {
        self.with(|time| {
            time.inputs.retain(|input| input.id != id);
            time.changes += 1;
        });
    }

    /// The computer could not follow for so many frames.
    pub fn lose(&self, frames: u64) {
        self.with(|time| time.lost += frames);
    }

    /// The input gives so many frames a second, whatever it says.
    pub fn give(&self, id: &str, rate: u32) {
        self.with(|time| time.true_rates.insert(id.into(), rate));
    }

    /// Lets time pass without waiting for it.
    pub fn run_on(&self, ms: u64) {
        self.with(|time| time.until += Duration::from_millis(ms));
    }

    /// Lets time pass, and returns when all that came in it was taken.
    pub fn pass(&self, ms: u64) {
        let (time, moved) = &*self.0;
        let mut held = time.lock().unwrap();
        held.until += Duration::from_millis(ms);
        while held.now < held.until {
            held = moved.wait_timeout(held, Duration::from_millis(20)).unwrap().0;
        }
        // Whoever waits has taken what was there.
        let waited = held.waited;
        while held.waited <= waited + 1 {
            held = moved.wait_timeout(held, Duration::from_millis(20)).unwrap().0;
        }
    }
}

/// An input of these facts.
pub fn input(id: &str, kind: InputKind, rate: u32, channels: u16) -> Input {
    Input {
        id: id.into(),
        name: format!("The {id}"),
        kind,
        usual: id == "mic",
        rate: Some(rate),
        channels: Some(channels),
        off: false,
    }
}

impl Devices for Stage {
    fn inputs(&self) -> Result<Vec<Input>, CaptureError> {
        Ok(self.with(|time| time.inputs.clone()))
    }

    fn open(&self, id: &str, _: Option<(u32, u16)>) -> Result<Box<dyn Source>, CaptureError> {
        let (now, lost, found) = self.with(|time| {
            let found = time.inputs.iter().find(|input| input.id == id).cloned();
            (time.now, time.lost, found)
        });
        let input = found.ok_or(CaptureError::None)?;
        let format =
            Format { rate: input.rate.unwrap_or(16_000), channels: input.channels.unwrap_or(1), kind: SampleKind::I16 };
        let rate = self.with(|time| time.true_rates.get(id).copied()).unwrap_or(format.rate);
        let given = frames_at(now, rate);
        Ok(Box::new(Open { stage: self.clone(), id: id.into(), format, rate, given, lost_before: lost, lost: 0 }))
    }

    fn changes(&self) -> u64 {
        self.with(|time| time.changes)
    }

    fn now(&self) -> Duration {
        self.with(|time| time.now)
    }

    fn rest(&self, step: Duration) {
        let (time, moved) = &*self.0;
        let mut held = time.lock().unwrap();
        if held.now < held.until {
            held.now = (held.now + step).min(held.until);
        } else {
            held.waited += 1;
            moved.notify_all();
            held = moved.wait_timeout(held, Duration::from_millis(1)).unwrap().0;
        }
        moved.notify_all();
        drop(held);
    }
}

struct Open {
    stage: Stage,
    id: String,
    format: Format,
    rate: u32,
    given: u64,
    lost_before: u64,
    lost: u64,
}

fn frames_at(now: Duration, rate: u32) -> u64 {
    (now.as_micros() * u128::from(rate) / 1_000_000) as u64
}

impl Source for Open {
    fn format(&self) -> Format {
        self.format
    }

    fn read(&mut self, into: &mut Vec<f32>) -> Result<(), CaptureError> {
        let (now, lost, there) = self
            .stage
            .with(|time| (time.now, time.lost - self.lost_before, time.inputs.iter().any(|input| input.id == self.id)));
        if !there {
            return Err(CaptureError::Lost("unplugged".into()));
        }
        let due = frames_at(now, self.rate);
        // Lost frames are gone, and silence stands in their place.
        let silent = (lost - self.lost).min(due - self.given);
        for frame in self.given..due {
            let value = if frame < self.given + silent { 0.0 } else { sample(frame) };
            into.extend(std::iter::repeat_n(value, usize::from(self.format.channels)));
        }
        (self.given, self.lost) = (due, self.lost + silent);
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.lost
    }
}
