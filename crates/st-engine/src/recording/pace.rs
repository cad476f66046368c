//! How fast an input really is, by the clock on the wall.

use std::time::Duration;

/// The first sound comes in a heap; it is measured from here on.
const AFTER: Duration = Duration::from_secs(2);
/// Shorter stretches say too little: what comes late by a tenth of a second is half a percent of them.
const LEAST: Duration = Duration::from_secs(30);
/// A clock that is off by less is a clock; by more, the device is not what it said.
const MOST: f64 = 0.01;
/// Rates that devices have.
const RATES: [u32; 11] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];
/// How near to one of them it is that one.
const NEAR: f64 = 0.005;

/// Counts the frames of one input after the other; the longest stretch counts.
#[derive(Debug, Default)]
pub(super) struct Pace {
    opened: Option<Duration>,
    from: Option<Duration>,
    frames: u64,
    last: Duration,
    /// Length and rate of the longest stretch.
    best: Option<(Duration, f64)>,
}

impl Pace {
    /// An input is opened.
    pub(super) fn begin(&mut self) {
        (self.opened, self.from, self.frames) = (None, None, 0);
    }

    /// So many frames came at this time.
    pub(super) fn push(&mut self, frames: u64, now: Duration) {
        let opened = *self.opened.get_or_insert(now);
        let Some(from) = self.from else {
            if now.saturating_sub(opened) >= AFTER {
                self.from = Some(now);
            }
            return;
        };
        self.frames += frames;
        self.last = now;
        let length = now.saturating_sub(from);
        if length >= LEAST && self.best.is_none_or(|(best, _)| length >= best) {
            self.best = Some((length, self.frames as f64 / length.as_secs_f64()));
        }
    }

    /// The true rate, where it is another than was promised.
    pub(super) fn other_than(&self, promised: u32) -> Option<u32> {
        let (_, rate) = self.best?;
        if (rate / f64::from(promised.max(1)) - 1.0).abs() <= MOST {
            return None;
        }
        let near = |known: &&u32| (rate / f64::from(**known) - 1.0).abs() < NEAR;
        Some(RATES.iter().find(near).copied().unwrap_or(rate.round() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(rate: f64, promised: u32, seconds: u64) -> Option<u32> {
        let mut pace = Pace::default();
        let mut fed = 0.0;
        for tick in 0..seconds * 50 {
            let due = rate * (tick + 1) as f64 / 50.0;
            // Late by up to 60 ms, as on a busy machine.
            pace.push((due - fed) as u64, Duration::from_millis(tick * 20 + tick * 7 % 60));
            fed += (due - fed).floor();
        }
        pace.other_than(promised)
    }

    #[test]
    fn a_clock_is_left_alone_and_a_wrong_rate_is_found() {
        assert_eq!(measured(48_010.0, 48_000, 60), None);
        assert_eq!(measured(44_100.0, 48_000, 60), Some(44_100));
        assert_eq!(measured(44_100.0, 48_000, 20), None, "too short to tell");
        let odd = measured(50_000.0, 48_000, 120).unwrap();
        assert!((odd as f64 / 50_000.0 - 1.0).abs() < 0.002, "{odd}");
    }
}
