//! A report for whoever helps: facts about program, machine and the last lines of the log. It holds no word of a
//! transcript and no name of a recording, and a person reads it before sending it anywhere.

use std::fmt::Write;
use std::path::Path;

use super::Engine;

/// So many lines of the log are enough to see what happened last.
const LINES: usize = 200;

impl Engine {
    /// The report as text.
    pub fn report(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name}: {value}");
        };
        line("Program", concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")));
        line("System", &system());
        line("Processor threads", &std::thread::available_parallelism().map_or(0, std::num::NonZero::get).to_string());
        line("Memory", &format!("{} MB", self.total_memory() / 1_000_000));
        for check in self.doctor() {
            line(&check.name, &format!("{} {}", if check.ok { "in order." } else { "NOT in order." }, check.message));
        }
        for model in self.models().installed() {
            line("Model", &format!("{} ({}, {} bytes)", model.name, model.precision, model.bytes));
        }
        let library = self.recordings().map(|r| r.len()).and_then(|r| Ok((r, self.transcripts()?.len())));
        match library {
            Ok((recordings, transcripts)) => {
                line("Library", &format!("{recordings} recordings, {transcripts} transcripts"));
            }
            Err(failure) => line("Library", &failure.message),
        }
        for job in self.jobs().unwrap_or_default() {
            if let crate::jobs::JobState::Failed(failure) = job.state {
                line("Failed job", &format!("{} ({})", failure.code.id(), job.id));
            }
        }
        text.push_str("\nLast lines of the log:\n");
        text.push_str(&last_lines(&self.dirs().logs()));
        match std::env::home_dir() {
            // The name of a home folder is often a person's.
            Some(home) if home.components().count() > 1 => text.replace(&*home.to_string_lossy(), "~"),
            _ => text,
        }
    }
}

fn system() -> String {
    let version = sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    format!("{version}, {}", std::env::consts::ARCH)
}

fn last_lines(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // A day is in the name, so that the greatest name is the newest file.
    let newest = files.map(|entry| entry.path()).filter(|path| path.is_file()).max();
    let content = newest.and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let lines: Vec<&str> = content.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
