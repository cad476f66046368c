use proptest::prelude::*;

use super::*;
use crate::diarization::{SpeakerIndex, SpeakerTurn};
use crate::hypothesis::{DecodeFacts, Segment, WindowHypothesis};
use crate::time::Millis;

fn hypothesis(words: Vec<Word>) -> Hypothesis {
    let span = TimeSpan::new(0, words.last().map_or(0, |w| w.span.end.0));
    let segments =
        if words.is_empty() { vec![] } else { vec![Segment { span, words, avg_logprob: -0.2, no_speech: 0.0 }] };
    Hypothesis {
        windows: vec![WindowHypothesis {
            span,
            decoded_until: span.end,
            language: "en".into(),
            segments,
            facts: DecodeFacts::default(),
            findings: Vec::new(),
        }],
    }
}

/// `"text@start-end"` with times in milliseconds, separated by spaces.
fn words(spec: &str) -> Hypothesis {
    let word = |item: &str| {
        let (text, times) = item.rsplit_once('@').unwrap();
        let (start, end) = times.split_once('-').unwrap();
        let span = TimeSpan::new(start.parse().unwrap(), end.parse().unwrap());
        Word { text: text.into(), span, confidence: 0.9, spaced: true }
    };
    hypothesis(spec.split_whitespace().map(word).collect())
}

fn turns(list: &[(u64, u64, u32)]) -> Diarization {
    let turn = |&(a, b, s): &(u64, u64, u32)| SpeakerTurn { span: TimeSpan::new(a, b), speaker: SpeakerIndex(s) };
    Diarization { turns: list.iter().map(turn).collect() }
}

/// `0:text | 1:text+0` for each utterance its speaker, its text and who overlaps it.
fn shown(utterances: &[Utterance]) -> String {
    let show = |u: &Utterance| {
        let speaker = u.speaker.map_or("-".to_owned(), |s| s.0.to_string());
        let overlap: String = u.overlap.iter().map(|s| format!("+{}", s.0)).collect();
        format!("{speaker}:{}{overlap}", u.text)
    };
    utterances.iter().map(show).collect::<Vec<_>>().join(" | ")
}

fn check(spec: &str, diarization: &[(u64, u64, u32)], expected: &str) {
    let result = align(&words(spec), &turns(diarization), &AlignOptions::default());
    assert_eq!(shown(&result), expected);
    assert!(result.iter().enumerate().all(|(i, u)| u.id.0 == i as u64 + 1));
}

#[test]
fn a_change_within_a_segment_cuts_it() {
    check(
        "Is@0-200 it@200-400 so?@400-800 Yes,@900-1300 it@1300-1500 is.@1500-1900",
        &[(0, 850, 0), (850, 2000, 1)],
        "0:Is it so? | 1:Yes, it is.",
    );
}

#[test]
fn a_cut_moves_to_the_end_of_the_sentence() {
    check(
        "Is@0-200 it@200-400 so?@400-650 Yes,@700-1100 it@1100-1300 is.@1300-1900",
        &[(0, 430, 0), (430, 2000, 1)],
        "0:Is it so? | 1:Yes, it is.",
    );
    check(
        "I@0-100 think@100-400 so.@400-700 Well,@700-900 no@950-1300 way.@1300-1900",
        &[(0, 880, 0), (880, 2000, 1)],
        "0:I think so. | 1:Well, no way.",
    );
}

#[test]
fn a_pause_within_a_clause_does_not_hand_its_words_over() {
    check(
        "a@0-200 lobster@200-700 but@1500-1700 a@1700-1800 crayfish.@1800-2500 I@3300-3400 see.@3400-3900",
        &[(0, 1400, 0), (1600, 1800, 1), (1800, 2600, 0), (3200, 4000, 1)],
        "0:a lobster but a crayfish. | 1:I see.",
    );
}

#[test]
fn one_short_word_at_an_edge_tears_nothing() {
    check(
        "we@0-200 went@200-500 to@500-650 the@650-800 market@800-1300",
        &[(0, 500, 0), (500, 650, 1), (650, 1300, 0)],
        "0:we went to the market",
    );
}

#[test]
fn a_word_put_in_beneath_tears_nothing() {
    // While the other goes on, with and without a turn of the main speaker's beneath it.
    let spec = "we@0-200 went,@200-600 mhm,@700-1000 to@1100-1250 the@1250-1400 market.@1400-2000";
    check(spec, &[(0, 2000, 0), (650, 1050, 1)], "0:we went, mhm, to the market.+1");
    check(spec, &[(0, 640, 0), (650, 1050, 1), (1080, 2000, 0)], "0:we went, mhm, to the market.+1");
    check(
        "we@0-200 went@200-600 to@1100-1250 the@1250-1400 market.@1400-2000",
        &[(0, 2000, 0), (650, 1050, 1)],
        "0:we went to the market.",
    );
}

#[test]
fn a_short_answer_between_sentences_is_heard() {
    check(
        "That@0-300 is@300-500 it.@500-900 Yeah.@1000-1350 So@1500-1700 we@1700-1900 go.@1900-2300",
        &[(0, 950, 0), (950, 1400, 1), (1450, 2400, 0)],
        "0:That is it. | 1:Yeah. | 0:So we go.",
    );
}

#[test]
fn a_short_turn_counts_with_the_gaps_between_its_words() {
    // The words alone are shorter than what a change within a clause costs.
    check(
        "What@0-1 a@1-2 thing@200-630 I@850-950 am@1100-1190 because@1500-1900 they@1950-2300 are@2350-2600 afraid@2700-3500",
        &[(0, 1460, 0), (1460, 3600, 1)],
        "0:What a thing I am | 1:because they are afraid",
    );
}

#[test]
fn words_outside_all_turns_go_to_the_nearest() {
    check("one@0-300 two@5000-5300 three@9000-9300", &[(0, 400, 0), (5600, 6000, 1)], "0:one | 1:two | 1:three");
}

#[test]
fn overlapped_speech_is_marked() {
    check(
        "I@0-200 would@200-500 say@500-900 that@900-1500 helps.@1500-2000 Sure.@2000-2500",
        &[(0, 2000, 0), (1000, 2500, 1)],
        "0:I would say that helps.+1 | 1:Sure.",
    );
}

#[test]
fn without_speakers_pauses_cut() {
    check("one@0-300 two@400-700 three@2700-3000 four.@3100-3500", &[], "-:one two | -:three four.");
    assert!(align(&Hypothesis::default(), &turns(&[(0, 1, 0)]), &AlignOptions::default()).is_empty());
}

#[test]
fn a_monologue_becomes_paragraphs() {
    let sentence = |n: u64| (0..10).map(move |i| (n * 10 + i, if i == 9 { "end." } else { "word" }));
    let spec: Vec<String> =
        (0..12).flat_map(sentence).map(|(i, text)| format!("{text}@{}-{}", i * 700, i * 700 + 600)).collect();
    let result = align(&words(&spec.join(" ")), &turns(&[(0, 90_000, 0)]), &AlignOptions::default());
    assert_eq!(result.iter().map(|u| u.words.len()).collect::<Vec<_>>(), [50, 50, 20]);
    let unstopped = spec.join(" ").replace("end.", "word");
    let result = align(&words(&unstopped), &turns(&[(0, 90_000, 0)]), &AlignOptions::default());
    assert!(result.iter().all(|u| u.span.millis() <= 60_000) && result.len() == 2);
}

#[test]
fn speakers_are_numbered_by_first_speech() {
    let mut result = align(
        &words("Is@0-200 it@200-400 so?@400-800 Yes,@900-1300 it@1300-1500 is.@1500-1900"),
        &turns(&[(0, 850, 4), (200, 800, 7), (850, 2000, 2)]),
        &AlignOptions::default(),
    );
    let speakers = number_speakers(&mut result);
    assert_eq!(shown(&result), "0:Is it so?+1 | 2:Yes, it is.");
    let labels: Vec<&str> = speakers.iter().map(|s| s.label.as_str()).collect();
    assert_eq!(labels, ["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"]);
}

fn any_words() -> impl Strategy<Value = Vec<Word>> {
    let text = prop::sample::select(vec!["so", "yes.", "well,", "一", "。", "word"]);
    prop::collection::vec((text, 0u64..3000, 1u64..900, any::<bool>()), 0..80).prop_map(|items| {
        let mut now = 0;
        let mut word = |(text, pause, length, spaced): (&str, u64, u64, bool)| {
            let start = now + pause.saturating_sub(400);
            now = start + length;
            Word { text: text.into(), span: TimeSpan::new(start, now), confidence: 0.5, spaced }
        };
        items.into_iter().map(&mut word).collect()
    })
}

proptest! {
    #[test]
    fn every_word_appears_once_in_order(
        list in any_words(),
        spans in prop::collection::vec((0u64..60_000, 0u64..5000, 0u32..5), 0..20),
    ) {
        let mut spans: Vec<_> = spans.into_iter().map(|(a, l, s)| (a, a + l, s)).collect();
        spans.sort_unstable();
        let options = AlignOptions::default();
        let result = align(&hypothesis(list.clone()), &turns(&spans), &options);
        let got: Vec<Word> = result.iter().flat_map(|u| u.words.clone()).collect();
        prop_assert_eq!(&got, &list);
        for (at, u) in result.iter().enumerate() {
            prop_assert_eq!(u.id.0, at as u64 + 1);
            prop_assert_eq!(u.speaker.is_some(), !spans.is_empty());
            prop_assert!(!u.words.is_empty() && u.span.millis() <= options.longest_ms);
            prop_assert_eq!(u.span.start, u.words[0].span.start);
            prop_assert!(u.words.windows(2).all(|p| gap(&p[0], &p[1]) < options.pause_ms));
            prop_assert!(!u.overlap.contains(&u.speaker.unwrap_or(SpeakerId(u32::MAX))));
        }
        prop_assert!(result.windows(2).all(|p| p[0].span.start <= p[1].span.start));
        prop_assert!(result.iter().all(|u| u.span.end >= Millis(0)));
    }
}
