//! Voices that are remembered: offered only where that is wanted, and never given by themselves.

use st_core::transcript::SpeakerId;

use super::super::voices::{VoiceAnswer, VoiceCall};
use super::*;

/// Two recordings with the same two people: in the first both are named.
fn two_recordings(rig: &Rig) -> (Engine, TranscriptId, TranscriptId) {
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let first = done(run(&engine, job.id));
    let copy = rig.recording.with_file_name("again.wav");
    std::fs::copy(&rig.recording, &copy).unwrap();
    let job = engine.enqueue(&copy, &settings(2)).unwrap();
    let second = done(run(&engine, job.id));
    for (revision, name) in [(0, "Anna"), (1, "Bo")] {
        let speaker = SpeakerId(revision as u32);
        engine.apply(first, revision, &Edit::RenameSpeaker { speaker, name: Some(name.into()) }).unwrap();
    }
    (engine, first, second)
}

fn ask(engine: &Engine, call: VoiceCall) -> VoiceAnswer {
    engine.voices(&call).unwrap()
}

fn offered(engine: &Engine, transcript: TranscriptId) -> Vec<(u32, String)> {
    let answer = ask(engine, VoiceCall::Offers { transcript: transcript.to_string() });
    answer.offers.iter().map(|offer| (offer.speaker.0, offer.name.clone())).collect()
}

fn remember(engine: &Engine, transcript: TranscriptId, speaker: u32) {
    ask(engine, VoiceCall::Remember { transcript: transcript.to_string(), speaker: SpeakerId(speaker) });
}

fn switch_on(engine: &Engine) {
    let mut settings = engine.settings();
    settings.preferences.remember_voices = true;
    engine.set_settings(&settings).unwrap();
}

#[test]
fn names_are_offered_for_voices_that_are_known_and_nothing_is_given() {
    let rig = Rig::new();
    let (engine, first, second) = two_recordings(&rig);
    remember(&engine, first, 0);
    assert_eq!(offered(&engine, second), [], "nobody switched it on");
    switch_on(&engine);
    assert_eq!(offered(&engine, second), [(0, "Anna".into())]);
    assert_eq!(offered(&engine, first), [], "who has a name needs none");
    remember(&engine, first, 1);
    remember(&engine, first, 1);
    assert_eq!(offered(&engine, second).len(), 2);
    let known = ask(&engine, VoiceCall::List).known;
    let shown: Vec<_> = known.iter().map(|voice| (voice.name.as_str(), voice.recordings, voice.usable)).collect();
    assert_eq!(shown, [("Anna", 1, true), ("Bo", 1, true)]);
    let document = engine.transcript(second).unwrap();
    assert!(document.revision == 0 && document.document.speakers.iter().all(|speaker| speaker.name.is_none()));
    engine.apply(second, 0, &Edit::RenameSpeaker { speaker: SpeakerId(1), name: Some("anna".into()) }).unwrap();
    assert_eq!(offered(&engine, second), [], "a name is given once");
}

#[test]
fn rejected_and_forgotten_names_are_not_offered() {
    let rig = Rig::new();
    let (engine, first, second) = two_recordings(&rig);
    switch_on(&engine);
    remember(&engine, first, 0);
    let anna = ask(&engine, VoiceCall::List).known[0].id;
    let reject = VoiceCall::Reject { transcript: second.to_string(), speaker: SpeakerId(0), person: anna };
    assert_eq!(ask(&engine, reject).offers, []);
    assert_eq!(offered(&engine, second), []);
    assert_eq!(ask(&engine, VoiceCall::Forget { person: anna }).known, []);
    let nameless = engine.voices(&VoiceCall::Remember { transcript: second.to_string(), speaker: SpeakerId(0) });
    assert!(nameless.unwrap_err().message.contains("Name the speaker first"));
}

#[test]
fn another_model_is_not_compared_and_files_carry_voices_over() {
    let rig = Rig::new();
    let (engine, first, second) = two_recordings(&rig);
    switch_on(&engine);
    remember(&engine, first, 0);
    let folder = rig.folder.path().to_path_buf();
    let export = || ask(&engine, VoiceCall::Export { folder: folder.clone() }).file.unwrap();
    let (file, other) = (export(), export());
    assert_ne!(file, other, "no file is replaced");
    let anna = ask(&engine, VoiceCall::List).known[0].clone();
    ask(&engine, VoiceCall::Forget { person: anna.id });
    ask(&engine, VoiceCall::Import { path: file.clone() });
    assert_eq!(offered(&engine, second), [(0, "Anna".into())]);
    ask(&engine, VoiceCall::Import { path: file.clone() });
    assert_eq!(ask(&engine, VoiceCall::List).known[0].recordings, 1, "the same voice once");

    let id = ask(&engine, VoiceCall::List).known[0].id;
    ask(&engine, VoiceCall::Forget { person: id });
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    text["people"][0]["voices"][0]["model"] = "another".into();
    std::fs::write(&file, text.to_string()).unwrap();
    assert!(!ask(&engine, VoiceCall::Import { path: file.clone() }).known[0].usable);
    assert_eq!(offered(&engine, second), []);
    std::fs::write(&file, "{}").unwrap();
    assert!(engine.voices(&VoiceCall::Import { path: file }).unwrap_err().message.contains("holds no voices"));
}
