//! Speakers again: by a job where voices have to be heard, else at once.

use st_core::transcript::SpeakerId;

use super::super::speakers::{Grouped, SpeakerWish};
use super::*;

/// An engine with a transcript, whose models may not be asked again.
fn transcribed(rig: &Rig) -> (Engine, TranscriptId) {
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let id = done(run(&engine, job.id));
    drop(engine);
    std::fs::remove_file(&rig.recording).unwrap();
    (rig.engine(Script::new(|_| Turn::Die(Reason::Crashed))), id)
}

fn changed(engine: &Engine, id: TranscriptId, wish: SpeakerWish) -> Transcript {
    let seen = engine.transcript(id).unwrap().revision;
    match engine.group_speakers(id, seen, wish).unwrap() {
        Grouped::Changed(change) => change.stored.document,
        Grouped::Queued(job) => panic!("{job:?}"),
    }
}

/// Who says what, without identities.
fn essence_of(document: &Transcript) -> Vec<(Option<SpeakerId>, String)> {
    document.utterances.iter().map(|u| (u.speaker, u.text.clone())).collect()
}

#[test]
fn a_run_with_the_count_and_grouping_again_give_the_same() {
    let rig = Rig::new();
    let wanted = undisturbed(&rig, &JobSettings { speakers: SpeakerChoice::Exact(1), ..settings(2) });
    let (engine, id) = transcribed(&rig);
    let before = engine.transcript(id).unwrap().document;
    let document = changed(&engine, id, SpeakerWish::Count(SpeakerChoice::Exact(1)));
    assert_eq!((essence_of(&document), document.speakers.len()), (essence_of(&wanted), 1));
    let seen = engine.transcript(id).unwrap().revision;
    assert_eq!(engine.undo(id, seen).unwrap().stored.document, before);
    let stale = engine.group_speakers(id, seen, SpeakerWish::Count(SpeakerChoice::Auto)).unwrap_err();
    assert_eq!(stale.code, Code::Conflict);
}

#[test]
fn corrections_hold_and_text_stays() {
    let rig = Rig::new();
    let (engine, id) = transcribed(&rig);
    let first = engine.transcript(id).unwrap().document.utterances[0].clone();
    engine.apply(id, 0, &Edit::ReplaceText { utterance: first.id, text: "Mine".into() }).unwrap();
    let other = SpeakerId(1 - first.speaker.unwrap().0);
    engine.apply(id, 1, &Edit::AssignSpeaker { utterances: vec![first.id], speaker: Some(other) }).unwrap();
    for count in [SpeakerChoice::Exact(1), SpeakerChoice::Auto, SpeakerChoice::Range(1, 2)] {
        let document = changed(&engine, id, SpeakerWish::Count(count));
        let mine = document.utterances.iter().find(|u| u.text == "Mine").unwrap();
        assert_eq!((mine.id, mine.speaker), (first.id, Some(other)), "{count:?}");
    }
}

#[test]
fn one_speaker_becomes_two_again() {
    let rig = Rig::new();
    let (engine, id) = transcribed(&rig);
    let two = engine.transcript(id).unwrap().document;
    let one = changed(&engine, id, SpeakerWish::Count(SpeakerChoice::Exact(1)));
    let again = changed(&engine, id, SpeakerWish::Split(one.speakers[0].id));
    let turns = |t: &Transcript| t.utterances.iter().map(|u| u.text.clone()).collect::<Vec<_>>();
    assert_eq!((turns(&again), again.speakers.len()), (turns(&two), 2));
    assert!(again.utterances.iter().any(|u| u.told), "later groupings keep them apart");
    assert_eq!(changed(&engine, id, SpeakerWish::Count(SpeakerChoice::Exact(1))).speakers.len(), 2);
    let seen = engine.transcript(id).unwrap().revision;
    let refused = engine.group_speakers(id, seen, SpeakerWish::Split(SpeakerId(0))).unwrap_err();
    assert!(refused.message.contains("Only one voice is heard"), "{refused}");
}

#[test]
fn a_job_hears_what_was_not_heard_and_spares_what_was_edited() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let silent = JobSettings { speakers: SpeakerChoice::Off, ..settings(2) };
    let job = engine.enqueue(&rig.recording, &silent).unwrap();
    let id = done(run(&engine, job.id));
    let first = engine.transcript(id).unwrap().document.utterances[0].id;
    engine.apply(id, 0, &Edit::ReplaceText { utterance: first, text: "Mine".into() }).unwrap();
    let Grouped::Queued(again) = engine.group_speakers(id, 1, SpeakerWish::Count(SpeakerChoice::Auto)).unwrap() else {
        panic!("nothing was heard yet")
    };
    assert_eq!(done(run(&engine, again.id)), id, "the same transcript");
    let stored = engine.transcript(id).unwrap();
    assert_eq!((stored.revision, stored.document.speakers.len()), (2, 2));
    assert!(stored.document.utterances.iter().any(|u| u.id == first && u.text == "Mine"));
    assert!(matches!(engine.job(again.id).unwrap().state, JobState::Done(found) if found == id));
    let same = engine.diarize_again(id, SpeakerChoice::Auto).unwrap();
    assert_eq!(done(run(&engine, same.id)), id);
    assert_eq!(engine.transcript(id).unwrap().revision, 2, "the same speakers are no step to undo");
    assert!(engine.undo(id, 2).unwrap().stored.document.speakers.is_empty());
}
