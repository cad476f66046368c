//! Text while somebody speaks: a real sound server, the real worker and a real model. Where one of them is not there this
//! says so and ends.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support {
    pub mod sound;
}

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use st_engine::recording::{RecordOptions, Sources};
use st_engine::{Engine, EngineOptions, Event, JobSettings};
use support::sound::Loudspeaker;

#[test]
fn what_is_said_is_shown_while_it_is_recorded_and_then_transcribed() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let worker = tree.join("target/release/securetranscribe-worker");
    let models = tree.join("models");
    if std::env::var_os("PULSE_SERVER").is_none() || !worker.is_file() || !models.join("ggml-tiny.en.bin").is_file() {
        println!("skipped: it needs a sound server of its own (PULSE_SERVER), cargo xtask build, cargo xtask models");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: Some(folder.path().into()),
        models_dir: Some(models),
        worker: Some(worker),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).unwrap();
    let events = engine.subscribe();
    let _speaker = Loudspeaker::plug_in("st_preview");
    let sources = Sources { input: Some("pulse:st_preview.monitor".into()), system: None };
    let job = JobSettings { model: "tiny.en".into(), ..JobSettings::default() };
    engine.record_start(RecordOptions { job: Some(job), ..RecordOptions::live(sources) }).unwrap();
    let speech = tree.join("tests/fixtures/speech_en.flac");
    let expected = std::fs::read_to_string(speech.with_extension("txt")).unwrap().to_lowercase();
    let mut player = Command::new("paplay").arg("--device=st_preview").arg(&speech).spawn().unwrap();
    let begin = Instant::now();
    let mut text = String::new();
    // However slow the machine is, some of it is written in the end.
    while text.split_whitespace().count() < 8 {
        assert!(begin.elapsed() < Duration::from_secs(120), "nothing was shown but “{text}”");
        if let Ok(Event::Preview { pieces }) = events.recv_timeout(Duration::from_secs(1)) {
            for piece in pieces.into_iter().filter(|piece| piece.settled) {
                println!(
                    "{} to {} ms, after {} ms: {}",
                    piece.start_ms,
                    piece.end_ms,
                    begin.elapsed().as_millis(),
                    piece.text
                );
                text.push_str(&piece.text);
                text.push(' ');
            }
        }
        if player.try_wait().unwrap().is_some() && text.is_empty() {
            player = Command::new("paplay").arg("--device=st_preview").arg(&speech).spawn().unwrap();
        }
    }
    let state = engine.record_state();
    assert_eq!(state.preview.as_deref(), Some("tiny.en"));
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let known = words.iter().filter(|word| expected.contains(&plain(word))).count();
    assert!(known * 10 >= words.len() * 7, "{text}");
    let recorded = engine.record_stop(None).unwrap();
    assert_eq!(recorded.not_transcribed, None);
    assert_eq!(engine.jobs().unwrap().len(), 1, "the whole is transcribed like a dropped file");
    let _ = player.kill();
    let _ = player.wait();
}
