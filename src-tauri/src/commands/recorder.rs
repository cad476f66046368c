//! Live recording.

use st_engine::recording::{Input, LeftRecording, Marker, RecordOptions, Recorded, RecorderState, Sources};
use tauri::{AppHandle, State};

use super::Answer;
use crate::events::{ProgramEvent, notices_of, tell};
use crate::shell::Shell;
use crate::views::NoticeView;

/// Everything that can be recorded.
#[tauri::command(async)]
pub fn recorder_inputs(shell: State<'_, Shell>) -> Answer<Vec<Input>> {
    Ok(shell.engine()?.inputs()?)
}

/// Opens inputs without recording; none closes them.
#[tauri::command(async)]
pub fn recorder_ready(shell: State<'_, Shell>, sources: Option<Sources>) -> Answer<()> {
    Ok(shell.engine()?.record_ready(sources)?)
}

/// Begins a recording.
#[tauri::command(async)]
pub fn recorder_start(shell: State<'_, Shell>, sources: Sources) -> Answer<()> {
    Ok(shell.engine()?.record_start(RecordOptions::live(sources))?)
}

/// Holds it.
#[tauri::command(async)]
pub fn recorder_pause(shell: State<'_, Shell>) -> Answer<()> {
    Ok(shell.engine()?.record_pause()?)
}

/// Goes on.
#[tauri::command(async)]
pub fn recorder_resume(shell: State<'_, Shell>) -> Answer<()> {
    Ok(shell.engine()?.record_resume()?)
}

/// Records from another input from now on.
#[tauri::command(async)]
pub fn recorder_use(shell: State<'_, Shell>, input: Option<String>) -> Answer<()> {
    Ok(shell.engine()?.record_use(input)?)
}

/// Marks the place that is being recorded.
#[tauri::command(async)]
pub fn recorder_mark(shell: State<'_, Shell>) -> Answer<Marker> {
    Ok(shell.engine()?.record_mark()?)
}

/// Gives a mark its note.
#[tauri::command(async)]
pub fn recorder_note(shell: State<'_, Shell>, marker: u32, note: String) -> Answer<()> {
    Ok(shell.engine()?.record_note(marker, note)?)
}

/// Finishes the recording, which goes into the library and the queue.
#[tauri::command(async)]
pub fn recorder_stop(app: AppHandle, shell: State<'_, Shell>, title: Option<String>) -> Answer<String> {
    kept(&app, shell.engine()?.record_stop(title.as_deref())?)
}

/// Stops and puts the file aside.
#[tauri::command(async)]
pub fn recorder_discard(shell: State<'_, Shell>) -> Answer<String> {
    Ok(shell.engine()?.record_discard()?)
}

/// How the recorder stands.
#[tauri::command(async)]
pub fn recorder_state(shell: State<'_, Shell>) -> Answer<RecorderState> {
    Ok(shell.engine()?.record_state())
}

/// What was not finished, or was discarded within a day.
#[tauri::command(async)]
pub fn recorder_left(shell: State<'_, Shell>) -> Answer<Vec<LeftRecording>> {
    Ok(shell.engine()?.recordings_left())
}

/// Takes what was not finished, or was discarded, into the library.
#[tauri::command(async)]
pub fn recorder_adopt(app: AppHandle, shell: State<'_, Shell>, id: String) -> Answer<String> {
    kept(&app, shell.engine()?.record_adopt(&id)?)
}

/// Discards what was not finished.
#[tauri::command(async)]
pub fn recorder_discard_left(shell: State<'_, Shell>, id: String) -> Answer<()> {
    Ok(shell.engine()?.record_discard_left(&id)?)
}

/// The id of a recording that ended; what else should be known about it is told as notices.
fn kept(app: &AppHandle, recorded: Recorded) -> Answer<String> {
    for notice in notices_of(&recorded) {
        tell(app, ProgramEvent::Notice { notice });
    }
    let missing = || NoticeView::new(format!("{} is not in the library.", recorded.file.display()));
    recorded.recording.map(|id| id.to_string()).ok_or_else(missing)
}
