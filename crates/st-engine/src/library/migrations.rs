//! The schema, step by step. A step that was released is never changed; a new one goes to the end.

use rusqlite::Connection;
use rusqlite_migration::{Error, M, MigrationDefinitionError, Migrations};

use super::LibraryError;

/// Windows of text belong to a job (its settings made them). The scan and the evidence of voices belong to the
/// recording (its sound and the models alone made them), so that another job on it need not make them again.
///
/// A row of `utterances` has the number `transcript << 32 | utterance`, which makes those of one transcript a range.
/// Its tokenizer is `trigram`: it finds parts of words, and words of scripts that have no spaces.
const FIRST: &str = "
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path ANY NOT NULL,
    name TEXT NOT NULL,
    copied INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    added_at TEXT NOT NULL
) STRICT;
CREATE INDEX recordings_by_path ON recordings(path);

CREATE TABLE scans (
    recording_id INTEGER PRIMARY KEY REFERENCES recordings(id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    vad TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    level_db REAL NOT NULL,
    regions TEXT NOT NULL,
    peaks BLOB NOT NULL,
    notes TEXT NOT NULL
) STRICT;
CREATE INDEX scans_by_sha256 ON scans(sha256);

CREATE TABLE evidence (
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    models TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    evidence BLOB NOT NULL,
    PRIMARY KEY (recording_id, models, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress TEXT,
    failure TEXT,
    transcript_id INTEGER,
    sha256 TEXT,
    models TEXT,
    language TEXT,
    stage_ms TEXT NOT NULL DEFAULT '{}',
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
) STRICT;
CREATE INDEX jobs_by_recording ON jobs(recording_id);
CREATE INDEX jobs_by_state ON jobs(state);

CREATE TABLE windows (
    job_id INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    start_ms INTEGER NOT NULL,
    decoded_until_ms INTEGER NOT NULL,
    hypothesis TEXT NOT NULL,
    PRIMARY KEY (job_id, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE transcripts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    history TEXT NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX transcripts_by_recording ON transcripts(recording_id);
CREATE INDEX transcripts_by_job ON transcripts(job_id);

CREATE VIRTUAL TABLE utterances USING fts5(text, start_ms UNINDEXED, tokenize = 'trigram remove_diacritics 1');
";

/// What the window needs: a queue that a person orders and holds, and recordings that are removed but can still be brought
/// back. A job without a position stands where its number puts it.
const SECOND: &str = "
ALTER TABLE jobs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN position INTEGER;
ALTER TABLE recordings ADD COLUMN removed_at TEXT;
";

/// Channels that are transcribed on their own: windows have the number of theirs, 0 for all channels together. And where
/// sound could be speech that the VAD did not hear: scans of before do not know; a job on them looks again, since they name
/// no model any more.
const THIRD: &str = "
ALTER TABLE scans ADD COLUMN channels TEXT NOT NULL DEFAULT '{}';
CREATE TABLE windows_by_channel (
    job_id INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
    channel INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    decoded_until_ms INTEGER NOT NULL,
    hypothesis TEXT NOT NULL,
    PRIMARY KEY (job_id, channel, start_ms)
) STRICT, WITHOUT ROWID;
INSERT INTO windows_by_channel SELECT job_id, 0, start_ms, decoded_until_ms, hypothesis FROM windows;
DROP TABLE windows;
ALTER TABLE windows_by_channel RENAME TO windows;
ALTER TABLE scans ADD COLUMN unheard TEXT NOT NULL DEFAULT '[]';
UPDATE scans SET vad = '';
";

/// Voices that are remembered, where the person wants that. They name no recording and stay when one is deleted.
const FOURTH: &str = "
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    added_at TEXT NOT NULL
) STRICT;

CREATE TABLE voices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    clean_ms INTEGER NOT NULL,
    embedding BLOB NOT NULL
) STRICT;
CREATE INDEX voices_by_person ON voices(person_id);

CREATE TABLE refused_voices (
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    speaker INTEGER NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
    PRIMARY KEY (recording_id, speaker, person_id)
) STRICT, WITHOUT ROWID;
";

/// Voices over the telephone are told from others.
const FIFTH: &str = "ALTER TABLE voices ADD COLUMN narrow INTEGER NOT NULL DEFAULT 0;";

const STEPS: &[M<'_>] = &[M::up(FIRST), M::up(SECOND), M::up(THIRD), M::up(FOURTH), M::up(FIFTH)];

/// Brings the schema up to date.
pub(super) fn run(connection: &mut Connection) -> Result<(), LibraryError> {
    Migrations::from_slice(STEPS).to_latest(connection).map_err(|error| match error {
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => LibraryError::TooNew,
        Error::RusqliteError { err, .. } => LibraryError::from(err),
        other => LibraryError::Damaged(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_valid() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }
}
