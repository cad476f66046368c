//! Whether a window's text can be believed: the measures by which it is decoded again.

use std::collections::HashMap;

use super::holes;
use super::segment::RawSegment;
use super::window::Window;

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
    /// Too few words for the speech somewhere within the text.
    pub sparse: bool,
}

impl Doubt {
    /// Whether anything is wrong.
    pub fn any(self) -> bool {
        self != Self::default()
    }

    /// Whether the text as a whole cannot be believed. What is only sparse is right where it has words.
    pub fn whole(self) -> bool {
        Self { sparse: false, ..self }.any()
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
    let length = window.millis();
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
        sparse: holes::next(segments, window, 0).is_some(),
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

#[cfg(test)]
mod tests {
    use st_core::time::TimeSpan;

    use super::super::words::Token;
    use super::*;

    fn window(speech: &[(u64, u64)]) -> Window {
        let speech: Vec<TimeSpan> = speech.iter().map(|&(a, b)| TimeSpan::new(a, b)).collect();
        Window::new(TimeSpan::new(0, 30_000), &speech)
    }

    /// A piece of so many different tokens.
    fn piece(start: u64, end: u64, count: usize, logprob: f32) -> RawSegment {
        let token = |n| Token { text: format!(" t{n}").into_bytes(), probability: 0.5, logprob, start, end };
        RawSegment { start, end, tokens: (0..count).map(token).collect(), no_speech: 0.0 }
    }

    #[test]
    fn a_text_of_the_usual_pace_is_believed() {
        let doubt = judge(&[piece(0, 10_000, 32, -0.3)], &window(&[(0, 10_000)]));
        assert_eq!(doubt, Doubt::default());
        assert!(!doubt.any());
    }

    #[test]
    fn no_text_is_doubtful_only_over_speech() {
        assert_eq!(judge(&[], &window(&[(0, 1_000)])), Doubt { empty: true, ..Doubt::default() });
        assert_eq!(judge(&[], &window(&[(0, 900)])), Doubt::default());
        assert_eq!(judge(&[], &window(&[])), Doubt::default());
    }

    #[test]
    fn more_words_than_anybody_says_are_a_loop_and_so_are_the_same_words() {
        assert!(judge(&[piece(0, 2_000, 30, -0.3)], &window(&[(0, 2_000)])).looped);
        let mut same = piece(0, 20_000, 36, -0.3);
        for (n, token) in same.tokens.iter_mut().enumerate() {
            token.text = if n % 2 == 0 { b" oh".to_vec() } else { b" no".to_vec() };
        }
        assert!(judge(&[same], &window(&[(0, 20_000)])).looped);
    }

    #[test]
    fn fewer_words_than_anybody_says_are_sparse() {
        let sparse = |tokens, speech| judge(&[piece(0, 20_000, tokens, -0.3)], &window(&[(0, speech)]));
        assert_eq!(sparse(3, 20_000), Doubt { sparse: true, ..Doubt::default() });
        assert!(!sparse(3, 20_000).whole(), "it is right where it has words");
        assert_eq!(sparse(3, 3_500), Doubt::default(), "too little speech for a judgement");
        assert_eq!(sparse(39, 20_000), Doubt::default(), "slow speech");
        let gap = judge(&[piece(0, 4_000, 12, -0.3), piece(9_000, 13_000, 12, -0.3)], &window(&[(0, 13_000)]));
        assert_eq!(gap, Doubt { sparse: true, ..Doubt::default() });
    }

    #[test]
    fn unlikely_text_and_speech_after_the_text_are_doubtful() {
        assert!(judge(&[piece(0, 3_000, 9, -1.2)], &window(&[(0, 3_000)])).unlikely);
        assert!(judge(&[piece(0, 3_000, 9, -0.2)], &window(&[(0, 30_000)])).tail);
        assert!(!judge(&[piece(0, 8_000, 24, -0.2)], &window(&[(0, 30_000)])).tail);
    }

    #[test]
    fn nobody_speaks_where_the_model_says_so_and_is_unsure() {
        let with = |no_speech, logprob| nobody_speaks(&[RawSegment { no_speech, ..piece(0, 1_000, 3, logprob) }]);
        assert!(with(0.7, -1.2));
        assert!(!with(0.5, -1.2) && !with(0.7, -0.9) && !nobody_speaks(&[]));
    }
}
