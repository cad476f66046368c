//! Transcripts: the document, its revision and its history.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use st_core::transcript::Transcript;

use super::{Library, LibraryError, jobs, search};
use crate::clock;
use crate::ids::{JobId, RecordingId, TranscriptId};

/// A transcript with what the library knows about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredTranscript {
    /// Identity.
    pub id: TranscriptId,
    /// Its recording.
    pub recording: RecordingId,
    /// The job whose words it holds.
    pub job: JobId,
    /// Counts the changes; an edit names the one that it was made for.
    pub revision: u64,
    /// The document.
    pub document: Transcript,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to redo.
    pub can_redo: bool,
}

/// A transcript without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptSummary {
    /// Identity.
    pub id: TranscriptId,
    /// Its recording.
    pub recording: RecordingId,
    /// Name of the recording.
    pub name: String,
    /// Counts the changes.
    pub revision: u64,
    /// When it was made, RFC 3339 in UTC.
    pub created_at: String,
    /// When it was last changed.
    pub changed_at: String,
}

impl Library {
    /// Stores the transcript that a job made and marks the job as done, in one transaction.
    ///
    /// Where `replace` names an untouched transcript, that one is replaced; where a person has worked on it, it stays
    /// and the new one stands beside it.
    pub fn finish_job(
        &self,
        job: JobId,
        words_of: JobId,
        recording: RecordingId,
        document: &Transcript,
        replace: Option<TranscriptId>,
    ) -> Result<TranscriptId, LibraryError> {
        let text = serde_json::to_string(document)?;
        let now = clock::now();
        self.write(|tx| {
            let untouched = match replace {
                Some(id) => tx
                    .query_row("SELECT id FROM transcripts WHERE id = ?1 AND revision = 0", [id], |row| row.get(0))
                    .optional()?,
                None => None,
            };
            let id: TranscriptId = match untouched {
                Some(id) => {
                    search::remove(tx, id)?;
                    tx.execute(
                        "UPDATE transcripts SET document = ?2, changed_at = ?3 WHERE id = ?1",
                        params![id, text, now],
                    )?;
                    id
                }
                None => {
                    tx.execute(
                        "INSERT INTO transcripts (recording_id, job_id, revision, document, history, created_at,
                         changed_at) VALUES (?1, ?2, 0, ?3, '{}', ?4, ?4)",
                        params![recording, words_of, text, now],
                    )?;
                    TranscriptId(tx.last_insert_rowid())
                }
            };
            search::update(tx, id, None, document)?;
            jobs::set_done(tx, job, id)?;
            Ok(id)
        })
    }

    /// One transcript.
    pub fn transcript(&self, id: TranscriptId) -> Result<StoredTranscript, LibraryError> {
        self.read(|c| read(c, id)).map(|(stored, _)| stored)
    }

    /// All transcripts, newest first.
    pub fn transcripts(&self) -> Result<Vec<TranscriptSummary>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT t.id, t.recording_id, r.name, t.revision, t.created_at, t.changed_at
                 FROM transcripts t JOIN recordings r ON r.id = t.recording_id ORDER BY t.id DESC",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(TranscriptSummary {
                    id: row.get(0)?,
                    recording: row.get(1)?,
                    name: row.get(2)?,
                    revision: row.get::<_, i64>(3)?.unsigned_abs(),
                    created_at: row.get(4)?,
                    changed_at: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Removes a transcript; its recording stays.
    pub fn delete_transcript(&self, id: TranscriptId) -> Result<(), LibraryError> {
        self.write(|tx| {
            search::remove(tx, id)?;
            let removed = tx.execute("DELETE FROM transcripts WHERE id = ?1", [id])?;
            if removed == 0 { Err(LibraryError::NotFound { what: "transcript", id: id.0 }) } else { Ok(()) }
        })
    }
}

/// A transcript and its history as JSON.
fn read(connection: &rusqlite::Connection, id: TranscriptId) -> Result<(StoredTranscript, String), LibraryError> {
    let (recording, job, revision, document, history) = connection
        .query_row(
            "SELECT recording_id, job_id, revision, document, history FROM transcripts WHERE id = ?1",
            [id],
            |row| {
                let revision = row.get::<_, i64>(2)?.unsigned_abs();
                Ok((row.get(0)?, row.get(1)?, revision, row.get::<_, String>(3)?, row.get::<_, String>(4)?))
            },
        )
        .optional()?
        .ok_or(LibraryError::NotFound { what: "transcript", id: id.0 })?;
    let document = serde_json::from_str(&document)?;
    let stored = StoredTranscript { id, recording, job, revision, document, can_undo: false, can_redo: false };
    Ok((stored, history))
}
