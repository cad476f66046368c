//! Hearing a recording; what happens is told by events.

use st_engine::core::time::Millis;
use tauri::State;

use super::{Answer, id};
use crate::shell::Shell;
use crate::views::SpanView;

/// Makes a recording ready to be heard.
#[tauri::command(async)]
pub fn player_load(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    Ok(shell.engine()?.player_load(id(&recording)?)?)
}

/// Plays from a place in milliseconds, else from where it stands.
#[tauri::command(async)]
pub fn player_play(shell: State<'_, Shell>, from: Option<u64>) -> Answer<()> {
    Ok(shell.engine()?.player_play(from.map(Millis))?)
}

/// Stops for now.
#[tauri::command(async)]
pub fn player_pause(shell: State<'_, Shell>) -> Answer<()> {
    shell.engine()?.player_pause();
    Ok(())
}

/// Goes to a place in milliseconds.
#[tauri::command(async)]
pub fn player_seek(shell: State<'_, Shell>, position: u64) -> Answer<()> {
    shell.engine()?.player_seek(Millis(position));
    Ok(())
}

/// Faster or slower at the same pitch.
#[tauri::command(async)]
pub fn player_rate(shell: State<'_, Shell>, rate: f32) -> Answer<()> {
    shell.engine()?.player_rate(rate);
    Ok(())
}

/// Louder or quieter, 0 to 1.
#[tauri::command(async)]
pub fn player_volume(shell: State<'_, Shell>, volume: f32) -> Answer<()> {
    shell.engine()?.player_volume(volume);
    Ok(())
}

/// Repeats a stretch, or nothing.
#[tauri::command(async)]
pub fn player_loop(shell: State<'_, Shell>, span: Option<SpanView>) -> Answer<()> {
    shell.engine()?.player_loop(span.map(Into::into));
    Ok(())
}
