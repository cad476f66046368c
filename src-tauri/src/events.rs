//! The engine's events on their way to the page.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::thread;

use serde::Serialize;
use st_engine::recording::{PreviewPiece, Recorded, RecorderState};
use st_engine::{Engine, Event, JobId, Progress, RecordingId};
use tauri::{AppHandle, Emitter};

use crate::views::{ModelStateView, NoticeView, PlayerView, StateView};

/// What the page hears (`ProgramEvent` in `ui/src/backend/types/program.ts`).
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProgramEvent {
    /// The library changed.
    Library,
    /// A transcript was edited.
    Document {
        /// Which.
        transcript: String,
        /// Its revision now.
        revision: u64,
    },
    /// A job moved.
    State {
        /// Its recording.
        recording: String,
        /// Where it stands.
        state: StateView,
    },
    /// More text of a running job.
    Text {
        /// Its recording.
        recording: String,
    },
    /// Something a person should know.
    Notice {
        /// What.
        notice: NoticeView,
    },
    /// The player moved.
    Player {
        /// Where it is.
        state: PlayerView,
    },
    /// A model came, went or got further.
    Model {
        /// Which.
        name: String,
        /// What happens to it.
        state: ModelStateView,
    },
    /// How the recording stands.
    Recorder {
        /// Phase, level, marks, warnings.
        state: RecorderState,
    },
    /// Text of the recording that runs.
    Preview {
        /// In the place of those with the same start.
        pieces: Vec<PreviewPiece>,
    },
    /// An input came or went.
    Inputs,
    /// A recording ended without being asked.
    RecordEnded {
        /// What it is in the library; none where it could not be taken there yet.
        recording: Option<String>,
    },
    /// The window is asked to close while work is going on.
    Closing {
        /// How many jobs run.
        running: usize,
    },
    /// Files were given to a second start.
    Drop {
        /// Which.
        paths: Vec<String>,
    },
}

/// Tells the page something; false where there is no page any more.
pub fn tell(app: &AppHandle, event: ProgramEvent) -> bool {
    app.emit("program", event).is_ok()
}

/// What should be known about a recording that ended, beside that it is there.
pub fn notices_of(recorded: &Recorded) -> Vec<NoticeView> {
    [&recorded.ended_by, &recorded.not_transcribed].into_iter().flatten().cloned().map(NoticeView::from).collect()
}

/// Sends each event of the engine to the page, until the engine is gone.
pub fn forward(app: AppHandle, engine: Engine) {
    let events = engine.subscribe();
    thread::spawn(move || {
        let mut recordings = HashMap::new();
        for event in events {
            for told in translate(&engine, &mut recordings, event) {
                // The window may be closing.
                if !tell(&app, told) {
                    return;
                }
            }
        }
    });
}

/// The page knows recordings, the engine's events name jobs.
fn recording(engine: &Engine, known: &mut HashMap<JobId, RecordingId>, job: JobId) -> Option<String> {
    let recording = match known.entry(job) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => entry.insert(engine.job(job).ok()?.recording),
    };
    Some(recording.to_string())
}

fn translate(engine: &Engine, known: &mut HashMap<JobId, RecordingId>, event: Event) -> Vec<ProgramEvent> {
    let mut state = |job: JobId, state: StateView| {
        recording(engine, known, job).map(|recording| ProgramEvent::State { recording, state }).into_iter().collect()
    };
    match event {
        Event::JobQueued { .. } | Event::LibraryChanged => vec![ProgramEvent::Library],
        Event::JobStarted { job, .. } => state(job, StateView::running(Progress::start(), engine.device_of(job))),
        Event::JobProgress { job, progress } => state(job, StateView::running(progress, engine.device_of(job))),
        Event::JobDone { job, .. } => state(job, StateView::Done),
        Event::JobFailed { job, failure } => state(job, StateView::Failed { notice: failure.into() }),
        Event::JobCancelled { job } => state(job, StateView::Cancelled),
        Event::JobWarning { warning, .. } => vec![ProgramEvent::Notice { notice: warning.into() }],
        Event::JobWindow { job, .. } => {
            recording(engine, known, job).map(|recording| ProgramEvent::Text { recording }).into_iter().collect()
        }
        Event::TranscriptChanged { transcript, revision } => {
            vec![ProgramEvent::Document { transcript: transcript.to_string(), revision }]
        }
        Event::Player { state } => vec![ProgramEvent::Player { state: state.into() }],
        Event::Model { name, state } => vec![ProgramEvent::Model { name, state: state.into() }],
        Event::Recorder { state } => vec![ProgramEvent::Recorder { state }],
        Event::Preview { pieces } => vec![ProgramEvent::Preview { pieces }],
        Event::Inputs => vec![ProgramEvent::Inputs],
        Event::RecordEnded { recorded, failure } => {
            let of_recording = recorded.iter().flat_map(notices_of);
            let notices = of_recording.chain(failure.map(NoticeView::from));
            let notices = notices.map(|notice| ProgramEvent::Notice { notice });
            let recording = recorded.as_ref().and_then(|recorded| recorded.recording).map(|id| id.to_string());
            let ended = ProgramEvent::RecordEnded { recording };
            [ProgramEvent::Library, ended].into_iter().chain(notices).collect()
        }
        Event::JobStage { .. } => Vec::new(),
    }
}
