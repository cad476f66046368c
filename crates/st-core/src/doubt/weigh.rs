//! What a second try says about a doubtful place.

use super::boilerplate::{is_boilerplate, is_filler};
use super::judge::{Suspicion, is_too_fast, text_of};
use super::repeats::next_loop;
use super::{DoubtKind, Verdict};
use crate::hypothesis::{Segment, WindowHypothesis, Word, plain_word};
use crate::time::TimeSpan;

/// Mean confidence of words below which text of a second try is not believed.
const LEAST_CONFIDENCE: f32 = 0.5;
/// Mean log probability of tokens below which it is not believed.
const LEAST_LOGPROB: f32 = -0.8;
/// The model's own probability that nobody speaks, from which on it is not believed (Whisper's `no_speech_threshold`).
const MOST_NO_SPEECH: f32 = 0.6;
/// Words that a second try must have: one alone is easily made up.
const LEAST_WORDS: usize = 2;
/// Words that text must have where the voice detector hears nobody.
const LEAST_WORDS_UNHEARD: usize = 3;
/// What is said takes so long at most, in milliseconds a letter: a word or two stretched over a place do not fill it.
const MOST_LETTER_MS: u64 = 400;
/// A text comes again where so much of it does.
const AGREE: f32 = 0.6;
/// A second try of unsure text must be better by this in mean log probability.
const BETTER: f32 = 0.2;

/// What a second try gave in place of a doubtful stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard<'a> {
    /// Its pieces within the stretch.
    pub segments: &'a [Segment],
    /// Whether it was decoded without drawing at random, so that its log probabilities compare with those of the first.
    pub plain: bool,
    /// Whether the sound itself could be speech.
    pub voiced: bool,
}

/// The words of a window that lie within a span by their middle, cut to it, in their pieces.
pub fn within(window: &WindowHypothesis, span: TimeSpan) -> Vec<Segment> {
    let mut cut = Vec::new();
    for segment in &window.segments {
        let mut words: Vec<Word> = segment.words.iter().filter(|w| span.contains(w.span.middle())).cloned().collect();
        for word in &mut words {
            word.span = word.span.intersection(span).unwrap_or(word.span);
        }
        cut.extend(piece(segment, words));
    }
    cut
}

/// Words of a piece as one of their own; none where there are none.
fn piece(of: &Segment, words: Vec<Word>) -> Option<Segment> {
    let span = TimeSpan { start: words.first()?.span.start, end: words.last()?.span.end };
    Some(Segment { span, words, avg_logprob: of.avg_logprob, no_speech: of.no_speech })
}

/// Whether text can be believed by itself, wherever it stands.
pub fn believed(segments: &[Segment], language: &str) -> bool {
    let words: Vec<&Word> = segments.iter().flat_map(|s| &s.words).collect();
    let text = text_of(segments);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let millis = last.span.end.saturating_sub(first.span.start).0;
    let confidence = words.iter().map(|w| w.confidence).sum::<f32>() / words.len() as f32;
    words.len() >= LEAST_WORDS
        && confidence >= LEAST_CONFIDENCE
        && logprob(segments) >= LEAST_LOGPROB
        && segments.iter().all(|s| s.no_speech < MOST_NO_SPEECH)
        && next_loop(&words, 0).is_none()
        && !is_too_fast(&text, millis)
        && millis <= 1_000 + MOST_LETTER_MS * plain_word(&text).chars().count() as u64
        && !is_boilerplate(&text, language)
        && !is_filler(&text)
}

/// The part of the words of one text, 0..=1, that another has as well, in their order; 0 where it has none.
pub fn repeated(a: &[Segment], b: &[Segment]) -> f32 {
    let (a, b) = (plain_words(a), plain_words(b));
    // The longest common subsequence, row by row.
    let mut row = vec![0u32; b.len() + 1];
    for word in &a {
        let mut corner = 0;
        for (at, other) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { corner + 1 } else { above.max(row[at]) };
            corner = above;
        }
    }
    if a.is_empty() { 0.0 } else { row[b.len()] as f32 / a.len() as f32 }
}

fn plain_words(segments: &[Segment]) -> Vec<String> {
    segments.iter().flat_map(|s| &s.words).map(|w| plain_word(&w.text)).filter(|w| !w.is_empty()).collect()
}

/// Whether a second try only says again what stands beside the place: the last words before it or the first behind it.
pub fn echoes(segments: &[Segment], before: &[Segment], behind: &[Segment]) -> bool {
    let heard = plain_words(segments);
    let (before, behind) = (plain_words(before), plain_words(behind));
    !heard.is_empty() && (before.ends_with(&heard) || behind.starts_with(&heard))
}

fn logprob(segments: &[Segment]) -> f32 {
    let words: usize = segments.iter().map(|s| s.words.len()).sum();
    let sum: f32 = segments.iter().map(|s| s.avg_logprob * s.words.len() as f32).sum();
    if words == 0 { 0.0 } else { sum / words as f32 }
}

/// Whether text where the voice detector hears nobody can be believed all the same: two tries that began at other places
/// both can be by themselves, and give the same.
pub fn believed_unheard(first: &[Segment], second: &[Segment], language: &str) -> bool {
    plain_words(first).len() >= LEAST_WORDS_UNHEARD
        && believed(first, language)
        && believed(second, language)
        && repeated(first, second).min(repeated(second, first)) >= AGREE
}

/// Puts pieces into a stretch of a window that has no words. A piece that has words on both sides of it becomes two.
pub fn insert(window: &mut WindowHypothesis, span: TimeSpan, found: Vec<Segment>) {
    let mut segments = Vec::with_capacity(window.segments.len() + found.len() + 1);
    for mut segment in std::mem::take(&mut window.segments) {
        let cut = segment.words.partition_point(|word| word.span.middle() < span.start);
        let behind = segment.words.split_off(cut);
        let before = std::mem::take(&mut segment.words);
        segments.extend([before, behind].into_iter().filter_map(|words| piece(&segment, words)));
    }
    let at = segments.partition_point(|segment| segment.span.start < span.start);
    segments.splice(at..at, found);
    window.segments = segments;
}

/// What becomes of a doubtful place, `doubted` being its pieces as they stand. `None`: this try says nothing for sure, and
/// another may.
pub fn weigh(suspicion: &Suspicion, doubted: &[Segment], heard: &Heard<'_>, language: &str) -> Option<Verdict> {
    let believed = believed(heard.segments, language);
    let again = repeated(doubted, heard.segments) >= AGREE;
    match suspicion.kind {
        DoubtKind::SpeechWithoutWords => believed.then_some(Verdict::Repaired),
        DoubtKind::Loop | DoubtKind::Rate if believed => Some(Verdict::Repaired),
        DoubtKind::Loop | DoubtKind::Rate if suspicion.spoken => None,
        DoubtKind::Loop | DoubtKind::Rate => Some(Verdict::Dropped),
        DoubtKind::LowConfidence => {
            let better = heard.plain && logprob(heard.segments) > logprob(doubted) + BETTER;
            (believed && better).then_some(Verdict::Repaired)
        }
        // Made-up sentences come again over silence: only speech can speak for them.
        DoubtKind::Boilerplate if believed && suspicion.spoken => Some(Verdict::Repaired),
        DoubtKind::Boilerplate if again && suspicion.spoken => Some(Verdict::Kept),
        DoubtKind::Boilerplate => Some(Verdict::Dropped),
        DoubtKind::WordsWithoutSpeech if again && heard.voiced => Some(Verdict::Kept),
        DoubtKind::WordsWithoutSpeech => Some(Verdict::Dropped),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::{said, window};
    use super::*;

    const TALK: &str = "here is a sentence that somebody says";

    fn suspicion(kind: DoubtKind, spoken: bool) -> Suspicion {
        Suspicion { kind, span: TimeSpan::new(0, 3_000), segments: 0..1, spoken }
    }

    /// The verdict on `first` after a second try gave `second`.
    fn verdict(kind: DoubtKind, spoken: bool, first: &str, second: &str, voiced: bool) -> Option<Verdict> {
        let part = |text: &str| if text.is_empty() { Vec::new() } else { vec![said(0, 3_000, text)] };
        let heard = part(second);
        weigh(&suspicion(kind, spoken), &part(first), &Heard { segments: &heard, plain: true, voiced }, "en")
    }

    #[test]
    fn speech_without_words_gets_words_that_can_be_believed() {
        let gap = |text| verdict(DoubtKind::SpeechWithoutWords, true, "", text, true);
        assert_eq!(gap(TALK), Some(Verdict::Repaired));
        assert_eq!([gap(""), gap("Thanks for watching!"), gap("you"), gap("a b")], [None; 4]);
    }

    #[test]
    fn a_loop_is_repaired_or_kept_over_speech_and_dropped_elsewhere() {
        let looped = "no way ".repeat(8);
        let again = |spoken, second: &str| verdict(DoubtKind::Loop, spoken, looped.trim(), second, true);
        assert_eq!(again(true, TALK), Some(Verdict::Repaired));
        assert_eq!(again(true, looped.trim()), None);
        assert_eq!(again(false, looped.trim()), Some(Verdict::Dropped));
    }

    #[test]
    fn boilerplate_stays_only_where_it_comes_again_over_speech() {
        let [thanks, other] = ["Thanks for watching!", TALK];
        let again = |spoken, second| verdict(DoubtKind::Boilerplate, spoken, thanks, second, true);
        assert_eq!(again(true, thanks), Some(Verdict::Kept));
        assert_eq!(again(true, other), Some(Verdict::Repaired));
        assert_eq!(again(true, ""), Some(Verdict::Dropped));
        assert_eq!([again(false, thanks), again(false, other)], [Some(Verdict::Dropped); 2]);
    }

    #[test]
    fn words_without_speech_stay_where_they_come_again_over_sound_that_could_be_speech() {
        let again = |second, voiced| verdict(DoubtKind::WordsWithoutSpeech, false, TALK, second, voiced);
        assert_eq!(again(TALK, true), Some(Verdict::Kept));
        assert_eq!(again(TALK, false), Some(Verdict::Dropped));
        assert_eq!(again("quite another thing is here", true), Some(Verdict::Dropped));
    }

    #[test]
    fn unsure_text_gives_way_only_to_what_is_better() {
        let doubted = [Segment { avg_logprob: -1.3, ..said(0, 3_000, "ear is a sent hence") }];
        let heard = [said(0, 3_000, TALK)];
        let weighed = |plain| {
            let heard = Heard { segments: &heard, plain, voiced: true };
            weigh(&suspicion(DoubtKind::LowConfidence, true), &doubted, &heard, "en")
        };
        assert_eq!(weighed(true), Some(Verdict::Repaired));
        assert_eq!(weighed(false), None, "log probabilities at another temperature say nothing");
    }

    #[test]
    fn texts_are_the_same_by_their_words_in_order() {
        let part = |text: &str| vec![said(0, 3_000, text)];
        assert_eq!(repeated(&part("We went home, Anna."), &part("so we went home anna")), 1.0);
        assert_eq!(repeated(&part("one two three four"), &part("one two five six")), 0.5);
        assert_eq!([repeated(&part("one"), &[]), repeated(&[], &part("one"))], [0.0, 0.0]);
        assert!(echoes(&part("home, Anna"), &part("we went home Anna."), &[]));
        assert!(!echoes(&part("to Anna"), &part("we went home Anna."), &part("and then")));
    }

    #[test]
    fn text_that_the_detector_did_not_hear_needs_two_tries_that_agree() {
        let part = |text: &str| vec![said(0, 3_000, text)];
        assert!(believed_unheard(&part(TALK), &part("here is a sentence that someone says"), "en"));
        assert!(!believed_unheard(&part(TALK), &part("it is quite another one this time"), "en"));
        assert!(!believed_unheard(&part("Thank you."), &part("Thank you."), "en"));
        assert!(!believed_unheard(&part("He goes."), &part("He goes."), "en"), "too short");
        let unsure = [Segment { no_speech: 0.9, ..said(0, 3_000, TALK) }];
        assert!(!believed_unheard(&unsure, &part(TALK), "en"));
    }

    #[test]
    fn pieces_are_put_between_the_words_of_another() {
        let mut holed = window(&[said(0, 6_000, "one two three"), said(6_000, 7_000, "six")], 7_000);
        holed.segments[0].words[2].span = TimeSpan::new(5_000, 6_000);
        insert(&mut holed, TimeSpan::new(4_000, 5_000), vec![said(4_100, 4_900, "two and a half")]);
        let texts: Vec<String> = holed.segments.iter().map(|s| text_of(std::slice::from_ref(s))).collect();
        assert_eq!(texts, ["one two", "two and a half", "three", "six"]);
        insert(&mut holed, TimeSpan::new(7_000, 9_000), vec![said(7_000, 9_000, "seven")]);
        assert_eq!(text_of(&holed.segments), "one two two and a half three six seven");
    }

    #[test]
    fn only_words_within_the_place_are_taken() {
        let whole = window(&[said(0, 4_000, "one two three four"), said(4_000, 5_000, "five")], 5_000);
        let cut = within(&whole, TimeSpan::new(1_000, 3_000));
        assert_eq!((text_of(&cut), cut.len()), ("two three".into(), 1));
    }
}
