//! Holes that are planted on purpose: found, and repaired or listed.

use st_core::doubt::{DoubtKind, Verdict};
use st_core::time::TimeSpan;

use super::*;
use crate::inference::spoiled::{Spoil, Spoiled};

fn spoiled(rig: &Rig, spoil: Spoil) -> Engine {
    let options = EngineOptions {
        data_dir: Some(rig.folder.path().join(format!("{spoil:?}"))),
        models_dir: Some(rig.folder.path().join("models")),
        ..EngineOptions::default()
    };
    let launch = Spoiled::new(Arc::new(Scripted::new(Script::plain())), spoil);
    Engine::open_with(options, Arc::new(launch)).unwrap()
}

fn text(document: &Transcript) -> String {
    document.utterances.iter().map(|u| u.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn found(document: &Transcript) -> Vec<(DoubtKind, Verdict)> {
    document.doubts.iter().map(|doubt| (doubt.finding.kind, doubt.finding.verdict)).collect()
}

#[test]
fn an_emptied_window_and_a_loop_are_repaired_and_noted() {
    let rig = Rig::new();
    let right = undisturbed(&rig, &settings(2));
    assert_eq!(right.doubts, []);
    for (spoil, kind) in [(Spoil::Empty, DoubtKind::SpeechWithoutWords), (Spoil::Loop, DoubtKind::Loop)] {
        let engine = spoiled(&rig, spoil);
        let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
        let document = essence(&engine, done(run(&engine, job.id)));
        assert_eq!(text(&document), text(&right), "{spoil:?}");
        assert_eq!(found(&document), [(kind, Verdict::Repaired)]);
        assert_eq!(document.doubts[0].finding.text.starts_with("no way no way"), spoil == Spoil::Loop);
    }
}

/// What doubts come from lies in the journal with each window: a job that goes on has the list of one that was never
/// stopped, wherever it was.
#[test]
fn a_job_that_goes_on_has_the_doubts_of_an_undisturbed_one() {
    let rig = Rig::new();
    let settings = JobSettings { speakers: SpeakerChoice::Off, ..settings(2) };
    let engine = |script| {
        let options = EngineOptions {
            data_dir: Some(rig.folder.path().join("data")),
            models_dir: Some(rig.folder.path().join("models")),
            ..EngineOptions::default()
        };
        Engine::open_with(options, Arc::new(Spoiled::new(Arc::new(Scripted::new(script)), Spoil::Always))).unwrap()
    };
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let undisturbed = engine(Script::new(move |call| {
        count.fetch_max(call.number, Ordering::SeqCst);
        Turn::Answer
    }));
    let job = undisturbed.enqueue(&rig.recording, &settings).unwrap();
    let expected = essence(&undisturbed, done(run(&undisturbed, job.id)));
    undisturbed.delete_recording(job.recording).unwrap();
    drop(undisturbed);
    let dropped = |document: &Transcript| {
        let with = |(kind, verdict)| found(document).iter().filter(|f| **f == (kind, verdict)).count();
        [(DoubtKind::Boilerplate, Verdict::Dropped), (DoubtKind::Loop, Verdict::Kept)].map(with)
    };
    let [boilerplate, loops] = dropped(&expected);
    assert!(boilerplate > 1 && loops > 0, "{:?}", expected.doubts);
    assert!(expected.doubts.iter().all(|doubt| !doubt.finding.text.is_empty()), "{:?}", expected.doubts);
    let mut kept_before = 0;
    for at in (0..=asked.load(Ordering::SeqCst)).step_by(2) {
        let flag = CancelFlag::new();
        let stop = flag.clone();
        let first = engine(Script::new(move |call| {
            if call.number == at {
                stop.suspend();
                return Turn::Hang;
            }
            Turn::Answer
        }));
        let job = first.enqueue(&rig.recording, &settings).unwrap();
        assert_eq!(first.run_job(job.id, &flag, &mut |_| {}), Ok(Outcome::Cancelled), "{at}");
        let finished = first.job_text(job.id).unwrap().windows;
        kept_before = kept_before.max(finished.iter().map(|window| window.findings.len()).sum::<usize>());
        drop(first);
        let second = engine(Script::plain());
        assert_eq!(essence(&second, done(run(&second, job.id))), expected, "stopped at request {at}");
        second.delete_recording(job.recording).unwrap();
    }
    assert!(kept_before > 2, "nothing doubtful was finished before a stop");
}

#[test]
fn speech_that_the_detector_does_not_hear_is_written_and_listed() {
    let rig = Rig::new();
    // A pitch that glides, two syllables a second, from 5 to 13 s of 15.
    let mut phase = 0.0f64;
    let samples: Vec<i16> = (0..15 * 16_000)
        .map(|n: i32| {
            let t = f64::from(n) / 16_000.0;
            phase = (phase + (140.0 + 35.0 * (t * 5.0).sin()) / 16_000.0).fract();
            let loud = if (5.0..13.0).contains(&t) { (std::f64::consts::TAU * t).sin().abs() } else { 0.0 };
            (loud * (phase - 0.5) * 20_000.0) as i16
        })
        .collect();
    let recording = wav(rig.folder.path(), "voice.wav", &samples);
    let engine = spoiled(&rig, Spoil::Deaf);
    let job = engine.enqueue(&recording, &settings(2)).unwrap();
    let document = essence(&engine, done(run(&engine, job.id)));
    assert!(text(&document).contains("w12 w13 w14"), "{}", text(&document));
    assert_eq!(found(&document), [(DoubtKind::WordsWithoutSpeech, Verdict::Kept)]);
    let span = document.doubts[0].finding.span;
    assert!(span.overlap(TimeSpan::new(5_000, 13_000)) > 6_000, "{span:?}");
}

#[test]
fn a_doubt_is_settled_by_an_edit_and_stays_so() {
    let rig = Rig::new();
    let engine = spoiled(&rig, Spoil::Loop);
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let id = done(run(&engine, job.id));
    let doubts: Vec<_> = engine.transcript(id).unwrap().document.doubts.iter().map(|d| d.id).collect();
    let change = engine.apply(id, 0, &Edit::SettleDoubts { doubts, settled: true }).unwrap();
    assert!((change.put.len(), change.removed.len()) == (0, 0) && change.stored.document.doubts[0].settled);
    assert!(engine.transcript(id).unwrap().document.doubts[0].settled);
    assert!(!engine.undo(id, 1).unwrap().stored.document.doubts[0].settled);
}
