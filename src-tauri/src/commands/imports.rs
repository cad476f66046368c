//! Transcripts that come as files.

use std::path::PathBuf;

use serde::Serialize;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::Answer;
use crate::shell::Shell;

/// What the dialog for transcripts shows.
const ENDINGS: [&str; 4] = ["json", "srt", "vtt", "txt"];

/// A transcript file that can be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportView {
    path: PathBuf,
    name: String,
    audio: Option<PathBuf>,
}

fn look(shell: &Shell, path: PathBuf) -> Answer<ImportView> {
    let audio = shell.engine()?.audio_beside(&path);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(ImportView { path, name, audio })
}

/// Asks for a transcript file.
#[tauri::command(async)]
pub fn import_choose(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<Option<ImportView>> {
    let chosen = app.dialog().file().add_filter(title.clone(), &ENDINGS).set_title(title).blocking_pick_file();
    chosen.and_then(|file| file.into_path().ok()).map(|path| look(&shell, path)).transpose()
}

/// What is known of transcript files that were dropped.
#[tauri::command(async)]
pub fn import_look(shell: State<'_, Shell>, paths: Vec<PathBuf>) -> Answer<Vec<ImportView>> {
    paths.into_iter().map(|path| look(&shell, path)).collect()
}

/// Asks for the recording of a transcript.
#[tauri::command(async)]
pub fn import_choose_audio(app: AppHandle, title: String) -> Option<String> {
    let chosen = app.dialog().file().set_title(title).blocking_pick_file();
    chosen.and_then(|file| file.into_path().ok()).map(|path| path.display().to_string())
}

/// Takes a transcript in, and gives the recording that it became.
#[tauri::command(async)]
pub fn import_transcript(shell: State<'_, Shell>, path: PathBuf, audio: Option<PathBuf>) -> Answer<String> {
    let imported = shell.engine()?.import_transcript(&path, audio.as_deref())?;
    Ok(imported.recording.to_string())
}
