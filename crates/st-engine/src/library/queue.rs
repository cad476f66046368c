//! The order of the queue, and jobs that a person holds.

use rusqlite::params;

use super::{Library, LibraryError};
use crate::ids::JobId;

impl Library {
    /// Holds a job back or lets it go on.
    pub fn set_paused(&self, id: JobId, paused: bool) -> Result<(), LibraryError> {
        self.write(|tx| {
            let changed = tx.execute("UPDATE jobs SET paused = ?2 WHERE id = ?1", params![id, paused])?;
            if changed == 0 { Err(LibraryError::NotFound { what: "job", id: id.0 }) } else { Ok(()) }
        })
    }

    /// Puts a waiting job before another one, or at the end. The places that there are are dealt out anew, so that a job
    /// that is added later still comes last.
    pub fn move_job(&self, id: JobId, before: Option<JobId>) -> Result<(), LibraryError> {
        self.write(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT id, COALESCE(position, id) FROM jobs WHERE state IN ('queued', 'running')
                 ORDER BY COALESCE(position, id), id",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let rows: Vec<(JobId, i64)> = rows.collect::<Result<_, _>>()?;
            let (mut order, places): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let Some(from) = order.iter().position(|&job| job == id) else {
                return Err(LibraryError::NotFound { what: "job", id: id.0 });
            };
            order.remove(from);
            let to = before.and_then(|b| order.iter().position(|&job| job == b)).unwrap_or(order.len());
            order.insert(to, id);
            for (job, place) in order.iter().zip(places) {
                tx.execute("UPDATE jobs SET position = ?2 WHERE id = ?1", params![job, place])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::FileStamp;
    use super::super::tests::library;
    use super::*;
    use crate::jobs::{JobKind, JobSettings};

    #[test]
    fn waiting_jobs_are_put_in_order_and_held() {
        let (_folder, library) = library();
        let add = |name: &str| {
            let recording = library.add_recording(Path::new(name), FileStamp { size: 1, modified_ms: 1 }).unwrap();
            library.add_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap()
        };
        let order = || library.open_jobs().unwrap().iter().map(|job| job.id).collect::<Vec<_>>();
        let (a, b, c) = (add("/a"), add("/b"), add("/c"));
        library.move_job(c, Some(a)).unwrap();
        assert_eq!(order(), [c, a, b]);
        library.move_job(c, None).unwrap();
        library.move_job(a, Some(c)).unwrap();
        assert_eq!(order(), [b, a, c]);
        let d = add("/d");
        assert_eq!(order(), [b, a, c, d], "a new job comes last");
        library.set_paused(a, true).unwrap();
        assert_eq!(order(), [b, c, d]);
        assert!(library.job(a).unwrap().paused);
        library.set_paused(a, false).unwrap();
        assert_eq!(order(), [b, a, c, d], "and keeps its place");
        assert!(library.move_job(JobId(99), None).is_err());
        assert!(library.set_paused(JobId(99), true).is_err());
    }
}
