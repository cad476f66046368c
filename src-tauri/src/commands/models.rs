//! Models; what happens to them is told by events.

use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::Answer;
use crate::shell::Shell;
use crate::views::ModelView;

/// Every model that is here or could be.
#[tauri::command(async)]
pub fn models_list(shell: State<'_, Shell>) -> Answer<Vec<ModelView>> {
    let engine = shell.engine()?;
    let machine = engine.total_memory();
    Ok(engine.model_entries().into_iter().map(|model| ModelView::new(model, machine)).collect())
}

/// Begins to fetch a model, or goes on with it.
#[tauri::command(async)]
pub fn models_download(shell: State<'_, Shell>, name: String) -> Answer<()> {
    Ok(shell.engine()?.download_model(&name)?)
}

/// Stops fetching and keeps what has come.
#[tauri::command(async)]
pub fn models_pause(shell: State<'_, Shell>, name: String) -> Answer<()> {
    Ok(shell.engine()?.stop_download(&name, false)?)
}

/// Stops fetching and throws away what has come.
#[tauri::command(async)]
pub fn models_cancel(shell: State<'_, Shell>, name: String) -> Answer<()> {
    Ok(shell.engine()?.stop_download(&name, true)?)
}

/// Compares a model's file with what it should be.
#[tauri::command(async)]
pub fn models_verify(shell: State<'_, Shell>, name: String) -> Answer<()> {
    Ok(shell.engine()?.verify_model(&name)?)
}

/// Removes a model's file.
#[tauri::command(async)]
pub fn models_remove(shell: State<'_, Shell>, name: String) -> Answer<()> {
    Ok(shell.engine()?.remove_model(&name)?)
}

/// Asks for a model file and takes it in.
#[tauri::command(async)]
pub fn models_import(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<Option<String>> {
    let chosen = app.dialog().file().set_title(title).blocking_pick_file();
    let Some(path) = chosen.and_then(|file| file.into_path().ok()) else { return Ok(None) };
    Ok(Some(shell.engine()?.import_model(&path)?))
}
