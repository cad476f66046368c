use proptest::prelude::*;

use super::*;
use st_core::transcript::{Speaker, UtteranceId};

fn utterance(id: u64, speaker: Option<u32>, span: (u64, u64), text: &str) -> Utterance {
    let span = TimeSpan::new(span.0, span.1);
    Utterance {
        id: UtteranceId(id),
        speaker: speaker.map(SpeakerId),
        span,
        text: text.into(),
        words: retext(&[], text, span),
        overlap: vec![],
        edited: false,
        checked: false,
        told: false,
    }
}

fn transcript(utterances: Vec<Utterance>) -> Transcript {
    let speaker = |i: u32| Speaker { id: SpeakerId(i), label: format!("SPEAKER_{i:02}"), name: None, colour: None };
    Transcript { speakers: (0..3).map(speaker).collect(), utterances, ..Transcript::default() }
}

fn shown(cues: &[Cue]) -> String {
    let show = |c: &Cue| format!("{}-{} {}", c.span.start.0, c.span.end.0, c.lines.join(" / "));
    cues.iter().map(show).collect::<Vec<_>>().join("\n")
}

fn check(utterances: Vec<Utterance>, names: bool, expected: &str) {
    assert_eq!(shown(&cues(&transcript(utterances), &CueOptions::default(), names)), expected);
}

#[test]
fn cues_end_with_sentences_and_clauses() {
    let text = "We looked at the budget again. It is not as bad as we feared last week, and there is still time \
                before the board meets on Friday. Nobody needs to worry.";
    check(
        vec![utterance(1, Some(0), (1000, 11_000), text)],
        false,
        "1000-5510 We looked at the budget again. / It is not as bad as we feared last week,\n\
         5590-11000 and there is still time before the board / meets on Friday. Nobody needs to worry.",
    );
}

#[test]
fn short_cues_are_held_and_names_stand_at_changes() {
    check(
        vec![
            utterance(1, Some(0), (1000, 1300), "Ready?"),
            utterance(2, Some(1), (5000, 5200), "Yes."),
            utterance(3, Some(1), (9000, 9300), "Go on."),
        ],
        true,
        "1000-2000 Speaker 1: Ready?\n5000-6000 Speaker 2: Yes.\n9000-10000 Go on.",
    );
}

#[test]
fn cues_that_would_overlap_follow_each_other() {
    check(
        vec![utterance(1, Some(0), (0, 4000), "I would not do that."), utterance(2, Some(1), (2000, 3000), "Why?")],
        false,
        "0-1920 I would not do that.\n2000-3000 Why?",
    );
}

#[test]
fn wide_characters_take_two_columns() {
    let text = "今日は天気がいいので、公園まで歩いて行こうと思います。それから図書館で本を読むつもりです。";
    let cues = cues(&transcript(vec![utterance(1, None, (0, 9000), text)]), &CueOptions::default(), false);
    assert!(cues.iter().flat_map(|c| &c.lines).all(|l| columns(l) <= 42), "{}", shown(&cues));
    assert!(cues.iter().any(|c| c.lines.join("").ends_with("思います。")), "{}", shown(&cues));
    assert_eq!(cues.iter().map(|c| c.lines.join("")).collect::<String>(), text);
}

#[test]
fn a_word_longer_than_a_line_is_cut_up() {
    let text = "see ".to_owned() + &"x".repeat(100);
    let cues = cues(&transcript(vec![utterance(1, None, (0, 5000), &text)]), &CueOptions::default(), false);
    assert!(cues.iter().flat_map(|c| &c.lines).all(|l| columns(l) <= 42));
    let letters: String = cues.iter().flat_map(|c| &c.lines).flat_map(|l| l.split(' ')).collect();
    assert_eq!(letters, text.replace(' ', ""));
}

proptest! {
    #[test]
    fn limits_hold_for_any_transcript(
        parts in prop::collection::vec(
            ("([a-z]{1,12}[.,]? ?|一|\n){1,60}", 0u64..40_000, 0u64..20_000, prop::option::of(0u32..3)), 0..8),
        names: bool,
        gap_ms in 0u64..500,
        lines in 1usize..5,
        width in 8usize..60,
    ) {
        let mut utterances: Vec<Utterance> = parts
            .iter()
            .enumerate()
            .map(|(i, (text, start, length, s))| utterance(i as u64 + 1, *s, (*start, start + length), text))
            .collect();
        utterances.sort_by_key(|u| (u.span.start, u.id));
        let expected: usize = utterances.iter().flat_map(|u| &u.words).map(|w| w.text.chars().count()).sum();
        let options = CueOptions { gap_ms, lines, columns: width, ..CueOptions::default() };
        let made = cues(&transcript(utterances), &options, names);
        let mut last = Millis(0);
        for cue in &made {
            prop_assert!(cue.span.start >= last && cue.span.millis() >= FLOOR_MS);
            prop_assert!((1..=options.lines).contains(&cue.lines.len()));
            let good = |l: &String| !l.trim().is_empty() && columns(l) <= options.columns && !l.contains('\n');
            prop_assert!(cue.lines.iter().all(good));
            last = Millis(cue.span.end.0 + gap_ms);
        }
        prop_assert!(made.windows(2).all(|p| p[0].span.start < p[1].span.start));
        if !names {
            let letters = |l: &String| l.chars().filter(|c| !c.is_whitespace()).count();
            prop_assert_eq!(made.iter().flat_map(|c| &c.lines).map(letters).sum::<usize>(), expected);
        }
    }
}
