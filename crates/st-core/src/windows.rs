//! Which stretch of a recording is decoded next: a pure function of the speech regions and of the position up to which
//! the recording is dealt with, so that going on after a crash asks for the same windows as an undisturbed run.

use crate::time::{Millis, TimeSpan};

/// How windows are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowOptions {
    /// Longest window in milliseconds: what Whisper's encoder takes.
    pub longest: u64,
    /// A window is ended at a pause if it is at least this long by then, in milliseconds; else within speech.
    pub fill: u64,
    /// A longer pause ends a window, in milliseconds.
    pub longest_pause: u64,
    /// What is left of a region behind the position is dropped if it is shorter, in milliseconds.
    pub crumb: u64,
}

impl Default for WindowOptions {
    /// Measured: `docs/decisions/0001-recognition-windows.md`.
    fn default() -> Self {
        Self { longest: 30_000, fill: 20_000, longest_pause: 3_000, crumb: 160 }
    }
}

/// The next window at or after `position`; `None` where no speech is left. The window begins with speech and ends at
/// a pause, or, where the speech has none in time, within speech: then whoever decodes it must say up to where the
/// text is whole, and the next window begins there.
pub fn next_window(
    regions: &[TimeSpan],
    duration: Millis,
    position: Millis,
    options: &WindowOptions,
) -> Option<TimeSpan> {
    let mut ahead = regions
        .iter()
        .filter_map(|r| r.intersection(TimeSpan { start: position, end: duration }))
        .skip_while(|r| r.millis() < options.crumb);
    let first = ahead.next()?;
    let limit = Millis(first.start.0.saturating_add(options.longest)).min(duration);
    let mut end = first.end;
    for region in ahead {
        let pause = region.start.saturating_sub(end).0;
        if end > limit || pause > options.longest_pause || region.start >= limit {
            break;
        }
        let filled = end.saturating_sub(first.start).0 >= options.fill;
        if region.end > limit && filled {
            break;
        }
        end = region.end;
    }
    Some(TimeSpan { start: first.start, end: end.min(limit) })
}
