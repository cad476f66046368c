//! Two people who were taken for one.
//!
//! Over a telephone all voices are nearer to each other than the threshold, so that two people may become one speaker.
//! Yet their stretches are two groups apart, which those of one person never are: what counts is not how far two stretches
//! are from each other but how much farther than those of one group.

use super::count::Speaker;
use super::linkage::{Group, collect, cut, dot, merges};
use super::recheck::Piece;

/// Each of the two says so much, in milliseconds of stretches.
const LEAST_MS: f32 = 8_000.0;
/// Shorter stretches are left out, in milliseconds.
const STRETCH_MS: f32 = 1_000.0;
/// Two people's stretches are so much farther (cosine distance, mean over all pairs) from each other than from their own.
/// Of one person's at most 0.12 was measured, of two people's taken for one at least 0.20 (docs/diarization.md).
const FARTHER: f32 = 0.16;
/// The two main groups are looked for among the highest so many; the rest are stray ones.
const GROUPS: usize = 8;
/// So many stretches of a speaker are looked at, evenly over the recording: the time grows with their square.
const MOST: usize = 500;

/// The first speaker who is two people, and how each of them sounds.
pub fn two_in_one(pieces: &[Piece], speakers: &[Speaker]) -> Option<(usize, [Group; 2])> {
    (0..speakers.len()).filter(|&number| speakers[number].told.is_none()).find_map(|number| {
        let own = pieces.iter().filter(|piece| piece.of() == Some(number) && piece.weight >= STRETCH_MS);
        let own: Vec<&Piece> = own.collect();
        let each = own.len().div_ceil(MOST).max(1);
        let own: Vec<&Piece> = own.into_iter().step_by(each).collect();
        Some((number, two_in(&own, LEAST_MS / each as f32)?))
    })
}

fn two_in(pieces: &[&Piece], least: f32) -> Option<[Group; 2]> {
    let group = |piece: &&Piece| Group { mean: piece.voice.clone(), weight: 1.0, windows: Vec::new(), told: None };
    let groups: Vec<Group> = pieces.iter().map(group).collect();
    let merges = merges(&groups, 0.0);
    for count in 2..=GROUPS.min(groups.len()) {
        let numbers = cut(groups.len(), &merges[..groups.len() - count]);
        let mut spoken = vec![0.0; count];
        for (piece, &number) in pieces.iter().zip(&numbers) {
            spoken[number] += piece.weight;
        }
        let mut main: Vec<usize> = (0..count).filter(|&number| spoken[number] >= least).collect();
        main.sort_by(|&a, &b| spoken[b].total_cmp(&spoken[a]).then(a.cmp(&b)));
        if let [one, other, ..] = main[..] {
            let all = collect(&groups, &numbers);
            let (one, other) = (&all[one], &all[other]);
            let between = 1.0 - dot(&one.mean, &other.mean);
            let farther = between - (within(one) + within(other)) / 2.0;
            return (farther >= FARTHER).then(|| [one.clone(), other.clone()]);
        }
    }
    None
}

/// Mean distance of the pairs within a group.
fn within(group: &Group) -> f32 {
    let n = group.weight;
    if n > 1.0 { 1.0 - (n * dot(&group.mean, &group.mean) - 1.0) / (n - 1.0) } else { 0.0 }
}
