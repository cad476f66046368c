//! Windows in flight. Each lane decodes one window at a time, and none waits for another; here they share the threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The threads of the recogniser, and who decodes with them.
pub struct Flight {
    /// No window has more.
    most: u32,
    inner: Mutex<Inner>,
}

struct Inner {
    /// Threads that decode nothing now.
    free: u32,
    /// Lanes that decode nothing now, and will.
    waiting: u32,
}

impl Flight {
    /// So many lanes that share so many threads.
    pub fn new(threads: u32, lanes: u32) -> Self {
        // Two threads share a window badly: each waits in a loop for the other, which on a busy machine takes several times
        // as long as one (docs/decisions/0013). So where each lane has one, the last lane keeps one.
        let most = if threads == 2 && lanes > 1 { 1 } else { threads };
        Self { most, inner: Mutex::new(Inner { free: threads, waiting: lanes }) }
    }

    /// One of the lanes; it is out of the flight when it goes.
    pub fn lane(&self) -> Lane<'_> {
        Lane { flight: self }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who decodes a window at a time.
pub struct Lane<'a> {
    flight: &'a Flight,
}

impl Lane<'_> {
    /// Threads for its next window: its part of those that are free, where every lane that decodes nothing now gets as
    /// many; at least one. The last lane has all, save for one of two.
    pub fn take_off(&self) -> Share<'_> {
        let mut inner = self.flight.inner();
        let fair = inner.free.div_ceil(inner.waiting.max(1)).min(self.flight.most);
        inner.free -= fair;
        inner.waiting = inner.waiting.saturating_sub(1);
        Share { flight: self.flight, taken: fair }
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut inner = self.flight.inner();
        inner.waiting = inner.waiting.saturating_sub(1);
    }
}

/// Threads of a window in flight, free again when it goes.
pub struct Share<'a> {
    flight: &'a Flight,
    taken: u32,
}

impl Share<'_> {
    /// How many.
    pub fn threads(&self) -> u32 {
        self.taken.max(1)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut inner = self.flight.inner();
        inner.free += self.taken;
        inner.waiting += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_given_out_and_the_last_lane_has_all() {
        let flight = Flight::new(8, 3);
        let (one, two, three) = (flight.lane(), flight.lane(), flight.lane());
        let (first, second, third) = (one.take_off(), two.take_off(), three.take_off());
        assert_eq!([&first, &second, &third].map(Share::threads), [3, 3, 2]);
        drop(second);
        assert_eq!(two.take_off().threads(), 3, "what it had, while the others decode");
        drop((first, third));
        assert_eq!(one.take_off().threads(), 3, "the others will decode, too");
        drop(two);
        assert_eq!(one.take_off().threads(), 4);
        drop(three);
        assert_eq!(one.take_off().threads(), 8);
    }

    #[test]
    fn two_threads_share_a_window_only_where_no_other_was_in_flight() {
        let flight = Flight::new(2, 2);
        let (one, two) = (flight.lane(), flight.lane());
        assert_eq!([&one.take_off(), &two.take_off()].map(Share::threads), [1, 1]);
        drop(two);
        assert_eq!(one.take_off().threads(), 1);
        assert_eq!(Flight::new(2, 1).lane().take_off().threads(), 2);
    }

    #[test]
    fn each_lane_has_a_thread() {
        let flight = Flight::new(1, 2);
        let (one, two) = (flight.lane(), flight.lane());
        let (first, second) = (one.take_off(), two.take_off());
        assert_eq!((first.threads(), second.threads()), (1, 1));
        drop((first, second));
        assert_eq!(flight.inner().free, 1);
    }
}
