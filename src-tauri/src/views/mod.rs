//! The engine's facts in the shapes that the page shows; `ui/src/backend/types/` has the same. Nothing is decided here
//! but how a thing is called.

mod document;
mod exports;
mod library;
mod program;

pub use document::{ChangeView, DocumentView, FindView};
pub use exports::{DoubtView, ExportedView, FormatView, ManyView, PlannedView};
pub use library::{AddedView, HitView, RecordingView, StateView, WaveformView};
pub use program::{CheckView, ModelStateView, ModelView, PlayerView, StatusView};

use serde::{Deserialize, Serialize};
use st_engine::Failure;
use st_engine::core::time::TimeSpan;

/// What happened, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeView {
    message: String,
    advice: Option<String>,
    detail: Option<String>,
    code: Option<String>,
}

impl NoticeView {
    /// A message without advice.
    pub fn new(message: String) -> Self {
        Self { message, advice: None, detail: None, code: None }
    }
}

impl From<Failure> for NoticeView {
    fn from(failure: Failure) -> Self {
        Self {
            message: failure.message,
            advice: failure.hint.map(|hint| hint.text).filter(|text| !text.is_empty()),
            detail: Some(failure.detail).filter(|detail| !detail.is_empty()),
            code: Some(failure.code.id()),
        }
    }
}

/// A stretch of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanView {
    start_ms: u64,
    end_ms: u64,
}

impl From<TimeSpan> for SpanView {
    fn from(span: TimeSpan) -> Self {
        Self { start_ms: span.start.0, end_ms: span.end.0 }
    }
}

impl From<SpanView> for TimeSpan {
    fn from(span: SpanView) -> Self {
        Self::new(span.start_ms, span.end_ms)
    }
}
