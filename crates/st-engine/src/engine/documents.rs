//! Recordings and transcripts.

use std::collections::HashMap;

use st_core::edit::Edit;
use st_core::find::{FindError, FindQuery, Found, find};
use st_core::time::{Millis, TimeSpan};

use super::Engine;
use crate::event::Event;
use crate::failure::{Code, Failure};
use crate::ids::{RecordingId, TranscriptId};
use crate::jobs::lock;
use crate::library::{Change, Hit, LibraryError, Recording, StoredTranscript, TranscriptSummary};
use crate::recording::journal::Journal;

/// The waveform of a recording.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Waveform {
    /// Length of the recording.
    pub duration: Millis,
    /// [`crate::PEAKS_PER_SECOND`] amplitudes a second, 255 for full scale.
    pub peaks: Vec<u8>,
    /// Where somebody speaks.
    pub speech: Vec<TimeSpan>,
}

impl Engine {
    /// All recordings, newest first.
    pub fn recordings(&self) -> Result<Vec<Recording>, Failure> {
        Ok(self.library().recordings()?)
    }

    /// How many speakers the newest transcript of each recording has; recordings without one are left out.
    pub fn speaker_counts(&self) -> Result<HashMap<RecordingId, usize>, Failure> {
        Ok(self.library().speaker_counts()?)
    }

    /// One recording.
    pub fn recording(&self, id: RecordingId) -> Result<Recording, Failure> {
        Ok(self.library().recording(id)?)
    }

    /// Its waveform; none until it was read.
    pub fn waveform(&self, id: RecordingId) -> Result<Option<Waveform>, Failure> {
        let scan = self.library().scan(id)?;
        Ok(scan.map(|scan| Waveform { duration: scan.duration, peaks: scan.peaks, speech: scan.regions }))
    }

    /// Gives a recording another name in the library; the file keeps its own.
    pub fn rename_recording(&self, id: RecordingId, name: &str) -> Result<(), Failure> {
        self.library().rename_recording(id, name)?;
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// Removes a recording with its transcripts from the library. The original file is never touched; a copy that
    /// belongs to the library goes.
    pub fn delete_recording(&self, id: RecordingId) -> Result<(), Failure> {
        let recording = self.library().recording(id)?;
        let jobs: Vec<_> = self.library().jobs()?.into_iter().filter(|job| job.recording == id).collect();
        // Held until the rows are gone, so that nobody begins to work on them.
        let mut held = Vec::new();
        for job in &jobs {
            match self.take_lock(job.id)? {
                Some(lock) => held.push(lock),
                None => {
                    return Err(Failure::new(Code::Conflict, format!("“{}” is being transcribed.", recording.name))
                        .hint("Cancel that first."));
                }
            }
        }
        self.library().delete_recording(id)?;
        // Its marks may say much.
        Journal::forget(&self.dirs().recordings(), id);
        drop(held);
        for job in &jobs {
            lock::forget(&self.dirs().jobs(), job.id);
        }
        if recording.copied
            && let Err(error) = std::fs::remove_file(&recording.path)
        {
            tracing::warn!(%error, "the copy of a recording stays on disk");
        }
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// All transcripts, newest first, without their text.
    pub fn transcripts(&self) -> Result<Vec<TranscriptSummary>, Failure> {
        Ok(self.library().transcripts()?)
    }

    /// One transcript.
    pub fn transcript(&self, id: TranscriptId) -> Result<StoredTranscript, Failure> {
        Ok(self.library().transcript(id)?)
    }

    /// Applies an edit that was made for `revision`.
    ///
    /// # Errors
    /// [`Code::Conflict`] where the transcript has another revision by now.
    pub fn apply(&self, id: TranscriptId, revision: u64, edit: &Edit) -> Result<Change, Failure> {
        self.changed(self.library().apply(id, revision, edit))
    }

    /// Undoes the latest edit.
    pub fn undo(&self, id: TranscriptId, revision: u64) -> Result<Change, Failure> {
        self.changed(self.library().undo(id, revision))
    }

    /// Does again what was undone last.
    pub fn redo(&self, id: TranscriptId, revision: u64) -> Result<Change, Failure> {
        self.changed(self.library().redo(id, revision))
    }

    fn changed(&self, result: Result<Change, LibraryError>) -> Result<Change, Failure> {
        let change = result?;
        let stored = &change.stored;
        self.publish(&Event::TranscriptChanged { transcript: stored.id, revision: stored.revision });
        Ok(change)
    }

    /// Removes a transcript; its recording stays.
    pub fn delete_transcript(&self, id: TranscriptId) -> Result<(), Failure> {
        self.library().delete_transcript(id)?;
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// Places in one transcript that hold what is looked for.
    pub fn find(&self, id: TranscriptId, query: &FindQuery) -> Result<(StoredTranscript, Vec<Found>), Failure> {
        let stored = self.library().transcript(id)?;
        let found = find(&stored.document, query).map_err(|error| bad_pattern(&error))?;
        Ok((stored, found))
    }

    /// Utterances that hold every word of `query`, newest transcript first.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<Hit>, Failure> {
        Ok(self.library().search(query, limit)?)
    }
}

fn bad_pattern(error: &FindError) -> Failure {
    Failure::new(Code::BadPattern, format!("The pattern cannot be used: {error}."))
        .hint("Correct it, or switch the pattern off to look for the text as it stands.")
}
