//! Recordings: adding, listing, removing, finding.

use std::path::PathBuf;

use st_engine::{Engine, JobState, RecordingId};
use tauri::ipc::Response;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;

use super::{Answer, id, ids};
use crate::shell::Shell;
use crate::views::{AddedView, HitView, NoticeView, RecordingView, WaveformView};

/// All recordings, newest first.
#[tauri::command(async)]
pub fn library_list(shell: State<'_, Shell>) -> Answer<Vec<RecordingView>> {
    let engine = shell.engine()?;
    let (jobs, speakers) = (engine.jobs()?, engine.speaker_counts()?);
    let row = |r: st_engine::Recording| {
        let job = jobs.iter().rfind(|job| job.recording == r.id);
        let runs = job.filter(|job| matches!(job.state, JobState::Running(_)));
        let device = runs.and_then(|job| engine.device_of(job.id));
        RecordingView::new(&r, job, speakers.get(&r.id).copied(), device)
    };
    Ok(engine.recordings()?.into_iter().map(row).collect())
}

fn add(engine: &Engine, paths: &[PathBuf], again: bool) -> AddedView {
    engine.add_files(paths, &engine.settings().job, again).into()
}

/// Adds files that were dropped or pasted, and those in folders.
#[tauri::command(async)]
pub fn library_add(shell: State<'_, Shell>, paths: Vec<PathBuf>, again: bool) -> Answer<AddedView> {
    Ok(add(shell.engine()?, &paths, again))
}

/// Asks for files by the system's dialog and adds them.
#[tauri::command(async)]
pub fn library_choose(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<AddedView> {
    let chosen = app.dialog().file().set_title(title).blocking_pick_files().unwrap_or_default();
    let paths: Vec<PathBuf> = chosen.into_iter().filter_map(|file| file.into_path().ok()).collect();
    Ok(add(shell.engine()?, &paths, false))
}

/// Gives a recording another name.
#[tauri::command(async)]
pub fn library_rename(shell: State<'_, Shell>, recording: String, title: String) -> Answer<()> {
    Ok(shell.engine()?.rename_recording(id(&recording)?, &title)?)
}

/// Takes recordings out of the library.
#[tauri::command(async)]
pub fn library_remove(shell: State<'_, Shell>, recordings: Vec<String>) -> Answer<()> {
    Ok(shell.engine()?.remove_recordings(&ids(&recordings)?)?)
}

/// Brings removed recordings back.
#[tauri::command(async)]
pub fn library_restore(shell: State<'_, Shell>, recordings: Vec<String>) -> Answer<()> {
    Ok(shell.engine()?.restore_recordings(&ids(&recordings)?)?)
}

/// Finds words in all transcripts.
#[tauri::command(async)]
pub fn library_search(shell: State<'_, Shell>, query: String, limit: u32) -> Answer<Vec<HitView>> {
    Ok(shell.engine()?.search(&query, limit)?.into_iter().map(HitView::from).collect())
}

/// A waveform's facts.
#[tauri::command(async)]
pub fn library_waveform(shell: State<'_, Shell>, recording: String) -> Answer<Option<WaveformView>> {
    Ok(shell.engine()?.waveform(id(&recording)?)?.map(WaveformView::from))
}

/// A waveform's amplitudes, as bytes.
#[tauri::command(async)]
pub fn library_peaks(shell: State<'_, Shell>, recording: String) -> Answer<Response> {
    let waveform = shell.engine()?.waveform(id(&recording)?)?;
    Ok(Response::new(waveform.map_or_else(Vec::new, |waveform| waveform.peaks)))
}

/// Asks for the file of a recording that was moved.
#[tauri::command(async)]
pub fn library_locate(app: AppHandle, shell: State<'_, Shell>, recording: String, title: String) -> Answer<bool> {
    let chosen = app.dialog().file().set_title(title).blocking_pick_file();
    let Some(path) = chosen.and_then(|file| file.into_path().ok()) else { return Ok(false) };
    shell.engine()?.relocate(id(&recording)?, &path)?;
    Ok(true)
}

/// Shows a recording's file in the system's file manager.
#[tauri::command(async)]
pub fn library_reveal(app: AppHandle, shell: State<'_, Shell>, recording: String) -> Answer<()> {
    let recording: RecordingId = id(&recording)?;
    let path = shell.engine()?.recording(recording)?.path;
    app.opener()
        .reveal_item_in_dir(&path)
        .map_err(|_| NoticeView::new(format!("The file manager could not show “{}”.", path.display())))
}
