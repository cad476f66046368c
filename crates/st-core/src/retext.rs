//! Text that a person wrote -> words with times: what was there before keeps its times, the rest shares the time
//! between.

use unicode_segmentation::UnicodeSegmentation;

use crate::hypothesis::{Word, plain_word};
use crate::time::TimeSpan;

/// Confidence of a word that a person wrote.
const WRITTEN: f32 = 1.0;
/// Above so many pairs of words the comparison is given up and the changed middle shares its time: a rewritten hour,
/// not a correction.
const MOST_PAIRS: usize = 4_000_000;

/// A word of the new text, not yet placed in time.
#[derive(Debug, PartialEq)]
struct Token {
    text: String,
    spaced: bool,
}

/// The words of `text`, with the times of `old` (the words of the text before, within `span`) as far as words stayed
/// the same. A word that changed only in case or punctuation keeps its time too. Times never go backwards and never
/// leave the span.
pub fn retext(old: &[Word], text: &str, span: TimeSpan) -> Vec<Word> {
    let tokens = tokens(text, old);
    let pairs = unchanged(old, &tokens);
    let mut words: Vec<Word> = Vec::with_capacity(tokens.len());
    let (mut next_old, mut next_new) = (0, 0);
    for (i, j) in pairs.into_iter().chain([(old.len(), tokens.len())]) {
        let run = &tokens[next_new..j];
        if run.len() == i - next_old {
            let kept = run.iter().zip(&old[next_old..i]).map(|(t, w)| written(t, w.span));
            words.extend(kept);
        } else if !run.is_empty() {
            let room = room(old, next_old, i, span, &mut words);
            words.extend(share(run, room));
        }
        if let (Some(word), Some(token)) = (old.get(i), tokens.get(j)) {
            let confidence = if word.text == token.text { word.confidence } else { WRITTEN };
            // A word before may have been pushed into this one's time, never beyond its half.
            let start = word.span.start.max(words.last().map(|w| w.span.end).unwrap_or_default()).min(word.span.end);
            let span = TimeSpan { start, end: word.span.end };
            words.push(Word { text: token.text.clone(), span, confidence, spaced: token.spaced });
        }
        (next_old, next_new) = (i + 1, j + 1);
    }
    words
}

fn written(token: &Token, span: TimeSpan) -> Word {
    Word { text: token.text.clone(), span, confidence: WRITTEN, spaced: token.spaced }
}

/// The time for new words in place of `old[from..to]`. Where words were put in and there is no pause for them, half of
/// the longer neighbour is taken.
fn room(old: &[Word], from: usize, to: usize, span: TimeSpan, before: &mut [Word]) -> TimeSpan {
    if from < to {
        return TimeSpan { start: old[from].span.start, end: old[to - 1].span.end };
    }
    let left = from.checked_sub(1).map(|i| old[i].span);
    let right = old.get(to).map(|w| w.span);
    let start = left.map_or(span.start, |s| s.end);
    let end = right.map_or(span.end, |s| s.start).max(start);
    let room = TimeSpan { start, end };
    /// A syllable: less room than this is none.
    const LEAST: u64 = 100;
    if room.millis() >= LEAST {
        return room;
    }
    if left.map_or(0, TimeSpan::millis) > right.map_or(0, TimeSpan::millis)
        && let Some(last) = before.last_mut()
    {
        last.span.end = last.span.middle();
        return TimeSpan { start: last.span.end, end };
    }
    TimeSpan { start, end: right.map_or(end, TimeSpan::middle).max(start) }
}

/// Divides a span among tokens by their length in characters.
fn share(run: &[Token], span: TimeSpan) -> Vec<Word> {
    let lengths: Vec<u64> = run.iter().map(|t| t.text.chars().count() as u64).collect();
    let all = lengths.iter().sum::<u64>().max(1);
    let mut passed = 0;
    let place = |(token, length): (&Token, &u64)| {
        let start = span.start.0 + span.millis() * passed / all;
        passed += length;
        written(token, TimeSpan::new(start, span.start.0 + span.millis() * passed / all))
    };
    run.iter().zip(&lengths).map(place).collect()
}

/// What makes two words the same word. A token without letters and digits is compared as it is.
fn key(text: &str) -> String {
    let bare = plain_word(text);
    if bare.is_empty() { text.to_owned() } else { bare }
}

/// Pairs of old and new words that are the same, in order: a longest common subsequence.
fn unchanged(old: &[Word], new: &[Token]) -> Vec<(usize, usize)> {
    let old: Vec<String> = old.iter().map(|w| key(&w.text)).collect();
    let new: Vec<String> = new.iter().map(|t| key(&t.text)).collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (rows, columns) = (old.len() - head - tail, new.len() - head - tail);
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|i| (i, i)).collect();
    if rows.saturating_mul(columns) <= MOST_PAIRS {
        // common[i][j]: length of the longest common subsequence of what follows i and j.
        let width = columns + 1;
        let mut common = vec![0u32; (rows + 1) * width];
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                common[i * width + j] = if old[head + i] == new[head + j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < rows && j < columns {
            if old[head + i] == new[head + j] {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..tail).map(|i| (old.len() - tail + i, new.len() - tail + i)));
    pairs
}

/// Whether a script is written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
pub fn unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x323AF)
}

/// Cuts text into words: at white space, and in scripts without spaces into the old words where they stand, else into
/// single characters with the punctuation that follows.
fn tokens(text: &str, old: &[Word]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut known: Vec<&str> = old.iter().map(|w| w.text.as_str()).collect();
    known.sort_unstable_by_key(|t| std::cmp::Reverse(t.len()));
    known.dedup();
    for piece in text.split_whitespace() {
        if !piece.chars().any(unspaced) {
            // Old words that stand without a space between (clitics, hyphens) stay apart too.
            tokens.extend(glued(piece, old).unwrap_or_else(|| vec![Token { text: piece.to_owned(), spaced: true }]));
            continue;
        }
        let mut rest = piece;
        let mut spaced = true;
        while !rest.is_empty() {
            let length = known.iter().find(|t| rest.starts_with(**t)).map_or_else(|| run_length(rest), |t| t.len());
            let (token, after) = rest.split_at(length);
            tokens.push(Token { text: token.to_owned(), spaced });
            (rest, spaced) = (after, false);
        }
    }
    tokens
}

/// A piece of text as the neighbouring old words that it is made of, if it is.
fn glued(piece: &str, old: &[Word]) -> Option<Vec<Token>> {
    let made_of = |at: usize| {
        let mut rest = piece.strip_prefix(old[at].text.as_str())?;
        let mut parts = vec![Token { text: old[at].text.clone(), spaced: true }];
        for word in old[at + 1..].iter().take_while(|w| !w.spaced) {
            let Some(after) = rest.strip_prefix(word.text.as_str()) else { break };
            parts.push(Token { text: word.text.clone(), spaced: false });
            rest = after;
        }
        (rest.is_empty() && parts.len() > 1).then_some(parts)
    };
    (0..old.len()).filter(|&at| old.get(at + 1).is_some_and(|next| !next.spaced)).find_map(made_of)
}

/// Length in bytes of the next token of a piece: one character of a script without spaces or a run of others, with the
/// punctuation behind it.
fn run_length(piece: &str) -> usize {
    let mut length = 0;
    let mut alone = false;
    for grapheme in piece.graphemes(true) {
        let letter = grapheme.chars().any(char::is_alphanumeric);
        let own = grapheme.chars().any(unspaced);
        if length > 0 && letter && (alone || own) {
            break;
        }
        alone |= own;
        length += grapheme.len();
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hypothesis::join_words;

    fn words(spec: &[(&str, u64, u64, bool)]) -> Vec<Word> {
        let word = |&(text, a, b, spaced): &(&str, u64, u64, bool)| Word {
            text: text.into(),
            span: TimeSpan::new(a, b),
            confidence: 0.5,
            spaced,
        };
        spec.iter().map(word).collect()
    }

    fn shown(words: &[Word]) -> String {
        let show = |w: &Word| format!("{}@{}-{}", w.text, w.span.start.0, w.span.end.0);
        words.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn check(old: &[(&str, u64, u64, bool)], text: &str, expected: &str) {
        let old = words(old);
        let span = TimeSpan::new(old[0].span.start.0, old[old.len() - 1].span.end.0);
        assert_eq!(shown(&retext(&old, text, span)), expected);
    }

    const OLD: &[(&str, u64, u64, bool)] =
        &[("the", 0, 200, true), ("quik", 200, 600, true), ("fox", 600, 1000, true), ("ran", 1500, 2000, true)];

    #[test]
    fn unchanged_words_keep_their_times() {
        check(OLD, "The quick fox, ran", "The@0-200 quick@200-600 fox,@600-1000 ran@1500-2000");
        check(OLD, "the fox ran", "the@0-200 fox@600-1000 ran@1500-2000");
        check(OLD, "", "");
    }

    #[test]
    fn new_words_share_the_time_that_is_there() {
        check(OLD, "the quik fox has ran", "the@0-200 quik@200-600 fox@600-1000 has@1000-1500 ran@1500-2000");
        check(OLD, "the qu ic fox ran", "the@0-200 qu@200-400 ic@400-600 fox@600-1000 ran@1500-2000");
        check(OLD, "the big quik fox ran", "the@0-200 big@200-400 quik@400-600 fox@600-1000 ran@1500-2000");
        check(OLD, "the quik fox ran on", "the@0-200 quik@200-600 fox@600-1000 ran@1500-1750 on@1750-2000");
    }

    #[test]
    fn scripts_without_spaces_keep_their_words() {
        let old = [("取材", 0, 400, true), ("田中", 400, 800, false), ("です。", 800, 1200, false)];
        check(&old, "取材田中です。", "取材@0-400 田中@400-800 です。@800-1200");
        check(&old, "取材山本です。", "取材@0-400 山@400-600 本@600-800 です。@800-1200");
    }

    #[test]
    fn words_from_nothing_share_the_span() {
        let made = retext(&[], "AI技術 ok", TimeSpan::new(0, 600));
        assert_eq!(shown(&made), "AI@0-200 技@200-300 術@300-400 ok@400-600");
        assert_eq!(join_words(&made), "AI技術 ok");
    }

    proptest! {
        #[test]
        fn words_spell_the_text_and_times_stay_in_order(before in "[ab一二,. ]{0,30}", after in "[abc一二。 ]{0,30}") {
            let span = TimeSpan::new(100, 9000);
            let old = retext(&[], &before, span);
            let new = retext(&old, &after, span);
            let normal = after.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(join_words(&new), normal);
            prop_assert!(new.windows(2).all(|p| p[0].span.end <= p[1].span.start));
            prop_assert!(new.iter().all(|w| w.span.start >= span.start && w.span.end <= span.end));
            prop_assert_eq!(retext(&old, &before, span), old);
        }
    }
}
