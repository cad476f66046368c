//! What a person said about who speaks, as local speakers of windows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Labels;
use super::linkage::dot;
use crate::diarization::{EvidenceWindow, LOCAL_SPEAKERS, LocalVoice, SpeakerEvidence, Stretch};
use crate::reconstruct::{FRAME, first_frame};
use crate::time::TimeSpan;

/// A stretch in which somebody speaks, as a person said. Stretches of one speaker belong together, those of two are
/// apart: it is all that "the same", "two people" and "this is Anna" come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub span: TimeSpan,
    /// Who, by a number of the caller's.
    pub speaker: u32,
}

/// A local speaker is the one of a stretch when so much of what it says lies in it...
const WITHIN: f32 = 0.6;

/// ... and so many frames (half a second): the edges of utterances are no more exact than a quarter of a second.
const LEAST_FRAMES: usize = 30;

/// Which local speakers of each window are told speakers.
pub fn local(evidence: &SpeakerEvidence, told: &[Told]) -> Vec<Labels<u32>> {
    let with_speaker = |t: &Told| {
        let (from, until) = frames(t.span);
        (from, until, t.speaker)
    };
    let mut told: Vec<(u64, u64, u32)> = told.iter().map(with_speaker).collect();
    told.sort_unstable();
    let mut first = 0;
    let labels = |window: &EvidenceWindow| {
        let (start, end) = extent(window);
        // Windows come in order, so what lies before this one lies before the next.
        while told.get(first).is_some_and(|&(_, until, _)| until <= start) {
            first += 1;
        }
        let near: Vec<_> = told[first..].iter().take_while(|&&(from, _, _)| from < end).copied().collect();
        one_window(window, start, &near)
    };
    evidence.windows.iter().map(labels).collect()
}

fn frames(span: TimeSpan) -> (u64, u64) {
    (span.start.to_sample() / FRAME, span.end.to_sample() / FRAME)
}

fn extent(window: &EvidenceWindow) -> (u64, u64) {
    let start = first_frame(window.start);
    (start, start + window.activity.len() as u64)
}

fn one_window(window: &EvidenceWindow, start: u64, told: &[(u64, u64, u32)]) -> Labels<u32> {
    let active = |local: usize| move |set: &&u8| **set & (1 << local) != 0;
    // Frames of each stretch go to the local speaker who says most of it; whoever is beneath is left open.
    let mut within: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    for &(from, until, speaker) in told {
        let at = |frame: u64| (frame.saturating_sub(start) as usize).min(window.activity.len());
        let inside = &window.activity[at(from)..at(until)];
        let count = |local: usize| inside.iter().filter(active(local)).count();
        let most = (0..LOCAL_SPEAKERS).map(|local| (count(local), local)).max_by_key(|&(n, local)| (n, Reverse(local)));
        if let Some((count, local)) = most {
            *within.entry((local, speaker)).or_default() += count;
        }
    }
    std::array::from_fn(|local| {
        let own = within.iter().filter(|((l, _), _)| *l == local);
        let (&(_, speaker), &count) = own.max_by_key(|&(&(_, speaker), &count)| (count, Reverse(speaker)))?;
        let all = window.activity.iter().filter(active(local)).count();
        (count >= LEAST_FRAMES && count as f32 >= WITHIN * all as f32).then_some(speaker)
    })
}

/// How a speaker sounds in a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanVoice {
    /// Who, by the caller's number.
    pub speaker: u32,
    /// The mean embedding, of unit length.
    pub embedding: Vec<f32>,
    /// Milliseconds of clean speech that it comes from.
    pub clean_ms: u64,
    /// Whether most of that came through a narrow band.
    pub narrow: bool,
}

/// The mean voice of each speaker: out of voices with at least `min_clean_ms` of clean speech, weighted by that. Speakers
/// in the order of their numbers.
pub fn voices(evidence: &SpeakerEvidence, said: &[Told], min_clean_ms: u32) -> Vec<MeanVoice> {
    means(evidence, &local(evidence, said), min_clean_ms)
}

fn means(evidence: &SpeakerEvidence, labels: &[Labels<u32>], min_clean_ms: u32) -> Vec<MeanVoice> {
    let mut sums: BTreeMap<u32, (Vec<f32>, u64, u64)> = BTreeMap::new();
    for (window, labels) in evidence.windows.iter().zip(labels) {
        for voice in window.voices.iter().filter(|voice| voice.clean_ms >= min_clean_ms) {
            let Some(speaker) = labels.get(usize::from(voice.local)).copied().flatten() else { continue };
            let (sum, clean, narrow) = sums.entry(speaker).or_insert_with(|| (vec![0.0; voice.embedding.len()], 0, 0));
            let heard = super::unit(&voice.embedding);
            if heard.len() == sum.len() && heard.iter().all(|value| value.is_finite()) {
                sum.iter_mut().zip(heard).for_each(|(sum, value)| *sum += value * voice.clean_ms as f32);
                *clean += u64::from(voice.clean_ms);
                *narrow += u64::from(voice.clean_ms) * u64::from(voice.narrow);
            }
        }
    }
    let heard = sums.into_iter().filter(|(_, (sum, ..))| dot(sum, sum) > 0.0);
    let mean = |(speaker, (sum, clean_ms, narrow)): (u32, (Vec<f32>, u64, u64))| MeanVoice {
        speaker,
        embedding: super::unit(&sum),
        clean_ms,
        narrow: narrow * 2 > clean_ms,
    };
    heard.map(mean).collect()
}

/// The evidence of one speaker alone, as far as it can be told: local speakers who speak within what this one says and
/// sound more like this one than like anybody else.
pub fn only(evidence: &SpeakerEvidence, said: &[Told], speaker: u32) -> SpeakerEvidence {
    let labels = local(evidence, said);
    let means = means(evidence, &labels, 0);
    let like = |voice: &LocalVoice, this: bool| {
        let those = means.iter().filter(|mean| (mean.speaker == speaker) == this);
        those.map(|mean| dot(&mean.embedding, &voice.embedding)).fold(f32::NEG_INFINITY, f32::max)
    };
    let own = said.iter().filter(|told| told.speaker == speaker);
    let mut spans: Vec<(u64, u64)> = own.map(|told| frames(told.span)).collect();
    spans.sort_unstable();
    let mut first = 0;
    let mut one = |(window, labels): (&EvidenceWindow, &Labels<u32>)| {
        let (start, end) = extent(window);
        while spans.get(first).is_some_and(|&(_, until)| until <= start) {
            first += 1;
        }
        let near: Vec<_> = spans[first..].iter().take_while(|&&(from, _)| from < end).collect();
        let within = |local: u8| {
            let active = |frame: &usize| window.activity[*frame] & (1 << local) != 0;
            let inside =
                |frame: &usize| near.iter().any(|&&(from, until)| (from..until).contains(&(start + *frame as u64)));
            let all: Vec<usize> = (0..window.activity.len()).filter(active).collect();
            all.iter().copied().filter(inside).count() as f32 >= WITHIN * all.len() as f32
        };
        let is_own = |voice: &&LocalVoice| match labels.get(usize::from(voice.local)) {
            None => false,
            Some(Some(other)) => *other == speaker,
            Some(None) => within(voice.local) && like(voice, true) >= like(voice, false),
        };
        let voices: Vec<LocalVoice> = window.voices.iter().filter(is_own).cloned().collect();
        let known = (0..LOCAL_SPEAKERS as u8).filter(|&local| labels[usize::from(local)] == Some(speaker));
        let mask = known.chain(voices.iter().map(|voice| voice.local)).fold(0u8, |mask, local| mask | 1 << local);
        let activity: Vec<u8> = window.activity.iter().map(|set| set & mask).collect();
        let spoken = |stretch: &&Stretch| {
            let frames = activity.get(usize::from(stretch.first)..usize::from(stretch.end)).unwrap_or_default();
            frames.iter().filter(|set| **set != 0).count() as f32 >= WITHIN * frames.len() as f32
        };
        let own_stretches = window.stretches.iter().filter(spoken).cloned().collect();
        EvidenceWindow { start: window.start, activity, voices, stretches: own_stretches }
    };
    // What others say is speech too, but nobody's here.
    SpeakerEvidence { windows: evidence.windows.iter().zip(&labels).map(&mut one).collect(), speech: Vec::new() }
}
