//! Free space where a recording is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Action, Code, Failure};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// What a recording leaves free, in bytes: the library and its journal need some to take note of it.
const RESERVE: u64 = 16_000_000;

/// Free space, as it was last looked at.
#[derive(Debug)]
pub(super) struct Room {
    folder: PathBuf,
    free: Option<u64>,
    looked: Option<Duration>,
}

impl Room {
    /// Of the disk that has this folder.
    pub(super) fn new(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self { folder: folder.to_path_buf(), free: None, looked: None }
    }

    /// Looks again where it is time; oftener where little is left of what goes on at so many bytes a second.
    pub(super) fn check(&mut self, now: Duration, rate: u64) {
        let near = self.free.is_some_and(|free| free < RESERVE + 4 * rate);
        let pause = if near { LOOK / 10 } else { LOOK };
        if self.looked.is_some_and(|looked| now.saturating_sub(looked) < pause) {
            return;
        }
        self.looked = Some(now);
        let existing = self.folder.ancestors().find(|folder| folder.is_dir());
        self.free = existing.and_then(|folder| fs4::available_space(folder).ok());
    }

    /// Bytes; 0 where it is not known.
    pub(super) fn free(&self) -> u64 {
        self.free.unwrap_or(0)
    }

    /// How long a recording of so many bytes a second may still be, in ms.
    pub(super) fn millis(&self, rate: u64) -> Option<u64> {
        let usable = self.free?.saturating_sub(RESERVE);
        Some(usable.saturating_mul(1_000) / rate.max(1))
    }

    /// Whether a recording has to end, or cannot begin.
    pub(super) fn is_full(&self) -> bool {
        self.free.is_some_and(|free| free < RESERVE)
    }

    /// In words; `file` is what was recorded.
    pub(super) fn full(&self, file: Option<&Path>) -> Failure {
        match file {
            Some(file) => Failure::new(
                Code::DiskFull,
                format!(
                    "The recording was stopped: the disk is nearly full. Everything recorded is in {}.",
                    file.display()
                ),
            )
            .hint("Free some space, then record on."),
            None => Failure::new(Code::DiskFull, format!("The disk with {} is full.", self.folder.display()))
                .hint("Free some space, or record to another disk.")
                .action(Action::TryAgain),
        }
    }
}
