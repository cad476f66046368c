//! What went wrong, in words for people. Module errors become a [`Failure`] in this folder and nowhere else.

mod convert;

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the note of a transcript without speakers begins, by which it is found when they are found later.
pub(crate) const NO_SPEAKERS: &str = "Speakers could not be told apart.";

/// Why something failed. A code exists only where the window or the command line reacts to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// There is no such file.
    FileNotFound,
    /// A folder was given where a file belongs.
    IsFolder,
    /// The file holds nothing.
    EmptyFile,
    /// The file is no audio and no video.
    NotAudio,
    /// The video has no sound track.
    NoSoundTrack,
    /// Audio, in a format that this program cannot read.
    UnsupportedFormat,
    /// The file may not be read.
    NoPermission,
    /// Audio whose data is damaged beyond reading.
    DamagedAudio,
    /// The file cannot be read for another reason (a broken disk, a network folder that is gone).
    FileUnreadable,
    /// The file is not the one that the job began with.
    FileChanged,
    /// A model is not on this computer.
    ModelMissing,
    /// A model file is damaged or of another kind.
    ModelDamaged,
    /// A model could not be fetched.
    DownloadFailed,
    /// The folder to write to does not exist.
    OutputMissing,
    /// The folder or file to write to cannot be written.
    OutputReadOnly,
    /// A file of that name exists already.
    OutputExists,
    /// The disk is full.
    DiskFull,
    /// Such a language is not known, or not to the chosen model.
    UnknownLanguage,
    /// The number of speakers makes no sense.
    SpeakersOutOfRange,
    /// There is no such export format.
    UnknownFormat,
    /// There is no such compute device.
    UnknownDevice,
    /// The program that runs the models is not there, or does not start.
    WorkerMissing,
    /// The program that runs the models ended unexpectedly, again and again.
    WorkerCrashed,
    /// Memory ran out.
    OutOfMemory,
    /// The models could not deal with this audio.
    RecognitionFailed,
    /// Another program holds the library.
    LibraryBusy,
    /// The library was written by a newer version.
    LibraryTooNew,
    /// The library cannot be read.
    LibraryDamaged,
    /// There is nothing to play sound on, or it is gone or in use.
    NoSoundOutput,
    /// There is nothing to record from, or it is gone or in use.
    NoInput,
    /// There is no such recording, job or transcript.
    NotFound,
    /// The transcript was changed elsewhere, or the job is in another state, than the caller thought.
    Conflict,
    /// An edit does not fit the transcript.
    EditRefused,
    /// What is looked for is no regular expression.
    BadPattern,
}

impl Code {
    /// The code as it stands in JSON: `file_not_found`.
    pub fn id(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(id)) => id,
            _ => format!("{self:?}"),
        }
    }
}

/// What a window can offer as a button beside the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Fetch this model.
    GetModel {
        /// Name in the registry.
        model: String,
    },
    /// Choose another model.
    ChooseModel,
    /// Choose another file, or show where it is.
    ChooseFile,
    /// Save under another name or in another folder.
    SaveElsewhere,
    /// Try the same again.
    TryAgain,
    /// Set the number of people.
    SetSpeakers,
    /// Look at the newest state first.
    Reload,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// One or two sentences.
    pub text: String,
    /// The button that does it, where there is one.
    pub action: Option<Action>,
}

/// Something that failed: for people, and for the code that reacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// What happened, to which file, and why: one plain sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<Hint>,
    /// For a report: the error as the library below worded it. May be empty.
    pub detail: String,
}

impl Failure {
    /// A failure without hint and detail.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, detail: String::new() }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(Hint { text: text.into(), action: None });
        self
    }

    /// The same with a button beside its advice (or instead of it, where there is none).
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        match &mut self.hint {
            Some(hint) => hint.action = Some(action),
            None => self.hint = Some(Hint { text: String::new(), action: Some(action) }),
        }
        self
    }

    /// The same with the words of the library below.
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }
}

/// The message and, after it, what to do.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) if !hint.text.is_empty() => write!(f, " {}", hint.text),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_one_line_and_survives_json() {
        let failure = Failure::new(Code::DiskFull, "The disk is full.")
            .hint("Free some space, then continue.")
            .action(Action::TryAgain)
            .detail("os error 28");
        assert_eq!(failure.to_string(), "The disk is full. Free some space, then continue.");
        let json = serde_json::to_string(&failure).unwrap();
        assert!(json.contains(r#""code":"disk_full""#), "{json}");
        assert_eq!(serde_json::from_str::<Failure>(&json).unwrap(), failure);
    }

    #[test]
    fn codes_have_the_name_that_json_shows() {
        assert_eq!(Code::SpeakersOutOfRange.id(), "speakers_out_of_range");
    }
}
