//! What is known of a recording besides its sound, kept beside the file and written anew at each change: whoever finds
//! the file after a crash finds this too.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::types::{Marker, RecordingGap};
use crate::ids::RecordingId;
use crate::jobs::JobSettings;
use crate::json_file;

/// Ending of the file names.
const ENDING: &str = "recording.json";

/// One input of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// As the system calls it.
    pub name: String,
    /// Id of the input.
    pub input: String,
    /// Whether it is the second one: what the computer plays.
    pub system: bool,
    /// First of its channels in the file, counted from 0.
    pub first_channel: u16,
    /// How many.
    pub channels: u16,
}

/// What is known of a recording.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Journal {
    /// Names it: when it began, as `20261128-120345`, with a number where two began in one second.
    pub id: String,
    /// The sound.
    pub file: PathBuf,
    /// Where the file was before it was discarded.
    pub home: Option<PathBuf>,
    /// When it began, RFC 3339 in UTC.
    pub started_at: String,
    /// Frames a second, as promised.
    pub rate: u32,
    /// Samples of a frame.
    pub channels: u16,
    /// What the channels are.
    pub parts: Vec<Part>,
    /// Marked places.
    pub markers: Vec<Marker>,
    /// Pauses and losses.
    pub gaps: Vec<RecordingGap>,
    /// Frames that were lost since the computer could not follow.
    pub lost_frames: u64,
    /// The rate by the clock, where it is far from the promised one.
    pub measured_rate: Option<u32>,
    /// How the whole is to be transcribed.
    pub job: JobSettings,
    /// Whether it is to become a recording of the library.
    pub keep: bool,
    /// Whether it is to be transcribed then.
    pub transcribe: bool,
    /// Whether the file is to become FLAC.
    pub flac: bool,
    /// Whether the file was ended as it should be.
    pub finished: bool,
    /// When it was discarded, RFC 3339 in UTC.
    pub discarded_at: Option<String>,
    /// What it became in the library.
    pub recording: Option<RecordingId>,
}

impl Journal {
    /// Where a journal lies.
    pub(crate) fn path(folder: &Path, id: &str) -> PathBuf {
        folder.join(format!("{id}.{ENDING}"))
    }

    /// Writes it: beside the old one first, then in its place.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        json_file::write(&Self::path(folder, &self.id), self)
    }

    /// Reads one.
    pub(crate) fn read(folder: &Path, id: &str) -> io::Result<Self> {
        // Ids come from the window too.
        if id.contains(['/', '\\']) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(serde_json::from_slice(&std::fs::read(Self::path(folder, id))?)?)
    }

    /// All that lie in a folder, the oldest first. One that cannot be read is left out.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(id) = name.strip_suffix(ENDING).and_then(|name| name.strip_suffix('.')) else { continue };
            match Self::read(folder, id) {
                Ok(journal) => found.push(journal),
                Err(error) => tracing::warn!(%error, "the journal of a recording cannot be read"),
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    /// The one of a recording of the library; none where it was not recorded here.
    pub(crate) fn of(folder: &Path, recording: RecordingId) -> Option<Self> {
        Self::all(folder).into_iter().find(|journal| journal.recording == Some(recording))
    }

    /// Removes what is known of a recording that the library no longer has.
    pub(crate) fn forget(folder: &Path, recording: RecordingId) {
        for journal in Self::all(folder).into_iter().filter(|journal| journal.recording == Some(recording)) {
            Self::remove(folder, &journal.id);
        }
    }

    /// Removes it.
    pub(crate) fn remove(folder: &Path, id: &str) {
        // One that is gone already is as good.
        drop(std::fs::remove_file(Self::path(folder, id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_come_back_in_order_and_damaged_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for id in ["20261128-120346", "20261128-120345"] {
            let journal = Journal { id: id.into(), keep: true, ..Journal::default() };
            journal.write(folder.path()).unwrap();
        }
        std::fs::write(Journal::path(folder.path(), "broken"), "{").unwrap();
        let ids: Vec<String> = Journal::all(folder.path()).into_iter().map(|journal| journal.id).collect();
        assert_eq!(ids, ["20261128-120345", "20261128-120346"]);
        assert!(Journal::read(folder.path(), "../../etc/passwd").is_err());
        Journal::remove(folder.path(), "20261128-120345");
        assert_eq!(Journal::all(folder.path()).len(), 1);
    }
}
