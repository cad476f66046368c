//! Who records: the process that holds a lock. The system lets go of it however the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    /// The file of a single recording goes with it; nobody else ever holds that.
    own: Option<PathBuf>,
}

impl Lock {
    /// The right to record: one recording at a time, whatever the program. None where somebody has it.
    pub(super) fn of_folder(folder: &Path) -> io::Result<Option<Self>> {
        Self::take(&folder.join("recording.lock"), None)
    }

    /// The right to one recording, so that nobody takes what is being recorded for a leftover.
    pub(super) fn of_recording(folder: &Path, id: &str) -> io::Result<Option<Self>> {
        let path = folder.join(format!("{id}.lock"));
        Self::take(&path, Some(path.clone()))
    }

    fn take(path: &Path, own: Option<PathBuf>) -> io::Result<Option<Self>> {
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match opened.try_lock() {
            Ok(()) => Ok(Some(Self { _file: opened, own })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(path) = &self.own {
            // An empty file that stays does no harm.
            drop(std::fs::remove_file(path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_records_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::of_folder(folder.path()).unwrap().unwrap();
        assert!(Lock::of_folder(folder.path()).unwrap().is_none());
        let own = Lock::of_recording(folder.path(), "a").unwrap().unwrap();
        assert!(Lock::of_recording(folder.path(), "a").unwrap().is_none());
        drop((held, own));
        assert!(Lock::of_folder(folder.path()).unwrap().is_some());
        assert!(!folder.path().join("a.lock").exists());
    }
}
