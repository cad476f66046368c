//! Tables, one row an utterance, for spreadsheets: CSV by RFC 4180, and the same with tabs.

use std::io::{self, Write};

use csv::{QuoteStyle, ReaderBuilder, Terminator, WriterBuilder};
use st_core::transcript::{Transcript, Utterance};

use crate::check::unsound;
use crate::text::{clock, confidence, one_line};
use crate::{ExportOption, ExportOptions, Exporter, Source, Written};

pub(super) struct Csv;
pub(super) struct Tsv;

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

/// The mark before UTF-8 text, without which spreadsheets take it for the system's old encoding.
const BOM: &str = "\u{feff}";

/// Text that a spreadsheet would run as a formula gets an apostrophe before it, which spreadsheets show as text
/// (OWASP, "CSV Injection"). The characters count behind spaces too: some programs cut those off first.
fn harmless(text: &str) -> String {
    // Readers take a zero for the end of the text.
    let text = text.replace('\0', "");
    let first = text.trim_start_matches([' ', '\u{feff}']).chars().next();
    let risky = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if risky { format!("'{text}") } else { text }
}

/// A row; `cell` makes a text fit for the format.
fn row(transcript: &Transcript, u: &Utterance, cell: impl Fn(&str) -> String) -> [String; 11] {
    let speaker = u.speaker.and_then(|id| transcript.speaker(id));
    let others = u.overlap.iter().filter_map(|&id| transcript.speaker(id));
    let others: Vec<String> = others.map(|s| s.display_name()).collect();
    [
        u.id.0.to_string(),
        u.span.start.0.to_string(),
        u.span.end.0.to_string(),
        clock(u.span.start, '.'),
        clock(u.span.end, '.'),
        cell(&speaker.map(|s| s.display_name()).unwrap_or_default()),
        cell(speaker.map_or("", |s| &s.label)),
        confidence(u).map(|c| c.to_string()).unwrap_or_default(),
        cell(&u.text),
        cell(&others.join("; ")),
        u.edited.to_string(),
    ]
}

/// Reads a table to its end: every row has all columns.
fn check(mut file: &mut dyn Written, delimiter: u8, quoting: bool) -> io::Result<()> {
    if file.fill_buf()?.starts_with(BOM.as_bytes()) {
        file.consume(BOM.len());
    }
    let mut table = ReaderBuilder::new().delimiter(delimiter).quoting(quoting).from_reader(&mut file);
    let wrong = |error: csv::Error| unsound(error.to_string());
    if table.headers().map_err(wrong)? != COLUMNS[..] {
        return Err(unsound("the first row does not name the columns"));
    }
    let mut row = csv::StringRecord::new();
    while table.read_record(&mut row).map_err(wrong)? {}
    Ok(())
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
        if options.csv_bom {
            to.write_all(BOM.as_bytes())?;
        }
        let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to);
        table.write_record(COLUMNS)?;
        for utterance in &source.transcript.utterances {
            table.write_record(row(source.transcript, utterance, harmless))?;
        }
        table.flush()
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        check(file, b',', true)
    }
}

impl Exporter for Tsv {
    fn id(&self) -> &'static str {
        "tsv"
    }

    fn extension(&self) -> &'static str {
        "tsv"
    }

    fn name(&self) -> &'static str {
        "Table with tabs (TSV)"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::CsvBom]
    }

    /// Nothing is quoted, since cells are single lines without tabs (IANA, `text/tab-separated-values`).
    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        if options.csv_bom {
            to.write_all(BOM.as_bytes())?;
        }
        let mut table = WriterBuilder::new().delimiter(b'\t').quote_style(QuoteStyle::Never).from_writer(to);
        table.write_record(COLUMNS)?;
        for utterance in &source.transcript.utterances {
            // Spreadsheets take a quotation mark at the start of a cell for quoting.
            let cell = |text: &str| {
                let text = harmless(&one_line(text));
                if text.starts_with('"') { format!("'{text}") } else { text }
            };
            table.write_record(row(source.transcript, utterance, cell))?;
        }
        table.flush()
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        check(file, b'\t', false)
    }
}
