//! A transcript as a file: written beside its place, synced, read back, and only then given its name. What was there
//! before stays whole until then, and is replaced only where that is asked for.

use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use st_export::{ExportOptions, Exporter, Source};

/// What to do where the file is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse.
    #[default]
    Keep,
    /// Take the next free name: `talk (2).txt`.
    Number,
    /// Replace it.
    Replace,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder is not there.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// A file of that name is there.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error("{} came back with {found} bytes of {written}", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
        /// Bytes written.
        written: u64,
        /// Bytes that are there.
        found: u64,
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
    write_file(path, existing, |to| exporter.write(source, options, to))
}

/// Writes a file whole or not at all.
pub fn write_file(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<PathBuf, ExportError> {
    let failed = |source| ExportError::Io { path: path.to_path_buf(), source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(ExportError::NoFolder(folder.to_path_buf()));
    }
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    if existing == Existing::Keep && path.exists() {
        return Err(ExportError::Exists(path.to_path_buf()));
    }
    let mut file = tempfile::Builder::new().prefix(".securetranscribe-").tempfile_in(folder).map_err(failed)?;
    let mut to = BufWriter::new(file.as_file_mut());
    write(&mut to).and_then(|()| to.flush()).map_err(failed)?;
    let written = to.stream_position().map_err(failed)?;
    drop(to);
    file.as_file().sync_all().map_err(failed)?;
    let found = std::fs::metadata(file.path()).map_err(failed)?.len();
    if found != written {
        return Err(ExportError::ReadBack { path: path.to_path_buf(), written, found });
    }
    readable_as_others(file.as_file()).map_err(failed)?;
    match existing {
        Existing::Replace => {
            file.persist(path).map_err(|e| failed(e.error))?;
            Ok(path.to_path_buf())
        }
        Existing::Keep => match file.persist_noclobber(path) {
            Ok(_) => Ok(path.to_path_buf()),
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Err(ExportError::Exists(path.to_path_buf())),
            Err(e) => Err(failed(e.error)),
        },
        Existing::Number => {
            let mut file = file;
            for number in 1..MOST_NUMBERS {
                let candidate = numbered(path, number);
                match file.persist_noclobber(&candidate) {
                    Ok(_) => return Ok(candidate),
                    Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => file = e.file,
                    Err(e) => return Err(failed(e.error)),
                }
            }
            Err(ExportError::Exists(path.to_path_buf()))
        }
    }
}

/// `talk.txt`, `talk (2).txt`, `talk (3).txt`, …
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_path_buf();
    }
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Temporary files are private to their owner; a document has the rights that new files have.
#[cfg(unix)]
fn readable_as_others(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // 0644 is what the usual umask of 022 leaves.
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_as_others(_: &std::fs::File) -> io::Result<()> {
    Ok(())
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
    fn missing_folders_and_folders_in_the_way_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: PathBuf| write_file(&path, Existing::Keep, |to| to.write_all(b"x"));
        assert!(matches!(write(folder.path().join("no/talk.txt")), Err(ExportError::NoFolder(_))));
        assert!(matches!(write(folder.path().to_path_buf()), Err(ExportError::Io { .. })));
    }
}
