//! Recordings and transcripts.

use std::collections::HashMap;

use st_engine::{Job, Recording, RecordingId};
use tauri::State;

use super::{Answer, id};
use crate::shell::Shell;
use crate::views::{RecordingView, TranscriptView};

/// Every recording with its newest job.
#[tauri::command(async)]
pub fn library(shell: State<'_, Shell>) -> Answer<Vec<RecordingView>> {
    let engine = shell.engine()?;
    // Jobs come in the order in which they were added, so the last one of a recording stays.
    let jobs: HashMap<RecordingId, Job> = engine.jobs()?.into_iter().map(|job| (job.recording, job)).collect();
    let speakers = engine.speaker_counts()?;
    let row = |r: Recording| RecordingView::new(&r, jobs.get(&r.id), speakers.get(&r.id).copied());
    Ok(engine.recordings()?.into_iter().map(row).collect())
}

/// The newest transcript of a recording, else the text that its job has finished so far.
#[tauri::command(async)]
pub fn transcript(shell: State<'_, Shell>, recording: String) -> Answer<Option<TranscriptView>> {
    let engine = shell.engine()?;
    let recording = engine.recording(id(&recording)?)?;
    if let Some(&newest) = recording.transcripts.first() {
        return Ok(Some((&engine.transcript(newest)?).into()));
    }
    let job = engine.jobs()?.into_iter().rfind(|job| job.recording == recording.id);
    let words = job.map(|job| engine.job_text(job.id)).transpose()?;
    Ok(words.map(|words| TranscriptView::unfinished(&recording, &words)))
}

/// Takes a recording out of the library.
#[tauri::command(async)]
pub fn remove(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    Ok(shell.engine()?.delete_recording(id(&recording)?)?)
}
