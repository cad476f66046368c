//! What an exporter is given: the transcript, and what is known about it beside its text.

use std::path::Path;

use serde::{Deserialize, Serialize};
use st_core::diarization::Diarization;
use st_core::record::Record;
use st_core::transcript::Transcript;

/// Everything that a file is made from. Nothing else flows into it, no clock and no settings of the machine: the same
/// source gives the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The document.
    pub transcript: &'a Transcript,
    /// Where the document and the file come from.
    pub origin: &'a Origin,
    /// Who speaks when, numbered as the speakers of the transcript; none where only the times of words say so. Only for formats
    /// that want it ([`crate::Exporter::wants_turns`]).
    pub turns: Option<&'a Diarization>,
    /// Folder of the fonts that are shipped with the program; none where they are not installed.
    pub fonts: Option<&'a Path>,
}

/// What is known about a transcript beside its text and its [`st_core::transcript::Provenance`]. Dates are RFC 3339.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Name and version of the program that writes the file: `SecureTranscribe 0.1.0`.
    pub program: String,
    /// When the file is written.
    pub exported_at: Option<String>,
    /// Date of the recording's file, which is the end of recording where nobody copied it since.
    pub recorded_at: Option<String>,
    /// When the transcript was made or taken in.
    pub created_at: Option<String>,
    /// When the transcript was changed last; none where it never was.
    pub changed_at: Option<String>,
    /// How often the transcript was changed, undoing included.
    pub revision: u64,
    /// The changes that hold now, by kind.
    pub changes: Record,
}
