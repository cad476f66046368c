//! Recordings of the library that become FLAC before they are transcribed.

use super::*;
use crate::jobs::Job;
use crate::recording::journal::Journal;

/// A recording of the library as the recorder leaves it, and the job that waits for it.
fn recorded(rig: &Rig, engine: &Engine, flac: bool) -> (Job, PathBuf) {
    let folder = engine.dirs().recordings();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("talk.wav");
    std::fs::copy(&rig.recording, &file).unwrap();
    let job = engine.enqueue(&file, &settings(2)).unwrap();
    engine.library().set_copied(job.recording, &file).unwrap();
    let recording = Some(job.recording);
    let journal =
        Journal { id: "talk".into(), file: file.clone(), finished: true, flac, recording, ..Journal::default() };
    journal.write(&folder).unwrap();
    (job, file)
}

#[test]
fn a_recording_becomes_flac_and_its_journal_names_it_before_the_wav_goes() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let engine = rig.engine(Script::plain());
    let (job, wav) = recorded(&rig, &engine, true);
    let document = essence(&engine, done(run(&engine, job.id)));
    let flac = wav.with_extension("flac");
    let kept = engine.library().recording(job.recording).unwrap();
    assert_eq!((kept.path.as_path(), flac.is_file(), wav.exists()), (flac.as_path(), true, false));
    assert_eq!(Journal::of(&engine.dirs().recordings(), job.recording).unwrap().file, flac);
    let text = |document: &Transcript| document.utterances.iter().map(|u| u.text.clone()).collect::<Vec<_>>();
    assert_eq!(text(&document), text(&expected));
}

#[test]
fn what_a_transcript_was_made_from_stays_a_wav() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let (job, wav) = recorded(&rig, &engine, false);
    done(run(&engine, job.id));
    let folder = engine.dirs().recordings();
    let mut journal = Journal::of(&folder, job.recording).unwrap();
    journal.flac = true;
    journal.write(&folder).unwrap();
    let again = engine.transcribe_again(job.recording, &settings(2)).unwrap();
    done(run(&engine, again.id));
    assert!(wav.is_file() && !wav.with_extension("flac").exists());
    assert_eq!(engine.library().recording(job.recording).unwrap().path, wav);
}
