//! Transcripts as files.

use std::io;
use std::path::{Path, PathBuf};

use st_core::diarization::Diarization;
use st_export::{EXPORTERS, ExportOptions, Origin, Source, exporter};

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
        let exporter = exporter(format).ok_or_else(|| unknown_format(format))?;
        let mut bytes = Vec::new();
        exporter
            .write(&self.prepared(id, &[format])?.source(), options, &mut bytes)
            .map_err(|error| not_made(&error))?;
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
        self.prepared(id, &[format])?.export(format, options, path, existing)
    }

    /// Reads once what files in these formats are made from.
    pub(super) fn prepared(&self, id: TranscriptId, formats: &[&str]) -> Result<Prepared, Failure> {
        let (stored, origin) = self.library().transcript_with_origin(id)?;
        let program = concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")).to_owned();
        let origin = Origin { program, exported_at: Some(clock::now()), ..origin };
        let wanted = formats.iter().filter_map(|format| exporter(format)).any(|format| format.wants_turns());
        let turns = if wanted { self.turns(&stored)? } else { None };
        Ok(Prepared { stored, origin, turns, fonts: fonts::folder() })
    }
}

/// All that a file is made from.
pub(super) struct Prepared {
    stored: StoredTranscript,
    origin: Origin,
    turns: Option<Diarization>,
    fonts: Option<PathBuf>,
}

impl Prepared {
    /// Writes a file.
    pub(super) fn export(
        &self,
        format: &str,
        options: &ExportOptions,
        path: &Path,
        existing: Existing,
    ) -> Result<PathBuf, Failure> {
        let exporter = exporter(format).ok_or_else(|| unknown_format(format))?;
        Ok(export_file::export(&self.source(), exporter, options, path, existing)?)
    }

    fn source(&self) -> Source<'_> {
        Source {
            transcript: &self.stored.document,
            origin: &self.origin,
            turns: self.turns.as_ref(),
            fonts: self.fonts.as_deref(),
        }
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
