//! The inputs of this computer.

use std::thread;
use std::time::{Duration, Instant};

use super::{CaptureError, Devices, Input, Source, device};

/// The real ones.
#[derive(Debug)]
pub struct SystemDevices {
    begin: Instant,
}

impl SystemDevices {
    /// Nothing is opened yet.
    pub fn new() -> Self {
        Self { begin: Instant::now() }
    }
}

impl Default for SystemDevices {
    fn default() -> Self {
        Self::new()
    }
}

impl Devices for SystemDevices {
    fn inputs(&self) -> Result<Vec<Input>, CaptureError> {
        #[cfg(target_os = "linux")]
        if let Some(inputs) = super::pulse::inputs() {
            return Ok(inputs);
        }
        device::inputs()
    }

    fn open(&self, id: &str, wished: Option<(u32, u16)>) -> Result<Box<dyn Source>, CaptureError> {
        #[cfg(target_os = "linux")]
        if let Some(name) = id.strip_prefix(super::pulse::PREFIX) {
            return super::pulse::open(name, wished);
        }
        device::open(id, wished)
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn rest(&self, time: Duration) {
        thread::sleep(time);
    }
}
