//! The ledger of a recording: each millisecond of it is words, speech without words, or silence.

use serde::{Deserialize, Serialize};

use crate::time::{Millis, TimeSpan};
use crate::transcript::Utterance;

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

/// Words of an utterance this close are one stretch of words: the longest pause that speakers make between words
/// without stopping is about half a second.
const WORD_GAP_MS: u64 = 500;
/// Speech beside a word and shorter than this belongs to the word: speech regions are padded by 200 ms, and the
/// recogniser's word times are off by half a second. Nearly all such rests of the test recordings are shorter, and nothing
/// is missing there.
const EDGE_MS: u64 = 800;
/// A word covers no more than this: the longest words take about so long, and a recogniser stretches a word over speech
/// that it does not write.
const LONGEST_WORD_MS: u64 = 2_000;
/// Speech that touches no word and is shorter than this counts as silence: the shortest words take 300 ms when said
/// alone, and the VAD is set off by breaths and clicks that are shorter.
const BLIP_MS: u64 = 300;

/// The ledger of a recording of `duration`, from the regions where the VAD heard speech (in any order) and the
/// utterances. What reaches beyond the duration is left out.
pub fn coverage(duration: Millis, speech: &[TimeSpan], utterances: &[Utterance]) -> Coverage {
    let whole = TimeSpan { start: Millis(0), end: duration };
    let clip = |spans: Vec<TimeSpan>| union(spans.into_iter().filter_map(|s| s.intersection(whole)).collect());
    let words = clip(utterances.iter().flat_map(stretches_of).collect());
    let mut result = Coverage { words_ms: total(&words), ..Coverage::default() };
    for rest in without(&clip(speech.to_vec()), &words) {
        let beside_word = is_edge(rest, &words);
        if rest.millis() >= least(beside_word) {
            result.speech_without_words.push(rest);
        } else if beside_word {
            result.words_ms += rest.millis();
        }
    }
    result.speech_without_words = joined(&result.speech_without_words, &words);
    result.speech_without_words_ms = total(&result.speech_without_words);
    result.silence_ms = duration.0 - result.words_ms - result.speech_without_words_ms;
    result
}

/// The parts of `speech` that words with these times, in order, leave without text.
pub fn unwritten(speech: &[TimeSpan], words: &[TimeSpan]) -> Vec<TimeSpan> {
    let words = union(stretches(words));
    let mut rests = without(&union(speech.to_vec()), &words);
    rests.retain(|rest| rest.millis() >= least(is_edge(*rest, &words)));
    joined(&rests, &words)
}

/// Whether speech without words touches a word.
fn is_edge(rest: TimeSpan, words: &[TimeSpan]) -> bool {
    words.iter().any(|w| w.end == rest.start || w.start == rest.end)
}

/// The shortest speech without words that counts.
fn least(beside_word: bool) -> u64 {
    if beside_word { EDGE_MS } else { BLIP_MS }
}

/// Speech without words that a breath cuts is one stretch, as words beside each other are: what is lost is as long as all of it.
/// Where there is a word in between they stay two.
fn joined(rests: &[TimeSpan], words: &[TimeSpan]) -> Vec<TimeSpan> {
    let mut joined: Vec<TimeSpan> = Vec::with_capacity(rests.len());
    for &rest in rests {
        match joined.last_mut() {
            Some(last)
                if rest.start.0 - last.end.0 <= WORD_GAP_MS
                    && !words.iter().any(|w| w.start < rest.start && w.end > last.end) =>
            {
                last.end = rest.end;
            }
            _ => joined.push(rest),
        }
    }
    joined
}

/// The stretches of an utterance that words cover; all of it where it has no word times.
pub(crate) fn stretches_of(utterance: &Utterance) -> Vec<TimeSpan> {
    let spans = stretches(&utterance.words.iter().map(|w| w.span).collect::<Vec<_>>());
    if spans.is_empty() { vec![utterance.span] } else { spans }
}

/// The stretches that words cover.
fn stretches(words: &[TimeSpan]) -> Vec<TimeSpan> {
    let said = words.iter().map(|word| {
        let longest = Millis(word.start.0.saturating_add(LONGEST_WORD_MS));
        TimeSpan { end: word.end.min(longest), ..*word }
    });
    bridged(said, WORD_GAP_MS)
}

/// The spans ordered and joined where they overlap or touch; empty ones are dropped.
pub fn union(mut spans: Vec<TimeSpan>) -> Vec<TimeSpan> {
    spans.retain(|s| !s.is_empty());
    spans.sort_unstable();
    bridged(spans, 0)
}

/// Spans in order of their starts, joined where no more than `gap` milliseconds lie between them.
pub(crate) fn bridged(spans: impl IntoIterator<Item = TimeSpan>, gap: u64) -> Vec<TimeSpan> {
    let mut joined: Vec<TimeSpan> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start.0 <= last.end.0.saturating_add(gap) => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// The parts of `spans` that `holes` do not cover; both as [`union`] gives them.
pub fn without(spans: &[TimeSpan], holes: &[TimeSpan]) -> Vec<TimeSpan> {
    let mut rests = Vec::new();
    for span in spans {
        let mut start = span.start;
        let first = holes.partition_point(|h| h.end <= span.start);
        for hole in holes[first..].iter().take_while(|h| h.start < span.end) {
            if start < hole.start {
                rests.push(TimeSpan { start, end: hole.start });
            }
            start = start.max(hole.end);
        }
        if start < span.end {
            rests.push(TimeSpan { start, end: span.end });
        }
    }
    rests
}

fn total(spans: &[TimeSpan]) -> u64 {
    spans.iter().map(|s| s.millis()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hypothesis::Word;
    use crate::transcript::UtteranceId;

    fn utterance(words: &[(u64, u64)]) -> Utterance {
        let word =
            |&(a, b): &(u64, u64)| Word { text: "w".into(), span: TimeSpan::new(a, b), confidence: 1.0, spaced: true };
        Utterance {
            id: UtteranceId(1),
            speaker: None,
            span: TimeSpan::new(words[0].0, words[words.len() - 1].1),
            text: String::new(),
            words: words.iter().map(word).collect(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        }
    }

    #[test]
    fn lost_speech_is_found_and_edges_are_not_lost_speech() {
        let utterances = [utterance(&[(1000, 1300), (1400, 2000)]), utterance(&[(6000, 6500)])];
        let speech = [TimeSpan::new(700, 2200), TimeSpan::new(3000, 4500), TimeSpan::new(5000, 5100)];
        let found = coverage(Millis(10_000), &speech, &utterances);
        assert_eq!(found.speech_without_words, [TimeSpan::new(3000, 4500)]);
        // 1000..2000, its edges of 300 and 200 ms, and 6000..6500 that the VAD did not hear.
        assert_eq!(found.words_ms, 2000);
        assert_eq!(found.silence_ms, 10_000 - 2000 - 1500);
    }

    #[test]
    fn speech_between_the_words_of_an_utterance_is_lost_speech() {
        let found = coverage(Millis(5000), &[TimeSpan::new(0, 5000)], &[utterance(&[(0, 1000), (2500, 5000)])]);
        assert_eq!(found.speech_without_words, [TimeSpan::new(1000, 2500)]);
    }

    #[test]
    fn lost_speech_that_a_breath_cuts_is_one_stretch_but_not_over_a_word() {
        let speech = [TimeSpan::new(3000, 4800), TimeSpan::new(4900, 6000), TimeSpan::new(7000, 9000)];
        let found = coverage(Millis(12_000), &speech, &[utterance(&[(0, 500)])]);
        assert_eq!(found.speech_without_words, [TimeSpan::new(3000, 6000), TimeSpan::new(7000, 9000)]);
        assert_eq!((found.speech_without_words_ms, found.silence_ms), (5000, 6500));
        let between = coverage(Millis(12_000), &speech, &[utterance(&[(4_820, 4_880)])]);
        assert_eq!(between.speech_without_words[0], TimeSpan::new(3000, 4800));
    }

    #[test]
    fn a_word_that_is_stretched_over_speech_does_not_cover_it() {
        let found = coverage(Millis(30_000), &[TimeSpan::new(0, 30_000)], &[utterance(&[(0, 700), (800, 24_000)])]);
        assert_eq!(found.speech_without_words, [TimeSpan::new(2800, 30_000)]);
        assert_eq!(found.words_ms, 2800);
    }

    fn spans() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0u64..20_000, 0u64..3000).prop_map(|(a, l)| (a, a + l)), 1..12)
    }

    proptest! {
        #[test]
        fn sums_add_up_to_the_duration(duration in 0u64..18_000, speech in spans(), words in spans()) {
            let speech: Vec<TimeSpan> = speech.iter().map(|&(a, b)| TimeSpan::new(a, b)).collect();
            let found = coverage(Millis(duration), &speech, &[utterance(&words)]);
            prop_assert_eq!(found.words_ms + found.silence_ms + found.speech_without_words_ms, duration);
            prop_assert_eq!(total(&found.speech_without_words), found.speech_without_words_ms);
            prop_assert!(found.speech_without_words.windows(2).all(|p| p[0].end < p[1].start));
            prop_assert!(found.speech_without_words.iter().all(|s| s.end.0 <= duration));
        }
    }
}
