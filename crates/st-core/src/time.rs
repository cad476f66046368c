//! Times on a recording's own clock: whole milliseconds since its first decoded sample.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Sample rate of all audio behind the decoder, in Hz: what Whisper, the segmentation and the voice models take.
pub const SAMPLE_RATE: u32 = 16_000;

/// A point in time, in milliseconds since the first decoded sample of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// The time of sample number `index` at [`SAMPLE_RATE`], rounded down.
    pub fn from_sample(index: u64) -> Self {
        Self(index * 1000 / u64::from(SAMPLE_RATE))
    }

    /// The first sample number at or after this time, at [`SAMPLE_RATE`].
    pub fn to_sample(self) -> u64 {
        self.0 * u64::from(SAMPLE_RATE) / 1000
    }

    /// Rounds a time in seconds; a negative or non-finite time becomes zero.
    pub fn from_seconds(seconds: f64) -> Self {
        if seconds.is_finite() && seconds > 0.0 { Self((seconds * 1000.0).round() as u64) } else { Self(0) }
    }

    /// This time in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// `self - other`, or zero where `other` is later.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// `1:12:31` (hours only where there are any): the form for people.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0 / 1000;
        let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
        if h > 0 { write!(f, "{h}:{m:02}:{s:02}") } else { write!(f, "{m}:{s:02}") }
    }
}

/// A half-open span of time `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct TimeSpan {
    /// First millisecond inside.
    pub start: Millis,
    /// First millisecond after.
    pub end: Millis,
}

impl TimeSpan {
    /// A span from milliseconds; an end before the start is moved to the start.
    pub fn new(start: u64, end: u64) -> Self {
        Self { start: Millis(start), end: Millis(end.max(start)) }
    }

    /// Length in milliseconds.
    pub fn millis(self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    /// Whether nothing is inside.
    pub fn is_empty(self) -> bool {
        self.millis() == 0
    }

    /// Whether `at` is inside.
    pub fn contains(self, at: Millis) -> bool {
        self.start <= at && at < self.end
    }

    /// The shared part of both spans, if any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// Milliseconds shared by both spans.
    pub fn overlap(self, other: Self) -> u64 {
        self.intersection(other).map_or(0, Self::millis)
    }

    /// The middle, rounded down.
    pub fn middle(self) -> Millis {
        Millis((self.start.0 + self.end.0) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_times_agree() {
        assert_eq!(Millis::from_sample(16_000), Millis(1000));
        assert_eq!(Millis(1000).to_sample(), 16_000);
        assert_eq!(Millis::from_seconds(-1.0), Millis(0));
        assert_eq!(Millis::from_seconds(f64::NAN), Millis(0));
    }

    #[test]
    fn times_read_well() {
        assert_eq!(Millis(4_351_000).to_string(), "1:12:31");
        assert_eq!(Millis(151_999).to_string(), "2:31");
    }

    #[test]
    fn spans_are_half_open() {
        let span = TimeSpan::new(10, 20);
        assert!(span.contains(Millis(10)) && !span.contains(Millis(20)));
        assert_eq!(span.overlap(TimeSpan::new(20, 30)), 0);
        assert_eq!(span.intersection(TimeSpan::new(15, 30)), Some(TimeSpan::new(15, 20)));
    }
}
