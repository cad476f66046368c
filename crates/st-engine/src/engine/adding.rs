//! Taking files into the library: what lies in folders, what is there already, what cannot be used.

use std::path::{Path, PathBuf};

use serde::Serialize;
use walkdir::{DirEntry, WalkDir};

use super::Engine;
use crate::failure::{Code, Failure};
use crate::ids::RecordingId;
use crate::jobs::{Job, JobSettings};
use crate::library::{FileStamp, Recording};
use crate::models::verify;

/// Folders within folders are followed this deep.
const DEEPEST: usize = 16;
/// So many files that are no recordings are named; the rest is counted.
const NAMED: usize = 3;

/// What came of adding files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Added {
    /// Jobs that wait or run for them now.
    pub jobs: Vec<Job>,
    /// Files that were not taken, and why.
    pub refused: Vec<Failure>,
    /// Files that are in the library already and were not added.
    pub duplicates: Vec<Duplicate>,
}

/// A file whose content the library has a recording of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The file.
    pub path: PathBuf,
    /// The recording with the same content.
    pub recording: RecordingId,
    /// Its name in the library.
    pub name: String,
}

impl Engine {
    /// Adds files, and the recordings in folders. One that is refused does not stop the rest. What the library has
    /// already, by content, is reported and not added unless `again` says so.
    pub fn add_files(&self, paths: &[PathBuf], settings: &JobSettings, again: bool) -> Added {
        let mut added = Added::default();
        for path in paths {
            if path.is_dir() {
                self.add_folder(path, settings, again, &mut added);
            } else if let Err(failure) = self.add_one(path, settings, again, &mut added) {
                added.refused.push(failure);
            }
        }
        added
    }

    fn add_one(&self, path: &Path, settings: &JobSettings, again: bool, added: &mut Added) -> Result<(), Failure> {
        st_audio::probe(path)?;
        if !again && let Some(known) = self.known(path)? {
            added.duplicates.push(Duplicate { path: path.to_path_buf(), recording: known.id, name: known.name });
            return Ok(());
        }
        added.jobs.push(self.enqueue(path, settings)?);
        Ok(())
    }

    fn add_folder(&self, folder: &Path, settings: &JobSettings, again: bool, added: &mut Added) {
        let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        let walk = WalkDir::new(folder).max_depth(DEEPEST).sort_by_file_name().into_iter();
        let (mut taken, mut others) = (0, Vec::new());
        for entry in walk.filter_entry(|entry| !hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => match self.add_one(entry.path(), settings, again, added) {
                    Ok(()) => taken += 1,
                    Err(failure) if matches!(failure.code, Code::NotAudio | Code::EmptyFile | Code::NoSoundTrack) => {
                        others.push(entry.file_name().to_string_lossy().into_owned());
                    }
                    Err(failure) => added.refused.push(failure),
                },
                Ok(_) => {}
                Err(error) => {
                    let name = error.path().unwrap_or(folder).display().to_string();
                    let failure = Failure::new(Code::NoPermission, format!("“{name}” cannot be read."));
                    added.refused.push(failure.hint("Allow it in the file manager, then drop it again.").detail(error));
                }
            }
        }
        if taken == 0 || !others.is_empty() {
            added.refused.push(not_recordings(folder, taken, &others));
        }
    }

    /// The recording that has this file's content: the same file, or one of the same length and hash. A recording whose
    /// job has not ended well is no duplicate: adding its file again goes on with the job.
    fn known(&self, path: &Path) -> Result<Option<Recording>, Failure> {
        let metadata = std::fs::metadata(path).map_err(|e| Failure::data_folder(path, &e))?;
        let stamp = FileStamp::of(&metadata);
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        if let Some(same) = self.library().recording_of(&absolute, stamp)? {
            let recording = self.library().recording(same)?;
            return Ok((!recording.transcripts.is_empty()).then_some(recording));
        }
        let candidates = self.library().recordings_of_size(stamp.size)?;
        if candidates.is_empty() {
            return Ok(None);
        }
        let sha256 = verify::sha256(path)?;
        match candidates.into_iter().find(|(_, known)| *known == sha256) {
            Some((id, _)) => Ok(Some(self.library().recording(id)?)),
            None => Ok(None),
        }
    }
}

fn not_recordings(folder: &Path, taken: usize, others: &[String]) -> Failure {
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let mut named = others.iter().take(NAMED).map(|n| format!("“{n}”")).collect::<Vec<_>>().join(", ");
    if others.len() > NAMED {
        named = format!("{named} and {} more", others.len() - NAMED);
    }
    let message = match (taken, others.len()) {
        (0, 0) => format!("The folder “{name}” is empty."),
        (0, _) => format!("There is no recording in the folder “{name}”: {named}."),
        (_, 1) => format!("One file in the folder “{name}” is no recording and was left out: {named}."),
        (_, count) => format!("{count} files in the folder “{name}” are no recordings and were left out: {named}."),
    };
    Failure::new(Code::NotAudio, message)
}
