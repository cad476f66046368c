//! Who speaks when as a transcript has it: the turns that grouping found, with the speakers of the transcript, and put
//! right where the transcript says otherwise, because a person did. Turns are where the models hear somebody; the times of
//! words leave out more at the edges, and what is said beneath somebody else.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::align::AlignOptions;
use crate::clustering::Grouping;
use crate::coverage::{stretches_of, union, without};
use crate::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use crate::regroup::{identities, is_told, numbered};
use crate::time::{Millis, TimeSpan};
use crate::transcript::{SpeakerId, Transcript, Utterance};

/// The turns of the grouping that fits the transcript best, numbered as its speakers are; the first of equally good ones. A
/// voice whose words are nobody's has a number from `fresh` on. None where there is no grouping.
pub fn turns(transcript: &Transcript, groupings: &[Grouping], fresh: SpeakerId) -> Option<Diarization> {
    let known = |grouping: &Grouping| {
        let found = numbered(&grouping.diarization, &identities(transcript, grouping, fresh, &HashSet::new()));
        Turns::new(found.turns.iter().map(|turn| (SpeakerId(turn.speaker.0), turn.span)))
    };
    let all = groupings.iter().map(known);
    let best = all.map(|turns| (turns.agreement(transcript), turns)).reduce(|best, next| {
        let better = next.0 > best.0;
        if better { next } else { best }
    });
    best.map(|(_, turns)| turns.put_right(transcript, &AlignOptions::default()))
}

/// Everybody who speaks in a transcript, beneath others too.
pub fn speakers(transcript: &Transcript) -> BTreeSet<SpeakerId> {
    transcript.utterances.iter().flat_map(|u| u.speaker.iter().chain(&u.overlap)).copied().collect()
}

/// Turns by speaker, each list in order and without overlap.
struct Turns(BTreeMap<SpeakerId, Vec<TimeSpan>>);

impl Turns {
    fn new(spans: impl IntoIterator<Item = (SpeakerId, TimeSpan)>) -> Self {
        let mut turns: BTreeMap<SpeakerId, Vec<TimeSpan>> = BTreeMap::new();
        for (speaker, span) in spans {
            turns.entry(speaker).or_default().push(span);
        }
        Self(turns.into_iter().map(|(speaker, spans)| (speaker, union(spans))).collect())
    }

    fn add(&mut self, speaker: SpeakerId, spans: Vec<TimeSpan>) {
        let own = self.0.entry(speaker).or_default();
        own.extend(spans);
        *own = union(std::mem::take(own));
    }

    fn of(&self, speaker: SpeakerId) -> &[TimeSpan] {
        self.0.get(&speaker).map_or(&[], Vec::as_slice)
    }

    /// Milliseconds of words in which their speaker speaks.
    fn agreement(&self, transcript: &Transcript) -> u64 {
        let said = transcript.utterances.iter().filter_map(|u| Some((u.speaker?, stretches_of(u))));
        said.map(|(speaker, said)| common(self.of(speaker), &said)).sum()
    }

    fn put_right(mut self, transcript: &Transcript, options: &AlignOptions) -> Diarization {
        let utterances = &transcript.utterances;
        let spoken = utterances.iter().filter_map(|utterance| Some((utterance.speaker?, utterance)));
        let words =
            Self::new(spoken.flat_map(|(speaker, u)| stretches_of(u).into_iter().map(move |span| (speaker, span))));
        for (at, utterance) in utterances.iter().enumerate() {
            let Some(speaker) = utterance.speaker else { continue };
            let said = stretches_of(utterance);
            let own = common(self.of(speaker), &said);
            let strangers: Vec<(SpeakerId, u64)> = self
                .0
                .iter()
                .filter(|(id, _)| **id != speaker && !utterance.overlap.contains(id))
                .map(|(id, spans)| (*id, common(spans, &said)))
                .filter(|(_, heard)| *heard > 0)
                .collect();
            let most = strangers.iter().map(|(_, heard)| *heard).max().unwrap_or(0);
            if is_told(utterance) || most > own {
                let around = around(utterances, at);
                for (stranger, heard) in strangers {
                    // Edges of turns are off by so much, and who is heard less than that beside the speaker is let be.
                    if heard >= options.overlap_ms || own < heard {
                        self.give(stranger, speaker, &said, around, words.of(stranger));
                    }
                }
            }
            if common(self.of(speaker), &said) == 0 {
                self.add(speaker, said);
            }
        }
        let turn = |(speaker, spans): (SpeakerId, Vec<TimeSpan>)| {
            spans.into_iter().map(move |span| SpeakerTurn { span, speaker: SpeakerIndex(speaker.0) })
        };
        Diarization::from_turns(self.0.into_iter().flat_map(turn).collect())
    }

    /// Gives the turns of one speaker that reach into what is `said` to another, as far as `around`, but for what the
    /// first one says there.
    fn give(&mut self, from: SpeakerId, to: SpeakerId, said: &[TimeSpan], around: TimeSpan, keeps: &[TimeSpan]) {
        let reach = |turn: &&TimeSpan| common(std::slice::from_ref(turn), said) > 0;
        let taken: Vec<TimeSpan> =
            within(self.of(from), around).iter().filter(reach).filter_map(|turn| turn.intersection(around)).collect();
        let taken = without(&taken, keeps);
        if let Some(own) = self.0.get_mut(&from) {
            *own = without(own, &taken);
        }
        self.add(to, taken);
    }
}

/// An utterance with half of the pauses before and after it.
fn around(utterances: &[Utterance], at: usize) -> TimeSpan {
    let span = utterances[at].span;
    let middle = |one: Millis, other: Millis| Millis(one.0.midpoint(other.0));
    let before = at.checked_sub(1).map(|before| middle(utterances[before].span.end, span.start));
    let after = utterances.get(at + 1).map(|after| middle(span.end, after.span.start));
    TimeSpan { start: before.unwrap_or_default().min(span.start), end: after.unwrap_or(Millis(u64::MAX)).max(span.end) }
}

/// Milliseconds that ordered spans have in common with others.
fn common(spans: &[TimeSpan], others: &[TimeSpan]) -> u64 {
    others.iter().map(|other| within(spans, *other).iter().map(|span| span.overlap(*other)).sum::<u64>()).sum()
}

/// Those of ordered spans that reach into another.
fn within(spans: &[TimeSpan], other: TimeSpan) -> &[TimeSpan] {
    let first = spans.partition_point(|span| span.end <= other.start);
    let count = spans[first..].partition_point(|span| span.start < other.end);
    &spans[first..first + count]
}

#[cfg(test)]
#[path = "turns_tests.rs"]
mod tests;
