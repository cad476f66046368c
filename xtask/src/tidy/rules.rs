//! Rules about what a source may say: purity, network, unsafe code, layers of the interface.

use super::Finding;
use super::tree::{Source, unquoted};

/// Longest shell (`src-tauri/src`) in lines: it translates, it decides nothing.
const MAX_SHELL: usize = 2000;

/// Checks every source.
pub fn check(files: &[Source]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.ending() == "rs") {
        for (line, code) in file.shipped() {
            let words = words(code);
            let mut say = |what: &str| found.push(Finding { file: file.path.clone().into(), line, what: what.into() });
            core_is_pure(file, code, &words, &mut say);
            network(file, code, &words, &mut say);
            if file.path.starts_with("crates/") && words.contains(&"tauri") {
                say("only the app may use Tauri");
            }
            if file.path.starts_with("src-tauri/") {
                for layer in ["rusqlite", "symphonia", "cpal", "st_worker_protocol", "st_audio"] {
                    if words.contains(&layer) {
                        say("the shell talks to the engine alone");
                    }
                }
            }
        }
        unsafe_code(file, &mut found);
    }
    let shell: usize =
        files.iter().filter(|f| f.path.starts_with("src-tauri/src/")).map(|f| f.text.lines().count()).sum();
    if shell > MAX_SHELL {
        let what = format!("the shell has {shell} lines, more than {MAX_SHELL}");
        found.push(Finding { file: "src-tauri/src".into(), line: 0, what });
    }
    for file in files.iter().filter(|f| f.path.starts_with("ui/src/")) {
        interface(file, &mut found);
    }
    found
}

/// Names and keywords of a line.
fn words(code: &str) -> Vec<&str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect()
}

fn core_is_pure(file: &Source, code: &str, words: &[&str], say: &mut impl FnMut(&str)) {
    if !file.path.starts_with("crates/st-core/src/") {
        return;
    }
    const MODULES: [&str; 6] = ["fs", "net", "thread", "process", "env", "os"];
    let outside = uses_of_std(code).into_iter().any(|name| MODULES.contains(&name.as_str()))
        || words
            .iter()
            .any(|w| matches!(*w, "SystemTime" | "Instant" | "rand" | "getrandom" | "stdin" | "stdout" | "stderr"));
    if outside {
        say("st-core is pure: no files, network, threads, clock or randomness");
    }
}

/// Modules of `std` that a line names, those in braces too.
fn uses_of_std(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("std::") {
        let rest = &code[at + 5..];
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let end = name.trim().find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.trim().len());
            found.push(name.trim()[..end].to_owned());
        }
    }
    found
}

fn network(file: &Source, code: &str, words: &[&str], say: &mut impl FnMut(&str)) {
    let ours = file.path.starts_with("crates/") || file.path.starts_with("src-tauri/");
    let download = "crates/st-engine/src/models/download";
    if !ours || file.path.starts_with(&format!("{download}/")) || file.path == format!("{download}.rs") {
        return;
    }
    const NAMES: [&str; 9] = [
        "ureq",
        "reqwest",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "UnixDatagram",
        "ToSocketAddrs",
    ];
    if words.iter().any(|word| NAMES.contains(word)) || uses_of_std(code).iter().any(|name| name == "net") {
        say("only st-engine's models::download may open a network connection");
    }
}

fn unsafe_code(file: &Source, found: &mut Vec<Finding>) {
    if file.path.starts_with("crates/st-worker/") {
        // There clippy sees to it (undocumented_unsafe_blocks = "deny").
        return;
    }
    let place = file.path.starts_with("crates/st-engine/src/gpu/") || file.is_test();
    let lines: Vec<&str> = file.text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let code = line.split_once("//").map_or(*line, |(code, _)| code);
        if !words(&unquoted(code)).contains(&"unsafe") {
            continue;
        }
        let explained = lines[index.saturating_sub(5)..index].iter().any(|above| above.contains("SAFETY:"));
        let what = match (place, explained) {
            (true, true) => continue,
            (true, false) => "unsafe code without a SAFETY comment",
            (false, _) => "unsafe code has its place in st-worker and in the engine's gpu folder",
        };
        found.push(Finding { file: file.path.clone().into(), line: index + 1, what: what.into() });
    }
}

/// ESLint holds these two as well; here they also hold for files that it is not told to read.
fn interface(file: &Source, found: &mut Vec<Finding>) {
    if !matches!(file.ending(), "ts" | "js" | "svelte") {
        return;
    }
    let feature = file.path.strip_prefix("ui/src/features/").and_then(|rest| rest.split('/').next());
    for (line, code) in file.lines() {
        let mut say = |what: &str| found.push(Finding { file: file.path.clone().into(), line, what: what.into() });
        for quoted in code.split(['\'', '"']).skip(1).step_by(2) {
            if quoted.starts_with("@tauri-apps/") && !file.path.starts_with("ui/src/backend/") {
                say("only ui/src/backend talks to Tauri");
            }
            let other = quoted.split_once("features/").map(|(_, rest)| rest).or_else(|| {
                // From features/x/file.ts, ../y/ is another feature, ../../lib is not.
                let steps = file.path.matches('/').count().checked_sub(3)?;
                let up = "../".repeat(steps);
                quoted.strip_prefix(up.as_str()).filter(|rest| steps > 0 && !rest.starts_with("../"))
            });
            let is_import = code.contains("import") || code.contains("from");
            if let (Some(own), Some(other)) = (feature, other)
                && is_import
                && other.split('/').next() != Some(own)
            {
                say("one feature does not import another");
            }
        }
    }
}
