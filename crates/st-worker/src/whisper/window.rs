//! The stretch of a recording that a request is about.

use std::ops::Range;

use st_core::time::{Millis, TimeSpan};

/// A stretch of the recording with the speech in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// On the recording's clock.
    pub span: TimeSpan,
    /// Where the VAD hears speech within it, on the recording's clock; empty where it is not known.
    pub speech: Vec<TimeSpan>,
    /// Whether its end cuts speech.
    pub cut: bool,
}

impl Window {
    /// A window with the speech regions that touch it.
    pub fn new(span: TimeSpan, regions: &[TimeSpan]) -> Self {
        let cut = regions.last().is_some_and(|s| s.end > span.end);
        Self { span, speech: regions.iter().filter_map(|s| s.intersection(span)).collect(), cut }
    }

    /// A part of it, given in milliseconds from its start. Where it ends is where text goes on, so it cuts nothing.
    pub fn part(&self, part: Range<u64>) -> Self {
        let span = self.on_clock(part);
        Self { speech: self.speech.iter().filter_map(|s| s.intersection(span)).collect(), span, cut: false }
    }

    /// Its length in milliseconds.
    pub fn millis(&self) -> u64 {
        self.span.millis()
    }

    /// Milliseconds of speech in a part of it, given in milliseconds from its start.
    pub fn speech_in(&self, part: Range<u64>) -> u64 {
        let part = self.on_clock(part);
        self.speech.iter().map(|s| s.overlap(part)).sum()
    }

    /// Milliseconds of speech after `at` (from the window's start).
    pub fn speech_after(&self, at: u64) -> u64 {
        self.speech_in(at..self.millis().max(at))
    }

    /// The stretches of speech from `at` on, in milliseconds from the window's start.
    pub fn speech_from(&self, at: u64) -> impl Iterator<Item = Range<u64>> {
        let rest = self.on_clock(at..self.millis().max(at));
        let start = self.span.start;
        self.speech
            .iter()
            .filter_map(move |s| s.intersection(rest))
            .map(move |s| s.start.saturating_sub(start).0..s.end.saturating_sub(start).0)
    }

    fn on_clock(&self, part: Range<u64>) -> TimeSpan {
        TimeSpan { start: Millis(self.span.start.0 + part.start), end: Millis(self.span.start.0 + part.end) }
    }
}
