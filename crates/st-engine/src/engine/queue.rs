//! The queue of the window: one job after the other in a thread of its own.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Engine, lock};
use crate::jobs::CancelFlag;

/// How often the library is looked at for jobs that other processes left behind.
const LOOK: Duration = Duration::from_secs(2);
/// A loaded model waits this long for a next job.
const REST_AFTER: Duration = Duration::from_secs(300);

/// The running queue.
pub(super) struct Queue {
    wake: Sender<()>,
    stop: CancelFlag,
    thread: thread::JoinHandle<()>,
}

impl Engine {
    /// Starts to work on waiting jobs, those that were interrupted at the last end of the program first. Does nothing
    /// where it works already.
    pub fn start_queue(&self) {
        let mut slot = lock(&self.inner.queue);
        if slot.is_some() {
            return;
        }
        let (wake, woken) = channel();
        let stop = CancelFlag::new();
        let (engine, stopped) = (self.clone(), stop.clone());
        let thread = thread::spawn(move || {
            let mut idle_since = Instant::now();
            while !stopped.is_cancelled() {
                if engine.run_next(&stopped) {
                    idle_since = Instant::now();
                    continue;
                }
                if idle_since.elapsed() > REST_AFTER {
                    engine.inner.workers.rest();
                }
                if let Err(RecvTimeoutError::Disconnected) = woken.recv_timeout(LOOK) {
                    return;
                }
            }
        });
        *slot = Some(Queue { wake, stop, thread });
    }

    /// Stops to work. A running job is put back; it goes on from its last finished window at the next start.
    pub fn stop_queue(&self) {
        let Some(queue) = lock(&self.inner.queue).take() else { return };
        queue.stop.suspend();
        drop(queue.wake);
        if queue.thread.join().is_err() {
            tracing::error!("the queue ended by a panic");
        }
        self.inner.workers.rest();
    }

    pub(super) fn wake_queue(&self) {
        if let Some(queue) = &*lock(&self.inner.queue) {
            // A queue that is just ending needs no waking.
            let _ = queue.wake.send(());
        }
    }

    /// Runs the first job that nobody else runs. Whether there was one.
    fn run_next(&self, stop: &CancelFlag) -> bool {
        let jobs = match self.library().open_jobs() {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "the queue cannot be read");
                return false;
            }
        };
        for job in jobs {
            if let Ok(Some(held)) = self.take_lock(job.id) {
                // It may have been finished or cancelled by another process since.
                let open = self.library().open_jobs().is_ok_and(|open| open.iter().any(|j| j.id == job.id));
                if open {
                    // Its outcome is in the library and was told as an event.
                    let _ = self.run_locked(job.id, &stop.child(), &mut |_| {}, &held);
                    return true;
                }
            }
        }
        false
    }
}
