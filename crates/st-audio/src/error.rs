//! What can be wrong with a sound file, in words for the person who dropped it.
//!
//! Each text says what happened to which file, why, and what to do next. The engine turns each variant into a code.

use std::io;
use std::path::Path;

use st_core::time::Millis;
use thiserror::Error;

/// Why a file gives no sound. `file` is the file's name without its folder.
#[derive(Debug, Error)]
pub enum AudioError {
    /// Nothing is there under this path.
    #[error("“{file}” was not found. It may have been moved, renamed or deleted. Choose it again.")]
    NotFound {
        /// Name of the file.
        file: String,
    },
    /// The path is a folder.
    #[error("“{file}” is a folder. Choose the recordings inside it.")]
    IsFolder {
        /// Name of the folder.
        file: String,
    },
    /// The file has no bytes, or a header and no sound after it.
    #[error("“{file}” is empty: there is no sound in it. Copy or export the recording again.")]
    Empty {
        /// Name of the file.
        file: String,
    },
    /// The system does not let this user read the file.
    #[error("“{file}” could not be opened: this user has no permission to read it. Change its permissions or copy it.")]
    NoPermission {
        /// Name of the file.
        file: String,
    },
    /// The content is something else than sound or video.
    #[error("“{file}” is not audio or video.{} Choose the recording itself.", looks(.looks_like))]
    NotAudio {
        /// Name of the file.
        file: String,
        /// What the content looks like, with its article: `a PDF`.
        looks_like: Option<String>,
    },
    /// A video whose tracks hold no sound.
    #[error("“{file}” is a video without a sound track, so there is nothing to transcribe.")]
    NoSoundTrack {
        /// Name of the file.
        file: String,
    },
    /// Sound in a format that no decoder here reads.
    #[error(
        "“{file}” is in a format this program can't read yet ({name}). Convert it to WAV or MP3, then choose that."
    )]
    UnsupportedCodec {
        /// Name of the file.
        file: String,
        /// Usual name of the format.
        name: String,
    },
    /// The container or its first sound is broken, so that nothing can be read.
    #[error("“{file}” is damaged{} and can't be read. Copy or export the recording again.", at_time(.at))]
    Damaged {
        /// Name of the file.
        file: String,
        /// How far it could be read.
        at: Option<Millis>,
    },
    /// The disk or the network drive failed while reading.
    #[error("“{file}” could not be read: {source}. Check the disk or the connection, then try again.")]
    Io {
        /// Name of the file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
}

fn looks(looks_like: &Option<String>) -> String {
    looks_like.as_ref().map(|what| format!(" It looks like {what}.")).unwrap_or_default()
}

fn at_time(at: &Option<Millis>) -> String {
    at.map(|at| format!(" at {at}")).unwrap_or_default()
}

impl AudioError {
    /// The error for a failed read or open of `path`.
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let file = file_name(path);
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { file },
            io::ErrorKind::PermissionDenied => Self::NoPermission { file },
            io::ErrorKind::IsADirectory => Self::IsFolder { file },
            _ => Self::Io { file, source },
        }
    }
}

/// The last part of a path, for people; bytes that are no text are replaced.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_the_file_the_reason_and_what_to_do() {
        let file = || "talk.mp3".to_string();
        let texts = [
            AudioError::NotAudio { file: file(), looks_like: Some("a PDF".into()) }.to_string(),
            AudioError::NotAudio { file: file(), looks_like: None }.to_string(),
            AudioError::Damaged { file: file(), at: Some(Millis(61_000)) }.to_string(),
            AudioError::UnsupportedCodec { file: file(), name: "AMR".into() }.to_string(),
        ];
        assert_eq!(texts[0], "“talk.mp3” is not audio or video. It looks like a PDF. Choose the recording itself.");
        assert_eq!(texts[1], "“talk.mp3” is not audio or video. Choose the recording itself.");
        assert_eq!(texts[2], "“talk.mp3” is damaged at 1:01 and can't be read. Copy or export the recording again.");
        assert!(texts[3].contains("(AMR)"));
    }

    #[test]
    fn the_folder_is_not_part_of_the_name() {
        assert_eq!(file_name(Path::new("/home/ann/a b.wav")), "a b.wav");
    }
}
