//! Which speaker each local speaker of each window is.

use super::count::Speaker;
use super::linkage::dot;
use super::{Labels, unit};
use crate::diarization::{EvidenceWindow, LOCAL_SPEAKERS, LocalVoice, SpeakerEvidence};
use crate::reconstruct::first_frame;

/// What it costs that two local speakers of one window are the same person, in cosine: they may be, where the
/// segmentation broke one voice in two, but must sound like it.
const SHARED: f32 = 0.3;

/// A local speaker and the speakers that it may be, with how well each fits, best first.
type Choice = (usize, Vec<(f32, usize)>);

/// How well a local speaker fits the speaker that a person said it is: more than any likeness.
const TOLD: f32 = 4.0;

/// Names the local speakers of all windows; `known` are those that a person told of.
pub fn name(evidence: &SpeakerEvidence, speakers: &[Speaker], known: &[Labels<u32>]) -> Vec<Labels> {
    let means: Vec<Vec<Vec<f32>>> =
        speakers.iter().map(|s| s.groups.iter().map(|group| unit(&group.mean)).collect()).collect();
    let number = |told: u32| speakers.iter().position(|speaker| speaker.told == Some(told));
    let windows = evidence.windows.iter().zip(known);
    let by_voice: Vec<Labels> =
        windows.map(|(window, known)| by_voice(window, &means, known.map(|told| told.and_then(number)))).collect();
    let frames: Vec<u64> = evidence.windows.iter().map(|window| first_frame(window.start)).collect();
    (0..evidence.windows.len()).map(|number| by_time(&evidence.windows, &frames, &by_voice, number)).collect()
}

/// Names for the voices of a window that fit best together. A speaker with several means is as like as the likest.
fn by_voice(window: &EvidenceWindow, speakers: &[Vec<Vec<f32>>], known: Labels) -> Labels {
    let choice = |voice: &LocalVoice| {
        let likest =
            |means: &[Vec<f32>]| means.iter().map(|mean| dot(mean, &voice.embedding)).fold(f32::NEG_INFINITY, f32::max);
        let likeness = speakers.iter().enumerate().map(|(speaker, means)| (likest(means), speaker));
        (usize::from(voice.local), best_first(likeness.collect()))
    };
    let told = (0..LOCAL_SPEAKERS).filter_map(|local| Some((local, vec![(TOLD, known[local]?)])));
    let others = window.voices.iter().filter(|v| known.get(usize::from(v.local)).copied().flatten().is_none());
    let choices: Vec<Choice> = told.chain(others.map(choice)).collect();
    let mut best = (f32::NEG_INFINITY, [None; LOCAL_SPEAKERS]);
    search(&choices, 0.0, [None; LOCAL_SPEAKERS], &mut best);
    best.1
}

/// Adds names for the local speakers that have no voice: who speaks at the same time in the windows that overlap this
/// one is the same person.
fn by_time(windows: &[EvidenceWindow], frames: &[u64], by_voice: &[Labels], number: usize) -> Labels {
    let (window, named) = (&windows[number], by_voice[number]);
    let spoken = window.activity.iter().fold(0u8, |sets, set| sets | set);
    let nameless = |local: usize| spoken & (1 << local) != 0 && named[local].is_none();
    if !(0..LOCAL_SPEAKERS).any(nameless) {
        return named;
    }
    let (start, end) = (frames[number], frames[number] + window.activity.len() as u64);
    let before = (0..number).rev().take_while(|&other| frames[other] + windows[other].activity.len() as u64 > start);
    let after = (number + 1..windows.len()).take_while(|&other| frames[other] < end);
    let mut together: [Vec<(f32, usize)>; LOCAL_SPEAKERS] = Default::default();
    let mut active = [0f32; LOCAL_SPEAKERS];
    for other in before.chain(after) {
        if by_voice[other].iter().all(Option::is_none) {
            continue;
        }
        let skip = |from: u64| (start.max(frames[other]) - from) as usize;
        let here = &window.activity[skip(start).min(window.activity.len())..];
        let there = &windows[other].activity[skip(frames[other]).min(windows[other].activity.len())..];
        for (&set, &other_set) in here.iter().zip(there) {
            for local in (0..LOCAL_SPEAKERS).filter(|&local| nameless(local) && set & (1 << local) != 0) {
                active[local] += 1.0;
                for same in (0..LOCAL_SPEAKERS).filter(|same| other_set & (1 << same) != 0) {
                    let Some(speaker) = by_voice[other][same] else { continue };
                    match together[local].iter_mut().find(|(_, known)| *known == speaker) {
                        Some((count, _)) => *count += 1.0,
                        None => together[local].push((1.0, speaker)),
                    }
                }
            }
        }
    }
    let share =
        |local: usize| together[local].iter().map(|&(count, speaker)| (count / active[local], speaker)).collect();
    let choices: Vec<Choice> =
        (0..LOCAL_SPEAKERS).filter(|&l| nameless(l)).map(|local| (local, best_first(share(local)))).collect();
    let mut best = (f32::NEG_INFINITY, named);
    search(&choices, 0.0, named, &mut best);
    best.1
}

fn best_first(mut fits: Vec<(f32, usize)>) -> Vec<(f32, usize)> {
    fits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // Of n local speakers none needs more than its n best.
    fits.truncate(LOCAL_SPEAKERS);
    fits
}

/// Tries all ways to name the local speakers and keeps the one with the greatest sum.
fn search(choices: &[Choice], sum: f32, labels: Labels, best: &mut (f32, Labels)) {
    let Some(((local, likeness), rest)) = choices.split_first() else {
        if sum > best.0 {
            *best = (sum, labels);
        }
        return;
    };
    if *local >= LOCAL_SPEAKERS || likeness.is_empty() {
        return search(rest, sum, labels, best);
    }
    for &(cosine, speaker) in likeness {
        let shared = labels.iter().filter(|&&taken| taken == Some(speaker)).count() as f32;
        let mut next = labels;
        next[*local] = Some(speaker);
        search(rest, sum + cosine - SHARED * shared, next, best);
    }
}
