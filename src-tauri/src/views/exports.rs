//! Files for others.

use std::path::{Path, PathBuf};

use serde::Serialize;
use st_engine::formats::{ExportOption, Exporter};
use st_engine::{Doubt, Failure, Planned};

use super::NoticeView;

/// A format of the export menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormatView {
    id: &'static str,
    extension: &'static str,
    name: &'static str,
    options: &'static [ExportOption],
}

impl From<&dyn Exporter> for FormatView {
    fn from(exporter: &dyn Exporter) -> Self {
        Self { id: exporter.id(), extension: exporter.extension(), name: exporter.name(), options: exporter.options() }
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedView {
    path: String,
    bytes: u64,
}

impl ExportedView {
    /// The file at a path; its length is 0 where it cannot be asked.
    pub fn new(path: &Path) -> Self {
        Self { path: path.display().to_string(), bytes: path.metadata().map_or(0, |m| m.len()) }
    }
}

/// What somebody should know before a transcript is given away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoubtView {
    /// Its id.
    pub transcript: String,
    /// Title of its recording.
    pub title: String,
    /// Why.
    pub reason: Doubt,
}

/// A file that would be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedView {
    transcript: String,
    format: String,
    name: String,
    exists: bool,
}

impl From<Planned> for PlannedView {
    fn from(planned: Planned) -> Self {
        let name = planned.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { transcript: planned.transcript.to_string(), format: planned.format, name, exists: planned.exists }
    }
}

/// What came of exporting several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManyView {
    written: Vec<ExportedView>,
    refused: Vec<NoticeView>,
}

impl From<Vec<Result<PathBuf, Failure>>> for ManyView {
    fn from(results: Vec<Result<PathBuf, Failure>>) -> Self {
        let (written, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        Self {
            written: written.iter().flatten().map(|path| ExportedView::new(path)).collect(),
            refused: refused.into_iter().filter_map(Result::err).map(NoticeView::from).collect(),
        }
    }
}
