//! Who speaks when in a transcript, for files that measure it.

use st_core::clustering::Grouping;
use st_core::diarization::{Diarization, SpeakerCount, SpeakerIndex, SpeakerTurn};
use st_core::regroup::told;
use st_core::transcript::Transcript;
use st_core::turns::{speakers, turns};

use super::Engine;
use crate::failure::Failure;
use crate::jobs::SpeakerChoice;
use crate::library::{Scan, StoredTranscript, Track};
use crate::pipeline::voices::{groupings, models_that_heard};

impl Engine {
    /// The turns of a transcript: found again in what the models heard, and put right where the person said otherwise.
    /// None where what they heard is not kept, or not of this sound, and where the transcript has no speakers.
    pub(super) fn turns(&self, stored: &StoredTranscript) -> Result<Option<Diarization>, Failure> {
        let document = &stored.document;
        let scan = self.library().scan(stored.recording)?;
        let Some(scan) = scan.filter(|scan| scan.sha256 == document.recording.sha256) else { return Ok(None) };
        let Some(channel) = self.library().first_channel(stored.job)? else { return Ok(None) };
        let tracks = tracks(&scan, channel > 0);
        let told = if channel > 0 { Vec::new() } else { told(document) };
        let shown = u32::try_from(speakers(document).len()).unwrap_or(u32::MAX);
        if shown == 0 {
            return Ok(None);
        }
        let (here, count) = ((self.library(), stored.recording), asked(document));
        let Some(models) = models_that_heard(here, &hashes(document), (&scan, &tracks), count)? else {
            return Ok(None);
        };
        let group = |count| groupings(here, &models, &tracks, &told, count).map(all);
        let mut found = vec![group(count)?];
        // A person may have asked for another number since.
        if channel == 0 && found[0].told.len() != shown as usize {
            found.push(group(SpeakerCount::Exact(shown))?);
        }
        Ok(turns(document, &found, stored.fresh_speaker))
    }
}

/// What was transcribed: the channels one by one, or all together.
fn tracks(scan: &Scan, apart: bool) -> Vec<Track> {
    if apart {
        scan.channels.tracks.iter().filter(|track| !track.regions.is_empty()).cloned().collect()
    } else {
        vec![Track { regions: scan.regions.clone(), ..Track::default() }]
    }
}

/// How many people the transcript was made with.
fn asked(document: &Transcript) -> SpeakerCount {
    let choice = document.provenance.settings.get("speakers").and_then(|choice| choice.parse::<SpeakerChoice>().ok());
    choice.and_then(SpeakerChoice::count).unwrap_or_default()
}

/// The hashes of the voice models that the transcript names, as evidence is filed under them.
fn hashes(document: &Transcript) -> String {
    let last = |role: &str| {
        let of_role = document.provenance.models.iter().rev().find(|model| model.role == role);
        of_role.map_or("", |model| model.sha256.as_str())
    };
    format!("{} {} ", last("segmentation"), last("embedding"))
}

/// The groupings of several tracks as one: nobody speaks in two.
fn all(groupings: Vec<Grouping>) -> Grouping {
    let mut all = Grouping::default();
    for grouping in groupings {
        let before = all.told.len() as u32;
        let turn = |turn: SpeakerTurn| SpeakerTurn { speaker: SpeakerIndex(before + turn.speaker.0), ..turn };
        all.diarization.turns.extend(grouping.diarization.turns.into_iter().map(turn));
        all.told.extend(grouping.told);
    }
    Grouping { diarization: Diarization::from_turns(all.diarization.turns), ..all }
}
