//! Moving a data folder: everything is copied and checked first, then the note is written, then the old is removed. A
//! program that is killed on the way leaves the old folder whole, or both.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{IN_USE, NAME, NOTE};
use crate::failure::{Code, Failure};
use crate::library::Library;

/// Lies in a folder that is being filled, so that the next try knows it for its own.
const UNFINISHED: &str = "move-unfinished";

/// A program that starts itself again has its old self for a moment beside it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The folder that a data folder can be moved to in `folder`.
pub(super) fn target(from: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let failed = |error: io::Error| Failure::data_folder(&folder, &error);
    let empty = fs::read_dir(&folder).map_err(failed)?.next().is_none();
    let to = if empty { folder.clone() } else { folder.join(NAME) };
    if to.starts_with(from) || from.starts_with(&to) {
        return Err(Failure::new(Code::OutputExists, format!("{} is where the library is already.", to.display()))
            .hint("Choose a folder outside of it."));
    }
    if !empty && fs::read_dir(&to).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Failure::new(Code::OutputExists, format!("{} holds other files.", to.display()))
            .hint("Choose an empty folder."));
    }
    tempfile::tempfile_in(&folder).map_err(failed)?;
    let needed: u64 = files(from).map_err(failed)?.iter().map(|(_, size)| size).sum();
    let free = fs4::available_space(&folder).map_err(failed)?;
    if free < needed {
        return Err(Failure::new(
            Code::DiskFull,
            format!(
                "There is too little room in {}: {} MB are needed, {} MB are free.",
                folder.display(),
                needed / 1_000_000 + 1,
                free / 1_000_000
            ),
        )
        .hint("Free some space there, or choose another folder."));
    }
    Ok(to)
}

/// Moves `from` to `to`; `settled` makes the new folder the one in use.
pub(super) fn run(from: &Path, to: &Path, settled: impl FnOnce() -> io::Result<()>) -> Result<(), Failure> {
    let alone = File::options().create(true).truncate(false).write(true).open(from.join(IN_USE));
    let alone = alone.map_err(|error| Failure::data_folder(from, &error))?;
    let begin = Instant::now();
    while alone.try_lock().is_err() {
        if begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        }
        return Err(Failure::new(Code::LibraryBusy, "The library was not moved: another program is using it.")
            .hint("Close that program, then choose the folder again."));
    }
    let failed = |error: &io::Error| {
        let failure = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failure::new(
                Code::DiskFull,
                format!("The library was not moved to {}: the disk is full.", to.display()),
            ),
            _ => Failure::new(Code::FileUnreadable, format!("The library was not moved to {}.", to.display())),
        };
        failure.hint("It is where it was, with everything in it. Choose another folder.").detail(error)
    };
    let copied = copy(from, to).map_err(|error| failed(&error)).and_then(|()| check(from, to));
    if let Err(failure) = copied {
        // The old folder is whole; what was copied is worth nothing. What is not ours stays.
        if to.join(UNFINISHED).exists() {
            let _ = remove(to);
        }
        return Err(failure);
    }
    fs::remove_file(to.join(UNFINISHED)).map_err(|error| failed(&error))?;
    settled().map_err(|error| failed(&error))
}

/// Copies everything, synced.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if to.join(UNFINISHED).exists() {
        remove(to)?;
    }
    fs::create_dir_all(to)?;
    if fs::read_dir(to)?.next().is_some() {
        return Err(io::ErrorKind::DirectoryNotEmpty.into());
    }
    File::create(to.join(UNFINISHED))?.sync_all()?;
    // Opening and closing the library puts everything into its one file.
    if from.join("library.sqlite3").exists() {
        Library::open(&from.join("library.sqlite3")).and_then(|library| library.settle()).map_err(io::Error::other)?;
    }
    for (path, size) in files(from)? {
        let target = to.join(&path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        if fs::copy(from.join(&path), &target)? != size {
            return Err(io::Error::other(format!("{} changed while it was copied", path.display())));
        }
        File::open(&target)?.sync_all()?;
    }
    Ok(())
}

/// Reads the copied library whole, and says to it where its own recordings lie now.
fn check(from: &Path, to: &Path) -> Result<(), Failure> {
    let path = to.join("library.sqlite3");
    if path.exists() {
        let library = Library::open(&path)?;
        library.check()?;
        library.rebase(from, to)?;
        library.settle()?;
    }
    Ok(())
}

/// Removes the files of a data folder, and the folder where nothing else is in it.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for (path, _) in files(folder)? {
        fs::remove_file(folder.join(path))?;
    }
    // Folders, the innermost first; one that is not empty holds the note of the platform's place.
    let mut folders = vec![folder.to_path_buf()];
    let mut at = 0;
    while let Some(next) = folders.get(at).cloned() {
        let inside = fs::read_dir(next)?
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(inside.map(|entry| entry.path()));
        at += 1;
    }
    let _ = fs::remove_file(folder.join(IN_USE));
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Every file below a folder with its size in bytes, by its path within; without what belongs to the place itself.
fn files(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else if path != Path::new(NOTE) && path != Path::new(IN_USE) && kind.is_file() {
                found.push((path, entry.metadata()?.len()));
            }
        }
    }
    Ok(found)
}
