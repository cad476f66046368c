//! Transcripts as files.

use std::path::{Path, PathBuf};

use st_export::{EXPORTERS, ExportOptions, Exporter, Origin, Source, exporter};

use super::Engine;
use crate::clock;
use crate::export_file::{self, Existing};
use crate::failure::{Code, Failure};
use crate::ids::TranscriptId;
use crate::library::StoredTranscript;

impl Engine {
    /// A transcript in a format, as it would stand in a file.
    pub fn export_bytes(&self, id: TranscriptId, format: &str, options: &ExportOptions) -> Result<Vec<u8>, Failure> {
        let (exporter, stored, origin) = self.prepared(id, format)?;
        let mut bytes = Vec::new();
        exporter
            .write(&source(&stored, &origin), options, &mut bytes)
            .map_err(|error| Failure::new(Code::OutputReadOnly, "The text could not be put together.").detail(error))?;
        Ok(bytes)
    }

    /// Writes a transcript to a file, whole or not at all, and gives the path that it has in the end.
    pub fn export(
        &self,
        id: TranscriptId,
        format: &str,
        options: &ExportOptions,
        path: &Path,
        existing: Existing,
    ) -> Result<PathBuf, Failure> {
        let (exporter, stored, origin) = self.prepared(id, format)?;
        Ok(export_file::export(&source(&stored, &origin), exporter, options, path, existing)?)
    }

    fn prepared(
        &self,
        id: TranscriptId,
        format: &str,
    ) -> Result<(&'static dyn Exporter, StoredTranscript, Origin), Failure> {
        let exporter = exporter(format).ok_or_else(|| unknown_format(format))?;
        let stored = self.library().transcript(id)?;
        let program = concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")).to_owned();
        let origin = Origin { program, exported_at: Some(clock::now()), ..self.library().origin(id)? };
        Ok((exporter, stored, origin))
    }
}

fn source<'a>(stored: &'a StoredTranscript, origin: &'a Origin) -> Source<'a> {
    Source { transcript: &stored.document, origin, fonts: None }
}

/// The failure for a format that there is not.
pub(crate) fn unknown_format(format: &str) -> Failure {
    let known: Vec<&str> = EXPORTERS.iter().map(|e| e.id()).collect();
    Failure::new(Code::UnknownFormat, format!("“{format}” is not a format that can be exported."))
        .hint(format!("Choose one of {}.", known.join(", ")))
}
