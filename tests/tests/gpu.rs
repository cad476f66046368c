//! `securetranscribe devices` with a library that plays NVIDIA's, which the real program loads by its path.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use st_e2e::processes::wait_for;
use st_e2e::{Cli, Run, root};

const CARD: &str = "card 0|NVIDIA GeForce RTX 4070|00000000:01:00.0|12000000000|USED|41|55|88000|8|9";

/// The library that the engine's own tests play with, and the file that says what it plays.
fn library(folder: &Path) -> PathBuf {
    let built = folder.join("libplayed.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC"]).arg(format!("-DSTATE=\"{}\"", state(folder).display()));
    compiler.arg("-o").arg(&built).arg(root().join("crates/st-engine/tests/support/fake_nvml.c"));
    assert!(compiler.status().expect("a compiler").success());
    built
}

fn state(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn play(folder: &Path, used: u64) {
    let text = format!("init 0\ndriver 550.54\n{}\n", CARD.replace("USED", &used.to_string()));
    std::fs::write(folder.join("new"), text).expect("written");
    std::fs::rename(folder.join("new"), state(folder)).expect("renamed");
}

#[test]
fn the_watch_shows_a_card_and_its_memory_as_it_fills() {
    let cli = Cli::new();
    let folder = cli.scratch();
    play(&folder, 1_000_000_000);
    let played = library(&folder);
    let text: Run = cli
        .command(&["devices", "--watch", "--times", "2"])
        .env("SECURETRANSCRIBE_NVML", &played)
        .output()
        .expect("it starts")
        .into();
    let text = text.ok().stdout;
    let line = "NVIDIA GeForce RTX 4070: 1000 MB of 12000 MB used, 0 MB by this program, 41 % busy, 55 °C, 88 W";
    assert_eq!(text.matches(line).count(), 2, "{text}");
    assert_eq!(text.matches("Processor: ").count(), 2, "{text}");

    // Readings as they come, each a line of JSON, while another program takes memory.
    let log = folder.join("log");
    let to = std::fs::File::create(&log).expect("a file");
    let mut child = cli
        .command(&["devices", "--watch", "--json"])
        .env("SECURETRANSCRIBE_NVML", &played)
        .stdout(to)
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let seen = |used: u64| {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let readings = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let free = |reading: Value| reading["cards"][0]["memory_free"].as_u64();
        readings.filter_map(free).any(|free| free == 12_000_000_000 - used).then_some(())
    };
    for used in [1_000_000_000, 5_000_000_000, 11_500_000_000] {
        play(&folder, used);
        assert!(wait_for(Duration::from_secs(60), || seen(used)).is_some(), "{used} bytes are not seen");
    }
    child.kill().expect("it ends");
    child.wait().expect("it ends");
}

#[test]
fn without_a_driver_there_is_the_processor_and_nothing_is_complained_of() {
    let cli = Cli::new();
    let run = |args: &[&str]| -> Run {
        let missing = cli.scratch().join("libnothing.so");
        cli.command(args).env("SECURETRANSCRIBE_NVML", missing).output().expect("it starts").into()
    };
    let list = run(&["devices", "--json"]).ok();
    assert_eq!(list.stderr, "");
    let list = list.json();
    let devices = list["devices"].as_array().expect("devices");
    let last = devices.last().expect("the processor");
    assert_eq!((last["id"].as_str(), last["backend"].as_str()), (Some("cpu"), Some("cpu")));
    assert!(last["memory_free"].as_u64() > Some(0));
    let gauge: Value = run(&["devices", "--watch", "--json", "--times", "1"]).ok().json();
    assert!(gauge["usage"]["memory_bytes"].as_u64() > Some(0));
}
