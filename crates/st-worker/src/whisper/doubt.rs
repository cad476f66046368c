//! Whether a window's text can be believed: the measures by which it is decoded again.

use std::collections::HashMap;

use super::decode::Window;
use super::ffi::RawSegment;

/// Mean log probability below which text is doubtful (Whisper's `logprob_threshold`).
const LOW_LOGPROB: f32 = -1.0;
/// Entropy (nats) of 32 tokens in a row below which they are a loop (whisper.cpp's `entropy_thold`).
const LOOP_ENTROPY: f64 = 2.4;
const LOOP_TOKENS: usize = 32;
/// More tokens a second of speech than anybody speaks: fast English is about 6.
const MOST_TOKENS_A_SECOND: f64 = 12.0;
/// Part of a window's speech that may be without text at its end. The next window begins there, so nothing is lost;
/// but if the model gave up that early something is wrong.
const MOST_TAIL: f64 = 0.8;
/// Speech of a window, in milliseconds, from which on it must have text.
const SPEECH: u64 = 1_000;

/// The model's own probability that nobody speaks, from which on unlikely text is made up (Whisper's
/// `no_speech_threshold`).
const NO_SPEECH: f32 = 0.6;

/// Whether a try at temperature 0 says that nobody speaks: by Whisper's own rule its text is then made up.
pub fn nobody_speaks(segments: &[RawSegment]) -> bool {
    segments.first().is_some_and(|s| s.no_speech > NO_SPEECH) && mean_logprob(segments) < LOW_LOGPROB
}

/// What is wrong with a try. All false: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubt {
    /// No text, though there is speech.
    pub empty: bool,
    /// Tokens go round in a loop, or there are more than anybody says.
    pub looped: bool,
    /// The model itself is unsure.
    pub unlikely: bool,
    /// Speech after the last text.
    pub tail: bool,
}

impl Doubt {
    /// Whether anything is wrong.
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// Mean log probability of the text tokens; 0 where there are none.
pub fn mean_logprob(segments: &[RawSegment]) -> f32 {
    let (mut sum, mut count) = (0.0, 0u32);
    for token in segments.iter().flat_map(|s| &s.tokens) {
        sum += token.logprob;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

/// Judges a try.
pub fn judge(segments: &[RawSegment], window: &Window) -> Doubt {
    let length = window.span.millis();
    let known = !window.speech.is_empty();
    let spoken = if known { window.speech_after(0) } else { length };
    let tokens: Vec<&[u8]> = segments.iter().flat_map(|s| &s.tokens).map(|t| t.text.as_slice()).collect();
    if tokens.is_empty() {
        return Doubt { empty: known && spoken >= SPEECH, ..Doubt::default() };
    }
    let rate = tokens.len() as f64 * 1000.0 / spoken.max(500) as f64;
    let end = segments.last().map_or(0, |s| s.end.min(length));
    Doubt {
        empty: false,
        looped: rate > MOST_TOKENS_A_SECOND || loops(&tokens),
        unlikely: mean_logprob(segments) < LOW_LOGPROB,
        tail: window.speech_after(end) as f64 > spoken as f64 * MOST_TAIL,
    }
}

/// Whether some stretch of [`LOOP_TOKENS`] tokens repeats itself.
fn loops(tokens: &[&[u8]]) -> bool {
    tokens.windows(LOOP_TOKENS).any(|stretch| {
        let mut counts: HashMap<&[u8], u32> = HashMap::new();
        for token in stretch {
            *counts.entry(token).or_default() += 1;
        }
        let entropy: f64 = counts.values().map(|&c| f64::from(c) / LOOP_TOKENS as f64).map(|p| -p * p.ln()).sum();
        entropy < LOOP_ENTROPY
    })
}
