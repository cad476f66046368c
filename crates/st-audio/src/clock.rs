//! Where the packets say that the sound is, against how much of it was decoded.

/// Packets may be so late, in seconds, before a gap is filled, where a container counts in milliseconds or pages:
/// longer than a packet of most formats, and shorter than what moves a word visibly.
pub(crate) const ROUGH: f64 = 0.1;
/// The same where it counts in samples.
pub(crate) const EXACT: f64 = 0.001;
/// Longest gap that is believed, in seconds. A longer one is more likely a broken time.
const MAX_GAP: f64 = 600.0;
/// Most silence filled in all, in seconds, so that a small hostile file can't become endless.
const MAX_FILL: f64 = 7_200.0;

/// Compares packet times with decoded frames.
#[derive(Debug)]
pub(crate) struct Clock {
    tolerance: f64,
    /// Time of the first packet, in seconds.
    base: Option<f64>,
    /// Frames since then, decoded or filled.
    frames: u64,
    /// Seconds of silence that were asked for.
    filled: f64,
}

impl Clock {
    /// A clock for packets that may be so late, [`ROUGH`] or [`EXACT`].
    pub(crate) fn new(tolerance: f64) -> Self {
        Self { tolerance, base: None, frames: 0, filled: 0.0 }
    }

    /// Frames were decoded, or silence of that length was put in.
    pub(crate) fn advance(&mut self, frames: u64) {
        self.frames += frames;
    }

    /// Frames since the first packet.
    #[cfg(feature = "playback")]
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// Time of the first packet, in seconds; none before it was seen.
    #[cfg(feature = "playback")]
    pub(crate) fn base(&self) -> Option<f64> {
        self.base
    }

    /// Decoding goes on elsewhere, so many frames after the first packet.
    #[cfg(feature = "playback")]
    pub(crate) fn jump(&mut self, frames: u64) {
        self.frames = frames;
    }

    /// Whether a packet was seen already.
    pub(crate) fn is_started(&self) -> bool {
        self.base.is_some()
    }

    /// A new stream begins, with times of its own.
    pub(crate) fn restart(&mut self) {
        self.base = None;
        self.frames = 0;
    }

    /// Frames of silence that belong before the packet that begins at `time` seconds.
    pub(crate) fn gap(&mut self, time: f64, rate: u32) -> u64 {
        let rate = f64::from(rate.max(1));
        let now = self.frames as f64 / rate;
        let base = *self.base.get_or_insert(time);
        let gap = time - base - now;
        if gap <= self.tolerance {
            return 0;
        }
        if gap > MAX_GAP || self.filled + gap > MAX_FILL || !gap.is_finite() {
            self.base = Some(time - now);
            return 0;
        }
        self.filled += gap;
        (gap * rate).round() as u64
    }

    /// Silence of `frames` in place of a packet, or less where that can't be true.
    pub(crate) fn bounded(&mut self, frames: u64, rate: u32) -> u64 {
        let rate = f64::from(rate.max(1));
        // No format has packets longer than a few seconds.
        let frames = frames.min((4.0 * rate) as u64);
        let seconds = frames as f64 / rate;
        if self.filled + seconds > MAX_FILL {
            return 0;
        }
        self.filled += seconds;
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    #[test]
    fn no_gap_where_packets_follow_each_other() {
        let mut clock = Clock::new(ROUGH);
        for packet in 0..1_000 {
            // Times in whole milliseconds, as Matroska has them.
            let time = 5.0 + (f64::from(packet) * 1_024.0 / f64::from(RATE) * 1000.0).round() / 1000.0;
            assert_eq!(clock.gap(time, RATE), 0);
            clock.advance(1_024);
        }
    }

    #[test]
    fn a_gap_is_filled_once() {
        let mut clock = Clock::new(ROUGH);
        assert_eq!(clock.gap(0.0, RATE), 0);
        clock.advance(8_000);
        let gap = clock.gap(3.0, RATE);
        assert_eq!(gap, 16_000);
        clock.advance(gap);
        assert_eq!(clock.gap(3.0, RATE), 0);
    }

    #[test]
    fn a_broken_time_is_not_believed() {
        let mut clock = Clock::new(ROUGH);
        assert_eq!(clock.gap(0.0, RATE), 0);
        assert_eq!(clock.gap(1e15, RATE), 0);
        assert_eq!(clock.gap(1e15 + 0.01, RATE), 0);
        assert_eq!(clock.gap(-5.0, RATE), 0);
        assert_eq!(clock.bounded(u64::MAX, RATE), 32_000);
    }

    #[test]
    fn filling_ends_some_time() {
        let mut clock = Clock::new(ROUGH);
        let mut total = 0;
        for packet in 0..10_000 {
            let gap = clock.gap(f64::from(packet) * 500.0, RATE);
            clock.advance(gap);
            total += gap;
        }
        assert!(total <= 7_200 * u64::from(RATE));
    }
}
