//! What a file that is made of a transcript says about where it comes from.

use rusqlite::{OptionalExtension, params};
use st_core::record::record;
use st_export::Origin;

use super::{Library, LibraryError, StoredTranscript};
use crate::clock;
use crate::ids::TranscriptId;

impl Library {
    /// A transcript with its dates and changes. The program and the date of the export are left to the caller.
    pub fn transcript_with_origin(&self, id: TranscriptId) -> Result<(StoredTranscript, Origin), LibraryError> {
        let (stored, history) = self.transcript_with_history(id)?;
        let (created_at, changed_at, modified_ms): (String, String, i64) = self.read(|c| {
            c.query_row(
                "SELECT t.created_at, t.changed_at, r.modified_ms FROM transcripts t
                 JOIN recordings r ON r.id = t.recording_id WHERE t.id = ?1",
                params![id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?
            .ok_or(LibraryError::NotFound { what: "transcript", id: id.0 })
        })?;
        let origin = Origin {
            // 0 stands for a file system that does not say.
            recorded_at: (modified_ms != 0).then(|| clock::at(modified_ms)).flatten(),
            created_at: Some(created_at),
            changed_at: (stored.revision > 0).then_some(changed_at),
            revision: stored.revision,
            changes: record(&stored.document, &history),
            ..Origin::default()
        };
        Ok((stored, origin))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use st_core::edit::Edit;
    use st_core::record::ChangeKind;
    use st_core::time::TimeSpan;
    use st_core::transcript::{Transcript, Utterance, UtteranceId};

    use super::super::FileStamp;
    use super::super::tests::library;
    use crate::jobs::{JobKind, JobSettings};

    #[test]
    fn dates_and_changes_are_told() {
        let (_folder, library) = library();
        let stamp = FileStamp { size: 1, modified_ms: 1_700_000_000_123 };
        let recording = library.add_recording(Path::new("/a.wav"), stamp).unwrap();
        let job = library.add_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap();
        let utterance = Utterance {
            id: UtteranceId(1),
            speaker: None,
            span: TimeSpan::new(0, 900),
            text: "one".into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        };
        let document = Transcript { utterances: vec![utterance], ..Transcript::default() };
        let id = library.finish_job(job, job, recording, &document, None).unwrap();
        let origin = library.transcript_with_origin(id).unwrap().1;
        assert_eq!(origin.recorded_at.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!((origin.revision, origin.changed_at, origin.changes.counts.len()), (0, None, 0));
        let edit = Edit::ReplaceText { utterance: UtteranceId(1), text: "two".into() };
        library.apply(id, 0, &edit).unwrap();
        let origin = library.transcript_with_origin(id).unwrap().1;
        assert!(origin.revision == 1 && origin.changed_at.is_some());
        assert_eq!(origin.changes.counts, [(ChangeKind::Text, 1)].into());
    }
}
