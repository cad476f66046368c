//! Runs our own command line and watches how much memory it and its workers take.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{THREADS, unreadable, workplace};
use crate::error::Error;
use crate::paths;
use crate::shell::{command, empty_folder, line, start};

/// What a run gave.
pub struct Run {
    /// From start to end.
    pub seconds: f64,
    /// The most that the peaks of the processes of one moment come to: an upper bound of what it took at one time.
    pub peak_mib: f64,
    /// Folder with the results.
    pub results: PathBuf,
}

/// Transcribes files with these further arguments.
pub fn transcribe(files: &[PathBuf], arguments: &[&str]) -> Result<Run, Error> {
    let data = workplace().join("ours-data");
    let results = workplace().join("ours-results");
    for folder in [&data, &results] {
        empty_folder(folder)?;
    }
    let mut run = command(paths::program("securetranscribe"));
    run.arg("--data-dir").arg(&data).arg("--models-dir").arg(paths::root().join("models"));
    run.arg("transcribe").args(files).arg("--output").arg(&results);
    run.args(["--threads", &THREADS.to_string()]).args(arguments);
    let (seconds, peak_mib) = watched(&mut run)?;
    Ok(Run { seconds, peak_mib, results })
}

/// The text of a result in JSON.
pub fn text(result: &Path) -> Result<String, Error> {
    let content = fs::read_to_string(result).map_err(Error::file(result))?;
    let value: Value = serde_json::from_str(&content).map_err(|e| unreadable("a transcript", &e))?;
    let utterances = value["utterances"].as_array().cloned().unwrap_or_default();
    Ok(utterances.iter().filter_map(|u| u["text"].as_str()).collect::<Vec<_>>().join(" "))
}

/// Runs a command; gives its seconds, and MiB as the largest sum of the peaks of processes that were there together (a worker that
/// only tells its devices is started for every file, and gone again).
pub fn watched(command: &mut Command) -> Result<(f64, f64), Error> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().map_err(|source| start(command, source))?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(family(child.id()).iter().map(|(_, kib)| kib).sum());
        if let Some(status) = child.try_wait().map_err(|source| start(command, source))? {
            break status;
        }
        // Peaks only grow, so that looking seldom costs nothing but the last moments of a process.
        thread::sleep(Duration::from_millis(20));
    };
    let seconds = began.elapsed().as_secs_f64();
    if !status.success() {
        return Err(Error::Failed { command: line(command), status: status.to_string() });
    }
    Ok((seconds, peak as f64 / 1024.0))
}

/// A process and all below it, each with its peak in KiB (Linux only; elsewhere none).
fn family(root: u32) -> Vec<(u32, u64)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let mut parents = HashMap::new();
    for process in entries.flatten().filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok()) {
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        // pid (name) state parent …; the name may hold anything, so count from its end.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.insert(process, parent.unwrap_or(0));
    }
    let below = |mut process: u32| {
        while process != root {
            match parents.get(&process) {
                Some(parent) if *parent > 1 => process = *parent,
                _ => return false,
            }
        }
        true
    };
    parents.keys().filter(|process| below(**process)).filter_map(|process| Some((*process, peak(*process)?))).collect()
}

fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_with_their_memory() {
        let mut child = Command::new("sleep").arg("5").spawn().expect("started");
        let found = family(std::process::id());
        assert!(found.iter().any(|(process, kib)| *process == child.id() && *kib > 0), "{found:?}");
        child.kill().and_then(|()| child.wait()).expect("ended");
    }
}
