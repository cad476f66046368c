//! The library: recordings, jobs with their journals, and transcripts, in one SQLite file.
//!
//! Several processes may use it at once (the window and the command line): WAL, a busy timeout, and short immediate
//! transactions. Every commit is synced, so what is journalled survives a power cut.

mod error;
mod imported;
mod jobs;
mod journal;
mod migrations;
mod origin;
mod paths;
mod queue;
mod recordings;
mod removed;
mod search;
mod transcripts;
mod voices;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use error::LibraryError;
pub use recordings::{Channels, FileStamp, Recording, Scan, Track, title};
pub use search::Hit;
pub use transcripts::{Change, StoredTranscript, TranscriptSummary};
pub use voices::{Person, VoiceSample};

/// How long a write waits for another process before the library counts as busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open library. Methods take `&self`; one connection is shared behind a lock.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Library {
    /// Opens the library at `path`, and makes it where there is none.
    ///
    /// # Errors
    /// [`LibraryError::TooNew`] where a newer version wrote it, and whatever can go wrong with a file.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| LibraryError::Io { path: folder.to_path_buf(), source })?;
        }
        // Two programs that open a new library at once would both make its tables: one after the other. Where the file
        // system knows no locks, the chance of that is taken.
        let gate = std::fs::File::create(path.with_extension("lock"));
        let _held = gate.and_then(|gate| gate.lock().map(|()| gate));
        Self::connect(path)
    }

    fn connect(path: &Path) -> Result<Self, LibraryError> {
        let mut connection = Connection::open(path).map_err(|e| LibraryError::open(path, e))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        migrations::run(&mut connection)?;
        Ok(Self { path: path.to_path_buf(), connection: Mutex::new(connection) })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts everything that was written into the library's one file, so that it can be copied.
    pub(crate) fn settle(&self) -> Result<(), LibraryError> {
        self.read(|c| Ok(c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?))
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// [`LibraryError::Damaged`] where it is.
    pub(crate) fn check(&self) -> Result<(), LibraryError> {
        let found: String = self.read(|c| Ok(c.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?))?;
        if found == "ok" { Ok(()) } else { Err(LibraryError::Damaged(found)) }
    }

    /// The connection. A thread that panicked while it held the lock left no half transaction behind (SQLite rolled it
    /// back), so the lock is taken over.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, LibraryError>) -> Result<T, LibraryError> {
        work(&self.connection())
    }

    /// Runs `work` in one transaction that is rolled back where it fails.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, LibraryError>) -> Result<T, LibraryError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A library in a folder that goes when the test ends.
    pub(crate) fn library() -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library.sqlite3")).unwrap();
        (folder, library)
    }

    #[test]
    fn a_library_opens_again_and_from_two_sides_at_once() {
        let (folder, first) = library();
        let path = folder.path().join("library.sqlite3");
        let second = Library::open(&path).unwrap();
        let stamp = FileStamp { size: 1, modified_ms: 2 };
        let id = first.add_recording(Path::new("/a/b.wav"), stamp).unwrap();
        assert_eq!(second.recording(id).unwrap().name, "b.wav");
    }

    #[test]
    fn a_new_library_is_made_once_however_many_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("library.sqlite3");
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| Library::open(&path).map(drop))).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }

    #[test]
    fn a_newer_library_is_refused() {
        let (folder, library) = library();
        library.connection().pragma_update(None, "user_version", 99).unwrap();
        drop(library);
        let error = Library::open(&folder.path().join("library.sqlite3")).unwrap_err();
        assert!(matches!(error, LibraryError::TooNew), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite3");
        std::fs::write(&path, "this is a text and no database at all, however long it goes on").unwrap();
        let error = Library::open(&path).unwrap_err();
        assert!(matches!(error, LibraryError::Damaged(_)), "{error}");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is"), "left as it was");
    }

    #[test]
    fn a_full_disk_is_told_apart_and_keeps_what_was_written() {
        let (_folder, library) = library();
        let stamp = FileStamp { size: 1, modified_ms: 2 };
        let kept = library.add_recording(Path::new("/a/kept.wav"), stamp).unwrap();
        let pages: i64 = library.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        library.connection().pragma_update(None, "max_page_count", pages).unwrap();
        let scan = Scan { peaks: vec![7; 1_000_000], ..Scan::default() };
        let error = library.set_scan(kept, &scan).unwrap_err();
        assert!(matches!(error, LibraryError::Full), "{error}");
        assert_eq!(library.recording(kept).unwrap().name, "kept.wav");
    }
}
