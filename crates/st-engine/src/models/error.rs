//! What can go wrong with models, in words for people: what happened, why, what to do next.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A failure around models.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// A known model is not in any models folder.
    #[error("The model “{name}” is not on this computer. Get it with: securetranscribe models get {name}")]
    NotInstalled {
        /// Its name.
        name: String,
    },
    /// No model has this name.
    #[error("There is no model “{name}”.{} See the names with: securetranscribe models list", did_you_mean(.suggestion))]
    Unknown {
        /// As asked.
        name: String,
        /// A known name that is close.
        suggestion: Option<&'static str>,
    },
    /// The model does something else than is asked of it here.
    #[error("“{name}” is not a model that writes text. See the names with: securetranscribe models list")]
    WrongRole {
        /// Its name.
        name: String,
    },
    /// The file is cut short or its content is not consistent.
    #[error("The model {} is damaged: {reason}. Remove it and get it again.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: String,
    },
    /// The file is something else.
    #[error("{} is not a model that this program can use: {reason}.", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is, as far as can be told.
        reason: String,
    },
    /// Another model has the name.
    #[error("There is another model “{name}” already: {}. Remove it or give the file another name.", path.display())]
    Taken {
        /// The name.
        name: String,
        /// The file that has it.
        path: PathBuf,
    },
    /// The file lies where this program only reads.
    #[error("The model {} lies outside this program's own folder. Delete it by hand where it is.", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("{} cannot be {action}: {}.", path.display(), plain(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `read`, `written`, `removed`.
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file system has too little room.
    #[error("There is too little room in {} for “{name}”: it needs {} more. Free some space, then try again.", dir.display(), megabytes(*missing))]
    NoRoom {
        /// The model.
        name: String,
        /// Where it was to go.
        dir: PathBuf,
        /// Bytes that lack.
        missing: u64,
    },
    /// Another process loads the same model.
    #[error("Another copy of this program is getting “{name}” right now. Wait until it is done.")]
    Busy {
        /// The model.
        name: String,
    },
    /// The server cannot be reached, or broke off again and again. What has come is kept.
    #[error("“{name}” could not be fetched: {reason}. {}", then(*received))]
    Interrupted {
        /// The model.
        name: String,
        /// Why, in plain words.
        reason: String,
        /// Bytes that have come so far.
        received: u64,
    },
    /// The server answered with something else than the model.
    #[error("“{name}” could not be fetched: {reason}. Nothing was kept.")]
    Refused {
        /// The model.
        name: String,
        /// Why, in plain words.
        reason: String,
    },
    /// All bytes came, but they are not the model.
    #[error(
        "What the server sent for “{name}” is not that model (its SHA-256 is {found}). It was thrown away; try again later."
    )]
    Mismatch {
        /// The model.
        name: String,
        /// SHA-256 of what came.
        found: String,
    },
}

impl ModelsError {
    /// For `map_err` at a file operation.
    pub(crate) fn io(path: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

fn did_you_mean(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or_else(String::new, |s| format!(" Did you mean “{s}”?"))
}

fn then(received: u64) -> String {
    match received {
        0 => "Try again later.".into(),
        _ => format!("{} are kept; the next try goes on from there.", megabytes(received)),
    }
}

/// Decimal megabytes, as file managers show them.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// An operating system's reason in words, without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".into(),
        io::ErrorKind::PermissionDenied => "permission is missing".into(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".into(),
        io::ErrorKind::ReadOnlyFilesystem => "it is write-protected".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_whole_sentences() {
        let e = ModelsError::NotInstalled { name: "base".into() };
        assert_eq!(
            e.to_string(),
            "The model “base” is not on this computer. Get it with: securetranscribe models get base"
        );
        let e = ModelsError::Unknown { name: "bas".into(), suggestion: Some("base") };
        assert!(e.to_string().contains("Did you mean “base”?"), "{e}");
        let e = ModelsError::Interrupted { name: "base".into(), reason: "the server fell silent".into(), received: 0 };
        assert!(e.to_string().ends_with("fell silent. Try again later."), "{e}");
    }

    #[test]
    fn the_systems_reason_loses_its_number() {
        let e = io::Error::from_raw_os_error(28);
        assert_eq!(plain(&e), "the disk is full");
        let e = io::Error::other("Something odd (os error 99)");
        assert_eq!(plain(&e), "something odd");
    }
}
