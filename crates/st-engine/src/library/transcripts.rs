//! Transcripts: the document, its revision and its history.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use st_core::edit::{Edit, EditError, Restore};
use st_core::history::History;
use st_core::transcript::{SpeakerId, Transcript, Utterance, UtteranceId};

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
    /// An identity that no utterance has or had.
    pub fresh_utterance: UtteranceId,
    /// An identity that no speaker has or had.
    pub fresh_speaker: SpeakerId,
}

impl StoredTranscript {
    fn take_from(&mut self, history: &History) {
        (self.can_undo, self.can_redo) = (!history.undo.is_empty(), !history.redo.is_empty());
        self.fresh_utterance = history.fresh_utterance(&self.document);
        self.fresh_speaker = history.fresh_speaker(&self.document);
    }
}

/// What an edit, an undo or a redo did.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The transcript as it is now.
    pub stored: StoredTranscript,
    /// Utterances that are new or differ.
    pub put: Vec<UtteranceId>,
    /// Utterances that are gone.
    pub removed: Vec<UtteranceId>,
}

impl Change {
    fn between(before: &Transcript, stored: StoredTranscript) -> Self {
        let old: HashMap<UtteranceId, &Utterance> = before.utterances.iter().map(|u| (u.id, u)).collect();
        let now = &stored.document.utterances;
        let put: Vec<_> = now.iter().filter(|u| old.get(&u.id) != Some(u)).map(|u| u.id).collect();
        let kept: HashSet<_> = now.iter().map(|u| u.id).collect();
        let removed = before.utterances.iter().map(|u| u.id).filter(|id| !kept.contains(id)).collect();
        Self { stored, put, removed }
    }
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
        self.transcript_with_history(id).map(|(stored, _)| stored)
    }

    /// One transcript and what was done to it.
    pub(super) fn transcript_with_history(
        &self,
        id: TranscriptId,
    ) -> Result<(StoredTranscript, History), LibraryError> {
        self.read(|c| read(c, id))
    }

    /// Name of the recording that a transcript belongs to.
    pub fn recording_name(&self, id: TranscriptId) -> Result<String, LibraryError> {
        self.read(|c| {
            c.query_row(
                "SELECT r.name FROM transcripts t JOIN recordings r ON r.id = t.recording_id WHERE t.id = ?1",
                params![id],
                |row| row.get(0),
            )
            .optional()?
            .ok_or(LibraryError::NotFound { what: "transcript", id: id.0 })
        })
    }

    /// All transcripts, newest first.
    pub fn transcripts(&self) -> Result<Vec<TranscriptSummary>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT t.id, t.recording_id, r.name, t.revision, t.created_at, t.changed_at
                 FROM transcripts t JOIN recordings r ON r.id = t.recording_id
                 WHERE r.removed_at IS NULL ORDER BY t.id DESC",
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

    /// Applies an edit that was made for revision `seen`, and remembers how to undo it.
    pub fn apply(&self, id: TranscriptId, seen: u64, edit: &Edit) -> Result<Change, LibraryError> {
        self.change(id, seen, |history, document| {
            history.apply(document, edit)?;
            Ok(true)
        })
    }

    /// Undoes the latest edit. Nothing happens where there is none.
    pub fn undo(&self, id: TranscriptId, seen: u64) -> Result<Change, LibraryError> {
        self.change(id, seen, History::undo)
    }

    /// Does again what was undone last. Nothing happens where there is nothing.
    pub fn redo(&self, id: TranscriptId, seen: u64) -> Result<Change, LibraryError> {
        self.change(id, seen, History::redo)
    }

    fn change(
        &self,
        id: TranscriptId,
        seen: u64,
        work: impl FnOnce(&mut History, &mut Transcript) -> Result<bool, EditError>,
    ) -> Result<Change, LibraryError> {
        self.write(|tx| change(tx, id, seen, work))
    }

    /// Puts in the grouping that a job came to, where it is another one, and marks the job as done, in one transaction.
    pub fn finish_regroup(&self, job: JobId, id: TranscriptId, seen: u64, parts: Restore) -> Result<(), LibraryError> {
        self.write(|tx| {
            change(tx, id, seen, |history, document| {
                let other = parts != Restore::default();
                if other {
                    history.apply(document, &Edit::Regroup(parts))?;
                }
                Ok(other)
            })?;
            jobs::set_done(tx, job, id)
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

fn change(
    tx: &Transaction<'_>,
    id: TranscriptId,
    seen: u64,
    work: impl FnOnce(&mut History, &mut Transcript) -> Result<bool, EditError>,
) -> Result<Change, LibraryError> {
    let (mut stored, mut history) = read(tx, id)?;
    if stored.revision != seen {
        return Err(LibraryError::Conflict { seen, actual: stored.revision });
    }
    let before = stored.document.clone();
    if !work(&mut history, &mut stored.document)? {
        return Ok(Change { stored, put: Vec::new(), removed: Vec::new() });
    }
    stored.revision += 1;
    stored.take_from(&history);
    tx.execute(
        "UPDATE transcripts SET document = ?2, history = ?3, revision = ?4, changed_at = ?5 WHERE id = ?1",
        params![
            id,
            serde_json::to_string(&stored.document)?,
            serde_json::to_string(&history)?,
            i64::try_from(stored.revision).unwrap_or(i64::MAX),
            clock::now()
        ],
    )?;
    search::update(tx, id, Some(&before), &stored.document)?;
    Ok(Change::between(&before, stored))
}

fn read(connection: &Connection, id: TranscriptId) -> Result<(StoredTranscript, History), LibraryError> {
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
    let history: History = serde_json::from_str(&history)?;
    let mut stored = StoredTranscript {
        id,
        recording,
        job,
        revision,
        document,
        can_undo: false,
        can_redo: false,
        fresh_utterance: UtteranceId(0),
        fresh_speaker: SpeakerId(0),
    };
    stored.take_from(&history);
    Ok((stored, history))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use st_core::time::TimeSpan;
    use st_core::transcript::Speaker;

    use super::super::FileStamp;
    use super::super::tests::library;
    use super::*;
    use crate::jobs::{JobKind, JobSettings, JobState};

    fn document(texts: &[&str]) -> Transcript {
        let utterances = texts
            .iter()
            .zip(1..)
            .map(|(text, id)| Utterance {
                id: UtteranceId(id),
                speaker: None,
                span: TimeSpan::new(id * 1000, id * 1000 + 900),
                text: (*text).into(),
                words: Vec::new(),
                overlap: Vec::new(),
                edited: false,
                checked: false,
                told: false,
            })
            .collect();
        Transcript { utterances, ..Transcript::default() }
    }

    fn stored(library: &Library, texts: &[&str]) -> (RecordingId, JobId, TranscriptId) {
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        let job = library.add_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap();
        let id = library.finish_job(job, job, recording, &document(texts), None).unwrap();
        (recording, job, id)
    }

    fn found(library: &Library, query: &str) -> Vec<u64> {
        library.search(query, 10).unwrap().iter().map(|hit| hit.utterance.0).collect()
    }

    #[test]
    fn speakers_are_counted_in_the_newest_transcript() {
        let (_folder, library) = library();
        let (recording, job, _) = stored(&library, &["Hello."]);
        assert_eq!(library.speaker_counts().unwrap(), [(recording, 0)].into());
        let mut newer = document(&["Hello."]);
        newer.speakers = (0..2)
            .map(|n| Speaker { id: SpeakerId(n), label: format!("SPEAKER_{n:02}"), name: None, colour: None })
            .collect();
        library.finish_job(job, job, recording, &newer, None).unwrap();
        assert_eq!(library.speaker_counts().unwrap(), [(recording, 2)].into());
        library.add_recording(Path::new("/b.wav"), FileStamp { size: 2, modified_ms: 2 }).unwrap();
        assert_eq!(library.speaker_counts().unwrap().len(), 1);
    }

    #[test]
    fn a_finished_job_has_its_transcript_and_its_words_are_found() {
        let (_folder, library) = library();
        let (recording, job, id) =
            stored(&library, &["Good morning, everybody.", "取材に来ました", "A \"quote\" 100%"]);
        assert_eq!(library.job(job).unwrap().state, JobState::Done(id));
        assert_eq!(library.recording(recording).unwrap().transcripts, [id]);
        for (query, expected) in [
            ("morning", vec![1]),
            ("MORN every", vec![1]),
            ("morning absent", vec![]),
            ("取材", vec![2]),
            ("来ました", vec![2]),
            ("\"quote\"", vec![3]),
            ("0%", vec![3]),
            ("a", vec![3]),
            ("", vec![]),
            ("AND OR NOT", vec![]),
        ] {
            assert_eq!(found(&library, query), expected, "{query}");
        }
    }

    #[test]
    fn edits_count_up_are_undone_and_are_found() {
        let (folder, library) = library();
        let (_, _, id) = stored(&library, &["Hello word", "Second"]);
        let edit = Edit::ReplaceText { utterance: UtteranceId(1), text: "Hello world".into() };
        let after = library.apply(id, 0, &edit).unwrap();
        assert_eq!((after.put, after.removed), (vec![UtteranceId(1)], vec![]));
        let after = after.stored;
        assert_eq!((after.revision, after.can_undo, after.can_redo), (1, true, false));
        assert_eq!(after.fresh_utterance, UtteranceId(3));
        assert!(matches!(library.apply(id, 0, &edit), Err(LibraryError::Conflict { seen: 0, actual: 1 })));
        assert_eq!((found(&library, "world"), found(&library, "word")), (vec![1], vec![]));
        let gone = Edit::DeleteUtterance { utterance: UtteranceId(2) };
        let change = library.apply(id, 1, &gone).unwrap();
        assert_eq!((change.put, change.removed), (vec![], vec![UtteranceId(2)]));
        assert!(found(&library, "second").is_empty());
        drop(library);
        let library = Library::open(&folder.path().join("library.sqlite3")).unwrap();
        library.undo(id, 2).unwrap();
        assert_eq!(found(&library, "second"), [2]);
        let back = library.undo(id, 3).unwrap();
        assert_eq!(back.stored.document, document(&["Hello word", "Second"]));
        assert_eq!(library.undo(id, 4).unwrap().stored.revision, 4, "nothing left to undo");
        assert_eq!(library.redo(id, 4).unwrap().stored.document.utterances[0].text, "Hello world");
    }

    #[test]
    fn a_touched_transcript_is_never_replaced() {
        let (_folder, library) = library();
        let (recording, job, id) = stored(&library, &["One"]);
        let again = |replace| library.finish_job(job, job, recording, &document(&["Two"]), replace).unwrap();
        assert_eq!(again(Some(id)), id);
        assert_eq!((found(&library, "one"), found(&library, "two")), (vec![], vec![1]));
        library.apply(id, 0, &Edit::DeleteUtterance { utterance: UtteranceId(1) }).unwrap();
        assert_ne!(again(Some(id)), id);
        assert_eq!(library.transcripts().unwrap().len(), 2);
    }

    #[test]
    fn what_is_deleted_is_not_found() {
        let (_folder, library) = library();
        let (recording, _, id) = stored(&library, &["Hello"]);
        library.delete_transcript(id).unwrap();
        assert!(found(&library, "hello").is_empty());
        assert!(matches!(library.transcript(id), Err(LibraryError::NotFound { .. })));
        library.delete_recording(recording).unwrap();
        assert!(library.jobs().unwrap().is_empty());
    }
}
