//! The engine with scripted workers: what is kept, what goes on, and who may do what.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use st_core::edit::Edit;
use st_core::transcript::Transcript;
use st_export::ExportOptions;

use crate::failure::Code;
use st_worker_protocol::WorkerError;

use super::*;
use crate::export_file::Existing;
use crate::ids::TranscriptId;
use crate::inference::scripted::{Kind, Script, Scripted, Turn};
use crate::inference::{Outcome, Reason};
use crate::jobs::{JobSettings, JobState, LanguageChoice, SpeakerChoice, Stage};
use crate::pipeline::tests::{wav, wav_of};

mod channels;
mod doubts;
mod flac;
mod ladder;
mod speakers;
mod turns;
mod voices;
mod window;

/// A data folder, models, and a recording of 75 s: speech with pauses.
struct Rig {
    folder: tempfile::TempDir,
    recording: PathBuf,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        crate::models::tests::small_models(&folder.path().join("models"));
        let samples: Vec<i16> = (0..75 * 16_000)
            .map(|n: i32| {
                // Four seconds of a tone and one of silence in turn.
                let silent = (n / 16_000) % 5 == 4;
                if silent { 0 } else { (f64::from(n) * 0.3).sin().mul_add(12_000.0, 0.0) as i16 }
            })
            .collect();
        let recording = wav(folder.path(), "talk.wav", &samples);
        Self { folder, recording }
    }

    fn engine(&self, script: Script) -> Engine {
        let options = EngineOptions {
            data_dir: Some(self.folder.path().join("data")),
            models_dir: Some(self.folder.path().join("models")),
            ..EngineOptions::default()
        };
        Engine::open_with(options, Arc::new(Scripted::new(script))).unwrap()
    }
}

fn settings(threads: u32) -> JobSettings {
    JobSettings { threads: Some(threads), ..JobSettings::default() }
}

fn run(engine: &Engine, id: JobId) -> Result<Outcome<TranscriptId>, Failure> {
    engine.run_job(id, &CancelFlag::new(), &mut |_| {})
}

fn done(result: Result<Outcome<TranscriptId>, Failure>) -> TranscriptId {
    match result.unwrap() {
        Outcome::Done(id) => id,
        Outcome::Cancelled => panic!("cancelled"),
    }
}

/// A transcript without what differs from run to run.
fn essence(engine: &Engine, id: TranscriptId) -> Transcript {
    let mut document = engine.transcript(id).unwrap().document;
    document.provenance = Default::default();
    document
}

fn undisturbed(rig: &Rig, settings: &JobSettings) -> Transcript {
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(&rig.recording, settings).unwrap();
    let document = essence(&engine, done(run(&engine, job.id)));
    engine.delete_recording(job.recording).unwrap();
    document
}

/// Requests at which something may happen to a run: the first ten, where reading, loading and writing text are, and a
/// sixth of the rest, which are all for voices.
fn requests(rig: &Rig, settings: &JobSettings) -> impl Iterator<Item = u64> {
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    let engine = rig.engine(Script::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, settings).unwrap();
    done(run(&engine, job.id));
    engine.delete_recording(job.recording).unwrap();
    (0..count.load(Ordering::SeqCst)).filter(|at| *at < 10 || at % 6 == 0)
}

#[test]
fn a_recording_becomes_a_transcript() {
    let rig = Rig::new();
    for threads in [2, 8] {
        let engine = rig.engine(Script::plain());
        let events = engine.subscribe();
        let job = engine.enqueue(&rig.recording, &settings(threads)).unwrap();
        let id = done(run(&engine, job.id));
        let stored = engine.transcript(id).unwrap();
        let document = &stored.document;
        let words: Vec<_> = document.utterances.iter().flat_map(|u| &u.words).collect();
        assert_eq!(words.len(), 120, "two words a second of speech");
        assert!(words.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        assert_eq!(document.speakers.len(), 2);
        assert_eq!(document.language.as_deref(), Some("en"));
        assert_eq!(document.recording.duration_ms, 75_000);
        assert_eq!(document.recording.sha256.len(), 64);
        assert_eq!(document.provenance.models.len(), 4);
        assert_eq!(document.provenance.notes, Vec::<String>::new());
        let covered = &document.coverage;
        assert_eq!(covered.words_ms + covered.silence_ms + covered.speech_without_words_ms, 75_000);
        assert_eq!(engine.job(job.id).unwrap().state, JobState::Done(id));
        let events: Vec<Event> = events.try_iter().collect();
        let stages: Vec<Stage> = events
            .iter()
            .filter_map(|e| if let Event::JobStage { stage, .. } = e { Some(*stage) } else { None })
            .collect();
        assert_eq!((stages.first(), stages.last()), (Some(&Stage::Decode), Some(&Stage::Save)));
        assert!(events.iter().any(|e| matches!(e, Event::JobWindow { .. })));
        assert!(events.contains(&Event::JobDone { job: job.id, transcript: id }));
        let fractions: Vec<f32> = events
            .iter()
            .filter_map(|e| if let Event::JobProgress { progress, .. } = e { Some(progress.fraction) } else { None })
            .collect();
        assert!(fractions.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!((fractions.last().unwrap() - 1.0).abs() < 1e-4);
        assert!(engine.search("w12 w13", 5).unwrap().iter().any(|hit| hit.transcript == id));
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn a_job_that_ends_anywhere_goes_on_to_the_same_transcript() {
    let rig = Rig::new();
    let settings = settings(2);
    let expected = undisturbed(&rig, &settings);
    for at in requests(&rig, &settings) {
        let flag = CancelFlag::new();
        let stop = flag.clone();
        let engine = rig.engine(Script::new(move |call| {
            if call.number == at {
                stop.suspend();
                return Turn::Hang;
            }
            Turn::Answer
        }));
        let job = engine.enqueue(&rig.recording, &settings).unwrap();
        assert_eq!(engine.run_job(job.id, &flag, &mut |_| {}), Ok(Outcome::Cancelled), "{at}");
        assert_eq!(engine.job(job.id).unwrap().state, JobState::Queued);
        drop(engine);
        let engine = rig.engine(Script::plain());
        let again = engine.enqueue(&rig.recording, &settings).unwrap();
        assert_eq!(again.id, job.id, "the same job goes on");
        assert_eq!(essence(&engine, done(run(&engine, job.id))), expected, "{at}");
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn finished_windows_are_not_decoded_again() {
    let rig = Rig::new();
    let flag = CancelFlag::new();
    let (stop, decoded) = (flag.clone(), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&decoded);
    let engine = rig.engine(Script::new(move |call| {
        if call.kind == Kind::Transcribe && counter.fetch_add(1, Ordering::SeqCst) == 1 {
            stop.cancel();
        }
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    assert_eq!(engine.run_job(job.id, &flag, &mut |_| {}), Ok(Outcome::Cancelled));
    assert_eq!(engine.job(job.id).unwrap().state, JobState::Cancelled);
    assert_eq!(engine.job_text(job.id).unwrap().windows.len(), 1, "the finished one is kept");
    assert!(matches!(engine.retry(job.id).unwrap().state, JobState::Queued));
    let before = decoded.load(Ordering::SeqCst);
    done(run(&engine, job.id));
    let windows = engine.job_text(job.id).unwrap().windows.len() as u64;
    assert_eq!(decoded.load(Ordering::SeqCst) - before, windows - 1);
}

#[test]
fn a_worker_may_die_over_any_request() {
    let rig = Rig::new();
    for settings in [settings(2), settings(8)] {
        let expected = undisturbed(&rig, &settings);
        for at in requests(&rig, &settings) {
            let engine =
                rig.engine(Script::new(
                    move |call| {
                        if call.number == at { Turn::Die(Reason::Crashed) } else { Turn::Answer }
                    },
                ));
            let job = engine.enqueue(&rig.recording, &settings).unwrap();
            let id = done(run(&engine, job.id));
            assert_eq!(essence(&engine, id), expected, "{at}");
            let notes = engine.transcript(id).unwrap().document.provenance.notes;
            assert!(notes.iter().any(|n| n.contains("started again")), "{at}: {notes:?}");
            engine.delete_recording(job.recording).unwrap();
        }
    }
}

#[test]
fn deaths_without_end_fail_the_job_and_keep_its_text() {
    let rig = Rig::new();
    for (reason, code) in [(Reason::Crashed, Code::WorkerCrashed), (Reason::OutOfMemory, Code::OutOfMemory)] {
        let count = Arc::new(AtomicU64::new(0));
        let engine = rig.engine(Script::new(move |call| {
            let late = call.kind == Kind::Transcribe && count.fetch_add(1, Ordering::SeqCst) > 0;
            if late { Turn::Die(reason) } else { Turn::Answer }
        }));
        let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
        let failure = run(&engine, job.id).unwrap_err();
        assert_eq!(failure.code, code);
        assert_eq!(engine.job(job.id).unwrap().state, JobState::Failed(failure));
        assert_eq!(engine.job_text(job.id).unwrap().windows.len(), 1);
        drop(engine);
        let engine = rig.engine(Script::plain());
        engine.retry(job.id).unwrap();
        done(run(&engine, job.id));
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn cancel_ends_every_stage_at_once() {
    let rig = Rig::new();
    for (kind, kept) in [(Kind::Load, 0), (Kind::Speech, 0), (Kind::Language, 0), (Kind::Transcribe, 0)] {
        let flag = CancelFlag::new();
        let engine = rig.engine(Script::new(move |call| if call.kind == kind { Turn::Hang } else { Turn::Answer }));
        let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
        let began = std::thread::scope(|scope| {
            let running = scope.spawn(|| engine.run_job(job.id, &flag, &mut |_| {}));
            std::thread::sleep(Duration::from_millis(100));
            let began = Instant::now();
            flag.cancel();
            assert_eq!(running.join().unwrap(), Ok(Outcome::Cancelled), "{kind:?}");
            began
        });
        assert!(began.elapsed() < Duration::from_secs(2), "{kind:?}");
        assert_eq!(engine.job_text(job.id).unwrap().windows.len(), kept);
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn without_speakers_the_text_stays_and_they_can_be_found_later() {
    let rig = Rig::new();
    let reason = || WorkerError::Inference { what: "segmentation".into(), reason: "odd".into() };
    for refuse in [true, false] {
        for threads in [2, 8] {
            let flag = CancelFlag::new();
            let stop = flag.clone();
            let seen = Arc::new(AtomicU64::new(0));
            let engine = rig.engine(Script::new(move |call| {
                if call.kind != Kind::Voices {
                    return Turn::Answer;
                }
                if refuse {
                    return Turn::Refuse(reason());
                }
                // Cancelled once the text is complete: three windows of text come before.
                if threads == 2 && seen.fetch_add(1, Ordering::SeqCst) == 3 {
                    stop.cancel();
                }
                Turn::Answer
            }));
            let job = engine.enqueue(&rig.recording, &settings(threads)).unwrap();
            let mut warnings = Vec::new();
            let id = done(engine.run_job(job.id, &flag, &mut |event| {
                if let Event::JobWarning { warning, .. } = event {
                    warnings.push(warning.clone());
                }
            }));
            let plain = engine.transcript(id).unwrap();
            let heard = !refuse && threads == 8;
            assert_eq!(plain.document.speakers.is_empty(), !heard);
            assert_eq!(warnings.len(), usize::from(!heard));
            drop(engine);
            let engine = rig.engine(Script::new(|call| match call.kind {
                Kind::Transcribe => Turn::Die(Reason::Crashed),
                _ => Turn::Answer,
            }));
            let again = engine.diarize_again(id, SpeakerChoice::Exact(2)).unwrap();
            assert_eq!(done(run(&engine, again.id)), id, "untouched, so replaced");
            let document = engine.transcript(id).unwrap().document;
            assert_eq!(document.speakers.len(), 2);
            assert!(document.provenance.notes.iter().all(|n| !n.starts_with(crate::failure::NO_SPEAKERS)));
            let words = |t: &Transcript| t.utterances.iter().flat_map(|u| u.words.clone()).collect::<Vec<_>>();
            assert_eq!(words(&document), words(&plain.document));
            engine.delete_recording(job.recording).unwrap();
        }
    }
}

#[test]
fn silence_gives_an_empty_transcript_that_says_so() {
    let rig = Rig::new();
    let engine = rig.engine(Script::new(|call| match call.kind {
        Kind::Transcribe | Kind::Language | Kind::Voices => Turn::Die(Reason::Crashed),
        _ => Turn::Answer,
    }));
    let silence = wav(rig.folder.path(), "silence.wav", &[0; 16_000 * 5]);
    let job = engine.enqueue(&silence, &settings(8)).unwrap();
    let document = engine.transcript(done(run(&engine, job.id))).unwrap().document;
    assert!(document.utterances.is_empty() && document.language.is_none());
    assert!(document.provenance.notes[0].starts_with("No speech was found."), "{:?}", document.provenance.notes);
    assert_eq!(document.coverage.silence_ms, 5_000);
}

#[test]
fn the_queue_survives_a_restart_and_stops_without_losing_anything() {
    let rig = Rig::new();
    let second = wav(rig.folder.path(), "other.wav", &[9000; 16_000 * 3]);
    let engine = rig.engine(Script::new(|call| if call.kind == Kind::Transcribe { Turn::Hang } else { Turn::Answer }));
    let jobs = [&rig.recording, &second].map(|path| engine.enqueue(path, &settings(2)).unwrap().id);
    let events = engine.subscribe();
    engine.start_queue();
    let transcribing = |e: Event| matches!(e, Event::JobStage { stage: Stage::Transcribe, .. });
    while !transcribing(events.recv_timeout(Duration::from_secs(20)).unwrap()) {}
    engine.stop_queue();
    assert!(engine.jobs().unwrap().iter().all(|job| job.state == JobState::Queued));
    drop(engine);
    let engine = rig.engine(Script::plain());
    let events = engine.subscribe();
    engine.start_queue();
    let mut finished = Vec::new();
    while finished.len() < 2 {
        if let Event::JobDone { job, .. } = events.recv_timeout(Duration::from_secs(20)).unwrap() {
            finished.push(job);
        }
    }
    assert_eq!(finished, jobs, "in their order");
    engine.stop_queue();
}

#[test]
fn two_engines_never_run_the_same_job() {
    let rig = Rig::new();
    let first = rig.engine(Script::new(|call| if call.kind == Kind::Transcribe { Turn::Hang } else { Turn::Answer }));
    let second = rig.engine(Script::plain());
    let flag = CancelFlag::new();
    let job = first.enqueue(&rig.recording, &settings(2)).unwrap();
    let events = first.subscribe();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| first.run_job(job.id, &flag, &mut |_| {}));
        let transcribing = |e: Event| matches!(e, Event::JobStage { stage: Stage::Transcribe, .. });
        while !transcribing(events.recv_timeout(Duration::from_secs(20)).unwrap()) {}
        assert!(matches!(second.job(job.id).unwrap().state, JobState::Running(_)));
        assert!(second.take_lock(job.id).unwrap().is_none());
        assert_eq!(second.cancel(job.id).unwrap_err().code, Code::Conflict);
        assert_eq!(second.delete_recording(job.recording).unwrap_err().code, Code::Conflict);
        // The second waits for the first, which gives up for now; then it takes the job over.
        let following = scope.spawn(|| run(&second, job.id));
        std::thread::sleep(Duration::from_millis(100));
        assert!(!following.is_finished());
        flag.suspend();
        assert_eq!(running.join().unwrap(), Ok(Outcome::Cancelled));
        done(following.join().unwrap());
    });
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let folder = rig.folder.path();
    let empty = folder.join("empty.wav");
    std::fs::write(&empty, "").unwrap();
    let text = folder.join("notes.mp3");
    std::fs::write(&text, "just some notes, and no sound at all in them ".repeat(50)).unwrap();
    let ok = rig.recording.clone();
    let base = settings(2);
    for (path, settings, code) in [
        (folder.join("nothing.wav"), base.clone(), Code::FileNotFound),
        (folder.to_path_buf(), base.clone(), Code::IsFolder),
        (empty, base.clone(), Code::EmptyFile),
        (text, base.clone(), Code::NotAudio),
        (ok.clone(), JobSettings { model: "small".into(), ..base.clone() }, Code::ModelMissing),
        (
            ok.clone(),
            JobSettings { language: LanguageChoice::Code("xx".into()), ..base.clone() },
            Code::UnknownLanguage,
        ),
        (ok.clone(), JobSettings { speakers: SpeakerChoice::Range(5, 2), ..base.clone() }, Code::SpeakersOutOfRange),
    ] {
        let failure = engine.enqueue(&path, &settings).unwrap_err();
        assert_eq!(failure.code, code, "{failure}");
        assert!(failure.to_string().len() > failure.code.id().len());
    }
    assert!(engine.jobs().unwrap().is_empty());
    let device = JobSettings { device: "CUDA7".into(), ..base };
    let job = engine.enqueue(&ok, &device).unwrap();
    assert_eq!(run(&engine, job.id).unwrap_err().code, Code::UnknownDevice);
}

#[test]
fn a_copied_recording_outlives_its_original_and_goes_with_the_library() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let settings = JobSettings { copy_recording: true, ..settings(2) };
    let job = engine.enqueue(&rig.recording, &settings).unwrap();
    done(run(&engine, job.id));
    let recording = engine.recording(job.recording).unwrap();
    assert!(recording.copied && recording.path.starts_with(engine.dirs().recordings()));
    assert_eq!(std::fs::read(&recording.path).unwrap(), std::fs::read(&rig.recording).unwrap());
    engine.delete_recording(job.recording).unwrap();
    assert!(!recording.path.exists() && rig.recording.exists());
}

#[test]
fn a_file_that_changed_under_a_job_starts_it_anew() {
    let rig = Rig::new();
    let flag = CancelFlag::new();
    let (stop, count) = (flag.clone(), AtomicU64::new(0));
    let engine = rig.engine(Script::new(move |call| {
        if call.kind == Kind::Transcribe && count.fetch_add(1, Ordering::SeqCst) == 1 {
            stop.cancel();
        }
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    assert_eq!(engine.run_job(job.id, &flag, &mut |_| {}), Ok(Outcome::Cancelled));
    wav(rig.folder.path(), "talk.wav", &[9000; 16_000 * 4]);
    engine.retry(job.id).unwrap();
    let document = engine.transcript(done(run(&engine, job.id))).unwrap().document;
    assert_eq!(document.recording.duration_ms, 4_000);
    assert_eq!(document.utterances.iter().flat_map(|u| &u.words).count(), 8);
}

#[test]
fn transcripts_are_exported_and_unknown_formats_named() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let id = done(run(&engine, job.id));
    let path = rig.folder.path().join("talk.txt");
    let options = ExportOptions::default();
    let written = engine.export(id, "txt", &options, &path, Existing::Keep).unwrap();
    assert!(std::fs::read_to_string(written).unwrap().contains("w10"));
    let again = engine.export(id, "txt", &options, &path, Existing::Keep).unwrap_err();
    assert_eq!(again.code, Code::OutputExists);
    let unknown = engine.export(id, "wmf", &options, &path, Existing::Keep).unwrap_err();
    assert_eq!(unknown.code, Code::UnknownFormat);
    assert!(unknown.to_string().contains("srt"));
}

#[test]
fn the_doctor_says_what_is_missing() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    assert!(engine.doctor().iter().filter(|c| c.name != "disk space").all(|c| c.ok), "{:?}", engine.doctor());
    std::fs::remove_file(rig.folder.path().join("models/embedding.onnx")).unwrap();
    let broken: Vec<_> = engine.doctor().into_iter().filter(|c| !c.ok && c.name != "disk space").collect();
    assert_eq!(broken.len(), 1);
    assert!(broken[0].message.contains("models get"), "{}", broken[0].message);
}
