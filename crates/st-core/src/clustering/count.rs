//! How many speakers there are.

use super::ClusterOptions;
use super::linkage::{Group, Merge, collect, cut};
use crate::diarization::{Diarization, SpeakerCount, SpeakerIndex};

/// In a long recording a speaker who was asked for should be heard in so many windows, if there are enough such groups:
/// a voice that was heard once in an hour is more often a cough or two people at once than somebody.
const WINDOWS_OF_A_SPEAKER: f32 = 4.0;

/// In a short one already this part of all voices is enough.
const PART_OF_A_SPEAKER: f32 = 0.01;

/// With a given number of speakers, so many groups more than that are looked at for a better choice.
const STRAY_GROUPS: usize = 30;

/// The groups that are speakers.
pub fn speakers(groups: &[Group], merges: &[Merge], options: &ClusterOptions) -> Vec<Group> {
    let automatic = groups.len() - merges.partition_point(|merge| merge.height <= options.threshold);
    match options.count {
        SpeakerCount::Exact(wanted) => exactly(wanted, groups, merges),
        SpeakerCount::Range(least, _) if automatic < least as usize => exactly(least, groups, merges),
        SpeakerCount::Range(_, most) if automatic > most as usize => exactly(most, groups, merges),
        SpeakerCount::Auto | SpeakerCount::Range(..) => cut_to(automatic, groups, merges),
    }
}

/// Joined until `left` groups are left.
fn cut_to(left: usize, groups: &[Group], merges: &[Merge]) -> Vec<Group> {
    collect(groups, &cut(groups.len(), &merges[..groups.len() - left]))
}

/// `wanted` groups that are heard often enough, from the highest cut that has so many; the stray ones beside them are
/// left out, and their voices will join the nearest.
fn exactly(wanted: u32, groups: &[Group], merges: &[Merge]) -> Vec<Group> {
    let wanted = (wanted.max(1) as usize).min(groups.len());
    let highest = groups.len().min(wanted + STRAY_GROUPS);
    let heard: f32 = groups.iter().map(|group| group.weight).sum();
    let mut least = WINDOWS_OF_A_SPEAKER.min(heard * PART_OF_A_SPEAKER);
    while least > 1.0 {
        for left in wanted..=highest {
            let mut found = cut_to(left, groups, merges);
            found.retain(|group| group.weight >= least);
            if found.len() >= wanted {
                return found;
            }
        }
        least -= 1.0;
    }
    cut_to(wanted, groups, merges)
}

/// A speaker who is none: the one with the least speech, if that is too little. Speakers that were asked for stay.
pub fn ghost(diarization: &Diarization, speakers: usize, options: &ClusterOptions) -> Option<usize> {
    let least = match options.count {
        SpeakerCount::Auto => 1,
        SpeakerCount::Exact(n) | SpeakerCount::Range(n, _) => n.max(1) as usize,
    };
    if speakers <= least {
        return None;
    }
    let spoken = diarization.speaking_ms();
    let spoken_by = |speaker: usize| spoken.get(&SpeakerIndex(speaker as u32)).copied().unwrap_or(0);
    let quietest = (0..speakers).min_by_key(|&speaker| spoken_by(speaker))?;
    (spoken_by(quietest) < options.min_speaker_ms).then_some(quietest)
}
