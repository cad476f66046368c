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

/// What can be done with a job.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Cancel,
    Pause,
    Resume,
}

/// Ends a job, holds it back, or goes on with it or tries it again; what is finished is kept.
#[tauri::command(async)]
pub fn job_act(shell: State<'_, Shell>, recording: String, act: Act) -> Answer<()> {
    let engine = shell.engine()?;
    let job = newest(engine, &recording)?.id;
    match act {
        Act::Cancel => engine.cancel(job)?,
        Act::Pause => engine.pause(job)?,
        Act::Resume => drop(engine.retry(job)?),
    }
    Ok(())
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
