//! The queue. The page names recordings; what is meant is the newest job of each.

use st_engine::{Engine, Job, JobSettings};
use tauri::State;

use super::{Answer, id};
use crate::shell::Shell;
use crate::views::NoticeView;

fn newest(engine: &Engine, recording: &str) -> Answer<Job> {
    engine
        .newest_job(id(recording)?)?
        .ok_or_else(|| NoticeView::new("Nothing is being done with this recording.".into()))
}

/// Ends a job; what is finished is kept.
#[tauri::command(async)]
pub fn job_cancel(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    let engine = shell.engine()?;
    Ok(engine.cancel(newest(engine, &recording)?.id)?)
}

/// Goes on with a job that was stopped or held, or tries a failed one again.
#[tauri::command(async)]
pub fn job_resume(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    let engine = shell.engine()?;
    engine.retry(newest(engine, &recording)?.id)?;
    Ok(())
}

/// Holds a job back.
#[tauri::command(async)]
pub fn job_pause(shell: State<'_, Shell>, recording: String) -> Answer<()> {
    let engine = shell.engine()?;
    Ok(engine.pause(newest(engine, &recording)?.id)?)
}

/// Puts a waiting job before another one, or at the end.
#[tauri::command(async)]
pub fn job_move(shell: State<'_, Shell>, recording: String, before: Option<String>) -> Answer<()> {
    let engine = shell.engine()?;
    let before = before.map(|other| newest(engine, &other)).transpose()?.map(|job| job.id);
    Ok(engine.move_job(newest(engine, &recording)?.id, before)?)
}

/// Transcribes a recording again with other settings.
#[tauri::command(async)]
pub fn job_again(shell: State<'_, Shell>, recording: String, settings: JobSettings) -> Answer<()> {
    shell.engine()?.transcribe_again(id(&recording)?, &settings)?;
    Ok(())
}

/// Finds the speakers of a transcript anew.
#[tauri::command(async)]
pub fn job_speakers(shell: State<'_, Shell>, transcript: String, speakers: String) -> Answer<()> {
    shell.engine()?.diarize_again(id(&transcript)?, speakers.parse()?)?;
    Ok(())
}
