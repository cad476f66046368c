//! Which speaker each local speaker of each window is.

use super::Labels;
use super::linkage::dot;
use crate::diarization::{EvidenceWindow, LOCAL_SPEAKERS, SpeakerEvidence};

/// What it costs that two local speakers of one window are the same person, in cosine: they may be, where the
/// segmentation broke one voice in two, but must sound like it.
const SHARED: f32 = 0.3;

/// Names the local speakers of all windows. `speakers` are unit vectors.
pub fn name(evidence: &SpeakerEvidence, speakers: &[Vec<f32>]) -> Vec<Labels> {
    evidence.windows.iter().map(|window| name_window(window, speakers)).collect()
}

/// The names that fit best together.
fn name_window(window: &EvidenceWindow, speakers: &[Vec<f32>]) -> Labels {
    let mut best = (f32::NEG_INFINITY, [None; LOCAL_SPEAKERS]);
    let choices: Vec<(usize, Vec<(f32, usize)>)> = window
        .voices
        .iter()
        .map(|voice| {
            let mut likeness: Vec<(f32, usize)> =
                speakers.iter().enumerate().map(|(s, mean)| (dot(mean, &voice.embedding), s)).collect();
            likeness.sort_by(|a, b| b.0.total_cmp(&a.0));
            // Of n voices none needs more than its n best speakers.
            likeness.truncate(LOCAL_SPEAKERS);
            (usize::from(voice.local), likeness)
        })
        .collect();
    search(&choices, 0.0, [None; LOCAL_SPEAKERS], &mut best);
    best.1
}

fn search(choices: &[(usize, Vec<(f32, usize)>)], sum: f32, labels: Labels, best: &mut (f32, Labels)) {
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
