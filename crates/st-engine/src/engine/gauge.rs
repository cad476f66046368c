//! The gauge: what cards and machine are doing at a moment, and how much of it is this program's.

use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Engine, Usage, lock};
use crate::event::Event;
use crate::gpu::Card;

/// How often the gauge is told while a job runs, and while none does.
const WORKING: Duration = Duration::from_millis(450);
const IDLE: Duration = Duration::from_secs(3);

/// Cards and machine at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    /// Every graphics card whose driver says something; empty where there is none.
    pub cards: Vec<Card>,
    /// Memory and processors that this program uses.
    pub usage: Usage,
    /// What runs a job now, in words; none where nothing does.
    pub device: Option<String>,
}

/// Tells the gauge while somebody looks.
#[derive(Default)]
pub(super) struct Watch(Mutex<Option<Sender<()>>>);

impl Engine {
    /// The gauge now.
    pub fn gauge(&self) -> Gauge {
        let (usage, ours) = self.inner.looker.look_closely();
        let device = lock(&self.inner.places).values().next().cloned();
        Gauge { cards: self.inner.workers.hardware.cards(&ours), usage, device }
    }

    /// Tells [`Event::Gauge`] from now on, at least twice a second while a job runs and now and then while none does; or
    /// not any more, and then it costs nothing.
    pub fn watch_gauge(&self, on: bool) {
        let mut slot = lock(&self.inner.watch.0);
        if !on {
            *slot = None;
            return;
        }
        if slot.is_some() {
            return;
        }
        let (hold, held) = channel::<()>();
        *slot = Some(hold);
        let engine = std::sync::Arc::downgrade(&self.inner);
        thread::spawn(move || {
            loop {
                let Some(engine) = engine.upgrade().map(|inner| Engine { inner }) else { return };
                let gauge = engine.gauge();
                let pause = if gauge.device.is_some() { WORKING } else { IDLE };
                engine.publish(&Event::Gauge { gauge });
                drop(engine);
                // Nothing is ever sent: the channel closes when nobody looks any more.
                if let Err(RecvTimeoutError::Disconnected) = held.recv_timeout(pause) {
                    return;
                }
            }
        });
    }
}
