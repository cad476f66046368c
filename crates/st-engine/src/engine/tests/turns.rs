//! Turns in files: what was heard, as the transcript has it now.

use std::collections::HashSet;

use st_core::rttm;
use st_core::transcript::{Speaker, SpeakerId, Utterance, UtteranceId};

use super::*;

/// Start, end and speaker of each turn in the file, in milliseconds.
type Turns = Vec<(u64, u64, String)>;

fn written(engine: &Engine, id: TranscriptId) -> Turns {
    let bytes = engine.export_bytes(id, "rttm", &ExportOptions::default()).unwrap();
    let mut read = rttm::read(&String::from_utf8(bytes).unwrap()).unwrap();
    let Some(found) = read.pop() else { return Vec::new() };
    let turns = found.diarization.turns.iter();
    turns.map(|t| (t.span.start.0, t.span.end.0, found.speakers[t.speaker.0 as usize].clone())).collect()
}

fn edited(engine: &Engine, id: TranscriptId, edit: &Edit) -> Turns {
    let seen = engine.transcript(id).unwrap().revision;
    engine.apply(id, seen, edit).unwrap();
    written(engine, id)
}

/// Who speaks while each utterance's middle word is said.
fn during(turns: &Turns, utterances: &[Utterance]) -> Vec<String> {
    let who = |u: &Utterance| {
        let at = u.words[u.words.len() / 2].span.start.0;
        let there = turns.iter().filter(|(start, end, _)| (*start..*end).contains(&at));
        there.map(|(_, _, name)| name.as_str()).collect::<Vec<_>>().join("+")
    };
    utterances.iter().map(who).collect()
}

fn transcribed(rig: &Rig, settings: &JobSettings) -> (Engine, TranscriptId, Vec<Utterance>) {
    transcribed_file(rig, &rig.recording, settings)
}

fn transcribed_file(rig: &Rig, file: &Path, settings: &JobSettings) -> (Engine, TranscriptId, Vec<Utterance>) {
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(file, settings).unwrap();
    let id = done(run(&engine, job.id));
    let utterances = engine.transcript(id).unwrap().document.utterances;
    (engine, id, utterances)
}

#[test]
fn turns_are_what_was_heard_with_what_the_person_changed() {
    let rig = Rig::new();
    let (engine, id, said) = transcribed(&rig, &settings(2));
    let heard = written(&engine, id);
    let labels: Vec<String> = said.iter().map(|u| format!("SPEAKER_{:02}", u.speaker.unwrap().0)).collect();
    assert_eq!(during(&heard, &said), labels);
    let edges = |u: &Utterance| heard.iter().any(|(start, ..)| *start == u.words[0].span.start.0);
    assert!(!said.iter().all(edges), "these are the times of the words: {heard:?}");

    let named = edited(&engine, id, &Edit::RenameSpeaker { speaker: SpeakerId(1), name: Some("Anna B".into()) });
    let labels: Vec<&str> = labels.iter().map(|l| if l == "SPEAKER_01" { "Anna_B" } else { l }).collect();
    assert_eq!(during(&named, &said), labels);
    let times = |turns: &Turns| turns.iter().map(|(start, end, _)| (*start, *end)).collect::<Vec<_>>();
    assert_eq!(times(&named), times(&heard), "a name moves nothing");

    // The second part of the first utterance is somebody new.
    let new = Speaker::unnamed(engine.transcript(id).unwrap().fresh_speaker);
    let (third, words) = (new.label.clone(), said[0].words.len() / 2);
    let (first, speaker) = (said[0].id, new.id);
    edited(&engine, id, &Edit::AddSpeaker { speaker: new });
    edited(&engine, id, &Edit::SplitUtterance { utterance: first, words, new: UtteranceId(900) });
    let assign = Edit::AssignSpeaker { utterances: vec![UtteranceId(900)], speaker: Some(speaker) };
    let cut = edited(&engine, id, &assign);
    let now = engine.transcript(id).unwrap().document.utterances;
    let expected = [&[labels[0], third.as_str()][..], &labels[1..]].concat();
    assert_eq!(during(&cut, &now), expected);
    let spoken = |turns: &Turns| turns.iter().map(|(start, end, _)| end - start).sum::<u64>();
    assert_eq!(spoken(&cut), spoken(&heard), "no speech comes or goes");

    let merged = edited(&engine, id, &Edit::MergeSpeakers { from: SpeakerId(1), into: SpeakerId(0) });
    let expected: Vec<&str> = expected.iter().map(|name| if *name == third { name } else { "Anna_B" }).collect();
    assert_eq!(during(&merged, &now), expected);

    // What was heard lies with the recording: neither the file nor the models are needed.
    std::fs::remove_file(&rig.recording).unwrap();
    std::fs::remove_dir_all(rig.folder.path().join("models")).unwrap();
    assert_eq!(written(&engine, id), merged);
}

#[test]
fn another_count_shows_in_the_turns() {
    let rig = Rig::new();
    let (engine, id, said) = transcribed(&rig, &settings(2));
    let two = written(&engine, id);
    let wish = crate::SpeakerWish::Count(SpeakerChoice::Exact(1));
    engine.group_speakers(id, 0, wish).unwrap();
    assert!(during(&written(&engine, id), &said).iter().all(|name| name == "SPEAKER_00"));
    engine.undo(id, 1).unwrap();
    assert_eq!(written(&engine, id), two);
}

#[test]
fn a_channel_of_its_own_is_its_persons_turns() {
    let rig = Rig::new();
    let call = super::channels::call(&rig);
    for (speakers, people) in [(SpeakerChoice::Exact(2), 2), (SpeakerChoice::Auto, 4)] {
        let (engine, id, said) = transcribed_file(&rig, &call, &JobSettings { speakers, ..settings(2) });
        let turns = written(&engine, id);
        let names: HashSet<&str> = turns.iter().map(|t| t.2.as_str()).collect();
        assert_eq!(names.len(), people, "{names:?}");
        let document = engine.transcript(id).unwrap().document;
        for (utterance, who) in said.iter().zip(during(&turns, &said)) {
            let name = document.speaker_name(utterance).unwrap().replace(' ', "_");
            assert!(who.split('+').any(|one| one == name), "{name}: {who}");
        }
        // Both speak from 3 to 4 s, and the sound of the last word goes on to 4 s.
        let until = |at: u64| turns.iter().filter(|t| (t.0..t.1).contains(&at)).count();
        assert_eq!((until(3_500), until(3_990)), (2, 2), "{turns:?}");
    }
}

#[test]
fn where_nothing_was_heard_words_say_it() {
    let rig = Rig::new();
    let silent = JobSettings { speakers: SpeakerChoice::Off, ..settings(2) };
    let (engine, id, said) = transcribed(&rig, &silent);
    assert!(written(&engine, id).is_empty(), "nobody is told apart");
    let speaker = Speaker::unnamed(SpeakerId(0));
    edited(&engine, id, &Edit::AddSpeaker { speaker });
    let utterance = &said[0];
    let turns =
        edited(&engine, id, &Edit::AssignSpeaker { utterances: vec![utterance.id], speaker: Some(SpeakerId(0)) });
    assert_eq!(turns.first().map(|t| t.0), Some(utterance.span.start.0));
    assert_eq!(turns.last().map(|t| t.1), Some(utterance.span.end.0));
}
