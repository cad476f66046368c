//! What is ready, and what leaves this computer.

use st_engine::Engine;
use st_engine::models::{InstalledModel, Role};
use tauri::State;

use super::Answer;
use crate::shell::Shell;
use crate::views::{CheckView, StatusView};

/// The facts of the status bar and the first screen.
#[tauri::command(async)]
pub fn status(shell: State<'_, Shell>) -> Answer<StatusView> {
    let notices = shell.take_notices();
    let engine = shell.engine()?;
    Ok(StatusView {
        version: env!("CARGO_PKG_VERSION"),
        checks: vec![speech(engine), speakers(engine), device(engine)],
        // Nothing in the program sends recordings or text: only models::download opens a connection, and it only reads.
        bytes_sent: 0,
        downloading: engine.is_downloading(),
        data_dir: engine.dirs().data().display().to_string(),
        notices,
    })
}

fn speech(engine: &Engine) -> CheckView {
    let model = engine.models().find_default().ok();
    CheckView {
        what: "speech",
        ready: model.is_some(),
        name: model.as_ref().map_or_else(String::new, title),
        bytes: model.map(|m| m.bytes),
    }
}

fn title(model: &InstalledModel) -> String {
    model.info.map_or_else(|| model.name.clone(), |info| info.title.to_string())
}

fn speakers(engine: &Engine) -> CheckView {
    let models = [Role::Segmentation, Role::Embedding].map(|role| engine.models().companion(role).ok());
    let ready = models.iter().all(Option::is_some);
    let bytes = models.iter().flatten().map(|m| m.bytes).sum();
    CheckView { what: "speakers", ready, name: String::new(), bytes: ready.then_some(bytes) }
}

fn device(engine: &Engine) -> CheckView {
    let best = engine.devices().ok().and_then(|all| all.into_iter().next());
    CheckView { what: "device", ready: best.is_some(), name: best.map(|d| d.name).unwrap_or_default(), bytes: None }
}
