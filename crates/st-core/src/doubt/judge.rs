//! Which places of a window's text are not to be trusted.

use std::ops::Range;

use super::boilerplate::{is_boilerplate, is_filler};
use super::repeats::next_loop;
use super::{DoubtKind, LEAST_GAP_MS};
use crate::coverage::unwritten;
use crate::hypothesis::{Segment, WindowHypothesis, Word, join_words};
use crate::time::TimeSpan;

/// Letters a second that nobody reaches: fast speakers say six words a second, of about five letters.
const MOST_LETTERS_A_SECOND: u64 = 35;
/// The same for scripts with a character for a syllable or more.
const MOST_SIGNS_A_SECOND: u64 = 14;
/// Times of words are off by as much, in milliseconds: given to a piece before its rate is judged.
const INEXACT_MS: u64 = 500;
/// Fewer letters say nothing about a rate.
const LEAST_LETTERS: u64 = 20;
/// The same for signs.
const LEAST_SIGNS: u64 = 10;
/// A piece of which less than a quarter of the time that its letters take lies in speech was not said there.
const LEAST_SAID: u64 = 4;
/// Mean log probability of a piece below which the model was unsure of nearly every word: Whisper's `logprob_threshold`.
const LOW_LOGPROB: f32 = -1.0;
/// And it has so many words: one or two may be names.
const LEAST_WORDS: usize = 3;

/// A place that is to be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// What is wrong.
    pub kind: DoubtKind,
    /// Where, on the recording's clock.
    pub span: TimeSpan,
    /// Which segments of the window it is about: none of them for speech without words, which is before the first.
    pub segments: Range<usize>,
    /// Whether somebody speaks there, as far as the voice detector knows.
    pub spoken: bool,
}

/// Whether a script has a sign for a syllable or more.
fn has_signs(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
}

/// The least time that a text takes when it is said, in milliseconds.
pub(super) fn least_ms(text: &str) -> u64 {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
    letters * 1000 / if has_signs(text) { MOST_SIGNS_A_SECOND } else { MOST_LETTERS_A_SECOND }
}

/// Whether there are more words than anybody says in the time.
pub(super) fn is_too_fast(text: &str, millis: u64) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
    letters >= if has_signs(text) { LEAST_SIGNS } else { LEAST_LETTERS } && least_ms(text) > millis + INEXACT_MS
}

/// Judges a window. `speech` is where the voice detector hears speech, on the recording's clock and in order; what lies
/// behind [`WindowHypothesis::decoded_until`] is left to the next window. Places are in order and do not share a segment.
pub fn judge(window: &WindowHypothesis, speech: &[TimeSpan]) -> Vec<Suspicion> {
    let mut found = loops(window);
    for (at, segment) in window.segments.iter().enumerate() {
        if found.iter().any(|s| s.segments.contains(&at)) {
            continue;
        }
        if let Some(kind) = kind(segment, &window.language, speech) {
            match found.last_mut().filter(|last| last.kind == kind && last.segments.end == at) {
                Some(last) => (last.segments.end, last.span.end) = (at + 1, segment.span.end),
                None => found.push(Suspicion { kind, span: segment.span, segments: at..at + 1, spoken: false }),
            }
        }
    }
    for suspicion in &mut found {
        let text = text_of(&window.segments[suspicion.segments.clone()]);
        suspicion.spoken = is_said(&text, suspicion.span, speech);
    }
    let dealt_with = TimeSpan { start: window.span.start, end: window.decoded_until };
    let words: Vec<TimeSpan> = window.segments.iter().flat_map(|s| &s.words).map(|word| word.span).collect();
    let speech: Vec<TimeSpan> = speech.iter().filter_map(|region| region.intersection(dealt_with)).collect();
    let gaps: Vec<TimeSpan> =
        unwritten(&speech, &words).into_iter().filter(|gap| gap.millis() >= LEAST_GAP_MS).collect();
    let gap = |span: TimeSpan| {
        let at = window.segments.partition_point(|segment| segment.span.start < span.start);
        Suspicion { kind: DoubtKind::SpeechWithoutWords, span, segments: at..at, spoken: true }
    };
    match (gaps.first(), speech.first(), speech.last()) {
        // A window without any text is one place.
        (Some(_), Some(first), Some(last)) if words.is_empty() => {
            found.push(gap(TimeSpan { start: first.start, end: last.end }));
        }
        _ => found.extend(gaps.into_iter().map(gap)),
    }
    found.sort_by_key(|suspicion| (suspicion.segments.start, suspicion.span.start));
    found
}

fn loops(window: &WindowHypothesis) -> Vec<Suspicion> {
    let words: Vec<(usize, &Word)> =
        window.segments.iter().enumerate().flat_map(|(at, s)| s.words.iter().map(move |w| (at, w))).collect();
    let plain: Vec<&Word> = words.iter().map(|(_, word)| *word).collect();
    let mut found: Vec<Suspicion> = Vec::new();
    let mut from = 0;
    while let Some(looped) = next_loop(&plain, from) {
        from = looped.end;
        let segments = words[looped.start].0..words[looped.end - 1].0 + 1;
        let span = TimeSpan {
            start: window.segments[segments.start].span.start,
            end: window.segments[segments.end - 1].span.end,
        };
        match found.last_mut().filter(|last| last.segments.end > segments.start) {
            Some(last) => (last.segments.end, last.span.end) = (segments.end, span.end),
            None => found.push(Suspicion { kind: DoubtKind::Loop, span, segments, spoken: false }),
        }
    }
    found
}

/// What is wrong with a piece by itself.
fn kind(segment: &Segment, language: &str, speech: &[TimeSpan]) -> Option<DoubtKind> {
    let text = join_words(&segment.words);
    let unsaid = !is_said(&text, segment.span, speech);
    if is_boilerplate(&text, language) {
        Some(DoubtKind::Boilerplate)
    } else if unsaid && (segment.words.len() > 1 || is_filler(&text)) {
        Some(DoubtKind::WordsWithoutSpeech)
    } else if is_too_fast(&text, segment.span.millis()) {
        Some(DoubtKind::Rate)
    } else if segment.avg_logprob < LOW_LOGPROB && segment.words.len() >= LEAST_WORDS {
        Some(DoubtKind::LowConfidence)
    } else {
        None
    }
}

/// Whether there is speech enough in a span for its text.
fn is_said(text: &str, span: TimeSpan, speech: &[TimeSpan]) -> bool {
    speech.iter().map(|region| region.overlap(span)).sum::<u64>() * LEAST_SAID >= least_ms(text)
}

/// The text of pieces.
pub fn text_of(segments: &[Segment]) -> String {
    join_words(segments.iter().flat_map(|segment| &segment.words))
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::{said, window};
    use super::*;

    const SPEECH: [TimeSpan; 1] = [TimeSpan { start: crate::time::Millis(0), end: crate::time::Millis(20_000) }];

    fn kinds(window: &WindowHypothesis, speech: &[TimeSpan]) -> Vec<(DoubtKind, u64, u64, bool)> {
        judge(window, speech).iter().map(|s| (s.kind, s.span.start.0, s.span.end.0, s.spoken)).collect()
    }

    const TALK: &str = "here is a sentence of the usual length that somebody says and it goes on for a while";

    #[test]
    fn an_ordinary_window_is_trusted() {
        let whole = window(&[said(0, 6_000, TALK), said(6_100, 12_000, TALK), said(12_000, 20_000, TALK)], 20_000);
        assert_eq!(kinds(&whole, &SPEECH), []);
        let quick = window(&[said(0, 3_000, TALK)], 3_000);
        assert_eq!(kinds(&quick, &[TimeSpan::new(0, 3_000)]), [], "fast speech");
    }

    #[test]
    fn speech_without_words_is_found_up_to_where_the_window_is_dealt_with() {
        let holed = window(&[said(0, 6_000, TALK), said(9_000, 15_000, TALK)], 16_000);
        assert_eq!(kinds(&holed, &SPEECH), [(DoubtKind::SpeechWithoutWords, 6_000, 9_000, true)]);
        let empty = window(&[], 20_000);
        assert_eq!(kinds(&empty, &SPEECH), [(DoubtKind::SpeechWithoutWords, 0, 20_000, true)]);
        let talk = [TimeSpan::new(0, 4_000), TimeSpan::new(5_000, 9_000)];
        assert_eq!(kinds(&empty, &talk), [(DoubtKind::SpeechWithoutWords, 0, 9_000, true)], "all of it is one place");
        assert_eq!(kinds(&empty, &[]), []);
    }

    #[test]
    fn a_loop_takes_all_the_pieces_that_it_goes_through() {
        let turn = "I don't know. I don't know.";
        let looped = window(
            &[said(0, 6_000, TALK), said(6_000, 9_000, turn), said(9_000, 12_000, turn), said(12_000, 20_000, TALK)],
            20_000,
        );
        assert_eq!(kinds(&looped, &SPEECH), [(DoubtKind::Loop, 6_000, 12_000, true)]);
    }

    #[test]
    fn words_in_no_time_are_too_many_or_were_not_said() {
        let fast = window(&[said(0, 1_200, TALK), said(1_300, 20_000, &[TALK; 3].join(" "))], 20_000);
        assert_eq!(kinds(&fast, &SPEECH), [(DoubtKind::Rate, 0, 1_200, true)]);
        let beside = window(&[said(0, 6_000, TALK), said(8_000, 9_500, "we were never there")], 20_000);
        let found = kinds(&beside, &[TimeSpan::new(0, 6_100)]);
        assert_eq!(found, [(DoubtKind::WordsWithoutSpeech, 8_000, 9_500, false)]);
    }

    #[test]
    fn boilerplate_is_doubted_everywhere_and_fillers_where_nobody_speaks() {
        let end = |text| window(&[said(0, 6_000, TALK), said(6_200, 7_500, text)], 8_000);
        let [speech, quiet] = [[TimeSpan::new(0, 8_000)], [TimeSpan::new(0, 6_100)]];
        let doubted = |spoken| vec![(DoubtKind::Boilerplate, 6_200, 7_500, spoken)];
        assert_eq!(kinds(&end("Thanks for watching!"), &speech), doubted(true));
        assert_eq!(kinds(&end("Thanks for watching!"), &quiet), doubted(false));
        assert_eq!(kinds(&end("Thank you."), &speech), []);
        let unsaid = [(DoubtKind::WordsWithoutSpeech, 6_200, 7_500, false)];
        assert_eq!(kinds(&end("you"), &quiet), unsaid);
        assert_eq!(kinds(&end("Anna"), &quiet), [], "one word is the inexactness of times");
    }

    #[test]
    fn a_piece_that_the_model_was_unsure_of_is_doubted() {
        let mut unsure = window(&[said(0, 6_000, TALK)], 6_000);
        unsure.segments[0].avg_logprob = -1.2;
        assert_eq!(kinds(&unsure, &[TimeSpan::new(0, 6_000)]), [(DoubtKind::LowConfidence, 0, 6_000, true)]);
    }
}
