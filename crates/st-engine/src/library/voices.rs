//! Voices that are remembered: people by name, how each sounds, and whom somebody turned out not to be.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use st_core::transcript::SpeakerId;

use super::{Library, LibraryError};
use crate::clock;
use crate::ids::{PersonId, RecordingId};

/// How somebody sounded in one recording. It names no recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoiceSample {
    /// SHA-256 of the model that made it; what another model made cannot be compared.
    pub model: String,
    /// Milliseconds of speech that it comes from.
    pub clean_ms: u64,
    /// Whether most of it came through a narrow band, as over the telephone. Earlier versions did not say.
    #[serde(default)]
    pub narrow: bool,
    /// The mean embedding, of unit length.
    pub embedding: Vec<f32>,
}

/// Somebody whose voice is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// When the voice was first remembered, RFC 3339 in UTC.
    pub added_at: String,
    /// One for each recording that it was remembered from.
    pub samples: Vec<VoiceSample>,
}

impl Library {
    /// All people whose voices are remembered, by name.
    pub fn people(&self) -> Result<Vec<Person>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached("SELECT id, name, added_at FROM people ORDER BY name, id")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let people: Vec<(PersonId, String, String)> = rows.collect::<Result<_, _>>()?;
            let with_samples = |(id, name, added_at)| {
                let samples = samples(c, id)?;
                Ok(Person { id, name, added_at, samples })
            };
            people.into_iter().map(with_samples).collect()
        })
    }

    /// Remembers voices of people by name; who is known by that name already gets one more, but none twice.
    pub fn remember(&self, voices: &[(String, VoiceSample)]) -> Result<(), LibraryError> {
        self.write(|tx| {
            for (name, sample) in voices {
                let id = person(tx, name)?;
                tx.execute(
                    "INSERT INTO voices (person_id, model, clean_ms, narrow, embedding) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![id, sample.model, sample.clean_ms as i64, sample.narrow, bytes(&sample.embedding)],
                )?;
                once(tx, id)?;
            }
            Ok(())
        })
    }

    /// Gives somebody another name; where another has it already, both become one.
    pub fn rename_person(&self, id: PersonId, name: &str) -> Result<(), LibraryError> {
        self.write(|tx| {
            match named(tx, name)?.filter(|other| *other != id) {
                Some(into) => return merge(tx, id, into),
                None => tx.execute("UPDATE people SET name = ?2 WHERE id = ?1", params![id, name.trim()])?,
            };
            Ok(())
        })
    }

    /// Forgets somebody for good: what stood in the file is overwritten, in its log too.
    pub fn forget_person(&self, id: PersonId) -> Result<(), LibraryError> {
        // Deleted content is zeroed; the log still has it until it is taken over and cut off.
        self.read(|c| Ok(c.pragma_update(None, "secure_delete", "ON")?))?;
        self.write(|tx| {
            tx.execute("DELETE FROM people WHERE id = ?1", [id])?;
            Ok(())
        })?;
        self.read(|c| Ok(c.execute_batch("VACUUM")?))?;
        self.settle()
    }

    /// Notes that a speaker of a recording is not this person.
    pub fn refuse_person(&self, recording: RecordingId, speaker: SpeakerId, id: PersonId) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO refused_voices (recording_id, speaker, person_id) VALUES (?1, ?2, ?3)",
                params![recording, speaker.0, id],
            )?;
            Ok(())
        })
    }

    /// Who the speakers of a recording are not.
    pub fn refused_people(&self, recording: RecordingId) -> Result<Vec<(SpeakerId, PersonId)>, LibraryError> {
        self.read(|c| {
            let mut statement =
                c.prepare_cached("SELECT speaker, person_id FROM refused_voices WHERE recording_id = ?1")?;
            let rows = statement.query_map([recording], |row| Ok((SpeakerId(row.get(0)?), row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn named(connection: &Connection, name: &str) -> Result<Option<PersonId>, LibraryError> {
    let wanted = name.trim().to_lowercase();
    let mut statement = connection.prepare_cached("SELECT id, name FROM people ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, PersonId>(0)?, row.get::<_, String>(1)?)))?;
    let people: Vec<_> = rows.collect::<Result<_, _>>()?;
    // SQLite knows upper and lower case of ASCII only.
    Ok(people.into_iter().find(|(_, known)| known.to_lowercase() == wanted).map(|(id, _)| id))
}

fn person(tx: &Transaction<'_>, name: &str) -> Result<PersonId, LibraryError> {
    if let Some(id) = named(tx, name)? {
        return Ok(id);
    }
    tx.execute("INSERT INTO people (name, added_at) VALUES (?1, ?2)", params![name.trim(), clock::now()])?;
    Ok(PersonId(tx.last_insert_rowid()))
}

/// Leaves one of the voices of somebody that are the same. A file of an earlier version does not say that one came through a
/// narrow band, so what either says of it holds.
fn once(tx: &Transaction<'_>, id: PersonId) -> Result<(), LibraryError> {
    tx.execute(
        "UPDATE voices SET narrow = 1 WHERE person_id = ?1 AND (model, embedding) IN
         (SELECT model, embedding FROM voices WHERE person_id = ?1 AND narrow)",
        [id],
    )?;
    tx.execute(
        "DELETE FROM voices WHERE person_id = ?1 AND id NOT IN
         (SELECT MIN(id) FROM voices WHERE person_id = ?1 GROUP BY model, embedding)",
        [id],
    )?;
    Ok(())
}

fn merge(tx: &Transaction<'_>, from: PersonId, into: PersonId) -> Result<(), LibraryError> {
    let there = |id: PersonId| tx.query_row("SELECT id FROM people WHERE id = ?1", [id], |_| Ok(())).optional();
    if there(into)?.is_none() || there(from)?.is_none() {
        return Err(LibraryError::NotFound { what: "voice", id: from.0 });
    }
    tx.execute("UPDATE voices SET person_id = ?2 WHERE person_id = ?1", params![from, into])?;
    once(tx, into)?;
    tx.execute("UPDATE OR IGNORE refused_voices SET person_id = ?2 WHERE person_id = ?1", params![from, into])?;
    tx.execute("DELETE FROM people WHERE id = ?1", [from])?;
    Ok(())
}

fn samples(connection: &Connection, id: PersonId) -> Result<Vec<VoiceSample>, LibraryError> {
    let mut statement = connection
        .prepare_cached("SELECT model, clean_ms, narrow, embedding FROM voices WHERE person_id = ?1 ORDER BY id")?;
    let rows = statement.query_map([id], |row| {
        let clean_ms = row.get::<_, i64>(1)?.unsigned_abs();
        let embedding = row.get::<_, Vec<u8>>(3)?;
        Ok(VoiceSample { model: row.get(0)?, clean_ms, narrow: row.get(2)?, embedding: numbers(&embedding) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn bytes(embedding: &[f32]) -> Vec<u8> {
    embedding.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::FileStamp;
    use super::super::tests::library;
    use super::*;

    fn sample(value: f32) -> VoiceSample {
        VoiceSample {
            model: "m".into(),
            clean_ms: 4_000,
            narrow: value > 0.3,
            embedding: vec![value, 0.123_456_7, value],
        }
    }

    fn names(library: &Library) -> Vec<(String, usize)> {
        library.people().unwrap().into_iter().map(|p| (p.name, p.samples.len())).collect()
    }

    #[test]
    fn people_are_remembered_renamed_and_made_one() {
        let (_folder, library) = library();
        let all =
            [("Änne".to_owned(), sample(0.5)), (" änne ".to_owned(), sample(0.25)), ("Bo".to_owned(), sample(0.5))];
        library.remember(&all).unwrap();
        library.remember(&all).unwrap();
        assert_eq!(names(&library), [("Bo".into(), 1), ("Änne".into(), 2)]);
        let people = library.people().unwrap();
        assert_eq!(people[1].samples, [sample(0.5), sample(0.25)]);
        library.rename_person(people[0].id, "Bodo").unwrap();
        assert_eq!(names(&library)[0].0, "Bodo");
        library.rename_person(people[0].id, "ÄNNE").unwrap();
        assert_eq!(names(&library), [("Änne".into(), 2)], "they share a voice");
        assert!(library.write(|tx| merge(tx, people[0].id, people[1].id)).is_err(), "gone already");
    }

    #[test]
    fn a_voice_is_there_once_whatever_is_known_of_its_band() {
        let known = sample(0.5);
        let older = VoiceSample { narrow: false, ..known.clone() };
        for [first, second] in [[&known, &older], [&older, &known]] {
            let (_folder, library) = library();
            library.remember(&[("Bo".into(), first.clone()), ("Bo".into(), second.clone())]).unwrap();
            assert_eq!(library.people().unwrap()[0].samples, std::slice::from_ref(&known));
        }
    }

    #[test]
    fn refusals_go_with_recording_and_person() {
        let (_folder, library) = library();
        library.remember(&[("Bo".into(), sample(0.5))]).unwrap();
        let id = library.people().unwrap()[0].id;
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        library.refuse_person(recording, SpeakerId(3), id).unwrap();
        library.refuse_person(recording, SpeakerId(3), id).unwrap();
        assert_eq!(library.refused_people(recording).unwrap(), [(SpeakerId(3), id)]);
        library.forget_person(id).unwrap();
        assert!(library.refused_people(recording).unwrap().is_empty());
    }

    #[test]
    fn what_is_forgotten_is_in_no_file_any_more() {
        let (folder, library) = library();
        library.remember(&[("Leonore Ungewöhnlich".into(), sample(0.777)), ("Bo".into(), sample(0.5))]).unwrap();
        let traces = [b"Leonore".to_vec(), bytes(&[0.777, 0.123_456_7])];
        let found = || {
            let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
            let contents: Vec<Vec<u8>> = files.map(|file| std::fs::read(file).unwrap()).collect();
            let holds = |trace: &Vec<u8>| contents.iter().any(|c| c.windows(trace.len()).any(|w| w == trace));
            traces.iter().filter(|trace| holds(trace)).count()
        };
        assert_eq!(found(), 2);
        let id = library.people().unwrap().iter().find(|p| p.name != "Bo").unwrap().id;
        library.forget_person(id).unwrap();
        assert_eq!(found(), 0);
        assert_eq!(names(&library), [("Bo".into(), 1)]);
    }
}
