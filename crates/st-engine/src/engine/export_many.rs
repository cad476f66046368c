//! Several transcripts in several formats at once, and what should be known before one is given away.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use st_export::{ExportOptions, exporter};

use super::Engine;
use super::exporting::unknown_format;
use crate::export_file::Existing;
use crate::failure::Failure;
use crate::file_names::{numbered, stem};
use crate::ids::TranscriptId;
use crate::library::title;

/// Speech without words that a reader should be warned of, in milliseconds: shorter holes are marked in the text.
const UNFINISHED_MS: u64 = 10_000;
/// Why a transcript should be looked at before it leaves the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It has no words.
    Empty,
    /// At least ten seconds of speech have no words.
    Unfinished,
}

/// A file that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The transcript in it.
    pub transcript: TranscriptId,
    /// Id of the format.
    pub format: String,
    /// Where.
    pub path: PathBuf,
    /// Whether a file is there.
    pub exists: bool,
}

impl Engine {
    /// A file name for a transcript in a format: the title of its recording, without what file systems refuse.
    pub fn export_name(&self, id: TranscriptId, format: &str) -> Result<String, Failure> {
        let exporter = exporter(format).ok_or_else(|| unknown_format(format))?;
        Ok(format!("{}.{}", stem(&self.transcript_title(id)?), exporter.extension()))
    }

    /// What a transcript is called: the title of its recording.
    pub fn transcript_title(&self, id: TranscriptId) -> Result<String, Failure> {
        Ok(title(&self.library().recording_name(id)?).to_owned())
    }

    /// What should be known about a transcript before it is given away.
    pub fn export_doubt(&self, id: TranscriptId) -> Result<Option<Doubt>, Failure> {
        let document = self.transcript(id)?.document;
        let empty = document.utterances.iter().all(|utterance| utterance.text.trim().is_empty());
        let unfinished = document.coverage.speech_without_words_ms >= UNFINISHED_MS;
        Ok(if empty { Some(Doubt::Empty) } else { unfinished.then_some(Doubt::Unfinished) })
    }

    /// The files that [`Engine::export_many`] would write into a folder. Two of the same name get numbers.
    pub fn export_plan(
        &self,
        transcripts: &[TranscriptId],
        formats: &[String],
        folder: &Path,
    ) -> Result<Vec<Planned>, Failure> {
        let mut taken = HashSet::new();
        let mut planned = Vec::new();
        for &transcript in transcripts {
            for format in formats {
                let first = folder.join(self.export_name(transcript, format)?);
                // Letter case makes no difference on Windows and macOS.
                let mut names = (1..=u32::MAX).map(|number| numbered(&first, number));
                let free = |path: &PathBuf| taken.insert(path.to_string_lossy().to_lowercase());
                let path = names.find(free).unwrap_or_else(|| first.clone());
                planned.push(Planned { transcript, format: format.clone(), exists: path.exists(), path });
            }
        }
        Ok(planned)
    }

    /// Writes each transcript in each format into a folder; a file that is refused does not hold up the others. Formats
    /// without options of their own get the usual ones.
    pub fn export_many(
        &self,
        transcripts: &[TranscriptId],
        formats: &[String],
        options: &BTreeMap<String, ExportOptions>,
        folder: &Path,
        existing: Existing,
    ) -> Result<Vec<Result<PathBuf, Failure>>, Failure> {
        let usual = ExportOptions::default();
        let planned = self.export_plan(transcripts, formats, folder)?;
        let mut results = Vec::with_capacity(planned.len());
        // A transcript is read once, however many formats it is written in.
        for files in planned.chunk_by(|a, b| a.transcript == b.transcript) {
            let formats: Vec<&str> = files.iter().map(|file| file.format.as_str()).collect();
            let prepared = self.prepared(files[0].transcript, &formats);
            results.extend(files.iter().map(|file| {
                let options = options.get(&file.format).unwrap_or(&usual);
                prepared.as_ref().map_err(Failure::clone)?.export(&file.format, options, &file.path, existing)
            }));
        }
        Ok(results)
    }
}
