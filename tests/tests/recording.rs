//! `record` with a real sound server: what is fed into a microphone that is not there is in the file, whatever happens
//! meanwhile. `cargo xtask test` starts the server; without one these tests say so and end.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use st_e2e::processes::{Dice, signal, wait_for};
use st_e2e::{Cli, Run, fixture, sound};

/// Longer than anything here may take, whatever the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One at a time: one program records at a time in one data folder, and the sound server is one.
fn alone() -> Option<MutexGuard<'static, ()>> {
    static LOCK: Mutex<()> = Mutex::new(());
    if std::env::var_os("PULSE_SERVER").is_none() {
        println!("skipped: no sound server of our own (PULSE_SERVER); cargo xtask test starts one");
        return None;
    }
    Some(LOCK.lock().unwrap_or_else(PoisonError::into_inner))
}

fn pactl(arguments: &[&str]) -> String {
    let output = Command::new("pactl").args(arguments).output().expect("pactl starts");
    assert!(output.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A microphone that hears what is played into it. The loudspeaker stays, the microphone comes and goes.
struct Microphone {
    name: String,
    loudspeaker: String,
    module: Option<String>,
}

impl Microphone {
    fn plug_in(name: &str, rate: u32) -> Self {
        Self::with_channels(name, rate, 1)
    }

    fn with_channels(name: &str, rate: u32, channels: u16) -> Self {
        let shape = [format!("sink_name={name}"), format!("rate={rate}"), format!("channels={channels}")];
        let sink = ["load-module", "module-null-sink", &shape[0], &shape[1], &shape[2], "format=s16le"];
        let loudspeaker = pactl(&sink);
        let mut microphone = Self { name: name.into(), loudspeaker, module: None };
        microphone.plug();
        microphone
    }

    fn plug(&mut self) {
        let (source, master) = (format!("source_name={}_mic", self.name), format!("master={}.monitor", self.name));
        self.module = Some(pactl(&["load-module", "module-remap-source", &source, &master]));
    }

    fn unplug(&mut self) {
        if let Some(module) = self.module.take() {
            pactl(&["unload-module", &module]);
        }
    }

    fn feed(&self, file: &Path) -> Child {
        let device = format!("--device={}", self.name);
        Command::new("paplay").arg(device).arg(file).stderr(Stdio::null()).spawn().expect("paplay starts")
    }

    fn device(&self) -> String {
        format!("pulse:{}_mic", self.name)
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        for module in self.module.iter().chain([&self.loudspeaker]) {
            let _ = Command::new("pactl").args(["unload-module", module]).stderr(Stdio::null()).status();
        }
    }
}

/// `record` into a file, with its progress as JSON in a file of its own.
struct Recording {
    child: Child,
    log: PathBuf,
}

impl Recording {
    fn start(cli: &Cli, microphone: &Microphone, file: &Path, more: &[&str]) -> Self {
        // Not beside the file: that disk may be full.
        let log = cli.scratch().join(file.file_name().unwrap_or_default()).with_extension("log");
        let mut arguments: Vec<OsString> = vec!["record".into(), "--output".into(), file.into()];
        arguments.extend(["--device", &microphone.device(), "--progress", "json"].map(Into::into));
        arguments.extend(more.iter().map(Into::into));
        let to = std::fs::File::create(&log).expect("a log");
        let child = cli.command(&arguments).stdout(Stdio::piped()).stderr(to).spawn().expect("it starts");
        let recording = Self { child, log };
        recording.wait("a tenth of a second", |state| state["elapsed_ms"].as_u64() > Some(100));
        recording
    }

    /// The newest state.
    fn state(&self) -> Option<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().find(|event| event["event"] == "recorder").map(|event| event["state"].clone())
    }

    #[track_caller]
    fn wait(&self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let state = wait_for(PATIENCE, || self.state().filter(|state| so(state)));
        state.unwrap_or_else(|| {
            panic!("{what} did not come: {}", std::fs::read_to_string(&self.log).unwrap_or_default())
        })
    }

    fn end(self, how: &str) -> Run {
        signal(self.child.id(), how);
        self.finish()
    }

    fn finish(self) -> Run {
        let output: Output = self.child.wait_with_output().expect("the program ends");
        let mut run = Run::from(output);
        run.stderr = std::fs::read_to_string(&self.log).unwrap_or_default();
        run
    }
}

/// Seconds of sound, as ffprobe says; it must be able to.
#[track_caller]
fn probed(file: &Path) -> f64 {
    let wanted = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(wanted).arg(file).output().expect("ffprobe starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a length")
}

/// Where `needle` lies in `hay`, and how like it that is (1: the same).
fn find(hay: &[f32], needle: &[f32]) -> (usize, f64) {
    let start = hay.windows(64).position(|part| likeness(part, &needle[..64]) > 0.999).unwrap_or(0);
    (start, likeness(&hay[start..], needle))
}

fn likeness(one: &[f32], two: &[f32]) -> f64 {
    let (mut both, mut first, mut second) = (0.0, 1e-12, 1e-12);
    for (a, b) in one.iter().zip(two) {
        both += f64::from(*a) * f64::from(*b);
        first += f64::from(*a) * f64::from(*a);
        second += f64::from(*b) * f64::from(*b);
    }
    both / (first * second).sqrt() * (one.len().min(two.len()) as f64 / two.len() as f64)
}

#[test]
fn ctrl_c_ends_it_and_what_was_fed_is_in_the_file() {
    let Some(_alone) = alone() else { return };
    let cli = Cli::new();
    let microphone = Microphone::plug_in("st_record", 16_000);
    let fed = sound::noise(4, 0.3);
    let path = cli.scratch().join("fed.wav");
    sound::write_wav(&path, &fed).expect("it is written");
    for (how, tries) in [("INT", 4), ("TERM", 4)] {
        // The player may leave some out where the machine is busy; the recording may not, so it is right some time.
        let mut best = 0.0f64;
        for number in 0..tries {
            let file = cli.scratch().join(format!("{how} {number}.wav"));
            let recording = Recording::start(&cli, &microphone, &file, &[]);
            assert!(microphone.feed(&path).wait().is_ok_and(|status| status.success()));
            let length = recording.wait("all of it", |state| state["elapsed_ms"].as_u64() > Some(4_000));
            assert_eq!(length["overruns"], 0);
            thread::sleep(Duration::from_millis(600));
            let run = recording.end(how).status(0);
            assert!(run.stderr.contains("Recorded"), "{}", run.stderr);
            let (start, like) = find(&sound::samples(&file), &fed);
            println!("{how}: found at {start}, likeness {like:.6}, {:.2} s", probed(&file));
            best = best.max(like);
            if best > 0.999 {
                break;
            }
        }
        assert!(best > 0.999, "{best}");
    }
    let left = cli.data().join("recordings");
    let journals = std::fs::read_dir(left).expect("the folder").flatten();
    assert_eq!(journals.filter(|entry| entry.file_name().to_string_lossy().ends_with(".json")).count(), 0);
}

#[test]
fn it_ends_by_itself_and_is_transcribed() {
    let Some(_alone) = alone() else { return };
    let cli = Cli::new();
    let microphone = Microphone::plug_in("st_record_text", 48_000);
    let file = cli.scratch().join("talk.wav");
    let fed = cli.scratch().join("fed.wav");
    sound::write_wav(&fed, &sound::samples(&fixture("speech_en.flac"))).expect("it is written");
    let length = format!("{}s", probed(&fed).ceil() as u64 + 3);
    let more = ["--for", &length, "--transcribe", "--model", "tiny.en", "--language", "en"];
    let recording = Recording::start(&cli, &microphone, &file, &more);
    assert!(microphone.feed(&fed).wait().is_ok_and(|status| status.success()));
    let run = recording.finish().status(0);
    let direct = cli.run(&["transcribe", &fed.to_string_lossy(), "--model", "tiny.en", "--language", "en"]).ok();
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    let (heard, expected) = (words(&run.stdout), words(&direct.stdout));
    let common = expected.iter().filter(|word| heard.contains(word)).count();
    println!("{} words, {common} of {} of the file itself", heard.len(), expected.len());
    assert!(common * 10 >= expected.len() * 8, "{}\n{}", run.stdout, direct.stdout);
    // What was recorded gives the same when it is dropped.
    let dropped =
        Cli::new().run(&["transcribe", &file.to_string_lossy(), "--model", "tiny.en", "--language", "en"]).ok();
    assert_eq!(run.stdout, dropped.stdout);
}

/// Twenty kills: four recorders side by side, each with a data folder of its own, five times over.
#[test]
fn killed_at_any_moment_it_leaves_a_file_that_plays() {
    let Some(_alone) = alone() else { return };
    let microphone = Microphone::plug_in("st_record_kill", 16_000);
    let mut dice = Dice(20_261_128);
    let people: Vec<Cli> = (0..4).map(|_| Cli::new()).collect();
    let fed = people[0].scratch().join("fed.wav");
    sound::write_wav(&fed, &sound::samples(&fixture("speech_en.flac"))).expect("it is written");
    for round in 0..5 {
        let mut player = microphone.feed(&fed);
        let file = |cli: &Cli| cli.scratch().join(format!("killed {round}.wav"));
        let started = people.iter().map(|cli| (Recording::start(cli, &microphone, &file(cli), &[]), file(cli)));
        let mut running: Vec<(Recording, PathBuf)> = started.collect();
        while !running.is_empty() {
            thread::sleep(Duration::from_millis(300 + dice.below(900)));
            let (recording, file) = running.swap_remove(dice.below(running.len() as u64) as usize);
            let heard = recording.state().and_then(|state| state["elapsed_ms"].as_u64()).expect("a length");
            let Recording { mut child, .. } = recording;
            signal(child.id(), "KILL");
            assert!(child.wait().is_ok_and(|status| !status.success()));
            let there = (probed(&file) * 1_000.0) as u64;
            println!("killed after {heard} ms: {there} ms play");
            assert!(there + 1_200 >= heard, "{there} of {heard} ms");
        }
        let _ = player.kill();
        let _ = player.wait();
    }
    // The next start offers all of them.
    for cli in &people {
        let left = cli.run(&["record", "--left"]).ok();
        assert_eq!(left.stdout.lines().filter(|line| line.contains("killed")).count(), 5, "{}", left.stdout);
    }
    let cli = &people[0];
    let left = cli.run(&["record", "--left"]).ok();
    let last = left.stdout.lines().find(|line| line.contains("killed 4"));
    let id = last.and_then(|line| line.split_whitespace().next()).expect("an id");
    let text = cli.run(&["record", "--adopt", id, "--model", "tiny.en", "--language", "en"]);
    assert!(text.ok().stderr.contains("killed 4.wav"));
    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    assert_eq!(listed["recordings"].as_array().map(Vec::len), Some(1), "{listed}");
}

/// What is fed is in the file of the real program, bit for bit, at every rate, on one channel and on two; all at once.
#[test]
fn at_every_rate_the_file_has_what_was_fed() {
    let Some(_alone) = alone() else { return };
    let rates = [16_000u32, 44_100, 48_000, 96_000];
    let mut open: Vec<(u32, u16)> = rates.iter().flat_map(|&rate| [(rate, 1), (rate, 2)]).collect();
    for tries in 1.. {
        let rooms: Vec<_> = open.iter().map(|&(rate, channels)| Room::record(rate, channels)).collect();
        let mut players: Vec<Child> = rooms.iter().map(Room::feed).collect();
        assert!(players.iter_mut().all(|player| player.wait().is_ok_and(|status| status.success())));
        thread::sleep(Duration::from_millis(800));
        // The player may leave some out where the machine is busy; the recording may not, so it is right some time.
        let wrong = rooms.into_iter().filter_map(|room| {
            let shape = (room.rate, room.channels);
            let same = room.ends_whole();
            println!("{shape:?}: {same}");
            (!same).then_some(shape)
        });
        open = wrong.collect();
        if open.is_empty() {
            return;
        }
        assert!(tries < 4, "never the same: {open:?}");
    }
}

/// A microphone of one rate that is being recorded.
struct Room {
    rate: u32,
    channels: u16,
    cli: Cli,
    microphone: Microphone,
    fed: PathBuf,
    file: PathBuf,
    recording: Recording,
}

impl Room {
    fn record(rate: u32, channels: u16) -> Self {
        let cli = Cli::new();
        let microphone = Microphone::with_channels(&format!("st_rate_{rate}_{channels}"), rate, channels);
        let (fed, file) = (cli.scratch().join("fed.wav"), cli.scratch().join("talk.wav"));
        sound::write_wav_of(
            &fed,
            &sound::noise(2 * u32::from(channels) * rate.div_ceil(sound::RATE), 0.3),
            rate,
            channels,
        )
        .expect("it is written");
        let recording = Recording::start(&cli, &microphone, &file, &[]);
        Self { rate, channels, cli, microphone, fed, file, recording }
    }

    fn feed(&self) -> Child {
        self.microphone.feed(&self.fed)
    }

    fn ends_whole(self) -> bool {
        self.recording.end("INT").status(0);
        let (fed, got) = (std::fs::read(&self.fed).expect("read"), std::fs::read(&self.file).expect("read"));
        let fed = &fed[44..];
        let same = got.windows(64).position(|part| part == &fed[..64]).is_some_and(|at| got[at..].starts_with(fed));
        drop(self.cli);
        same
    }
}

#[test]
fn a_recording_becomes_flac_when_it_is_whole() {
    let Some(_alone) = alone() else { return };
    let cli = Cli::new();
    let microphone = Microphone::plug_in("st_record_flac", 16_000);
    let file = cli.scratch().join("talk.flac");
    let fed = cli.scratch().join("fed.wav");
    sound::write_wav(&fed, &sound::samples(&fixture("speech_en.flac"))).expect("it is written");
    let recording = Recording::start(&cli, &microphone, &file, &["--flac", "--for", "5s"]);
    let mut player = microphone.feed(&fed);
    let run = recording.finish().status(0);
    let _ = player.kill();
    let _ = player.wait();
    assert!(run.stderr.contains("talk.flac") && !file.with_extension("wav").exists(), "{}", run.stderr);
    assert!(std::fs::read(&file).expect("a file").starts_with(b"fLaC"));
    assert!((4.5..6.5).contains(&probed(&file)), "{}", probed(&file));
}

#[test]
fn a_microphone_that_goes_and_comes_leaves_both_parts_and_a_gap() {
    let Some(_alone) = alone() else { return };
    let cli = Cli::new();
    let mut microphone = Microphone::plug_in("st_record_gone", 16_000);
    let fed = cli.scratch().join("fed.wav");
    sound::write_wav(&fed, &sound::tone(60, 0.5)).expect("it is written");
    let mut player = microphone.feed(&fed);
    let file = cli.scratch().join("talk.wav");
    let recording = Recording::start(&cli, &microphone, &file, &[]);
    recording.wait("two seconds", |state| state["elapsed_ms"].as_u64() > Some(2_000));
    microphone.unplug();
    let begin = Instant::now();
    let state = recording.wait("the loss", |state| state["phase"] == "waiting");
    assert_eq!(state["warnings"][0]["kind"], "device_gone", "{state}");
    thread::sleep(Duration::from_secs(2));
    microphone.plug();
    let gone = begin.elapsed().as_millis() as u64;
    let before = state["elapsed_ms"].as_u64().expect("a length");
    let state = recording.wait("the rest", |state| state["elapsed_ms"].as_u64() > Some(before + 2_000));
    let gap = &state["gaps"][0];
    println!("gone for {gone} ms: {gap}");
    assert_eq!((gap["why"].as_str(), gap["at_ms"].as_u64()), (Some("device"), Some(before)));
    assert!(gap["length_ms"].as_u64() > Some(1_500), "{gap}");
    let run = recording.end("INT").status(0);
    assert!(run.stderr.contains("was gone once"), "{}", run.stderr);
    let samples = sound::samples(&file);
    let loud = |part: &[f32]| part.iter().filter(|sample| sample.abs() > 0.05).count() * 10 > part.len() * 8;
    let at = before as usize * 16;
    assert!(
        loud(&samples[at - 16_000..at - 3_200]) && loud(&samples[at + 8_000..at + 24_000]),
        "{} samples",
        samples.len()
    );
    let _ = player.kill();
    let _ = player.wait();
}

#[test]
fn a_full_disk_ends_it_and_keeps_what_was_recorded() {
    let Some(_alone) = alone() else { return };
    let cli = Cli::new();
    let disk = cli.scratch().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=17m", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: a disk of its own can only be made as root");
        return;
    }
    let microphone = Microphone::plug_in("st_record_full", 96_000);
    let file = disk.join("talk.wav");
    let recording = Recording::start(&cli, &microphone, &file, &[]);
    let low =
        |state: &Value| state["warnings"].as_array().is_some_and(|all| all.iter().any(|w| w["kind"] == "disk_low"));
    recording.wait("the warning", |state| low(state) && state["elapsed_ms"].as_u64() > Some(2_000));
    // Somebody else fills it.
    std::fs::write(disk.join("other"), vec![1u8; 32 << 20]).expect_err("it is too small for that");
    let run = recording.finish();
    let (code, seconds) = (run.code, probed(&file));
    println!("{code:?} after {seconds:.1} s");
    let samples = sound::samples(&file).len();
    let unmounted = Command::new("umount").arg(&disk).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("disk is") && run.stderr.contains("talk.wav"), "{}", run.stderr);
    assert!(samples > 16_000 && seconds > 1.0);
}
