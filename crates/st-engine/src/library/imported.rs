//! Transcripts that come as files.

use std::path::Path;

use rusqlite::params;
use st_core::transcript::Transcript;

use super::{FileStamp, Library, LibraryError, paths, search};
use crate::clock;
use crate::ids::{RecordingId, TranscriptId};
use crate::jobs::{JobKind, JobSettings};

impl Library {
    /// Adds a recording that has no sound, only a transcript. Its path is empty: [`super::Recording::has_sound`].
    pub fn add_soundless(&self, name: &str) -> Result<RecordingId, LibraryError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO recordings (path, name, size, modified_ms, added_at) VALUES (?1, ?2, 0, 0, ?3)",
                params![paths::to_sql(Path::new("")), name, clock::now()],
            )?;
            Ok(RecordingId(tx.last_insert_rowid()))
        })
    }

    /// Stores a transcript that no job of this library made, with a job that is done already and has no windows.
    pub fn add_transcript(&self, recording: RecordingId, document: &Transcript) -> Result<TranscriptId, LibraryError> {
        let text = serde_json::to_string(document)?;
        let (kind, settings) =
            (serde_json::to_string(&JobKind::Transcribe)?, serde_json::to_string(&JobSettings::default())?);
        let now = clock::now();
        self.write(|tx| {
            // Done from the start: a queue that runs must not take it.
            tx.execute(
                "INSERT INTO jobs (recording_id, kind, settings, state, created_at, started_at, finished_at)
                 VALUES (?1, ?2, ?3, 'done', ?4, ?4, ?4)",
                params![recording, kind, settings, now],
            )?;
            let job = tx.last_insert_rowid();
            tx.execute(
                "INSERT INTO transcripts (recording_id, job_id, revision, document, history, created_at, changed_at)
                 VALUES (?1, ?2, 0, ?3, '{}', ?4, ?4)",
                params![recording, job, text, now],
            )?;
            let id = TranscriptId(tx.last_insert_rowid());
            tx.execute("UPDATE jobs SET transcript_id = ?2 WHERE id = ?1", params![job, id])?;
            search::update(tx, id, None, document)?;
            Ok(id)
        })
    }
}

impl FileStamp {
    /// The stamp of the file at a path.
    pub fn at(path: &Path) -> std::io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::of(&metadata))
    }
}
