//! Lays the windows over each other and draws the turns: who speaks in each frame of the recording.

use std::cmp::Reverse;

use crate::clustering::Labels;
use crate::coverage::{bridged, union, without};
use crate::diarization::{Diarization, EvidenceWindow, LOCAL_SPEAKERS, SpeakerEvidence, SpeakerIndex, SpeakerTurn};
use crate::time::{Millis, TimeSpan};

/// Samples from frame to frame of the segmentation model.
pub(crate) const FRAME: u64 = 270;
/// Samples from the start of a window to the middle of its first frame (half of a receptive field of 991).
const FIRST_MIDDLE: u64 = 495;

/// How turns are drawn. The defaults are measured in docs/diarization.md.
#[derive(Debug, Clone, PartialEq)]
pub struct ReconstructOptions {
    /// A frame has so many speakers as the windows see on average, rounded up from this fraction on.
    pub onset: f32,
    /// Pauses of one speaker up to this are filled.
    pub max_gap_ms: u64,
    /// Turns shorter than this are left out.
    pub min_turn_ms: u64,
    /// Every turn begins so much earlier and ends so much later than the model says.
    pub pad_ms: u64,
    /// A turn that reaches so far over the edge of the speech that the VAD heard ends with it. What is farther off is
    /// speech that the VAD does not hear, as of somebody far from the microphone.
    pub edge_ms: u64,
    /// Speech that the VAD heard and in which nobody speaks goes to who speaks next to it, up to so far.
    pub reach_ms: u64,
}

impl Default for ReconstructOptions {
    fn default() -> Self {
        Self { onset: 0.5, max_gap_ms: 300, min_turn_ms: 200, pad_ms: 0, edge_ms: 300, reach_ms: 1_000 }
    }
}

/// The turns of a recording, given who the local speakers of each window are.
pub(crate) fn reconstruct(evidence: &SpeakerEvidence, labels: &[Labels], options: &ReconstructOptions) -> Diarization {
    let windows: Vec<Placed> = evidence.windows.iter().zip(labels).map(|(w, l)| Placed::new(w, *l)).collect();
    let frames = windows.iter().map(Placed::end).max().unwrap_or(0);
    let mut turns: Vec<Vec<TimeSpan>> = Vec::new();
    let mut speaking: Vec<usize> = Vec::new();
    let mut first = 0;
    for frame in 0..frames {
        while windows.get(first).is_some_and(|window| window.end() <= frame) {
            first += 1;
        }
        let here = windows[first..].iter().take_while(|window| window.first <= frame);
        speaking = speakers_of(here.filter(|window| frame < window.end()), frame, &speaking, options);
        let span =
            TimeSpan { start: Millis::from_sample(frame * FRAME), end: Millis::from_sample((frame + 1) * FRAME) };
        for &speaker in &speaking {
            if turns.len() <= speaker {
                turns.resize_with(speaker + 1, Vec::new);
            }
            match turns[speaker].last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => turns[speaker].push(span),
            }
        }
    }
    let limit = Millis::from_sample(frames * FRAME);
    if !evidence.speech.is_empty() {
        let whole = TimeSpan { start: Millis(0), end: limit };
        let speech = evidence.speech.iter().filter_map(|span| span.intersection(whole)).collect();
        fit(&mut turns, &union(speech), options);
    }
    let smoothed = turns.into_iter().enumerate().flat_map(|(speaker, spans)| {
        let speaker = SpeakerIndex(speaker as u32);
        smooth(&spans, limit, options).into_iter().map(move |span| SpeakerTurn { span, speaker })
    });
    Diarization::from_turns(smoothed.collect())
}

/// The frame of the recording that the first frame of a window falls on.
pub(crate) fn first_frame(start: Millis) -> u64 {
    (start.to_sample() + FIRST_MIDDLE) / FRAME
}

/// A window on the frames of the recording.
struct Placed<'a> {
    first: u64,
    activity: &'a [u8],
    labels: Labels,
}

impl<'a> Placed<'a> {
    fn new(window: &'a EvidenceWindow, labels: Labels) -> Self {
        Self { first: first_frame(window.start), activity: &window.activity, labels }
    }

    fn end(&self) -> u64 {
        self.first + self.activity.len() as u64
    }

    /// Speakers in a frame; one who is two local speakers counts once.
    fn speakers(&self, frame: u64) -> impl Iterator<Item = usize> {
        let set = self.activity.get((frame - self.first) as usize).copied().unwrap_or(0);
        let labels = self.labels;
        (0..LOCAL_SPEAKERS).filter(move |local| set & (1 << local) != 0).filter_map(move |local| {
            let label = labels[local]?;
            let again = (0..local).any(|other| set & (1 << other) != 0 && labels[other] == Some(label));
            (!again).then_some(label)
        })
    }
}

/// Who speaks in a frame, best supported first. Of those who are equally well supported, who spoke in the frame before goes
/// first, so that a turn of one person does not flicker between two names.
fn speakers_of<'a>(
    windows: impl Iterator<Item = &'a Placed<'a>>,
    frame: u64,
    before: &[usize],
    options: &ReconstructOptions,
) -> Vec<usize> {
    let (mut heard_by, mut support) = (0u32, Vec::<(usize, u32)>::new());
    for window in windows {
        heard_by += 1;
        for speaker in window.speakers(frame) {
            match support.iter_mut().find(|(known, _)| *known == speaker) {
                Some((_, votes)) => *votes += 1,
                None => support.push((speaker, 1)),
            }
        }
    }
    if support.is_empty() {
        return Vec::new();
    }
    let votes: u32 = support.iter().map(|(_, votes)| votes).sum();
    let count = (votes as f32 / heard_by as f32 + 1.0 - options.onset).floor() as usize;
    support.sort_by_key(|&(speaker, votes)| (Reverse(votes), !before.contains(&speaker), speaker));
    support.into_iter().take(count).map(|(speaker, _)| speaker).collect()
}

/// Lets turns end where speech does, and gives speech that is nobody's to the nearest.
fn fit(turns: &mut [Vec<TimeSpan>], speech: &[TimeSpan], options: &ReconstructOptions) {
    let edge = Millis(options.edge_ms);
    let wide = |span: &TimeSpan| TimeSpan { start: span.start.saturating_sub(edge), end: span.end + edge };
    let beyond = without(&union(speech.iter().map(wide).collect()), speech);
    for own in &mut *turns {
        *own = without(own, &beyond);
    }
    let mut all: Vec<(TimeSpan, usize)> =
        turns.iter().enumerate().flat_map(|(speaker, own)| own.iter().map(move |span| (*span, speaker))).collect();
    all.sort_unstable();
    let spoken = union(all.iter().map(|(span, _)| *span).collect());
    // Whoever began later has the floor at an end; who speaks longer has it at a beginning.
    let mut ends: Vec<(Millis, Millis, usize)> = all.iter().map(|(span, who)| (span.end, span.start, *who)).collect();
    ends.sort_unstable();
    let mut more: Vec<(usize, TimeSpan)> = Vec::new();
    for open in without(speech, &spoken) {
        let before = ends.partition_point(|end| end.0 <= open.start).checked_sub(1).map(|at| ends[at]);
        let after = all.partition_point(|(span, _)| span.start < open.end);
        let same = all[after..].iter().take_while(|(span, _)| span.start == all[after].0.start).count();
        let after = all.get((after + same).wrapping_sub(1)).filter(|_| same > 0);
        let middle = match (before, after) {
            (Some((end, ..)), Some((span, _))) => Millis((end.0 + span.start.0) / 2),
            (Some(_), None) => open.end,
            (None, _) => open.start,
        };
        if let Some((end, _, speaker)) = before {
            let until = open.end.min(middle).min(end + Millis(options.reach_ms));
            more.push((speaker, TimeSpan { start: open.start, end: until.max(open.start) }));
        }
        if let Some(&(span, speaker)) = after {
            let from = open.start.max(middle).max(span.start.saturating_sub(Millis(options.reach_ms)));
            more.push((speaker, TimeSpan { start: from.min(open.end), end: open.end }));
        }
    }
    for (speaker, span) in more {
        turns[speaker].push(span);
    }
    for own in turns {
        *own = union(std::mem::take(own));
    }
}

/// Fills short pauses, drops short turns, pads.
fn smooth(spans: &[TimeSpan], limit: Millis, options: &ReconstructOptions) -> Vec<TimeSpan> {
    let mut whole = bridged(spans.iter().copied(), options.max_gap_ms);
    whole.retain(|span| span.millis() >= options.min_turn_ms);
    let pad = |span: TimeSpan| TimeSpan {
        start: span.start.saturating_sub(Millis(options.pad_ms)),
        end: (span.end + Millis(options.pad_ms)).min(limit),
    };
    bridged(whole.into_iter().map(pad), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_windows_are_divided_who_speaks_goes_on() {
        let window =
            |start| EvidenceWindow { start: Millis(start), activity: vec![1; 589], voices: vec![], stretches: vec![] };
        let evidence = SpeakerEvidence { windows: vec![window(0), window(2_000)], speech: Vec::new() };
        for (first, second) in [(0, 1), (1, 0)] {
            let labels = [[Some(first), None, None], [Some(second), None, None]];
            let turns = reconstruct(&evidence, &labels, &ReconstructOptions::default()).turns;
            let who: Vec<u32> = turns.iter().map(|turn| turn.speaker.0).collect();
            assert_eq!(who, [first as u32, second as u32], "{turns:?}");
            assert!(turns[0].span.end > Millis(9_900) && turns[0].span.end <= turns[1].span.start, "{turns:?}");
        }
    }
}
