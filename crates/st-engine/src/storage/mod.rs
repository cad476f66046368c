//! Where the data folder lies. The platform names a place; a person may choose another, which is noted in the platform's
//! place. Moving happens at a start, before anything is open, and is done whole or not at all.

mod moving;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dirs::Dirs;
use crate::failure::{Code, Failure};
use crate::json_file;

/// The note in the platform's place.
const NOTE: &str = "place.json";
/// Held by every program that has a data folder open, so that none is moved away under another.
const IN_USE: &str = "in-use.lock";
/// Folder that is made in a chosen folder that holds other things.
const NAME: &str = "SecureTranscribe";

/// What is noted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Note {
    /// The data folder; the platform's place where there is none.
    data: Option<PathBuf>,
    /// Where it is to be at the next start.
    move_to: Option<PathBuf>,
    /// The folder that was moved from, until what lies there is removed.
    left: Option<PathBuf>,
}

impl Note {
    fn read(home: &Path) -> Self {
        std::fs::read(home.join(NOTE)).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn write(&self, home: &Path) -> io::Result<()> {
        std::fs::create_dir_all(home)?;
        json_file::write(&home.join(NOTE), self)
    }
}

/// The data folder in use.
#[derive(Debug)]
pub(crate) struct Storage {
    /// Where things lie.
    pub(crate) dirs: Dirs,
    /// Why a move that was asked for was not done.
    pub(crate) problem: Option<Failure>,
    /// The platform's place; none where the data folder was named for this run, and so is not for moving.
    home: Option<PathBuf>,
    /// Held as long as the folder is in use.
    _lock: File,
}

impl Storage {
    /// Finds the data folder, moves it where that was asked for, and takes it into use.
    ///
    /// # Errors
    /// Where there is none, it is on a disk that is not connected, or another program is moving it.
    pub(crate) fn open(given: Option<PathBuf>) -> Result<Self, Failure> {
        if let Some(dirs) = Dirs::named(given) {
            let lock = take(dirs.data())?;
            return Ok(Self { dirs, problem: None, home: None, _lock: lock });
        }
        let home = Dirs::of_platform().ok_or_else(|| {
            Failure::new(Code::OutputMissing, "This computer names no folder for the data of programs.")
                .hint("Name one with --data-dir or the variable SECURETRANSCRIBE_DATA_DIR.")
        })?;
        Self::at(home.data())
    }

    /// The same with a given place of the platform.
    fn at(home: &Path) -> Result<Self, Failure> {
        let mut note = Note::read(home);
        let mut problem = None;
        if let Some(to) = note.move_to.take() {
            let from = note.data.clone().unwrap_or_else(|| home.to_path_buf());
            let done = moving::run(&from, &to, || {
                note.data = Some(to.clone()).filter(|to| to != home);
                note.left = Some(from.clone());
                note.write(home)
            });
            if let Err(failure) = done {
                problem = Some(failure);
                note = Note { move_to: None, ..Note::read(home) };
                note.write(home).map_err(|error| Failure::data_folder(home, &error))?;
            }
        }
        let data = note.data.clone().unwrap_or_else(|| home.to_path_buf());
        // An empty library in place of one that is on a disk somewhere would look like a loss.
        if note.data.is_some() && !data.is_dir() {
            return Err(Failure::new(
                Code::OutputMissing,
                format!("The library is kept in {}, and that folder is not there.", data.display()),
            )
            .hint("Connect the disk that it is on, then start the program again."));
        }
        let lock = take(&data)?;
        if let Some(left) = &note.left {
            // What cannot be removed now is tried again at the next start.
            if moving::remove(left).is_ok() {
                note.left = None;
                note.write(home).map_err(|error| Failure::data_folder(home, &error))?;
            }
        }
        Ok(Self { dirs: Dirs::at(data), problem, home: Some(home.to_path_buf()), _lock: lock })
    }

    /// Notes that the data folder is to lie in `folder` from the next start on, and gives the folder that it will be:
    /// `folder` itself where it is empty, else one in it.
    ///
    /// # Errors
    /// Where that cannot be: the folder is missing, not writable, inside the data folder, or too small.
    pub(crate) fn plan(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let Some(home) = &self.home else {
            return Err(Failure::new(
                Code::Conflict,
                "The data folder was named when the program was started, so it is not moved.",
            )
            .hint("Start the program without --data-dir and SECURETRANSCRIBE_DATA_DIR, then choose again."));
        };
        let to = moving::target(self.dirs.data(), folder)?;
        let note = Note { move_to: Some(to.clone()), ..Note::read(home) };
        note.write(home).map_err(|error| Failure::data_folder(home, &error))?;
        Ok(to)
    }
}

/// Marks a folder as in use.
fn take(data: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| Failure::data_folder(data, &error);
    std::fs::create_dir_all(data).map_err(failed)?;
    let file = File::options().create(true).truncate(false).write(true).open(data.join(IN_USE)).map_err(failed)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Failure::new(
            Code::LibraryBusy,
            "The library is being moved to another folder by another start of this program.",
        )
        .hint("Wait until that is done, then start again.")),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests;
