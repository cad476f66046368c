//! Taking in transcripts that come as files, with a recording or without.

use std::io;
use std::path::{Path, PathBuf};

use st_core::time::Millis;
use st_core::transcript::Transcript;
use st_export::import::{self, ImportError};

use super::Engine;
use crate::event::Event;
use crate::failure::{Action, Code, Failure};
use crate::ids::{RecordingId, TranscriptId};
use crate::library::{FileStamp, Scan};
use crate::pipeline;

/// What became of a transcript file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The recording that it belongs to now.
    pub recording: RecordingId,
    /// The transcript.
    pub transcript: TranscriptId,
}

impl Engine {
    /// Takes in a transcript: JSON of this program, SRT, VTT or plain text with times. With `audio` it belongs to that
    /// recording, which is read once for its length, its waveform and its SHA-256 (about a minute for ten hours);
    /// without, the library has a recording that shows, searches, exports and has no sound.
    ///
    /// # Errors
    /// [`Code::FileNotFound`], [`Code::EmptyFile`], [`Code::UnsupportedFormat`] and the like for the file, and what
    /// [`Engine::enqueue`] says about a recording that cannot be read.
    pub fn import_transcript(&self, file: &Path, audio: Option<&Path>) -> Result<Imported, Failure> {
        let mut document = read(file)?;
        if document.provenance.program.is_empty() {
            document.provenance.program = concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")).into();
            document.provenance.notes.push(format!("The text was taken in from the file “{}”.", name_of(file)));
        }
        let imported = match audio {
            Some(audio) => self.import_with_sound(document, audio)?,
            None => self.import_without_sound(document, file)?,
        };
        tracing::info!(recording = imported.recording.0, "a transcript was taken in");
        self.publish(&Event::LibraryChanged);
        Ok(imported)
    }

    fn import_with_sound(&self, mut document: Transcript, audio: &Path) -> Result<Imported, Failure> {
        st_audio::probe(audio)?;
        let audio = std::path::absolute(audio).unwrap_or_else(|_| audio.to_path_buf());
        let mut scan = pipeline::read_through(&audio)?;
        let stamp = FileStamp::at(&audio).map_err(|e| Failure::data_folder(&audio, &e))?;
        let recording = self.library().add_recording(&audio, stamp)?;
        let known = self.library().recording(recording)?;
        // A transcript of this program knows its recording; another one belongs to the file that was named.
        if document.recording.sha256 != scan.sha256 {
            document.recording.name = name_of(&audio);
            document.recording.sha256.clone_from(&scan.sha256);
        }
        document.recording.duration_ms = scan.duration.0.max(document.end().0);
        scan.regions = st_core::coverage::union(document.utterances.iter().map(|u| u.span).collect());
        if known.sha256.as_ref() != Some(&scan.sha256) {
            self.library().set_scan(recording, &scan)?;
        }
        let transcript = self.library().add_transcript(recording, &document)?;
        Ok(Imported { recording, transcript })
    }

    fn import_without_sound(&self, mut document: Transcript, file: &Path) -> Result<Imported, Failure> {
        if document.recording.name.is_empty() {
            document.recording.name = file.file_stem().map_or_else(|| name_of(file), |s| s.to_string_lossy().into());
        }
        document.recording.duration_ms = document.recording.duration_ms.max(document.end().0);
        let recording = self.library().add_soundless(&document.recording.name)?;
        // Its length is known, and the hash of its recording where the file told it: so the recording can be found later.
        let scan = Scan {
            sha256: document.recording.sha256.clone(),
            duration: Millis(document.recording.duration_ms),
            regions: st_core::coverage::union(document.utterances.iter().map(|u| u.span).collect()),
            ..Scan::default()
        };
        self.library().set_scan(recording, &scan)?;
        let transcript = self.library().add_transcript(recording, &document)?;
        Ok(Imported { recording, transcript })
    }

    /// A recording beside a transcript file that has its name: `talk.srt` and `talk.mp3`. Its content is looked at.
    pub fn audio_beside(&self, file: &Path) -> Option<PathBuf> {
        let stem = file.file_stem()?;
        let mut beside: Vec<PathBuf> = std::fs::read_dir(file.parent()?)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path != file && path.file_stem() == Some(stem) && path.is_file())
            .collect();
        beside.sort();
        beside.into_iter().find(|path| st_audio::probe(path).is_ok())
    }
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A file that somebody chose and that cannot be read.
pub(super) fn unreadable(file: &Path, error: io::Error) -> Failure {
    let name = name_of(file);
    let (code, message) = match error.kind() {
        io::ErrorKind::NotFound => (Code::FileNotFound, format!("There is no file “{name}”.")),
        io::ErrorKind::PermissionDenied => (Code::NoPermission, format!("“{name}” may not be read.")),
        _ => (Code::FileUnreadable, format!("“{name}” cannot be read.")),
    };
    Failure::new(code, message).action(Action::ChooseFile).detail(error)
}

fn read(file: &Path) -> Result<Transcript, Failure> {
    let name = name_of(file);
    let metadata = std::fs::metadata(file).map_err(|error| unreadable(file, error))?;
    if metadata.is_dir() {
        return Err(Failure::new(Code::IsFolder, format!("“{name}” is a folder, and a file is needed.")));
    }
    if metadata.len() > import::MOST_BYTES {
        return Err(Failure::new(Code::UnsupportedFormat, format!("“{name}” is too large for a transcript."))
            .hint("Choose a file with text. To transcribe a recording, add it as one."));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    import::import(&bytes).map_err(|error| refused(&name, &error))
}

fn refused(name: &str, error: &ImportError) -> Failure {
    let (code, message, hint) = match error {
        ImportError::Empty => (Code::EmptyFile, format!("“{name}” is empty."), "Choose another file."),
        ImportError::NotText => (
            Code::UnsupportedFormat,
            format!("“{name}” is not text in UTF-8."),
            "Save it as UTF-8 in a text editor. To transcribe a recording, add it as one.",
        ),
        ImportError::ForeignJson => (
            Code::UnsupportedFormat,
            format!("“{name}” is JSON of another program."),
            "JSON that this program exported can be taken in, and SRT, VTT or text with times.",
        ),
        ImportError::DamagedJson(_) => (
            Code::FileUnreadable,
            format!("“{name}” is a transcript of this program, and damaged."),
            "Export it again, or choose a copy.",
        ),
        ImportError::NoTimes => (
            Code::UnsupportedFormat,
            format!("“{name}” has no times, so its text cannot be put to a recording."),
            "A time belongs before each paragraph: [00:01:02] Name: text.",
        ),
        ImportError::Times { line } => (
            Code::FileUnreadable,
            format!("“{name}” has times that cannot be, in line {line}."),
            "Correct that line, then try again.",
        ),
        ImportError::NoText => (Code::EmptyFile, format!("“{name}” has times and no text."), "Choose another file."),
    };
    Failure::new(code, message).hint(hint).action(Action::ChooseFile).detail(error)
}
