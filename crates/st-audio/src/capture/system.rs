//! The inputs of this computer, and a watch over their coming and going.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{CaptureError, Devices, Input, Source, device};

/// How often the list is compared where the system does not tell of changes.
const LOOK: Duration = Duration::from_secs(2);

/// The real ones.
#[derive(Debug)]
pub struct SystemDevices {
    begin: Instant,
    watch: OnceLock<Arc<Watch>>,
}

/// What the watching thread and its owner share.
#[derive(Debug, Default)]
pub(super) struct Watch {
    changes: AtomicU64,
    over: AtomicBool,
    /// The program that tells of changes, to be ended with the watch.
    teller: Mutex<Option<std::process::Child>>,
}

impl Watch {
    /// Something changed.
    pub(super) fn bump(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Whether nobody wants to know any more.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Keeps the program that tells of changes, or lets go of it.
    pub(super) fn keep(&self, teller: Option<std::process::Child>) {
        let mut slot = self.teller.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut before) = std::mem::replace(&mut *slot, teller) {
            // It may have ended by itself.
            drop(before.kill());
            drop(before.wait());
        }
    }
}

impl SystemDevices {
    /// Nothing is opened and nothing watched yet.
    pub fn new() -> Self {
        Self { begin: Instant::now(), watch: OnceLock::new() }
    }
}

impl Default for SystemDevices {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SystemDevices {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.over.store(true, Ordering::Release);
            watch.keep(None);
        }
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

    fn changes(&self) -> u64 {
        let watch = self.watch.get_or_init(|| {
            let watch = Arc::new(Watch::default());
            let theirs = Arc::clone(&watch);
            thread::spawn(move || run(&theirs));
            watch
        });
        watch.changes.load(Ordering::Acquire)
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn rest(&self, time: Duration) {
        thread::sleep(time);
    }
}

fn run(watch: &Watch) {
    let mut known: Option<Vec<Input>> = None;
    while !watch.is_over() {
        #[cfg(target_os = "linux")]
        if super::pulse::watch(watch) {
            // The server went away; it may come again.
            watch.bump();
        }
        let now = SystemDevices::new().inputs().ok();
        if known.as_ref() != now.as_ref() {
            watch.bump();
        }
        known = now;
        thread::sleep(LOOK);
    }
}
