//! The ledger of a recording: each millisecond of it is words, speech without words, or silence.

use serde::{Deserialize, Serialize};

use crate::time::TimeSpan;

/// What the seconds of a recording are. The three sums add up to its duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Coverage {
    /// Milliseconds covered by words (from word to word within an utterance).
    pub words_ms: u64,
    /// Milliseconds in which nobody speaks.
    pub silence_ms: u64,
    /// Milliseconds in which the VAD hears speech and the recogniser wrote nothing.
    pub speech_without_words_ms: u64,
    /// Where those are: ordered, not overlapping.
    pub speech_without_words: Vec<TimeSpan>,
}
