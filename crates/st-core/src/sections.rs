//! The sections of a recording: stretches that are decoded independently of each other, so that windows of several can be
//! in flight at once. Where one ends depends on the sound alone, never on how many are in flight: the text is the same
//! however many there are, and a job that goes on finds the same sections.

use crate::time::{Millis, TimeSpan};

/// Where sections end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionOptions {
    /// A longer pause always ends a section, in milliseconds. It ends a window anyway, so that nothing is lost by it.
    pub free_pause: u64,
    /// Sound of a section before a shorter pause ends it, and behind that pause up to the next long one, in milliseconds.
    pub least: u64,
    /// From `least` to here, in milliseconds from the section's first sound, the longest pause is taken.
    pub most: u64,
    /// A shorter pause ends no section, in milliseconds. (Regions are padded, so the silence is some 0.4 s longer.)
    pub least_pause: u64,
}

impl Default for SectionOptions {
    /// As measured in `docs/decisions/0013-sections.md`.
    fn default() -> Self {
        Self { free_pause: 3_000, least: 90_000, most: 180_000, least_pause: 600 }
    }
}

/// The sections of a recording with this sound (ordered, not touching): they follow each other without a gap, from its
/// start to its end. Each ends where its last sound does, so that the pause behind it is the next one's. None without sound.
pub fn sections(sound: &[TimeSpan], duration: Millis, options: &SectionOptions) -> Vec<TimeSpan> {
    let mut ends = Vec::new();
    let mut rest = sound;
    while !rest.is_empty() {
        let free = pauses(rest).find(|(_, pause)| *pause > options.free_pause).map_or(rest.len(), |(behind, _)| behind);
        let (stretch, behind) = rest.split_at(free);
        let count = first_cut(stretch, options).unwrap_or(free);
        ends.push(stretch[count - 1].end);
        rest = if count == free { behind } else { &rest[count..] };
    }
    ends.pop();
    let starts = std::iter::once(Millis(0)).chain(ends.iter().copied());
    let spans = starts.zip(ends.iter().copied().chain([duration])).map(|(start, end)| TimeSpan { start, end });
    if sound.is_empty() { Vec::new() } else { spans.collect() }
}

/// How many regions of a stretch without a long pause are its first section; none where it is not cut.
fn first_cut(stretch: &[TimeSpan], options: &SectionOptions) -> Option<usize> {
    let (first, last) = (stretch.first()?.start, stretch.last()?.end);
    let cuts: Vec<(usize, u64)> = pauses(stretch)
        .filter(|(behind, pause)| {
            let rest = last.saturating_sub(stretch[*behind].start).0;
            *pause >= options.least_pause && sound_of(stretch, first, *behind) >= options.least && rest >= options.least
        })
        .collect();
    let early = cuts.iter().filter(|(behind, _)| sound_of(stretch, first, *behind) <= options.most);
    // Of equals the first.
    let longest = early.rev().max_by_key(|(_, pause)| *pause);
    longest.or(cuts.first()).map(|(behind, _)| *behind)
}

/// Milliseconds from the first sound to the end of the one before number `behind`.
fn sound_of(stretch: &[TimeSpan], first: Millis, behind: usize) -> u64 {
    stretch[behind - 1].end.saturating_sub(first).0
}

/// Each pause as the number of the region behind it, and its length.
fn pauses(regions: &[TimeSpan]) -> impl Iterator<Item = (usize, u64)> {
    regions.windows(2).enumerate().map(|(at, pair)| (at + 1, pair[1].start.saturating_sub(pair[0].end).0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPTIONS: SectionOptions =
        SectionOptions { free_pause: 3_000, least: 60_000, most: 150_000, least_pause: 400 };

    fn spans(spans: &[(u64, u64)]) -> Vec<TimeSpan> {
        spans.iter().map(|&(start, end)| TimeSpan::new(start, end)).collect()
    }

    fn cut(sound: &[(u64, u64)]) -> Vec<(u64, u64)> {
        sections(&spans(sound), Millis(1_000_000), &OPTIONS).iter().map(|s| (s.start.0, s.end.0)).collect()
    }

    #[test]
    fn without_sound_there_is_no_section() {
        assert!(cut(&[]).is_empty());
    }

    #[test]
    fn a_long_pause_always_ends_one_and_a_short_recording_is_one() {
        assert_eq!(cut(&[(0, 5_000), (8_000, 50_000), (52_000, 119_000)]), [(0, 1_000_000)]);
        assert_eq!(
            cut(&[(100, 5_000), (8_001, 20_000), (60_000, 61_000)]),
            [(0, 5_000), (5_000, 20_000), (20_000, 1_000_000)]
        );
    }

    #[test]
    fn the_longest_pause_ends_one_where_it_is_long_enough() {
        // Pauses of 0.5 s at 50 s, 0.6 s at 80 s, 1 s at 140 s, 2 s at 200 s.
        let sound = [(0, 50_000), (50_500, 80_000), (80_600, 140_000), (141_000, 200_000), (202_000, 270_000)];
        assert_eq!(cut(&sound), [(0, 140_000), (140_000, 1_000_000)], "59 s are too short for one");
        let long = [(0, 50_000), (50_500, 80_000), (80_600, 140_000), (141_000, 215_000), (217_000, 290_000)];
        assert_eq!(cut(&long), [(0, 140_000), (140_000, 215_000), (215_000, 1_000_000)]);
        let even = [(0, 70_000), (70_500, 90_000), (90_500, 200_000)];
        assert_eq!(cut(&even)[0], (0, 70_000), "of equals the first");
    }

    #[test]
    fn without_a_pause_it_goes_on_until_one_comes() {
        assert_eq!(cut(&[(0, 180_000), (180_399, 240_000), (240_400, 400_000)])[0], (0, 240_000));
        assert_eq!(cut(&[(0, 900_000)]), [(0, 1_000_000)]);
        assert_eq!(cut(&[(0, 180_000), (180_500, 230_000)]), [(0, 1_000_000)], "nothing short is left over");
    }

    proptest! {
        #[test]
        fn sections_follow_each_other_and_cut_no_sound(cuts in prop::collection::vec(1u64..20_000, 0..200)) {
            let mut at = 0;
            let edges: Vec<u64> = cuts.iter().map(|c| { at += c; at }).collect();
            let sound: Vec<TimeSpan> = edges.chunks_exact(2).map(|e| TimeSpan::new(e[0], e[1])).collect();
            let found = sections(&sound, Millis(at), &OPTIONS);
            prop_assert_eq!(found.is_empty(), sound.is_empty());
            if let (Some(first), Some(last)) = (found.first(), found.last()) {
                prop_assert_eq!((first.start.0, last.end.0), (0, at));
            }
            for pair in found.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for region in &sound {
                prop_assert_eq!(found.iter().filter(|s| s.overlap(*region) > 0).count(), 1);
            }
            // Decoding what is left after any number of sections gives the same ones.
            if let [first, rest @ ..] = &found[..] {
                let left: Vec<TimeSpan> = sound.iter().copied().filter(|r| r.start >= first.end).collect();
                let again = sections(&left, Millis(at), &OPTIONS);
                prop_assert_eq!(again.len(), rest.len());
                prop_assert!(again.iter().zip(rest).all(|(a, b)| a.end == b.end));
            }
        }
    }
}
