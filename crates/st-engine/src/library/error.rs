//! What can go wrong with the library.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the library could not do something.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Another process holds it for longer than is waited for.
    #[error("the library is in use by another program")]
    Busy,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// It may not be written.
    #[error("the library cannot be written")]
    ReadOnly,
    /// A newer version wrote it.
    #[error("the library was written by a newer version")]
    TooNew,
    /// It is no library, or a damaged one.
    #[error("the library is damaged: {0}")]
    Damaged(String),
    /// It cannot be opened.
    #[error("{} cannot be opened: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why, in SQLite's words.
        reason: String,
    },
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `recording`, `job`, `transcript` or `voice`.
        what: &'static str,
        /// As asked.
        id: i64,
    },
    /// The transcript has another revision than the caller saw.
    #[error("the transcript has revision {actual}, not {seen}")]
    Conflict {
        /// What the caller saw.
        seen: u64,
        /// What is there.
        actual: u64,
    },
    /// The edit does not fit the transcript.
    #[error(transparent)]
    Edit(#[from] st_core::edit::EditError),
    /// A value in the library cannot be read.
    #[error("a value in the library cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Anything else that SQLite says.
    #[error(transparent)]
    Sql(rusqlite::Error),
}

impl LibraryError {
    pub(super) fn open(path: &Path, error: rusqlite::Error) -> Self {
        match Self::from(error) {
            Self::Sql(error) => Self::Open { path: path.to_path_buf(), reason: error.to_string() },
            other => other,
        }
    }
}

/// SQLite's extended code of a write that the file system refused, most often for lack of space
/// (`SQLITE_IOERR_WRITE`).
const IOERR_WRITE: i32 = 778;

impl From<rusqlite::Error> for LibraryError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(inner, _) = &error else {
            return Self::Sql(error);
        };
        match inner.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::SystemIoFailure if inner.extended_code == IOERR_WRITE => Self::Full,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}
