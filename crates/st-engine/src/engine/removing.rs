//! Taking recordings out of the library, bringing them back, and finding files that were moved.

use std::path::Path;

use super::{Engine, lock};
use crate::event::Event;
use crate::failure::{Code, Failure};
use crate::ids::RecordingId;
use crate::models::verify;
use crate::recording::left;

impl Engine {
    /// Takes recordings with their transcripts out of the library so that [`Engine::restore_recordings`] can bring them
    /// back. What runs on them stops and keeps what is finished. Files stay until [`Engine::purge_removed`].
    pub fn remove_recordings(&self, ids: &[RecordingId]) -> Result<(), Failure> {
        for &id in ids {
            for job in self.library().jobs()?.into_iter().filter(|job| job.recording == id) {
                if let Some(flag) = lock(&self.inner.running).get(&job.id) {
                    flag.suspend();
                }
            }
            self.library().set_removed(id, true)?;
        }
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// Brings back what was removed. Jobs that had not ended wait again.
    pub fn restore_recordings(&self, ids: &[RecordingId]) -> Result<(), Failure> {
        for &id in ids {
            self.library().set_removed(id, false)?;
        }
        self.publish(&Event::LibraryChanged);
        self.wake_queue();
        Ok(())
    }

    /// Deletes for good what was removed, with copies that belong to the library, and what was discarded more than a day
    /// ago while it was being recorded; original files are never touched. Called when the program begins and ends. One that another program works on stays for the next time.
    pub fn purge_removed(&self) {
        left::purge(&self.inner.storage.dirs.recordings());
        let removed = match self.library().removed() {
            Ok(removed) => removed,
            Err(error) => return tracing::warn!(%error, "removed recordings cannot be listed"),
        };
        for id in removed {
            if let Err(failure) = self.delete_recording(id) {
                tracing::warn!(code = failure.code.id(), "a removed recording stays");
            }
        }
    }

    /// A recording's file was moved: from now on it is this one, if it is the same.
    ///
    /// # Errors
    /// [`Code::FileChanged`] where the content differs from what was transcribed.
    pub fn relocate(&self, id: RecordingId, path: &Path) -> Result<(), Failure> {
        st_audio::probe(path)?;
        let recording = self.library().recording(id)?;
        // Empty where a transcript was taken in that does not say it: then any recording may be the one.
        if let Some(known) = recording.sha256.filter(|known| !known.is_empty())
            && verify::sha256(path)? != known
        {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            return Err(Failure::new(
                Code::FileChanged,
                format!("“{name}” is not the recording that was transcribed as “{}”.", recording.name),
            )
            .hint("Choose the original file, or add this one as a recording of its own."));
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.library().set_path(id, &path)?;
        self.publish(&Event::LibraryChanged);
        Ok(())
    }
}
