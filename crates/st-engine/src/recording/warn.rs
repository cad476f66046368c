//! What a person should know while a recording goes on, and until when.

use std::time::Duration;

use st_audio::capture::{CaptureError, Heard};

use super::types::{NoSignalCause, RecorderWarning};

/// Silence that is no pause for breath, in seconds.
const QUIET: f64 = 5.0;
/// How long something that is over is still told.
const CLIPPING_FOR: Duration = Duration::from_secs(5);
const TOLD_FOR: Duration = Duration::from_secs(30);
/// Room on the disk from which on it is told, in ms.
const LOW: u64 = 15 * 60 * 1_000;

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    gone: Option<(String, u64)>,
    changed: Option<(String, u64, Duration)>,
    permission: bool,
    overruns: u32,
    lost_ms: u64,
    lost_at: Option<Duration>,
    clipped: std::cell::Cell<(u64, Option<Duration>)>,
    skipped: std::cell::Cell<(u64, Option<Duration>)>,
}

impl Warnings {
    /// The input went away.
    pub(super) fn gone(&mut self, name: &str, at_ms: u64, error: &CaptureError) {
        self.gone = Some((name.to_owned(), at_ms));
        self.refused(error);
    }

    /// An input does not open.
    pub(super) fn refused(&mut self, error: &CaptureError) {
        self.permission = matches!(error, CaptureError::NoPermission(_));
    }

    /// An input is there again: the same or another.
    pub(super) fn back(&mut self, name: &str, at_ms: u64, now: Duration) {
        self.permission = false;
        if let Some((before, _)) = self.gone.take()
            && before != name
        {
            self.changed = Some((name.to_owned(), at_ms, now));
        }
    }

    /// Sound was lost.
    pub(super) fn lost(&mut self, ms: u64, now: Duration) {
        self.overruns += 1;
        self.lost_ms += ms;
        self.lost_at = Some(now);
    }

    /// How often sound was lost.
    pub(super) fn overruns(&self) -> u32 {
        self.overruns
    }

    /// What holds now.
    pub(super) fn now(
        &self,
        now: Duration,
        heard: Option<Heard>,
        off: bool,
        room_ms: Option<u64>,
        skipped_ms: u64,
    ) -> Vec<RecorderWarning> {
        let recent = |at: Option<Duration>, long: Duration| at.is_some_and(|at| now.saturating_sub(at) < long);
        let mut warnings = Vec::new();
        if self.permission {
            warnings.push(RecorderWarning::NoPermission);
        }
        match (&self.gone, heard) {
            (Some((name, at_ms)), None) => {
                warnings.push(RecorderWarning::DeviceGone { name: name.clone(), at_ms: *at_ms });
            }
            (_, Some(heard)) if heard.quiet >= QUIET => {
                let cause = if off { NoSignalCause::Off } else { NoSignalCause::Unknown };
                warnings.push(RecorderWarning::NoSignal { since_ms: (heard.quiet * 1_000.0) as u64, cause });
            }
            _ => {}
        }
        if let Some((name, at_ms, at)) = &self.changed
            && recent(Some(*at), TOLD_FOR)
        {
            warnings.push(RecorderWarning::DeviceChanged { name: name.clone(), at_ms: *at_ms });
        }
        if let Some(heard) = heard {
            let at = grown(&self.clipped, heard.clipped, now);
            if recent(at, CLIPPING_FOR) {
                warnings.push(RecorderWarning::Clipping { count: heard.clipped });
            }
        }
        if let Some(left_ms) = room_ms.filter(|left| *left < LOW) {
            warnings.push(RecorderWarning::DiskLow { left_ms });
        }
        if recent(self.lost_at, TOLD_FOR) {
            warnings.push(RecorderWarning::Overrun { lost_ms: self.lost_ms });
        }
        if recent(grown(&self.skipped, skipped_ms, now), TOLD_FOR) {
            warnings.push(RecorderWarning::PreviewBehind { skipped_ms });
        }
        warnings
    }
}

/// When a count last grew.
fn grown(last: &std::cell::Cell<(u64, Option<Duration>)>, count: u64, now: Duration) -> Option<Duration> {
    let (before, at) = last.get();
    let at = if count > before { Some(now) } else { at };
    last.set((count, at));
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARD: Heard = Heard { level_db: -20.0, peak_db: -10.0, clipped: 0, quiet: 0.0 };

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn what_is_over_is_no_longer_told() {
        let warnings = Warnings::default();
        let clipped = Heard { clipped: 2, ..HEARD };
        let at = |n, heard| warnings.now(second(n), Some(heard), false, None, 0);
        assert_eq!(at(1, HEARD), []);
        assert_eq!(at(2, clipped), [RecorderWarning::Clipping { count: 2 }]);
        assert_eq!(at(6, clipped), [RecorderWarning::Clipping { count: 2 }]);
        assert_eq!(at(8, clipped), []);
        let quiet = Heard { quiet: 6.0, ..HEARD };
        assert_eq!(
            warnings.now(second(9), Some(quiet), true, Some(60_000), 0),
            [
                RecorderWarning::NoSignal { since_ms: 6_000, cause: NoSignalCause::Off },
                RecorderWarning::DiskLow { left_ms: 60_000 }
            ]
        );
    }

    #[test]
    fn a_device_that_comes_back_itself_is_no_news_and_another_is() {
        let mut warnings = Warnings::default();
        let lost = CaptureError::Lost("x".into());
        warnings.gone("Röde", 5_000, &lost);
        let gone = RecorderWarning::DeviceGone { name: "Röde".into(), at_ms: 5_000 };
        assert_eq!(warnings.now(second(1), None, false, None, 0), [gone]);
        warnings.back("Röde", 5_000, second(2));
        assert_eq!(warnings.now(second(2), Some(HEARD), false, None, 0), []);
        warnings.gone("Röde", 9_000, &lost);
        warnings.back("Headset", 9_000, second(3));
        let changed = RecorderWarning::DeviceChanged { name: "Headset".into(), at_ms: 9_000 };
        assert_eq!(warnings.now(second(4), Some(HEARD), false, None, 0), [changed]);
        assert_eq!(warnings.now(second(40), Some(HEARD), false, None, 0), []);
    }
}
