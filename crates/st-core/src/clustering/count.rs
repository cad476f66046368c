//! How many speakers there are.

use super::ClusterOptions;
use super::linkage::{Group, Merge, collect, cut, dot};
use crate::diarization::{Diarization, SpeakerCount, SpeakerIndex};

/// The merges that are carried out, so that the wanted number of groups is left.
pub fn chosen<'a>(groups: &[Group], merges: &'a [Merge], options: &ClusterOptions) -> &'a [Merge] {
    let automatic = merges.partition_point(|merge| merge.height <= options.threshold);
    let found = groups.len() - automatic;
    match options.count {
        SpeakerCount::Auto => &merges[..automatic],
        SpeakerCount::Exact(wanted) => exactly(wanted, groups, merges),
        SpeakerCount::Range(least, _) if found < least as usize => exactly(least, groups, merges),
        SpeakerCount::Range(_, most) if found > most as usize => exactly(most, groups, merges),
        SpeakerCount::Range(..) => &merges[..automatic],
    }
}

/// The merges that leave `wanted` groups.
fn exactly<'a>(wanted: u32, groups: &[Group], merges: &'a [Merge]) -> &'a [Merge] {
    let left = (wanted.max(1) as usize).min(groups.len());
    &merges[..groups.len() - left]
}

/// A speaker who is none: the one with the least speech, if that is too little. Speakers that were asked for stay.
pub fn ghost(diarization: &Diarization, speakers: &[Vec<f32>], options: &ClusterOptions) -> Option<usize> {
    let least = match options.count {
        SpeakerCount::Auto => 1,
        SpeakerCount::Exact(n) | SpeakerCount::Range(n, _) => n.max(1) as usize,
    };
    if speakers.len() <= least {
        return None;
    }
    let spoken = diarization.speaking_ms();
    let spoken_by = |speaker: usize| spoken.get(&SpeakerIndex(speaker as u32)).copied().unwrap_or(0);
    let quietest = (0..speakers.len()).min_by_key(|&speaker| spoken_by(speaker))?;
    (spoken_by(quietest) < options.min_speaker_ms).then_some(quietest)
}
