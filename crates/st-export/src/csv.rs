//! CSV by RFC 4180: one row an utterance, for spreadsheets.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

use super::{ExportOption, ExportOptions, Exporter, Source};
use crate::text::{clock, confidence};

pub(super) struct Csv;

const COLUMNS: [&str; 11] = [
    "utterance",
    "start_ms",
    "end_ms",
    "start",
    "end",
    "speaker",
    "speaker_id",
    "confidence",
    "text",
    "overlap",
    "edited",
];

/// Text that a spreadsheet would run as a formula gets an apostrophe before it, which spreadsheets show as text
/// (OWASP, "CSV Injection"). The characters count behind spaces too: some programs cut those off first.
fn harmless(text: &str) -> String {
    let first = text.trim_start_matches([' ', '\u{feff}']).chars().next();
    let risky = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if risky { format!("'{text}") } else { text.to_owned() }
}

impl Exporter for Csv {
    fn id(&self) -> &'static str {
        "csv"
    }

    fn extension(&self) -> &'static str {
        "csv"
    }

    fn name(&self) -> &'static str {
        "Table (CSV)"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::CsvBom]
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        if options.csv_bom {
            to.write_all("\u{feff}".as_bytes())?;
        }
        let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to);
        table.write_record(COLUMNS)?;
        for u in &transcript.utterances {
            let speaker = u.speaker.and_then(|id| transcript.speaker(id));
            let others = u.overlap.iter().filter_map(|&id| transcript.speaker(id));
            let others: Vec<String> = others.map(|s| s.display_name()).collect();
            table.write_record([
                u.id.0.to_string(),
                u.span.start.0.to_string(),
                u.span.end.0.to_string(),
                clock(u.span.start, '.'),
                clock(u.span.end, '.'),
                harmless(&speaker.map(|s| s.display_name()).unwrap_or_default()),
                harmless(speaker.map_or("", |s| &s.label)),
                confidence(u).map(|c| c.to_string()).unwrap_or_default(),
                harmless(&u.text),
                harmless(&others.join("; ")),
                u.edited.to_string(),
            ])?;
        }
        table.flush()
    }
}
