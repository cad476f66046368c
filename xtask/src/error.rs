//! Why a task ended early.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A task's failure, in words for developers.
#[derive(Debug, Error)]
pub enum Error {
    /// A program cannot be started.
    #[error("{program} cannot be started: {source}")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("`{command}` failed ({status})")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not the one that is pinned.
    #[error("{what} is not the pinned file: its SHA-256 is {found}, not {wanted}")]
    Mismatch {
        /// Which.
        what: String,
        /// SHA-256 that is pinned.
        wanted: &'static str,
        /// SHA-256 of the file.
        found: String,
    },
    /// A program's output is not what it should be.
    #[error("{what} cannot be understood: {reason}")]
    Unreadable {
        /// Which output or file.
        what: String,
        /// Why.
        reason: String,
    },
    /// Something must be installed by hand.
    #[error("{what} is missing here. Install it, then try again.")]
    Missing {
        /// What.
        what: String,
    },
    /// Rules of the design are broken; which, is printed already.
    #[error("{count} {what}")]
    Found {
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
    },
}

impl Error {
    /// For `map_err` at a file operation.
    pub fn file(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::File { path, source }
    }
}
