//! The whole way with the real worker and real models, where both are built and fetched.

use std::path::{Path, PathBuf};

use st_engine::{CancelFlag, Engine, EngineOptions, Event, JobSettings, JobState, Outcome, SpeakerChoice, Stage};

/// The top of the source tree.
fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An engine on an empty data folder; none, saying so, where something that it needs is not there.
fn engine(data: &Path) -> Option<Engine> {
    let worker = tree().join("target/release/securetranscribe-worker").with_extension(std::env::consts::EXE_EXTENSION);
    let models = tree().join("models");
    for (needed, how) in [(&worker, "cargo xtask build"), (&models.join("ggml-base.bin"), "cargo xtask models")] {
        if !needed.is_file() {
            println!("skipped: {} is missing; make it with {how}", needed.display());
            return None;
        }
    }
    let options = EngineOptions {
        data_dir: Some(data.to_path_buf()),
        models_dir: Some(models),
        worker: Some(worker),
        ..EngineOptions::default()
    };
    Some(Engine::open(options).unwrap())
}

#[test]
fn speech_becomes_text_and_a_suspended_job_goes_on_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let Some(engine) = engine(&folder.path().join("one")) else { return };
    let recording = tree().join("tests/fixtures/two_speakers.flac");
    let settings = JobSettings {
        model: "base".into(),
        fast: true,
        threads: Some(2),
        speakers: SpeakerChoice::Exact(2),
        ..JobSettings::default()
    };
    let job = engine.enqueue(&recording, &settings).unwrap();
    let Outcome::Done(id) = engine.run_job(job.id, &CancelFlag::new(), &mut |_| {}).unwrap() else {
        panic!("cancelled")
    };
    let whole = engine.transcript(id).unwrap().document;
    let text: String = whole.utterances.iter().map(|u| u.text.to_lowercase() + " ").collect();
    for word in ["lobster", "san francisco", "chafing dish"] {
        assert!(text.contains(word), "{text}");
    }
    let words: Vec<_> = whole.utterances.iter().flat_map(|u| &u.words).collect();
    assert!(words.iter().all(|w| w.span.start < w.span.end && (0.0..=1.0).contains(&w.confidence)));
    assert_eq!(whole.language.as_deref(), Some("en"));
    assert_eq!(whole.speakers.len(), 2);

    // The same again, ended after its first window by a program that then begins anew.
    let Some(engine) = self::engine(&folder.path().join("two")) else { return };
    let job = engine.enqueue(&recording, &settings).unwrap();
    let flag = CancelFlag::new();
    let mut observer = |event: &Event| {
        if matches!(event, Event::JobWindow { .. } | Event::JobStage { stage: Stage::Diarize, .. }) {
            flag.suspend();
        }
    };
    assert_eq!(engine.run_job(job.id, &flag, &mut observer).unwrap(), Outcome::Cancelled);
    assert_eq!(engine.job(job.id).unwrap().state, JobState::Queued);
    drop(engine);
    let Some(engine) = self::engine(&folder.path().join("two")) else { return };
    let Outcome::Done(id) = engine.run_job(job.id, &CancelFlag::new(), &mut |_| {}).unwrap() else {
        panic!("cancelled")
    };
    let again = engine.transcript(id).unwrap().document;
    assert_eq!((again.utterances, again.speakers), (whole.utterances, whole.speakers));
}
