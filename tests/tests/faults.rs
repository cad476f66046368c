//! Kills and cancels at any moment: nothing that was finished is lost, and the result is that of an undisturbed run.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use st_e2e::processes::{Dice, children, ends_within, signal, wait_for};
use st_e2e::{Cli, Run, content, fixture, sound, text, transcribe_args};

/// Longer than anything here may take, whatever the machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// One at a time: these tests look at moments.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A recording of several windows, and what an undisturbed run makes of it.
fn undisturbed() -> &'static (tempfile::TempDir, PathBuf, Value) {
    static DONE: OnceLock<(tempfile::TempDir, PathBuf, Value)> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long talk.wav");
        sound::repeat(&fixture("two_speakers.flac"), 2, &path);
        let json = Cli::new().transcribe(&path, &[]);
        (folder, path, content(&json))
    })
}

fn args(recording: &Path) -> Vec<std::ffi::OsString> {
    let mut args = transcribe_args(recording);
    args.extend(["--format", "json", "--output", "-", "--progress", "json"].map(Into::into));
    args
}

fn finish(child: Child) -> Run {
    let output: Output = child.wait_with_output().expect("the program ends");
    output.into()
}

/// Talk with speech in it at half the speed, which the model does not take well: there are places to doubt.
fn doubtful_talk(to: &Path) {
    let (talk, speech) = (sound::samples(&fixture("two_speakers.flac")), sound::samples(&fixture("speech_en.flac")));
    let slowly = |samples: &[f32]| samples.iter().flat_map(|sample| [*sample; 2]).collect::<Vec<f32>>();
    let pause = sound::silence(4);
    let parts = [talk.clone(), slowly(&speech), slowly(&talk[..15 * 16_000]), talk.clone(), talk];
    sound::write_wav(to, &parts.join(&pause[..])).expect("the recording is written");
}

/// Half of the kills come at a random moment early in a run, the other half within a window after one more was finished:
/// so they fall everywhere, and however fast the machine is all of them come before the end. What was doubted before is
/// doubted then, also where a second try had put it right.
#[test]
fn killed_at_ten_random_moments_it_goes_on_from_the_last_window() {
    const KILLS: usize = 10;
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("longer talk.wav");
    doubtful_talk(&path);
    let expected = content(&Cli::new().transcribe(&path, &[]));
    assert!(expected["doubts"].as_array().is_some_and(|doubts| !doubts.is_empty()), "nothing was doubted");
    // Two at once, so that what is finished does not lie in a row.
    let args = |path: &Path| [args(path), vec!["--in-flight".into(), "2".into()]].concat();
    let cli = Cli::new();
    let mut dice = Dice(20_261_125);
    let mut windows = 0;
    for kill in 0..KILLS {
        let log = cli.scratch().join(format!("progress {kill}"));
        // Into a file: a pipe that nobody reads yet would hold the program up.
        let told = std::fs::File::create(&log).expect("a file");
        let mut child = cli.command(&args(&path)).stdout(Stdio::null()).stderr(told).spawn().expect("it starts");
        if kill % 2 == 1 {
            // Those that were finished before are told again.
            let finished = || std::fs::read_to_string(&log).unwrap_or_default().matches("\"job_window\"").count();
            let more = wait_for(PATIENCE, || (finished() > windows).then(finished));
            windows = more.unwrap_or_else(|| panic!("no window more than {windows} was finished before kill {kill}"));
        }
        let moment = Duration::from_millis(dice.below(400));
        assert!(!ends_within(&mut child, moment), "it ended before kill {kill}");
        let workers = children(child.id());
        // By turns the program and its worker: the program alone leaves the worker to notice by itself.
        if kill % 3 == 2 {
            workers.iter().for_each(|&w| signal(w, "KILL"));
        }
        signal(child.id(), "KILL");
        assert!(ends_within(&mut child, Duration::from_secs(5)));
        let gone = wait_for(Duration::from_secs(10), || {
            workers.iter().all(|w| !Path::new(&format!("/proc/{w}/exe")).exists()).then_some(())
        });
        assert!(gone.is_some(), "a worker outlived the program that started it");
    }
    let run = finish(cli.spawn(&args(&path))).ok();
    assert!(run.stderr.contains(r#""resumed":true"#), "it began from nothing");
    assert_eq!(content(&run.json()), expected);
}

#[test]
fn a_killed_worker_is_replaced_and_nothing_is_lost() {
    let _alone = alone();
    let (_folder, path, expected) = undisturbed();
    let cli = Cli::new();
    let child = cli.spawn(&args(path));
    let worker = wait_for(PATIENCE, || children(child.id()).first().copied()).expect("a worker");
    std::thread::sleep(Duration::from_millis(700));
    signal(worker, "KILL");
    let run = finish(child).ok();
    assert_eq!(&content(&run.json()), expected);
}

/// Cancels once `word` stands in the progress, and gives how long it took to end and what it said.
fn cancel_at(cli: &Cli, path: &Path, word: &str, by: &str) -> (Duration, Run) {
    let (log, result) = (cli.scratch().join("progress"), cli.scratch().join("result"));
    // Into files: a pipe that nobody reads yet would hold the program up.
    let mut child = cli
        .command(&args(path))
        .stdout(std::fs::File::create(&result).expect("a file"))
        .stderr(std::fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("the program starts");
    let read = || std::fs::read_to_string(&log).unwrap_or_default();
    wait_for(PATIENCE, || read().contains(word).then_some(())).expect("the moment comes");
    let begin = Instant::now();
    signal(child.id(), by);
    assert!(ends_within(&mut child, PATIENCE));
    let took = begin.elapsed();
    let mut run = finish(child);
    (run.stdout, run.stderr) = (std::fs::read_to_string(&result).unwrap_or_default(), read());
    (took, run)
}

#[test]
fn cancel_comes_at_once_at_every_stage_and_keeps_the_text() {
    let _alone = alone();
    let (_folder, path, expected) = undisturbed();
    let cli = Cli::new();
    for (stage, by) in [("\"decode\"", "INT"), ("\"transcribe\"", "TERM"), ("job_window", "INT")] {
        let (took, run) = cancel_at(&cli, path, stage, by);
        println!("cancel at {stage}: {} ms", took.as_millis());
        // Two seconds are promised, and the worker's process is ended when they are over.
        assert!(took < Duration::from_secs(3), "{stage} took {took:?}");
        let run = run.status(1);
        let last = run.stderr.lines().last().unwrap_or_default();
        assert!(last.contains("long talk.wav") && last.contains("Stopped"), "{last}");
        assert_eq!(run.stdout, "");
    }
    // The text up to the cancel is there to be read, and going on gives the whole.
    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    let job = &listed["recordings"][0]["job"];
    assert_eq!(job["state"], "cancelled", "{listed}");
    assert!(job["windows_done"].as_u64().is_some_and(|n| n > 0), "{listed}");
    let run = finish(cli.spawn(&args(path))).ok();
    assert!(run.stderr.contains(r#""resumed":true"#), "it began from nothing");
    assert_eq!(&content(&run.json()), expected);
}

#[test]
fn cancelled_while_speakers_are_found_the_text_is_whole_and_speakers_can_be_found_later() {
    let _alone = alone();
    let (_folder, path, expected) = undisturbed();
    let cli = Cli::new();
    let (took, run) = cancel_at(&cli, path, "\"stage\":\"diarize\"", "INT");
    assert!(took < Duration::from_secs(3), "{took:?}");
    let run = run.status(1);
    let words = |json: &Value| text(json).split_whitespace().count();
    assert_eq!(words(&run.json()), words(expected), "a part of the text is missing");
    assert!(run.stderr.contains("securetranscribe speakers 1"), "{}", run.stderr);
    let found = cli.run(&["speakers", "1", "--progress", "none"]).ok();
    assert!(found.stdout.contains("2 speakers"), "{}", found.stdout);
    let shown = cli.run(&["library", "show", "1", "--json"]).ok().json();
    assert_eq!(&content(&shown), expected);
}

#[test]
fn two_programs_share_one_library() {
    let _alone = alone();
    let cli = Cli::new();
    let folder = cli.scratch();
    let copies: Vec<PathBuf> = ["one.flac", "two.flac"].iter().map(|name| folder.join(name)).collect();
    for copy in &copies {
        std::fs::copy(fixture("speech_en.flac"), copy).unwrap();
    }
    let running: Vec<Child> = copies.iter().map(|copy| cli.spawn(&args(copy))).collect();
    let runs: Vec<Value> = running.into_iter().map(|child| finish(child).ok().json()).collect();
    assert_eq!(runs[0]["utterances"], runs[1]["utterances"]);
    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    assert_eq!(listed["recordings"].as_array().map(Vec::len), Some(2), "{listed}");
}

#[test]
fn the_same_recording_twice_at_once_gives_the_same_text() {
    let _alone = alone();
    let cli = Cli::new();
    let recording = fixture("speech_en.flac");
    let (first, second) = (cli.spawn(&args(&recording)), cli.spawn(&args(&recording)));
    let (first, second) = (finish(first), finish(second));
    let done: Vec<&Run> = [&first, &second].into_iter().filter(|r| r.code == Some(0)).collect();
    assert!(!done.is_empty(), "{}\n{}", first.stderr, second.stderr);
    for run in [&first, &second] {
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
    for run in done {
        assert!(run.json()["utterances"].as_array().is_some_and(|u| !u.is_empty()));
    }
}
