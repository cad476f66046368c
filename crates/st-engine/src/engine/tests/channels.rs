//! Channels that are people of their own: transcribed one by one, and the same whatever happens meanwhile.

use st_core::transcript::SpeakerId;

use super::*;
use crate::jobs::ChannelChoice;
use crate::recording::journal::{Journal, Part};

/// 40 s in which the left channel speaks for the first four seconds of each eight and the right one for the last five.
pub(super) fn call(rig: &Rig) -> PathBuf {
    let samples = (0..40 * 16_000).flat_map(|n: i32| {
        let second = n / 16_000 % 8;
        let tone = |on: bool, step: f64| if on { ((f64::from(n) * step).sin() * 12_000.0) as i16 } else { 0 };
        [tone(second < 4, 0.3), tone(second >= 3, 0.21)]
    });
    wav_of(2, rig.folder.path(), "call.wav", &samples.collect::<Vec<_>>())
}

fn spoken(document: &Transcript, name: &str) -> Vec<(u64, u64)> {
    let id = document.speakers.iter().find(|speaker| speaker.name.as_deref() == Some(name)).map(|speaker| speaker.id);
    let own = document.utterances.iter().filter(|utterance| utterance.speaker == id);
    own.map(|utterance| (utterance.span.start.0 / 1_000, utterance.span.end.0.div_ceil(1_000))).collect()
}

fn transcribed(rig: &Rig, file: &std::path::Path, settings: &JobSettings) -> Transcript {
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(file, settings).unwrap();
    let document = engine.transcript(done(run(&engine, job.id))).unwrap().document;
    engine.delete_recording(job.recording).unwrap();
    document
}

#[test]
fn each_side_of_a_call_is_a_speaker_and_what_overlaps_stays() {
    let rig = Rig::new();
    let document = transcribed(&rig, &call(&rig), &settings(2));
    // The scripted voices are two people in every channel with enough speech, so each is asked for as one.
    let names: Vec<_> = document.speakers.iter().filter_map(|speaker| speaker.name.clone()).collect();
    assert_eq!(names, ["Left 1", "Right 1", "Left 2", "Right 2"]);
    let document = transcribed(&rig, &call(&rig), &JobSettings { speakers: SpeakerChoice::Exact(2), ..settings(2) });
    assert_eq!(spoken(&document, "Left"), [(0, 4), (8, 12), (16, 20), (24, 28), (32, 36)]);
    assert_eq!(spoken(&document, "Right"), [(3, 8), (11, 16), (19, 24), (27, 32), (35, 40)]);
    assert!(document.utterances.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start));
    assert_eq!(document.utterances[0].overlap, [SpeakerId(1)]);
    let told = &document.provenance;
    assert_eq!(told.settings["channels"], "auto");
    assert_eq!(told.notes, ["Each of 2 channels was transcribed on its own."]);
    let covered = &document.coverage;
    assert_eq!(covered.words_ms + covered.silence_ms + covered.speech_without_words_ms, 40_000);

    let mixed = transcribed(&rig, &call(&rig), &JobSettings { channels: ChannelChoice::Mix, ..settings(2) });
    assert!(mixed.speakers.iter().all(|speaker| speaker.name.is_none()) && mixed.provenance.notes.is_empty());
    let off = transcribed(&rig, &call(&rig), &JobSettings { speakers: SpeakerChoice::Off, ..settings(2) });
    assert!(off.speakers.is_empty() && off.utterances.len() > 8);
}

#[test]
fn stereo_in_which_both_hear_the_same_is_mixed_unless_somebody_wants_it_apart() {
    let rig = Rig::new();
    let samples: Vec<i16> = (0..20 * 16_000)
        .flat_map(|n: i32| {
            let tone = if n / 16_000 % 5 == 4 { 0.0 } else { (f64::from(n) * 0.3).sin() * 12_000.0 };
            [tone as i16, (tone * 0.9) as i16]
        })
        .collect();
    let file = wav_of(2, rig.folder.path(), "music.wav", &samples);
    assert_eq!(transcribed(&rig, &file, &settings(2)).speakers[0].name, None);
    let split = transcribed(&rig, &file, &JobSettings { channels: ChannelChoice::Split, ..settings(2) });
    assert_eq!(split.speakers.len(), 2 * 2, "two scripted voices in each");
}

#[test]
fn a_worker_that_dies_anywhere_changes_nothing() {
    let rig = Rig::new();
    let file = call(&rig);
    for threads in [2, 8] {
        let expected = Transcript { provenance: Default::default(), ..transcribed(&rig, &file, &settings(threads)) };
        let count = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&count);
        let engine = rig.engine(Script::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Turn::Answer
        }));
        let job = engine.enqueue(&file, &settings(threads)).unwrap();
        done(run(&engine, job.id));
        engine.delete_recording(job.recording).unwrap();
        for at in (0..count.load(Ordering::SeqCst)).filter(|at| *at < 14 || at % 12 == 0) {
            let dies = move |call: crate::inference::scripted::Call| {
                if call.number == at { Turn::Die(Reason::Crashed) } else { Turn::Answer }
            };
            let engine = rig.engine(Script::new(dies));
            let job = engine.enqueue(&file, &settings(threads)).unwrap();
            assert_eq!(essence(&engine, done(run(&engine, job.id))), expected, "request {at}");
            engine.delete_recording(job.recording).unwrap();
        }
    }
}

#[test]
fn a_job_that_was_cancelled_between_windows_goes_on_with_both_channels() {
    let rig = Rig::new();
    let file = call(&rig);
    let expected = Transcript { provenance: Default::default(), ..transcribed(&rig, &file, &settings(2)) };
    for stop in 1..4 {
        let engine = rig.engine(Script::plain());
        let job = engine.enqueue(&file, &settings(2)).unwrap();
        let cancel = CancelFlag::new();
        let mut windows = 0;
        let ended = engine.run_job(job.id, &cancel, &mut |event| {
            windows += u64::from(matches!(event, Event::JobWindow { .. }));
            if windows == stop {
                cancel.cancel();
            }
        });
        assert_eq!(ended.unwrap(), Outcome::Cancelled);
        engine.retry(job.id).unwrap();
        assert_eq!(essence(&engine, done(run(&engine, job.id))), expected, "after {stop} windows");
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn a_recording_with_the_computers_sound_has_its_sides_by_name_and_they_are_found_again() {
    let rig = Rig::new();
    let file = call(&rig);
    let engine = rig.engine(Script::plain());
    let part = |name: &str, system, first_channel| Part {
        name: name.into(),
        input: name.into(),
        system,
        first_channel,
        channels: 1,
    };
    let journal = Journal {
        id: "20261128-120000".into(),
        file: file.clone(),
        parts: vec![part("Jabra", false, 0), part("Monitor", true, 1)],
        finished: true,
        ..Journal::default()
    };
    std::fs::create_dir_all(engine.dirs().recordings()).unwrap();
    journal.write(&engine.dirs().recordings()).unwrap();
    let exact = JobSettings { speakers: SpeakerChoice::Exact(2), ..settings(2) };
    let job = engine.enqueue(&file, &exact).unwrap();
    let id = done(run(&engine, job.id));
    let document = engine.transcript(id).unwrap().document;
    assert_eq!(spoken(&document, "Microphone").len(), 5);
    assert_eq!(spoken(&document, "Computer sound").len(), 5);
    let again = engine.diarize_again(id, SpeakerChoice::Auto).unwrap();
    let again = engine.transcript(done(run(&engine, again.id))).unwrap().document;
    let words = |document: &Transcript| document.utterances.iter().map(|u| u.words.len()).sum::<usize>();
    assert_eq!(again.speakers.len(), 4, "{:?}", again.speakers);
    assert_eq!(words(&again), words(&document));
}
