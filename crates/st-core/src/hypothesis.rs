//! What the recogniser said, as it said it. A hypothesis is never edited; the transcript is made from it.

use serde::{Deserialize, Serialize};

use crate::doubt::Finding;
use crate::time::{Millis, TimeSpan};

/// One recognised word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with its punctuation, without surrounding white space. Never empty.
    pub text: String,
    /// When it is spoken, on the recording's clock.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// Probability of the word, 0..=1 (the mean probability of its tokens).
    pub confidence: f32,
    /// Whether a space stands before it when words are joined: false in scripts without spaces.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub spaced: bool,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's skip_serializing_if passes a reference
fn is_true(value: &bool) -> bool {
    *value
}

/// A word's letters and digits in lower case: what makes two words the same word.
pub fn plain_word(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words joined to text, with spaces where they belong.
pub fn join_words<'a>(words: impl IntoIterator<Item = &'a Word>) -> String {
    let mut text = String::new();
    for word in words {
        if word.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// A stretch of text that the recogniser gave as one piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// From its first word to its last, on the recording's clock.
    pub span: TimeSpan,
    /// Its words, strictly monotone in time. Never empty.
    pub words: Vec<Word>,
    /// Mean natural logarithm of the token probabilities (Whisper's own measure of doubt).
    pub avg_logprob: f32,
    /// The model's own probability that nobody speaks, 0..=1.
    pub no_speech: f32,
}

/// How one window came to its text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct DecodeFacts {
    /// Softmax temperature of the accepted try (0 = none; above 0 after Whisper's fallback).
    pub temperature: f32,
    /// How many tries the window took.
    pub tries: u32,
    /// Whether the last try was still doubtful by its own measures (loops, rate of words, probability).
    pub doubtful: bool,
}

/// What one window of at most 30 s gave: the unit that is shown, journalled and gone on from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WindowHypothesis {
    /// The audio that the recogniser was given, on the recording's clock.
    pub span: TimeSpan,
    /// Up to here the audio is dealt with: the next window begins at or after it.
    pub decoded_until: Millis,
    /// Two-letter language code (three where there is no other) that the window was decoded in.
    pub language: String,
    /// What was heard; empty where nobody spoke.
    pub segments: Vec<Segment>,
    /// How it came about.
    #[serde(default)]
    pub facts: DecodeFacts,
    /// What of it was doubted, and what came of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// All windows of a recording in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Hypothesis {
    /// Ordered by time; spans may touch, words never overlap.
    pub windows: Vec<WindowHypothesis>,
}

impl Hypothesis {
    /// Every word in order.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.windows.iter().flat_map(|w| &w.segments).flat_map(|s| &s.words)
    }

    /// Every segment in order.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.windows.iter().flat_map(|w| &w.segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, spaced: bool) -> Word {
        Word { text: text.into(), span: TimeSpan::new(0, 1), confidence: 1.0, spaced }
    }

    #[test]
    fn words_join_with_spaces_only_where_they_belong() {
        assert_eq!(join_words(&[word("Who", true), word("said", true)]), "Who said");
        assert_eq!(join_words(&[word("取材", true), word("田中", false)]), "取材田中");
    }
}
