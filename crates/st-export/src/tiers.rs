//! Utterances as tiers, one a speaker, in which nothing overlaps: what annotation programs (ELAN, Praat) demand. People
//! who speak at the same time are on different tiers.

use st_core::hypothesis::Word;
use st_core::time::{Millis, TimeSpan};
use st_core::transcript::{SpeakerId, Transcript};

use crate::text::{lines, one_line};

/// What one person says, in order.
pub(crate) struct Tier {
    /// The shown name; no two tiers share one, and none is empty.
    pub name: String,
    /// `SPEAKER_00`; none for what nobody was found for.
    pub label: Option<String>,
    /// Each begins at or after the end of the one before and is at least a millisecond long.
    pub parts: Vec<Part>,
}

/// An utterance on a tier.
pub(crate) struct Part {
    pub span: TimeSpan,
    /// Not empty; may hold line breaks.
    pub text: String,
    /// Within the span, ordered, none empty; no word where there is no room for all of them.
    pub words: Vec<(TimeSpan, String)>,
}

/// The tiers of everybody who says something, in the order of the transcript's speakers; what has no speaker comes last.
pub(crate) fn tiers(transcript: &Transcript) -> Vec<Tier> {
    let speakers = transcript.speakers.iter().map(|s| (Some(s.id), s.display_name(), Some(s.label.clone())));
    let nobody = (None, "Unknown".to_owned(), None);
    let mut tiers: Vec<Tier> = Vec::new();
    for (id, name, label) in speakers.chain([nobody]) {
        let parts = parts(transcript, id);
        if !parts.is_empty() {
            let name = free_name(&tiers, &one_line(&name));
            tiers.push(Tier { name, label: label.map(|l| one_line(&l)), parts });
        }
    }
    tiers
}

fn free_name(tiers: &[Tier], wanted: &str) -> String {
    let wanted = if wanted.is_empty() { "Speaker" } else { wanted };
    let taken = |name: &str| tiers.iter().any(|t| t.name == name);
    let numbered = (2..).map(|n| format!("{wanted} ({n})"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

fn parts(transcript: &Transcript, speaker: Option<SpeakerId>) -> Vec<Part> {
    let known = |id: &SpeakerId| transcript.speaker(*id).is_some();
    let of_speaker = transcript.utterances.iter().filter(|u| u.speaker.filter(known) == speaker);
    let mut parts: Vec<Part> = Vec::new();
    for utterance in of_speaker {
        let text = lines(&utterance.text).join("\n");
        if text.is_empty() {
            continue;
        }
        let free = parts.last().map_or(Millis(0), |p| p.span.end);
        let start = utterance.span.start.max(free);
        let span = TimeSpan { start, end: utterance.span.end.max(Millis(start.0 + 1)) };
        parts.push(Part { span, text, words: words(&utterance.words, span) });
    }
    parts
}

/// Words cut to a span; where one would vanish, all share the span evenly.
fn words(words: &[Word], span: TimeSpan) -> Vec<(TimeSpan, String)> {
    let words: Vec<(TimeSpan, String)> =
        words.iter().map(|w| (w.span, one_line(&w.text))).filter(|(_, text)| !text.is_empty()).collect();
    let mut free = span.start;
    let mut cut = Vec::with_capacity(words.len());
    for (word, text) in &words {
        let start = word.start.clamp(free, span.end);
        let end = word.end.clamp(start, span.end);
        cut.push((TimeSpan { start, end }, text.clone()));
        free = end;
    }
    if cut.iter().all(|(s, _)| !s.is_empty()) {
        return cut;
    }
    let count = words.len() as u64;
    if span.millis() < count {
        return Vec::new();
    }
    let edge = |i: u64| span.start.0 + span.millis() * i / count;
    (0..).zip(words).map(|(i, (_, text))| (TimeSpan::new(edge(i), edge(i + 1)), text)).collect()
}
