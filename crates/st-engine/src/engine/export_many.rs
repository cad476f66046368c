//! Several transcripts in several formats at once, and what should be known before one is given away.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use st_export::{ExportOptions, exporter};

use super::Engine;
use super::exporting::unknown_format;
use crate::export_file::Existing;
use crate::failure::Failure;
use crate::ids::TranscriptId;
use crate::library::title;

/// Speech without words that a reader should be warned of, in milliseconds: shorter holes are marked in the text.
const UNFINISHED_MS: u64 = 10_000;
/// Longest stem of a proposed file name in bytes: most file systems take names of 255, and a number may be added.
const LONGEST_STEM: usize = 200;
/// Names that Windows keeps for devices, whatever stands after a point.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

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
        let recording = self.recording(self.transcript(id)?.recording)?;
        Ok(format!("{}.{}", stem(title(&recording.name)), exporter.extension()))
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
                let name = self.export_name(transcript, format)?;
                let mut path = folder.join(&name);
                // Letter case makes no difference on Windows and macOS.
                for number in 2.. {
                    if taken.insert(path.to_string_lossy().to_lowercase()) {
                        break;
                    }
                    path = folder.join(numbered(&name, number));
                }
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
        let write = |file: Planned| {
            let options = options.get(&file.format).unwrap_or(&usual);
            self.export(file.transcript, &file.format, options, &file.path, existing)
        };
        Ok(planned.into_iter().map(write).collect())
    }
}

fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem} ({number}).{extension}"),
        None => format!("{name} ({number})"),
    }
}

/// A title as the stem of a file name that every system takes.
fn stem(title: &str) -> String {
    let refused = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let mut stem: String = title.chars().map(|c| if refused(c) { '-' } else { c }).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    let stem = stem.trim().trim_end_matches('.').trim_start_matches('.').trim();
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let device = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = first.len() == 4 && matches!(device, "com" | "lpt");
    let reserved = numbered || RESERVED.contains(&first.as_str());
    match stem {
        "" => "Transcript".to_owned(),
        _ if reserved => format!("{stem}_"),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_title_makes_a_name_that_every_system_takes() {
        for (title, expected) in [
            ("Talk", "Talk"),
            ("a/b: c?", "a-b- c-"),
            ("..", "Transcript"),
            ("  ", "Transcript"),
            (".hidden", "hidden"),
            ("end. ", "end"),
            ("CON", "CON_"),
            ("nul.old", "nul.old_"),
            ("COM1", "COM1_"),
            ("comedy", "comedy"),
            ("com", "com"),
            ("日本語", "日本語"),
        ] {
            assert_eq!(stem(title), expected, "{title:?}");
        }
        let long = stem(&"ü".repeat(400));
        assert!(long.len() <= LONGEST_STEM && long.starts_with('ü'));
    }

    #[test]
    fn names_get_numbers_before_their_ending() {
        assert_eq!(numbered("a.b.txt", 2), "a.b (2).txt");
        assert_eq!(numbered("a", 3), "a (3)");
    }
}
