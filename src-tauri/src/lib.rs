//! The desktop shell: opens the window, hands the page's calls to the engine and the engine's events to the page. It
//! translates and decides nothing.

mod commands;
mod events;
mod shell;
mod views;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use tauri::{AppHandle, Manager, RunEvent, WindowEvent};

use crate::events::ProgramEvent;
use crate::shell::Shell;

/// The page has this long to keep what was typed last: an edit takes tenths of a second, in the longest transcript too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Runs the program until its window is closed.
pub fn run() -> ExitCode {
    let built = tauri::Builder::default()
        .manage(Shell::open())
        // A second start ends here, before it touches the library.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, folder| second_start(app, &arguments, &folder)))
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(tauri::generate_handler![
            commands::library::library_list,
            commands::library::library_add,
            commands::library::library_choose,
            commands::library::library_rename,
            commands::library::library_remove,
            commands::library::library_restore,
            commands::library::library_search,
            commands::library::library_waveform,
            commands::library::library_peaks,
            commands::library::library_locate,
            commands::library::library_reveal,
            commands::jobs::job_act,
            commands::jobs::job_move,
            commands::jobs::job_again,
            commands::document::document_open,
            commands::document::document_apply,
            commands::document::document_step,
            commands::document::document_speakers,
            commands::document::document_find,
            commands::player::player_load,
            commands::player::player_play,
            commands::player::player_pause,
            commands::player::player_seek,
            commands::player::player_rate,
            commands::player::player_volume,
            commands::player::player_loop,
            commands::recorder::recorder_inputs,
            commands::recorder::recorder_ready,
            commands::recorder::recorder_start,
            commands::recorder::recorder_pause,
            commands::recorder::recorder_resume,
            commands::recorder::recorder_use,
            commands::recorder::recorder_mark,
            commands::recorder::recorder_note,
            commands::recorder::recorder_stop,
            commands::recorder::recorder_discard,
            commands::recorder::recorder_state,
            commands::recorder::recorder_left,
            commands::recorder::recorder_adopt,
            commands::recorder::recorder_discard_left,
            commands::imports::import_choose,
            commands::imports::import_look,
            commands::imports::import_choose_audio,
            commands::imports::import_transcript,
            commands::exports::export_formats,
            commands::exports::export_save,
            commands::exports::export_check,
            commands::exports::export_folder,
            commands::exports::export_plan,
            commands::exports::export_save_all,
            commands::exports::export_text,
            commands::exports::export_reveal,
            commands::models::models_list,
            commands::models::models_download,
            commands::models::models_pause,
            commands::models::models_cancel,
            commands::models::models_verify,
            commands::models::models_remove,
            commands::models::models_import,
            commands::status::status,
            commands::program::gauge,
            commands::program::devices,
            commands::program::languages,
            commands::program::components,
            commands::program::settings,
            commands::program::save_settings,
            commands::program::report,
            commands::program::save_report,
            commands::program::open_folder,
            commands::program::voices,
            commands::program::move_library,
            commands::program::activity,
            commands::program::copy,
            commands::program::copied_files,
            commands::program::notify,
            commands::program::quit,
        ])
        .setup(|app| {
            let shell = app.state::<Shell>();
            shell.add_arguments(std::env::args_os().skip(1));
            if let Ok(engine) = shell.engine() {
                engine.purge_removed();
                events::forward(app.handle().clone(), engine.clone());
                engine.start_queue();
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && let Some(shell) = window.try_state::<Shell>()
                && let Some(running) = shell.running_at_first_wish_to_close()
            {
                // The page keeps what was typed a moment ago, asks where work is going on, and calls `quit`.
                api.prevent_close();
                events::tell(window.app_handle(), ProgramEvent::Closing { running });
                if running == 0 {
                    close_without_page(window.app_handle().clone());
                }
            }
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event
                    && let Some(shell) = app.try_state::<Shell>()
                {
                    shell.close();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("The window could not be opened: {error}.");
            ExitCode::FAILURE
        }
    }
}

/// Ends the program although its page does not answer; there is nothing to ask about.
fn close_without_page(app: AppHandle) {
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        app.exit(0);
    });
}

/// Somebody started the program again: its files go to the window that is there, which comes to the front.
fn second_start(app: &AppHandle, arguments: &[String], folder: &str) {
    let files = arguments.iter().skip(1).map(|file| Path::new(folder).join(file).display().to_string());
    let paths: Vec<String> = files.collect();
    if !paths.is_empty() {
        events::tell(app, ProgramEvent::Drop { paths });
    }
    if let Some(window) = app.get_webview_window("main") {
        // A window manager may refuse; the files are added all the same.
        let _ = window.unminimize().and_then(|()| window.set_focus());
    }
}
