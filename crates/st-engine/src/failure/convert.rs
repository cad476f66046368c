//! From the errors of the modules to failures.

use std::io;
use std::path::Path;

use st_audio::AudioError;

use super::{Action, Code, Failure};
use crate::library::LibraryError;
use crate::models::ModelsError;

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        let detail = error.to_string();
        match error {
            LibraryError::Busy => Self::new(Code::LibraryBusy, "Another program is using the library right now.")
                .hint("Wait a moment, then try again.")
                .action(Action::TryAgain),
            LibraryError::Full => disk_full(),
            LibraryError::ReadOnly => Self::new(Code::NoPermission, "The library cannot be written.")
                .hint("Check the permissions of the data folder."),
            LibraryError::TooNew => {
                Self::new(Code::LibraryTooNew, "The library was written by a newer version of this program.")
                    .hint("Install the newer version, or choose another data folder.")
            }
            LibraryError::Damaged(_) | LibraryError::Json(_) => {
                Self::new(Code::LibraryDamaged, "The library cannot be read: a part of its file is damaged.")
                    .hint("Put back a copy of the data folder, or choose another data folder.")
            }
            LibraryError::Open { path, .. } => {
                let message = format!("The library {} cannot be opened.", path.display());
                Self::new(Code::NoPermission, message).hint("Check the folder and its permissions.")
            }
            LibraryError::Io { path, source } => writing(&path, &source),
            LibraryError::NotFound { what, id } => {
                Self::new(Code::NotFound, format!("There is no {what} number {id} in the library."))
            }
            LibraryError::Conflict { .. } => Self::new(Code::Conflict, "The transcript was changed elsewhere.")
                .hint("Look at its newest state, then make the change again.")
                .action(Action::Reload),
            LibraryError::Sql(_) => Self::new(Code::LibraryDamaged, "The library could not do what was asked.")
                .hint("Try again; if it happens again, the detail says more."),
        }
        .detail(detail)
    }
}

impl From<AudioError> for Failure {
    fn from(error: AudioError) -> Self {
        let message = error.to_string();
        let code = match &error {
            AudioError::NotFound { .. } => Code::FileNotFound,
            AudioError::IsFolder { .. } => Code::IsFolder,
            AudioError::Empty { .. } => Code::EmptyFile,
            AudioError::NoPermission { .. } => Code::NoPermission,
            AudioError::NotAudio { .. } => Code::NotAudio,
            AudioError::NoSoundTrack { .. } => Code::NoSoundTrack,
            AudioError::UnsupportedCodec { .. } => Code::UnsupportedFormat,
            AudioError::Damaged { .. } => Code::DamagedAudio,
            AudioError::Io { .. } => Code::FileUnreadable,
        };
        Self::new(code, message).action(Action::ChooseFile)
    }
}

impl From<ModelsError> for Failure {
    fn from(error: ModelsError) -> Self {
        let message = error.to_string();
        let (code, action) = match error {
            ModelsError::NotInstalled { name } => (Code::ModelMissing, Some(Action::GetModel { model: name })),
            ModelsError::Unknown { .. } | ModelsError::WrongRole { .. } => {
                (Code::ModelMissing, Some(Action::ChooseModel))
            }
            ModelsError::Damaged { .. } | ModelsError::Foreign { .. } => {
                (Code::ModelDamaged, Some(Action::ChooseModel))
            }
            ModelsError::NotOurs { .. } => (Code::OutputReadOnly, None),
            ModelsError::Io { path, source, action } => {
                let code = match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::DiskFull,
                    io::ErrorKind::NotFound if action == "read" => Code::FileNotFound,
                    io::ErrorKind::PermissionDenied => Code::NoPermission,
                    io::ErrorKind::ReadOnlyFilesystem => Code::OutputReadOnly,
                    _ => Code::FileUnreadable,
                };
                return Self::new(code, message).detail(format!("{}: {source}", path.display()));
            }
            ModelsError::NoRoom { .. } => (Code::DiskFull, None),
            ModelsError::Busy { .. } => (Code::LibraryBusy, Some(Action::TryAgain)),
            ModelsError::Interrupted { .. } | ModelsError::Refused { .. } | ModelsError::Mismatch { .. } => {
                (Code::DownloadFailed, Some(Action::TryAgain))
            }
        };
        let failure = Self::new(code, message);
        match action {
            Some(action) => failure.action(action),
            None => failure,
        }
    }
}

fn disk_full() -> Failure {
    Failure::new(Code::DiskFull, "The disk is full. What is finished so far is saved.")
        .hint("Free some space, then continue.")
        .action(Action::TryAgain)
}

/// A file or folder of the data folder that cannot be written.
fn writing(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Failure::new(Code::OutputReadOnly, format!("{} cannot be written: permission is missing.", path.display()))
                .hint("Change its permissions, or choose another data folder.")
        }
        _ => Failure::new(Code::FileUnreadable, format!("{} cannot be used.", path.display()))
            .hint("Check the disk, or choose another data folder."),
    }
    .detail(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_one_code_wherever_it_comes_from() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = std::path::PathBuf::from("/data");
        for failure in [
            Failure::from(LibraryError::Full),
            Failure::from(LibraryError::Io { path: path.clone(), source: full() }),
            Failure::from(ModelsError::Io { path, action: "written", source: full() }),
        ] {
            assert_eq!(failure.code, Code::DiskFull);
        }
    }

    #[test]
    fn a_missing_model_offers_to_get_it() {
        let failure = Failure::from(ModelsError::NotInstalled { name: "small".into() });
        assert_eq!(failure.code, Code::ModelMissing);
        assert_eq!(failure.hint.unwrap().action, Some(Action::GetModel { model: "small".into() }));
    }

    #[test]
    fn what_is_wrong_with_a_file_keeps_its_words() {
        let failure = Failure::from(AudioError::NoSoundTrack { file: "film.mp4".into() });
        assert_eq!(failure.code, Code::NoSoundTrack);
        assert!(failure.message.contains("film.mp4"));
    }
}
