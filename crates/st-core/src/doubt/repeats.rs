//! Words that go round in a loop.

use std::ops::Range;

use crate::hypothesis::{Word, plain_word};

/// The longest phrase that is looked for, in words.
const LONGEST: usize = 12;
/// A phrase that is said so often in a row is a loop; people do say "no, no, no, no".
const TIMES: usize = 4;
/// And it takes so many words in all.
const LEAST_WORDS: usize = 10;

/// The first loop at or after `from`: a phrase of up to twelve words at least four times in a row, ten words in all.
pub fn next_loop(words: &[&Word], from: usize) -> Option<Range<usize>> {
    let plain: Vec<String> = words.iter().map(|word| plain_word(&word.text)).collect();
    (from..plain.len()).find_map(|start| {
        (1..=LONGEST).find_map(|length| {
            let phrase = plain.get(start..start + length)?;
            let times = plain[start..].chunks_exact(length).take_while(|part| *part == phrase).count();
            (times >= TIMES && times * length >= LEAST_WORDS).then(|| start..start + times * length)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::TimeSpan;

    fn found(text: &str) -> Option<Range<usize>> {
        let words: Vec<Word> = text
            .split(' ')
            .map(|w| Word { text: w.into(), span: TimeSpan::new(0, 1), confidence: 1.0, spaced: true })
            .collect();
        next_loop(&words.iter().collect::<Vec<_>>(), 0)
    }

    #[test]
    fn a_phrase_over_and_over_is_a_loop() {
        let looped = format!("so {}and then", "I don't know, ".repeat(5));
        assert_eq!(found(&looped), Some(1..16));
        assert_eq!(found("oh ".repeat(12).trim_end()), Some(0..12));
    }

    #[test]
    fn what_people_say_several_times_is_none() {
        assert_eq!(found("no no no no no, that is not it"), None);
        assert_eq!(found("row row row your boat gently down the stream merrily merrily merrily merrily"), None);
        assert_eq!(found("ha ha ha ha ha ha ha"), None);
    }
}
