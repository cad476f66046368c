//! Undo and redo, stored with the transcript.

use serde::{Deserialize, Serialize};

use crate::edit::{Edit, EditError};
use crate::transcript::{SpeakerId, Transcript, UtteranceId};

/// The edits that lead back and forth from a transcript as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// Edits that undo what was done, the latest last; at most [`History::LIMIT`].
    pub undo: Vec<Edit>,
    /// Edits that do again what was undone, the latest undone last.
    pub redo: Vec<Edit>,
    /// The highest identity that an utterance ever had, as far as edits made it.
    pub last_utterance: u64,
    /// The highest identity that a speaker ever had, as far as edits made it.
    pub last_speaker: u32,
}

impl History {
    /// So many steps can be undone: an afternoon of corrections, at a few hundred bytes each.
    pub const LIMIT: usize = 1000;

    /// Applies an edit so that it can be undone. What had been undone before cannot be done again after it.
    pub fn apply(&mut self, transcript: &mut Transcript, edit: &Edit) -> Result<(), EditError> {
        // Seen before as well: the edit may remove the highest.
        self.see(transcript);
        let inverse = transcript.apply(edit)?;
        self.see(transcript);
        self.redo.clear();
        self.undo.push(inverse);
        if self.undo.len() > Self::LIMIT {
            self.undo.drain(..self.undo.len() - Self::LIMIT);
        }
        Ok(())
    }

    /// Undoes the latest edit; false where there is none.
    pub fn undo(&mut self, transcript: &mut Transcript) -> Result<bool, EditError> {
        let Some(edit) = self.undo.last() else { return Ok(false) };
        self.redo.push(transcript.apply(edit)?);
        self.undo.pop();
        Ok(true)
    }

    /// Does again what was undone last; false where there is nothing.
    pub fn redo(&mut self, transcript: &mut Transcript) -> Result<bool, EditError> {
        let Some(edit) = self.redo.last() else { return Ok(false) };
        self.undo.push(transcript.apply(edit)?);
        self.redo.pop();
        Ok(true)
    }

    /// An identity that no utterance has or had.
    pub fn fresh_utterance(&self, transcript: &Transcript) -> UtteranceId {
        let present = transcript.utterances.iter().map(|u| u.id.0).max().unwrap_or(0);
        UtteranceId(present.max(self.last_utterance) + 1)
    }

    /// An identity that no speaker has or had.
    pub fn fresh_speaker(&self, transcript: &Transcript) -> SpeakerId {
        let next = transcript.speakers.iter().map(|s| s.id.0 + 1).max().unwrap_or(0);
        SpeakerId(next.max(self.last_speaker.saturating_add(u32::from(self.last_speaker > 0))))
    }

    fn see(&mut self, transcript: &Transcript) {
        let utterance = transcript.utterances.iter().map(|u| u.id.0).max().unwrap_or(0);
        self.last_utterance = self.last_utterance.max(utterance);
        self.last_speaker = self.last_speaker.max(transcript.speakers.iter().map(|s| s.id.0).max().unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::TimeSpan;
    use crate::transcript::Utterance;

    fn utterance(id: u64) -> Utterance {
        Utterance {
            id: UtteranceId(id),
            speaker: None,
            span: TimeSpan::new(id * 1000, id * 1000 + 900),
            text: "one two three".into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        }
    }

    #[test]
    fn undo_and_redo_walk_the_same_way() {
        let (mut transcript, mut history) = (Transcript::default(), History::default());
        let mut states = vec![transcript.clone()];
        for edit in [
            Edit::InsertUtterance { utterance: utterance(1) },
            Edit::SplitUtterance { utterance: UtteranceId(1), words: 2, new: UtteranceId(2) },
            Edit::ReplaceText { utterance: UtteranceId(2), text: "tree".into() },
            Edit::DeleteUtterance { utterance: UtteranceId(2) },
        ] {
            history.apply(&mut transcript, &edit).unwrap();
            states.push(transcript.clone());
        }
        assert_eq!(history.fresh_utterance(&transcript), UtteranceId(3), "a deleted identity does not come back");
        let stored = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&stored).unwrap(), history);
        for state in states.iter().rev().skip(1) {
            assert!(history.undo(&mut transcript).unwrap());
            assert_eq!(&transcript, state);
        }
        assert!(!history.undo(&mut transcript).unwrap());
        for state in &states[1..] {
            assert!(history.redo(&mut transcript).unwrap());
            assert_eq!(&transcript, state);
        }
        assert!(!history.redo(&mut transcript).unwrap());
        history.undo(&mut transcript).unwrap();
        history.apply(&mut transcript, &Edit::DeleteUtterance { utterance: UtteranceId(1) }).unwrap();
        assert!(history.redo.is_empty());
    }

    #[test]
    fn the_history_is_bounded_and_a_refused_edit_leaves_it() {
        let (mut transcript, mut history) = (Transcript::default(), History::default());
        history.apply(&mut transcript, &Edit::InsertUtterance { utterance: utterance(1) }).unwrap();
        for i in 0..History::LIMIT + 5 {
            let text = format!("take {i}");
            history.apply(&mut transcript, &Edit::ReplaceText { utterance: UtteranceId(1), text }).unwrap();
        }
        assert_eq!(history.undo.len(), History::LIMIT);
        let before = history.clone();
        assert!(history.apply(&mut transcript, &Edit::DeleteUtterance { utterance: UtteranceId(9) }).is_err());
        assert_eq!(history, before);
    }
}
