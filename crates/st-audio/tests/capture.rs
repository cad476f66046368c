//! Real recording: a sound server plays known sound into an input, and what comes out of the input is compared.
//! `cargo xtask test` starts the server; without one these tests say so and end.
#![cfg(all(feature = "capture", target_os = "linux"))]

mod support;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use st_audio::capture::{CaptureError, Devices, InputKind, Source, SystemDevices};
use st_audio::wav::SampleKind;

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

fn has_server() -> bool {
    let found = std::env::var_os("PULSE_SERVER").is_some();
    if !found {
        println!("skipped: no sound server of our own (PULSE_SERVER); cargo xtask test starts one");
    }
    found
}

fn pactl(arguments: &[&str]) -> String {
    let output = Command::new("pactl").args(arguments).output().unwrap();
    assert!(output.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A loudspeaker and a microphone that hears nothing else.
struct Room {
    name: String,
    modules: Vec<String>,
}

impl Room {
    fn new(name: &str, rate: u32, channels: u16, format: &str) -> Self {
        let shape = [format!("rate={rate}"), format!("channels={channels}"), format!("format={format}")];
        let sink = format!("sink_name={name}");
        let loudspeaker = pactl(&["load-module", "module-null-sink", &sink, &shape[0], &shape[1], &shape[2]]);
        let (source, master) = (format!("source_name={name}_mic"), format!("master={name}.monitor"));
        let microphone = pactl(&["load-module", "module-remap-source", &source, &master]);
        Self { name: name.into(), modules: vec![microphone, loudspeaker] }
    }

    fn microphone(&self) -> String {
        format!("pulse:{}_mic", self.name)
    }

    fn play(&self, file: &std::path::Path) -> Child {
        let device = format!("--device={}", self.name);
        Command::new("paplay").arg(device).arg(file).stderr(Stdio::null()).spawn().unwrap()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for module in &self.modules {
            let _ = Command::new("pactl").args(["unload-module", module]).stderr(Stdio::null()).status();
        }
    }
}

/// Noise that is never the same twice, the same each time, 16 bits.
fn noise(count: usize) -> Vec<i16> {
    let mut state = 0x2545_F491u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as i16 / 4
    };
    (0..count).map(|_| next()).collect()
}

/// Reads until `enough` says so.
fn record(source: &mut dyn Source, into: &mut Vec<f32>, mut enough: impl FnMut(&[f32]) -> bool) {
    let begin = Instant::now();
    while !enough(into) {
        assert!(begin.elapsed() < PATIENCE, "the input gave {} samples and no more", into.len());
        source.read(into).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_recorded_is_what_was_played() {
    if !has_server() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let devices = SystemDevices::new();
    for (rate, channels) in
        [(16_000, 1), (16_000, 2), (44_100, 1), (44_100, 2), (48_000, 1), (48_000, 2), (96_000, 1), (96_000, 2)]
    {
        let room = Room::new(&format!("st_capture_{rate}_{channels}"), rate, channels, "s16le");
        let fed = noise(rate as usize * usize::from(channels) * 3);
        let file = folder.path().join("fed.wav");
        fs::write(&file, support::wav(rate, channels, &fed)).unwrap();
        let expected: Vec<f32> = fed.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        // The player may leave some out where the machine is busy; the recording may not, so it is right some time.
        let mut tries = 0;
        loop {
            tries += 1;
            let mut source = devices.open(&room.microphone(), None).unwrap();
            let format = source.format();
            assert_eq!((format.rate, format.channels, format.kind), (rate, channels, SampleKind::I16));
            let mut heard = Vec::new();
            record(&mut *source, &mut heard, |heard| !heard.is_empty());
            let mut player = room.play(&file);
            record(&mut *source, &mut heard, |_| player.try_wait().unwrap().is_some());
            let whole = heard.len() + rate as usize * usize::from(channels);
            record(&mut *source, &mut heard, |heard| heard.len() >= whole);
            assert_eq!(source.lost(), 0);
            let start = heard.windows(32).position(|window| window == &expected[..32]);
            let same = start.map(|at| heard[at..].iter().zip(&expected).take_while(|(a, b)| a == b).count());
            println!("{rate} Hz, {channels} channels: {same:?} of {} samples the same", expected.len());
            if same == Some(expected.len()) {
                break;
            }
            assert!(tries < 4, "never the same");
        }
    }
}

#[test]
fn inputs_come_and_go_with_their_names() {
    if !has_server() {
        return;
    }
    let devices = SystemDevices::new();
    let room = Room::new("st_capture_list", 96_000, 8, "s24le");
    let find = |id: &str| devices.inputs().unwrap().into_iter().find(|input| input.id == id);
    let microphone = find("pulse:st_capture_list_mic").expect("the microphone");
    assert_eq!((microphone.kind, microphone.rate, microphone.channels), (InputKind::Microphone, Some(96_000), Some(8)));
    let played = find("pulse:st_capture_list.monitor").expect("what is played");
    assert_eq!(played.kind, InputKind::System);
    assert!(devices.inputs().unwrap().iter().all(|input| input.id.starts_with("pulse:")), "nothing that is no input");
    let source = devices.open(&microphone.id, None).unwrap();
    assert_eq!((source.format().channels, source.format().kind), (8, SampleKind::I24));
    pactl(&["set-source-mute", "st_capture_list_mic", "1"]);
    assert!(find(&microphone.id).is_some_and(|input| input.off));
    drop(source);
    drop(room);
    assert_eq!(find(&microphone.id), None);
    assert_eq!(devices.open(&microphone.id, None).err(), Some(CaptureError::None));
}

/// The server goes on with another input and says nothing; so what is there has to be looked at.
#[test]
fn an_input_that_is_unplugged_is_noticed() {
    if !has_server() {
        return;
    }
    let devices = SystemDevices::new();
    let room = Room::new("st_capture_gone", 48_000, 1, "s16le");
    let id = room.microphone();
    let mut source = devices.open(&id, None).unwrap();
    let mut heard = Vec::new();
    record(&mut *source, &mut heard, |heard| heard.len() > 4_800);
    let mut seen = devices.changes();
    drop(room);
    let begin = Instant::now();
    let mut there = true;
    while there {
        assert!(begin.elapsed() < PATIENCE, "nobody noticed");
        if source.read(&mut heard).is_err() {
            break;
        }
        let now = devices.changes();
        if now != seen {
            seen = now;
            there = devices.inputs().unwrap().iter().any(|input| input.id == id);
        }
        thread::sleep(Duration::from_millis(5));
    }
    println!("noticed after {} ms", begin.elapsed().as_millis());
}
