//! The library and the models on the command line.

use st_e2e::{Cli, fixture, models};

#[test]
fn a_recording_is_listed_shown_exported_and_deleted() {
    let cli = Cli::new();
    assert_eq!(cli.run(&["library", "list", "--json"]).ok().json()["recordings"], serde_json::json!([]));
    cli.transcribe(&fixture("speech_en.flac"), &["--speakers", "off"]);

    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    let recording = &listed["recordings"][0];
    assert_eq!(recording["name"], "speech_en.flac");
    assert_eq!(recording["duration_ms"], 11_000);
    assert_eq!(recording["sha256"].as_str().map(str::len), Some(64));
    let id = recording["id"].to_string();
    assert!(cli.run(&["library", "list"]).ok().stdout.contains("speech_en.flac"));
    assert!(cli.run(&["library", "show", &id]).ok().stdout.to_lowercase().contains("ask not"));
    let shown = cli.run(&["library", "show", &id, "--json"]).ok().json();
    assert_eq!(shown["schema"], "securetranscribe/1");

    let file = cli.scratch().join("out.srt");
    let to = file.to_str().expect("a plain path");
    cli.run(&["export", &id, "--format", "srt", "--output", to]).ok();
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("1\n00:00:0"));
    let again = cli.run(&["export", &id, "--format", "srt", "--output", to]).status(1);
    assert!(again.stderr.contains("out.srt"), "{}", again.stderr);
    cli.run(&["export", &id, "--format", "srt", "--output", to, "--overwrite"]).ok();

    cli.run(&["library", "delete", &id]).ok();
    assert_eq!(cli.run(&["library", "list", "--json"]).ok().json()["recordings"], serde_json::json!([]));
    assert!(fixture("speech_en.flac").is_file(), "the original stays");
}

#[test]
fn logs_hold_no_words() {
    let cli = Cli::new();
    cli.transcribe(&fixture("speech_en.flac"), &[]);
    let mut seen = String::new();
    for entry in std::fs::read_dir(cli.data().join("logs")).expect("logs").flatten() {
        seen.push_str(&std::fs::read_to_string(entry.path()).unwrap_or_default());
    }
    assert!(!seen.is_empty());
    let seen = seen.to_lowercase();
    for word in ["americans", "country", "ask not", "fixtures"] {
        assert!(!seen.contains(word), "“{word}” is in the log");
    }
}

#[test]
fn models_are_listed_verified_imported_and_removed() {
    let cli = Cli::new();
    let listed = cli.run(&["models", "list", "--json"]).ok().json();
    let all = listed["models"].as_array().expect("models");
    let model = |name: &str| all.iter().find(|m| m["name"] == name).unwrap_or_else(|| panic!("no {name} in {listed}"));
    assert_eq!((&model("base")["installed"], &model("large-v3")["installed"]), (&true.into(), &false.into()));
    assert!(cli.run(&["models", "list"]).ok().stdout.contains("large-v3-turbo"));
    assert!(cli.run(&["models", "verify", "tiny.en-q5_1"]).ok().stdout.contains("tiny.en-q5_1"));

    // A model of somebody's own: one weight differs, so that no list knows it and no other folder has it.
    let mut bytes = std::fs::read(models().join("ggml-tiny.en-q5_1.bin")).unwrap();
    *bytes.last_mut().expect("not empty") ^= 1;
    let empty = tempfile::tempdir().unwrap();
    let own = Cli::with_models(empty.path());
    let file = own.scratch().join("whatever.dat");
    std::fs::write(&file, bytes).unwrap();
    let run = own.run(&["models", "import", file.to_str().unwrap()]).ok();
    assert!(run.stdout.contains("imported as whatever"), "{}", run.stdout);
    own.run(&["models", "verify", "whatever"]).ok();
    own.run(&["models", "remove", "whatever"]).ok();
    own.run(&["models", "remove", "whatever"]).status(1);
    std::fs::write(&file, b"%PDF-1.7 no model").unwrap();
    let run = own.run(&["models", "import", file.to_str().unwrap()]).status(1);
    assert!(run.stderr.contains("whatever.dat") && run.stderr.contains("PDF"), "{}", run.stderr);
}

#[test]
fn devices_and_the_doctor_say_what_is_there() {
    let cli = Cli::new();
    let devices = cli.run(&["devices", "--json"]).ok().json();
    let all = devices["devices"].as_array().expect("devices");
    assert!(all.iter().any(|d| d["id"] == "cpu"), "{devices}");
    assert!(cli.run(&["devices"]).ok().stdout.contains("cpu"));
    let checks = cli.run(&["doctor", "--json"]).ok().json();
    assert_eq!(checks["ok"], true, "{checks}");
    assert!(!cli.run(&["doctor"]).ok().stdout.is_empty());
}
