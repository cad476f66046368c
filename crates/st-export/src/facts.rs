//! The table of facts that stands before the text of a document.

use st_core::summary::{self, shares};
use st_core::time::Millis;

use crate::Source;
use crate::text::{day, one_line, percent};

/// One fact: what it is about, and what holds. Both are single lines, neither is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `Length`
    pub label: &'static str,
    /// `1:12:31`
    pub value: String,
}

/// Collects facts and leaves out those that are not known.
#[derive(Default)]
pub(crate) struct Facts(pub Vec<Fact>);

impl Facts {
    pub(crate) fn say(&mut self, label: &'static str, value: &str) {
        let value = one_line(value);
        if !value.is_empty() {
            self.0.push(Fact { label, value });
        }
    }
}

/// The facts about a transcript, in the order in which they are printed: file, length, date, speakers with their shares
/// of the time, language, average confidence, model, device, corrections.
pub fn facts(source: &Source<'_>) -> Vec<Fact> {
    let (transcript, origin) = (source.transcript, source.origin);
    let mut facts = Facts::default();
    facts.say("File", &transcript.recording.name);
    facts.say("Length", &Millis(transcript.recording.duration_ms).to_string());
    facts.say("Date of the file", origin.recorded_at.as_deref().map_or("", day));
    facts.say("Speakers", &speakers(source));
    facts.say("Language", transcript.language.as_deref().unwrap_or_default());
    facts.say("Average confidence", &summary::confidence(transcript).map(percent).unwrap_or_default());
    let models = transcript.provenance.models.iter().filter(|m| m.role == "asr");
    facts.say("Model", &models.map(|m| m.name.as_str()).collect::<Vec<_>>().join(", "));
    facts.say("Device", &transcript.provenance.device);
    facts.say("Transcribed", day(&transcript.provenance.finished_at));
    if let (1.., Some(at)) = (origin.revision, &origin.changed_at) {
        facts.say("Corrected", &format!("last on {}", day(at)));
    }
    facts.0
}

/// `Lena (54 %), Speaker 2 (46 %)`: everybody who says something, in the order of the transcript.
fn speakers(source: &Source<'_>) -> String {
    let shares = shares(source.transcript);
    let whole: u64 = shares.values().map(|share| share.speech.0).sum();
    let said = source.transcript.speakers.iter().filter_map(|speaker| {
        let share = shares.get(&speaker.id)?;
        let part = percent(share.speech.0 as f64 / whole.max(1) as f64);
        Some(format!("{} ({part})", one_line(&speaker.display_name())))
    });
    said.collect::<Vec<_>>().join(", ")
}
