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
    /// `longest` and `fill` as measured in `docs/decisions/0001-recognition-windows.md`; `crumb` is half of a short word.
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

/// The regions that touch a window, whole: one that ends after it says that the window is cut within speech.
pub fn speech_in(regions: &[TimeSpan], window: TimeSpan) -> Vec<TimeSpan> {
    regions.iter().copied().filter(|r| r.overlap(window) > 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPTIONS: WindowOptions = WindowOptions { longest: 30_000, fill: 20_000, longest_pause: 3_000, crumb: 160 };

    fn spans(spans: &[(u64, u64)]) -> Vec<TimeSpan> {
        spans.iter().map(|&(start, end)| TimeSpan::new(start, end)).collect()
    }

    fn next(regions: &[(u64, u64)], position: u64) -> Option<(u64, u64)> {
        next_window(&spans(regions), Millis(1_000_000), Millis(position), &OPTIONS).map(|w| (w.start.0, w.end.0))
    }

    #[test]
    fn no_speech_no_window() {
        assert_eq!(next(&[], 0), None);
        assert_eq!(next(&[(100, 200)], 200), None);
        assert_eq!(next(&[(0, 1000)], 900), None, "what is left is too short for a word");
    }

    #[test]
    fn silence_before_speech_is_skipped() {
        assert_eq!(next(&[(60_000, 64_000)], 0), Some((60_000, 64_000)));
        assert_eq!(next(&[(0, 5_000), (60_000, 64_000)], 0), Some((0, 5_000)));
        assert_eq!(next(&[(0, 5_000), (60_000, 64_000)], 4_950), Some((60_000, 64_000)));
    }

    #[test]
    fn windows_end_at_the_last_pause_that_fits() {
        assert_eq!(next(&[(0, 9_000), (9_500, 22_000), (22_500, 35_000)], 0), Some((0, 22_000)));
    }

    #[test]
    fn without_a_pause_late_enough_a_window_ends_within_speech() {
        assert_eq!(next(&[(0, 9_000), (9_500, 45_000)], 0), Some((0, 30_000)));
        assert_eq!(next(&[(0, 9_000), (9_500, 45_000)], 29_000), Some((29_000, 45_000)));
        assert_eq!(speech_in(&spans(&[(0, 9_000), (9_500, 45_000)]), TimeSpan::new(9_200, 30_000)).len(), 1);
    }

    proptest! {
        #[test]
        fn every_position_leads_to_the_end(
            cuts in prop::collection::vec(1u64..40_000, 0..40),
            steps in prop::collection::vec(1u64..30_000, 1..8),
        ) {
            // Alternating speech and pause.
            let mut at = 0;
            let edges: Vec<u64> = cuts.iter().map(|c| { at += c; at }).collect();
            let regions: Vec<TimeSpan> = edges.chunks_exact(2).map(|e| TimeSpan::new(e[0], e[1])).collect();
            let duration = Millis(at);
            let mut position = Millis(0);
            let mut turns = 0;
            while let Some(window) = next_window(&regions, duration, position, &OPTIONS) {
                prop_assert!(window.start >= position && window.end <= duration && !window.is_empty());
                prop_assert!(window.millis() <= OPTIONS.longest);
                prop_assert!(!speech_in(&regions, window).is_empty());
                // All speech between the position and the window is a crumb.
                let between = TimeSpan { start: position, end: window.start };
                for region in &regions {
                    prop_assert!(region.overlap(between) < OPTIONS.crumb);
                }
                position = Millis((window.start.0 + steps[turns % steps.len()]).min(window.end.0));
                turns += 1;
                prop_assert!(turns < 100_000);
            }
        }
    }
}
