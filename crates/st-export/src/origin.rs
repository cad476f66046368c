//! The record of origin: what a reader needs to check where a transcript comes from and what was done to it.

use std::io::{self, Write};

use st_core::time::Millis;

use crate::facts::{Fact, Facts};
use crate::{ExportOptions, Exporter, Source};

/// A part of the record under a heading of its own; `facts` is never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What holds.
    pub facts: Vec<Fact>,
}

/// Title of the page or the file.
pub const TITLE: &str = "Record of origin";

/// The record, in the order in which it is printed. What is not known is left out.
pub fn sections(source: &Source<'_>) -> Vec<Section> {
    let (transcript, origin) = (source.transcript, source.origin);
    let provenance = &transcript.provenance;
    let mut all = Vec::new();
    let mut section = |title, fill: &dyn Fn(&mut Facts)| {
        let mut facts = Facts::default();
        fill(&mut facts);
        if !facts.0.is_empty() {
            all.push(Section { title, facts: facts.0 });
        }
    };
    section("Recording", &|facts| {
        facts.say("File", &transcript.recording.name);
        facts.say("SHA-256", &transcript.recording.sha256);
        facts.say("Length", &Millis(transcript.recording.duration_ms).to_string());
        facts.say("Date of the file", origin.recorded_at.as_deref().unwrap_or_default());
    });
    section("Transcription", &|facts| {
        facts.say("Program", &provenance.program);
        facts.say("Device", &provenance.device);
        facts.say("Language", transcript.language.as_deref().unwrap_or_default());
        facts.say("Began", &provenance.started_at);
        facts.say("Ended", &provenance.finished_at);
        for note in &provenance.notes {
            facts.say("Note", note);
        }
    });
    section("Models", &|facts| {
        for model in &provenance.models {
            facts.say("Model", &format!("{} ({}), SHA-256 {}", model.name, model.role, model.sha256));
        }
    });
    section("Settings", &|facts| {
        for (name, value) in &provenance.settings {
            facts.say("Setting", &format!("{name}: {value}"));
        }
    });
    section("Corrections by people", &|facts| corrections(source, facts));
    section("This file", &|facts| {
        facts.say("Written by", &origin.program);
        facts.say("Written at", origin.exported_at.as_deref().unwrap_or_default());
    });
    all
}

fn corrections(source: &Source<'_>, facts: &mut Facts) {
    let (transcript, origin) = (source.transcript, source.origin);
    facts.say("Transcript made", origin.created_at.as_deref().unwrap_or_default());
    if origin.revision == 0 {
        facts.say("Changes", "none");
        return;
    }
    facts.say("Last change", origin.changed_at.as_deref().unwrap_or_default());
    facts.say("Changes", &format!("{}, undone ones and undoing included", origin.revision));
    for (kind, count) in &origin.changes.counts {
        facts.say("Of these hold", &format!("{count} × {}", kind.name()));
    }
    if origin.changes.partial {
        facts.say("Note", "Only the latest changes are kept by kind; there were earlier ones.");
    }
    let of = transcript.utterances.len();
    let edited = transcript.utterances.iter().filter(|u| u.edited).count();
    let checked = transcript.utterances.iter().filter(|u| u.checked).count();
    facts.say("Utterances with changed text", &format!("{edited} of {of}"));
    facts.say("Utterances marked as right", &format!("{checked} of {of}"));
}

/// Writes the record as text: a heading a section, a line a fact.
pub(crate) fn write_text(source: &Source<'_>, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{}", TITLE.to_uppercase())?;
    for section in sections(source) {
        writeln!(to, "\n{}", section.title)?;
        for fact in section.facts {
            writeln!(to, "  {}: {}", fact.label, fact.value)?;
        }
    }
    Ok(())
}

pub(super) struct OriginRecord;

impl Exporter for OriginRecord {
    fn id(&self) -> &'static str {
        "origin"
    }

    fn extension(&self) -> &'static str {
        "origin.txt"
    }

    fn name(&self) -> &'static str {
        "Record of origin"
    }

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        write_text(source, to)
    }
}
