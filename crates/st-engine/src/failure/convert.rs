//! From the errors of the modules to failures.

use std::io;
use std::path::Path;

use st_audio::AudioError;
use st_audio::capture::CaptureError;
use st_audio::playback::DeviceError;

use st_worker_protocol::WorkerError;

use super::{Action, Code, Failure, NO_SPEAKERS};
use crate::engine::not_made;
use crate::export_file::ExportError;
use crate::inference::{InferenceError, Reason};
use crate::languages;
use crate::library::LibraryError;
use crate::models::ModelsError;
use crate::pipeline::PipelineError;
use crate::settings::SettingsError;

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
            LibraryError::Edit(_) => Self::new(Code::EditRefused, "This change does not fit the transcript.")
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

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let (message, hint) = match &error {
            DeviceError::None => (
                "This computer has nothing that sound can be played on.",
                "Connect loudspeakers or headphones, or switch them on in the sound settings, then play again.",
            ),
            DeviceError::Busy => {
                ("The loudspeakers are in use by another program.", "Close that program, then play again.")
            }
            DeviceError::Lost(_) => (
                "The loudspeakers or headphones were unplugged or switched off.",
                "Play again; then those are taken that are there.",
            ),
            DeviceError::Refused(_) => (
                "The loudspeakers cannot be used.",
                "Choose others in the sound settings of this computer, then play again.",
            ),
        };
        Self::new(Code::NoSoundOutput, message).hint(hint).action(Action::TryAgain).detail(error)
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        let (code, message, hint) = match &error {
            CaptureError::None => (
                Code::NoInput,
                "There is no microphone, or the chosen one is not plugged in.",
                "Plug one in or choose another, then record again.",
            ),
            CaptureError::Busy => (
                Code::NoInput,
                "The microphone is in use by another program.",
                "Close that program, then record again.",
            ),
            CaptureError::NoPermission(_) => (
                Code::NoPermission,
                "The system does not let this program use the microphone.",
                if cfg!(target_os = "macos") {
                    "Allow it in System Settings › Privacy & Security › Microphone, then record again."
                } else if cfg!(target_os = "windows") {
                    "Allow it in Settings › Privacy & security › Microphone, then record again."
                } else {
                    "Allow it in the privacy settings of this computer, then record again."
                },
            ),
            CaptureError::Lost(_) => {
                (Code::NoInput, "The microphone was unplugged or switched off.", "Plug it in again, or choose another.")
            }
            CaptureError::Refused(_) => {
                (Code::NoInput, "The microphone cannot be used.", "Choose another one, or try it with another program.")
            }
        };
        Self::new(code, message).hint(hint).action(Action::TryAgain).detail(error)
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
            ModelsError::NotOurs { .. } | ModelsError::Taken { .. } => (Code::OutputReadOnly, None),
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

impl From<InferenceError> for Failure {
    fn from(error: InferenceError) -> Self {
        let detail = error.to_string();
        match error {
            InferenceError::Missing(_) => {
                Self::new(Code::WorkerMissing, "A part of this program is missing: the one that runs the models.")
                    .hint("Install the program again.")
            }
            InferenceError::NoStart { .. } => {
                Self::new(Code::WorkerMissing, "The part of this program that runs the models does not start.")
                    .hint("Install the program again; the detail says what the system answered.")
            }
            InferenceError::OtherVersion(_) => Self::new(
                Code::WorkerMissing,
                "The part of this program that runs the models is of another version than the rest.",
            )
            .hint("Install the program again."),
            InferenceError::Died(death) if death.reason == Reason::OutOfMemory => {
                Self::new(Code::OutOfMemory, "The memory of this computer ran out. What is finished so far is saved.")
                    .hint("Close other programs or choose a smaller model, then continue.")
                    .action(Action::ChooseModel)
            }
            InferenceError::Died(_) | InferenceError::Protocol(_) => Self::new(
                Code::WorkerCrashed,
                "The part of this program that runs the models ended again and again. What is finished so far is saved.",
            )
            .hint("Try again, or choose another model.")
            .action(Action::TryAgain),
            InferenceError::Refused(WorkerError::ModelLoad { path, .. }) => {
                Self::new(Code::ModelDamaged, format!("The model {} cannot be loaded.", path.display()))
                    .hint("Remove it and get it again, or choose another one.")
                    .action(Action::ChooseModel)
            }
            InferenceError::Refused(WorkerError::NoDevice { id }) => no_device(&id),
            InferenceError::Refused(WorkerError::Processor { lacks }) => Self::new(
                Code::RecognitionFailed,
                format!("The processor of this computer is too old to run the models: it has no {lacks}."),
            )
            .hint("Use a computer with a newer one; most since 2015 will do."),
            InferenceError::Refused(_) => {
                Self::new(Code::RecognitionFailed, "The models could not deal with this recording.")
                    .hint("Try again, or choose another model.")
                    .action(Action::TryAgain)
            }
        }
        .detail(detail)
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Library(error) => error.into(),
            PipelineError::Audio(error) => error.into(),
            PipelineError::Models(error) => error.into(),
            PipelineError::Inference(error) => error.into(),
            PipelineError::EnglishOnly { model, language } => Self::english_only(&model, &language),
            PipelineError::NoDevice(id) => no_device(&id),
            PipelineError::Untrusted(why) => Self::new(Code::UnknownDevice, why)
                .hint("Install the newest driver of the graphics card, or choose the processor."),
            PipelineError::FileChanged { name } => Self::new(
                Code::FileChanged,
                format!("“{name}” is not the file any more that the transcript was made from."),
            )
            .hint("Put the original file back, or transcribe the new one.")
            .action(Action::ChooseFile),
            PipelineError::Copy { path, source } => writing(&path, &source),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let detail = error.to_string();
        match error {
            ExportError::NoFolder(folder) => {
                Self::new(Code::OutputMissing, format!("The folder {} does not exist.", folder.display()))
                    .hint("Make it, or choose another one.")
            }
            ExportError::Exists(path) => Self::new(Code::OutputExists, format!("{} exists already.", path.display()))
                .hint("Choose another name."),
            ExportError::Name { path, why } => {
                Self::new(Code::OutputReadOnly, format!("{} was not saved: {why}.", path.display()))
                    .hint("Choose another name.")
            }
            ExportError::Io { path, source } => unwritten(&path.display().to_string(), source.kind()),
            ExportError::Content { source, .. } => not_made(&source),
            ExportError::ReadBack { path, .. } => Self::new(
                Code::OutputReadOnly,
                format!("{} was not saved: the disk did not keep what was written.", path.display()),
            )
            .hint("Check the disk, or save elsewhere."),
        }
        .action(Action::SaveElsewhere)
        .detail(detail)
    }
}

/// The failure for a file that the system did not let be written.
fn unwritten(path: &str, kind: io::ErrorKind) -> Failure {
    let (code, why, hint) = match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Code::DiskFull, "the disk is full", "Free some space, or save elsewhere.")
        }
        io::ErrorKind::FileTooLarge => {
            (Code::DiskFull, "the file is too large for this disk", "Save it on another disk.")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (Code::OutputReadOnly, "the folder cannot be written", "Change its permissions, or save elsewhere.")
        }
        io::ErrorKind::IsADirectory => (Code::OutputExists, "a folder has this name", "Choose another name."),
        io::ErrorKind::InvalidFilename => {
            (Code::OutputReadOnly, "the name or the path is too long", "Choose a shorter name, or another folder.")
        }
        io::ErrorKind::StaleNetworkFileHandle
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::TimedOut => {
            (Code::OutputMissing, "the network folder cannot be reached", "Connect it again, or save elsewhere.")
        }
        io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy => {
            (Code::OutputReadOnly, "another program has the file open", "Close it there, or choose another name.")
        }
        _ => (Code::OutputReadOnly, "the disk does not take it", "Check the disk, or save elsewhere."),
    };
    Failure::new(code, format!("{path} was not saved: {why}.")).hint(hint)
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        writing(&error.path, &error.source)
    }
}

impl Failure {
    /// Nothing is loaded that could be played.
    pub(crate) fn nothing_loaded() -> Self {
        Self::new(Code::NotFound, "No recording is open that could be played.").hint("Open one, then play it.")
    }

    /// The warning of a job whose speakers could not be told apart.
    pub(crate) fn speakers(why: &str) -> Self {
        Self::new(Code::RecognitionFailed, format!("{NO_SPEAKERS} {why} The text is complete."))
            .hint("Find the speakers again later, or set their number.")
            .action(Action::SetSpeakers)
    }

    /// A recogniser for English was asked for something else.
    pub(crate) fn english_only(model: &str, language: &str) -> Self {
        let language = languages::name_of(language);
        Self::new(Code::UnknownLanguage, format!("The model “{model}” knows English only, not {language}."))
            .hint("Choose a model without “.en” in its name.")
            .action(Action::ChooseModel)
    }

    /// The file of a recording, or its folder, that cannot be written.
    pub(crate) fn record_file(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::new(
                Code::DiskFull,
                format!("The disk is full. Everything recorded until then is in {}.", path.display()),
            )
            .hint("Free some space, then record on."),
            io::ErrorKind::NotFound => {
                Self::new(Code::OutputMissing, format!("The folder of {} is not there.", path.display()))
                    .hint("Make it, or choose another one.")
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::new(Code::OutputReadOnly, format!("{} cannot be written: permission is missing.", path.display()))
                    .hint("Change its permissions, or choose another place.")
            }
            _ => Self::new(Code::FileUnreadable, format!("{} cannot be written.", path.display()))
                .hint("Check the disk, or choose another place. What was recorded until then is kept."),
        }
        .detail(error)
    }

    /// A lock file or a folder of the data folder that cannot be written.
    pub(crate) fn data_folder(path: &Path, error: &io::Error) -> Self {
        writing(path, error)
    }
}

fn no_device(id: &str) -> Failure {
    Failure::new(Code::UnknownDevice, format!("There is no device “{id}” on this computer."))
        .hint("Choose “auto”, or one that the list of devices names.")
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
