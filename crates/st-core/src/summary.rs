//! What a transcript amounts to: how long each person speaks, how sure the recogniser was, a clip to hear somebody by.

use std::collections::BTreeMap;

use crate::hypothesis::Word;
use crate::time::{Millis, TimeSpan};
use crate::transcript::{SpeakerId, Transcript, Utterance};

/// A clip to know a voice by is at least this long, in milliseconds.
const SAMPLE_MIN_MS: u64 = 2_000;
/// And at most this long.
const SAMPLE_MAX_MS: u64 = 10_000;
/// Other people stay this far away from it, in milliseconds: word times are off by up to half a second.
const SAMPLE_MARGIN_MS: u64 = 300;

/// One person's part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Share {
    /// Length of all utterances together.
    pub speech: Millis,
    /// Words in them.
    pub words: usize,
    /// 2 to 10 s in which nobody else speaks and the words are sure; none where there is no such stretch.
    pub sample: Option<TimeSpan>,
}

/// The part of every speaker who says something.
pub fn shares(transcript: &Transcript) -> BTreeMap<SpeakerId, Share> {
    let mut shares: BTreeMap<SpeakerId, Share> = BTreeMap::new();
    let mut best: BTreeMap<SpeakerId, (f64, TimeSpan)> = BTreeMap::new();
    // The end of everything that begins before an utterance, so that overlap is seen without looking at all pairs.
    let mut ended = Millis(0);
    for (at, utterance) in transcript.utterances.iter().enumerate() {
        let before = ended;
        ended = ended.max(utterance.span.end);
        let Some(speaker) = utterance.speaker else { continue };
        let share = shares.entry(speaker).or_default();
        share.speech = share.speech + Millis(utterance.span.millis());
        share.words += utterance.words.len();
        let next = transcript.utterances.get(at + 1).map(|u| u.span.start);
        let Some(clip) = clear_clip(utterance, before, next) else { continue };
        let value = worth(utterance, clip);
        if best.get(&speaker).is_none_or(|(known, _)| value > *known) {
            best.insert(speaker, (value, clip));
        }
    }
    for (speaker, (_, clip)) in best {
        if let Some(share) = shares.get_mut(&speaker) {
            share.sample = Some(clip);
        }
    }
    shares
}

/// The first ten seconds of an utterance in which nobody else speaks; none where that is too short.
fn clear_clip(utterance: &Utterance, before: Millis, next: Option<Millis>) -> Option<TimeSpan> {
    if !utterance.overlap.is_empty() {
        return None;
    }
    let start = utterance.span.start.0.max(if before.0 > 0 { before.0 + SAMPLE_MARGIN_MS } else { 0 });
    let limit = next.map_or(u64::MAX, |next| next.0.saturating_sub(SAMPLE_MARGIN_MS));
    let end = utterance.span.end.0.min(limit).min(start.saturating_add(SAMPLE_MAX_MS));
    (end >= start.saturating_add(SAMPLE_MIN_MS)).then(|| TimeSpan::new(start, end))
}

/// Longer clips and surer words make a better clip.
fn worth(utterance: &Utterance, clip: TimeSpan) -> f64 {
    mean_confidence(&utterance.words).unwrap_or(0.5) * clip.millis() as f64
}

/// Mean confidence of words, 0..=1; none where there are none.
pub fn mean_confidence<'a>(words: impl IntoIterator<Item = &'a Word>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u64);
    for word in words {
        if word.confidence.is_finite() {
            sum += f64::from(word.confidence.clamp(0.0, 1.0));
        }
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

/// Mean confidence of all words of a transcript; none where there are none.
pub fn confidence(transcript: &Transcript) -> Option<f64> {
    mean_confidence(transcript.utterances.iter().flat_map(|u| &u.words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retext::retext;
    use crate::transcript::UtteranceId;

    fn utterance(id: u64, speaker: u32, start: u64, end: u64, confidence: f32) -> Utterance {
        let span = TimeSpan::new(start, end);
        let mut words = retext(&[], "one two", span);
        for word in &mut words {
            word.confidence = confidence;
        }
        Utterance {
            id: UtteranceId(id),
            speaker: Some(SpeakerId(speaker)),
            span,
            text: "one two".into(),
            words,
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        }
    }

    fn of(utterances: Vec<Utterance>) -> Transcript {
        Transcript { utterances, ..Transcript::default() }
    }

    #[test]
    fn time_and_words_are_added_up_by_speaker() {
        let all =
            of(vec![utterance(1, 0, 0, 1000, 1.0), utterance(2, 1, 900, 2000, 0.5), utterance(3, 0, 3000, 3500, 0.0)]);
        let shares = shares(&all);
        assert_eq!((shares[&SpeakerId(0)].speech, shares[&SpeakerId(0)].words), (Millis(1500), 4));
        assert_eq!(shares[&SpeakerId(1)].speech, Millis(1100));
        assert_eq!(confidence(&all), Some(0.5));
        assert_eq!(confidence(&of(vec![])), None);
    }

    #[test]
    fn a_clip_is_clear_long_enough_and_sure() {
        let mut all = of(vec![
            utterance(1, 0, 0, 30_000, 0.3),
            utterance(2, 1, 29_000, 33_000, 0.9),
            utterance(3, 0, 33_000, 39_000, 0.9),
            utterance(4, 1, 40_000, 41_900, 1.0),
        ]);
        let of_shares = shares(&all);
        assert_eq!(of_shares[&SpeakerId(0)].sample, Some(TimeSpan::new(33_300, 39_000)), "surer, though shorter");
        assert_eq!(
            of_shares[&SpeakerId(1)].sample,
            Some(TimeSpan::new(30_300, 32_700)),
            "only where nobody else speaks"
        );
        all.utterances[1].overlap.push(SpeakerId(0));
        assert_eq!(shares(&all)[&SpeakerId(1)].sample, None, "the other one is too short");
    }
}
