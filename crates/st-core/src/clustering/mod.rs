//! From what the models heard in each window to who speaks when in the whole recording.
//!
//! Voices that are clear enough are grouped by average linkage, the groups' mean voices are the speakers, every local
//! speaker of every window becomes the speaker that it sounds like, and [`crate::reconstruct`] lays the windows over
//! each other. Pure, so that it can be done again in a moment with another number of speakers.

mod count;
mod linkage;
mod naming;
#[cfg(test)]
mod tests;

use crate::diarization::{Diarization, LOCAL_SPEAKERS, SpeakerCount, SpeakerEvidence};
use crate::reconstruct::{ReconstructOptions, reconstruct};
use linkage::Group;

/// How voices are grouped. The defaults are measured in docs/diarization.md.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterOptions {
    /// How many people speak.
    pub count: SpeakerCount,
    /// Groups whose voices are further apart than this on average (cosine distance, 0..=2) are different people.
    pub threshold: f32,
    /// Only voices with so many milliseconds of clean speech found a speaker; the others join one.
    pub min_clean_ms: u32,
    /// How much further apart two voices of one window are than they sound: the segmentation already told them apart.
    pub apart: f32,
    /// Somebody who speaks less than this in all is no speaker of his own unless the count is given.
    pub min_speaker_ms: u64,
    /// How the windows are laid over each other.
    pub reconstruct: ReconstructOptions,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            count: SpeakerCount::Auto,
            threshold: 0.55,
            min_clean_ms: 1_000,
            apart: 1.0,
            min_speaker_ms: 2_000,
            reconstruct: ReconstructOptions::default(),
        }
    }
}

/// Speaker of each local speaker of a window; none where it is unknown.
pub(crate) type Labels = [Option<usize>; LOCAL_SPEAKERS];

/// More groups than this are first joined to closer ones part by part, which keeps the time in bounds: 15,000 voices
/// at once would take minutes.
const PART: usize = 2_000;

/// Voices this close are the same person's without further thought (cosine distance, well below any threshold).
const CLOSE: f32 = 0.3;

/// Finds out who speaks when.
pub fn cluster(evidence: &SpeakerEvidence, options: &ClusterOptions) -> Diarization {
    let groups = condense(founders(evidence, options.min_clean_ms), options.apart);
    let merges = linkage::merges(&groups, options.apart);
    let speakers = count::speakers(&groups, &merges, options);
    let mut speakers: Vec<Vec<f32>> = speakers.iter().map(|group| unit(&group.mean)).collect();
    loop {
        let labels = naming::name(evidence, &speakers);
        let diarization = reconstruct(evidence, &labels, &options.reconstruct);
        let Some(ghost) = count::ghost(&diarization, speakers.len(), options) else { return diarization.relabel() };
        speakers.remove(ghost);
    }
}

/// The voices that may found a speaker: those with enough clean speech; in a recording that has none, all.
fn founders(evidence: &SpeakerEvidence, min_clean_ms: u32) -> Vec<Group> {
    let with = |wanted: u32| -> Vec<Group> {
        let windows = evidence.windows.iter().zip(0u32..);
        let voices = windows.flat_map(|(window, number)| window.voices.iter().map(move |voice| (voice, number)));
        voices
            .filter(|(voice, _)| voice.clean_ms >= wanted)
            .map(|(voice, number)| Group { mean: unit(&voice.embedding), weight: 1.0, windows: vec![number] })
            .collect()
    };
    let clear = with(min_clean_ms);
    if clear.is_empty() { with(0) } else { clear }
}

/// Joins close voices part by part until there are few enough groups, or joining no longer helps.
fn condense(mut groups: Vec<Group>, apart: f32) -> Vec<Group> {
    while groups.len() > PART {
        let before = groups.len();
        groups = groups
            .chunks(PART)
            .flat_map(|part| {
                let merges = linkage::merges(part, apart);
                let close = merges.partition_point(|merge| merge.height <= CLOSE);
                linkage::collect(part, &linkage::cut(part.len(), &merges[..close]))
            })
            .collect();
        if groups.len() * 10 > before * 9 {
            break;
        }
    }
    groups
}

/// The vector at unit length.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = linkage::dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter().map(|value| value / length).collect()
}
