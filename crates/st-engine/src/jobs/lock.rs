//! Who runs a job: the process that holds the lock on its file. The system lets go of it when the process ends, however
//! it ends, so a job whose lock is free is not being run.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::ids::JobId;

/// The right to run a job, held until it is dropped.
#[derive(Debug)]
pub struct JobLock {
    _file: File,
}

fn file(folder: &Path, job: JobId) -> PathBuf {
    folder.join(format!("{job}.lock"))
}

impl JobLock {
    /// Takes the lock of a job; none where another process (or another engine in this one) has it.
    ///
    /// # Errors
    /// Where the lock file cannot be made.
    pub fn take(folder: &Path, job: JobId) -> io::Result<Option<Self>> {
        std::fs::create_dir_all(folder)?;
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(file(folder, job))?;
        match opened.try_lock() {
            Ok(()) => Ok(Some(Self { _file: opened })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Removes the lock file of a job that is gone from the library.
pub fn forget(folder: &Path, job: JobId) {
    // It may never have run, and an empty file that stays does no harm.
    let _ = std::fs::remove_file(file(folder, job));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_freed_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let first = JobLock::take(folder.path(), JobId(7)).unwrap().unwrap();
        assert!(JobLock::take(folder.path(), JobId(7)).unwrap().is_none());
        assert!(JobLock::take(folder.path(), JobId(8)).unwrap().is_some());
        drop(first);
        assert!(JobLock::take(folder.path(), JobId(7)).unwrap().is_some());
    }
}
