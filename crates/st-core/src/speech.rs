//! From speech probabilities, one a frame, to the regions in which somebody speaks.

use crate::coverage::bridged;
use crate::time::{Millis, TimeSpan};

/// Milliseconds of a frame: 512 samples at 16 kHz.
pub const FRAME_MS: u64 = 32;

/// What counts as speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechOptions {
    /// Probability (0..=255) from which speech begins. Silero's own default is 0.5.
    pub on: u8,
    /// Probability below which it ends. Silero's own default is 0.15 below `on`.
    pub off: u8,
    /// Shorter speech is a click or a cough, in milliseconds.
    pub min_speech: u64,
    /// A shorter pause does not end a region, in milliseconds.
    pub min_silence: u64,
    /// Added on both sides of a region, in milliseconds: the onset of a word is quiet, its end fades.
    pub padding: u64,
}

impl Default for SpeechOptions {
    /// `min_speech` is half of Silero's default, for a lost "yes" is worse than a decoded cough; `padding` lies between
    /// Silero's 30 ms and the 400 ms of faster-whisper, and `min_silence` is what padding on both sides half closes.
    fn default() -> Self {
        Self { on: 128, off: 90, min_speech: 128, min_silence: 200, padding: 200 }
    }
}

/// The speech regions of a recording: ordered, not touching, within its duration.
pub fn regions(frames: &[u8], duration: Millis, options: &SpeechOptions) -> Vec<TimeSpan> {
    let mut found: Vec<TimeSpan> = Vec::new();
    let mut open: Option<u64> = None;
    let mut quiet_since: Option<u64> = None;
    for (index, &probability) in frames.iter().enumerate() {
        let at = index as u64 * FRAME_MS;
        match open {
            None if probability >= options.on => open = Some(at),
            None => {}
            Some(start) if probability < options.off => {
                let quiet = *quiet_since.get_or_insert(at);
                if at + FRAME_MS - quiet >= options.min_silence {
                    found.push(TimeSpan::new(start, quiet));
                    open = None;
                    quiet_since = None;
                }
            }
            Some(_) => quiet_since = None,
        }
    }
    if let Some(start) = open {
        found.push(TimeSpan::new(start, quiet_since.unwrap_or(frames.len() as u64 * FRAME_MS)));
    }
    found.retain(|region| region.millis() >= options.min_speech);
    padded(&found, duration, options.padding)
}

/// Widens each region; where two would meet, they share the pause between them or become one.
fn padded(regions: &[TimeSpan], duration: Millis, padding: u64) -> Vec<TimeSpan> {
    let wide = |region: &TimeSpan| TimeSpan {
        start: region.start.saturating_sub(Millis(padding)),
        end: Millis(region.end.0.saturating_add(padding)).min(duration),
    };
    bridged(regions.iter().map(wide).filter(|wide| wide.start < wide.end), 0)
}

/// Milliseconds of speech in all.
pub fn total(regions: &[TimeSpan]) -> u64 {
    regions.iter().map(|r| r.millis()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: SpeechOptions = SpeechOptions { on: 128, off: 90, min_speech: 64, min_silence: 96, padding: 0 };

    fn spans(frames: &[u8], options: &SpeechOptions) -> Vec<(u64, u64)> {
        let duration = Millis(frames.len() as u64 * FRAME_MS);
        regions(frames, duration, options).into_iter().map(|r| (r.start.0, r.end.0)).collect()
    }

    #[test]
    fn silence_has_no_regions() {
        assert!(spans(&[], &PLAIN).is_empty());
        assert!(spans(&[100; 50], &PLAIN).is_empty());
    }

    #[test]
    fn a_region_ends_where_its_pause_begins() {
        let frames = [0, 200, 200, 200, 0, 0, 0, 0, 200, 200];
        assert_eq!(spans(&frames, &PLAIN), [(32, 128), (256, 320)]);
    }

    #[test]
    fn weak_speech_keeps_a_region_open_and_short_pauses_do_not_cut() {
        assert_eq!(spans(&[200, 200, 100, 100, 100, 100, 200], &PLAIN), [(0, 224)]);
        assert_eq!(spans(&[200, 200, 0, 0, 200, 200], &PLAIN), [(0, 192)]);
    }

    #[test]
    fn clicks_are_no_speech() {
        assert!(spans(&[0, 200, 0, 0, 0, 0], &PLAIN).is_empty());
    }

    #[test]
    fn padding_joins_neighbours_and_stays_inside() {
        let options = SpeechOptions { padding: 100, ..PLAIN };
        let frames = [200, 200, 0, 0, 0, 0, 200, 200];
        assert_eq!(spans(&frames, &options), [(0, 256)]);
    }

    proptest! {
        #[test]
        fn regions_are_ordered_and_inside(frames in prop::collection::vec(any::<u8>(), 0..400), padding in 0u64..500) {
            let options = SpeechOptions { padding, ..PLAIN };
            let duration = Millis((frames.len() as u64 * FRAME_MS).saturating_sub(7));
            let found = regions(&frames, duration, &options);
            for region in &found {
                prop_assert!(!region.is_empty() && region.end <= duration);
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
        }
    }
}
