//! Temporary files of programs that were killed while they wrote: found and removed at the next export into the folder.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

/// How the names of temporary files begin.
pub(super) const PREFIX: &str = ".securetranscribe-";

/// A file that is empty may just have been made, by a program that has not claimed it yet.
const NEW: Duration = Duration::from_secs(60);
/// Where the file system knows no locks, nobody writes at one file so long.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// Marks a temporary file as being written, before anything is written. The mark goes with the process, however it
/// ends. Where the file system knows no locks the file's age must do.
pub(super) fn claim(file: &File) {
    let _ = file.lock();
}

/// Removes what nobody writes any more. What cannot be removed stays: it must not keep an export from being made.
pub(super) fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && abandoned(&entry.path()) && fs::remove_file(entry.path()).is_ok() {
            tracing::info!("a temporary file of an export that was broken off is removed");
        }
    }
}

fn abandoned(path: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    if !metadata.is_file() {
        return false;
    }
    let age = metadata.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
    let Ok(file) = OpenOptions::new().write(true).open(path) else { return false };
    match file.try_lock() {
        Ok(()) => metadata.len() > 0 || age > NEW,
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => age > OLD,
    }
}
