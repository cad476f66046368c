//! `cargo xtask test`: every check of the project, part by part, with one count at the end. A part that fails does not
//! keep the others from running.

mod count;
pub mod sound;
mod stream;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::ValueEnum;

use crate::deps::files;
use crate::error::Error;
use crate::node::Node;
use crate::python::readers;
use crate::shell::{cargo, command};
use crate::workers::{self, Backend};
use crate::{build, deps, models, node, paths};
use count::{Count, Reader};
use sound::SoundServer;

/// A part of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Layout of the Rust sources.
    Fmt,
    /// Rules of the design.
    Tidy,
    /// This program's own tests.
    Xtask,
    /// Types, rules and tests of the user interface.
    Ui,
    /// The user interface in a browser.
    Browser,
    /// Lints of the Rust sources.
    Clippy,
    /// Tests of each crate.
    Rust,
    /// The real programs on real recordings.
    E2e,
    /// The real window, driven.
    Window,
}

/// Quick parts first, so that a slip shows at once.
const ALL: [Part; 9] =
    [Part::Fmt, Part::Tidy, Part::Xtask, Part::Ui, Part::Browser, Part::Clippy, Part::Rust, Part::E2e, Part::Window];

/// Runs these parts, or all; says whether everything passed. The count is the last line that is printed.
pub fn run(parts: &[Part]) -> bool {
    let parts = if parts.is_empty() { &ALL[..] } else { parts };
    let mut whole = Count::default();
    let mut skipped = Vec::new();
    let mut summary = Vec::new();
    let needs = |wanted: &[Part]| parts.iter().any(|part| wanted.contains(part));
    let begin = Instant::now();
    let mut ready = Ok(());
    if needs(&[Part::Ui, Part::Browser, Part::Clippy, Part::Rust, Part::E2e, Part::Window]) {
        ready = deps::all();
    }
    if ready.is_ok() && needs(&[Part::Rust, Part::E2e, Part::Window]) {
        ready = models::all();
    }
    for part in parts {
        let name = part.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
        println!("\n=== {name} (began after {})", time(begin));
        let began = Instant::now();
        let alone = matches!(part, Part::Fmt | Part::Tidy | Part::Xtask);
        let done = match (&ready, alone) {
            (Err(error), false) => {
                println!("{error}");
                Count::failed_start()
            }
            _ => check(*part, &mut skipped),
        };
        summary.push(format!("{name}: {} passed, {} failed, in {}", done.passed, done.failed, time(began)));
        whole.add(&done);
    }
    println!("\n=== in all");
    // Two parts may lack the same thing.
    let told: BTreeSet<String> = skipped.into_iter().collect();
    for line in told {
        println!("skipped: {line}");
    }
    for line in summary {
        println!("{line}");
    }
    println!("{} passed, {} failed", whole.passed, whole.failed);
    whole.failed == 0 && whole.passed > 0
}

/// How long it is since then.
fn time(then: Instant) -> String {
    let seconds = then.elapsed().as_secs();
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// Runs one part.
fn check(part: Part, skipped: &mut Vec<String>) -> Count {
    let mut steps: Vec<(Result<Command, Error>, Reader)> = Vec::new();
    match part {
        Part::Fmt => steps.push((Ok(with(cargo(), &["fmt", "--all", "--check"])), Reader::Status)),
        Part::Tidy => {
            let program = std::env::current_exe().map_err(Error::file("xtask"));
            steps.push((program.map(|p| with(command(p), &["tidy"])), Reader::Status));
        }
        Part::Xtask => steps.push((Ok(with(cargo(), &["test", "--package", "xtask"])), Reader::Cargo)),
        Part::Ui => {
            for (script, reader) in [("check", Reader::Status), ("lint", Reader::Status), ("test", Reader::Vitest)] {
                steps.push((Node::ready().map(|node| node.npm(&["run", script])), reader));
            }
        }
        Part::Browser => {
            steps.push((Node::ready().map(|node| node.npm(&["run", "test:browser"])), Reader::Node));
        }
        Part::Clippy => {
            let lints = ["--all-targets", "--", "--deny", "warnings"];
            let all = build::everything("clippy");
            // Here already, where it is built for the first time: the next part would have it built again.
            steps.push((build::fresh_whisper(&paths::target(), &all).map(|()| with(all, &lints)), Reader::Status));
            steps.push((Ok(with(with(cargo(), &["clippy", "--package", "xtask"]), &lints)), Reader::Status));
        }
        Part::Rust => {
            let tests = of_crates().and_then(|programs| {
                let tests = tests(&["--lib", "--bins"], &programs);
                build::fresh_whisper(&paths::target(), &tests)?;
                with_vulkan(tests, skipped)
            });
            steps.push((tests, Reader::Cargo));
            steps.push((Ok(with(build::everything("test"), &["--doc"])), Reader::Cargo));
        }
        Part::E2e => {
            let ready = build::programs().and_then(|()| Ok((readers()?, of_programs()?)));
            let step = ready.and_then(|(readers, programs)| {
                let mut tests = tests(&[], &programs);
                tests.env("SECURETRANSCRIBE_READERS", readers.python());
                with_vulkan(tests, skipped)
            });
            steps.push((step, Reader::Cargo));
        }
        Part::Window => {
            let built = node::user_interface().and_then(|()| build::programs());
            steps.push((built.and_then(|()| Node::ready()).map(|n| n.npm(&["run", "test:window"])), Reader::Node));
        }
    }
    let mut whole = Count::default();
    let sound = match part {
        Part::Rust | Part::E2e | Part::Window => SoundServer::start().map(Some),
        _ => Ok(None),
    };
    let sound = sound.unwrap_or_else(|error| {
        println!("{error}");
        whole.add(&Count::failed_start());
        None
    });
    for (step, reader) in steps {
        let done = step.and_then(|mut step| {
            if let Some(sound) = &sound {
                sound.lend(&mut step);
            }
            stream::run(&mut step, reader, skipped)
        });
        whole.add(&done.unwrap_or_else(|error| {
            println!("{error}");
            Count::failed_start()
        }));
    }
    whole
}

/// Test programs of the crates.
fn of_crates() -> Result<BTreeSet<String>, Error> {
    let crates = paths::root().join("crates");
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(&crates).map_err(Error::file(&crates))? {
        let tests = entry.map_err(Error::file(&crates))?.path().join("tests");
        if tests.is_dir() {
            all.append(&mut in_folder(&tests)?);
        }
    }
    Ok(all)
}

/// Test programs that run the programs.
fn of_programs() -> Result<BTreeSet<String>, Error> {
    in_folder(&paths::root().join("tests/tests"))
}

/// Test programs in a folder.
fn in_folder(folder: &Path) -> Result<BTreeSet<String>, Error> {
    let files = files(folder, "rs")?;
    // What lies deeper is shared by several.
    let programs = files.iter().filter(|path| path.parent() == Some(folder));
    Ok(programs.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}

/// A command of cargo that runs these test programs, and what else the `arguments` name.
fn tests(arguments: &[&str], programs: &BTreeSet<String>) -> Command {
    let mut tests = with(build::everything("test"), &["--no-fail-fast"]);
    tests.args(arguments).args(programs.iter().flat_map(|name| ["--test", name]));
    with(tests, &["--", "--show-output"])
}

/// Tells tests where a worker for Vulkan is: it lies apart, for beside the others every test would start it. Only Linux has
/// a card that the processor plays. What the build needs is not to be had everywhere; where it is, the build must work.
fn with_vulkan(mut tests: Command, skipped: &mut Vec<String>) -> Result<Command, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(tests);
    }
    if let Err(error) = workers::vulkan::sdk() {
        skipped.push(format!("the worker for Vulkan ({error})"));
        return Ok(tests);
    }
    let (worker, _) = workers::make(Backend::Vulkan)?;
    tests.env("SECURETRANSCRIBE_TEST_VULKAN", worker);
    Ok(tests)
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo runs every test program of a name that is given; one of each part would run in both.
    #[test]
    fn no_test_program_of_the_crates_has_the_name_of_one_of_the_programs() {
        let (crates, programs) = (of_crates().expect("crates"), of_programs().expect("programs"));
        assert!(crates.contains("worker") && programs.contains("offline"));
        let both: Vec<_> = crates.intersection(&programs).collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
