//! Recordings that a person removed and may bring back while the program runs.

use rusqlite::params;

use super::{Library, LibraryError};
use crate::clock;
use crate::ids::RecordingId;

impl Library {
    /// Hides a recording with its jobs and transcripts, so that it can be brought back.
    pub fn set_removed(&self, id: RecordingId, removed: bool) -> Result<(), LibraryError> {
        let at = removed.then(clock::now);
        self.write(|tx| {
            let changed = tx.execute("UPDATE recordings SET removed_at = ?2 WHERE id = ?1", params![id, at])?;
            if changed == 0 { Err(LibraryError::NotFound { what: "recording", id: id.0 }) } else { Ok(()) }
        })
    }

    /// Recordings that are hidden.
    pub fn removed(&self) -> Result<Vec<RecordingId>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached("SELECT id FROM recordings WHERE removed_at IS NOT NULL")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Recordings of this length in bytes whose content is known, with the SHA-256 of it.
    pub fn recordings_of_size(&self, bytes: u64) -> Result<Vec<(RecordingId, String)>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT r.id, s.sha256 FROM recordings r JOIN scans s ON s.recording_id = r.id
                 WHERE r.size = ?1 AND r.removed_at IS NULL ORDER BY r.id DESC",
            )?;
            let size = i64::try_from(bytes).unwrap_or(i64::MAX);
            let rows = statement.query_map([size], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The recording's file lies at another place now.
    pub fn set_path(&self, id: RecordingId, path: &std::path::Path) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute("UPDATE recordings SET path = ?2 WHERE id = ?1", params![id, super::paths::to_sql(path)])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use st_core::time::Millis;

    use super::super::tests::library;
    use super::super::{FileStamp, Scan};
    use crate::jobs::{JobKind, JobSettings};

    #[test]
    fn what_is_removed_is_hidden_until_it_comes_back() {
        let (_folder, library) = library();
        let stamp = FileStamp { size: 7, modified_ms: 1 };
        let id = library.add_recording(Path::new("/a.wav"), stamp).unwrap();
        library.add_job(id, JobKind::Transcribe, &JobSettings::default()).unwrap();
        let scan = Scan { sha256: "ab".into(), duration: Millis(5), ..Scan::default() };
        library.set_scan(id, &scan).unwrap();
        let same = || library.recordings_of_size(7).unwrap();
        assert_eq!(same(), [(id, "ab".into())]);
        library.set_removed(id, true).unwrap();
        assert!(library.recordings().unwrap().is_empty() && library.jobs().unwrap().is_empty() && same().is_empty());
        assert!(library.open_jobs().unwrap().is_empty());
        assert_eq!(library.removed().unwrap(), [id]);
        assert_ne!(library.add_recording(Path::new("/a.wav"), stamp).unwrap(), id, "added again it is a new one");
        library.set_removed(id, false).unwrap();
        assert_eq!(library.recordings().unwrap().len(), 2);
        library.set_path(id, Path::new("/b/a.wav")).unwrap();
        assert_eq!(library.recording(id).unwrap().path, Path::new("/b/a.wav"));
        assert!(library.removed().unwrap().is_empty());
    }
}
