//! Files for others, each through a dialog of the system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use st_engine::formats::{EXPORTERS, ExportOptions, exporter};
use st_engine::{Existing, TranscriptId};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;

use super::{Answer, id, ids};
use crate::shell::Shell;
use crate::views::{DoubtView, ExportedView, FormatView, ManyView, NoticeView, PlannedView};

/// The formats in the order of the menu.
#[tauri::command]
pub fn export_formats() -> Vec<FormatView> {
    EXPORTERS.iter().map(|&exporter| exporter.into()).collect()
}

/// Asks where, and writes one transcript there. The dialog itself asks before a file is replaced.
#[tauri::command(async)]
pub fn export_save(
    app: AppHandle,
    shell: State<'_, Shell>,
    transcript: String,
    format: String,
    options: ExportOptions,
    title: String,
) -> Answer<Option<ExportedView>> {
    let (engine, transcript) = (shell.engine()?, id(&transcript)?);
    let name = engine.export_name(transcript, &format)?;
    let mut dialog = app.dialog().file().set_title(title).set_file_name(&name);
    if let Some(exporter) = exporter(&format) {
        dialog = dialog.add_filter(exporter.name(), &[exporter.extension()]);
    }
    if let Some(folder) = shell.last_folder() {
        dialog = dialog.set_directory(folder);
    }
    let Some(path) = dialog.blocking_save_file().and_then(|file| file.into_path().ok()) else { return Ok(None) };
    let path = engine.export(transcript, &format, &options, &path, Existing::Replace)?;
    shell.remember_folder(&path);
    Ok(Some(ExportedView::new(&path)))
}

/// What should be known of these transcripts before they are given away.
#[tauri::command(async)]
pub fn export_check(shell: State<'_, Shell>, transcripts: Vec<String>) -> Answer<Vec<DoubtView>> {
    let engine = shell.engine()?;
    let mut doubts = Vec::new();
    for transcript in ids::<TranscriptId>(&transcripts)? {
        if let Some(reason) = engine.export_doubt(transcript)? {
            let title = engine.transcript_title(transcript)?;
            doubts.push(DoubtView { transcript: transcript.to_string(), title, reason });
        }
    }
    Ok(doubts)
}

/// Asks for a folder.
#[tauri::command(async)]
pub fn export_folder(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<Option<String>> {
    let mut dialog = app.dialog().file().set_title(title);
    if let Some(folder) = shell.last_folder() {
        dialog = dialog.set_directory(folder);
    }
    let folder = dialog.blocking_pick_folder().and_then(|folder| folder.into_path().ok());
    if let Some(folder) = &folder {
        shell.remember_folder(&folder.join("file"));
    }
    Ok(folder.map(|folder| folder.display().to_string()))
}

/// Which files would be written into a folder.
#[tauri::command(async)]
pub fn export_plan(
    shell: State<'_, Shell>,
    transcripts: Vec<String>,
    formats: Vec<String>,
    folder: PathBuf,
) -> Answer<Vec<PlannedView>> {
    let planned = shell.engine()?.export_plan(&ids(&transcripts)?, &formats, &folder)?;
    Ok(planned.into_iter().map(PlannedView::from).collect())
}

/// Writes several transcripts in several formats into a folder.
#[tauri::command(async)]
pub fn export_save_all(
    shell: State<'_, Shell>,
    transcripts: Vec<String>,
    formats: Vec<String>,
    options: BTreeMap<String, ExportOptions>,
    folder: PathBuf,
    existing: Existing,
) -> Answer<ManyView> {
    Ok(shell.engine()?.export_many(&ids(&transcripts)?, &formats, &options, &folder, existing)?.into())
}

/// A transcript as plain text, for the clipboard.
#[tauri::command(async)]
pub fn export_text(shell: State<'_, Shell>, transcript: String, options: ExportOptions) -> Answer<String> {
    let bytes = shell.engine()?.export_bytes(id(&transcript)?, "txt", &options)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Shows a file that was written in the system's file manager.
#[tauri::command(async)]
pub fn export_reveal(app: AppHandle, path: String) -> Answer<()> {
    app.opener()
        .reveal_item_in_dir(Path::new(&path))
        .map_err(|_| NoticeView::new(format!("The file manager could not show “{path}”.")))
}
