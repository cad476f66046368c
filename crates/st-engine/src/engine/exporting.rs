//! Transcripts as files.

use std::io;
use std::path::{Path, PathBuf};

use st_export::{EXPORTERS, ExportOptions, Exporter, Origin, Source, exporter};

use super::Engine;
use crate::clock;
use crate::export_file::{self, Existing};
use crate::failure::{Code, Failure};
use crate::fonts;
use crate::ids::TranscriptId;
use crate::library::StoredTranscript;

impl Engine {
    /// A transcript in a format, as it would stand in a file.
    pub fn export_bytes(&self, id: TranscriptId, format: &str, options: &ExportOptions) -> Result<Vec<u8>, Failure> {
        let prepared = self.prepared(id, format)?;
        let mut bytes = Vec::new();
        prepared.exporter.write(&prepared.source(), options, &mut bytes).map_err(|error| not_made(&error))?;
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
        let prepared = self.prepared(id, format)?;
        Ok(export_file::export(&prepared.source(), prepared.exporter, options, path, existing)?)
    }

    fn prepared(&self, id: TranscriptId, format: &str) -> Result<Prepared, Failure> {
        let exporter = exporter(format).ok_or_else(|| unknown_format(format))?;
        let stored = self.library().transcript(id)?;
        let program = concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")).to_owned();
        let origin = Origin { program, exported_at: Some(clock::now()), ..self.library().origin(id)? };
        Ok(Prepared { exporter, stored, origin, fonts: fonts::folder() })
    }
}

/// All that a file is made from.
struct Prepared {
    exporter: &'static dyn Exporter,
    stored: StoredTranscript,
    origin: Origin,
    fonts: Option<PathBuf>,
}

impl Prepared {
    fn source(&self) -> Source<'_> {
        Source { transcript: &self.stored.document, origin: &self.origin, fonts: self.fonts.as_deref() }
    }
}

/// A format that could not be made. Those that need more than the text say why in whole sentences; what else can go wrong
/// with bytes in memory is for a report.
pub(crate) fn not_made(error: &io::Error) -> Failure {
    match error.get_ref() {
        Some(reason) if reason.to_string().ends_with('.') => Failure::new(Code::OutputReadOnly, reason.to_string()),
        _ => Failure::new(Code::OutputReadOnly, "The text could not be put together.").detail(error),
    }
}

/// The failure for a format that there is not.
pub(crate) fn unknown_format(format: &str) -> Failure {
    let known: Vec<&str> = EXPORTERS.iter().map(|e| e.id()).collect();
    Failure::new(Code::UnknownFormat, format!("“{format}” is not a format that can be exported."))
        .hint(format!("Choose one of {}.", known.join(", ")))
}
