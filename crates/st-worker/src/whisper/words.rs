//! From tokens to words: joined at UTF-8 and space borders, with times that only go forward.

use st_core::hypothesis::Word;
use st_core::time::{Millis, TimeSpan};

/// A text token as whisper.cpp gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Bytes of the text; a character may be spread over several tokens.
    pub text: Vec<u8>,
    /// Probability, 0..=1.
    pub probability: f32,
    /// Natural logarithm of the probability.
    pub logprob: f32,
    /// Milliseconds from the window's start.
    pub start: u64,
    /// Milliseconds from the window's start.
    pub end: u64,
}

/// Languages that are written without spaces between words; a word is then what the model has as one token or
/// character (the list of Whisper's own tokenizer, with Khmer and Tibetan, which are written so as well).
const UNSPACED: [&str; 8] = ["zh", "ja", "th", "lo", "my", "yue", "km", "bo"];

/// Marks that belong to the word after them.
const OPENING: &str = "\"'“‘¿¡([{«「『（【《〈-";

/// The words of one segment's tokens, with times in milliseconds from the window's start.
pub fn join(tokens: &[Token], language: &str) -> Vec<Word> {
    let spaced = !UNSPACED.contains(&language);
    let mut words: Vec<Draft> = Vec::new();
    let mut bytes: Vec<u8> = Vec::new();
    let mut open = Draft::default();
    for token in tokens {
        if bytes.is_empty() {
            open = Draft { start: token.start, ..Draft::default() };
        }
        bytes.extend_from_slice(&token.text);
        open.end = token.end;
        open.probabilities.push(token.probability);
        if is_cut(&bytes) {
            continue;
        }
        open.text = String::from_utf8_lossy(&bytes).replace('\u{fffd}', "");
        bytes.clear();
        place(std::mem::take(&mut open), &mut words, spaced);
    }
    finish(words, spaced)
}

/// Whether a text is no speech but a note about sound: all of it in brackets or asterisks, or musical notes.
pub fn is_note(text: &str) -> bool {
    let text = text.trim();
    let enclosed = [('[', ']'), ('(', ')'), ('*', '*'), ('（', '）'), ('【', '】')].iter().any(|&(open, close)| {
        let inner = text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
        inner.is_some_and(|t| !t.contains([open, close]))
    });
    enclosed || (text.contains(['♪', '♫']) && !has_word(text))
}

/// Whether the bytes end in the middle of a character.
fn is_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_none())
}

/// A word that is being put together.
#[derive(Debug, Default, Clone)]
struct Draft {
    text: String,
    start: u64,
    end: u64,
    probabilities: Vec<f32>,
}

/// Begins a word with `piece` or adds it to the last one.
fn place(piece: Draft, words: &mut Vec<Draft>, spaced: bool) {
    let Some(last) = words.last_mut() else {
        words.push(piece);
        return;
    };
    let begins = if spaced {
        piece.text.starts_with(char::is_whitespace) && has_word(&piece.text)
    } else {
        has_word(&piece.text) && has_word(&last.text) && !continues_latin(&last.text, &piece.text)
    };
    if begins {
        words.push(piece);
    } else if spaced && piece.text.starts_with(char::is_whitespace) && opens(&piece.text) {
        // An opening mark with a space before it begins the next word.
        words.push(piece);
    } else {
        last.text.push_str(&piece.text);
        last.end = last.end.max(piece.end);
        last.probabilities.extend(piece.probabilities);
    }
}

/// Latin words and numbers within a script without spaces stay whole.
fn continues_latin(last: &str, piece: &str) -> bool {
    last.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric())
        && piece.chars().next().is_some_and(|c| c.is_ascii_alphanumeric())
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn opens(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| OPENING.contains(c))
}

/// Opening marks go to the word after them; what holds no letter or digit at all is dropped.
fn finish(drafts: Vec<Draft>, spaced: bool) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut prefix: Option<Draft> = None;
    for draft in drafts {
        let (lead, start) = match prefix.take() {
            Some(p) => (p.text.trim().to_string(), p.start),
            None => (String::new(), draft.start),
        };
        let begins_with_space = draft.text.starts_with(char::is_whitespace) || !lead.is_empty();
        let text = format!("{lead}{}", draft.text.trim());
        if !has_word(&text) {
            if opens(&text) {
                prefix = Some(Draft { text, start, ..draft });
            }
            continue;
        }
        let count = draft.probabilities.len().max(1) as f32;
        let confidence = (draft.probabilities.iter().sum::<f32>() / count).clamp(0.0, 1.0);
        words.push(Word {
            text,
            span: TimeSpan { start: Millis(start), end: Millis(draft.end.max(start)) },
            confidence: if confidence.is_finite() { confidence } else { 0.0 },
            spaced: spaced || begins_with_space,
        });
    }
    words
}

/// How far from speech a word can lie by the model's mistake alone, in milliseconds: the lead of a window
/// (`st_core::windows`).
const NEAR_SPEECH_MS: u64 = 1_000;

/// What the longest way of saying a word takes beside its letters, in milliseconds.
const MOST_WORD_MS: u64 = 600;
/// What each letter takes of it.
const MOST_LETTER_MS: u64 = 100;
/// What each digit takes, which is a word of its own when it is said.
const MOST_DIGIT_MS: u64 = 300;
/// No word is longer, in milliseconds.
const MOST_MS: u64 = 2_000;

/// Moves the words of one piece (times from the window's start) onto the recording's clock. Silence at a word's edges is cut
/// off where `speech` (on the recording's clock) knows of it, a word in the silence beside speech goes to the speech, and
/// none is longer than it can be said: the model stretches the last word of a piece over what follows, and the first one
/// over what comes before.
pub fn put_on_clock(words: &mut [Word], start: Millis, speech: &[TimeSpan]) {
    let alone = words.len() == 1;
    for (index, word) in words.iter_mut().enumerate() {
        let span = TimeSpan::new(start.0 + word.span.start.0, start.0 + word.span.end.0);
        let most = longest(&word.text);
        word.span = within_speech(span, speech);
        if word.span.millis() <= most {
            continue;
        }
        if index == 0 && !alone {
            word.span.start = Millis(word.span.end.0 - most);
        } else {
            word.span.end = Millis(word.span.start.0 + most);
        }
    }
}

/// The longest that a word takes, in milliseconds.
fn longest(word: &str) -> u64 {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count() as u64;
    let digits = word.chars().filter(|c| c.is_numeric()).count() as u64;
    (MOST_WORD_MS + MOST_LETTER_MS * letters + MOST_DIGIT_MS * digits).min(MOST_MS)
}

/// Puts the words of a window in order: inside `window`, at least 1 ms long, without overlap. There must be no more words
/// than the window has milliseconds.
pub fn put_in_order(words: &mut [&mut Word], window: TimeSpan) {
    let mut floor = window.start.0;
    for word in words.iter_mut() {
        let start = word.span.start.0.max(floor);
        word.span = TimeSpan::new(start, word.span.end.0.max(start + 1));
        floor = word.span.end.0;
    }
    let mut ceiling = window.end.0;
    for word in words.iter_mut().rev() {
        let end = word.span.end.0.min(ceiling);
        let start = word.span.start.0.min(end.saturating_sub(1));
        word.span = TimeSpan::new(start, end);
        ceiling = start;
    }
}

fn within_speech(span: TimeSpan, speech: &[TimeSpan]) -> TimeSpan {
    let mut touched = speech.iter().filter_map(|region| region.intersection(span));
    let Some(first) = touched.next() else { return beside_speech(span, speech) };
    let last = touched.next_back().unwrap_or(first);
    TimeSpan { start: first.start, end: last.end }
}

/// A word that lies wholly in silence goes to the edge of the nearest speech: a window begins some time before its speech,
/// and the model likes to put the first word there. Far from any speech it stays, for the VAD may have missed it.
fn beside_speech(span: TimeSpan, speech: &[TimeSpan]) -> TimeSpan {
    let gap = |region: &TimeSpan| region.start.saturating_sub(span.end).0.max(span.start.saturating_sub(region.end).0);
    match speech.iter().min_by_key(|region| gap(region)) {
        // No gap: a word of no length that lies within speech, and stays there.
        Some(region) if (1..=NEAR_SPEECH_MS).contains(&gap(region)) => {
            let edge = if region.start >= span.end { region.start } else { region.end };
            TimeSpan { start: edge, end: edge }
        }
        _ => span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &[u8], start: u64, end: u64) -> Token {
        Token { text: text.to_vec(), probability: 0.5, logprob: -0.7, start, end }
    }

    fn joined(texts: &[&[u8]], language: &str) -> Vec<(String, bool)> {
        let tokens: Vec<Token> =
            texts.iter().enumerate().map(|(i, t)| token(t, i as u64 * 100, i as u64 * 100 + 100)).collect();
        join(&tokens, language).into_iter().map(|w| (w.text, w.spaced)).collect()
    }

    fn texts(texts: &[&[u8]], language: &str) -> Vec<String> {
        joined(texts, language).into_iter().map(|(t, _)| t).collect()
    }

    #[test]
    fn words_join_at_spaces() {
        assert_eq!(texts(&[b" Hel", b"lo", b",", b" world", b"."], "en"), ["Hello,", "world."]);
        assert_eq!(texts(&[b"Hello", b" it", b"'s"], "en"), ["Hello", "it's"]);
    }

    #[test]
    fn marks_go_to_the_word_that_they_belong_to() {
        assert_eq!(texts(&[b" \"", b"Yes", b"\"", b" he", b" -", b" said", b" -"], "en"), ["\"Yes\"", "he", "-said"]);
        assert_eq!(texts(&[" ¿".as_bytes(), "Qué".as_bytes(), b"?"], "es"), ["¿Qué?"]);
        assert_eq!(texts(&[b"...", b" "], "en"), Vec::<String>::new());
    }

    #[test]
    fn characters_spread_over_tokens_stay_whole() {
        assert_eq!(texts(&[b" caf", &[0xc3], &[0xa9], b" au"], "fr"), ["café", "au"]);
        assert_eq!(texts(&[b" a", &[0xff], b" b"], "fr"), ["a", "b"]);
        assert_eq!(texts(&[b" a", &[0xc3]], "fr"), ["a"]);
    }

    #[test]
    fn scripts_without_spaces_give_words_without_spaces() {
        let words = joined(&["取材".as_bytes(), "田中".as_bytes(), "。".as_bytes(), b"AB", b"C"], "ja");
        assert_eq!(words, [("取材".to_string(), false), ("田中。".to_string(), false), ("ABC".to_string(), false)]);
    }

    #[test]
    fn notes_about_sound_are_told_from_speech() {
        for note in ["[Music]", " (laughs) ", "*sighs*", "♪♪", "[BLANK_AUDIO]", "（音楽）"] {
            assert!(is_note(note), "{note}");
        }
        for speech in ["I (he said) do", "(a) and (b)", "Hello.", "♪ la la ♪", ""] {
            assert!(!is_note(speech), "{speech}");
        }
    }

    #[test]
    fn confidence_is_the_mean_probability() {
        let mut tokens = vec![token(b" a", 0, 10), token(b"b", 10, 20)];
        tokens[1].probability = 1.0;
        assert!((join(&tokens, "en")[0].confidence - 0.75).abs() < 1e-6);
    }

    #[test]
    fn times_go_forward_within_the_window() {
        let tokens = [token(b" a", 0, 900), token(b" b", 500, 500), token(b" c", 990, 4000), token(b" d", 5000, 5000)];
        let mut words = join(&tokens, "en");
        let speech = [TimeSpan::new(10_200, 10_950)];
        put_on_clock(&mut words, Millis(10_000), &speech);
        put_in_order(&mut words.iter_mut().collect::<Vec<_>>(), TimeSpan::new(10_000, 11_000));
        assert_eq!(words[0].span, TimeSpan::new(10_200, 10_900));
        for pair in words.windows(2) {
            assert!(pair[0].span.end <= pair[1].span.start, "{pair:?}");
        }
        assert!(words.iter().all(|w| !w.span.is_empty() && w.span.end <= Millis(11_000)), "{words:?}");
    }

    #[test]
    fn a_word_in_the_silence_beside_speech_goes_to_the_speech() {
        let speech = [TimeSpan::new(40_000, 41_000), TimeSpan::new(43_000, 44_000)];
        for (from, to, expected) in [
            (0, 400, TimeSpan::new(40_000, 40_001)),
            (2_100, 2_300, TimeSpan::new(41_000, 41_001)),
            (3_800, 3_900, TimeSpan::new(43_000, 43_001)),
            (7_000, 7_500, TimeSpan::new(46_000, 46_500)),
            (1_500, 1_500, TimeSpan::new(40_500, 40_501)),
        ] {
            let mut words = join(&[token(b" a", from, to)], "en");
            put_on_clock(&mut words, Millis(39_000), &speech);
            put_in_order(&mut words.iter_mut().collect::<Vec<_>>(), TimeSpan::new(39_000, 49_000));
            assert_eq!(words[0].span, expected);
        }
    }

    #[test]
    fn no_word_is_longer_than_it_can_be_said() {
        let tokens = [token(b" But", 0, 4_000), token(b" a", 4_000, 5_900), token(b" 1998", 6_000, 30_000)];
        let mut words = join(&tokens, "en");
        put_on_clock(&mut words, Millis(0), &[TimeSpan::new(0, 30_000)]);
        let spans: Vec<TimeSpan> = words.iter().map(|w| w.span).collect();
        assert_eq!(spans, [(3_100, 4_000), (4_000, 4_700), (6_000, 7_800)].map(|(a, b)| TimeSpan::new(a, b)));
        let mut alone = join(&[token(b" pneumonoultramicroscopic", 100, 9_000)], "en");
        put_on_clock(&mut alone, Millis(0), &[]);
        assert_eq!(alone[0].span, TimeSpan::new(100, 2_100));
    }

    #[test]
    fn words_in_no_time_get_a_millisecond_each() {
        let tokens: Vec<Token> = (0..4).map(|_| token(b" a", 0, 0)).collect();
        let mut words = join(&tokens, "en");
        put_in_order(&mut words.iter_mut().collect::<Vec<_>>(), TimeSpan::new(5, 9));
        let spans: Vec<TimeSpan> = words.iter().map(|w| w.span).collect();
        assert_eq!(spans, [5, 6, 7, 8].map(|at| TimeSpan::new(at, at + 1)));
    }
}
