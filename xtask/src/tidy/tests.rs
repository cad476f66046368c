//! Breaks each rule in a small tree and sees it found.

use std::fs;
use std::path::Path;

use super::{Finding, check};

const CORE: &str = "[package]\nname = \"st-core\"\n\n[dependencies]\nserde = \"1\"\n";

/// A tree in which every rule holds, plus these files; what is found in it.
fn found_with(files: &[(&str, &str)]) -> Vec<Finding> {
    let dir = tempfile::tempdir().expect("a folder");
    let clean = [
        (
            "Cargo.toml",
            "[workspace]\n[package]\nname = \"app\"\n[dependencies]\ntauri = \"2\"\nst-engine.path = \"x\"\n",
        ),
        ("crates/st-core/Cargo.toml", CORE),
        ("crates/st-core/src/lib.rs", "use std::collections::HashMap;\nuse std::io::{self, Write};\n"),
        ("crates/st-engine/Cargo.toml", "[dependencies]\nureq = \"3\"\nrusqlite = \"0\"\nst-audio = \"0\"\n"),
        ("crates/st-engine/src/models/download/mod.rs", "use ureq::Agent;\n"),
        ("crates/st-worker/Cargo.toml", "[dependencies]\nort = \"2\"\nst-core = \"0\"\n"),
        ("crates/st-worker/src/main.rs", "unsafe fn f() {}\n"),
        ("ui/src/backend/tauri.ts", "import { invoke } from '@tauri-apps/api';\n"),
        ("ui/src/features/queue/Queue.svelte", "import Icon from '../../lib/Icon.svelte';\nimport './queue.css';\n"),
        ("target/debug/generated.rs", "pub unsafe fn f() -> Result<(), String> {}\n"),
    ];
    for (name, text) in clean.iter().chain(files) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    check(dir.path()).expect("checked")
}

/// Exactly one finding, in this file, with this word.
fn one(files: &[(&str, &str)], word: &str) {
    let found = found_with(files);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].file, Path::new(files[0].0));
    assert!(found[0].what.contains(word), "{}", found[0]);
}

#[test]
fn a_clean_tree_passes() {
    assert_eq!(found_with(&[]), []);
}

#[test]
fn the_core_touches_nothing() {
    for line in [
        "use std::fs;",
        "use std::{collections::HashMap, net::TcpStream};",
        "fn f() { std::thread::sleep(d) }",
        "use std::time::Instant;",
        "fn now() -> std::time::SystemTime { x }",
        "use rand::Rng;",
    ] {
        let found = found_with(&[("crates/st-core/src/bad.rs", line)]);
        assert!(found.iter().any(|f| f.what.contains("st-core is pure")), "{line}: {found:?}");
    }
    // Tests of the core may read files.
    let test = "pub fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(found_with(&[("crates/st-core/src/good.rs", test)]), []);
}

#[test]
fn crates_do_not_know_tauri() {
    one(&[("crates/st-cli/Cargo.toml", "[dependencies]\ntauri = \"2\"\n")], "Tauri");
    one(
        &[("crates/st-cli/Cargo.toml", "[dependencies]\nwindow = { package = \"tauri\", version = \"2\" }\n")],
        "Tauri",
    );
    one(&[("crates/st-cli/src/main.rs", "use tauri::AppHandle;\n")], "Tauri");
}

#[test]
fn only_the_worker_links_inference() {
    one(&[("crates/st-audio/Cargo.toml", "[dependencies]\nwhisper-rs = \"0\"\n")], "inference");
    one(&[("crates/st-audio/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nort = \"2\"\n")], "inference");
    one(&[("xtask/Cargo.toml", "[build-dependencies]\nsherpa-onnx = \"2\"\n")], "inference");
}

#[test]
fn the_worker_stays_small() {
    one(&[("crates/st-worker/Cargo.toml", "[dependencies]\nrusqlite = \"0\"\n")], "SQLite");
    one(&[("crates/st-worker/Cargo.toml", "[dependencies]\nst-engine = \"0\"\n")], "engine");
    // What only its tests use does not ship.
    assert_eq!(found_with(&[("crates/st-worker/Cargo.toml", "[dev-dependencies]\nsymphonia = \"0\"\n")]), []);
}

#[test]
fn one_module_alone_opens_connections() {
    one(&[("crates/st-cli/src/get.rs", "let agent = ureq::agent();\n")], "network");
    one(&[("crates/st-engine/src/models/store.rs", "use std::net::TcpStream;\n")], "network");
    one(&[("src-tauri/src/main.rs", "use std::os::unix::net::UnixStream;\n")], "network");
    one(&[("crates/st-cli/Cargo.toml", "[dependencies]\nreqwest = \"0\"\n")], "network");
    assert_eq!(found_with(&[("crates/st-cli/tests/server.rs", "use std::net::TcpListener;\n")]), []);
}

#[test]
fn the_shell_talks_to_the_engine_alone() {
    one(&[("src-tauri/src/commands.rs", "let db = rusqlite::Connection::open(p);\n")], "shell");
    let manifest = "[package]\nname = \"app\"\n[dependencies]\nst-worker-protocol = \"0\"\n";
    one(&[("Cargo.toml", manifest)], "protocol");
}

#[test]
fn the_shell_stays_short() {
    let long = "// a line\n".repeat(501);
    let files = ["a", "b", "c", "d"].map(|name| (format!("src-tauri/src/{name}.rs"), long.as_str()));
    let found = found_with(&files.each_ref().map(|(name, text)| (name.as_str(), *text)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].what.contains("2004 lines"), "{}", found[0]);
}

#[test]
fn the_interface_keeps_its_layers() {
    one(&[("ui/src/App.svelte", "import { open } from '@tauri-apps/plugin-dialog';\n")], "backend");
    one(&[("ui/src/features/drop/Drop.svelte", "import Queue from '../queue/Queue.svelte';\n")], "feature");
    one(&[("ui/src/features/drop/a/b.ts", "import q from '../../queue/q';\n")], "feature");
    one(&[("ui/src/features/drop/c.ts", "import q from '$src/features/queue/q';\n")], "feature");
}

#[test]
fn unsafe_code_has_its_place() {
    one(&[("crates/st-audio/src/fast.rs", "fn f() { unsafe { g() } }\n")], "unsafe");
    one(&[("crates/st-engine/src/gpu/nvml.rs", "fn f() { unsafe { g() } }\n")], "SAFETY");
    let good = "// SAFETY: it is\nfn f() { unsafe { g() } }\n";
    assert_eq!(found_with(&[("crates/st-engine/src/gpu/nvml.rs", good)]), []);
}

#[test]
fn errors_have_types() {
    one(&[("crates/st-cli/src/a.rs", "fn f() -> Result<Vec<(u8, u8)>, String> {\n")], "string");
    let good = "fn f() -> Result<String, Error> {\nfn g() -> Result<Result<u8, E>, StringError> {\n";
    assert_eq!(found_with(&[("crates/st-cli/src/a.rs", good)]), []);
}

#[test]
fn nothing_is_left_for_later_without_a_number() {
    let word = ["TO", "DO"].concat();
    one(&[("crates/st-cli/src/a.rs", &format!("// {word}: later\n"))], "without a number");
    assert_eq!(found_with(&[("crates/st-cli/src/a.rs", &format!("// {word}(#12): later\n"))]), []);
}

#[test]
fn no_machine_and_no_registry_shows_through() {
    let path = ["", "root", "models"].join("/");
    one(&[("crates/st-cli/src/a.rs", &format!("const P: &str = \"{path}\";\n"))], "one machine");
    let host = ["pypi", "org"].join(".");
    one(&[("docs/a.md", &format!("See https://{host}/x\n"))], "registry");
    let good = format!("let p = root.join(\"x{path}\");\n");
    assert_eq!(found_with(&[("crates/st-cli/src/a.rs", &good)]), []);
}

#[test]
fn long_files_are_split() {
    one(&[("crates/st-cli/src/a.rs", &"// x\n".repeat(601))], "split");
    assert_eq!(found_with(&[("crates/st-cli/src/a.rs", &"// x\n".repeat(600))]), []);
}
