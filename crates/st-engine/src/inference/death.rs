//! How a worker ended: told from its exit status and the end of what it wrote to its standard error.

use std::fmt;
use std::process::ExitStatus;

use st_worker_protocol::exit;

/// Why a worker is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Memory of the machine or of its graphics card ran out.
    OutOfMemory,
    /// It crashed: a signal, an abort, a panic.
    Crashed,
    /// It did not answer for too long and was ended.
    Silent,
    /// It was ended because the job was cancelled and it took too long to notice.
    Killed,
}

/// A worker that is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Death {
    /// Why, as far as can be told.
    pub reason: Reason,
    /// Exit status in the system's words.
    pub status: String,
    /// The last lines that it wrote.
    pub last_words: String,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.reason {
            Reason::OutOfMemory => "the worker ran out of memory",
            Reason::Crashed => "the worker crashed",
            Reason::Silent => "the worker did not answer and was ended",
            Reason::Killed => "the worker was ended",
        };
        write!(f, "{what} ({})", self.status)?;
        if self.last_words.is_empty() { Ok(()) } else { write!(f, ": {}", self.last_words) }
    }
}

/// Lines of standard error that go into a report.
const LAST_LINES: usize = 8;

impl Death {
    /// Tells from status and standard error why a worker ended.
    pub fn classify(status: Option<ExitStatus>, stderr: &str) -> Self {
        let lower = stderr.to_lowercase();
        let code = status.and_then(|s| s.code());
        let memory = code == Some(exit::OUT_OF_MEMORY)
            || (code != Some(exit::OK) && exit::OUT_OF_MEMORY_SIGNS.iter().any(|sign| lower.contains(sign)));
        Self {
            reason: if memory { Reason::OutOfMemory } else { Reason::Crashed },
            status: status.map_or_else(|| "no exit status".into(), |s| s.to_string()),
            last_words: last_lines(stderr),
        }
    }

    /// The same, for a worker that this program ended itself.
    pub fn ended(reason: Reason, stderr: &str) -> Self {
        Self { reason, status: "ended by this program".into(), last_words: last_lines(stderr) }
    }
}

fn last_lines(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn memory_and_crash_are_told_apart() {
        let exited = |code: i32| Some(ExitStatus::from_raw(code << 8));
        let signal = |number: i32| Some(ExitStatus::from_raw(number));
        for (status, stderr, reason) in [
            (exited(exit::OUT_OF_MEMORY), "", Reason::OutOfMemory),
            (signal(6), "ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer", Reason::OutOfMemory),
            (signal(6), "CUDA error: out of memory", Reason::OutOfMemory),
            (signal(11), "", Reason::Crashed),
            (signal(6), "terminate called after throwing an instance of 'std::bad_alloc'", Reason::OutOfMemory),
            (signal(9), "loading model", Reason::Crashed),
            (exited(exit::PANIC), "panicked at src/main.rs", Reason::Crashed),
            (None, "", Reason::Crashed),
        ] {
            assert_eq!(Death::classify(status, stderr).reason, reason, "{status:?} {stderr}");
        }
    }

    #[test]
    fn only_the_last_words_are_kept() {
        let stderr: String = (0..100).map(|n| format!("line {n}\n\n")).collect();
        let death = Death::classify(None, &stderr);
        assert!(death.last_words.starts_with("line 92\n") && death.last_words.ends_with("line 99"));
    }
}
