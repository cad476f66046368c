//! Who waits for which answer of a worker: several requests may be under way at once, and each event goes to whoever asked.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use st_worker_protocol::{Event, Said};

/// The number of a request; none for the greeting.
pub type About = Option<u64>;

/// Hands the events of a worker out.
pub struct Desk {
    inner: Mutex<Inner>,
}

struct Inner {
    /// None once the worker says nothing more.
    waiting: Option<HashMap<About, Sender<Event>>>,
    last_sign: Instant,
}

impl Desk {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self { inner: Mutex::new(Inner { waiting: Some(HashMap::new()), last_sign: Instant::now() }) }
    }

    /// Takes the events about a request from now on, until the returned ticket goes. Where the worker says nothing more,
    /// it hears so at once.
    pub fn wait(&self, about: About) -> Ticket<'_> {
        let (sender, events) = channel();
        if let Some(waiting) = &mut self.inner().waiting {
            waiting.insert(about, sender);
        }
        Ticket { desk: self, about, events }
    }

    /// The worker said something. False where nobody waits for it, which a worker that keeps to the protocol never does.
    pub fn hand_out(&self, said: Said) -> bool {
        let mut inner = self.inner();
        inner.last_sign = Instant::now();
        if said.event == Event::Alive {
            return true;
        }
        let to = inner.waiting.as_ref().and_then(|waiting| waiting.get(&said.to));
        // Who asked may just have given up, over an error of its own.
        to.map(|to| to.send(said.event)).is_some()
    }

    /// The worker says nothing more: whoever waits hears so, behind what was handed out before.
    pub fn close(&self) {
        self.inner().waiting = None;
    }

    /// When the worker said something last.
    pub fn last_sign(&self) -> Instant {
        self.inner().last_sign
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one who waits.
pub struct Ticket<'a> {
    desk: &'a Desk,
    about: About,
    /// What the worker says to it; ends where the worker says nothing more.
    pub events: Receiver<Event>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = &mut self.desk.inner().waiting {
            waiting.remove(&self.about);
        }
    }
}
