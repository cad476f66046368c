//! A transcript as a file: written beside its place, synced, read back, and only then given its name. What was there
//! before stays whole until then, and is replaced only where that is asked for.

mod leftovers;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use st_export::{ExportOptions, Exporter, Source, Written};
use tempfile::NamedTempFile;

use crate::file_names::{self, numbered};

/// What to do where the file is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// Refuse.
    #[default]
    Keep,
    /// Take the next free name: `talk (2).txt`.
    #[serde(rename = "keep_both")]
    Number,
    /// Replace it.
    Replace,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder is not there, or not any more.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// A file of that name is there.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// No file can have this name here.
    #[error("{}: {why}", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong with the name, as the end of a sentence.
        why: &'static str,
    },
    /// It cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The format cannot be made of this transcript here.
    #[error("{} cannot be made: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why, in a sentence for people.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error("{} came back wrong: {source}", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
}

/// More numbers than this in one folder and something is wrong.
const MOST_NUMBERS: u32 = 10_000;

/// Writes a transcript to `path`, and gives the path that it has in the end.
pub fn export(
    source: &Source<'_>,
    exporter: &dyn Exporter,
    options: &ExportOptions,
    path: &Path,
    existing: Existing,
) -> Result<PathBuf, ExportError> {
    save(path, existing, |to| exporter.write(source, options, to), |file| exporter.check(file))
}

/// Writes a file whole or not at all.
pub fn write_file(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<PathBuf, ExportError> {
    save(path, existing, write, |_| Ok(()))
}

fn save(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    check: impl FnOnce(&mut dyn Written) -> io::Result<()>,
) -> Result<PathBuf, ExportError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |source: io::Error| match source.kind() {
        // It vanished meanwhile: a stick that was pulled out, a network drive that is gone.
        io::ErrorKind::NotFound => ExportError::NoFolder(folder.to_path_buf()),
        _ => ExportError::Io { path: path.to_path_buf(), source },
    };
    if let Some(why) = file_names::unfit(path) {
        return Err(ExportError::Name { path: path.to_path_buf(), why });
    }
    if !folder.is_dir() {
        return Err(ExportError::NoFolder(folder.to_path_buf()));
    }
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    if existing == Existing::Keep && path.exists() {
        return Err(ExportError::Exists(path.to_path_buf()));
    }
    leftovers::remove(folder);
    let mut file = tempfile::Builder::new().prefix(leftovers::PREFIX).tempfile_in(folder).map_err(failed)?;
    leftovers::claim(file.as_file());
    let mut to = BufWriter::new(file.as_file_mut());
    write(&mut to).and_then(|()| to.flush()).map_err(|source| match source.get_ref() {
        // Errors of the system carry none of our own.
        Some(_) => ExportError::Content { path: path.to_path_buf(), source },
        None => failed(source),
    })?;
    let written = to.stream_position().map_err(failed)?;
    drop(to);
    file.as_file().sync_all().map_err(failed)?;
    read_back(&mut file, written, check)
        .map_err(|source| ExportError::ReadBack { path: path.to_path_buf(), source })?;
    readable_as_others(file.as_file()).map_err(failed)?;
    let path = place(file, path, existing, failed)?;
    sync_folder(folder);
    // No name: the log holds nothing of what people record.
    tracing::info!("Export completed: {written} bytes");
    Ok(path)
}

/// Looks whether the file has its length and is what its format says. It is read by the handle that wrote it, since the
/// claim on it would keep out another one on Windows.
fn read_back(
    file: &mut NamedTempFile,
    written: u64,
    check: impl FnOnce(&mut dyn Written) -> io::Result<()>,
) -> io::Result<()> {
    let found = std::fs::metadata(file.path())?.len();
    if found != written {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{found} bytes of {written}")));
    }
    let handle = file.as_file_mut();
    handle.rewind()?;
    check(&mut BufReader::new(handle))
}

/// Gives the file its name.
fn place(
    mut file: NamedTempFile,
    path: &Path,
    existing: Existing,
    failed: impl Fn(io::Error) -> ExportError,
) -> Result<PathBuf, ExportError> {
    if existing == Existing::Replace {
        file.persist(path).map_err(|e| failed(e.error))?;
        return Ok(path.to_path_buf());
    }
    let tries = if existing == Existing::Number { MOST_NUMBERS } else { 1 };
    for number in 1..=tries {
        let candidate = numbered(path, number);
        match file.persist_noclobber(&candidate) {
            Ok(_) => return Ok(candidate),
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => file = e.file,
            Err(e) => return Err(failed(e.error)),
        }
    }
    Err(ExportError::Exists(path.to_path_buf()))
}

/// Temporary files are private to their owner; a document has the rights that new files have.
#[cfg(unix)]
fn readable_as_others(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // 0644 is what the usual umask of 022 leaves.
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_as_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// After a power cut a new name may be lost that was not synced. Not every file system can, and the file is whole anyhow.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_overwritten_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.txt");
        std::fs::write(&path, "old").unwrap();
        let write = |existing| write_file(&path, existing, |to| to.write_all(b"new"));
        assert!(matches!(write(Existing::Keep), Err(ExportError::Exists(_))));
        assert_eq!(write(Existing::Number).unwrap(), folder.path().join("talk (2).txt"));
        assert_eq!(write(Existing::Number).unwrap(), folder.path().join("talk (3).txt"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        write(Existing::Replace).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["talk (2).txt", "talk (3).txt", "talk.txt"]);
    }

    #[test]
    fn a_write_that_breaks_off_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.txt");
        std::fs::write(&path, "old").unwrap();
        let result = write_file(&path, Existing::Replace, |to| {
            to.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(result, Err(ExportError::Io { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["talk.txt"]);
    }

    #[test]
    fn what_comes_back_wrong_is_not_given_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.json");
        let wrong = |_: &mut dyn Written| Err(io::ErrorKind::InvalidData.into());
        let result = save(&path, Existing::Keep, |to| to.write_all(b"{"), wrong);
        assert!(matches!(result, Err(ExportError::ReadBack { .. })));
        assert!(names(folder.path()).is_empty());
        let seen = |file: &mut dyn Written| {
            let mut text = String::new();
            io::Read::read_to_string(file, &mut text)?;
            if text == "{}" { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
        };
        save(&path, Existing::Keep, |to| to.write_all(b"{}"), seen).unwrap();
        assert_eq!(names(folder.path()), ["talk.json"]);
    }

    #[test]
    fn what_a_killed_program_left_goes_and_what_another_one_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".securetranscribe-left");
        std::fs::write(&left, "half").unwrap();
        std::fs::write(folder.path().join(".securetranscribe-new"), "").unwrap();
        let busy = File::create(folder.path().join(".securetranscribe-busy")).unwrap();
        leftovers::claim(&busy);
        (&busy).write_all(b"half").unwrap();
        write_file(&folder.path().join("talk.txt"), Existing::Keep, |to| to.write_all(b"x")).unwrap();
        assert_eq!(names(folder.path()), [".securetranscribe-busy", ".securetranscribe-new", "talk.txt"]);
    }

    #[test]
    fn the_words_of_a_format_are_kept_and_long_names_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let result = write_file(&folder.path().join("talk.pdf"), Existing::Keep, |_| {
            Err(io::Error::other("The fonts are not there."))
        });
        assert!(matches!(result, Err(ExportError::Content { .. })));
        let long = folder.path().join("x".repeat(300));
        let result = write_file(&long, Existing::Keep, |to| to.write_all(b"x"));
        assert!(matches!(result, Err(ExportError::Name { .. })), "{result:?}");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn missing_folders_and_folders_in_the_way_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: PathBuf| write_file(&path, Existing::Keep, |to| to.write_all(b"x"));
        assert!(matches!(write(folder.path().join("no/talk.txt")), Err(ExportError::NoFolder(_))));
        assert!(matches!(write(folder.path().to_path_buf()), Err(ExportError::Io { .. })));
    }
}
