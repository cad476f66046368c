//! Transcripts: opening, editing, finding.

use st_engine::core::edit::Edit;
use st_engine::core::find::FindQuery;
use st_engine::{Code, RecordingId};
use tauri::State;

use super::{Answer, id};
use crate::shell::Shell;
use crate::views::{ChangeView, DocumentView, FindView};

/// The newest transcript of a recording, else the text that its job has finished so far.
#[tauri::command(async)]
pub fn document_open(shell: State<'_, Shell>, recording: String) -> Answer<Option<DocumentView>> {
    let engine = shell.engine()?;
    let recording: RecordingId = id(&recording)?;
    let recording = engine.recording(recording)?;
    if let Some(&newest) = recording.transcripts.first() {
        return Ok(Some(DocumentView::new(&recording, &engine.transcript(newest)?, engine.marks(recording.id))));
    }
    let words = engine.newest_job(recording.id)?.map(|job| engine.job_text(job.id)).transpose()?;
    Ok(words.map(|words| DocumentView::unfinished(&recording, &words)))
}

/// Applies an edit that was made for a revision.
#[tauri::command(async)]
pub fn document_apply(shell: State<'_, Shell>, transcript: String, revision: u64, edit: Edit) -> Answer<ChangeView> {
    Ok(shell.engine()?.apply(id(&transcript)?, revision, &edit)?.into())
}

/// Undoes the latest edit.
#[tauri::command(async)]
pub fn document_undo(shell: State<'_, Shell>, transcript: String, revision: u64) -> Answer<ChangeView> {
    Ok(shell.engine()?.undo(id(&transcript)?, revision)?.into())
}

/// Does again what was undone last.
#[tauri::command(async)]
pub fn document_redo(shell: State<'_, Shell>, transcript: String, revision: u64) -> Answer<ChangeView> {
    Ok(shell.engine()?.redo(id(&transcript)?, revision)?.into())
}

/// Finds text in one transcript.
#[tauri::command(async)]
pub fn document_find(shell: State<'_, Shell>, transcript: String, query: FindQuery) -> Answer<FindView> {
    match shell.engine()?.find(id(&transcript)?, &query) {
        Ok((stored, found)) => Ok(FindView::new(&stored.document, found)),
        Err(failure) if failure.code == Code::BadPattern => Ok(failure.into()),
        Err(failure) => Err(failure.into()),
    }
}
