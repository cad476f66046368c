//! Models, formats, the state of the program.

use serde::Serialize;
use st_engine::{ModelEntry, ModelState, PlayerState};

use super::{NoticeView, SpanView};

/// Something that must be there before anything can be transcribed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckView {
    /// `speech`, `speakers` or `device`.
    pub what: &'static str,
    /// Whether it is there.
    pub ready: bool,
    /// What it is called.
    pub name: String,
    /// Length of its files.
    pub bytes: Option<u64>,
}

/// The facts of the status bar and the first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// The program's version.
    pub version: &'static str,
    /// What is ready.
    pub checks: Vec<CheckView>,
    /// Bytes of recordings and text that left this computer.
    pub bytes_sent: u64,
    /// Whether a model is being fetched.
    pub downloading: bool,
    /// Where the library lies.
    pub data_dir: String,
    /// What happened before the page was there.
    pub notices: Vec<NoticeView>,
}

/// What happens to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelStateView {
    /// It is not on this computer.
    Absent,
    /// It is being fetched.
    Downloading {
        /// Bytes that are here.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// A part is here.
    Paused {
        /// Bytes that are here.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// Its file is being read.
    Checking,
    /// It is here.
    Ready,
    /// The last try did not work.
    Failed {
        /// Why.
        notice: NoticeView,
    },
}

impl From<ModelState> for ModelStateView {
    fn from(state: ModelState) -> Self {
        match state {
            ModelState::Absent => Self::Absent,
            ModelState::Downloading { done, total } => Self::Downloading { done, total },
            ModelState::Paused { done, total } => Self::Paused { done, total },
            ModelState::Checking => Self::Checking,
            ModelState::Ready => Self::Ready,
            ModelState::Failed { failure } => Self::Failed { notice: failure.into() },
        }
    }
}

/// A model that is here or could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    #[serde(flatten)]
    entry: ModelEntry,
    fits: bool,
    state: ModelStateView,
}

impl ModelView {
    /// A model on a machine with this much memory in bytes, 0 where that is not known.
    pub fn new(entry: ModelEntry, machine: u64) -> Self {
        let fits = machine == 0 || entry.memory.is_none_or(|needed| needed < machine);
        Self { fits, state: entry.state.clone().into(), entry }
    }
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayerView {
    recording: Option<String>,
    playing: bool,
    position_ms: u64,
    duration_ms: u64,
    rate: f32,
    volume: f32,
    #[serde(rename = "loop")]
    looped: Option<SpanView>,
    problem: Option<NoticeView>,
}

impl From<PlayerState> for PlayerView {
    fn from(state: PlayerState) -> Self {
        Self {
            recording: state.recording.map(|id| id.to_string()),
            playing: state.playing,
            position_ms: state.position.0,
            duration_ms: state.duration.0,
            rate: state.rate,
            volume: state.volume,
            looped: state.looped.map(SpanView::from),
            problem: state.problem.map(NoticeView::from),
        }
    }
}
