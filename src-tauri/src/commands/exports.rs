//! Files for others, each through a dialog of the system.

use std::path::{Path, PathBuf};

use st_engine::formats::{EXPORTERS, ExportOptions, exporter};
use st_engine::{Engine, Existing, TranscriptId, title};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_opener::OpenerExt;

use super::{Answer, id, ids};
use crate::shell::Shell;
use crate::views::{ExportedView, FormatView, NoticeView};

/// The formats in the order of the menu.
#[tauri::command]
pub fn export_formats() -> Vec<FormatView> {
    EXPORTERS.iter().map(|&exporter| exporter.into()).collect()
}

/// A file name for a transcript: the title of its recording, without what file systems refuse.
fn file_name(engine: &Engine, transcript: TranscriptId, format: &str) -> Answer<String> {
    let recording = engine.recording(engine.transcript(transcript)?.recording)?;
    let refused = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let stem: String = title(&recording.name).chars().map(|c| if refused(c) { '-' } else { c }).collect();
    let extension = exporter(format).map_or(format, |exporter| exporter.extension());
    Ok(format!("{}.{extension}", stem.trim().trim_end_matches('.')))
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
    let name = file_name(engine, transcript, &format)?;
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

/// Asks for a folder, and writes one file for each transcript into it. Nothing there is replaced.
#[tauri::command(async)]
pub fn export_save_all(
    app: AppHandle,
    shell: State<'_, Shell>,
    transcripts: Vec<String>,
    format: String,
    options: ExportOptions,
    title: String,
) -> Answer<Option<Vec<ExportedView>>> {
    let engine = shell.engine()?;
    let folder = app.dialog().file().set_title(title).blocking_pick_folder();
    let Some(folder) = folder.and_then(|folder| folder.into_path().ok()) else { return Ok(None) };
    let mut written = Vec::new();
    for transcript in ids(&transcripts)? {
        let path: PathBuf = folder.join(file_name(engine, transcript, &format)?);
        let path = engine.export(transcript, &format, &options, &path, Existing::Number)?;
        written.push(ExportedView::new(&path));
    }
    Ok(Some(written))
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
