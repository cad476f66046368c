//! The flag that ends a job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const GO_ON: u8 = 0;
const SUSPEND: u8 = 1;
const CANCEL: u8 = 2;

/// Shared between who runs a job and who may end it. Cheap to clone; once set it stays set.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag {
    state: Arc<AtomicU8>,
    above: Option<Arc<CancelFlag>>,
}

impl CancelFlag {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the job to end for good. Finished windows are kept, and a retry goes on from them.
    pub fn cancel(&self) {
        self.state.fetch_max(CANCEL, Ordering::SeqCst);
    }

    /// Asks the job to end for now, because the program does: it stays in the queue and goes on at the next start.
    pub fn suspend(&self) {
        self.state.fetch_max(SUSPEND, Ordering::SeqCst);
    }

    /// Whether the job should end, for good or for now.
    pub fn is_cancelled(&self) -> bool {
        self.level() > GO_ON
    }

    /// Whether it should end for now only.
    pub fn is_suspended(&self) -> bool {
        self.level() == SUSPEND
    }

    /// A flag that is set where this one is, and can be set by itself.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { state: Arc::default(), above: Some(Arc::new(self.clone())) }
    }

    fn level(&self) -> u8 {
        let above = self.above.as_ref().map_or(GO_ON, |flag| flag.level());
        self.state.load(Ordering::SeqCst).max(above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_follows_but_does_not_lead() {
        let flag = CancelFlag::new();
        let child = flag.child();
        child.cancel();
        assert!(child.is_cancelled() && !flag.is_cancelled());
        let other = flag.child();
        flag.suspend();
        assert!(other.is_cancelled() && other.is_suspended());
        flag.cancel();
        assert!(!flag.is_suspended() && other.is_cancelled());
    }
}
