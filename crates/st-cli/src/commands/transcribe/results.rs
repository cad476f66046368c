//! Where results go: files of a folder, or standard output.

use std::path::{Path, PathBuf};

use st_engine::formats::{ExportOptions, Exporter};
use st_engine::{Code, Engine, Existing, Failure, StoredTranscript};

use crate::end::End;
use crate::out;

/// Where the transcripts of one run go, and in which formats.
pub enum Destination {
    /// Standard output; `many` files are told apart by a line with their names.
    Stdout { format: &'static dyn Exporter, many: bool },
    /// `DIR/<stem>.<format>`
    Folder { folder: PathBuf, formats: Vec<&'static dyn Exporter> },
}

impl Destination {
    /// Refuses what cannot work before an hour of work is spent on it.
    pub fn new(output: &Path, formats: Vec<&'static dyn Exporter>, files: usize) -> Result<Self, End> {
        if output != Path::new("-") {
            writable(output)?;
            return Ok(Self::Folder { folder: output.to_path_buf(), formats });
        }
        match formats[..] {
            [format] => Ok(Self::Stdout { format, many: files > 1 }),
            _ => Err(End::Usage(
                "Standard output takes one format. Give one, or a folder for the files with --output DIR.".into(),
            )),
        }
    }

    /// Writes one transcript; gives the files.
    pub fn write(&self, engine: &Engine, stored: &StoredTranscript, recording: &Path) -> Result<Vec<PathBuf>, End> {
        let options = ExportOptions::default();
        let transcript = &stored.document;
        match self {
            Self::Stdout { format, many } => {
                let mut bytes = Vec::new();
                if *many && format.id() == "txt" {
                    bytes.extend_from_slice(format!("== {} ==\n\n", transcript.recording.name).as_bytes());
                }
                bytes.extend(engine.export_bytes(stored.id, format.id(), &options)?);
                if *many && format.id() == "txt" {
                    bytes.push(b'\n');
                }
                out::bytes(&bytes)?;
                Ok(Vec::new())
            }
            Self::Folder { folder, formats } => {
                let stem = free_stem(folder, recording, formats);
                let mut paths = Vec::new();
                for format in formats {
                    let path = folder.join(format!("{stem}.{}", format.extension()));
                    // Taken by another program since: then this one takes the next number.
                    paths.push(engine.export(stored.id, format.id(), &options, &path, Existing::Number)?);
                }
                Ok(paths)
            }
        }
    }
}

/// The first of `talk`, `talk (2)`, … that is free in every format, so that the files of one recording share a name.
fn free_stem(folder: &Path, recording: &Path, formats: &[&'static dyn Exporter]) -> String {
    let stem = recording.file_stem().map_or_else(|| "transcript".into(), |s| s.to_string_lossy().into_owned());
    let taken = |name: &str| formats.iter().any(|f| folder.join(format!("{name}.{}", f.extension())).exists());
    let mut name = stem.clone();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        name = format!("{stem} ({number})");
    }
    name
}

/// Finds out by trying whether files can be made in a folder.
fn writable(folder: &Path) -> Result<(), Failure> {
    let name = folder.display();
    if folder.is_file() {
        return Err(Failure::new(Code::OutputMissing, format!("{name} is a file, and a folder is needed."))
            .hint("Give a folder with --output."));
    }
    if !folder.is_dir() {
        return Err(Failure::new(Code::OutputMissing, format!("The folder {name} does not exist."))
            .hint("Make it first, or give another one with --output."));
    }
    tempfile::tempfile_in(folder).map(drop).map_err(|error| {
        Failure::new(Code::OutputReadOnly, format!("Nothing can be written into the folder {name}."))
            .hint("Give another one with --output.")
            .detail(error)
    })
}

#[cfg(test)]
mod tests {
    use st_engine::formats::exporter;

    use super::*;

    #[test]
    fn the_files_of_a_recording_share_the_first_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let formats: Vec<_> = ["txt", "srt"].into_iter().filter_map(exporter).collect();
        let stem = |name: &str| free_stem(folder.path(), Path::new(name), &formats);
        assert_eq!(stem("/a/talk.v1.mp3"), "talk.v1");
        std::fs::write(folder.path().join("talk.srt"), "x").unwrap();
        assert_eq!(stem("talk.wav"), "talk (2)");
        std::fs::write(folder.path().join("talk (2).txt"), "x").unwrap();
        assert_eq!(stem("talk.wav"), "talk (3)");
    }

    #[test]
    fn standard_output_takes_one_format() {
        let formats: Vec<_> = ["txt", "srt"].into_iter().filter_map(exporter).collect();
        assert!(matches!(Destination::new(Path::new("-"), formats, 1), Err(End::Usage(_))));
    }
}
