//! Rules about what a crate names in its own manifest.

use toml::{Table, Value};

use super::Finding;
use super::tree::Source;

/// Who may name a dependency. A name that ends with `*` stands for all that begin so.
struct Owner {
    dependency: &'static str,
    /// Folders of the crates that may; `""` is the app.
    allowed: &'static [&'static str],
    /// Whether tests and examples of any crate may.
    tests_may: bool,
    rule: &'static str,
}

const OWNERS: &[Owner] = &[
    Owner { dependency: "tauri*", tests_may: false, allowed: &[""], rule: "only the app may use Tauri" },
    Owner { dependency: "wry", tests_may: false, allowed: &[""], rule: "only the app may use Tauri" },
    Owner { dependency: "whisper-rs*", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "sherpa-*", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "ort", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "ort-sys", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "cudarc", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "ct2rs", tests_may: false, allowed: WORKER, rule: INFERENCE },
    Owner { dependency: "ureq", tests_may: false, allowed: ENGINE, rule: NETWORK },
    Owner { dependency: "reqwest", tests_may: false, allowed: &[], rule: NETWORK },
    Owner { dependency: "hyper*", tests_may: false, allowed: &[], rule: NETWORK },
    Owner { dependency: "curl", tests_may: false, allowed: &[], rule: NETWORK },
    Owner { dependency: "tokio", tests_may: false, allowed: &[], rule: NETWORK },
    Owner { dependency: "rusqlite*", tests_may: true, allowed: ENGINE, rule: "only the engine may use SQLite" },
    Owner { dependency: "symphonia*", tests_may: true, allowed: AUDIO, rule: "only st-audio may decode" },
    Owner { dependency: "cpal", tests_may: false, allowed: AUDIO, rule: "only st-audio may use sound devices" },
    Owner {
        dependency: "st-worker-protocol",
        tests_may: true,
        allowed: &["crates/st-engine", "crates/st-worker", "crates/st-worker-protocol", "tests"],
        rule: "only engine and worker speak the protocol",
    },
    Owner {
        dependency: "st-audio",
        tests_may: true,
        allowed: &["crates/st-engine", "tests"],
        rule: "only the engine may use st-audio",
    },
    Owner {
        dependency: "st-engine",
        tests_may: true,
        allowed: &["", "crates/st-cli", "tests"],
        rule: "only the window and the command line stand on the engine",
    },
    Owner { dependency: "st-worker", tests_may: false, allowed: &[], rule: "the worker is a program of its own" },
];
const WORKER: &[&str] = &["crates/st-worker"];
const ENGINE: &[&str] = &["crates/st-engine"];
const AUDIO: &[&str] = &["crates/st-audio"];
const INFERENCE: &str = "only st-worker may link inference";
const NETWORK: &str = "only st-engine's models::download may open a network connection";

/// Checks every manifest.
pub fn check(files: &[Source]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.path == "Cargo.toml" || f.path.ends_with("/Cargo.toml")) {
        let folder = file.path.strip_suffix("Cargo.toml").unwrap_or_default().trim_end_matches('/');
        let mut say = |what: String| found.push(Finding { file: file.path.clone().into(), line: 0, what });
        let table: Table = match file.text.parse() {
            Ok(table) => table,
            Err(error) => {
                say(format!("cannot be read: {error}"));
                continue;
            }
        };
        for (dependency, section) in dependencies(&table) {
            for owner in OWNERS.iter().filter(|o| names(o.dependency, &dependency)) {
                // Tests and examples may use what does not ship.
                let free = section == "dev-dependencies" && owner.tests_may;
                if !free && !owner.allowed.contains(&folder) {
                    say(format!("{section} has {dependency}: {}", owner.rule));
                }
            }
            if folder == "xtask" && dependency.starts_with("st-") {
                say(format!("{section} has {dependency}: xtask imports none of ours"));
            }
        }
    }
    found
}

fn names(pattern: &str, dependency: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => dependency.starts_with(start),
        None => dependency == pattern,
    }
}

/// Every dependency of a manifest by its true name (not the name it is renamed to), with the section that has it.
fn dependencies(table: &Table) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut collect = |table: &Table| {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(Value::Table(entries)) = table.get(section) else { continue };
            for (name, value) in entries {
                let renamed = value.get("package").and_then(Value::as_str);
                found.push((renamed.unwrap_or(name).to_owned(), section));
            }
        }
    };
    collect(table);
    if let Some(Value::Table(targets)) = table.get("target") {
        targets.values().filter_map(Value::as_table).for_each(collect);
    }
    found
}
