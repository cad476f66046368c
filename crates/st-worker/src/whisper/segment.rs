//! A piece of text as the model gives it.

use super::words::{self, Token};

/// So many tokens in a row that are the same are the same speech.
const LEAST_SAME: usize = 4;

/// What whisper.cpp made of a stretch of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSegment {
    /// Start and end in milliseconds from the window's start, as the timestamp tokens have it.
    pub start: u64,
    /// See `start`; beyond the window where the model did not close the segment.
    pub end: u64,
    /// Text tokens in order.
    pub tokens: Vec<Token>,
    /// The model's probability that nobody speaks in the window.
    pub no_speech: f32,
}

impl RawSegment {
    /// Whether its text is a note about sound ("[Music]") and not speech.
    pub fn is_note(&self) -> bool {
        let bytes: Vec<u8> = self.tokens.iter().flat_map(|t| &t.text).copied().collect();
        words::is_note(&String::from_utf8_lossy(&bytes))
    }

    /// Tokens that are said and not only written, as marks are.
    pub fn spoken_tokens(&self) -> u64 {
        self.tokens.iter().filter(|token| said(token)).count() as u64
    }

    /// Drops the end of its text as far as `others` end with the same. A word or two may well be said twice; they are
    /// dropped only where they are all of it.
    pub fn drop_end(&mut self, others: &[Self]) {
        let own: Vec<usize> = (0..self.tokens.len()).filter(|&at| said(&self.tokens[at])).collect();
        let theirs = others.iter().flat_map(|other| &other.tokens).filter(|token| said(token)).rev();
        let same =
            own.iter().rev().zip(theirs).take_while(|&(&at, token)| plain(&self.tokens[at]) == plain(token)).count();
        if same == own.len() {
            self.tokens.clear();
        } else if same >= LEAST_SAME {
            self.tokens.truncate(own[own.len() - same]);
        }
    }

    /// Lets it end at `end` at the latest.
    pub fn shorten(&mut self, end: u64) {
        self.start = self.start.min(end);
        self.end = self.end.min(end);
        for token in &mut self.tokens {
            token.start = token.start.min(end);
            token.end = token.end.min(end);
        }
    }

    /// Moves it on by so many milliseconds.
    pub fn shift(&mut self, by: u64) {
        self.start += by;
        self.end += by;
        for token in &mut self.tokens {
            token.start += by;
            token.end += by;
        }
    }
}

/// Whether a token is said and not only written.
fn said(token: &Token) -> bool {
    token.text.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
}

/// A token's text without case and spaces.
fn plain(token: &Token) -> Vec<u8> {
    token.text.trim_ascii().to_ascii_lowercase()
}
