//! Jobs in the library: the queue that survives a restart.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Library, LibraryError};
use crate::clock;
use crate::failure::Failure;
use crate::ids::{JobId, RecordingId, TranscriptId};
use crate::jobs::{Job, JobKind, JobSettings, JobState, Progress};

const COLUMNS: &str = "SELECT j.id, j.recording_id, r.name, j.kind, j.settings, j.state, j.progress, j.failure,
    j.transcript_id, j.created_at, (SELECT COUNT(*) FROM windows w WHERE w.job_id = j.id),
    j.paused, COALESCE(j.position, j.id)
    FROM jobs j JOIN recordings r ON r.id = j.recording_id";

/// What a job remembers besides its settings, so that it can go on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobMemory {
    /// SHA-256 of the file that the windows belong to.
    pub sha256: Option<String>,
    /// SHA-256 of the recogniser that made the windows.
    pub model: Option<String>,
    /// Language that was chosen or found.
    pub language: Option<String>,
    /// When it first began.
    pub started_at: Option<String>,
    /// Processing time of each stage so far, in milliseconds.
    pub stage_ms: BTreeMap<String, u64>,
}

struct Raw {
    job: Job,
    kind: String,
    settings: String,
    state: String,
    progress: Option<String>,
    failure: Option<String>,
    transcript: Option<TranscriptId>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        job: Job {
            id: row.get(0)?,
            recording: row.get(1)?,
            name: row.get(2)?,
            kind: JobKind::Transcribe,
            settings: JobSettings::default(),
            state: JobState::Queued,
            created_at: row.get(9)?,
            windows_done: row.get(10)?,
            paused: row.get(11)?,
            position: row.get(12)?,
        },
        kind: row.get(3)?,
        settings: row.get(4)?,
        state: row.get(5)?,
        progress: row.get(6)?,
        failure: row.get(7)?,
        transcript: row.get(8)?,
    })
}

fn finish(raw: Raw) -> Result<Job, LibraryError> {
    let missing = |what: &str| LibraryError::Damaged(format!("job {} has no {what}", raw.job.id));
    let state = match raw.state.as_str() {
        "queued" => JobState::Queued,
        "running" => JobState::Running(match &raw.progress {
            Some(progress) => serde_json::from_str(progress)?,
            None => Progress::start(),
        }),
        "done" => JobState::Done(raw.transcript.ok_or_else(|| missing("transcript"))?),
        "failed" => JobState::Failed(serde_json::from_str(raw.failure.as_ref().ok_or_else(|| missing("failure"))?)?),
        "cancelled" => JobState::Cancelled,
        _ => return Err(missing("state")),
    };
    Ok(Job { kind: serde_json::from_str(&raw.kind)?, settings: serde_json::from_str(&raw.settings)?, state, ..raw.job })
}

impl Library {
    /// Adds a job at the end of the queue.
    pub fn add_job(
        &self,
        recording: RecordingId,
        kind: JobKind,
        settings: &JobSettings,
    ) -> Result<JobId, LibraryError> {
        let (kind, settings) = (serde_json::to_string(&kind)?, serde_json::to_string(settings)?);
        self.write(|tx| {
            tx.execute(
                "INSERT INTO jobs (recording_id, kind, settings, state, created_at) VALUES (?1, ?2, ?3, 'queued', ?4)",
                params![recording, kind, settings, clock::now()],
            )?;
            Ok(JobId(tx.last_insert_rowid()))
        })
    }

    /// A job of the same kind and settings on this recording that has not made its transcript, newest first.
    pub fn unfinished_job(
        &self,
        recording: RecordingId,
        kind: JobKind,
        settings: &JobSettings,
    ) -> Result<Option<JobId>, LibraryError> {
        let (kind, settings) = (serde_json::to_string(&kind)?, serde_json::to_string(settings)?);
        self.read(|c| {
            Ok(c.query_row(
                "SELECT id FROM jobs WHERE recording_id = ?1 AND kind = ?2 AND settings = ?3 AND state <> 'done'
                 ORDER BY id DESC LIMIT 1",
                params![recording, kind, settings],
                |row| row.get(0),
            )
            .optional()?)
        })
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Job, LibraryError> {
        let raw = self.read(|c| {
            c.query_row(&format!("{COLUMNS} WHERE j.id = ?1"), [id], raw)
                .optional()?
                .ok_or(LibraryError::NotFound { what: "job", id: id.0 })
        })?;
        finish(raw)
    }

    /// All jobs in the order in which they were added.
    pub fn jobs(&self) -> Result<Vec<Job>, LibraryError> {
        self.jobs_where("", "j.id")
    }

    /// Jobs that wait, and those that run or were interrupted (their lock tells which), in the order of the queue. Those
    /// that a person holds are left out.
    pub fn open_jobs(&self) -> Result<Vec<Job>, LibraryError> {
        self.jobs_where("AND j.state IN ('queued', 'running') AND j.paused = 0", "COALESCE(j.position, j.id), j.id")
    }

    fn jobs_where(&self, filter: &str, order: &str) -> Result<Vec<Job>, LibraryError> {
        let rows: Vec<Raw> = self.read(|c| {
            let mut statement =
                c.prepare_cached(&format!("{COLUMNS} WHERE r.removed_at IS NULL {filter} ORDER BY {order}"))?;
            Ok(statement.query_map([], raw)?.collect::<Result<_, _>>()?)
        })?;
        rows.into_iter().map(finish).collect()
    }

    /// A job begins, or goes on.
    pub fn start_job(&self, id: JobId) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE jobs SET state = 'running', paused = 0, progress = NULL, failure = NULL,
                 started_at = COALESCE(started_at, ?2), finished_at = NULL WHERE id = ?1",
                params![id, clock::now()],
            )?;
            Ok(())
        })
    }

    /// How far a running job is, for other processes to see.
    pub fn set_progress(&self, id: JobId, progress: &Progress) -> Result<(), LibraryError> {
        let progress = serde_json::to_string(progress)?;
        self.write(|tx| {
            tx.execute("UPDATE jobs SET progress = ?2 WHERE id = ?1 AND state = 'running'", params![id, progress])?;
            Ok(())
        })
    }

    /// A job ends without a transcript. Its journal stays.
    pub fn end_job(&self, id: JobId, failure: Option<&Failure>) -> Result<(), LibraryError> {
        let state = if failure.is_some() { "failed" } else { "cancelled" };
        let failure = failure.map(serde_json::to_string).transpose()?;
        self.write(|tx| {
            tx.execute(
                "UPDATE jobs SET state = ?2, failure = ?3, finished_at = ?4 WHERE id = ?1 AND state <> 'done'",
                params![id, state, failure, clock::now()],
            )?;
            Ok(())
        })
    }

    /// Puts a job that failed, was cancelled or was interrupted back into the queue. Whether it was.
    pub fn requeue_job(&self, id: JobId) -> Result<bool, LibraryError> {
        self.write(|tx| {
            let changed = tx.execute(
                "UPDATE jobs SET state = 'queued', failure = NULL, progress = NULL, finished_at = NULL
                 WHERE id = ?1 AND state <> 'done'",
                [id],
            )?;
            Ok(changed == 1)
        })
    }

    /// What the job remembers.
    pub fn job_memory(&self, id: JobId) -> Result<JobMemory, LibraryError> {
        let (memory, stage_ms) = self.read(|c| {
            c.query_row("SELECT sha256, models, language, started_at, stage_ms FROM jobs WHERE id = ?1", [id], |row| {
                let memory = JobMemory {
                    sha256: row.get(0)?,
                    model: row.get(1)?,
                    language: row.get(2)?,
                    started_at: row.get(3)?,
                    stage_ms: BTreeMap::new(),
                };
                Ok((memory, row.get::<_, String>(4)?))
            })
            .optional()?
            .ok_or(LibraryError::NotFound { what: "job", id: id.0 })
        })?;
        Ok(JobMemory { stage_ms: serde_json::from_str(&stage_ms)?, ..memory })
    }

    /// From now on the job's windows belong to this file content and this recogniser. Windows of others go.
    pub fn bind_job(&self, id: JobId, sha256: &str, model: &str) -> Result<(), LibraryError> {
        self.write(|tx| {
            let changed = tx.execute(
                "UPDATE jobs SET sha256 = ?2, models = ?3, language = NULL
                 WHERE id = ?1 AND (sha256 IS NOT ?2 OR models IS NOT ?3)",
                params![id, sha256, model],
            )?;
            if changed > 0 {
                tx.execute("DELETE FROM windows WHERE job_id = ?1", [id])?;
            }
            Ok(())
        })
    }

    /// The language that the job's windows are decoded in.
    pub fn set_job_language(&self, id: JobId, language: &str) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute("UPDATE jobs SET language = ?2 WHERE id = ?1", params![id, language])?;
            Ok(())
        })
    }

    /// Adds up the time that the stages took.
    pub fn set_stage_ms(&self, id: JobId, stage_ms: &BTreeMap<String, u64>) -> Result<(), LibraryError> {
        let stage_ms = serde_json::to_string(stage_ms)?;
        self.write(|tx| {
            tx.execute("UPDATE jobs SET stage_ms = ?2 WHERE id = ?1", params![id, stage_ms])?;
            Ok(())
        })
    }
}

/// Marks a job as done within the transaction that stores its transcript.
pub(super) fn set_done(tx: &Transaction<'_>, id: JobId, transcript: TranscriptId) -> Result<(), LibraryError> {
    tx.execute(
        "UPDATE jobs SET state = 'done', progress = NULL, failure = NULL, transcript_id = ?2, finished_at = ?3
         WHERE id = ?1",
        params![id, transcript, clock::now()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::FileStamp;
    use super::super::tests::library;
    use super::*;
    use crate::failure::Code;
    use crate::jobs::SpeakerChoice;

    #[test]
    fn jobs_go_through_their_states() {
        let (_folder, library) = library();
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        let settings = JobSettings { speakers: SpeakerChoice::Exact(3), ..JobSettings::default() };
        let id = library.add_job(recording, JobKind::Transcribe, &settings).unwrap();
        let job = library.job(id).unwrap();
        assert_eq!((job.state, job.settings.clone()), (JobState::Queued, settings.clone()));

        library.start_job(id).unwrap();
        assert_eq!(library.job(id).unwrap().state, JobState::Running(Progress::start()));
        let failure = Failure::new(Code::DiskFull, "Full.");
        library.end_job(id, Some(&failure)).unwrap();
        assert_eq!(library.job(id).unwrap().state, JobState::Failed(failure));
        assert_eq!(library.unfinished_job(recording, JobKind::Transcribe, &settings).unwrap(), Some(id));
        assert_eq!(library.unfinished_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap(), None);
        assert!(library.requeue_job(id).unwrap());
        library.end_job(id, None).unwrap();
        assert_eq!(library.job(id).unwrap().state, JobState::Cancelled);
        assert!(library.open_jobs().unwrap().is_empty());
    }

    #[test]
    fn a_job_bound_to_other_content_starts_anew() {
        let (_folder, library) = library();
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        let id = library.add_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap();
        library.bind_job(id, "aa", "m").unwrap();
        library.set_job_language(id, "de").unwrap();
        library.bind_job(id, "aa", "m").unwrap();
        assert_eq!(library.job_memory(id).unwrap().language.as_deref(), Some("de"));
        library.bind_job(id, "bb", "m").unwrap();
        let memory = library.job_memory(id).unwrap();
        assert_eq!((memory.sha256.as_deref(), memory.language), (Some("bb"), None));
    }
}
