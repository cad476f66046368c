//! Adding recordings, and ending and repeating their jobs.

use std::path::PathBuf;

use st_engine::RecordingId;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, id};
use crate::shell::{Shell, add};
use crate::views::AddedView;

/// Adds files that were dropped.
#[tauri::command(async)]
pub fn add_files(shell: State<'_, Shell>, paths: Vec<PathBuf>) -> Answer<AddedView> {
    Ok(add(shell.engine()?, &paths))
}

/// Asks for files by the system's dialog and adds them.
#[tauri::command(async)]
pub fn choose_files(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<AddedView> {
    let chosen = app.dialog().file().set_title(title).blocking_pick_files().unwrap_or_default();
    let paths: Vec<PathBuf> = chosen.into_iter().filter_map(|file| file.into_path().ok()).collect();
    Ok(add(shell.engine()?, &paths))
}

/// Ends a job; what is finished is kept.
#[tauri::command(async)]
pub fn cancel(shell: State<'_, Shell>, job: String) -> Answer<()> {
    Ok(shell.engine()?.cancel(id(&job)?)?)
}

/// Queues a recording's newest job again, which goes on from its last finished window.
#[tauri::command(async)]
pub fn retry(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    let engine = shell.engine()?;
    let recording: RecordingId = id(&recording)?;
    if let Some(job) = engine.jobs()?.into_iter().rfind(|job| job.recording == recording) {
        engine.retry(job.id)?;
    }
    Ok(())
}
