//! Places in a text as web pages count them: in UTF-16 units.

use std::ops::Range;

use crate::find::Found;
use crate::hypothesis::Word;
use crate::transcript::{Transcript, UtteranceId};

fn units(part: &str) -> usize {
    part.encode_utf16().count()
}

/// Where the words of an utterance stand in its text, in UTF-16 units, each with its word. One that is not in the text,
/// which an edit took away, is passed over.
pub fn word_places<'a>(text: &str, words: &'a [Word]) -> Vec<(Range<usize>, &'a Word)> {
    let (mut found, mut byte, mut unit) = (Vec::with_capacity(words.len()), 0, 0);
    for word in words {
        let Some(at) = text[byte..].find(&word.text) else { continue };
        let start = unit + units(&text[byte..byte + at]);
        let end = start + units(&word.text);
        found.push((start..end, word));
        (byte, unit) = (byte + at + word.text.len(), end);
    }
    found
}

/// The utterances and UTF-16 units of places that [`crate::find::find`] gave for this transcript, in its order.
pub fn found_places(document: &Transcript, found: &[Found]) -> Vec<(UtteranceId, Range<usize>)> {
    let mut utterances = document.utterances.iter();
    let mut current = utterances.next();
    let mut places = Vec::with_capacity(found.len());
    for place in found {
        // Places come in the order of the utterances.
        while current.is_some_and(|utterance| utterance.id != place.utterance) {
            current = utterances.next();
        }
        let Some(utterance) = current else { break };
        let at = |byte: usize| units(&utterance.text[..byte]);
        places.push((place.utterance, at(place.range.start)..at(place.range.end)));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::{FindQuery, find};
    use crate::time::TimeSpan;
    use crate::transcript::Utterance;

    fn word(text: &str) -> Word {
        Word { text: text.into(), span: TimeSpan::new(0, 1), confidence: 0.5, spaced: true }
    }

    #[test]
    fn words_are_found_where_javascript_finds_them() {
        let text = "Ärger 🎙️ im Haus.";
        let words = ["Ärger", "🎙️", "gone", "im", "Haus."].map(word);
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let cut = |range: Range<usize>| String::from_utf16_lossy(&utf16[range]);
        let found: Vec<String> = word_places(text, &words).into_iter().map(|(range, _)| cut(range)).collect();
        assert_eq!(found, ["Ärger", "🎙️", "im", "Haus."]);
    }

    #[test]
    fn hits_are_found_where_javascript_finds_them() {
        let utterance = |id: u64, text: &str| Utterance {
            id: UtteranceId(id),
            speaker: None,
            span: TimeSpan::new(id, id + 1),
            text: text.into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        };
        let document = Transcript {
            utterances: vec![utterance(1, "nothing"), utterance(2, "🎙️ Äpfel, äpfel"), utterance(3, "Äpfel")],
            ..Transcript::default()
        };
        let found = find(&document, &FindQuery { text: "äpfel".into(), ..FindQuery::default() }).unwrap();
        let places: Vec<_> = found_places(&document, &found).into_iter().map(|(id, at)| (id.0, at)).collect();
        assert_eq!(places, [(2, 4..9), (2, 11..16), (3, 0..5)]);
    }
}
