//! The worker for Vulkan on a card that the processor plays (Mesa's lavapipe): the words are those of the processor, and
//! where the card fails the job goes on without it. Where that worker or that card is not there, these tests say so and do
//! nothing.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use st_e2e::processes::{children, signal, wait_for};
use st_e2e::{Cli, Run, content, fixture, program, programs, sound, text, transcribe_args};

/// Where the system lists the drivers of Vulkan.
const DRIVERS: &str = "/usr/share/vulkan/icd.d";
const DEVICES: [&str; 2] = ["devices", "--json"];
/// Id of the played card.
const CARD: &str = "Vulkan0";

/// The programs in a folder of their own, with a worker for Vulkan beside them.
struct Installation {
    folder: tempfile::TempDir,
    driver: PathBuf,
}

impl Installation {
    /// As installed; none, saying so, where something that is needed is not there.
    fn new() -> Option<Self> {
        let worker = std::env::var_os("SECURETRANSCRIBE_TEST_VULKAN").map(PathBuf::from);
        let drivers = fs::read_dir(DRIVERS).into_iter().flatten().flatten().map(|entry| entry.path());
        let played =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd"));
        let (Some(worker), Some(driver)) = (worker, drivers.filter(played).min()) else {
            println!("skipped: no worker for Vulkan, or no Mesa: cargo xtask test e2e makes and gets both");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let link = |from: &Path, name: &str| {
            let to = folder.path().join(name);
            fs::hard_link(from, &to).or_else(|_| fs::copy(from, &to).map(drop)).expect("a link or a copy");
        };
        for name in ["securetranscribe", "securetranscribe-worker"] {
            link(&program(name), name);
        }
        link(&worker, "securetranscribe-worker-vulkan");
        for entry in fs::read_dir(programs()).expect("the programs").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".so") {
                link(&entry.path(), &name);
            }
        }
        Some(Self { folder, driver })
    }

    /// A command of this installation, which sees the played card and no other.
    fn command(&self, cli: &Cli, args: &[OsString]) -> Command {
        let usual = cli.command(args);
        let mut command = Command::new(self.folder.path().join("securetranscribe"));
        command.args(args);
        for (name, value) in usual.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // ggml leaves out what the processor plays unless it is named.
        command.env("GGML_VK_VISIBLE_DEVICES", "0").env("VK_ICD_FILENAMES", &self.driver);
        command.env("VK_DRIVER_FILES", &self.driver);
        command
    }

    fn transcribe(&self, cli: &Cli, recording: &Path, device: &str) -> Value {
        let run: Run = self.command(cli, &args(recording, device)).output().expect("the program starts").into();
        run.ok().json()
    }

    /// Puts a shell script in the place of the worker for Vulkan, with that worker as `$worker`.
    fn replace_worker(&self, script: &str) {
        let worker = self.folder.path().join("securetranscribe-worker-vulkan");
        let real = self.folder.path().join("real");
        fs::rename(&worker, &real).expect("renamed");
        fs::write(&worker, format!("#!/bin/sh\nworker='{}'\n{script}\n", real.display())).expect("written");
        fs::set_permissions(&worker, fs::Permissions::from_mode(0o755)).expect("to be run");
    }
}

fn args(recording: &Path, device: &str) -> Vec<OsString> {
    let mut args = transcribe_args(recording);
    args.extend(["--format", "json", "--output", "-", "--progress", "none", "--fast"].map(Into::into));
    args.extend(["--speakers", "off", "--device", device].map(Into::into));
    args
}

/// The first words of the sample, up to a pause: one short window, for each of its steps is a program that the processor
/// compiles before it plays it.
fn clip(folder: &Path) -> PathBuf {
    let path = folder.join("clip.wav");
    let samples = sound::samples(&fixture("speech_en.flac"));
    sound::write_wav(&path, &samples[..3 * sound::RATE as usize]).expect("written");
    path
}

#[test]
fn the_played_card_hears_the_words_that_the_processor_hears() {
    let Some(installed) = Installation::new() else { return };
    let cli = Cli::new();
    let listed: Run = installed.command(&cli, &DEVICES.map(Into::into)).output().expect("the program starts").into();
    let listed = listed.ok().json();
    let devices = listed["devices"].as_array().expect("devices");
    let ids: Vec<&str> = devices.iter().filter_map(|device| device["id"].as_str()).collect();
    assert_eq!(ids, ["cpu", CARD], "the processor comes first: {listed}");
    assert_eq!((&devices[1]["kind"], &devices[1]["backend"]), (&"software".into(), &"vulkan".into()));
    assert!(devices[1]["driver"].as_str().is_some_and(|driver| driver.contains("Mesa")), "{listed}");
    assert!(devices[1]["api"].as_str().is_some_and(|api| api.starts_with("1.")), "{listed}");
    assert_eq!(listed["outlook"]["device"], "cpu", "nothing chooses it by itself");

    let clip = clip(&cli.scratch());
    let on_processor = installed.transcribe(&Cli::new(), &clip, "cpu");
    assert!(text(&on_processor).contains("my fellow Americans"), "{}", text(&on_processor));
    let on_card = installed.transcribe(&cli, &clip, CARD);
    let device = on_card["provenance"]["device"].as_str().unwrap_or_default();
    assert!(device.starts_with("llvmpipe"), "{device}");
    assert_eq!(text(&on_card), text(&on_processor));
    // Before it was trusted with the recording it heard the clip of the trial, and that is kept.
    let learnt = fs::read_to_string(cli.data().join("devices.json")).expect("what was learnt");
    let learnt: Value = serde_json::from_str(&learnt).expect("JSON");
    let trials: Vec<(&String, &Value)> = learnt["trials"].as_object().expect("trials").iter().collect();
    assert_eq!(trials.len(), 1, "{learnt}");
    assert!(trials[0].0.starts_with("vulkan ") && trials[0].1["failed"].is_null(), "{learnt}");

    // Memory that lacks once, at the second start (the first looks for devices), is asked for again on the same card.
    let count = cli.scratch().join("count");
    fs::write(&count, "0\n").expect("written");
    installed.replace_worker(&format!(
        "read n < '{count}'\necho $((n + 1)) > '{count}'\n\
         [ $n -ne 1 ] || export GGML_VK_FORCE_MAX_BUFFER_SIZE=30000000\nexec \"$worker\"",
        count = count.display()
    ));
    let again = installed.transcribe(&cli, &clip, CARD);
    let started = fs::read_to_string(&count).expect("the count");
    assert_eq!(started.trim(), "3", "it did not die at its second start");
    assert_eq!(content(&again), content(&on_card));
    assert_eq!(again["provenance"]["device"], on_card["provenance"]["device"]);
    assert!(again["provenance"]["notes"].to_string().contains("started again"), "{}", again["provenance"]["notes"]);
}

/// ggml ends the process where a buffer is larger than the card takes: the real abort, without a card.
#[test]
fn a_card_whose_memory_ends_the_worker_is_left_step_by_step() {
    let Some(installed) = Installation::new() else { return };
    let cli = Cli::new();
    let clip = clip(&cli.scratch());
    let undisturbed = installed.transcribe(&Cli::new(), &clip, "cpu");
    installed.replace_worker("export GGML_VK_FORCE_MAX_BUFFER_SIZE=30000000\nexec \"$worker\"");
    let disturbed = installed.transcribe(&cli, &clip, CARD);
    assert_eq!(content(&disturbed), content(&undisturbed));
    assert!(disturbed["provenance"]["device"].as_str().is_some_and(|device| device.starts_with("CPU")));
    let ran_out = |how: &str| format!("The memory of the graphics card ran out at 0:00. The job goes on with {how}.");
    let steps = ["one hypothesis at a time, which needs less memory", "the processor"].map(ran_out);
    assert_eq!(disturbed["provenance"]["notes"], serde_json::json!(steps));
}

/// Between two windows, as another program or the system would do it.
#[test]
fn killed_or_stopped_in_mid_job_the_card_goes_on_where_it_was() {
    let Some(installed) = Installation::new() else { return };
    let cli = Cli::new();
    // A pause that ends a section, so that there are two windows.
    let path = cli.scratch().join("two.wav");
    let words = &sound::samples(&fixture("speech_en.flac"))[..3 * sound::RATE as usize];
    sound::write_wav(&path, &[words, &sound::silence(4), words].concat()).expect("written");
    let expected = content(&installed.transcribe(&cli, &path, CARD));
    for name in ["KILL", "STOP"] {
        let log = cli.scratch().join(name);
        let told = fs::File::create(&log).expect("a file");
        let mut args = transcribe_args(&path);
        args.extend(["--format", "json", "--output", "-", "--progress", "json", "--fast"].map(Into::into));
        args.extend(["--speakers", "off", "--device", CARD, "--in-flight", "1"].map(Into::into));
        let child = installed.command(&cli, &args).stdout(Stdio::piped()).stderr(told).spawn().expect("it starts");
        let finished = || fs::read_to_string(&log).unwrap_or_default().contains("\"job_window\"").then_some(());
        wait_for(Duration::from_secs(600), finished).expect("a window is finished");
        let workers = children(child.id());
        assert!(!workers.is_empty(), "{name}: it ended before");
        workers.iter().for_each(|worker| signal(*worker, name));
        let run: Run = child.wait_with_output().expect("the program ends").into();
        let disturbed = run.ok().json();
        assert_eq!(content(&disturbed), expected, "{name}");
        let provenance = &disturbed["provenance"];
        assert!(provenance["device"].as_str().is_some_and(|device| device.starts_with("llvmpipe")), "{provenance}");
        assert!(provenance["notes"].to_string().contains("started again"), "{name}: {provenance}");
    }
}

#[test]
fn without_vulkan_the_same_worker_has_the_processor() {
    let Some(installed) = Installation::new() else { return };
    let cli = Cli::new();
    let clip = clip(&cli.scratch());
    let expected = installed.transcribe(&cli, &clip, "cpu");
    // Alone, so that it does the work itself.
    let at = |name: &str| installed.folder.path().join(name);
    fs::rename(at("securetranscribe-worker-vulkan"), at("securetranscribe-worker")).expect("renamed");
    let needed = Command::new("ldd").arg(at("securetranscribe-worker")).output().expect("ldd starts").stdout;
    assert!(!String::from_utf8_lossy(&needed).contains("libvulkan"), "it starts where there is none");
    // A library that is none, found before the system's own; then the system's, with a driver that is not there.
    let broken = cli.scratch();
    fs::write(broken.join("libvulkan.so.1"), "").expect("written");
    let nowhere = Path::new("/nowhere/driver.json");
    for (variable, value) in [("LD_LIBRARY_PATH", broken.as_path()), ("VK_ICD_FILENAMES", nowhere)] {
        let run = |args: &[OsString]| {
            let fresh = Cli::new();
            let mut command = installed.command(&fresh, args);
            command.env("VK_DRIVER_FILES", nowhere).env(variable, value).env_remove("GGML_VK_VISIBLE_DEVICES");
            let run: Run = command.output().expect("the program starts").into();
            run.ok().json()
        };
        let listed = run(&DEVICES.map(Into::into));
        assert_eq!(listed["devices"].as_array().map(Vec::len), Some(1), "{variable}: {listed}");
        assert_eq!(content(&run(&args(&clip, "auto"))), content(&expected), "{variable}");
    }
}
