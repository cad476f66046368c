//! How many speakers there are.

use super::ClusterOptions;
use super::linkage::{Group, Merge, TOLD_APART, collect, cut};
use crate::diarization::{Diarization, SpeakerCount, SpeakerIndex};

/// In a long recording a speaker who was asked for should be heard in so many windows, if there are enough such groups:
/// a voice that was heard once in an hour is more often a cough or two people at once than somebody.
const WINDOWS_OF_A_SPEAKER: f32 = 4.0;

/// In a short one already this part of all voices is enough.
const PART_OF_A_SPEAKER: f32 = 0.01;

/// With a given number of speakers, so many groups more than that are looked at for a better choice.
const STRAY_GROUPS: usize = 30;

/// A speaker as grouping finds one: a group of voices, or several where a person said that they are the same person's.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// Its groups.
    pub groups: Vec<Group>,
    /// Who it is, where a person said so.
    pub told: Option<u32>,
}

/// The groups that are speakers.
pub fn speakers(groups: &[Group], merges: &[Merge], options: &ClusterOptions) -> Vec<Speaker> {
    let automatic =
        cut_to(groups.len() - merges.partition_point(|merge| merge.height <= options.threshold), groups, merges);
    match options.count {
        SpeakerCount::Exact(wanted) => exactly(wanted, groups, merges),
        SpeakerCount::Range(least, _) if automatic.len() < least as usize => exactly(least, groups, merges),
        SpeakerCount::Range(_, most) if automatic.len() > most as usize => exactly(most, groups, merges),
        SpeakerCount::Auto | SpeakerCount::Range(..) => automatic,
    }
}

/// Joined until `left` groups are left or only what a person told apart; then groups of the same told person are one
/// speaker.
fn cut_to(left: usize, groups: &[Group], merges: &[Merge]) -> Vec<Speaker> {
    let allowed = merges.partition_point(|merge| merge.height < TOLD_APART);
    let mut speakers: Vec<Speaker> = Vec::new();
    for group in collect(groups, &cut(groups.len(), &merges[..allowed.min(groups.len() - left)])) {
        let same = speakers.iter_mut().find(|speaker| group.told.is_some() && speaker.told == group.told);
        match same {
            Some(speaker) => speaker.groups.push(group),
            None => speakers.push(Speaker { told: group.told, groups: vec![group] }),
        }
    }
    speakers
}

/// `wanted` speakers who are heard often enough, from the highest cut that has so many; the stray ones beside them are
/// left out, and their voices will join the nearest. Whom a person told of stays.
fn exactly(wanted: u32, groups: &[Group], merges: &[Merge]) -> Vec<Speaker> {
    let wanted = (wanted.max(1) as usize).min(groups.len());
    let told = groups.iter().filter(|group| group.told.is_some()).count();
    let highest = groups.len().min(wanted + STRAY_GROUPS + told);
    let heard: f32 = groups.iter().map(|group| group.weight).sum();
    let mut least = WINDOWS_OF_A_SPEAKER.min(heard * PART_OF_A_SPEAKER);
    loop {
        for left in wanted..=highest {
            let mut found = cut_to(left, groups, merges);
            let weight = |speaker: &Speaker| speaker.groups.iter().map(|group| group.weight).sum::<f32>();
            found.retain(|speaker| least <= 1.0 || speaker.told.is_some() || weight(speaker) >= least);
            if found.len() >= wanted {
                return found;
            }
        }
        if least <= 1.0 {
            return cut_to(highest, groups, merges);
        }
        least -= 1.0;
    }
}

/// A speaker who is none: the one with the least speech, if that is too little. Speakers that were asked for or told of
/// stay.
pub fn ghost(diarization: &Diarization, speakers: &[Speaker], options: &ClusterOptions) -> Option<usize> {
    let least = match options.count {
        SpeakerCount::Auto => 1,
        SpeakerCount::Exact(n) | SpeakerCount::Range(n, _) => n.max(1) as usize,
    };
    if speakers.len() <= least {
        return None;
    }
    let spoken = diarization.speaking_ms();
    let spoken_by = |speaker: usize| spoken.get(&SpeakerIndex(speaker as u32)).copied().unwrap_or(0);
    let quietest =
        (0..speakers.len()).filter(|&n| speakers[n].told.is_none()).min_by_key(|&speaker| spoken_by(speaker))?;
    (spoken_by(quietest) < options.min_speaker_ms).then_some(quietest)
}
