//! Words and speaker turns -> utterances. Speakers are given to words, not to segments, so that a segment in which the
//! speaker changes is cut where the change is.
//!
//! The best sequence of speakers is found over all words at once (a Viterbi search): a word that its speaker's turns do
//! not cover costs the milliseconds that another speaker's turns would have covered, and every change of speaker costs
//! something too: much within a sentence, little at a pause or after a full stop. So a single short word at a turn's
//! edge stays with its sentence, and a cut moves to the end of the sentence where that is near.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::diarization::Diarization;
use crate::hypothesis::{Hypothesis, Word, join_words};
use crate::punctuation::{Stop, stop_after};
use crate::time::{Millis, TimeSpan};
use crate::transcript::{Speaker, SpeakerId, Utterance, UtteranceId};

/// How words become utterances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignOptions {
    /// A pause of so many milliseconds ends an utterance.
    pub pause_ms: u64,
    /// An utterance this long ends with its next sentence, so that a monologue reads as paragraphs.
    pub paragraph_ms: u64,
    /// An utterance never gets longer than this while it has a gap between two words to be cut at.
    pub longest_ms: u64,
    /// Somebody else is named as speaking at the same time from so many milliseconds on; less is the inexact edge of
    /// a turn.
    pub overlap_ms: u64,
}

impl Default for AlignOptions {
    /// 2 s is where a listener hears that somebody has stopped; 30 s of speech are some 75 English words, a paragraph;
    /// segmentation edges are off by up to a quarter of a second.
    fn default() -> Self {
        Self { pause_ms: 2000, paragraph_ms: 30_000, longest_ms: 60_000, overlap_ms: 250 }
    }
}

/// Price, in milliseconds of speech given to the wrong person, of a change of speaker within a clause. Nobody breaks off
/// there often, and word times and turn edges are off by half a second each, so several words must speak for it. These
/// prices have the lowest cpWER over the recordings in docs/diarization.md.
const CHANGE: u64 = 1000;
/// The same after a comma or the like: above the length of one common word (200 to 300 ms), below that of two.
const CHANGE_AT_CLAUSE: u64 = 400;
/// The same after the end of a sentence.
const CHANGE_AT_SENTENCE: u64 = 40;
/// A pause makes a change cheaper by this part of its length only: people pause within their sentences too, and the times
/// of the words beside a pause are the least exact ones.
const PAUSE_PART: u64 = 10;
/// A pause from which on a sentence has been broken off, in milliseconds: where a listener hears that somebody stopped.
const BREAK_MS: u64 = 2000;
/// The least price of a change, however long the pause: keeps a tie from changing the speaker.
const CHANGE_LEAST: u64 = 20;
/// A gap up to the next word counts as the word's, up to so many milliseconds: recognisers make words shorter than they are, and
/// a turn of a few such words would weigh less than the change to it. From 200 to 600 nothing changes.
const GAP_MOST: u64 = 300;
/// What one word can cost at most: a word whose times the recogniser stretched over a pause must not outweigh others.
const WORD_MOST: u64 = 1500;

/// What it costs to give a word to somebody else than the one who a person said speaks: more than all other words of ten
/// hours together.
const TOLD_OTHERWISE: u64 = 1 << 40;

/// Makes utterances of all words, numbered from 1, each word once and in order. Without turns the utterances have no
/// speaker and are cut at pauses and sentence ends. Speakers carry the numbers of the diarization; see
/// [`number_speakers`].
pub fn align(hypothesis: &Hypothesis, diarization: &Diarization, options: &AlignOptions) -> Vec<Utterance> {
    let words: Vec<&Word> = hypothesis.words().collect();
    let voices = Voices::new(diarization, &[]);
    let speakers = voices.assign(&words, &vec![None; words.len()]);
    let parts = parts(&words, &speakers, options);
    let numbered = parts.into_iter().zip(1..);
    numbered
        .map(|(part, id)| utterance(UtteranceId(id), speakers[part.start], &words[part], &voices, options))
        .collect()
}

/// Where words are cut into utterances: at a change of speaker, at a long pause, between paragraphs.
pub(crate) fn parts(words: &[&Word], speakers: &[Option<SpeakerId>], options: &AlignOptions) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for end in 1..=words.len() {
        let cut = end == words.len()
            || speakers[end] != speakers[end - 1]
            || gap(words[end - 1], words[end]) >= options.pause_ms;
        if !cut {
            continue;
        }
        for part in paragraphs(&words[begin..end], options) {
            parts.push(begin..begin + part.len());
            begin += part.len();
        }
    }
    parts
}

/// Numbers the speakers in the order of their first speech, in the utterances too, and lists them. Who is heard only
/// beneath others comes at the first utterance of theirs.
pub fn number_speakers(utterances: &mut [Utterance]) -> Vec<Speaker> {
    let speakers = renumber(utterances).len() as u32;
    (0..speakers).map(|number| Speaker::unnamed(SpeakerId(number))).collect()
}

/// The same; gives the number that each had before.
pub(crate) fn renumber(utterances: &mut [Utterance]) -> Vec<SpeakerId> {
    let mut order: Vec<SpeakerId> = Vec::new();
    for utterance in utterances.iter_mut() {
        let mut number = |old: SpeakerId| {
            let at = order.iter().position(|&id| id == old).unwrap_or_else(|| {
                order.push(old);
                order.len() - 1
            });
            SpeakerId(at as u32)
        };
        utterance.speaker = utterance.speaker.map(&mut number);
        for other in &mut utterance.overlap {
            *other = number(*other);
        }
        utterance.overlap.sort_unstable();
    }
    order
}

fn gap(before: &Word, after: &Word) -> u64 {
    after.span.start.0.saturating_sub(before.span.end.0)
}

/// An utterance of some words.
pub(crate) fn utterance(
    id: UtteranceId,
    speaker: Option<SpeakerId>,
    words: &[&Word],
    voices: &Voices,
    options: &AlignOptions,
) -> Utterance {
    let overlap = voices.beneath(speaker, words, options);
    let start = words.iter().map(|w| w.span.start.0).min().unwrap_or_default();
    let end = words.iter().map(|w| w.span.end.0).max().unwrap_or_default();
    Utterance {
        id,
        speaker,
        span: TimeSpan::new(start, end),
        text: join_words(words.iter().copied()),
        words: words.iter().map(|w| (*w).clone()).collect(),
        overlap,
        edited: false,
        checked: false,
        told: false,
    }
}

/// Cuts the words of one speaker into paragraphs: at the first sentence end after `paragraph_ms`, or, where no sentence
/// ends before `longest_ms`, at the longest pause in between (the latest of equal ones).
fn paragraphs<'a, 'w>(words: &'a [&'w Word], options: &AlignOptions) -> Vec<&'a [&'w Word]> {
    let mut parts = Vec::new();
    let mut rest = words;
    while let Some(first) = rest.first() {
        let length = |at: usize| rest[at].span.end.0.saturating_sub(first.span.start.0);
        if length(rest.len() - 1) <= options.paragraph_ms {
            break;
        }
        let long: Vec<usize> = (1..rest.len()).filter(|&at| length(at - 1) >= options.paragraph_ms).collect();
        let fits = |at: &usize| length(at - 1) <= options.longest_ms;
        let sentence = long.iter().copied().filter(fits).find(|&at| stop_after(&rest[at - 1].text) == Stop::Sentence);
        let cut = sentence.or_else(|| {
            if length(rest.len() - 1) <= options.longest_ms {
                return None;
            }
            (1..rest.len())
                .filter(|&at| length(at - 1) >= options.paragraph_ms / 2 && length(at - 1) <= options.longest_ms)
                .max_by_key(|&at| (gap(rest[at - 1], rest[at]), at))
                .or_else(|| (rest.len() > 1).then_some(1))
        });
        let Some(cut) = cut else { break };
        let (part, after) = rest.split_at(cut);
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

/// The turns of each speaker, joined where they touch, for looking up.
pub(crate) struct Voices {
    ids: Vec<SpeakerId>,
    turns: Vec<Vec<TimeSpan>>,
}

impl Voices {
    /// The speakers of a diarization, and `more` who have no turns in it.
    pub(crate) fn new(diarization: &Diarization, more: &[SpeakerId]) -> Self {
        let mut ids: Vec<SpeakerId> = diarization.turns.iter().map(|t| SpeakerId(t.speaker.0)).collect();
        ids.extend(more);
        ids.sort_unstable();
        ids.dedup();
        let turns = ids
            .iter()
            .map(|id| {
                let own = diarization.turns.iter().filter(|t| t.speaker.0 == id.0).map(|t| t.span);
                crate::coverage::union(own.collect())
            })
            .collect();
        Self { ids, turns }
    }

    /// Who else speaks while `speaker` says these words.
    pub(crate) fn beneath(
        &self,
        speaker: Option<SpeakerId>,
        words: &[&Word],
        options: &AlignOptions,
    ) -> Vec<SpeakerId> {
        let others = self.ids.iter().enumerate().filter(|&(_, &id)| Some(id) != speaker);
        let heard = |voice: usize| words.iter().map(|w| self.overlap(voice, w.span)).sum::<u64>();
        others.filter(|&(voice, _)| heard(voice) >= options.overlap_ms).map(|(_, &id)| id).collect()
    }

    /// Milliseconds of `span` in which a speaker speaks.
    pub(crate) fn heard(&self, speaker: SpeakerId, span: TimeSpan) -> u64 {
        self.ids.binary_search(&speaker).map_or(0, |voice| self.overlap(voice, span))
    }

    /// Milliseconds of `span` in which the voice speaks.
    fn overlap(&self, voice: usize, span: TimeSpan) -> u64 {
        let turns = &self.turns[voice];
        let first = turns.partition_point(|t| t.end <= span.start);
        turns[first..].iter().take_while(|t| t.start < span.end).map(|t| t.overlap(span)).sum()
    }

    /// Milliseconds between `span` and the nearest turn of the voice; 0 where they touch.
    fn distance(&self, voice: usize, span: TimeSpan) -> u64 {
        let turns = &self.turns[voice];
        let after = turns.partition_point(|t| t.start < span.end);
        let left = after.checked_sub(1).map(|i| span.start.0.saturating_sub(turns[i].end.0));
        let right = turns.get(after).map(|t| t.start.0.saturating_sub(span.end.0));
        left.into_iter().chain(right).min().unwrap_or(u64::MAX)
    }

    /// What it costs to give a word to each voice, 0 for the best: missed overlap, or, where no turn overlaps the
    /// word, how much farther the voice is than the nearest.
    fn costs(&self, span: TimeSpan) -> Vec<u64> {
        let overlaps: Vec<u64> = (0..self.ids.len()).map(|v| self.overlap(v, span)).collect();
        let most = overlaps.iter().copied().max().unwrap_or(0);
        if most > 0 {
            return overlaps.into_iter().map(|o| (most - o).min(WORD_MOST)).collect();
        }
        let distances: Vec<u64> = (0..self.ids.len()).map(|v| self.distance(v, span)).collect();
        let least = distances.iter().copied().min().unwrap_or(0);
        distances.into_iter().map(|d| (d - least).min(WORD_MOST)).collect()
    }

    /// The same for a word with the gap to the one after it, whose speaker may be told.
    fn costs_of(&self, word: &Word, after: Option<&&Word>, told: Option<SpeakerId>) -> Vec<u64> {
        match told {
            Some(told) => self.ids.iter().map(|&id| if id == told { 0 } else { TOLD_OTHERWISE }).collect(),
            None => {
                let gap = after.map_or(0, |after| gap(word, after)).min(GAP_MOST);
                self.costs(TimeSpan { end: word.span.end + Millis(gap), ..word.span })
            }
        }
    }

    /// The cheapest sequence of speakers, one a word; nobody where there are no turns. Words whose speaker is `told`
    /// have that one. Of equal sequences the one that changes later wins, so the result depends on nothing but the
    /// input.
    pub(crate) fn assign(&self, words: &[&Word], told: &[Option<SpeakerId>]) -> Vec<Option<SpeakerId>> {
        if self.ids.is_empty() || words.is_empty() {
            return vec![None; words.len()];
        }
        let mut total = self.costs_of(words[0], words.get(1), told[0]);
        // For each later word: the best voice before it, and for which voices it pays to come from that one.
        let mut back: Vec<(usize, Vec<bool>)> = Vec::with_capacity(words.len());
        for ((pair, told), at) in words.windows(2).zip(told.windows(2)).zip(2..) {
            let best = lowest(&total);
            let price = if told[0] == told[1] { change_price(pair[0], pair[1]) } else { CHANGE_LEAST };
            let change = total[best] + price;
            let changed: Vec<bool> = total.iter().map(|&stay| change < stay).collect();
            let costs = self.costs_of(pair[1], words.get(at), told[1]);
            for (sum, cost) in total.iter_mut().zip(costs) {
                *sum = (*sum).min(change) + cost;
            }
            back.push((best, changed));
        }
        let mut voice = lowest(&total);
        let mut speakers = vec![Some(self.ids[voice]); words.len()];
        for (at, (best, changed)) in back.iter().enumerate().rev() {
            if changed[voice] {
                voice = *best;
            }
            speakers[at] = Some(self.ids[voice]);
        }
        speakers
    }
}

fn lowest(totals: &[u64]) -> usize {
    totals.iter().enumerate().min_by_key(|&(_, total)| total).map_or(0, |(i, _)| i)
}

fn change_price(before: &Word, after: &Word) -> u64 {
    let pause = gap(before, after);
    let price = match stop_after(&before.text) {
        _ if pause >= BREAK_MS => CHANGE_AT_SENTENCE,
        Stop::Sentence => CHANGE_AT_SENTENCE,
        Stop::Clause => CHANGE_AT_CLAUSE,
        Stop::None => CHANGE,
    };
    price.saturating_sub(pause / PAUSE_PART).max(CHANGE_LEAST)
}

#[cfg(test)]
#[path = "align_tests.rs"]
mod tests;
