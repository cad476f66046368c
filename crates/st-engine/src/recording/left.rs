//! Recordings that were not finished, and those that were discarded less than a day ago. Nothing here is deleted that
//! nobody discarded.

use std::path::{Path, PathBuf};

use st_audio::wav::{RepairError, repair};
use st_core::time::Millis;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::journal::Journal;
use super::lock::Lock;
use super::tape::Ended;
use super::types::LeftRecording;
use crate::clock;
use crate::failure::{Action, Code, Failure};
use crate::file_names::numbered;

/// How long what was discarded can be brought back.
const KEPT: Duration = Duration::hours(24);
/// Folder of what was discarded.
const ASIDE: &str = "discarded";

/// What nobody records and the library does not have.
pub(crate) fn list(folder: &Path) -> Vec<LeftRecording> {
    // What was recorded to a file alone is left only where it broke off.
    let is_left = |journal: &Journal| journal.recording.is_none() && (journal.keep || !journal.finished);
    let left = Journal::all(folder).into_iter().filter(is_left);
    left.filter(|journal| is_free(folder, &journal.id)).filter_map(look).collect()
}

/// One of them.
fn look(journal: Journal) -> Option<LeftRecording> {
    let bytes = std::fs::metadata(&journal.file).ok()?.len();
    // As the header says, which is a second behind at most; mended it is when somebody takes it.
    let info = st_audio::probe(&journal.file).ok()?;
    Some(LeftRecording {
        id: journal.id,
        started_at: journal.started_at,
        duration_ms: info.duration.unwrap_or_default().0,
        bytes,
        path: journal.file,
        discarded_at: journal.discarded_at,
    })
}

fn is_free(folder: &Path, id: &str) -> bool {
    matches!(Lock::of_recording(folder, id), Ok(Some(_)))
}

/// The journal of a recording that nobody records.
fn journal(folder: &Path, id: &str) -> Result<Journal, Failure> {
    let gone = |_| Failure::new(Code::NotFound, "This recording is not here any more.").action(Action::Reload);
    let journal = Journal::read(folder, id).map_err(gone)?;
    if is_free(folder, id) {
        Ok(journal)
    } else {
        Err(Failure::new(Code::Conflict, "This recording is still running.").hint("Stop it first."))
    }
}

/// Mends a recording so that the library can have it; one that was discarded comes back to its place.
///
/// # Errors
/// Where it is gone, there is no sound in it, or it cannot be written.
pub(crate) fn take(folder: &Path, id: &str) -> Result<Ended, Failure> {
    let mut journal = journal(folder, id)?;
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error: std::io::Error| Failure::record_file(&path, &error)
    };
    if journal.discarded_at.is_some() {
        let home = free_name(journal.home.clone().unwrap_or_else(|| folder.join(format!("{id}.wav"))));
        std::fs::rename(&journal.file, &home).map_err(failed(&journal.file))?;
        (journal.file, journal.home, journal.discarded_at) = (home, None, None);
        journal.write(folder).map_err(failed(folder))?;
    }
    let path = journal.file.clone();
    let mended = repair(&path).map_err(|error| match error {
        RepairError::Io(error) => Failure::record_file(&path, &error),
        RepairError::NoSound | RepairError::Foreign => {
            Failure::new(Code::EmptyFile, format!("There is no sound in {}.", path.display()))
                .hint("It ended before anything was heard. Discard it.")
                .detail(error)
        }
    })?;
    (journal.finished, journal.keep) = (true, true);
    journal.write(folder).map_err(failed(folder))?;
    let duration = Millis(mended.frames * 1_000 / u64::from(mended.rate.max(1)));
    Ok(Ended { journal, duration, failure: None })
}

/// Puts a recording aside.
///
/// # Errors
/// Where it is gone or cannot be moved.
pub(crate) fn discard(folder: &Path, id: &str) -> Result<(), Failure> {
    let mut journal = journal(folder, id)?;
    if journal.discarded_at.is_some() {
        return Ok(());
    }
    let file = journal.file.clone();
    let failed = |error: std::io::Error| Failure::record_file(&file, &error);
    let parent = file.parent().unwrap_or(folder).to_path_buf();
    let aside = parent.join(ASIDE);
    std::fs::create_dir_all(&aside).map_err(failed)?;
    let to = free_name(aside.join(file.file_name().unwrap_or_default()));
    std::fs::rename(&file, &to).map_err(failed)?;
    (journal.home, journal.file, journal.discarded_at) = (Some(file.clone()), to, Some(clock::now()));
    journal.write(folder).map_err(failed)
}

/// Deletes what was discarded more than a day ago, and what was noted of files that are gone. Called where the program
/// begins.
pub(crate) fn purge(folder: &Path) {
    let now = OffsetDateTime::now_utc();
    for journal in Journal::all(folder) {
        let of_a_file = journal.finished && !journal.keep && journal.recording.is_none();
        if of_a_file && journal.discarded_at.is_none() && !journal.file.exists() {
            Journal::remove(folder, &journal.id);
            continue;
        }
        let Some(at) = journal.discarded_at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()) else {
            continue;
        };
        if now - at < KEPT || !is_free(folder, &journal.id) {
            continue;
        }
        match std::fs::remove_file(&journal.file) {
            Ok(()) => Journal::remove(folder, &journal.id),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Journal::remove(folder, &journal.id),
            Err(error) => tracing::warn!(%error, "a discarded recording stays"),
        }
    }
}

/// `a.wav`, or `a (2).wav` where that is taken.
fn free_name(path: PathBuf) -> PathBuf {
    let mut names = (1..=u32::MAX).map(|number| numbered(&path, number));
    names.find(|name| !name.exists()).unwrap_or_else(|| path.clone())
}
