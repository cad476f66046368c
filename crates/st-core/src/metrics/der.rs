//! Diarization error rate: the part of the spoken time that is missed, made up, or given to somebody else.
//!
//! As NIST defines it (Rich Transcription evaluations, `md-eval`): overlapped speech counts once for each speaker, and
//! speakers are paired so that most time agrees.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diarization::{Diarization, SpeakerIndex};
use crate::metrics::assignment::best_pairs;
use crate::time::{Millis, TimeSpan};

/// What is scored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DerOptions {
    /// Milliseconds on each side of every reference turn's start and end that are not scored. 250 is usual, 0 is strict.
    pub collar_ms: u64,
    /// Leaves out what two or more speakers say at once in the reference.
    pub skip_overlap: bool,
    /// The scored parts; everything from the first turn to the last where none are given.
    pub uem: Option<Vec<TimeSpan>>,
}

/// Errors in milliseconds of speaker time. Sums over several recordings with [`Der::add`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Der {
    /// Scored speech in the reference.
    pub speech_ms: u64,
    /// Speech that no speaker of the hypothesis covers.
    pub missed_ms: u64,
    /// Speech of the hypothesis where the reference has none.
    pub false_alarm_ms: u64,
    /// Speech given to somebody else.
    pub confusion_ms: u64,
    /// Speakers in the reference, scored or not.
    pub reference_speakers: usize,
    /// Speakers in the hypothesis.
    pub hypothesis_speakers: usize,
}

impl Der {
    /// All errors by speech; 0 where neither side speaks, infinite where only the hypothesis does.
    pub fn rate(&self) -> f64 {
        let errors = self.missed_ms + self.false_alarm_ms + self.confusion_ms;
        if errors == 0 { 0.0 } else { errors as f64 / self.speech_ms as f64 }
    }

    /// Adds another recording's times.
    pub fn add(&mut self, other: &Self) {
        self.speech_ms += other.speech_ms;
        self.missed_ms += other.missed_ms;
        self.false_alarm_ms += other.false_alarm_ms;
        self.confusion_ms += other.confusion_ms;
        self.reference_speakers += other.reference_speakers;
        self.hypothesis_speakers += other.hypothesis_speakers;
    }
}

/// Scores a hypothesis against a reference.
pub fn der(reference: &Diarization, hypothesis: &Diarization, options: &DerOptions) -> Der {
    let (reference_speakers, hypothesis_speakers) = (reference.speakers(), hypothesis.speakers());
    let mut result = Der {
        reference_speakers: reference_speakers.len(),
        hypothesis_speakers: hypothesis_speakers.len(),
        ..Der::default()
    };
    let mut shared = vec![vec![0i64; hypothesis_speakers.len()]; reference_speakers.len()];
    let mut common = 0u64;
    for piece in pieces(reference, hypothesis, options) {
        let (in_reference, in_hypothesis) = (piece.reference.len() as u64, piece.hypothesis.len() as u64);
        if options.skip_overlap && in_reference > 1 {
            continue;
        }
        result.speech_ms += in_reference * piece.millis;
        result.missed_ms += in_reference.saturating_sub(in_hypothesis) * piece.millis;
        result.false_alarm_ms += in_hypothesis.saturating_sub(in_reference) * piece.millis;
        common += in_reference.min(in_hypothesis) * piece.millis;
        for r in &piece.reference {
            for h in &piece.hypothesis {
                if let (Ok(r), Ok(h)) = (reference_speakers.binary_search(r), hypothesis_speakers.binary_search(h)) {
                    shared[r][h] += piece.millis as i64;
                }
            }
        }
    }
    let pairs = best_pairs(&shared);
    let agreed: i64 = pairs.iter().enumerate().filter_map(|(r, h)| h.map(|h| shared[r][h])).sum();
    result.confusion_ms = common - agreed.unsigned_abs();
    result
}

/// A scored stretch in which nobody starts or stops.
struct Piece {
    millis: u64,
    reference: Vec<SpeakerIndex>,
    hypothesis: Vec<SpeakerIndex>,
}

/// What begins or ends at an edge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Scored,
    Collar,
    Reference(SpeakerIndex),
    Hypothesis(SpeakerIndex),
}

/// The recording cut at every edge, in order; only what is scored.
fn pieces(reference: &Diarization, hypothesis: &Diarization, options: &DerOptions) -> Vec<Piece> {
    let mut spans: Vec<(Layer, TimeSpan)> = Vec::new();
    for turn in &reference.turns {
        spans.push((Layer::Reference(turn.speaker), turn.span));
        for edge in [turn.span.start.0, turn.span.end.0] {
            let span = TimeSpan::new(edge.saturating_sub(options.collar_ms), edge + options.collar_ms);
            spans.push((Layer::Collar, span));
        }
    }
    spans.extend(hypothesis.turns.iter().map(|turn| (Layer::Hypothesis(turn.speaker), turn.span)));
    let whole = TimeSpan {
        start: spans.iter().map(|(_, span)| span.start).min().unwrap_or_default(),
        end: spans.iter().map(|(_, span)| span.end).max().unwrap_or_default(),
    };
    let scored = options.uem.clone().unwrap_or_else(|| vec![whole]);
    spans.extend(scored.into_iter().map(|span| (Layer::Scored, span)));
    spans.retain(|(_, span)| !span.is_empty());

    let mut edges: Vec<(Millis, Layer, i32)> = Vec::with_capacity(spans.len() * 2);
    for (layer, span) in spans {
        edges.push((span.start, layer, 1));
        edges.push((span.end, layer, -1));
    }
    edges.sort_unstable();
    let mut open: BTreeMap<Layer, i32> = BTreeMap::new();
    let mut pieces = Vec::new();
    let mut since = Millis(0);
    for (at, layer, change) in edges {
        if at > since && open.contains_key(&Layer::Scored) && !open.contains_key(&Layer::Collar) {
            let mut piece = Piece { millis: at.0 - since.0, reference: Vec::new(), hypothesis: Vec::new() };
            for layer in open.keys() {
                match layer {
                    Layer::Reference(speaker) => piece.reference.push(*speaker),
                    Layer::Hypothesis(speaker) => piece.hypothesis.push(*speaker),
                    Layer::Scored | Layer::Collar => {}
                }
            }
            pieces.push(piece);
        }
        since = at;
        let count = open.entry(layer).or_default();
        *count += change;
        if *count == 0 {
            open.remove(&layer);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diarization::SpeakerTurn;

    fn turns(list: &[(u64, u64, u32)]) -> Diarization {
        let turn =
            |&(start, end, speaker)| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerIndex(speaker) };
        Diarization::from_turns(list.iter().map(turn).collect())
    }

    fn check(reference: &[(u64, u64, u32)], hypothesis: &[(u64, u64, u32)], options: &DerOptions, wanted: [u64; 4]) {
        let der = der(&turns(reference), &turns(hypothesis), options);
        assert_eq!([der.speech_ms, der.missed_ms, der.false_alarm_ms, der.confusion_ms], wanted);
    }

    #[test]
    fn names_do_not_matter() {
        check(&[(0, 10, 0), (10, 20, 1)], &[(0, 10, 5), (10, 20, 3)], &DerOptions::default(), [20, 0, 0, 0]);
    }

    #[test]
    fn each_kind_of_error_is_counted() {
        // 0-10 right, 10-12 given to the first speaker, 12-20 right, 20-25 made up, 30-40 missed.
        let reference = [(0, 10, 0), (10, 20, 1), (30, 40, 0)];
        check(&reference, &[(0, 12, 0), (12, 25, 1)], &DerOptions::default(), [30, 10, 5, 2]);
    }

    #[test]
    fn the_pairing_is_the_best_one() {
        // Speaker 0 of the hypothesis shares more time with reference 1 than with 0.
        check(&[(0, 10, 0), (10, 40, 1)], &[(0, 40, 0)], &DerOptions::default(), [40, 0, 0, 10]);
    }

    #[test]
    fn overlapped_speech_counts_for_each_speaker() {
        let reference = [(0, 10, 0), (5, 15, 1)];
        check(&reference, &[(0, 10, 0), (10, 15, 1)], &DerOptions::default(), [20, 5, 0, 0]);
        let skip = DerOptions { skip_overlap: true, ..DerOptions::default() };
        check(&reference, &[(0, 10, 0), (10, 15, 1)], &skip, [10, 0, 0, 0]);
    }

    #[test]
    fn the_collar_forgives_edges() {
        let options = DerOptions { collar_ms: 250, ..DerOptions::default() };
        check(&[(1_000, 3_000, 0)], &[(800, 3_200, 0)], &options, [1_500, 0, 0, 0]);
        check(&[(1_000, 3_000, 0)], &[(500, 3_000, 0)], &options, [1_500, 0, 250, 0]);
    }

    #[test]
    fn only_the_scored_part_counts() {
        let options = DerOptions { uem: Some(vec![TimeSpan::new(0, 10)]), ..DerOptions::default() };
        check(&[(0, 20, 0)], &[(5, 30, 0)], &options, [10, 5, 0, 0]);
    }

    #[test]
    fn silence_is_no_error_and_invention_is_infinite() {
        assert_eq!(der(&turns(&[]), &turns(&[]), &DerOptions::default()).rate(), 0.0);
        assert!(der(&turns(&[]), &turns(&[(0, 5, 0)]), &DerOptions::default()).rate().is_infinite());
    }

    #[test]
    fn a_speaker_who_overlaps_himself_counts_once() {
        check(&[(0, 10, 0), (5, 15, 0)], &[(0, 15, 0)], &DerOptions::default(), [15, 0, 0, 0]);
    }
}
