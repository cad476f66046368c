use super::*;
use crate::align::{align, number_speakers};
use crate::edit::Edit;
use crate::hypothesis::{Hypothesis, Segment, WindowHypothesis, Word};
use crate::transcript::UtteranceId;

const FRESH: SpeakerId = SpeakerId(7);

fn found(turns: &[(u64, u64, u32)]) -> Diarization {
    let turn = |&(start, end, speaker)| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerIndex(speaker) };
    Diarization::from_turns(turns.iter().map(turn).collect())
}

fn grouping(turns: &[(u64, u64, u32)]) -> Grouping {
    let diarization = found(turns);
    Grouping { told: vec![None; diarization.speakers().len()], diarization, folded: Vec::new() }
}

/// Ten words a turn, half a second inside it.
fn transcript(turns: &[(u64, u64, u32)]) -> Transcript {
    let words = turns.iter().flat_map(|&(start, end, _)| {
        let (start, length) = (start + 500, (end - start - 1_000) / 10);
        (0..10).map(move |n| Word {
            text: if n == 9 { "end.".into() } else { format!("w{n}") },
            span: TimeSpan::new(start + n * length, start + (n + 1) * length),
            confidence: 0.9,
            spaced: true,
        })
    });
    let span = TimeSpan::new(0, 40_000);
    let segments = vec![Segment { span, words: words.collect(), avg_logprob: -0.1, no_speech: 0.0 }];
    let hypothesis = Hypothesis { windows: vec![WindowHypothesis { segments, ..WindowHypothesis::default() }] };
    let mut utterances = align(&hypothesis, &found(turns), &AlignOptions::default());
    let speakers = number_speakers(&mut utterances);
    Transcript { speakers, utterances, ..Transcript::default() }
}

fn shown(transcript: &Transcript, groupings: &[Grouping]) -> Vec<(u64, u64, u32)> {
    let turns = turns(transcript, groupings, FRESH).unwrap().turns;
    turns.iter().map(|turn| (turn.span.start.0, turn.span.end.0, turn.speaker.0)).collect()
}

const TALK: [(u64, u64, u32); 4] = [(0, 4_000, 0), (4_500, 9_000, 1), (10_000, 14_000, 0), (14_200, 20_000, 1)];

#[test]
fn what_nobody_changed_is_what_was_found() {
    let talk = transcript(&TALK);
    assert_eq!(shown(&talk, &[grouping(&TALK)]), TALK);
    // Somebody beneath another, and a voice whose words nobody could make out.
    let more = [&TALK[..], &[(1_000, 1_900, 1), (30_000, 31_000, 2)]].concat();
    let mut expected = more.clone();
    expected[5].2 = FRESH.0;
    expected.sort_unstable();
    assert_eq!(shown(&talk, &[grouping(&more)]), expected);
    assert_eq!(turns(&talk, &[], FRESH), None);
}

#[test]
fn found_numbers_become_those_of_the_transcript_and_the_better_grouping_is_taken() {
    let talk = transcript(&TALK);
    let swapped = TALK.map(|(start, end, speaker)| (start, end, 1 - speaker));
    assert_eq!(shown(&talk, &[grouping(&swapped)]), TALK);
    let one = TALK.map(|(start, end, _)| (start, end, 0));
    assert_eq!(shown(&talk, &[grouping(&one), grouping(&swapped)]), TALK);
}

#[test]
fn an_utterance_given_to_somebody_else_takes_its_turn_along() {
    let mut talk = transcript(&TALK);
    let second = talk.utterances[1].id;
    talk.apply(&Edit::AssignSpeaker { utterances: vec![second], speaker: Some(SpeakerId(0)) }).unwrap();
    let expected = [(0, 4_000, 0), (4_500, 9_000, 0), (10_000, 14_000, 0), (14_200, 20_000, 1)];
    assert_eq!(shown(&talk, &[grouping(&TALK)]), expected);
}

#[test]
fn a_cut_utterance_cuts_the_turn_where_the_words_part() {
    let mut talk = transcript(&TALK);
    let first = talk.utterances[0].id;
    talk.apply(&Edit::SplitUtterance { utterance: first, words: 4, new: UtteranceId(90) }).unwrap();
    assert_eq!(shown(&talk, &[grouping(&TALK)]), TALK, "a cut alone says nothing about who speaks");
    talk.apply(&Edit::AssignSpeaker { utterances: vec![UtteranceId(90)], speaker: Some(SpeakerId(1)) }).unwrap();
    let cut = 500 + 4 * 300;
    let rest = &[(4_500, 9_000, 1), (10_000, 14_000, 0), (14_200, 20_000, 1)][..];
    assert_eq!(shown(&talk, &[grouping(&TALK)]), [&[(0, cut, 0), (cut, 4_000, 1)][..], rest].concat());
}

#[test]
fn speakers_made_one_are_one_whatever_grouping_says() {
    let mut talk = transcript(&TALK);
    talk.apply(&Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(0) }).unwrap();
    let expected = TALK.map(|(start, end, _)| (start, end, 0));
    assert_eq!(shown(&talk, &[grouping(&TALK)]), expected);
}

#[test]
fn who_speaks_beneath_stays_and_words_without_a_turn_are_one() {
    let mut talk = transcript(&TALK);
    let both = [&TALK[..], &[(5_500, 7_000, 0)]].concat();
    talk.utterances[1].overlap = vec![SpeakerId(0)];
    talk.utterances[1].checked = true;
    let mut expected = both.clone();
    expected.sort_unstable();
    assert_eq!(shown(&talk, &[grouping(&both)]), expected);
    let silent: Vec<_> = TALK.into_iter().filter(|turn| turn.0 != 10_000).collect();
    let words = talk.utterances[2].span;
    assert!(shown(&talk, &[grouping(&silent)]).contains(&(words.start.0, words.end.0, 0)));
}

#[test]
fn others_keep_what_they_say_themselves() {
    let mut talk = transcript(&TALK);
    // The second begins before the first has ended, and somebody says that the first is the first's.
    talk.utterances[1].span.start = Millis(3_000);
    talk.utterances[1].words[0].span.start = Millis(3_000);
    talk.utterances[0].checked = true;
    let crossed = [(0, 4_000, 0), (2_000, 9_000, 1), (10_000, 14_000, 0), (14_200, 20_000, 1)];
    let expected = [(0, 4_000, 0), (3_000, 9_000, 1), (10_000, 14_000, 0), (14_200, 20_000, 1)];
    assert_eq!(shown(&talk, &[grouping(&crossed)]), expected);
}
