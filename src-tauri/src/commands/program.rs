//! The program itself: settings, the report, the system around it.

use serde::{Deserialize, Serialize};
use st_engine::languages::LANGUAGES;
use st_engine::{Gauge, JobSettings, Preferences, VoiceAnswer, VoiceCall};
use tauri::window::{ProgressBarState, ProgressBarStatus};
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_notification::NotificationExt;
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::shell::Shell;
use crate::views::{ExportedView, NoticeView};

/// The settings as the page shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsView {
    job: JobSettings,
    preferences: Preferences,
}

/// A device as settings name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceView {
    id: String,
    name: String,
    kind: String,
}

/// Components that are shipped with the program, made by `cargo xtask components`.
const COMPONENTS: &str = include_str!("../../components.json");

/// Memory, processors and graphics cards in use.
#[tauri::command(async)]
pub fn gauge(shell: State<'_, Shell>) -> Answer<Gauge> {
    Ok(shell.engine()?.gauge())
}

/// Compute devices, best first.
#[tauri::command(async)]
pub fn devices(shell: State<'_, Shell>) -> Answer<Vec<DeviceView>> {
    let view = |device: st_engine::DeviceInfo| DeviceView {
        id: device.id,
        name: device.name,
        kind: format!("{:?}", device.kind).to_lowercase(),
    };
    Ok(shell.engine()?.devices()?.into_iter().map(view).collect())
}

/// Languages that can be transcribed, by Whisper's code and English name.
#[tauri::command]
pub fn languages() -> Vec<serde_json::Value> {
    LANGUAGES.iter().map(|(code, name)| serde_json::json!({ "code": code, "name": name })).collect()
}

/// What is shipped, with licences.
#[tauri::command]
pub fn components() -> Answer<serde_json::Value> {
    serde_json::from_str(COMPONENTS).map_err(|_| NoticeView::new("The list of components cannot be read.".into()))
}

/// The settings.
#[tauri::command(async)]
pub fn settings(shell: State<'_, Shell>) -> Answer<SettingsView> {
    let settings = shell.engine()?.settings();
    Ok(SettingsView { job: settings.job, preferences: settings.preferences })
}

/// Keeps the settings. What the file holds beside them stays.
#[tauri::command(async)]
pub fn save_settings(shell: State<'_, Shell>, settings: SettingsView) -> Answer<()> {
    let engine = shell.engine()?;
    settings.job.check()?;
    let mut kept = engine.settings();
    (kept.job, kept.preferences) = (settings.job, settings.preferences.within_range());
    Ok(engine.set_settings(&kept)?)
}

/// Facts for whoever helps.
#[tauri::command(async)]
pub fn report(shell: State<'_, Shell>) -> Answer<String> {
    Ok(shell.engine()?.report())
}

/// Asks where, and writes the report there.
#[tauri::command(async)]
pub fn save_report(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<Option<ExportedView>> {
    let dialog = app.dialog().file().set_title(title).set_file_name("securetranscribe-report.txt");
    let Some(path) = dialog.blocking_save_file().and_then(|file| file.into_path().ok()) else { return Ok(None) };
    std::fs::write(&path, shell.engine()?.report()).map_err(|error| {
        NoticeView::new(format!("The report could not be written to “{}”: {error}.", path.display()))
    })?;
    Ok(Some(ExportedView::new(&path)))
}

/// Opens the folder of the logs, or that of library and models.
#[tauri::command(async)]
pub fn open_folder(app: AppHandle, shell: State<'_, Shell>, logs: bool) -> Answer<()> {
    let dirs = shell.engine()?.dirs();
    open(&app, &if logs { dirs.logs() } else { dirs.data().to_path_buf() })
}

/// Voices that are remembered.
#[tauri::command(async)]
pub fn voices(shell: State<'_, Shell>, call: VoiceCall) -> Answer<VoiceAnswer> {
    Ok(shell.engine()?.voices(&call)?)
}

/// Asks for a folder and has library and models lie there: they are moved when the program has started again, which it
/// does now. Gives the folder, or nothing where the person closes the dialog.
#[tauri::command(async)]
pub fn move_library(app: AppHandle, shell: State<'_, Shell>, title: String) -> Answer<Option<String>> {
    let engine = shell.engine()?;
    let folder = app.dialog().file().set_title(title).blocking_pick_folder();
    let Some(folder) = folder.and_then(|folder| folder.into_path().ok()) else { return Ok(None) };
    let to = engine.move_data(&folder)?;
    app.request_restart();
    Ok(Some(to.display().to_string()))
}

fn open(app: &AppHandle, folder: &std::path::Path) -> Answer<()> {
    app.opener()
        .open_path(folder.to_string_lossy(), None::<&str>)
        .map_err(|_| NoticeView::new(format!("The folder “{}” could not be opened.", folder.display())))
}

/// Title of the window, and what the task bar shows of the work.
#[tauri::command(async)]
pub fn activity(window: WebviewWindow, title: String, fraction: Option<f64>) -> Answer<()> {
    let status = if fraction.is_some() { ProgressBarStatus::Normal } else { ProgressBarStatus::None };
    let progress = fraction.map(|part| (part.clamp(0.0, 1.0) * 100.0).round() as u64);
    let shown = window
        .set_title(&title)
        .and_then(|()| window.set_progress_bar(ProgressBarState { status: Some(status), progress }));
    if let Err(error) = shown {
        tracing::debug!(%error, "the task bar shows nothing");
    }
    Ok(())
}

/// Puts text into the clipboard.
#[tauri::command(async)]
pub fn copy(app: AppHandle, text: String) -> Answer<()> {
    app.clipboard()
        .write_text(text)
        .map_err(|_| NoticeView::new("The system does not let this program use the clipboard.".into()))
}

/// Files that were copied in the file manager: web views on Linux tell their pages only that there are some.
#[tauri::command(async)]
pub fn copied_files() -> Vec<String> {
    let files = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get().file_list());
    files.unwrap_or_default().into_iter().map(|path| path.display().to_string()).collect()
}

/// A notification of the system. Where there is no service for it, nothing is shown.
#[tauri::command(async)]
pub fn notify(app: AppHandle, title: String, body: String) -> Answer<()> {
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::debug!(%error, "the system shows no notification");
    }
    Ok(())
}

/// Ends the program. Running jobs go on at the next start.
#[tauri::command(async)]
pub fn quit(app: AppHandle) {
    app.exit(0);
}
