//! What people did to a transcript, counted by kind from the steps that can be undone.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::edit::{Edit, Restore};
use crate::history::History;
use crate::transcript::{Transcript, Utterance, UtteranceId};

/// Kinds of changes, as a reader would name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The text of utterances.
    Text,
    /// Who speaks in utterances.
    Voice,
    /// The times of utterances.
    Time,
    /// One utterance became several.
    Split,
    /// Several became one.
    Joined,
    /// New utterances.
    Inserted,
    /// Utterances that are gone.
    Deleted,
    /// Names and colours of speakers, and speakers added, merged or removed.
    Speakers,
    /// Utterances marked as right, or no longer.
    Checked,
    /// Voices grouped again.
    Grouped,
}

impl ChangeKind {
    /// What the change is called: `text corrected`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text corrected",
            Self::Voice => "speaker of utterances changed",
            Self::Time => "times changed",
            Self::Split => "utterance split",
            Self::Joined => "utterances joined",
            Self::Inserted => "utterance inserted",
            Self::Deleted => "utterance deleted",
            Self::Speakers => "speakers named, merged, added or removed",
            Self::Checked => "utterances marked as right",
            Self::Grouped => "voices grouped again",
        }
    }
}

/// How many changes of each kind hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Steps by kind; a step that changes several things counts for each of them.
    pub counts: BTreeMap<ChangeKind, u64>,
    /// Whether there were so many steps that the first are not known any more.
    pub partial: bool,
}

/// Counts the changes that lead to `transcript`: those that `history` can undo.
pub fn record(transcript: &Transcript, history: &History) -> Record {
    let mut record = Record { partial: history.undo.len() >= History::LIMIT, ..Record::default() };
    let mut utterances: HashMap<UtteranceId, Utterance> =
        transcript.utterances.iter().map(|u| (u.id, u.clone())).collect();
    for step in history.undo.iter().rev() {
        let mut kinds = HashSet::new();
        step_back(step, &mut utterances, &mut kinds);
        for kind in kinds {
            *record.counts.entry(kind).or_default() += 1;
        }
    }
    record
}

/// Takes one step back and says what it had done. Inverses are of three forms: see [`Transcript::apply`].
fn step_back(step: &Edit, now: &mut HashMap<UtteranceId, Utterance>, kinds: &mut HashSet<ChangeKind>) {
    match step {
        Edit::Together { edits } => edits.iter().for_each(|edit| step_back(edit, now, kinds)),
        Edit::Restore(parts) => restore(parts, now, kinds),
        Edit::DeleteUtterance { utterance } => {
            now.remove(utterance);
            kinds.insert(ChangeKind::Inserted);
        }
        _ => {}
    }
}

fn restore(parts: &Restore, now: &mut HashMap<UtteranceId, Utterance>, kinds: &mut HashSet<ChangeKind>) {
    let mut found = HashSet::new();
    let kinds = if parts.regrouped {
        // Whatever else it changed, it did by itself.
        kinds.insert(ChangeKind::Grouped);
        &mut found
    } else {
        kinds
    };
    if parts.speakers.is_some() {
        kinds.insert(ChangeKind::Speakers);
    }
    for voices in &parts.voices {
        if parts.speakers.is_none() {
            kinds.insert(ChangeKind::Voice);
        }
        if let Some(utterance) = now.get_mut(&voices.utterance) {
            (utterance.speaker, utterance.overlap) = (voices.speaker, voices.overlap.clone());
        }
    }
    let came = parts.put.iter().filter(|u| !now.contains_key(&u.id)).count();
    match (parts.put.len() - came, came, parts.remove.len()) {
        (0, 0, 0) => {}
        (1.., 0, 1..) => drop(kinds.insert(ChangeKind::Split)),
        (1.., 1.., 0) => drop(kinds.insert(ChangeKind::Joined)),
        (_, came, gone) => {
            kinds.extend((came > 0).then_some(ChangeKind::Deleted));
            kinds.extend((gone > 0).then_some(ChangeKind::Inserted));
            parts.put.iter().filter_map(|before| Some((before, now.get(&before.id)?))).for_each(|(before, after)| {
                kinds.extend((before.text != after.text).then_some(ChangeKind::Text));
                kinds.extend((before.speaker != after.speaker).then_some(ChangeKind::Voice));
                kinds.extend((before.span != after.span).then_some(ChangeKind::Time));
                kinds.extend((before.checked != after.checked).then_some(ChangeKind::Checked));
            });
        }
    }
    for id in &parts.remove {
        now.remove(id);
    }
    for utterance in &parts.put {
        now.insert(utterance.id, utterance.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retext::retext;
    use crate::time::TimeSpan;
    use crate::transcript::{Speaker, SpeakerId};

    fn utterance(id: u64, text: &str) -> Utterance {
        let span = TimeSpan::new(id * 1000, id * 1000 + 900);
        Utterance {
            id: UtteranceId(id),
            speaker: None,
            span,
            text: text.into(),
            words: retext(&[], text, span),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        }
    }

    #[test]
    fn each_kind_of_edit_is_counted_as_what_it_is() {
        let mut transcript =
            Transcript { utterances: vec![utterance(1, "one two"), utterance(2, "three")], ..Transcript::default() };
        let mut history = History::default();
        assert_eq!(record(&transcript, &history), Record::default());
        let speaker = Speaker { id: SpeakerId(0), label: "SPEAKER_00".into(), name: None, colour: None };
        let (first, second) = (UtteranceId(1), UtteranceId(2));
        for edit in [
            Edit::ReplaceText { utterance: first, text: "one too".into() },
            Edit::ReplaceText { utterance: first, text: "one, too".into() },
            Edit::AddSpeaker { speaker },
            Edit::AssignSpeaker { utterances: vec![first, second], speaker: Some(SpeakerId(0)) },
            Edit::SplitUtterance { utterance: first, words: 1, new: UtteranceId(3) },
            Edit::JoinUtterances { first, second: UtteranceId(3) },
            Edit::Retime { utterance: second, span: TimeSpan::new(2100, 2800) },
            Edit::InsertUtterance { utterance: utterance(4, "new") },
            Edit::DeleteUtterance { utterance: second },
            Edit::MarkChecked { utterances: vec![first], checked: true },
            Edit::Together {
                edits: vec![
                    Edit::ReplaceText { utterance: first, text: "1".into() },
                    Edit::DeleteUtterance { utterance: UtteranceId(4) },
                ],
            },
        ] {
            history.apply(&mut transcript, &edit).unwrap();
        }
        let counts = [
            (ChangeKind::Text, 3),
            (ChangeKind::Voice, 1),
            (ChangeKind::Time, 1),
            (ChangeKind::Split, 1),
            (ChangeKind::Joined, 1),
            (ChangeKind::Inserted, 1),
            (ChangeKind::Deleted, 2),
            (ChangeKind::Speakers, 1),
            (ChangeKind::Checked, 1),
        ];
        assert_eq!(record(&transcript, &history), Record { counts: counts.into(), partial: false });
        history.undo(&mut transcript).unwrap();
        assert_eq!(record(&transcript, &history).counts[&ChangeKind::Text], 2, "what is undone does not hold");
    }
}
