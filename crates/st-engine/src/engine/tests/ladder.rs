//! The steps down: what each failure leads to, that no finished window is lost on the way, and what is learnt from it.

use std::sync::Barrier;

use st_core::hypothesis::WindowHypothesis;
use st_worker_protocol::{DeviceInfo, DeviceKind, WorkerError};

use super::*;
use crate::inference::scripted::Call;

fn card(driver: &str) -> DeviceInfo {
    DeviceInfo {
        id: "CUDA0".into(),
        name: "Played card".into(),
        kind: DeviceKind::Gpu,
        memory_total: 24_000_000_000,
        memory_free: 22_000_000_000,
        backend: "cuda".into(),
        bus: None,
        capability: Some("8.9".into()),
        driver: Some(driver.into()),
        api: None,
    }
}

/// An engine with a program for the card, which does what `director` says, and one for the processor.
fn with_card(rig: &Rig, driver: &str, director: impl Fn(Call) -> Turn + Send + Sync + 'static) -> (Engine, Counter) {
    let counter = Counter::default();
    let (calls, trials) = (Arc::clone(&counter.calls), Arc::clone(&counter.trials));
    let script = Script::new(move |call| {
        match call.kind {
            Kind::Transcribe => calls.fetch_add(1, Ordering::SeqCst),
            Kind::Trial => trials.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        director(call)
    });
    let options = EngineOptions {
        data_dir: Some(rig.folder.path().join("data")),
        models_dir: Some(rig.folder.path().join("models")),
        ..EngineOptions::default()
    };
    let programs: Vec<Arc<dyn Launch>> =
        vec![Arc::new(Scripted::new(script.with_card(card(driver)))), Arc::new(Scripted::new(Script::plain()))];
    (Engine::open_with_all(options, programs).unwrap(), counter)
}

/// Windows and trials that the card was asked for.
#[derive(Default)]
struct Counter {
    calls: Arc<AtomicU64>,
    trials: Arc<AtomicU64>,
}

impl Counter {
    fn take(&self) -> (u64, u64) {
        (self.calls.swap(0, Ordering::SeqCst), self.trials.swap(0, Ordering::SeqCst))
    }
}

/// Runs a job to its end: the transcript, and what was warned of.
fn warned(engine: &Engine, id: JobId) -> (TranscriptId, Vec<Failure>) {
    let mut warnings = Vec::new();
    let result = engine.run_job(id, &CancelFlag::new(), &mut |event| {
        if let Event::JobWarning { warning, .. } = event {
            warnings.push(warning.clone());
        }
    });
    (done(result), warnings)
}

fn again(engine: &Engine, rig: &Rig) -> (Transcript, Vec<String>, String) {
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let (id, warnings) = warned(engine, job.id);
    let device = engine.transcript(id).unwrap().document.provenance.device;
    let document = essence(engine, id);
    engine.delete_recording(job.recording).unwrap();
    (document, warnings.into_iter().map(|w| w.message).collect(), device)
}

#[test]
fn a_card_is_tried_once_and_then_trusted() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let (engine, asked) = with_card(&rig, "550.1", |_| Turn::Answer);
    let outlook = engine.outlook(&settings(2)).unwrap();
    assert_eq!((outlook.device.as_str(), outlook.passed), ("CUDA0", Vec::new()));
    assert!(outlook.plan.starts_with("The model “base” (f16) runs on Played card: it needs "), "{}", outlook.plan);
    let (document, warnings, device) = again(&engine, &rig);
    assert_eq!((document, warnings, device.as_str()), (expected, Vec::new(), "Played card"));
    let (windows, trials) = asked.take();
    assert!(windows > 2 && trials == 1);
    again(&engine, &rig);
    assert_eq!(asked.take(), (windows, 0));
    engine.forget_devices();
    again(&engine, &rig);
    assert_eq!(asked.take(), (windows, 1), "forgotten, so tried again");
    drop(engine);
    let (engine, asked) = with_card(&rig, "560.0", |_| Turn::Answer);
    again(&engine, &rig);
    assert_eq!(asked.take(), (windows, 1), "another driver is tried anew");
}

#[test]
fn a_card_that_hears_other_words_is_not_used() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let options = EngineOptions {
        data_dir: Some(rig.folder.path().join("data")),
        models_dir: Some(rig.folder.path().join("models")),
        ..EngineOptions::default()
    };
    let mut broken = Script::plain().with_card(card("550.1"));
    broken.trial = "!!!!!!".into();
    let engine =
        Engine::open_with_all(options, vec![Arc::new(Scripted::new(broken)), Arc::new(Scripted::new(Script::plain()))])
            .unwrap();
    let why = "Played card failed its trial: it heard “” in a clip with other words. The job goes on with the \
               processor.";
    for told in [vec![why], Vec::new()] {
        let (document, warnings, device) = again(&engine, &rig);
        assert_eq!((document, device.as_str()), (expected.clone(), "CPU, 2 threads"));
        assert_eq!(warnings, told, "the next job begins where this one came through");
    }
}

#[test]
fn without_memory_it_goes_down_step_by_step_and_learns_where_it_ends() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let models = rig.folder.path().join("models");
    std::fs::copy(models.join("ggml-base.bin"), models.join("ggml-base-q5_1.bin")).unwrap();
    // The first window is written, then the memory is gone for good.
    let seen = AtomicU64::new(0);
    let (engine, asked) = with_card(&rig, "550.1", move |call| {
        let late = call.kind == Kind::Transcribe && seen.fetch_add(1, Ordering::SeqCst) > 0;
        if late { Turn::Die(Reason::OutOfMemory) } else { Turn::Answer }
    });
    let job = engine.enqueue(&rig.recording, &settings(2)).unwrap();
    let (id, warnings) = warned(&engine, job.id);
    assert!(warnings.iter().all(|warning| warning.code == Code::OutOfMemory));
    let first = engine.job_text(job.id).unwrap().windows[0].decoded_until;
    let told: Vec<String> = warnings.into_iter().map(|warning| warning.message).collect();
    let ran_out =
        |how: &str| format!("The memory of the graphics card ran out at {first}. The job goes on with {how}.");
    assert_eq!(
        told,
        [
            ran_out("one hypothesis at a time, which needs less memory"),
            ran_out("the smaller model “base-q5_1”"),
            ran_out("one hypothesis at a time, which needs less memory"),
            ran_out("the processor"),
        ]
    );
    let provenance = engine.transcript(id).unwrap().document.provenance;
    assert!(told.iter().all(|line| provenance.notes.contains(line)), "{:?}", provenance.notes);
    assert_eq!(provenance.device, "CPU, 2 threads");
    assert!(provenance.settings["plan"].starts_with("The model “base” (f16) runs on the processor"));
    assert_eq!(essence(&engine, id), expected);
    engine.delete_recording(job.recording).unwrap();
    asked.take();
    // The next job begins where this one came through.
    let (document, warnings, device) = again(&engine, &rig);
    assert_eq!((document, warnings, device.as_str()), (expected.clone(), Vec::new(), "CPU, 2 threads"));
    assert_eq!(asked.take(), (0, 0));
    drop(engine);
    // A new driver may do better.
    let (engine, asked) = with_card(&rig, "560.0", |_| Turn::Answer);
    let (document, warnings, device) = again(&engine, &rig);
    assert_eq!((document, warnings, device.as_str()), (expected, Vec::new(), "Played card"));
    assert!(asked.take().0 > 0);
}

#[test]
fn a_card_that_falls_silent_or_crashes_again_and_again_is_left() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    for (reason, deaths, what) in
        [(Reason::Silent, 2, "did not answer any more"), (Reason::Crashed, 3, "ended unexpectedly")]
    {
        let rig = Rig { folder: tempfile::tempdir().unwrap(), recording: rig.recording.clone() };
        crate::models::tests::small_models(&rig.folder.path().join("models"));
        let (engine, asked) =
            with_card(
                &rig,
                "550.1",
                move |call| {
                    if call.kind == Kind::Transcribe { Turn::Die(reason) } else { Turn::Answer }
                },
            );
        let (document, warnings, device) = again(&engine, &rig);
        assert_eq!((document, device.as_str()), (expected.clone(), "CPU, 2 threads"));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains(what)), "{warnings:?}");
        assert_eq!(asked.take(), (2 * deaths, 1));
    }
}

#[test]
fn memory_that_is_there_again_at_the_second_try_changes_nothing() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(2));
    let refusal = WorkerError::Inference { what: "speech recognition".into(), reason: "out of memory".into() };
    for turn in [Turn::Die(Reason::OutOfMemory), Turn::Refuse(refusal), Turn::Die(Reason::Silent)] {
        let seen = AtomicU64::new(0);
        let once = turn.clone();
        let engine = rig.engine(Script::new(move |call| {
            let second = call.kind == Kind::Transcribe && seen.fetch_add(1, Ordering::SeqCst) == 1;
            if second { once.clone() } else { Turn::Answer }
        }));
        let (document, warnings, _) = again(&engine, &rig);
        assert_eq!((document, warnings), (expected.clone(), Vec::new()), "{turn:?}");
    }
}

#[test]
fn voices_that_find_no_room_beside_the_text_come_after_it() {
    let rig = Rig::new();
    let expected = undisturbed(&rig, &settings(8));
    let beside = Arc::new(AtomicU64::new(0));
    let died = Arc::clone(&beside);
    let engine = rig.engine(Script::new(move |call| {
        // As long as text is written there is no room; two deaths are one more than an accident.
        if call.kind == Kind::Voices && died.fetch_add(1, Ordering::SeqCst) < 2 {
            return Turn::Die(Reason::OutOfMemory);
        }
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, &settings(8)).unwrap();
    let (id, warnings) = warned(&engine, job.id);
    assert_eq!((essence(&engine, id), warnings), (expected, Vec::new()));
    assert!(beside.load(Ordering::SeqCst) > 2);
}

/// A recording with a pause of 5 s every 16 s: sections that are decoded at once.
fn many_sections() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    crate::models::tests::small_models(&folder.path().join("models"));
    let tone = |n: i32| (f64::from(n) * 0.3).sin().mul_add(12_000.0, 0.0) as i16;
    let samples: Vec<i16> = (0..96 * 16_000).map(|n: i32| if n / 16_000 % 16 > 10 { 0 } else { tone(n) }).collect();
    let recording = wav(folder.path(), "sections.wav", &samples);
    Rig { folder, recording }
}

#[test]
fn how_many_windows_are_in_flight_does_not_change_the_transcript() {
    let rig = many_sections();
    let settings = |count| JobSettings { in_flight: Some(count), ..settings(2) };
    let expected = undisturbed(&rig, &settings(1));
    assert_eq!(expected.utterances.iter().flat_map(|u| &u.words).count(), 6 * 22);
    for count in 2..=8 {
        assert_eq!(undisturbed(&rig, &settings(count)), expected, "{count}");
    }
}

#[test]
fn who_finishes_first_does_not_change_the_transcript() {
    let rig = many_sections();
    let expected = undisturbed(&rig, &settings(1));
    for seed in 1..9 {
        let dice = Mutex::new(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let engine = rig.engine(Script::new(move |call| {
            if call.kind == Kind::Transcribe {
                let wait = roll(&dice) % 4;
                std::thread::sleep(Duration::from_millis(wait));
            }
            Turn::Answer
        }));
        let settings = JobSettings { in_flight: Some(2 + seed as u32 % 3), ..settings(2) };
        let job = engine.enqueue(&rig.recording, &settings).unwrap();
        assert_eq!(essence(&engine, done(run(&engine, job.id))), expected, "{seed}");
        engine.delete_recording(job.recording).unwrap();
    }
}

/// xorshift64 from a fixed start.
fn roll(dice: &Mutex<u64>) -> u64 {
    let mut dice = dice.lock().unwrap();
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    *dice
}

#[test]
fn a_lane_does_not_wait_for_the_others() {
    let rig = many_sections();
    let expected = undisturbed(&rig, &settings(1));
    let (asked, most) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
    let seen = Arc::clone(&most);
    let engine = rig.engine(Script::new(move |call| {
        if call.kind == Kind::Transcribe {
            seen.fetch_max(call.at_once as u64, Ordering::SeqCst);
            // The first of the six windows, one a section, is there until the last one is asked for, too.
            let (first, begin) = (asked.fetch_add(1, Ordering::SeqCst) == 0, Instant::now());
            while first && asked.load(Ordering::SeqCst) < 6 {
                assert!(begin.elapsed() < Duration::from_secs(60), "the other lanes wait");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, &JobSettings { in_flight: Some(3), ..settings(2) }).unwrap();
    assert_eq!(essence(&engine, done(run(&engine, job.id))), expected);
    assert!((2..=3).contains(&most.load(Ordering::SeqCst)), "never more than were asked for");
}

#[test]
fn a_cancel_ends_all_windows_in_flight_and_keeps_the_finished_ones() {
    let rig = many_sections();
    let settings = JobSettings { in_flight: Some(3), ..settings(2) };
    let expected = undisturbed(&rig, &settings);
    // After so many windows the worker answers no more.
    for finished in [0, 1, 4] {
        let flag = CancelFlag::new();
        let (asked, hanging) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
        let hung = Arc::clone(&hanging);
        let engine = rig.engine(Script::new(move |call| {
            if call.kind != Kind::Transcribe || asked.fetch_add(1, Ordering::SeqCst) < finished {
                return Turn::Answer;
            }
            hung.fetch_add(1, Ordering::SeqCst);
            Turn::Hang
        }));
        let job = engine.enqueue(&rig.recording, &settings).unwrap();
        let took = std::thread::scope(|scope| {
            let running = scope.spawn(|| engine.run_job(job.id, &flag, &mut |_| {}));
            let begin = Instant::now();
            while hanging.load(Ordering::SeqCst) < 3 {
                assert!(begin.elapsed() < Duration::from_secs(60), "three windows are in flight");
                std::thread::sleep(Duration::from_millis(1));
            }
            let begin = Instant::now();
            flag.cancel();
            assert_eq!(running.join().unwrap(), Ok(Outcome::Cancelled));
            begin.elapsed()
        });
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert_eq!(engine.job_text(job.id).unwrap().windows.len() as u64, finished);
        drop(engine);
        let engine = rig.engine(Script::plain());
        engine.retry(job.id).unwrap();
        assert_eq!(essence(&engine, done(run(&engine, job.id))), expected);
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn a_window_that_fails_ends_the_job_once_the_others_are_finished() {
    let rig = many_sections();
    let odd = WorkerError::Inference { what: "speech recognition".into(), reason: "odd".into() };
    let (asked, together) = (AtomicU64::new(0), Barrier::new(3));
    let engine = rig.engine(Script::new(move |call| {
        if call.kind != Kind::Transcribe {
            return Turn::Answer;
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        if number < 3 {
            together.wait();
        }
        if number == 0 {
            return Turn::Refuse(odd.clone());
        }
        // A job that ended them would do so meanwhile.
        std::thread::sleep(Duration::from_millis(200));
        Turn::Answer
    }));
    let job = engine.enqueue(&rig.recording, &JobSettings { in_flight: Some(3), ..settings(2) }).unwrap();
    let failure = run(&engine, job.id).unwrap_err();
    assert!(failure.detail.contains("odd"), "{failure:?}");
    assert!(engine.job_text(job.id).unwrap().windows.len() >= 2, "what was in flight beside it is kept");
}

#[test]
fn without_memory_fewer_windows_are_in_flight_first_and_the_next_job_begins_so() {
    let rig = many_sections();
    let settings = JobSettings { in_flight: Some(4), ..settings(2) };
    let expected = undisturbed(&rig, &settings);
    // Twice four windows are there together, which is too much.
    let (asked, together) = (AtomicU64::new(0), Barrier::new(4));
    let (engine, _) = with_card(&rig, "550.1", move |call| {
        if call.kind == Kind::Transcribe && asked.fetch_add(1, Ordering::SeqCst) < 8 {
            together.wait();
            return Turn::Die(Reason::OutOfMemory);
        }
        if call.at_once > 2 { Turn::Die(Reason::OutOfMemory) } else { Turn::Answer }
    });
    let job = engine.enqueue(&rig.recording, &settings).unwrap();
    let (id, warnings) = warned(&engine, job.id);
    let told = "The memory of the graphics card ran out at 0:00. The job goes on with fewer parts of the recording at \
                once (2), which needs less memory.";
    assert_eq!(warnings.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>(), [told]);
    let provenance = engine.transcript(id).unwrap().document.provenance;
    assert_eq!((provenance.device.as_str(), provenance.settings["in_flight"].as_str()), ("Played card", "2"));
    assert!(provenance.notes.iter().any(|note| note == told), "{:?}", provenance.notes);
    assert_eq!(essence(&engine, id), expected);
    engine.delete_recording(job.recording).unwrap();
    let job = engine.enqueue(&rig.recording, &settings).unwrap();
    let (id, warnings) = warned(&engine, job.id);
    assert_eq!(
        (essence(&engine, id), warnings),
        (expected, Vec::new()),
        "the next job begins where this one came through"
    );
}

#[test]
fn a_hundred_faults_at_random_lose_no_finished_window() {
    const FAULTS: u64 = 100;
    let rig = many_sections();
    let expected = undisturbed(&rig, &settings(2));
    let dice = Mutex::new(0x2545_F491_4F6C_DD1D_u64);
    let faults = Arc::new(AtomicU64::new(0));
    let played = Arc::clone(&faults);
    let script = Script::new(move |_| {
        let dice = roll(&dice);
        if dice.is_multiple_of(3) && played.load(Ordering::SeqCst) < FAULTS {
            played.fetch_add(1, Ordering::SeqCst);
            return Turn::Die([Reason::OutOfMemory, Reason::Crashed, Reason::Silent][(dice / 3 % 3) as usize]);
        }
        Turn::Answer
    });
    let written = script.written();
    let engine = rig.engine(script);
    let mut jobs = 0;
    while faults.load(Ordering::SeqCst) < FAULTS {
        written.store(0, Ordering::SeqCst);
        jobs += 1;
        let settings = JobSettings { in_flight: Some(1 + jobs % 4), ..settings(2) };
        let job = engine.enqueue(&rig.recording, &settings).unwrap();
        let mut kept: Vec<WindowHypothesis> = Vec::new();
        let id = loop {
            let result = run(&engine, job.id);
            let now = engine.job_text(job.id).unwrap().windows;
            assert!(kept.iter().all(|window| now.contains(window)), "what was finished stays as it was");
            kept = now;
            match result {
                Ok(Outcome::Done(id)) => break id,
                Ok(Outcome::Cancelled) => panic!("nobody cancelled"),
                // Three or more deaths in a row end a job; it goes on when it is asked to.
                Err(_) => drop(engine.retry(job.id).unwrap()),
            }
        };
        assert_eq!(written.load(Ordering::SeqCst), kept.len() as u64, "no window was written twice");
        let document = essence(&engine, id);
        assert_eq!(document.utterances.iter().flat_map(|u| &u.words).count(), 6 * 22);
        // Speakers may be lacking where their models died again and again; the text never is.
        if !document.speakers.is_empty() {
            assert_eq!(document, expected);
        }
        engine.delete_recording(job.recording).unwrap();
    }
}

#[test]
fn the_gauge_says_what_this_program_uses() {
    let rig = Rig::new();
    let engine = rig.engine(Script::plain());
    let usage = engine.gauge().usage;
    assert!(usage.memory_bytes > 0 && usage.memory_bytes < usage.total_memory_bytes);
}
