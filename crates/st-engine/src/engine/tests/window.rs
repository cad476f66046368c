//! What only a window asks for: adding by folders, duplicates, holding and ordering, removing and bringing back, models.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::Receiver;

use super::*;

fn names(engine: &Engine) -> Vec<String> {
    let mut names: Vec<String> = engine.recordings().unwrap().into_iter().map(|r| r.name).collect();
    names.sort();
    names
}

fn finish_all(engine: &Engine) {
    for job in engine.jobs().unwrap() {
        run(engine, job.id).unwrap();
    }
}

#[test]
fn folders_are_searched_and_what_is_no_recording_is_named() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let folder = rig.folder.path().join("Interviews");
    std::fs::create_dir_all(folder.join("deep/.hidden")).unwrap();
    wav(&folder, "a.wav", &[9000; 16_000]);
    wav(&folder.join("deep"), "b.wav", &[8000; 16_000]);
    wav(&folder.join("deep/.hidden"), "c.wav", &[7000; 16_000]);
    for note in ["1.txt", "2.txt", "3.txt", "4.txt"] {
        std::fs::write(folder.join(note), "notes, nothing but notes ".repeat(40)).unwrap();
    }
    let missing = rig.folder.path().join("gone.wav");
    let added = engine.add_files(&[folder, missing], &settings(2), false);
    assert_eq!((added.jobs.len(), added.duplicates.len()), (2, 0));
    assert_eq!(names(&engine), ["a.wav", "b.wav"]);
    let refused: Vec<String> = added.refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        refused[0],
        "4 files in the folder “Interviews” are no recordings and were left out: “1.txt”, “2.txt”, “3.txt” and 1 more."
    );
    assert!(refused[1].contains("gone.wav"), "{refused:?}");
    let empty = rig.folder.path().join("Empty");
    std::fs::create_dir(&empty).unwrap();
    let added = engine.add_files(&[empty], &settings(2), false);
    assert_eq!(added.refused[0].to_string(), "The folder “Empty” is empty.");
}

#[test]
fn the_same_content_is_noticed_under_any_name() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let add = |path: &Path, again| engine.add_files(&[path.to_path_buf()], &settings(2), again);
    assert_eq!(add(&rig.recording, false).jobs.len(), 1);
    // Not transcribed yet: it goes on with the same job.
    assert_eq!(add(&rig.recording, false).jobs.len(), 1);
    assert_eq!(engine.jobs().unwrap().len(), 1);
    finish_all(&engine);
    let copy = rig.folder.path().join("Copy of talk.wav");
    std::fs::copy(&rig.recording, &copy).unwrap();
    for path in [&rig.recording, &copy] {
        let added = add(path, false);
        assert!(added.jobs.is_empty() && added.refused.is_empty());
        assert_eq!((added.duplicates[0].name.as_str(), &added.duplicates[0].path), ("talk.wav", path));
    }
    let mut other = std::fs::read(&rig.recording).unwrap();
    *other.last_mut().unwrap() ^= 1;
    let changed = rig.folder.path().join("changed.wav");
    std::fs::write(&changed, other).unwrap();
    assert_eq!(add(&changed, false).jobs.len(), 1, "the same length, but other content");
    assert_eq!(add(&copy, true).jobs.len(), 1);
    assert_eq!(names(&engine), ["Copy of talk.wav", "changed.wav", "talk.wav"]);
}

#[test]
fn a_held_job_stops_keeps_its_text_and_goes_on() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let count = AtomicU64::new(0);
    let engine = rig.engine(Script::new(move |call| {
        let hang = call.kind == Kind::Transcribe && count.fetch_add(1, Ordering::SeqCst) == 1;
        if hang { Turn::Hang } else { Turn::Answer }
    }));
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap().id;
    let events = engine.subscribe();
    engine.start_queue();
    wait(&events, |event| matches!(event, Event::JobWindow { .. }));
    engine.pause(job).unwrap();
    let started = Instant::now();
    while !matches!(engine.job(job).unwrap().state, JobState::Queued) {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(engine.job(job).unwrap().paused && engine.job_text(job).unwrap().windows.len() == 1);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(engine.job(job).unwrap().state, JobState::Queued, "it does not go on by itself");
    engine.retry(job).unwrap();
    wait(&events, |event| matches!(event, Event::JobDone { .. }));
    engine.stop_queue();
    let JobState::Done(id) = engine.job(job).unwrap().state else { panic!("not done") };
    assert_eq!(essence(&engine, id), expected);
}

#[test]
fn the_queue_takes_jobs_in_the_order_of_the_person() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let files = ["1.wav", "2.wav", "3.wav"].map(|name| wav(rig.folder.path(), name, &[9000; 16_000 * 2]));
    let jobs = files.map(|path| engine.enqueue(&path, &settings(2)).unwrap().id);
    engine.move_job(jobs[2], Some(jobs[0])).unwrap();
    let events = engine.subscribe();
    engine.start_queue();
    let mut order = Vec::new();
    while order.len() < 3 {
        if let Event::JobStarted { job, .. } = events.recv_timeout(Duration::from_secs(20)).unwrap() {
            order.push(job);
        }
    }
    engine.stop_queue();
    assert_eq!(order, [jobs[2], jobs[0], jobs[1]]);
}

#[test]
fn what_is_removed_comes_back_until_it_is_purged() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let copied = JobSettings { copy_recording: true, ..settings(2) };
    let job = engine.enqueue(&rig.recording, &copied).unwrap();
    let transcript = done(run(&engine, job.id));
    let copy = engine.recording(job.recording).unwrap().path;
    engine.remove_recordings(&[job.recording]).unwrap();
    assert!(engine.recordings().unwrap().is_empty() && engine.transcripts().unwrap().is_empty());
    assert!(engine.search("w10", 5).unwrap().is_empty());
    engine.restore_recordings(&[job.recording]).unwrap();
    assert_eq!(engine.recordings().unwrap().len(), 1);
    assert!(!engine.search("w10", 5).unwrap().is_empty() && engine.transcript(transcript).is_ok());
    engine.remove_recordings(&[job.recording]).unwrap();
    engine.purge_removed();
    assert!(engine.restore_recordings(&[job.recording]).is_err() && !copy.exists() && rig.recording.exists());
}

#[test]
fn removing_a_running_recording_stops_it() {
    let rig = Rig::new();
    let engine = rig.engine(Script::new(|call| if call.kind == Kind::Transcribe { Turn::Hang } else { Turn::Answer }));
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let events = engine.subscribe();
    engine.start_queue();
    wait(&events, |event| matches!(event, Event::JobStage { stage: Stage::Transcribe, .. }));
    engine.remove_recordings(&[job.recording]).unwrap();
    let started = Instant::now();
    while engine.delete_recording(job.recording).is_err() {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    engine.stop_queue();
}

#[test]
fn a_moved_file_is_found_again_only_if_it_is_the_same() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    done(run(&engine, job.id));
    let moved = rig.folder.path().join("moved.wav");
    std::fs::rename(&rig.recording, &moved).unwrap();
    let other = wav(rig.folder.path(), "other.wav", &[9000; 16_000]);
    assert_eq!(engine.relocate(job.recording, &other).unwrap_err().code, Code::FileChanged);
    engine.relocate(job.recording, &moved).unwrap();
    assert_eq!(engine.recording(job.recording).unwrap().path, moved);
}

#[test]
fn another_try_with_other_settings_replaces_what_waits() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let first = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let german = JobSettings { language: LanguageChoice::Code("de".into()), ..settings(2) };
    let second = engine.transcribe_again(first.recording, &german).unwrap();
    assert_eq!(engine.job(first.id).unwrap().state, JobState::Cancelled);
    let id = done(run(&engine, second.id));
    assert_eq!(engine.transcript(id).unwrap().document.language.as_deref(), Some("de"));
}

fn wait(events: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = events.recv_timeout(Duration::from_secs(20)).expect("the event comes");
        if wanted(&event) {
            return event;
        }
    }
}

/// A server that gives every file as so many zeros, slowly, until the client goes; it heeds no ranges.
fn slow_zeros(bytes: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&[0; 100_000]).is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    format!("http://{address}")
}

#[test]
fn a_download_is_held_goes_on_and_is_thrown_away() {
    let rig = Rig::new();
    let info = crate::models::registry::by_name("small").unwrap();
    let options = EngineOptions {
        data_dir: Some(rig.folder.path().join("data")),
        models_dir: Some(rig.folder.path().join("models")),
        mirror: Some(slow_zeros(info.bytes)),
        ..EngineOptions::default()
    };
    let engine = Engine::open_with(options, Arc::new(Scripted::new(Script::plain()))).unwrap();
    let state = || engine.model_entries().into_iter().find(|m| m.name == "small").unwrap().state;
    assert_eq!(state(), ModelState::Absent);
    assert_eq!(engine.download_model("smal").unwrap_err().code, Code::ModelMissing);
    let events = engine.subscribe();
    let coming =
        |event: &Event| matches!(event, Event::Model { state: ModelState::Downloading { done, .. }, .. } if *done > 0);
    let held = |event: &Event| matches!(event, Event::Model { state: ModelState::Paused { .. }, .. });
    engine.download_model("small").unwrap();
    wait(&events, coming);
    assert!(engine.is_downloading());
    engine.stop_download("small", false).unwrap();
    wait(&events, held);
    assert!(matches!(state(), ModelState::Paused { done, total } if done > 0 && total == info.bytes));
    // It is remembered by what lies on disk, so that it goes on after a restart as well.
    engine.download_model("small").unwrap();
    wait(&events, coming);
    engine.stop_download("small", true).unwrap();
    wait(&events, |event| matches!(event, Event::Model { state: ModelState::Absent, .. }));
    assert_eq!((state(), engine.models().partial(info)), (ModelState::Absent, None));
}

#[test]
fn models_are_listed_checked_taken_in_and_removed() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let entry = |name: &str| engine.model_entries().into_iter().find(|m| m.name == name);
    let base = entry("base").unwrap();
    assert!(base.preferred && base.known && base.removable && base.memory > Some(base.bytes));
    assert_eq!((base.state, base.precision.as_str()), (ModelState::Ready, "f16"));
    let events = engine.subscribe();
    engine.verify_model("base").unwrap();
    // The small model of the tests has the name of the real one and not its content; its length tells.
    let told = wait(&events, |e| matches!(e, Event::Model { state, .. } if *state != ModelState::Checking));
    assert!(matches!(told, Event::Model { state: ModelState::Ready, .. }), "{told:?}");
    let own = rig.folder.path().join("My model.bin");
    std::fs::copy(rig.folder.path().join("models/ggml-base.bin"), &own).unwrap();
    engine.remove_model("base").unwrap();
    let name = engine.import_model(&own).unwrap();
    let mine = entry(&name).unwrap();
    assert!(!mine.known && mine.state == ModelState::Ready);
    engine.remove_model(&name).unwrap();
    assert_eq!(entry(&name), None);
    assert_eq!(entry("base").unwrap().state, ModelState::Absent);
}

#[test]
fn the_report_has_facts_and_no_names() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let secret = wav(rig.folder.path(), "Secret source.wav", &[9000; 16_000 * 4]);
    let job = engine.enqueue(&secret, &settings(2)).unwrap();
    done(run(&engine, job.id));
    let report = engine.report();
    assert!(report.contains("Program: SecureTranscribe") && report.contains("1 recordings, 1 transcripts"), "{report}");
    assert!(!report.contains("Secret") && !report.contains("w10"), "{report}");
}
