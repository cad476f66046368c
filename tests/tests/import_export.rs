//! The command line takes transcripts in, writes them out in many formats, and leaves no half file behind when it is
//! killed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use st_e2e::processes::{Dice, signal, wait_for};
use st_e2e::{Cli, fixture};

/// A command line without models: none is needed here.
fn cli() -> (tempfile::TempDir, Cli) {
    let models = tempfile::tempdir().unwrap();
    let cli = Cli::with_models(models.path());
    (models, cli)
}

fn file(cli: &Cli, name: &str, text: &str) -> PathBuf {
    let path = cli.scratch().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(cli: &Cli, file: &Path, more: &[&str]) -> String {
    let mut args = vec!["library", "import", file.to_str().unwrap(), "--json"];
    args.extend(more);
    cli.run(&args).ok().json()["id"].to_string()
}

fn export(cli: &Cli, id: &str, format: &str) -> Vec<u8> {
    let run = cli.command(&["export", id, "--format", format, "--output", "-"]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

#[test]
fn a_transcript_without_a_recording_is_listed_shown_and_exported() {
    let (_models, cli) = cli();
    let subtitles =
        "1\n00:00:01,000 --> 00:00:02,500\nLena: Good morning.\n\n2\n00:00:03,000 --> 00:00:04,000\nOmar: Yes.\n";
    let id = import(&cli, &file(&cli, "talk.srt", subtitles), &[]);
    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    assert_eq!((&listed["recordings"][0]["name"], &listed["recordings"][0]["speakers"]), (&"talk".into(), &2.into()));
    assert_eq!(listed["recordings"][0]["duration_ms"], 4000);
    assert!(cli.run(&["library", "show", &id]).ok().stdout.contains("Lena [0:01]\nGood morning."));
    let speakers = cli.run(&["speakers", &id]).status(1);
    assert!(speakers.stderr.contains("talk"), "{}", speakers.stderr);
    // Several formats into a folder, and again: nothing is replaced unasked.
    let folder = cli.scratch().join("out");
    std::fs::create_dir(&folder).unwrap();
    let to = folder.to_str().unwrap();
    cli.run(&["export", &id, "--format", "txt,csv,html,docx", "--output", to]).ok();
    let again = cli.run(&["export", &id, "--format", "txt,md", "--output", to]).status(1);
    assert!(again.stderr.contains("talk.txt") && folder.join("talk.md").is_file(), "{}", again.stderr);
    cli.run(&["export", &id, "--format", "txt", "--output", to, "--overwrite", "--no-times"]).ok();
    assert!(std::fs::read_to_string(folder.join("talk.txt")).unwrap().starts_with("Lena\nGood"));
    cli.run(&["export", &id, "--format", "txt,csv", "--output", "-"]).status(2);
    cli.run(&["export", &id, "--format", "txt", "--output", &format!("{to}/no/talk.txt")]).status(1);
    cli.run(&["export", &id, "--format", "txt", "--output", &format!("{to}/{}.txt", "x".repeat(300))]).status(1);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 5);
}

#[test]
fn json_comes_back_as_it_was_and_a_recording_goes_with_it() {
    let (_models, cli) = cli();
    let text = "[00:00:01.0] Lena: Ask not what your country can do for you.\n";
    let audio = fixture("speech_en.flac");
    let id = import(&cli, &file(&cli, "notes.txt", text), &["--audio", audio.to_str().unwrap()]);
    let first = export(&cli, &id, "json");
    let json: Value = serde_json::from_slice(&first).unwrap();
    assert_eq!(json["recording"]["name"], "speech_en.flac");
    assert!(json["recording"]["duration_ms"].as_u64().unwrap() > 5000, "{json}");
    assert_eq!(json["recording"]["sha256"].as_str().unwrap().len(), 64);
    let path = cli.scratch().join("again.json");
    std::fs::write(&path, &first).unwrap();
    let again = import(&cli, &path, &[]);
    assert_ne!(again, id);
    assert_eq!(export(&cli, &again, "json"), first);
}

#[test]
fn what_cannot_be_taken_in_is_told_in_plain_words() {
    let (_models, cli) = cli();
    for (name, text, said) in [
        ("empty.srt", "", "empty"),
        ("plain.txt", "Just text.", "no times"),
        ("other.json", "{\"a\": 1}", "another program"),
        ("cut.json", "{\"schema\": \"securetranscribe/1\", \"utterances\": [", "damaged"),
    ] {
        let path = file(&cli, name, text);
        let run = cli.run(&["library", "import", path.to_str().unwrap()]).status(1);
        assert!(run.stderr.contains(name) && run.stderr.contains(said), "{}", run.stderr);
    }
    cli.run(&["library", "import", "nowhere.srt"]).status(1);
    cli.run(&["library", "import", fixture("speech_en.flac").to_str().unwrap()]).status(1);
    assert_eq!(cli.run(&["library", "list", "--json"]).ok().json()["recordings"], serde_json::json!([]));
}

/// Names of temporary files of exports in a folder.
fn temporary(folder: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".securetranscribe-")).collect()
}

#[test]
fn a_kill_while_writing_leaves_the_old_file_whole() {
    let (_models, cli) = cli();
    // Large enough that writing takes a moment on any machine.
    let mut text = String::new();
    for n in 0..20_000 {
        let (h, m, s) = (n / 3600, n / 60 % 60, n % 60);
        text.push_str(&format!("[{h:02}:{m:02}:{s:02}.0] Lena: This is sentence number {n} of many.\n"));
    }
    let id = import(&cli, &file(&cli, "long.txt", &text), &[]);
    let whole = export(&cli, &id, "json");
    let folder = cli.scratch().join("out");
    std::fs::create_dir(&folder).unwrap();
    let target = folder.join("long.json");
    let to = target.to_str().unwrap().to_owned();
    let mut dice = Dice(0x9E37_79B9);
    let (mut broken_off, mut left) = (0, 0);
    for round in 0..50 {
        std::fs::write(&target, b"old").unwrap();
        let before = temporary(&folder);
        let mut child = cli.spawn(&["export", &id, "--format", "json", "--output", &to, "--overwrite"]);
        let begun = wait_for(Duration::from_secs(120), || {
            let writes = !temporary(&folder).is_subset(&before);
            (writes || child.try_wait().unwrap().is_some()).then_some(())
        });
        assert!(begun.is_some(), "round {round}: nothing is written");
        std::thread::sleep(Duration::from_millis(dice.below(40)));
        signal(child.id(), "KILL");
        child.wait().unwrap();
        let found = std::fs::read(&target).unwrap();
        assert!(found == b"old" || found == whole, "round {round}: {} bytes", found.len());
        broken_off += usize::from(found == b"old");
        left = left.max(temporary(&folder).len());
    }
    assert!(broken_off > 0 && left > 0, "no kill met a write");
    cli.run(&["export", &id, "--format", "json", "--output", &to, "--overwrite"]).ok();
    assert!(temporary(&folder).is_empty() && std::fs::read(&target).unwrap() == whole);
}
