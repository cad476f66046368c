//! Recordings: where the file lies, and what was found out by reading it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use st_core::time::{Millis, TimeSpan};

use super::{Library, LibraryError, paths};
use crate::clock;
use crate::ids::{RecordingId, TranscriptId};

/// Size and time of change of a file: tells without reading it whether it is likely the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// Bytes.
    pub size: u64,
    /// Milliseconds since 1970; 0 where the file system does not say.
    pub modified_ms: i64,
}

impl FileStamp {
    /// Takes it from a file's metadata.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        let modified_ms = metadata
            .modified()
            .ok()
            .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or(0);
        Self { size: metadata.len(), modified_ms }
    }
}

/// A recording in the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Identity.
    pub id: RecordingId,
    /// The file: the original, or the library's copy.
    pub path: PathBuf,
    /// Name that is shown: the file's at first.
    pub name: String,
    /// Whether `path` is a copy that belongs to the library.
    pub copied: bool,
    /// When it was added, RFC 3339 in UTC.
    pub added_at: String,
    /// SHA-256 of the file; none until it was read.
    pub sha256: Option<String>,
    /// Length; none until it was read.
    pub duration: Option<Millis>,
    /// Its transcripts, newest first.
    pub transcripts: Vec<TranscriptId>,
}

impl Recording {
    /// Whether there is sound to it. A transcript can be taken in without any; then `path` is empty.
    pub fn has_sound(&self) -> bool {
        !self.path.as_os_str().is_empty()
    }
}

/// Channels of a recording that are transcribed on their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Track {
    /// Names its windows and its voices; 0 stands for all channels together.
    pub number: u32,
    /// What is heard in it, in words: `Left`, `Microphone`.
    pub name: String,
    /// First of its channels, counted from 0.
    pub first: usize,
    /// The channel after its last one.
    pub end: usize,
    /// Where somebody speaks in it.
    pub regions: Vec<TimeSpan>,
    /// Where sound could be speech that the voice detector does not hear; not looked for in a channel of its own.
    #[serde(default)]
    pub unheard: Vec<TimeSpan>,
    /// Where it only hears what is said in another one. Its sound is left out there.
    pub overheard: Vec<TimeSpan>,
}

/// What is known of a recording's channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Channels {
    /// How many there are; 0 where nobody looked.
    pub count: u16,
    /// Whether they sound like people who have one each.
    pub separate: bool,
    /// What was found in each of them; empty until somebody wants them apart.
    pub tracks: Vec<Track>,
}

/// What reading the whole file found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scan {
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// SHA-256 of the VAD model that found the regions.
    pub vad: String,
    /// Length in decoded samples.
    pub duration: Millis,
    /// Mean level of the whole recording in dB relative to full scale.
    pub level_db: f32,
    /// Where somebody speaks.
    pub regions: Vec<TimeSpan>,
    /// Where sound could be speech that the VAD did not hear (`st_core::sound`).
    pub unheard: Vec<TimeSpan>,
    /// The waveform for drawing: [`crate::PEAKS_PER_SECOND`] amplitudes a second, 255 for full scale.
    pub peaks: Vec<u8>,
    /// What is odd about the file.
    pub notes: Vec<String>,
    /// Its channels.
    pub channels: Channels,
}

/// Endings of sound and video files, which a title is better without.
const ENDINGS: &[&str] = &[
    "3gp", "aac", "aif", "aifc", "aiff", "amr", "au", "avi", "caf", "flac", "flv", "m4a", "m4b", "m4v", "mka", "mkv",
    "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mpga", "oga", "ogg", "ogv", "opus", "w64", "wav", "webm", "wma", "wmv",
];

/// A name without the ending of a sound or video file.
pub fn title(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) => stem,
        _ => name,
    }
}

const COLUMNS: &str = "SELECT r.id, r.path, r.name, r.copied, r.added_at, s.sha256, s.duration_ms
    FROM recordings r LEFT JOIN scans s ON s.recording_id = r.id";

fn recording(row: &Row<'_>) -> rusqlite::Result<Recording> {
    let path = paths::from_sql(row.get_ref(1)?)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Blob, Box::new(e)))?;
    Ok(Recording {
        id: row.get(0)?,
        path,
        name: row.get(2)?,
        copied: row.get(3)?,
        added_at: row.get(4)?,
        sha256: row.get(5)?,
        duration: row.get::<_, Option<i64>>(6)?.map(|ms| Millis(ms.unsigned_abs())),
        transcripts: Vec::new(),
    })
}

/// The newest recording that refers to this file as it is.
fn known(connection: &Connection, path: &Path, stamp: FileStamp) -> Result<Option<RecordingId>, LibraryError> {
    let size = i64::try_from(stamp.size).unwrap_or(i64::MAX);
    Ok(connection
        .query_row(
            "SELECT id FROM recordings WHERE path = ?1 AND size = ?2 AND modified_ms = ?3 AND copied = 0
             AND removed_at IS NULL ORDER BY id DESC LIMIT 1",
            params![paths::to_sql(path), size, stamp.modified_ms],
            |row| row.get(0),
        )
        .optional()?)
}

impl Library {
    /// The recording of this file, added where it is not there yet. A file that changed since is another recording.
    pub fn add_recording(&self, path: &Path, stamp: FileStamp) -> Result<RecordingId, LibraryError> {
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        let size = i64::try_from(stamp.size).unwrap_or(i64::MAX);
        self.write(|tx| {
            if let Some(id) = known(tx, path, stamp)? {
                return Ok(id);
            }
            tx.execute(
                "INSERT INTO recordings (path, name, size, modified_ms, added_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![paths::to_sql(path), name, size, stamp.modified_ms, clock::now()],
            )?;
            Ok(RecordingId(tx.last_insert_rowid()))
        })
    }

    /// The recording of this file as it is now, if there is one.
    pub fn recording_of(&self, path: &Path, stamp: FileStamp) -> Result<Option<RecordingId>, LibraryError> {
        self.read(|c| known(c, path, stamp))
    }

    /// One recording.
    pub fn recording(&self, id: RecordingId) -> Result<Recording, LibraryError> {
        self.read(|c| {
            let mut found = c
                .query_row(&format!("{COLUMNS} WHERE r.id = ?1"), [id], recording)
                .optional()?
                .ok_or(LibraryError::NotFound { what: "recording", id: id.0 })?;
            let mut statement =
                c.prepare_cached("SELECT id FROM transcripts WHERE recording_id = ?1 ORDER BY id DESC")?;
            found.transcripts = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(found)
        })
    }

    /// All recordings, newest first.
    pub fn recordings(&self) -> Result<Vec<Recording>, LibraryError> {
        self.read(|c| {
            let mut statement =
                c.prepare_cached(&format!("{COLUMNS} WHERE r.removed_at IS NULL ORDER BY r.id DESC"))?;
            let mut all: Vec<Recording> = statement.query_map([], recording)?.collect::<Result<_, _>>()?;
            let mut statement = c.prepare_cached("SELECT recording_id, id FROM transcripts ORDER BY id DESC")?;
            let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut by_recording: HashMap<RecordingId, Vec<TranscriptId>> = Default::default();
            for pair in pairs {
                let (recording, transcript) = pair?;
                by_recording.entry(recording).or_default().push(transcript);
            }
            for recording in &mut all {
                recording.transcripts = by_recording.remove(&recording.id).unwrap_or_default();
            }
            Ok(all)
        })
    }

    /// How many speakers the newest transcript of each recording has. Recordings without a transcript are left out. The
    /// documents are not read in for it, which takes seconds where there are many.
    pub fn speaker_counts(&self) -> Result<HashMap<RecordingId, usize>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT recording_id, json_array_length(document, '$.speakers') FROM transcripts
                 WHERE id IN (SELECT max(id) FROM transcripts GROUP BY recording_id)",
            )?;
            let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)))?;
            counts.collect::<Result<_, _>>().map_err(LibraryError::from)
        })
    }

    /// Gives a recording another name in the library; the file keeps its own.
    pub fn rename_recording(&self, id: RecordingId, name: &str) -> Result<(), LibraryError> {
        self.write(|tx| {
            let changed = tx.execute("UPDATE recordings SET name = ?2 WHERE id = ?1", params![id, name])?;
            if changed == 0 { Err(LibraryError::NotFound { what: "recording", id: id.0 }) } else { Ok(()) }
        })
    }

    /// What lay in the folder `from` lies in `to` now.
    pub(crate) fn rebase(&self, from: &Path, to: &Path) -> Result<(), LibraryError> {
        for recording in self.recordings()? {
            if let Ok(within) = recording.path.strip_prefix(from) {
                let path = to.join(within);
                self.write(|tx| {
                    tx.execute(
                        "UPDATE recordings SET path = ?2 WHERE id = ?1",
                        params![recording.id, paths::to_sql(&path)],
                    )?;
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// The recording now lies at `path`, a copy that belongs to the library.
    pub fn set_copied(&self, id: RecordingId, path: &Path) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute("UPDATE recordings SET path = ?2, copied = 1 WHERE id = ?1", params![id, paths::to_sql(path)])?;
            Ok(())
        })
    }

    /// Removes a recording with its jobs and transcripts. Files are left to the caller.
    pub fn delete_recording(&self, id: RecordingId) -> Result<(), LibraryError> {
        self.write(|tx| {
            let mut statement = tx.prepare_cached("SELECT id FROM transcripts WHERE recording_id = ?1")?;
            let transcripts: Vec<TranscriptId> =
                statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for transcript in transcripts {
                super::search::remove(tx, transcript)?;
            }
            let removed = tx.execute("DELETE FROM recordings WHERE id = ?1", [id])?;
            if removed == 0 { Err(LibraryError::NotFound { what: "recording", id: id.0 }) } else { Ok(()) }
        })
    }

    /// Keeps what reading the file found. Evidence of other content goes.
    pub fn set_scan(&self, id: RecordingId, scan: &Scan) -> Result<(), LibraryError> {
        let (regions, notes) = (serde_json::to_string(&scan.regions)?, serde_json::to_string(&scan.notes)?);
        let (channels, unheard) = (serde_json::to_string(&scan.channels)?, serde_json::to_string(&scan.unheard)?);
        self.write(|tx| {
            let before: Option<String> =
                tx.query_row("SELECT sha256 FROM scans WHERE recording_id = ?1", [id], |row| row.get(0)).optional()?;
            if before.is_some_and(|sha256| sha256 != scan.sha256) {
                tx.execute("DELETE FROM evidence WHERE recording_id = ?1", [id])?;
            }
            tx.execute(
                "INSERT OR REPLACE INTO scans (recording_id, sha256, vad, duration_ms, level_db, regions, peaks,
                 notes, channels, unheard) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    id,
                    scan.sha256,
                    scan.vad,
                    i64::try_from(scan.duration.0).unwrap_or(i64::MAX),
                    scan.level_db,
                    regions,
                    scan.peaks,
                    notes,
                    channels,
                    unheard
                ],
            )?;
            Ok(())
        })
    }

    /// What reading the file found, if it was read.
    pub fn scan(&self, id: RecordingId) -> Result<Option<Scan>, LibraryError> {
        self.read(|c| {
            let row = c
                .query_row(
                    "SELECT sha256, vad, duration_ms, level_db, peaks, regions, notes, channels, unheard
                     FROM scans WHERE recording_id = ?1",
                    [id],
                    |row| {
                        let scan = Scan {
                            sha256: row.get(0)?,
                            vad: row.get(1)?,
                            duration: Millis(row.get::<_, i64>(2)?.unsigned_abs()),
                            level_db: row.get(3)?,
                            regions: Vec::new(),
                            unheard: Vec::new(),
                            peaks: row.get(4)?,
                            notes: Vec::new(),
                            channels: Channels::default(),
                        };
                        let texts: [String; 4] = [row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?];
                        Ok((scan, texts))
                    },
                )
                .optional()?;
            row.map(|(scan, [regions, notes, channels, unheard])| {
                let (regions, unheard) = (serde_json::from_str(&regions)?, serde_json::from_str(&unheard)?);
                let (notes, channels) = (serde_json::from_str(&notes)?, serde_json::from_str(&channels)?);
                Ok(Scan { regions, unheard, notes, channels, ..scan })
            })
            .transpose()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::library;
    use super::*;

    const STAMP: FileStamp = FileStamp { size: 10, modified_ms: 20 };

    #[test]
    fn the_same_file_is_one_recording_and_a_changed_one_another() {
        let (_folder, library) = library();
        let first = library.add_recording(Path::new("/a/talk.wav"), STAMP).unwrap();
        assert_eq!(library.add_recording(Path::new("/a/talk.wav"), STAMP).unwrap(), first);
        let changed = FileStamp { size: 11, ..STAMP };
        assert_ne!(library.add_recording(Path::new("/a/talk.wav"), changed).unwrap(), first);
        assert_eq!(library.recordings().unwrap().len(), 2);
    }

    #[test]
    fn titles_lose_the_ending_of_a_sound_file_only() {
        for (name, expected) in [
            ("Planning v2.final.MP3", "Planning v2.final"),
            ("Planning v2.final", "Planning v2.final"),
            (".wav", ".wav"),
        ] {
            assert_eq!(title(name), expected);
        }
    }

    #[test]
    fn a_scan_comes_back_and_gives_length_and_hash() {
        let (_folder, library) = library();
        let id = library.add_recording(Path::new("/a/talk.wav"), STAMP).unwrap();
        assert_eq!(library.scan(id).unwrap(), None);
        let scan = Scan {
            sha256: "ab".into(),
            vad: "cd".into(),
            duration: Millis(1234),
            level_db: -20.5,
            regions: vec![TimeSpan::new(5, 10)],
            unheard: vec![TimeSpan::new(20, 40)],
            peaks: vec![1, 2, 3],
            notes: vec!["odd".into()],
            channels: Channels {
                count: 2,
                separate: true,
                tracks: vec![Track { number: 1, name: "Left".into(), end: 1, ..Track::default() }],
            },
        };
        library.set_scan(id, &scan).unwrap();
        assert_eq!(library.scan(id).unwrap(), Some(scan));
        let recording = library.recording(id).unwrap();
        assert_eq!((recording.sha256.as_deref(), recording.duration), (Some("ab"), Some(Millis(1234))));
    }

    #[test]
    fn names_change_and_what_is_gone_is_not_found() {
        let (_folder, library) = library();
        let id = library.add_recording(Path::new("/a/talk.wav"), STAMP).unwrap();
        library.rename_recording(id, "Lecture").unwrap();
        assert_eq!(library.recording(id).unwrap().name, "Lecture");
        library.delete_recording(id).unwrap();
        for result in [library.delete_recording(id), library.rename_recording(id, "x")] {
            assert!(matches!(result, Err(LibraryError::NotFound { .. })));
        }
    }
}
