//! The desktop shell: opens the window, hands the page's calls to the engine and the engine's events to the page. It
//! translates and decides nothing.

mod commands;
mod events;
mod shell;
mod views;

use std::process::ExitCode;

use tauri::{Manager, RunEvent};

use crate::shell::Shell;

/// Runs the program until its window is closed.
pub fn run() -> ExitCode {
    let shell = Shell::open();
    shell.add_arguments(std::env::args_os().skip(1));
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(shell)
        .invoke_handler(tauri::generate_handler![
            commands::library::library,
            commands::library::transcript,
            commands::library::remove,
            commands::jobs::add_files,
            commands::jobs::choose_files,
            commands::jobs::cancel,
            commands::jobs::retry,
            commands::status::status,
        ])
        .setup(|app| {
            if let Ok(engine) = app.state::<Shell>().engine() {
                events::forward(app.handle().clone(), engine.clone());
                engine.start_queue();
            }
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event
                    && let Ok(engine) = app.state::<Shell>().engine()
                {
                    engine.stop_queue();
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
