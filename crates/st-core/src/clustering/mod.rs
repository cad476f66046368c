//! From what the models heard in each window to who speaks when in the whole recording.
//!
//! Voices that are clear enough are grouped by average linkage, the groups' mean voices are the speakers, every local
//! speaker of every window becomes the speaker that it sounds like, [`crate::reconstruct`] lays the windows over each
//! other, and each stretch of the turns is looked at once more. Pure, so that it can be done again in a moment: with
//! another number of speakers, or with what a person said since ([`Told`]).

mod count;
mod divide;
mod linkage;
mod naming;
mod recheck;
#[cfg(test)]
mod tests;
mod told;

use crate::diarization::{Diarization, LOCAL_SPEAKERS, LocalVoice, SpeakerCount, SpeakerEvidence};
use crate::reconstruct::{ReconstructOptions, reconstruct};
use crate::time::TimeSpan;
use linkage::Group;
pub(crate) use linkage::dot;
pub use told::{MeanVoice, Told, only, voices};

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
pub(crate) type Labels<Id = usize> = [Option<Id>; LOCAL_SPEAKERS];

/// Who speaks when, as grouping found it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grouping {
    /// The turns, speakers numbered in the order of their first speech.
    pub diarization: Diarization,
    /// For each speaker by number: who it is, where a person said so.
    pub told: Vec<Option<u32>>,
    /// The turns of each voice that said too little to be a speaker of its own and was counted to others.
    pub folded: Vec<Vec<TimeSpan>>,
}

/// More groups than this are first joined to closer ones part by part, which keeps the time in bounds: 15,000 voices
/// at once would take minutes.
const PART: usize = 2_000;

/// Voices this close are the same person's without further thought (cosine distance, well below any threshold).
const CLOSE: f32 = 0.3;

/// Finds out who speaks when. What a person said about it holds.
pub fn cluster(evidence: &SpeakerEvidence, told: &[Told], options: &ClusterOptions) -> Grouping {
    let known = told::local(evidence, told);
    let groups = condense(founders(evidence, &known, options.min_clean_ms), options.apart);
    let merges = linkage::merges(&groups, options.apart);
    let wanted = without_silent(options, told, &groups);
    let mut speakers = count::speakers(&groups, &merges, &wanted);
    let most = match wanted.count {
        SpeakerCount::Auto => usize::MAX,
        SpeakerCount::Exact(_) => 0,
        SpeakerCount::Range(_, most) => most as usize,
    };
    let (mut folded, mut divisions) = (Vec::new(), 0);
    loop {
        let labels = naming::name(evidence, &speakers, &known);
        let mut diarization = reconstruct(evidence, &labels, &options.reconstruct);
        let mut ghost = count::ghost(&diarization, &speakers, options);
        if ghost.is_none() {
            let pieces = recheck::pieces(evidence, &diarization, told, &speakers);
            let open = divisions < DIVISIONS && speakers.len() < most;
            if let Some((number, [one, other])) = open.then(|| divide::two_in_one(&pieces, &speakers)).flatten() {
                speakers[number].groups = vec![one];
                speakers.push(count::Speaker { groups: vec![other], told: None });
                divisions += 1;
                continue;
            }
            diarization = recheck::recheck(&pieces, diarization, speakers.len(), options.reconstruct.max_gap_ms);
            ghost = count::ghost(&diarization, &speakers, options);
        }
        let Some(ghost) = ghost else { return numbered(&diarization, &speakers, folded) };
        if divisions > 0 {
            // What was divided and comes together again is not divided once more.
            divisions = DIVISIONS;
        }
        speakers.remove(ghost);
        let own = diarization.turns.iter().filter(|turn| turn.speaker.0 as usize == ghost).map(|turn| turn.span);
        folded.extend(Some(own.collect::<Vec<_>>()).filter(|turns| !turns.is_empty()));
    }
}

/// Speakers are divided so often at most.
const DIVISIONS: usize = 8;

/// With a number of speakers asked for, those who were told of but have no voice count too.
fn without_silent(options: &ClusterOptions, told: &[Told], groups: &[Group]) -> ClusterOptions {
    let mut silent: Vec<u32> = told.iter().map(|t| t.speaker).collect();
    silent.sort_unstable();
    silent.dedup();
    silent.retain(|&speaker| groups.iter().all(|group| group.told != Some(speaker)));
    let less = |n: u32| n.saturating_sub(silent.len() as u32).max(1);
    let count = match options.count {
        SpeakerCount::Auto => SpeakerCount::Auto,
        SpeakerCount::Exact(n) => SpeakerCount::Exact(less(n)),
        SpeakerCount::Range(least, most) => SpeakerCount::Range(less(least), less(most)),
    };
    ClusterOptions { count, ..options.clone() }
}

/// The turns with speakers numbered by first speech. Who says nothing is left out.
fn numbered(diarization: &Diarization, speakers: &[count::Speaker], folded: Vec<Vec<TimeSpan>>) -> Grouping {
    let (diarization, before) = diarization.renumbered();
    let told = before.iter().map(|old| speakers.get(old.0 as usize).and_then(|speaker| speaker.told)).collect();
    Grouping { diarization, told, folded }
}

/// The voices that may found a speaker: those with enough clean speech, and those of which a person said whose they
/// are; in a recording that has none, all.
fn founders(evidence: &SpeakerEvidence, known: &[Labels<u32>], min_clean_ms: u32) -> Vec<Group> {
    let with = |wanted: u32| -> Vec<Group> {
        let windows = evidence.windows.iter().zip(known).zip(0u32..);
        let voices = windows.flat_map(|((window, known), number)| {
            let told = |voice: &LocalVoice| known.get(usize::from(voice.local)).copied().flatten();
            window.voices.iter().map(move |voice| (voice, told(voice), number))
        });
        voices
            .filter(|(voice, told, _)| voice.clean_ms >= wanted || told.is_some())
            .map(|(voice, told, number)| Group {
                mean: unit(&voice.embedding),
                weight: 1.0,
                windows: vec![number],
                told,
            })
            .collect()
    };
    let clear = with(min_clean_ms);
    if clear.is_empty() { with(0) } else { clear }
}

/// With more groups than this the heaviest found the speakers, and the others join them: else the time of a recording
/// in which no two voices are alike (noise, a crowd) would grow with the square of its length.
const MOST: usize = 4_000;

/// Joins close voices part by part until there are few enough groups, or joining no longer helps.
fn condense(groups: Vec<Group>, apart: f32) -> Vec<Group> {
    let mut groups = joined_where_close(groups, apart);
    if groups.len() > MOST {
        let key = |group: &Group| (group.told.is_none(), -group.weight as i64);
        // Stable, and in order of time again afterwards, so that the result depends on nothing but the input.
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|&at| key(&groups[at]));
        order.truncate(MOST);
        order.sort_unstable();
        groups = order.into_iter().map(|at| groups[at].clone()).collect();
    }
    groups
}

fn joined_where_close(mut groups: Vec<Group>, apart: f32) -> Vec<Group> {
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
