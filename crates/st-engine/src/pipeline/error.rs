//! What can end a job.

use std::io;
use std::path::PathBuf;

use st_audio::AudioError;

use crate::inference::InferenceError;
use crate::library::LibraryError;
use crate::models::ModelsError;

/// Why a job could not go on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The library.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The file.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A model.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Running a model.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The recogniser knows English only and something else was asked.
    #[error("the model {model} knows English only, and {language} was asked for")]
    EnglishOnly {
        /// Name of the model.
        model: String,
        /// Code of the language.
        language: String,
    },
    /// There is no such device.
    #[error("there is no device {0}")]
    NoDevice(String),
    /// A card did not pass its trial, and nothing else is there.
    #[error("{0}")]
    Untrusted(String),
    /// The file is not the one that the transcript was made from.
    #[error("{name} is not the file that the transcript was made from")]
    FileChanged {
        /// Name of the recording.
        name: String,
    },
    /// The recording could not be copied into the library.
    #[error("{} cannot be written: {source}", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
