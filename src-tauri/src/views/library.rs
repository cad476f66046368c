//! Recordings, their jobs, searching.

use serde::Serialize;
use st_engine::{
    Added, Hit, Job, JobSettings, JobState, PEAKS_PER_SECOND, Progress, Recording, Stage, Waveform, title,
};

use super::{NoticeView, SpanView};

/// Where a recording stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StateView {
    /// No job was ever made.
    None,
    /// A job waits.
    Waiting,
    /// A job is held back by the person.
    Paused,
    /// A job runs.
    Running {
        /// What it does.
        stage: Stage,
        /// Part of the job that is done.
        fraction: f32,
        /// Part of the stage that is done.
        stage_fraction: f32,
        /// None until it can be told.
        seconds_left: Option<u64>,
        /// Audio time by processing time; none until it can be told.
        speed: Option<f32>,
        /// What does the work; none until it is chosen.
        device: Option<String>,
    },
    /// The last job made its transcript.
    Done,
    /// The last job failed.
    Failed {
        /// Why.
        notice: NoticeView,
    },
    /// The last job was stopped.
    Cancelled,
}

impl StateView {
    /// A running job on a device.
    pub fn running(progress: Progress, device: Option<String>) -> Self {
        Self::Running {
            stage: progress.stage,
            fraction: progress.fraction,
            stage_fraction: progress.stage_fraction,
            seconds_left: progress.eta_ms.map(|ms| ms / 1000),
            speed: progress.speed,
            device,
        }
    }

    fn of(job: &Job, device: Option<String>) -> Self {
        match &job.state {
            JobState::Queued if job.paused => Self::Paused,
            JobState::Queued => Self::Waiting,
            JobState::Running(progress) => Self::running(*progress, device),
            JobState::Done(_) => Self::Done,
            JobState::Failed(failure) => Self::Failed { notice: failure.clone().into() },
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

/// A row of the library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordingView {
    id: String,
    job: Option<String>,
    title: String,
    file_name: String,
    path: String,
    copied: bool,
    has_sound: bool,
    missing: bool,
    added_at: String,
    duration_ms: Option<u64>,
    speakers: Option<usize>,
    transcript: Option<String>,
    position: Option<i64>,
    settings: Option<JobSettings>,
    state: StateView,
}

impl RecordingView {
    /// `job` is the recording's newest, `speakers` how many its newest transcript has, `device` what runs the job.
    pub fn new(recording: &Recording, job: Option<&Job>, speakers: Option<usize>, device: Option<String>) -> Self {
        let open = job.filter(|job| matches!(job.state, JobState::Queued | JobState::Running(_)));
        Self {
            id: recording.id.to_string(),
            job: job.map(|job| job.id.to_string()),
            title: title(&recording.name).to_owned(),
            file_name: recording.name.clone(),
            path: recording.path.display().to_string(),
            copied: recording.copied,
            has_sound: recording.has_sound(),
            missing: recording.has_sound() && !recording.path.exists(),
            added_at: recording.added_at.clone(),
            duration_ms: recording.duration.map(|d| d.0),
            speakers: speakers.filter(|&n| n > 0),
            transcript: recording.transcripts.first().map(ToString::to_string),
            position: open.map(|job| job.position),
            settings: job.map(|job| job.settings.clone()),
            state: job.map_or(StateView::None, |job| StateView::of(job, device)),
        }
    }
}

/// A file that the library has already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct DuplicateView {
    path: String,
    name: String,
    recording: String,
    title: String,
}

/// What came of adding files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct AddedView {
    recordings: Vec<String>,
    refused: Vec<NoticeView>,
    duplicates: Vec<DuplicateView>,
}

impl From<Added> for AddedView {
    fn from(added: Added) -> Self {
        let duplicate = |d: st_engine::Duplicate| DuplicateView {
            name: d.path.file_name().unwrap_or(d.path.as_os_str()).to_string_lossy().into_owned(),
            path: d.path.display().to_string(),
            recording: d.recording.to_string(),
            title: title(&d.name).to_owned(),
        };
        Self {
            recordings: added.jobs.iter().map(|job| job.recording.to_string()).collect(),
            refused: added.refused.into_iter().map(NoticeView::from).collect(),
            duplicates: added.duplicates.into_iter().map(duplicate).collect(),
        }
    }
}

impl AddedView {
    /// What was not added, as notices: for files that came before the page was there to ask.
    pub fn into_notices(self) -> Vec<NoticeView> {
        let known = self
            .duplicates
            .into_iter()
            .map(|d| NoticeView::new(format!("“{}” is in the library already as “{}”.", d.name, d.title)));
        self.refused.into_iter().chain(known).collect()
    }
}

/// An utterance that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HitView {
    recording: String,
    title: String,
    transcript: String,
    utterance: u64,
    start_ms: u64,
    text: String,
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        Self {
            recording: hit.recording.to_string(),
            title: title(&hit.name).to_owned(),
            transcript: hit.transcript.to_string(),
            utterance: hit.utterance.0,
            start_ms: hit.start.0,
            text: hit.text,
        }
    }
}

/// A waveform without its amplitudes, which go as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaveformView {
    duration_ms: u64,
    per_second: usize,
    speech: Vec<SpanView>,
}

impl From<Waveform> for WaveformView {
    fn from(waveform: Waveform) -> Self {
        Self {
            duration_ms: waveform.duration.0,
            per_second: PEAKS_PER_SECOND,
            speech: waveform.speech.into_iter().map(SpanView::from).collect(),
        }
    }
}
