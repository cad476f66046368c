use super::*;
use crate::align::{align, number_speakers};
use crate::edit::Edit;
use crate::history::History;
use crate::hypothesis::{Hypothesis, Segment, WindowHypothesis};

/// Sentences of four words, one after the other.
fn hypothesis(sentences: u64) -> Hypothesis {
    let words = (0..sentences * 4).map(|n| {
        let start = n / 4 * 2_000 + n % 4 * 450;
        let text = if n % 4 == 3 { format!("w{n}.") } else { format!("w{n}") };
        Word { text, span: TimeSpan::new(start, start + 400), confidence: 0.9, spaced: true }
    });
    let words: Vec<Word> = words.collect();
    let span = TimeSpan::new(0, sentences * 2_000);
    let segments = vec![Segment { span, words, avg_logprob: -0.1, no_speech: 0.0 }];
    let window =
        WindowHypothesis { span, decoded_until: span.end, language: "en".into(), segments, ..Default::default() };
    Hypothesis { windows: vec![window] }
}

/// One turn of 2 s for each digit.
fn grouping(speakers: &str, told: &[Option<u32>]) -> Grouping {
    let turn = |(at, speaker): (u64, char)| SpeakerTurn {
        span: TimeSpan::new(at * 2_000, at * 2_000 + 1_800),
        speaker: SpeakerIndex(speaker.to_digit(10).unwrap()),
    };
    let diarization = Diarization::from_turns((0..).zip(speakers.chars()).map(turn).collect());
    let told = (0..diarization.speakers().len()).map(|n| told.get(n).copied().flatten()).collect();
    Grouping { diarization, told, folded: Vec::new() }
}

fn transcript(speakers: &str) -> Transcript {
    let options = AlignOptions::default();
    let mut utterances = align(&hypothesis(speakers.len() as u64), &grouping(speakers, &[]).diarization, &options);
    let speakers = number_speakers(&mut utterances);
    Transcript { speakers, utterances, ..Transcript::default() }
}

/// Speakers of the utterances, each as often as it has sentences.
fn shown(transcript: &Transcript) -> String {
    let one = |u: &Utterance| u.speaker.map_or("-".into(), |s| s.0.to_string()).repeat(u.words.len().div_ceil(4));
    transcript.utterances.iter().map(one).collect::<Vec<_>>().join(" ")
}

struct Desk(Transcript, History);

impl Desk {
    fn new(speakers: &str) -> Self {
        Self(transcript(speakers), History::default())
    }

    fn edit(&mut self, edit: Edit) -> &mut Self {
        self.1.apply(&mut self.0, &edit).unwrap();
        self
    }

    fn fresh(&self) -> Fresh {
        Fresh { utterance: self.1.fresh_utterance(&self.0), speaker: self.1.fresh_speaker(&self.0) }
    }

    fn regroup(&mut self, grouping: &Grouping) -> &mut Self {
        let parts = regroup(&self.0, grouping, self.fresh(), &AlignOptions::default());
        self.edit(Edit::Regroup(parts))
    }

    fn id(&self, at: usize) -> UtteranceId {
        self.0.utterances[at].id
    }
}

#[test]
fn a_regrouped_transcript_is_what_a_run_would_have_made() {
    for (before, after) in [("001100", "001122"), ("000000", "010101"), ("012345", "000000"), ("0011", "0011")] {
        let mut desk = Desk::new(before);
        let old = desk.0.clone();
        desk.regroup(&grouping(after, &[]));
        let made = transcript(after);
        let plain =
            |t: &Transcript| t.utterances.iter().map(|u| (u.span, u.text.clone(), u.overlap.len())).collect::<Vec<_>>();
        assert_eq!(plain(&desk.0), plain(&made), "{before} -> {after}");
        let pairs: HashSet<_> =
            desk.0.utterances.iter().zip(&made.utterances).map(|(a, b)| (a.speaker, b.speaker)).collect();
        assert_eq!(pairs.len(), made.speakers.len(), "one to one");
        assert_eq!(desk.0.speakers.len(), made.speakers.len());
        desk.1.undo(&mut desk.0).unwrap();
        assert_eq!(desk.0, old);
    }
}

#[test]
fn a_speaker_who_is_found_again_keeps_name_and_identity() {
    let mut desk = Desk::new("000110");
    desk.edit(Edit::RenameSpeaker { speaker: SpeakerId(1), name: Some("Anna".into()) });
    desk.regroup(&grouping("111220", &[]));
    assert_eq!(shown(&desk.0), "000 11 2");
    assert_eq!(desk.0.speaker(SpeakerId(1)).unwrap().name.as_deref(), Some("Anna"));
    assert_eq!(desk.0.speaker(SpeakerId(2)).unwrap().label, "SPEAKER_02");
    desk.regroup(&grouping("000000", &[]));
    assert_eq!(desk.0.speakers.len(), 1);
}

#[test]
fn what_the_person_said_and_wrote_stays() {
    let mut desk = Desk::new("001100");
    let (first, second) = (desk.id(0), desk.id(1));
    desk.edit(Edit::SplitUtterance { utterance: first, words: 4, new: UtteranceId(9) });
    desk.edit(Edit::AssignSpeaker { utterances: vec![UtteranceId(9)], speaker: Some(SpeakerId(1)) });
    desk.edit(Edit::ReplaceText { utterance: second, text: "Quite another text now. And  more of it!".into() });
    assert_eq!(told(&desk.0), [Told { span: TimeSpan::new(2_000, 3_750), speaker: 1 }]);
    desk.regroup(&grouping("000101", &[Some(0), Some(1)]));
    let said: Vec<_> = desk.0.utterances.iter().map(|u| (u.speaker.unwrap().0, u.text.as_str(), u.edited)).collect();
    assert_eq!(
        said,
        [
            (0, "w0 w1 w2 w3.", false),
            (1, "w4 w5 w6 w7.", false),
            (0, "Quite another text now.", true),
            (1, "And  more of it!", true),
            (0, "w16 w17 w18 w19.", false),
            (1, "w20 w21 w22 w23.", false),
        ]
    );
    assert!(desk.0.utterances[1].told && desk.0.utterances.iter().filter(|u| u.told).count() == 1);
    let identities: HashSet<_> = desk.0.utterances.iter().map(|u| u.id).collect();
    assert_eq!(identities.len(), 6);
}

#[test]
fn speakers_made_one_are_told_to_be_one() {
    let mut desk = Desk::new("001122");
    desk.edit(Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(0) });
    assert_eq!(told(&desk.0).iter().map(|t| t.speaker).collect::<Vec<_>>(), [0, 0]);
    desk.1.undo(&mut desk.0).unwrap();
    assert_eq!((told(&desk.0), shown(&desk.0)), (vec![], "00 11 22".into()));
}

#[test]
fn one_speaker_becomes_two_and_others_stay() {
    let mut desk = Desk::new("000110");
    let parts = split(&desk.0, SpeakerId(0), &grouping("010220", &[]), desk.fresh(), &AlignOptions::default());
    assert!(parts.is_some(), "turns of others are of no account");
    let mut alone = grouping("010110", &[]);
    alone.diarization.turns.retain(|turn| !(6_000..10_000).contains(&turn.span.start.0));
    let parts = split(&desk.0, SpeakerId(0), &alone, desk.fresh(), &AlignOptions::default()).unwrap();
    desk.edit(Edit::Regroup(parts));
    assert_eq!(shown(&desk.0), "0 2 0 11 0");
    let apart: HashSet<u32> = told(&desk.0).iter().map(|t| t.speaker).collect();
    assert_eq!(apart, [0, 2].into());
    let mut one = grouping("000000", &[]);
    one.diarization.turns.truncate(3);
    assert_eq!(split(&desk.0, SpeakerId(0), &one, desk.fresh(), &AlignOptions::default()), None);
}

#[test]
fn regrouping_counts_as_one_kind_of_change() {
    let mut desk = Desk::new("001100");
    desk.regroup(&grouping("010203", &[]));
    let counts = crate::record::record(&desk.0, &desk.1).counts;
    assert_eq!(counts, [(crate::record::ChangeKind::Grouped, 1)].into());
}

#[test]
fn a_short_voice_is_noted_with_whom_its_words_went_to() {
    let mut desk = Desk::new("001100");
    let mut two = grouping("001100", &[]);
    two.folded = vec![vec![TimeSpan::new(4_100, 5_200)], vec![TimeSpan::new(90_000, 90_500)]];
    desk.regroup(&two);
    let notes = |desk: &Desk| desk.0.provenance.notes.clone();
    assert_eq!(
        notes(&desk),
        [
            "A voice too short for a speaker of its own (1.1 s in all) was counted to “Speaker 2”.",
            "A voice too short for a speaker of its own (0.5 s in all) was left out: no words are there.",
        ]
    );
    desk.regroup(&grouping("001111", &[]));
    assert_eq!(notes(&desk), Vec::<String>::new(), "they are of the grouping before");
    desk.1.undo(&mut desk.0).unwrap();
    assert_eq!(notes(&desk).len(), 2);
}
