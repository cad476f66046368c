//! Telling the speakers of a transcript apart again, in a moment: from what the models heard before and what the person
//! said since.

use serde::{Deserialize, Serialize};
use st_core::align::AlignOptions;
use st_core::clustering::{ClusterOptions, cluster, only};
use st_core::diarization::{SpeakerCount, SpeakerEvidence};
use st_core::edit::{Edit, Restore};
use st_core::regroup::{Fresh, regroup, said, split, told};
use st_core::transcript::SpeakerId;

use super::Engine;
use crate::failure::Failure;
use crate::ids::TranscriptId;
use crate::jobs::{Job, JobKind, JobSettings, SpeakerChoice};
use crate::library::{Change, LibraryError, StoredTranscript};
use crate::pipeline::{JobModels, VoicePair, voices};

/// What is wanted of the speakers of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerWish {
    /// All voices grouped again, with so many people.
    Count(SpeakerChoice),
    /// One speaker told apart into two.
    Split(SpeakerId),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Grouped {
    /// The transcript was changed.
    Changed(Box<Change>),
    /// Voices have to be heard first: a job does that.
    Queued(Box<Job>),
}

impl Engine {
    /// Tells speakers apart again, as one edit of revision `seen` that can be undone. What the person said about who
    /// speaks holds, and what they wrote stays.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where the transcript has another revision by now.
    pub fn group_speakers(&self, id: TranscriptId, seen: u64, wish: SpeakerWish) -> Result<Grouped, Failure> {
        if let SpeakerWish::Count(choice) = wish {
            choice.check()?;
        }
        let stored = self.library().transcript(id)?;
        if stored.revision != seen {
            return Err(LibraryError::Conflict { seen, actual: stored.revision }.into());
        }
        let heard = self.heard(&stored)?.map(|(_, evidence)| evidence);
        let fresh = Fresh { utterance: stored.fresh_utterance, speaker: stored.fresh_speaker };
        let parts = match (wish, heard) {
            (SpeakerWish::Count(choice), Some(evidence)) if let Some(count) = choice.count() => {
                let options = ClusterOptions { count, ..ClusterOptions::default() };
                let grouping = cluster(&evidence, &told(&stored.document), &options);
                if grouping.diarization.turns.is_empty() {
                    return Err(Failure::speakers("No voice was clear enough."));
                }
                regroup(&stored.document, &grouping, fresh, &AlignOptions::default())
            }
            (SpeakerWish::Count(choice), _) => return Ok(Grouped::Queued(Box::new(self.diarize_again(id, choice)?))),
            (SpeakerWish::Split(speaker), heard) => two(&stored, speaker, &heard.unwrap_or_default(), fresh)?,
        };
        if parts == Restore::default() {
            return Ok(Grouped::Changed(Box::new(Change { stored, put: Vec::new(), removed: Vec::new() })));
        }
        Ok(Grouped::Changed(Box::new(self.apply(id, seen, &Edit::Regroup(parts))?)))
    }

    /// What the models that are here heard in a transcript's recording; none where they have not heard all of it.
    pub(super) fn heard(&self, stored: &StoredTranscript) -> Result<Option<(VoicePair, SpeakerEvidence)>, Failure> {
        let kind = JobKind::Speakers { transcript: stored.id };
        let models = JobModels::find(&self.inner.models, kind, &JobSettings::default());
        let scan = self.library().scan(stored.recording)?;
        let (Ok(JobModels { voices: Some(pair), .. }), Some(scan)) = (models, scan) else { return Ok(None) };
        if scan.sha256 != stored.document.recording.sha256 {
            return Ok(None);
        }
        // Where channels were transcribed one by one, their voices are told apart one by one, too: a job does that.
        if self.library().first_channel(stored.job)?.is_some_and(|channel| channel > 0) {
            return Ok(None);
        }
        let evidence = voices::kept(self.library(), stored.recording, &pair, &scan)?;
        Ok(evidence.filter(|evidence| !evidence.windows.is_empty()).map(|evidence| (pair, evidence)))
    }
}

/// One speaker told apart into two.
fn two(
    stored: &StoredTranscript,
    speaker: SpeakerId,
    evidence: &SpeakerEvidence,
    fresh: Fresh,
) -> Result<Restore, Failure> {
    let document = &stored.document;
    let name =
        document.speaker(speaker).ok_or(LibraryError::from(st_core::edit::EditError::UnknownSpeaker(speaker)))?;
    let alone = only(evidence, &said(&document.utterances), speaker.0);
    let told: Vec<_> = told(document).into_iter().filter(|told| told.speaker == speaker.0).collect();
    let options = ClusterOptions { count: SpeakerCount::Exact(2), ..ClusterOptions::default() };
    split(document, speaker, &cluster(&alone, &told, &options), fresh, &AlignOptions::default()).ok_or_else(|| {
        let why = format!("Only one voice is heard in what “{}” says.", name.display_name());
        Failure::speakers(&why).hint("Give some utterances to another speaker by hand, then find the speakers again.")
    })
}
