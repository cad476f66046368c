//! What a person does to a transcript: each edit names what it changes by identity, and applying it gives back the
//! edit that undoes it exactly.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::doubt::DoubtId;
use crate::hypothesis::Word;
use crate::regroup::surest;
use crate::retext::retext;
use crate::time::{Millis, TimeSpan};
use crate::transcript::{Speaker, SpeakerId, Transcript, Utterance, UtteranceId};

/// One change. New identities come in with the edit: see [`crate::history::History::fresh_utterance`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Other text for an utterance. Words that stay keep their times, new ones share the time between.
    ReplaceText {
        /// Which.
        utterance: UtteranceId,
        /// The whole new text.
        text: String,
    },
    /// Cuts an utterance before one of its words.
    SplitUtterance {
        /// Which; it keeps the first part.
        utterance: UtteranceId,
        /// How many words stay in the first part; at least one goes to each.
        words: usize,
        /// Identity of the second part.
        new: UtteranceId,
    },
    /// Puts an utterance at the end of the one before it, whose speaker it takes.
    JoinUtterances {
        /// The earlier one, which stays.
        first: UtteranceId,
        /// The next one in order, which goes.
        second: UtteranceId,
    },
    /// Says who speaks.
    AssignSpeaker {
        /// Which utterances.
        utterances: Vec<UtteranceId>,
        /// Who; none for "unknown".
        speaker: Option<SpeakerId>,
    },
    /// Adds a speaker who has said nothing yet.
    AddSpeaker {
        /// The new one, with an identity and a label of its own.
        speaker: Speaker,
    },
    /// Names a speaker, everywhere at once.
    RenameSpeaker {
        /// Whom.
        speaker: SpeakerId,
        /// The name; none, or only white space, takes the name away.
        name: Option<String>,
    },
    /// Gives a speaker another colour and shape.
    RecolourSpeaker {
        /// Whom.
        speaker: SpeakerId,
        /// Index of the colour; none for the one that goes with the identity.
        colour: Option<u8>,
    },
    /// Takes a speaker away who says nothing.
    RemoveSpeaker {
        /// Whom.
        speaker: SpeakerId,
    },
    /// Two speakers are one.
    MergeSpeakers {
        /// Who goes.
        from: SpeakerId,
        /// Who stays, with the name of the other if there is none yet.
        into: SpeakerId,
    },
    /// Other times for an utterance. Words move along where it moves as a whole, and are cut to the new edges else.
    Retime {
        /// Which.
        utterance: UtteranceId,
        /// The new times, at least one millisecond a word.
        span: TimeSpan,
    },
    /// Removes an utterance.
    DeleteUtterance {
        /// Which.
        utterance: UtteranceId,
    },
    /// Adds an utterance. Text without words gets them.
    InsertUtterance {
        /// The whole utterance, with an identity of its own.
        utterance: Utterance,
    },
    /// Says that utterances are right as they stand, or takes that back.
    MarkChecked {
        /// Which.
        utterances: Vec<UtteranceId>,
        /// Whether they are right.
        checked: bool,
    },
    /// Speakers and cuts as grouping the voices again gave them: see [`crate::regroup`].
    Regroup(Restore),
    /// Says that doubtful places are right as they are, or takes that back.
    SettleDoubts {
        /// Which.
        doubts: Vec<DoubtId>,
        /// Whether they are right.
        settled: bool,
    },
    /// Several edits as one step, in their order: all of them or none.
    Together {
        /// The edits.
        edits: Vec<Edit>,
    },
    /// Puts parts back as they were: the inverse of what has no shorter one.
    Restore(Restore),
}

/// Parts of a transcript as they were.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Restore {
    /// All speakers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speakers: Option<Vec<Speaker>>,
    /// Who speaks in utterances that otherwise stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub voices: Vec<Voices>,
    /// Utterances to take away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<UtteranceId>,
    /// Utterances to put in, in place of those with the same identity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<Utterance>,
    /// All notes of the provenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Vec<String>>,
    /// Whether the step is one of grouping the voices again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub regrouped: bool,
}

/// Who speaks in one utterance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voices {
    /// Which.
    pub utterance: UtteranceId,
    /// Its speaker.
    pub speaker: Option<SpeakerId>,
    /// Who else speaks in it.
    pub overlap: Vec<SpeakerId>,
    /// Whether a person said so.
    #[serde(default)]
    pub told: bool,
}

/// Why an edit cannot be applied. The transcript is then as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No utterance has this identity.
    #[error("utterance {} is not in the transcript (any more)", .0.0)]
    UnknownUtterance(UtteranceId),
    /// No doubt has this identity.
    #[error("doubt {} is not in the transcript", .0.0)]
    UnknownDoubt(DoubtId),
    /// No speaker has this identity.
    #[error("speaker {} is not in the transcript (any more)", .0.0)]
    UnknownSpeaker(SpeakerId),
    /// A new utterance has the identity of another.
    #[error("utterance {} is there already", .0.0)]
    UtteranceExists(UtteranceId),
    /// A new speaker has the identity or the label of another.
    #[error("speaker {} is there already", .0.0)]
    SpeakerExists(SpeakerId),
    /// Only neighbours can be joined.
    #[error("utterance {} does not follow utterance {}", second.0, first.0)]
    NotNeighbours {
        /// As asked.
        first: UtteranceId,
        /// As asked.
        second: UtteranceId,
    },
    /// A cut must leave words on both sides.
    #[error("an utterance of {length} words cannot be cut after {words}")]
    NoSuchCut {
        /// As asked.
        words: usize,
        /// Words that there are.
        length: usize,
    },
    /// A speaker cannot be merged with itself.
    #[error("a speaker cannot be merged with itself")]
    SameSpeaker,
    /// A speaker who says something cannot be taken away.
    #[error("speaker {} still says something", .0.0)]
    SpeakerInUse(SpeakerId),
    /// The new times are too short for the words.
    #[error("{millis} ms are too short for {words} words")]
    TooShort {
        /// Length asked for.
        millis: u64,
        /// Words of the utterance.
        words: usize,
    },
}

impl Transcript {
    /// Applies an edit and gives the one that undoes it exactly. On an error nothing has changed.
    pub fn apply(&mut self, edit: &Edit) -> Result<Edit, EditError> {
        match edit {
            Edit::ReplaceText { utterance, text } => {
                let old = self.utterances[self.index(*utterance)?].clone();
                let words = retext(&old.words, text, old.span);
                let edited = old.edited || old.text != *text;
                self.put(Restore {
                    put: vec![Utterance { text: text.clone(), words, edited, ..old }],
                    ..Restore::default()
                })
            }
            Edit::SplitUtterance { utterance, words, new } => self.split(*utterance, *words, *new),
            Edit::JoinUtterances { first, second } => self.join(*first, *second),
            Edit::AssignSpeaker { utterances, speaker } => self.assign(utterances, *speaker),
            Edit::AddSpeaker { speaker } => {
                if self.speakers.iter().any(|s| s.id == speaker.id || s.label == speaker.label) {
                    return Err(EditError::SpeakerExists(speaker.id));
                }
                let mut speakers = self.speakers.clone();
                speakers.push(Speaker { name: tidy(speaker.name.as_deref()), ..speaker.clone() });
                self.put(Restore { speakers: Some(speakers), ..Restore::default() })
            }
            Edit::RenameSpeaker { speaker, name } => self.change_speaker(*speaker, |s| s.name = tidy(name.as_deref())),
            Edit::RecolourSpeaker { speaker, colour } => self.change_speaker(*speaker, |s| s.colour = *colour),
            Edit::RemoveSpeaker { speaker } => {
                let id = self.known(*speaker)?;
                if self.utterances.iter().any(|u| u.speaker == Some(id) || u.overlap.contains(&id)) {
                    return Err(EditError::SpeakerInUse(id));
                }
                let speakers = self.speakers.iter().filter(|s| s.id != id).cloned().collect();
                self.put(Restore { speakers: Some(speakers), ..Restore::default() })
            }
            Edit::MergeSpeakers { from, into } => self.merge(*from, *into),
            Edit::Retime { utterance, span } => {
                let old = self.utterances[self.index(*utterance)?].clone();
                if span.millis() < (old.words.len() as u64).max(1) {
                    return Err(EditError::TooShort { millis: span.millis(), words: old.words.len() });
                }
                let words = retime(&old.words, old.span, *span);
                self.put(Restore { put: vec![Utterance { span: *span, words, ..old }], ..Restore::default() })
            }
            Edit::DeleteUtterance { utterance } => {
                let old = self.utterances.remove(self.index(*utterance)?);
                Ok(Edit::Restore(Restore { put: vec![old], ..Restore::default() }))
            }
            Edit::InsertUtterance { utterance } => self.insert(utterance),
            Edit::MarkChecked { utterances, checked } => {
                let mut put = Vec::with_capacity(utterances.len());
                for &id in utterances.iter().collect::<std::collections::BTreeSet<_>>() {
                    put.push(Utterance { checked: *checked, ..self.utterances[self.index(id)?].clone() });
                }
                self.put(Restore { put, ..Restore::default() })
            }
            Edit::SettleDoubts { doubts, settled } => self.settle(doubts, *settled),
            Edit::Together { edits } => self.together(edits),
            Edit::Regroup(parts) => self.put(Restore { regrouped: true, ..parts.clone() }),
            Edit::Restore(parts) => self.put(parts.clone()),
        }
    }

    /// Applies edits one after the other. Where one is refused, those before it are taken back.
    fn together(&mut self, edits: &[Edit]) -> Result<Edit, EditError> {
        let mut inverses = Vec::with_capacity(edits.len());
        for edit in edits {
            match self.apply(edit) {
                Ok(inverse) => inverses.push(inverse),
                Err(error) => {
                    for inverse in inverses.iter().rev() {
                        self.apply(inverse)?;
                    }
                    return Err(error);
                }
            }
        }
        inverses.reverse();
        Ok(Edit::Together { edits: inverses })
    }

    /// Only those that change are named in the inverse.
    fn settle(&mut self, ids: &[DoubtId], settled: bool) -> Result<Edit, EditError> {
        let mut changed = Vec::new();
        for &id in ids {
            let at = self.doubts.iter().position(|d| d.id == id).ok_or(EditError::UnknownDoubt(id))?;
            if self.doubts[at].settled != settled {
                changed.push(at);
            }
        }
        let doubts = changed.iter().map(|&at| self.doubts[at].id).collect();
        for at in changed {
            self.doubts[at].settled = settled;
        }
        Ok(Edit::SettleDoubts { doubts, settled: !settled })
    }

    fn change_speaker(&mut self, id: SpeakerId, change: impl FnOnce(&mut Speaker)) -> Result<Edit, EditError> {
        let mut speakers = self.speakers.clone();
        change(speakers.iter_mut().find(|s| s.id == id).ok_or(EditError::UnknownSpeaker(id))?);
        self.put(Restore { speakers: Some(speakers), ..Restore::default() })
    }

    /// Place of an utterance in the list.
    fn index(&self, id: UtteranceId) -> Result<usize, EditError> {
        self.utterances.iter().position(|u| u.id == id).ok_or(EditError::UnknownUtterance(id))
    }

    fn known(&self, id: SpeakerId) -> Result<SpeakerId, EditError> {
        self.speaker(id).map(|s| s.id).ok_or(EditError::UnknownSpeaker(id))
    }

    /// Puts parts in place and gives those that were there. Utterances stay ordered by start, then identity.
    fn put(&mut self, parts: Restore) -> Result<Edit, EditError> {
        for id in parts.remove.iter().chain(parts.voices.iter().map(|v| &v.utterance)) {
            self.index(*id)?;
        }
        let mut before = Restore { regrouped: parts.regrouped, ..Restore::default() };
        if let Some(speakers) = parts.speakers {
            before.speakers = Some(std::mem::replace(&mut self.speakers, speakers));
        }
        if let Some(notes) = parts.notes {
            before.notes = Some(std::mem::replace(&mut self.provenance.notes, notes));
        }
        for voices in parts.voices {
            let at = self.index(voices.utterance)?;
            let utterance = &mut self.utterances[at];
            let speaker = std::mem::replace(&mut utterance.speaker, voices.speaker);
            let overlap = std::mem::replace(&mut utterance.overlap, voices.overlap);
            let told = std::mem::replace(&mut utterance.told, voices.told);
            before.voices.push(Voices { utterance: voices.utterance, speaker, overlap, told });
        }
        // The last change of an utterance is undone first.
        before.voices.reverse();
        for id in parts.remove {
            let at = self.index(id)?;
            before.put.push(self.utterances.remove(at));
        }
        for utterance in parts.put {
            match self.index(utterance.id) {
                Ok(at) => before.put.push(self.utterances.remove(at)),
                Err(_) => before.remove.push(utterance.id),
            }
            let key = (utterance.span.start, utterance.id);
            let at = self.utterances.partition_point(|u| (u.span.start, u.id) < key);
            self.utterances.insert(at, utterance);
        }
        Ok(Edit::Restore(before))
    }

    fn split(&mut self, id: UtteranceId, words: usize, new: UtteranceId) -> Result<Edit, EditError> {
        let mut first = self.utterances[self.index(id)?].clone();
        if self.index(new).is_ok() {
            return Err(EditError::UtteranceExists(new));
        }
        if words == 0 || words >= first.words.len() {
            return Err(EditError::NoSuchCut { words, length: first.words.len() });
        }
        let at = text_offset(&first.text, &first.words[..words]);
        let mut second = first.clone();
        second.id = new;
        second.words = first.words.split_off(words);
        second.text = first.text[at..].trim_start().to_owned();
        first.text.truncate(at);
        first.text.truncate(first.text.trim_end().len());
        second.span.start = second.words.first().map_or(second.span.start, |w| w.span.start);
        first.span.end = first.words.last().map_or(first.span.end, |w| w.span.end).max(first.span.start);
        second.span.end = second.span.end.max(second.span.start);
        self.put(Restore { put: vec![first, second], ..Restore::default() })
    }

    fn join(&mut self, first: UtteranceId, second: UtteranceId) -> Result<Edit, EditError> {
        let (a, b) = (self.index(first)?, self.index(second)?);
        if a + 1 != b {
            return Err(EditError::NotNeighbours { first, second });
        }
        let (mut joined, after) = (self.utterances[a].clone(), &self.utterances[b]);
        if !joined.text.is_empty() && !after.text.is_empty() && after.words.first().is_none_or(|w| w.spaced) {
            joined.text.push(' ');
        }
        joined.text.push_str(&after.text);
        joined.words.extend(after.words.iter().cloned());
        joined.span.end = joined.span.end.max(after.span.end);
        joined.edited |= after.edited;
        joined.checked &= after.checked;
        joined.told |= after.told || after.speaker != joined.speaker;
        joined.overlap.extend(&after.overlap);
        joined.overlap.retain(|&s| Some(s) != joined.speaker);
        joined.overlap.sort_unstable();
        joined.overlap.dedup();
        self.put(Restore { put: vec![joined], remove: vec![second], ..Restore::default() })
    }

    fn assign(&mut self, ids: &[UtteranceId], speaker: Option<SpeakerId>) -> Result<Edit, EditError> {
        speaker.map(|id| self.known(id)).transpose()?;
        let mut voices = Vec::with_capacity(ids.len());
        for &id in ids {
            let overlap = self.utterances[self.index(id)?].overlap.iter().copied();
            let overlap = overlap.filter(|&other| Some(other) != speaker).collect();
            voices.push(Voices { utterance: id, speaker, overlap, told: speaker.is_some() });
        }
        self.put(Restore { voices, ..Restore::default() })
    }

    fn merge(&mut self, from: SpeakerId, into: SpeakerId) -> Result<Edit, EditError> {
        if from == into {
            return Err(EditError::SameSpeaker);
        }
        self.known(into)?;
        let gone = self.speaker(from).ok_or(EditError::UnknownSpeaker(from))?.name.clone();
        let mut speakers: Vec<Speaker> = self.speakers.iter().filter(|s| s.id != from).cloned().collect();
        for speaker in speakers.iter_mut().filter(|s| s.id == into) {
            speaker.name = speaker.name.take().or_else(|| gone.clone());
        }
        let map = |id: SpeakerId| if id == from { into } else { id };
        // Voices that are grouped again find both under one speaker.
        let surest: HashSet<UtteranceId> =
            [from, into].into_iter().flat_map(|id| surest(&self.utterances, id)).collect();
        let touched = self
            .utterances
            .iter()
            .filter(|u| u.speaker == Some(from) || u.overlap.contains(&from) || (surest.contains(&u.id) && !u.told));
        let voices = touched.map(|u| {
            let speaker = u.speaker.map(map);
            let mut overlap: Vec<SpeakerId> =
                u.overlap.iter().copied().map(map).filter(|&id| Some(id) != speaker).collect();
            overlap.sort_unstable();
            overlap.dedup();
            Voices { utterance: u.id, speaker, overlap, told: u.told || surest.contains(&u.id) }
        });
        let voices = voices.collect();
        self.put(Restore { speakers: Some(speakers), voices, ..Restore::default() })
    }

    fn insert(&mut self, utterance: &Utterance) -> Result<Edit, EditError> {
        if self.index(utterance.id).is_ok() {
            return Err(EditError::UtteranceExists(utterance.id));
        }
        for &id in utterance.speaker.iter().chain(&utterance.overlap) {
            self.known(id)?;
        }
        let mut utterance = utterance.clone();
        if utterance.words.is_empty() {
            utterance.words = retext(&[], &utterance.text, utterance.span);
        }
        let id = utterance.id;
        self.put(Restore { put: vec![utterance], ..Restore::default() })?;
        Ok(Edit::DeleteUtterance { utterance: id })
    }
}

/// A name without white space around it; none where nothing is left.
fn tidy(name: Option<&str>) -> Option<String> {
    name.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned)
}

/// Where the text behind the given first words of it begins, in bytes. Words and text differ in white space only.
pub(crate) fn text_offset(text: &str, words: &[Word]) -> usize {
    let wanted: usize = words.iter().map(|w| w.text.chars().filter(|c| !c.is_whitespace()).count()).sum();
    let letters = text.char_indices().filter(|(_, c)| !c.is_whitespace());
    letters.map(|(at, c)| at + c.len_utf8()).take(wanted).last().unwrap_or(0)
}

/// Moves words from one span to another: along with it where its length stays, cut to the new edges where each word
/// keeps some time, else stretched.
fn retime(words: &[Word], old: TimeSpan, new: TimeSpan) -> Vec<Word> {
    let placed = |place: &dyn Fn(usize, TimeSpan) -> TimeSpan| -> Vec<Word> {
        words.iter().enumerate().map(|(i, w)| Word { span: place(i, w.span), ..w.clone() }).collect()
    };
    if old.millis() == new.millis() {
        let shift = |at: Millis| Millis((at.0 + new.start.0).saturating_sub(old.start.0));
        return placed(&|_, s| TimeSpan { start: shift(s.start), end: shift(s.end) });
    }
    let cut = placed(&|_, s| {
        let start = s.start.clamp(new.start, new.end);
        TimeSpan { start, end: s.end.clamp(start, new.end) }
    });
    if cut.iter().all(|w| !w.span.is_empty()) {
        return cut;
    }
    let count = words.len() as u64;
    let edge = |i: u64| new.start.0 + new.millis() * i / count.max(1);
    placed(&|i, _| TimeSpan::new(edge(i as u64), edge(i as u64 + 1)))
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
