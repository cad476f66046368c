//! The engine's events on their way to the page.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::thread;

use serde::Serialize;
use st_engine::{Engine, Event, JobId, Progress, RecordingId};
use tauri::{AppHandle, Emitter};

use crate::views::{NoticeView, StateView};

/// What the page hears (`ProgramEvent` in `ui/src/backend/types.ts`).
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ProgramEvent {
    Library,
    State { recording: String, state: StateView },
    Text { recording: String },
    Notice { notice: NoticeView },
}

/// Sends each event of the engine to the page, until the engine is gone.
pub fn forward(app: AppHandle, engine: Engine) {
    let events = engine.subscribe();
    thread::spawn(move || {
        let mut recordings = HashMap::new();
        for event in events {
            for told in translate(&engine, &mut recordings, event) {
                // The window may be closing.
                if app.emit("program", told).is_err() {
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
        Event::JobStarted { job, .. } => state(job, Progress::start().into()),
        Event::JobProgress { job, progress } => state(job, progress.into()),
        Event::JobDone { job, .. } => state(job, StateView::Done),
        Event::JobFailed { job, failure } => state(job, StateView::Failed { notice: failure.into() }),
        Event::JobCancelled { job } => state(job, StateView::Cancelled),
        Event::JobWarning { warning, .. } => vec![ProgramEvent::Notice { notice: warning.into() }],
        Event::JobWindow { job, .. } => {
            recording(engine, known, job).map(|recording| ProgramEvent::Text { recording }).into_iter().collect()
        }
        Event::JobStage { .. } => Vec::new(),
    }
}
