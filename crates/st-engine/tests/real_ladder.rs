//! The real worker under real trouble: killed, stopped, without memory. And how much memory it takes, against what was
//! computed before. Where worker and models are not there, these tests say so and do nothing.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use st_audio::Decoder;
use st_engine::core::time::Millis;
use st_engine::core::transcript::Transcript;
use st_engine::gpu::need::{Need, Shape};
use st_engine::inference::worker::{Patience, WorkerProgram};
use st_engine::inference::{Clip, Launch};
use st_engine::{CancelFlag, Engine, EngineOptions, Event, JobSettings, LanguageChoice, Outcome, SpeakerChoice};
use st_worker_protocol::{AsrModel, DecodeParams, Load};

/// Workers are found as children of this process, so one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Models that `cargo xtask models` makes.
const MODELS: [&str; 5] = ["tiny.en", "tiny.en-q5_1", "base", "base-q8_0", "base-q5_1"];

/// Where a model is.
fn model(name: &str) -> PathBuf {
    tree().join(format!("models/ggml-{name}.bin"))
}

/// The worker program; none, saying so, where something that is needed is not there.
fn worker() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree().join("target"), |set| tree().join(set));
    let worker = target.join("release/securetranscribe-worker");
    let model = model("tiny.en");
    for (needed, how) in [(&worker, "cargo xtask build"), (&model, "cargo xtask models")] {
        if !needed.is_file() {
            println!("skipped: {} is missing; make it with {how}", needed.display());
            return None;
        }
    }
    Some(worker)
}

fn patient(worker: &Path) -> WorkerProgram {
    // A healthy worker says that it lives every second, and is starved for ten on no machine that is of use.
    let patience = Patience { alive: Duration::from_secs(10), ..Patience::default() };
    WorkerProgram::new(worker).patience(patience)
}

/// What a run gave: the document without what differs from run to run, and its notes.
fn run(launch: WorkerProgram, recording: &str, mut on_window: impl FnMut() + Send) -> (Transcript, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: Some(folder.path().join("data")),
        models_dir: Some(tree().join("models")),
        ..EngineOptions::default()
    };
    let engine = Engine::open_with(options, Arc::new(launch)).unwrap();
    let settings = JobSettings {
        model: "tiny.en".into(),
        language: LanguageChoice::Code("en".into()),
        speakers: SpeakerChoice::Off,
        threads: Some(2),
        fast: true,
        ..JobSettings::default()
    };
    let job = engine.enqueue(&tree().join("tests/fixtures").join(recording), &settings).unwrap();
    let mut first = true;
    let result = engine.run_job(job.id, &CancelFlag::new(), &mut |event| {
        if matches!(event, Event::JobWindow { .. }) && std::mem::take(&mut first) {
            on_window();
        }
    });
    let Outcome::Done(id) = result.unwrap() else { panic!("cancelled") };
    let mut document = engine.transcript(id).unwrap().document;
    let notes = std::mem::take(&mut document.provenance).notes;
    assert_eq!(workers().len(), 1, "what is loaded waits for a next job");
    drop(engine);
    let begin = Instant::now();
    while !workers().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the worker's memory is given back with the engine's end");
        std::thread::sleep(Duration::from_millis(20));
    }
    (document, notes)
}

/// Processes of workers that this one started.
fn workers() -> Vec<u32> {
    let me = std::process::id();
    let parent = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // pid (name) state ppid …
        let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
        let alive = rest.next()? != "Z";
        alive.then_some(())?;
        rest.next()?.parse::<u32>().ok()
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| parent(*pid) == Some(me)).collect()
}

fn signal(name: &str) {
    for pid in workers() {
        assert!(Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap().success());
    }
}

#[test]
fn killed_or_stopped_in_mid_job_the_result_is_that_of_an_undisturbed_run() {
    let Some(worker) = worker() else { return };
    let _alone = alone();
    let (expected, notes) = run(patient(&worker), "two_speakers.flac", || {});
    assert_eq!(notes, Vec::<String>::new());
    for name in ["KILL", "STOP"] {
        let (document, notes) = run(patient(&worker), "two_speakers.flac", || signal(name));
        assert_eq!(document, expected, "{name}");
        assert!(notes.iter().any(|note| note.contains("started again")), "{name}: {notes:?}");
    }
}

/// A worker that gets so little memory at its first starts that no model fits, and as much as it wants afterwards:
/// another program took it all, and ended.
fn starved(folder: &Path, worker: &Path, starts: u32) -> WorkerProgram {
    const KILOBYTES: u32 = 160_000;
    let count = folder.join("count");
    std::fs::write(&count, "0").unwrap();
    let lines = format!(
        "export MALLOC_ARENA_MAX=1\nread n < '{count}'\necho $((n + 1)) > '{count}'\n\
         [ $n -ge {starts} ] || ulimit -v {KILOBYTES}\n",
        count = count.display()
    );
    patient(&script(folder, &lines, worker))
}

/// A program that runs these lines of shell and then is the worker.
fn script(folder: &Path, lines: &str, worker: &Path) -> PathBuf {
    let script = folder.join("worker");
    std::fs::write(&script, format!("#!/bin/sh\n{lines}exec '{}'\n", worker.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[test]
fn without_memory_it_tries_again_and_then_goes_on_with_less() {
    let Some(worker) = worker() else { return };
    let _alone = alone();
    let (expected, _) = run(patient(&worker), "speech_en.flac", || {});
    let folder = tempfile::tempdir().unwrap();
    let (document, notes) = run(starved(folder.path(), &worker, 1), "speech_en.flac", || {});
    assert_eq!(document, expected);
    assert!(notes.iter().any(|note| note.contains("started again")), "{notes:?}");
    // Twice is no accident: the step is told and written down.
    let (document, notes) = run(starved(folder.path(), &worker, 2), "speech_en.flac", || {});
    assert_eq!(document, expected);
    let step = "The memory of this computer ran out at 0:00. The job goes on with";
    assert!(notes.iter().any(|note| note.starts_with(step)), "{notes:?}");
}

/// Loads each model that is here and holds what the worker says it took against what was computed before.
fn memory_is_as_computed(program: &WorkerProgram, device: &str, flash_attention: bool) {
    let mut tried = 0;
    for name in MODELS {
        let path = model(name);
        let Some(shape) = Shape::of(&path) else { continue };
        let worker = program.launch().unwrap();
        let asr = Some(AsrModel { path, device: device.into() });
        let load = Load { asr, threads: 2, flash_attention: Some(flash_attention), ..Load::default() };
        let cancel = CancelFlag::new();
        let loaded = worker.load(&load, &cancel).unwrap();
        let Outcome::Done(loaded) = loaded else { panic!("cancelled") };
        let need = Need::new(&shape, 5, flash_attention).when_loaded();
        let off = need as f64 / loaded.memory as f64 - 1.0;
        println!("{name} on {device}: computed {need}, taken {}, off by {:.2} %", loaded.memory, off * 100.0);
        assert!(off.abs() < 0.1, "{name} on {device}: computed {need}, taken {}", loaded.memory);
        tried += 1;
    }
    assert!(tried > 0, "not one model is there");
}

#[test]
fn the_memory_taken_is_the_memory_computed() {
    let Some(worker) = worker() else { return };
    let _alone = alone();
    memory_is_as_computed(&patient(&worker), "cpu", false);
}

/// What the system says of a process's memory, in bytes.
fn memory_of(pid: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let kilobytes: Option<u64> =
        status.lines().find_map(|l| l.strip_prefix(line)?.trim().strip_suffix("kB")?.trim().parse().ok());
    1_024 * kilobytes.unwrap_or_else(|| panic!("no {line} in {status}"))
}

#[test]
fn windows_in_flight_take_the_memory_computed() {
    let Some(worker) = worker() else { return };
    let _alone = alone();
    // Speech from beginning to end: what a window holds at most, it holds until its last word is found, so that all of them do at
    // the same time, whoever came first.
    let mut decoder = Decoder::open(&tree().join("tests/fixtures/two_speakers.flac")).unwrap();
    let mut pcm = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        pcm.extend_from_slice(block);
    }
    pcm.truncate(16_000 * 29);
    assert_eq!(pcm.len(), 16_000 * 29);
    let params = DecodeParams { language: "en".into(), translate: false, beam: 5, words: Vec::new(), temperature: 0.0 };
    let each = MODELS.map(|name| (name, 1));
    for (name, count) in each.into_iter().chain([("base", 2), ("base", 3)]) {
        let path = model(name);
        let Some(shape) = Shape::of(&path) else {
            println!("skipped: {} is missing", path.display());
            continue;
        };
        let inference = patient(&worker).launch().unwrap();
        let pid = workers()[0];
        let before = memory_of(pid, "VmRSS:");
        let asr = Some(AsrModel { path, device: "cpu".into() });
        let load = Load { asr, threads: 2, flash_attention: Some(false), ..Load::default() };
        let cancel = &CancelFlag::new();
        inference.load(&load, cancel).unwrap();
        let clip = Clip { pcm: &pcm, start: Millis(0), speech: &[], params: &params, threads: 1 };
        let ask = || inference.transcribe(clip, cancel).unwrap();
        let texts: Vec<_> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..count).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        });
        assert_eq!(texts, vec![texts[0].clone(); count]);
        let taken = memory_of(pid, "VmHWM:") - before;
        let need = Need::new(&shape, 5, false).written(&shape).in_flight(count as u32).total();
        let off = need as f64 / taken as f64 - 1.0;
        println!("{name}, {count} in flight: computed {need}, taken {taken}, off by {:.2} %", off * 100.0);
        assert!(off.abs() < 0.1, "{name}, {count} in flight: computed {need}, taken {taken}");
    }
}

/// A card that the processor plays (Mesa's lavapipe) takes what a card of the same backend takes.
#[test]
fn the_memory_taken_through_vulkan_is_the_memory_computed() {
    let worker = std::env::var_os("SECURETRANSCRIBE_TEST_VULKAN").map(PathBuf::from);
    let drivers = std::fs::read_dir("/usr/share/vulkan/icd.d").into_iter().flatten().flatten();
    let played = drivers.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("/lvp_icd"));
    let (Some(worker), Some(played)) = (worker, played) else {
        println!("skipped: no worker for Vulkan, or no Mesa: cargo xtask test rust makes and gets both");
        return;
    };
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let lines = format!(
        "export GGML_VK_VISIBLE_DEVICES=0 VK_ICD_FILENAMES='{played}' VK_DRIVER_FILES='{played}'\n",
        played = played.display()
    );
    let program = script(folder.path(), &lines, &worker);
    for flash_attention in [true, false] {
        memory_is_as_computed(&patient(&program), "Vulkan0", flash_attention);
    }
}
