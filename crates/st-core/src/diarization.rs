//! Who speaks when: turns, and the evidence that they are made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::{Millis, TimeSpan};

/// Number of a speaker within one diarization, from 0 in the order of first speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeakerIndex(pub u32);

impl SpeakerIndex {
    /// The label that RTTM files carry: `SPEAKER_00`.
    pub fn label(self) -> String {
        format!("SPEAKER_{:02}", self.0)
    }
}

/// One speaker speaking without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerTurn {
    /// When.
    pub span: TimeSpan,
    /// Who.
    pub speaker: SpeakerIndex,
}

/// All turns of a recording, ordered by start; turns of different speakers may overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diarization {
    /// Ordered by start, then by speaker.
    pub turns: Vec<SpeakerTurn>,
}

impl Diarization {
    /// Puts the turns in their order.
    pub fn from_turns(mut turns: Vec<SpeakerTurn>) -> Self {
        turns.sort_by_key(|turn| (turn.span.start, turn.speaker, turn.span.end));
        Self { turns }
    }

    /// Milliseconds of speech of each speaker, overlapped or not.
    pub fn speaking_ms(&self) -> BTreeMap<SpeakerIndex, u64> {
        let mut sums = BTreeMap::new();
        for turn in &self.turns {
            *sums.entry(turn.speaker).or_default() += turn.span.millis();
        }
        sums
    }

    /// Everyone who speaks, by number.
    pub fn speakers(&self) -> Vec<SpeakerIndex> {
        self.speaking_ms().into_keys().collect()
    }

    /// The same turns with speakers numbered from 0 in the order of their first speech.
    pub fn relabel(&self) -> Self {
        self.renumbered().0
    }

    /// The same, and the number that each speaker had before.
    pub(crate) fn renumbered(&self) -> (Self, Vec<SpeakerIndex>) {
        let mut before: Vec<SpeakerIndex> = Vec::new();
        let mut numbers: BTreeMap<SpeakerIndex, SpeakerIndex> = BTreeMap::new();
        let mut turns = self.turns.clone();
        turns.sort_by_key(|turn| (turn.span.start, turn.speaker));
        for turn in &mut turns {
            turn.speaker = *numbers.entry(turn.speaker).or_insert_with_key(|&old| {
                before.push(old);
                SpeakerIndex(before.len() as u32 - 1)
            });
        }
        (Self::from_turns(turns), before)
    }

    /// One speaker at a time: where turns overlap, the longer one has the floor, of equally long ones the earlier.
    pub fn exclusive(&self) -> Self {
        let mut edges: Vec<Millis> = self.turns.iter().flat_map(|turn| [turn.span.start, turn.span.end]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut open: Vec<SpeakerTurn> = Vec::new();
        let mut upcoming = self.turns.iter().copied().peekable();
        let mut turns: Vec<SpeakerTurn> = Vec::new();
        for pair in edges.windows(2) {
            let span = TimeSpan { start: pair[0], end: pair[1] };
            open.retain(|turn| turn.span.end > span.start);
            while let Some(turn) = upcoming.next_if(|turn| turn.span.start <= span.start) {
                open.push(turn);
            }
            let main = open.iter().max_by_key(|turn| (turn.span.millis(), std::cmp::Reverse(turn.span.start)));
            let Some(&SpeakerTurn { speaker, .. }) = main else { continue };
            match turns.last_mut() {
                Some(last) if last.speaker == speaker && last.span.end == span.start => last.span.end = span.end,
                _ => turns.push(SpeakerTurn { span, speaker }),
            }
        }
        Self { turns }
    }
}

/// Length of the windows that the segmentation model hears.
pub const WINDOW: Millis = Millis(10_000);

/// From window to window. Twice as often costs twice as much for one point of DER (docs/diarization.md).
pub const STEP: Millis = Millis(2_000);

/// Where the windows of a recording start: every `step`, and the last so that it ends with the recording. A recording
/// shorter than [`WINDOW`] is one window; an empty one has none.
pub fn window_starts(duration: Millis, step: Millis) -> impl Iterator<Item = Millis> {
    let (last, step) = (duration.saturating_sub(WINDOW), step.0.max(1));
    let before = (0..).map(move |i| Millis(i * step)).take_while(move |&start| start < last);
    before.chain((duration > Millis(0)).then_some(last))
}

/// The part of the window at `start` that is nearer to its middle than to that of another: together they are the whole
/// recording, and no moment is in two of them.
pub fn own_part(start: Millis, duration: Millis, step: Millis) -> TimeSpan {
    let (last, step) = (duration.saturating_sub(WINDOW), step.0.max(1));
    let middle = |one: u64, other: u64| (one + other + WINDOW.0) / 2;
    // The last window does not begin at a whole step.
    let before = start.0.checked_sub(1).map(|at| at / step * step);
    let after = (start < last).then(|| (start.0 + step).min(last.0));
    TimeSpan {
        start: Millis(before.map_or(0, |before| middle(before, start.0))),
        end: after.map_or(duration, |after| Millis(middle(start.0, after))),
    }
}

/// Local speakers that one segmentation window can tell apart (pyannote segmentation 3.0).
pub const LOCAL_SPEAKERS: usize = 3;

/// What the models heard in one window of audio (10 s): who of its local speakers is active in each frame, and how
/// each of them sounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceWindow {
    /// Start of the window on the recording's clock.
    pub start: Millis,
    /// Per frame a bit set of the active local speakers (bit 0 is local speaker 0). Frame shift 270 samples
    /// (16.875 ms), 589 frames a window of 10 s.
    pub activity: Vec<u8>,
    /// The voices of local speakers that spoke long enough for one.
    pub voices: Vec<LocalVoice>,
    /// How each stretch of some seconds sounds in which one of them speaks alone: those whose middle lies in the
    /// [`own_part`] of the window. Evidence of earlier versions has none.
    #[serde(default)]
    pub stretches: Vec<Stretch>,
}

/// Some seconds of a window in which one speaker speaks alone, as the segmentation has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its first frame in the window.
    pub first: u16,
    /// The frame after its last.
    pub end: u16,
    /// How it sounds, of unit length.
    pub embedding: Vec<f32>,
}

/// The voice of one local speaker of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalVoice {
    /// Which local speaker: 0..[`LOCAL_SPEAKERS`].
    pub local: u8,
    /// Milliseconds of speech of this speaker alone that the embedding was made from.
    pub clean_ms: u32,
    /// Whether the speech came through a narrow band, as over the telephone. Evidence of earlier versions does not say.
    #[serde(default)]
    pub narrow: bool,
    /// The embedding, of unit length (CAM++: 192 numbers).
    pub embedding: Vec<f32>,
}

/// Everything that clustering needs: kept with the recording, so that speakers can be told apart again without a
/// model run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpeakerEvidence {
    /// Ordered by start, evenly spaced except for the last.
    pub windows: Vec<EvidenceWindow>,
    /// Where somebody speaks, as the VAD heard it: the windows' edges of speech give way to its own. Empty where that is
    /// not known.
    #[serde(default)]
    pub speech: Vec<TimeSpan>,
}

/// How many people speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerCount {
    /// Found from the voices.
    #[default]
    Auto,
    /// Exactly so many.
    Exact(u32),
    /// At least and at most so many.
    Range(u32, u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diarization(turns: &[(u64, u64, u32)]) -> Diarization {
        let turn =
            |&(start, end, speaker)| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerIndex(speaker) };
        Diarization::from_turns(turns.iter().map(turn).collect())
    }

    #[test]
    fn windows_cover_the_recording_and_end_with_it() {
        let starts = |duration| window_starts(Millis(duration), STEP).map(|m| m.0).collect::<Vec<_>>();
        assert!(starts(0).is_empty());
        assert_eq!(starts(4_000), [0]);
        assert_eq!(starts(10_000), [0]);
        assert_eq!(starts(10_001), [0, 1]);
        assert_eq!(starts(15_000), [0, 2_000, 4_000, 5_000]);
        assert_eq!(starts(14_000), [0, 2_000, 4_000]);
    }

    #[test]
    fn every_moment_is_one_windows_own() {
        let parts = |duration| -> Vec<(u64, u64)> {
            let own = |start| own_part(start, Millis(duration), STEP);
            window_starts(Millis(duration), STEP).map(own).map(|part| (part.start.0, part.end.0)).collect()
        };
        assert_eq!(parts(4_000), [(0, 4_000)]);
        assert_eq!(parts(10_001), [(0, 5_000), (5_000, 10_001)]);
        assert_eq!(parts(14_000), [(0, 6_000), (6_000, 8_000), (8_000, 14_000)]);
        assert_eq!(parts(15_000), [(0, 6_000), (6_000, 8_000), (8_000, 9_500), (9_500, 15_000)]);
    }

    #[test]
    fn speakers_are_numbered_by_first_speech() {
        let relabelled = diarization(&[(0, 10, 7), (10, 20, 2), (30, 40, 7)]).relabel();
        assert_eq!(relabelled, diarization(&[(0, 10, 0), (10, 20, 1), (30, 40, 0)]));
        assert_eq!(relabelled.speaking_ms().into_values().collect::<Vec<_>>(), [20, 10]);
    }

    #[test]
    fn exclusive_leaves_one_speaker_at_a_time() {
        let interjection = diarization(&[(0, 100, 0), (40, 60, 1)]).exclusive();
        assert_eq!(interjection, diarization(&[(0, 100, 0)]));
        let takeover = diarization(&[(0, 100, 0), (80, 180, 1)]).exclusive();
        assert_eq!(takeover, diarization(&[(0, 100, 0), (100, 180, 1)]));
        let apart = diarization(&[(0, 10, 0), (20, 30, 0), (30, 40, 1)]);
        assert_eq!(apart.exclusive(), apart);
    }
}
