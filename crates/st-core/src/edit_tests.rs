use proptest::prelude::*;

use super::*;
use crate::hypothesis::join_words;

fn utterance(id: u64, speaker: Option<u32>, start: u64, text: &str) -> Utterance {
    let span = TimeSpan::new(start, start + 1000);
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

fn speaker(id: u32, name: Option<&str>) -> Speaker {
    Speaker { id: SpeakerId(id), label: format!("SPEAKER_{id:02}"), name: name.map(str::to_owned), colour: None }
}

fn sample() -> Transcript {
    let mut talk = vec![
        utterance(1, Some(0), 0, "Good morning everyone."),
        utterance(2, Some(1), 1000, "Morning."),
        utterance(3, Some(2), 2000, "Shall we\nbegin now"),
        utterance(4, None, 3000, "取材田中です。"),
    ];
    talk[1].overlap = vec![SpeakerId(0), SpeakerId(2)];
    let speakers = vec![speaker(0, None), speaker(1, Some("Lena")), speaker(2, None)];
    Transcript { speakers, utterances: talk, ..Transcript::default() }
}

/// Applies an edit, checks that its inverse takes it back exactly and that both survive storing, and shows the result.
fn check(edit: Edit, expected: &str) {
    let before = sample();
    let mut transcript = before.clone();
    let stored: Edit = serde_json::from_str(&serde_json::to_string(&edit).unwrap()).unwrap();
    let inverse = transcript.apply(&stored).unwrap();
    let show = |u: &Utterance| {
        let who = u.speaker.map_or("-".into(), |s| s.0.to_string());
        let overlap: String = u.overlap.iter().map(|s| format!("+{}", s.0)).collect();
        format!("{}/{who}{overlap} {}-{} {}", u.id.0, u.span.start.0, u.span.end.0, u.text)
    };
    let changed = transcript.utterances.iter().filter(|u| !before.utterances.contains(u));
    assert_eq!(changed.map(show).collect::<Vec<_>>().join(" | "), expected);
    let stored: Edit = serde_json::from_str(&serde_json::to_string(&inverse).unwrap()).unwrap();
    let again = transcript.clone();
    let redo = transcript.apply(&stored).unwrap();
    assert_eq!(transcript, before);
    transcript.apply(&redo).unwrap();
    assert_eq!(transcript, again);
}

fn refused(edit: Edit, error: EditError) {
    let mut transcript = sample();
    assert_eq!(transcript.apply(&edit), Err(error));
    assert_eq!(transcript, sample());
}

const fn id(number: u64) -> UtteranceId {
    UtteranceId(number)
}

#[test]
fn text_is_replaced() {
    check(Edit::ReplaceText { utterance: id(2), text: "Morning, all.".into() }, "2/1+0+2 1000-2000 Morning, all.");
}

#[test]
fn utterances_are_split_and_joined() {
    check(
        Edit::SplitUtterance { utterance: id(3), words: 2, new: id(9) },
        "3/2 2000-2466 Shall we | 9/2 2466-3000 begin now",
    );
    check(
        Edit::SplitUtterance { utterance: id(4), words: 2, new: id(9) },
        "4/- 3000-3285 取材 | 9/- 3285-4000 田中です。",
    );
    check(Edit::JoinUtterances { first: id(1), second: id(2) }, "1/0+2 0-2000 Good morning everyone. Morning.");
    refused(
        Edit::JoinUtterances { first: id(1), second: id(3) },
        EditError::NotNeighbours { first: id(1), second: id(3) },
    );
    refused(
        Edit::SplitUtterance { utterance: id(2), words: 1, new: id(9) },
        EditError::NoSuchCut { words: 1, length: 1 },
    );
    refused(Edit::SplitUtterance { utterance: id(1), words: 1, new: id(4) }, EditError::UtteranceExists(id(4)));
}

#[test]
fn speakers_are_assigned_named_and_merged() {
    let two = Some(SpeakerId(2));
    check(
        Edit::AssignSpeaker { utterances: vec![id(2), id(4)], speaker: two },
        "2/2+0 1000-2000 Morning. | 4/2 3000-4000 取材田中です。",
    );
    check(Edit::AssignSpeaker { utterances: vec![id(2), id(2)], speaker: None }, "2/-+0+2 1000-2000 Morning.");
    check(Edit::RenameSpeaker { speaker: SpeakerId(1), name: Some("  ".into()) }, "");
    check(Edit::AddSpeaker { speaker: speaker(3, Some("Yusuf")) }, "");
    check(Edit::RecolourSpeaker { speaker: SpeakerId(1), colour: Some(7) }, "");
    // The third is only told to be one with it.
    check(
        Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(2) },
        "2/2+0 1000-2000 Morning. | 3/2 2000-3000 Shall we\nbegin now",
    );
    let mut transcript = sample();
    transcript.apply(&Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(2) }).unwrap();
    assert_eq!(transcript.speakers, [speaker(0, None), speaker(2, Some("Lena"))]);
    refused(Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(1) }, EditError::SameSpeaker);
    refused(
        Edit::AssignSpeaker { utterances: vec![id(1)], speaker: Some(SpeakerId(8)) },
        EditError::UnknownSpeaker(SpeakerId(8)),
    );
    refused(Edit::AddSpeaker { speaker: speaker(1, None) }, EditError::SpeakerExists(SpeakerId(1)));
    refused(Edit::RemoveSpeaker { speaker: SpeakerId(1) }, EditError::SpeakerInUse(SpeakerId(1)));
    refused(Edit::RemoveSpeaker { speaker: SpeakerId(8) }, EditError::UnknownSpeaker(SpeakerId(8)));
}

#[test]
fn times_change_and_utterances_come_and_go() {
    check(Edit::Retime { utterance: id(1), span: TimeSpan::new(5000, 6000) }, "1/0 5000-6000 Good morning everyone.");
    check(Edit::DeleteUtterance { utterance: id(3) }, "");
    let utterance = utterance(9, Some(1), 500, "Hello there");
    check(Edit::InsertUtterance { utterance: utterance.clone() }, "9/1 500-1500 Hello there");
    refused(Edit::DeleteUtterance { utterance: id(9) }, EditError::UnknownUtterance(id(9)));
    refused(Edit::Retime { utterance: id(1), span: TimeSpan::new(0, 2) }, EditError::TooShort { millis: 2, words: 3 });
    refused(
        Edit::InsertUtterance { utterance: Utterance { id: id(1), ..utterance } },
        EditError::UtteranceExists(id(1)),
    );
}

#[test]
fn words_follow_the_times_of_their_utterance() {
    let mut transcript = sample();
    let spans = |t: &Transcript| -> Vec<(u64, u64)> {
        let u = t.utterances.iter().find(|u| u.id == id(1)).unwrap();
        u.words.iter().map(|w| (w.span.start.0, w.span.end.0)).collect()
    };
    assert_eq!(spans(&transcript), [(0, 200), (200, 550), (550, 1000)]);
    transcript.apply(&Edit::Retime { utterance: id(1), span: TimeSpan::new(100, 900) }).unwrap();
    assert_eq!(spans(&transcript), [(100, 200), (200, 550), (550, 900)]);
    transcript.apply(&Edit::Retime { utterance: id(1), span: TimeSpan::new(600, 1400) }).unwrap();
    assert_eq!(spans(&transcript), [(600, 700), (700, 1050), (1050, 1400)]);
    transcript.apply(&Edit::Retime { utterance: id(1), span: TimeSpan::new(2000, 2300) }).unwrap();
    assert_eq!(spans(&transcript), [(2000, 2100), (2100, 2200), (2200, 2300)]);
}

#[test]
fn several_edits_are_one_step_and_all_or_none() {
    let text = |i: u64, text: &str| Edit::ReplaceText { utterance: id(i), text: text.into() };
    check(
        Edit::Together { edits: vec![text(1, "Good day."), text(1, "Good night."), text(2, "Night.")] },
        "1/0 0-1000 Good night. | 2/1+0+2 1000-2000 Night.",
    );
    check(
        Edit::Together {
            edits: vec![
                Edit::AddSpeaker { speaker: speaker(3, None) },
                Edit::AssignSpeaker { utterances: vec![id(4)], speaker: Some(SpeakerId(3)) },
                Edit::AssignSpeaker { utterances: vec![id(4)], speaker: None },
                Edit::RemoveSpeaker { speaker: SpeakerId(3) },
            ],
        },
        "",
    );
    let edits = vec![text(1, "Good day."), Edit::DeleteUtterance { utterance: id(2) }, text(9, "Nobody.")];
    refused(Edit::Together { edits }, EditError::UnknownUtterance(id(9)));
}

#[test]
fn what_is_right_is_marked_so() {
    let edit = Edit::MarkChecked { utterances: vec![id(1), id(3), id(1)], checked: true };
    let mut transcript = sample();
    let inverse = transcript.apply(&edit).unwrap();
    let checked: Vec<_> = transcript.utterances.iter().filter(|u| u.checked).map(|u| u.id.0).collect();
    assert_eq!(checked, [1, 3]);
    transcript.apply(&inverse).unwrap();
    assert_eq!(transcript, sample());
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let one = any_single_edit().boxed();
    prop_oneof![
        5 => one.clone(),
        1 => prop::collection::vec(one, 0..4).prop_map(|edits| Edit::Together { edits }),
    ]
}

fn any_single_edit() -> impl Strategy<Value = Edit> {
    let utterance_id = || (1u64..8).prop_map(UtteranceId);
    let speaker_id = || (0u32..5).prop_map(SpeakerId);
    let text = || "[a-c一 ,.\n]{0,20}";
    prop_oneof![
        (utterance_id(), text()).prop_map(|(utterance, text)| Edit::ReplaceText { utterance, text }),
        (utterance_id(), 0usize..5, utterance_id()).prop_map(|(utterance, words, new)| Edit::SplitUtterance {
            utterance,
            words,
            new
        }),
        (utterance_id(), utterance_id()).prop_map(|(first, second)| Edit::JoinUtterances { first, second }),
        (prop::collection::vec(utterance_id(), 0..4), prop::option::of(speaker_id()))
            .prop_map(|(utterances, speaker)| Edit::AssignSpeaker { utterances, speaker }),
        (0u32..5, prop::option::of("[a-b ]{0,3}"))
            .prop_map(|(i, name)| Edit::AddSpeaker { speaker: speaker(i, name.as_deref()) }),
        (speaker_id(), prop::option::of("[a-b ]{0,3}"))
            .prop_map(|(speaker, name)| Edit::RenameSpeaker { speaker, name }),
        (speaker_id(), speaker_id()).prop_map(|(from, into)| Edit::MergeSpeakers { from, into }),
        (speaker_id(), prop::option::of(0u8..12))
            .prop_map(|(speaker, colour)| Edit::RecolourSpeaker { speaker, colour }),
        speaker_id().prop_map(|speaker| Edit::RemoveSpeaker { speaker }),
        (prop::collection::vec(utterance_id(), 0..4), any::<bool>())
            .prop_map(|(utterances, checked)| Edit::MarkChecked { utterances, checked }),
        (utterance_id(), 0u64..5000, 0u64..2000)
            .prop_map(|(utterance, a, l)| Edit::Retime { utterance, span: TimeSpan::new(a, a + l) }),
        utterance_id().prop_map(|utterance| Edit::DeleteUtterance { utterance }),
        (1u64..8, prop::option::of(0u32..5), 0u64..5000, text())
            .prop_map(|(i, s, start, text)| Edit::InsertUtterance { utterance: utterance(i, s, start, &text) }),
    ]
}

proptest! {
    #[test]
    fn inverses_take_every_edit_back(edits in prop::collection::vec(any_edit(), 1..25)) {
        let mut transcript = sample();
        let mut steps = Vec::new();
        for edit in &edits {
            let before = transcript.clone();
            match transcript.apply(edit) {
                Ok(inverse) => steps.push((inverse, before)),
                Err(_) => prop_assert_eq!(&transcript, &before),
            }
            let order: Vec<_> = transcript.utterances.iter().map(|u| (u.span.start, u.id)).collect();
            prop_assert!(order.windows(2).all(|p| p[0] < p[1]));
            for u in &transcript.utterances {
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
                prop_assert_eq!(bare(&join_words(&u.words)), bare(&u.text));
                prop_assert!(u.speaker.is_none_or(|s| transcript.speaker(s).is_some()));
                prop_assert!(u.overlap.iter().all(|&s| transcript.speaker(s).is_some() && u.speaker != Some(s)));
            }
        }
        for (inverse, before) in steps.iter().rev() {
            transcript.apply(inverse).unwrap();
            prop_assert_eq!(&transcript, before);
        }
    }
}

#[test]
fn doubts_are_settled_and_it_is_taken_back() {
    use crate::doubt::{Doubt, DoubtKind, Finding, Verdict};
    let doubt = |id, settled| Doubt {
        id: DoubtId(id),
        finding: Finding {
            kind: DoubtKind::Loop,
            span: TimeSpan::new(0, 1_000),
            verdict: Verdict::Kept,
            text: "no no".into(),
        },
        settled,
    };
    let before = Transcript { doubts: vec![doubt(0, false), doubt(1, true), doubt(2, false)], ..sample() };
    let mut transcript = before.clone();
    let edit = Edit::SettleDoubts { doubts: vec![DoubtId(0), DoubtId(1)], settled: true };
    let inverse = transcript.apply(&edit).unwrap();
    assert_eq!(transcript.doubts.iter().map(|d| d.settled).collect::<Vec<_>>(), [true, true, false]);
    let redo = transcript.apply(&inverse).unwrap();
    assert_eq!(transcript, before, "one that was settled before stays so");
    transcript.apply(&redo).unwrap();
    assert!(transcript.doubts[0].settled);
    refused(Edit::SettleDoubts { doubts: vec![DoubtId(9)], settled: true }, EditError::UnknownDoubt(DoubtId(9)));
}
