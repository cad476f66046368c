//! `library`: what is kept, taking it in and out again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;
use st_engine::formats::ExportOptions;
use st_engine::library::{Recording, StoredTranscript};
use st_engine::{Code, Engine, Failure, Job, JobState, RecordingId};

use crate::end::End;
use crate::out;

/// What can be done with the library.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the recordings, newest first
    List {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Show the newest transcript of a recording
    Show {
        /// Number of the recording, as `library list` has it
        #[arg(value_name = "ID")]
        id: RecordingId,
        /// JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Take in a transcript from a file: JSON of this program, SRT, VTT, or text with times
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The recording that it belongs to; without one there is nothing to hear
        #[arg(long, value_name = "FILE")]
        audio: Option<PathBuf>,
        /// JSON instead of a sentence
        #[arg(long)]
        json: bool,
    },
    /// Take recordings with their transcripts out of the library; the original files stay
    Delete {
        /// Numbers of the recordings
        #[arg(value_name = "ID", required = true)]
        ids: Vec<RecordingId>,
    },
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    recording: Recording,
    duration_ms: Option<u64>,
    speakers: Option<usize>,
    job: Option<JobRow>,
}

#[derive(Serialize)]
struct JobRow {
    id: i64,
    state: &'static str,
    windows_done: u32,
    failure: Option<Failure>,
}

impl From<&Job> for JobRow {
    fn from(job: &Job) -> Self {
        let failure = match &job.state {
            JobState::Failed(failure) => Some(failure.clone()),
            _ => None,
        };
        Self { id: job.id.0, state: word(&job.state), windows_done: job.windows_done, failure }
    }
}

fn word(state: &JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running(_) => "running",
        JobState::Done(_) => "done",
        JobState::Failed(_) => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// Does it.
pub fn run(engine: &Engine, command: &Command) -> Result<ExitCode, End> {
    match command {
        Command::List { json } => list(engine, *json)?,
        Command::Show { id, json } => show(engine, *id, *json)?,
        Command::Import { file, audio, json } => import(engine, file, audio.as_deref(), *json)?,
        Command::Delete { ids } => {
            for &id in ids {
                let name = engine.recording(id)?.name;
                engine.delete_recording(id)?;
                out::line(format!("“{name}” is no longer in the library. The original file was not touched."))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn import(engine: &Engine, file: &Path, audio: Option<&Path>, json: bool) -> Result<(), End> {
    let id = engine.import_transcript(file, audio)?.recording;
    if json {
        return out::json(&serde_json::json!({ "id": id }));
    }
    out::line(format!("“{}” is in the library as number {id}.", engine.recording(id)?.name))
}

/// The newest transcript of a recording.
pub fn newest(engine: &Engine, id: RecordingId) -> Result<StoredTranscript, Failure> {
    let recording = engine.recording(id)?;
    match recording.transcripts.first() {
        Some(&transcript) => engine.transcript(transcript),
        None => Err(Failure::new(Code::NotFound, format!("“{}” ({id}) has no transcript yet.", recording.name))
            .hint("Transcribe it first.")),
    }
}

fn list(engine: &Engine, json: bool) -> Result<(), End> {
    let (jobs, speakers) = (engine.jobs()?, engine.speaker_counts()?);
    let mut rows = Vec::new();
    for recording in engine.recordings()? {
        let job = jobs.iter().filter(|j| j.recording == recording.id).max_by_key(|j| j.id);
        rows.push(Row {
            duration_ms: recording.duration.map(|d| d.0),
            speakers: speakers.get(&recording.id).copied(),
            job: job.map(JobRow::from),
            recording,
        });
    }
    if json {
        return out::json(&serde_json::json!({ "recordings": rows }));
    }
    if rows.is_empty() {
        return out::line("The library is empty.");
    }
    let cells = rows.iter().map(|row| {
        vec![
            row.recording.id.to_string(),
            out::short_time(&row.recording.added_at),
            row.recording.duration.map_or_else(|| "–".into(), |d| d.to_string()),
            row.speakers.map_or_else(|| "–".into(), |n| n.to_string()),
            row.job.as_ref().map_or("–", |job| job.state).to_string(),
            row.recording.name.clone(),
        ]
    });
    out::table(&["id", "added (UTC)", "length", "speakers", "state", "name"], &cells.collect::<Vec<_>>())
}

fn show(engine: &Engine, id: RecordingId, json: bool) -> Result<(), End> {
    let stored = newest(engine, id)?;
    let format = if json { "json" } else { "txt" };
    out::bytes(&engine.export_bytes(stored.id, format, &ExportOptions::default())?)
}
