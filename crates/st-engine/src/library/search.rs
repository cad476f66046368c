//! Finding words in all transcripts.

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use st_core::time::Millis;
use st_core::transcript::{Transcript, UtteranceId};

use super::{Library, LibraryError};
use crate::ids::{RecordingId, TranscriptId};

/// An utterance that holds what was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Recording.
    pub recording: RecordingId,
    /// Name of the recording.
    pub name: String,
    /// Transcript.
    pub transcript: TranscriptId,
    /// Utterance within it.
    pub utterance: UtteranceId,
    /// Where it begins.
    pub start: Millis,
    /// Its text.
    pub text: String,
}

/// Bits of a row number that hold the utterance; the rest is the transcript.
const UTTERANCE_BITS: u32 = 32;

/// The trigram tokenizer finds nothing shorter.
const SHORTEST_INDEXED: usize = 3;

fn row_number(transcript: TranscriptId, utterance: UtteranceId) -> Option<i64> {
    let utterance = i64::from(u32::try_from(utterance.0).ok()?);
    transcript.0.checked_mul(1 << UTTERANCE_BITS)?.checked_add(utterance)
}

/// Takes the text of a transcript out of the index.
pub(super) fn remove(tx: &Transaction<'_>, transcript: TranscriptId) -> Result<(), LibraryError> {
    let first = transcript.0 << UTTERANCE_BITS;
    tx.execute("DELETE FROM utterances WHERE rowid BETWEEN ?1 AND ?2", params![first, first + i64::from(u32::MAX)])?;
    Ok(())
}

/// Brings the index from the text of `before` to that of `after`; only what differs is written.
pub(super) fn update(
    tx: &Transaction<'_>,
    id: TranscriptId,
    before: Option<&Transcript>,
    after: &Transcript,
) -> Result<(), LibraryError> {
    let old: std::collections::HashMap<UtteranceId, (&str, Millis)> = before
        .map(|t| t.utterances.iter().map(|u| (u.id, (u.text.as_str(), u.span.start))).collect())
        .unwrap_or_default();
    let mut gone: std::collections::HashSet<UtteranceId> = old.keys().copied().collect();
    let mut delete = tx.prepare_cached("DELETE FROM utterances WHERE rowid = ?1")?;
    let mut insert = tx.prepare_cached("INSERT INTO utterances (rowid, text, start_ms) VALUES (?1, ?2, ?3)")?;
    for utterance in &after.utterances {
        gone.remove(&utterance.id);
        let known = old.get(&utterance.id);
        if known == Some(&(utterance.text.as_str(), utterance.span.start)) {
            continue;
        }
        let Some(row) = row_number(id, utterance.id) else { continue };
        if known.is_some() {
            delete.execute([row])?;
        }
        insert.execute(params![row, utterance.text, i64::try_from(utterance.span.start.0).unwrap_or(i64::MAX)])?;
    }
    for utterance in gone {
        if let Some(row) = row_number(id, utterance) {
            delete.execute([row])?;
        }
    }
    Ok(())
}

impl Library {
    /// Utterances that hold every word (or part of a word) of `query`, newest transcript first.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<Hit>, LibraryError> {
        let mut filters = Vec::new();
        let mut arguments: Vec<String> = Vec::new();
        let mut phrases = Vec::new();
        for word in query.split_whitespace() {
            if word.chars().count() >= SHORTEST_INDEXED {
                phrases.push(format!("\"{}\"", word.replace('"', "\"\"")));
            } else {
                let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                arguments.push(format!("%{escaped}%"));
                filters.push(format!("u.text LIKE ?{} ESCAPE '\\'", arguments.len()));
            }
        }
        if !phrases.is_empty() {
            arguments.push(phrases.join(" AND "));
            filters.push(format!("u.utterances MATCH ?{}", arguments.len()));
        }
        if filters.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT r.id, r.name, t.id, u.rowid, u.start_ms, u.text FROM utterances u
             JOIN transcripts t ON t.id = u.rowid >> {UTTERANCE_BITS} JOIN recordings r ON r.id = t.recording_id
             WHERE r.removed_at IS NULL AND {} ORDER BY t.id DESC, u.start_ms LIMIT {limit}",
            filters.join(" AND ")
        );
        self.read(|c| {
            let mut statement = c.prepare(&sql)?;
            let rows = statement.query_map(rusqlite::params_from_iter(arguments), |row| {
                let number: i64 = row.get(3)?;
                Ok(Hit {
                    recording: row.get(0)?,
                    name: row.get(1)?,
                    transcript: row.get(2)?,
                    utterance: UtteranceId(u64::from(number as u32)),
                    start: Millis(row.get::<_, i64>(4)?.unsigned_abs()),
                    text: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
