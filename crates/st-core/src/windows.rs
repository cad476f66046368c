//! Which stretch of a recording is decoded next: a pure function of the speech regions and of the position up to which
//! the recording is dealt with, so that going on after a crash asks for the same windows as an undisturbed run.

use crate::time::{Millis, TimeSpan};

/// How windows are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowOptions {
    /// Longest window in milliseconds: what Whisper's encoder takes.
    pub longest: u64,
    /// Silence that a window takes in before its first speech, in milliseconds: the model mishears a first word that
    /// comes without warning.
    pub lead: u64,
    /// A longer pause ends a window, in milliseconds.
    pub longest_pause: u64,
    /// What is left of a region behind the position is dropped if it is shorter, in milliseconds.
    pub crumb: u64,
}

impl Default for WindowOptions {
    /// `longest` and `lead` as measured in `docs/decisions/0001-recognition-windows.md`; `crumb` is half of a short word.
    fn default() -> Self {
        Self { longest: 30_000, lead: 1_000, longest_pause: 3_000, crumb: 160 }
    }
}

/// The next window at or after `position`; `None` where no speech is left. The window begins shortly before speech and
/// is as long as can be, so it mostly ends within speech: then whoever decodes it says up to where the text is whole, and
/// the next window begins there. (Ending it at an earlier pause costs two points of word error rate, for the model then
/// lacks the rest of the sentence.)
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
    let start = first.start.saturating_sub(Millis(options.lead)).max(position);
    let limit = Millis(start.0.saturating_add(options.longest)).min(duration);
    let mut end = first.end;
    for region in ahead {
        let pause = region.start.saturating_sub(end).0;
        if end > limit || pause > options.longest_pause || region.start >= limit {
            break;
        }
        end = region.end;
    }
    Some(TimeSpan { start, end: end.min(limit) })
}

/// The regions that touch a window, whole: one that ends after it says that the window is cut within speech.
pub fn speech_in(regions: &[TimeSpan], window: TimeSpan) -> Vec<TimeSpan> {
    regions.iter().copied().filter(|r| r.overlap(window) > 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPTIONS: WindowOptions = WindowOptions { longest: 30_000, lead: 1_000, longest_pause: 3_000, crumb: 160 };

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
    fn silence_is_skipped_but_for_a_lead() {
        assert_eq!(next(&[(60_000, 64_000)], 0), Some((59_000, 64_000)));
        assert_eq!(next(&[(400, 5_000), (60_000, 64_000)], 0), Some((0, 5_000)));
        assert_eq!(next(&[(0, 5_000), (60_000, 64_000)], 4_950), Some((59_000, 64_000)));
        assert_eq!(next(&[(0, 5_000), (60_000, 64_000)], 59_700), Some((59_700, 64_000)), "never before the position");
    }

    #[test]
    fn windows_are_as_long_as_can_be() {
        let regions = [(0, 9_000), (9_500, 22_000), (22_500, 45_000)];
        assert_eq!(next(&regions, 0), Some((0, 30_000)));
        assert_eq!(next(&regions, 22_100), Some((22_100, 45_000)));
        let short = [(0, 9_000), (9_500, 29_500), (30_500, 45_000)];
        assert_eq!(next(&short, 0), Some((0, 29_500)), "a pause at the limit ends one");
    }

    #[test]
    fn a_window_knows_the_speech_that_it_cuts() {
        let regions = spans(&[(0, 9_000), (9_500, 45_000)]);
        assert_eq!(speech_in(&regions, TimeSpan::new(9_200, 30_000)), [TimeSpan::new(9_500, 45_000)]);
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
