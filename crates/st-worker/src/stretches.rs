//! The stretches of a window in which one local speaker speaks alone, from pause to pause: what one of them sounds like
//! shows whose it is even where the segmentation counts the short turns of two people to one local speaker.

use std::ops::Range;

use st_core::diarization::LOCAL_SPEAKERS;

use crate::segmentation::{FRAME_SHIFT, Frame, frame_samples};

/// Silence of so many frames (0.3 s) does not end what one speaker says.
const BRIDGE: usize = 18;
/// Frames of half a second: a shorter stretch says little about a voice.
const LEAST: usize = 30;
/// Speech is divided where it is quietest among so many frames on both sides (1 s), which is a pause as a rule, and
/// between two people always one if there is any. The others then are about as long as a short turn, 1 to 3 s.
const REACH: usize = 59;
/// Level is smoothed over so many frames (0.2 s), so that the closure within a "t" is no pause.
const SMOOTH: usize = 12;

/// A stretch: its local speaker and its frames.
pub type Found = (u8, Range<usize>);

/// The stretches whose middle lies in the `own` frames, by local speaker.
pub fn stretches(frames: &[Frame], pcm: &[f32], own: &Range<usize>) -> Vec<Found> {
    let quietest = quietest(&levels(frames.len(), pcm));
    let mut found = Vec::new();
    for local in 0..LOCAL_SPEAKERS as u8 {
        for run in runs(frames, 1 << local) {
            let inside = |cut: &&usize| (run.start + LEAST + 1..run.end.saturating_sub(LEAST)).contains(*cut);
            let cuts = quietest.iter().filter(inside).copied();
            let starts = std::iter::once(run.start).chain(cuts.clone());
            found.extend(starts.zip(cuts.chain([run.end])).map(|(start, end)| (local, start..end)));
        }
    }
    let spoken = |(local, stretch): &Found| spoken(frames, *local, stretch).count();
    found.retain(|one| own.contains(&((one.1.start + one.1.end) / 2)) && spoken(one) >= LEAST);
    found
}

/// The frames of a stretch in which its speaker surely speaks.
pub fn spoken<'a>(frames: &'a [Frame], local: u8, stretch: &Range<usize>) -> impl Iterator<Item = usize> + 'a {
    stretch.clone().filter(move |&frame| frames[frame].likeliest == 1 << local)
}

/// Where only this set of speakers is heard, short silence let be.
fn runs(frames: &[Frame], set: u8) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in (0..frames.len()).filter(|&at| frames[at].likeliest == set) {
        match runs.last_mut() {
            Some(run) if at - run.end <= BRIDGE && frames[run.end..at].iter().all(|between| between.likeliest == 0) => {
                run.end = at + 1;
            }
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Mean power of each frame, smoothed.
fn levels(frames: usize, pcm: &[f32]) -> Vec<f32> {
    let power = |frame: usize| -> f32 {
        let samples = frame_samples(frame);
        let there = &pcm[samples.start.min(pcm.len())..samples.end.min(pcm.len())];
        there.iter().map(|sample| sample * sample).sum::<f32>() / FRAME_SHIFT as f32
    };
    let plain: Vec<f32> = (0..frames).map(power).collect();
    let around = |at: usize| &plain[at.saturating_sub(SMOOTH / 2)..frames.min(at + SMOOTH / 2)];
    (0..frames).map(|at| around(at).iter().sum::<f32>() / around(at).len().max(1) as f32).collect()
}

/// Frames that are quieter than all others within [`REACH`]; of equally quiet ones the first.
fn quietest(levels: &[f32]) -> Vec<usize> {
    let is_quietest = |&at: &usize| {
        let from = at.saturating_sub(REACH);
        let before = levels[from..at].iter().all(|&other| other > levels[at]);
        before && levels[at..levels.len().min(at + REACH + 1)].iter().all(|&other| other >= levels[at])
    };
    (0..levels.len()).filter(is_quietest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(parts: &[(usize, u8)]) -> Vec<Frame> {
        let frame = |&(count, likeliest): &(usize, u8)| vec![Frame { active: likeliest, likeliest }; count];
        parts.iter().flat_map(frame).collect()
    }

    /// Loud but for these frames.
    fn pcm(quiet: &[Range<usize>]) -> Vec<f32> {
        let mut pcm = vec![0.5; 160_000];
        for part in quiet {
            pcm[frame_samples(part.start).start..frame_samples(part.end).start].fill(0.001);
        }
        pcm
    }

    #[test]
    fn a_turn_taken_for_anothers_is_a_stretch_of_its_own() {
        let one = frames(&[(500, 0b01)]);
        let found = stretches(&one, &pcm(&[200..220, 330..350]), &(0..500));
        let ends: Vec<usize> = found.iter().map(|(_, stretch)| stretch.end).collect();
        assert!(ends.iter().any(|end| (200..220).contains(end)), "{ends:?}");
        assert!(ends.iter().any(|end| (330..350).contains(end)), "{ends:?}");
        assert_eq!(found.first().map(|(local, stretch)| (*local, stretch.start)), Some((0, 0)));
        assert!(found.windows(2).all(|pair| pair[0].1.end == pair[1].1.start));
    }

    #[test]
    fn others_and_long_silence_end_a_stretch() {
        let several = frames(&[(60, 1), (10, 0), (60, 1), (30, 0), (60, 1), (10, 0b11), (60, 2), (20, 1)]);
        let found = stretches(&several, &pcm(&[]), &(0..589));
        let two: Vec<Found> = vec![(0, 0..130), (0, 160..220), (1, 230..290)];
        // The last is too short.
        assert_eq!(found, two);
    }

    #[test]
    fn a_stretch_belongs_to_one_window() {
        let several = frames(&[(100, 1), (30, 0), (100, 2), (30, 0), (100, 1)]);
        assert_eq!(stretches(&several, &pcm(&[]), &(140..270)), [(1, 130..230)]);
        assert_eq!(stretches(&several, &pcm(&[]), &(50..51)), [(0, 0..100)]);
        assert!(stretches(&several, &[], &(400..589)).is_empty());
    }
}
