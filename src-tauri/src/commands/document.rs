//! Transcripts: opening, editing, finding.

use st_engine::core::edit::Edit;
use st_engine::core::find::FindQuery;
use st_engine::{Code, Grouped, RecordingId, SpeakerWish};
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

/// Undoes the latest edit, or does again what was undone last.
#[tauri::command(async)]
pub fn document_step(shell: State<'_, Shell>, transcript: String, revision: u64, redo: bool) -> Answer<ChangeView> {
    let (engine, id) = (shell.engine()?, id(&transcript)?);
    Ok(if redo { engine.redo(id, revision) } else { engine.undo(id, revision) }?.into())
}

/// Tells speakers apart again; nothing where a job has to hear them first.
#[tauri::command(async)]
pub fn document_speakers(
    shell: State<'_, Shell>,
    transcript: String,
    revision: u64,
    wish: SpeakerWish,
) -> Answer<Option<ChangeView>> {
    match shell.engine()?.group_speakers(id(&transcript)?, revision, wish)? {
        Grouped::Changed(change) => Ok(Some((*change).into())),
        Grouped::Queued(_) => Ok(None),
    }
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
