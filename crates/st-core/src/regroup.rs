//! Another grouping of the voices, put into a transcript that a person has worked on: speakers and cuts change, words
//! stay. What the person said about who speaks holds, and a speaker who is found again keeps identity, name and colour.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::align::{AlignOptions, Voices, parts, utterance};
use crate::clustering::{Grouping, Told};
use crate::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use crate::edit::{Restore, text_offset};
use crate::hypothesis::{Word, join_words};
use crate::metrics::assignment::best_pairs;
use crate::time::TimeSpan;
use crate::transcript::{Speaker, SpeakerId, Transcript, Utterance, UtteranceId};

/// An utterance shorter than this says little about a voice, in milliseconds.
const SHORT: u64 = 1_000;
/// So many utterances stand for what a person says about a speaker as a whole. More would keep mistakes in.
const SUREST: usize = 5;

/// The utterances that show best how a speaker sounds: the longest without anybody else in them; if there are none, the
/// longest.
pub fn surest(utterances: &[Utterance], speaker: SpeakerId) -> Vec<UtteranceId> {
    let mut own: Vec<&Utterance> = utterances.iter().filter(|u| u.speaker == Some(speaker)).collect();
    own.sort_by_key(|u| (std::cmp::Reverse(u.span.millis()), u.id));
    let clear = own.iter().filter(|u| u.overlap.is_empty() && u.span.millis() >= SHORT);
    let clear: Vec<UtteranceId> = clear.take(SUREST).map(|u| u.id).collect();
    if clear.is_empty() { own.iter().take(1).map(|u| u.id).collect() } else { clear }
}

/// What the person said about who speaks: assigned, or marked as right as it stands.
pub fn told(transcript: &Transcript) -> Vec<Told> {
    said(transcript.utterances.iter().filter(|u| is_told(u)))
}

/// Who speaks when as the transcript has it.
pub fn said<'a>(utterances: impl IntoIterator<Item = &'a Utterance>) -> Vec<Told> {
    let one = |u: &Utterance| Some(Told { span: u.span, speaker: u.speaker?.0 });
    utterances.into_iter().filter_map(one).collect()
}

pub(crate) fn is_told(utterance: &Utterance) -> bool {
    utterance.speaker.is_some() && (utterance.told || utterance.checked)
}

/// Begins the note of [`folded`].
const FOLDED: &str = "A voice too short for a speaker of its own";

/// A note for each voice that was counted to somebody else, with whom its words went to.
pub fn folded(utterances: &[Utterance], speakers: &[Speaker], folded: &[Vec<TimeSpan>]) -> Vec<String> {
    let note = |turns: &Vec<TimeSpan>| {
        let common = |u: &Utterance| turns.iter().map(|turn| turn.overlap(u.span)).sum::<u64>();
        let near =
            utterances.iter().filter(|u| u.speaker.is_some()).max_by_key(|u| (common(u), std::cmp::Reverse(u.id)));
        let name = near.filter(|u| common(u) > 0).and_then(|u| speakers.iter().find(|s| Some(s.id) == u.speaker));
        let seconds = turns.iter().map(|turn| turn.millis()).sum::<u64>() as f64 / 1000.0;
        match name {
            Some(speaker) => {
                format!("{FOLDED} ({seconds:.1} s in all) was counted to “{}”.", speaker.display_name())
            }
            None => format!("{FOLDED} ({seconds:.1} s in all) was left out: no words are there."),
        }
    };
    folded.iter().map(note).collect()
}

/// The identities that new utterances and speakers take, as [`crate::history::History`] gives them.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// And those above it.
    pub utterance: UtteranceId,
    /// And those above it.
    pub speaker: SpeakerId,
}

/// Another grouping of all voices, made with [`told`].
pub fn regroup(transcript: &Transcript, grouping: &Grouping, fresh: Fresh, options: &AlignOptions) -> Restore {
    let told = transcript.utterances.iter().filter(|u| is_told(u)).filter_map(|u| u.speaker).collect();
    let ids = identities(transcript, grouping, fresh.speaker, &told);
    let all = numbered(&grouping.diarization, &ids);
    let utterances = lay(transcript, &all, fresh, options, is_told);
    let parts = difference(transcript, &utterances, &ids);
    let old = &transcript.provenance.notes;
    let mut notes: Vec<String> = old.iter().filter(|note| !note.starts_with(FOLDED)).cloned().collect();
    notes.extend(folded(&utterances, parts.speakers.as_ref().unwrap_or(&transcript.speakers), &grouping.folded));
    Restore { notes: (notes != *old).then_some(notes), ..parts }
}

/// One speaker's voice told apart into two, made from that speaker's evidence alone with what [`told`] says of it. The
/// one who is heard more stays the speaker. None where no words are left for one of them.
pub fn split(
    transcript: &Transcript,
    speaker: SpeakerId,
    grouping: &Grouping,
    fresh: Fresh,
    options: &AlignOptions,
) -> Option<Restore> {
    let heard = grouping.diarization.speaking_ms();
    let most = heard.iter().max_by_key(|(index, ms)| (**ms, std::cmp::Reverse(index.0))).map(|(index, _)| index.0);
    let stays = grouping.told.iter().position(|told| *told == Some(speaker.0)).map(|at| at as u32).or(most)?;
    let ids: Vec<SpeakerId> =
        (0..grouping.told.len() as u32).map(|index| if index == stays { speaker } else { fresh.speaker }).collect();
    let two = numbered(&grouping.diarization, &ids);
    let kept = |u: &Utterance| u.speaker != Some(speaker) || is_told(u);
    let mut utterances = lay(transcript, &two, fresh, options, kept);
    // Later groupings keep the two apart.
    for id in [speaker, fresh.speaker] {
        let sure = surest(&utterances, id);
        if sure.is_empty() {
            return None;
        }
        utterances.iter_mut().filter(|u| sure.contains(&u.id)).for_each(|u| u.told = true);
    }
    Some(difference(transcript, &utterances, &ids))
}

/// Who each speaker of the grouping is: as told, else the one whose utterances fit best and who is none of `others`, else
/// somebody new.
pub(crate) fn identities(
    transcript: &Transcript,
    grouping: &Grouping,
    fresh: SpeakerId,
    others: &HashSet<SpeakerId>,
) -> Vec<SpeakerId> {
    let taken: HashSet<u32> = grouping.told.iter().flatten().copied().collect();
    let old: Vec<SpeakerId> =
        transcript.speakers.iter().map(|s| s.id).filter(|id| !taken.contains(&id.0) && !others.contains(id)).collect();
    let open: Vec<usize> = (0..grouping.told.len()).filter(|&index| grouping.told[index].is_none()).collect();
    let voices = Voices::new(&grouping.diarization, &[]);
    let common = |index: usize, id: SpeakerId| -> i64 {
        let own = transcript.utterances.iter().filter(|u| u.speaker == Some(id));
        own.map(|u| voices.heard(SpeakerId(index as u32), u.span) as i64).sum()
    };
    let weights: Vec<Vec<i64>> = open.iter().map(|&index| old.iter().map(|&id| common(index, id)).collect()).collect();
    let mut ids: Vec<Option<SpeakerId>> = grouping.told.iter().map(|told| told.map(SpeakerId)).collect();
    for (row, column) in best_pairs(&weights).into_iter().enumerate() {
        ids[open[row]] = column.filter(|&column| weights[row][column] > 0).map(|column| old[column]);
    }
    let mut next = fresh.0;
    let mut new = || {
        next += 1;
        SpeakerId(next - 1)
    };
    ids.into_iter().map(|id| id.unwrap_or_else(&mut new)).collect()
}

/// The turns with those who the speakers are.
pub(crate) fn numbered(diarization: &Diarization, ids: &[SpeakerId]) -> Diarization {
    let turn = |turn: &SpeakerTurn| SpeakerTurn { speaker: SpeakerIndex(ids[turn.speaker.0 as usize].0), ..*turn };
    Diarization::from_turns(diarization.turns.iter().map(turn).collect())
}

/// Gives the words to the speakers of `turns`, but for utterances that are `kept`, and cuts anew.
fn lay(
    transcript: &Transcript,
    turns: &Diarization,
    fresh: Fresh,
    options: &AlignOptions,
    kept: impl Fn(&Utterance) -> bool,
) -> Vec<Utterance> {
    let known: Vec<SpeakerId> = transcript.utterances.iter().filter_map(|u| u.speaker).collect();
    let voices = Voices::new(turns, &known);
    let words: Vec<&Word> = transcript.utterances.iter().flat_map(|u| &u.words).collect();
    let fixed = |u: &Utterance| u.speaker.filter(|_| kept(u));
    let told: Vec<Option<SpeakerId>> =
        transcript.utterances.iter().flat_map(|u| std::iter::repeat_n(fixed(u), u.words.len())).collect();
    let speakers = voices.assign(&words, &told);
    let mut made = Made { ids: HashMap::new(), next: fresh.utterance.0, utterances: Vec::new() };
    let mut at = 0;
    let mut run = 0..0;
    for old in &transcript.utterances {
        let own = at..at + old.words.len();
        at = own.end;
        made.ids.insert(own.start, old.id);
        let stays = kept(old) || old.checked || old.words.is_empty();
        if !stays && !old.edited && old.text == join_words(&old.words) {
            run.end = own.end;
            continue;
        }
        made.cut_anew(run.clone(), &words, &speakers, &voices, options);
        run = own.end..own.end;
        if stays {
            made.utterances.push(old.clone());
        } else {
            made.cut_edited(old, own, &words, &speakers, &voices, options);
        }
    }
    made.cut_anew(run, &words, &speakers, &voices, options);
    made.utterances
}

/// Utterances as they are made.
struct Made {
    /// The utterance that began with a word before, by the word's place.
    ids: HashMap<usize, UtteranceId>,
    next: u64,
    utterances: Vec<Utterance>,
}

impl Made {
    /// An utterance that begins where one began keeps its identity.
    fn id(&mut self, first_word: usize) -> UtteranceId {
        self.ids.remove(&first_word).unwrap_or_else(|| {
            self.next += 1;
            UtteranceId(self.next - 1)
        })
    }

    fn cut_anew(
        &mut self,
        run: Range<usize>,
        words: &[&Word],
        speakers: &[Option<SpeakerId>],
        voices: &Voices,
        options: &AlignOptions,
    ) {
        for part in parts(&words[run.clone()], &speakers[run.clone()], options) {
            let part = run.start + part.start..run.start + part.end;
            let id = self.id(part.start);
            self.utterances.push(utterance(id, speakers[part.start], &words[part], voices, options));
        }
    }

    /// A person's own text is cut where the speaker changes and nowhere else.
    fn cut_edited(
        &mut self,
        old: &Utterance,
        own: Range<usize>,
        words: &[&Word],
        speakers: &[Option<SpeakerId>],
        voices: &Voices,
        options: &AlignOptions,
    ) {
        let mut begin = own.start;
        for end in own.start + 1..=own.end {
            if end < own.end && speakers[end] == speakers[begin] {
                continue;
            }
            let part = utterance(self.id(begin), speakers[begin], &words[begin..end], voices, options);
            let offset = |words: usize| {
                if words == old.words.len() { old.text.len() } else { text_offset(&old.text, &old.words[..words]) }
            };
            let (first, last) = (begin == own.start, end == own.end);
            let text = if first && last {
                old.text.clone()
            } else {
                old.text[offset(begin - own.start)..offset(end - own.start)].trim().to_owned()
            };
            let start = if first { old.span.start } else { part.span.start };
            let until = if last { old.span.end } else { part.span.end };
            let span = TimeSpan { start, end: until.max(start) };
            self.utterances.push(Utterance { text, span, edited: old.edited, ..part });
            begin = end;
        }
    }
}

/// What has to be put and removed to make the utterances these, and the speakers those who are in them, with those who
/// said nothing before.
fn difference(transcript: &Transcript, utterances: &[Utterance], found: &[SpeakerId]) -> Restore {
    let present = |list: &[Utterance]| -> HashSet<SpeakerId> {
        list.iter().flat_map(|u| u.speaker.iter().chain(&u.overlap)).copied().collect()
    };
    let (before, after) = (present(&transcript.utterances), present(utterances));
    let mut speakers: Vec<Speaker> = transcript.speakers.clone();
    speakers.retain(|s| after.contains(&s.id) || !before.contains(&s.id));
    for &id in found.iter().filter(|id| after.contains(id)) {
        if speakers.iter().all(|s| s.id != id) {
            speakers.push(Speaker::unnamed(id));
        }
    }
    let kept: HashSet<UtteranceId> = utterances.iter().map(|u| u.id).collect();
    let old: HashMap<UtteranceId, &Utterance> = transcript.utterances.iter().map(|u| (u.id, u)).collect();
    Restore {
        speakers: (speakers != transcript.speakers).then_some(speakers),
        remove: transcript.utterances.iter().map(|u| u.id).filter(|id| !kept.contains(id)).collect(),
        put: utterances.iter().filter(|u| old.get(&u.id) != Some(u)).cloned().collect(),
        ..Restore::default()
    }
}

#[cfg(test)]
#[path = "regroup_tests.rs"]
mod tests;
