//! DOCX: a document for word processors, with named styles, so that its look can be changed in one place.

mod parts;
mod styles;

use std::io::{self, Cursor, Write};

use docx_rust::DocxFile;
use docx_rust::document::{Break, Document, Paragraph, Run, Table, TableCell, TableRow, Text, TextSpace};
use docx_rust::formatting::{
    Bidi, CharacterProperty, Color, PageBreakBefore, ParagraphProperty, RightToLeftText, SuppressLineNumbers,
    TableCellProperty, TableCellWidth, TableProperty, TableWidth, TableWidthUnit,
};
use st_core::transcript::Utterance;
use st_pdf::right_to_left;

use crate::check::unsound;
use crate::options::PAGES;
use crate::pdf::{apart, colour, title};
use crate::text::{confidence, lines, one_line, percent};
use crate::{
    ExportOption, ExportOptions, Exporter, Fact, ORIGIN_TITLE, Source, Written, facts, origin_sections, summary,
};

pub(super) struct Docx;

impl Exporter for Docx {
    fn id(&self) -> &'static str {
        "docx"
    }

    fn extension(&self) -> &'static str {
        "docx"
    }

    fn name(&self) -> &'static str {
        "Word document"
    }

    fn options(&self) -> &'static [ExportOption] {
        &PAGES
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let title = title(source);
        let mut document = Document::default();
        content(source, options, &title, &mut document);
        document.push(parts::section(options));
        let mut package = parts::package(&title, source, document)?;
        let bytes = package.write(Cursor::new(Vec::new())).map_err(io::Error::other)?;
        to.write_all(bytes.get_ref())
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        let read = DocxFile::from_reader(file).map_err(|error| unsound(error.to_string()))?;
        read.parse().map(drop).map_err(|error| unsound(error.to_string()))
    }
}

/// Text that keeps its spaces.
fn text(text: &str) -> Text<'static> {
    (text.to_owned(), TextSpace::Preserve).into()
}

/// Text of a character style, read from right to left where its first letter is.
fn run(said: &str, style: Option<&'static str>) -> Run<'static> {
    let rtl = right_to_left(said).then_some(RightToLeftText { value: None });
    let property = CharacterProperty { style_id: style.map(Into::into), rtl, ..Default::default() };
    Run::default().property(property).push_text(text(said))
}

fn paragraph(style: &'static str, rtl: bool) -> Paragraph<'static> {
    let property = ParagraphProperty {
        style_id: Some(style.into()),
        bidi: rtl.then_some(Bidi { value: None }),
        ..Default::default()
    };
    Paragraph::default().property(property)
}

fn headed(style: &'static str, words: &str) -> Paragraph<'static> {
    paragraph(style, right_to_left(words)).push(run(words, None))
}

/// A table of two columns, names and values; together as wide as the text of a page of A4.
fn table(facts: Vec<Fact>) -> Table<'static> {
    let widths = [2600, 6400];
    let cell = |style, words: &str, width: isize| {
        let wide = TableCellWidth { value: Some(width), unit: Some(TableWidthUnit::Dxa) };
        let property = TableCellProperty { wide: Some(wide), ..Default::default() };
        TableCell::paragraph(headed(style, words)).property(property)
    };
    let width = TableWidth { value: Some(widths.iter().sum()), unit: Some(TableWidthUnit::Dxa) };
    let mut table = Table { grids: widths.to_vec().into(), ..Default::default() }.property(TableProperty {
        style_id: Some("Facts".into()),
        width: Some(width),
        ..Default::default()
    });
    for fact in facts {
        let row = TableRow::default().push_cell(cell("FactName", fact.label, widths[0])).push_cell(cell(
            "FactValue",
            &fact.value,
            widths[1],
        ));
        table = table.push_row(row);
    }
    table
}

fn content(source: &Source<'_>, options: &ExportOptions, title: &str, document: &mut Document<'static>) {
    document.push(headed("Title", title));
    if options.summary {
        document.push(table(facts(source)));
    }
    let parts = summary(source.transcript, options);
    let with_heading = options.summary || !parts.is_empty();
    for part in parts {
        document.push(headed("Heading1", part.title));
        for item in part.items {
            let rtl = right_to_left(&item.text);
            let mut line = paragraph("Said", rtl);
            if let Some(at) = item.at {
                line = line.push(run(&format!("{}  ", apart(&at.to_string(), rtl)), Some("Timestamp")));
            }
            if let Some(name) = item.speaker {
                line = line.push(run(&format!("{}: ", apart(&name, rtl)), Some("SpeakerName")));
            }
            document.push(line.push(run(&item.text, None)));
        }
    }
    if with_heading {
        document.push(headed("Heading1", "Transcript"));
    }
    if source.transcript.utterances.is_empty() {
        document.push(headed("Said", "No speech was found."));
    }
    for utterance in &source.transcript.utterances {
        said(source, options, utterance, document);
    }
    if options.origin {
        let mut heading = headed("Heading1", ORIGIN_TITLE);
        if let Some(property) = &mut heading.property {
            property.page_break_before = Some(PageBreakBefore { value: None });
        }
        document.push(heading);
        for section in origin_sections(source) {
            document.push(headed("Heading2", section.title));
            document.push(table(section.facts));
        }
    }
    // A table must not be the last thing before the end.
    let mut last = paragraph("Normal", false);
    if let Some(property) = &mut last.property {
        property.suppress_line_numbers = Some(SuppressLineNumbers { value: None });
    }
    document.push(last);
}

fn said(source: &Source<'_>, options: &ExportOptions, utterance: &Utterance, document: &mut Document<'static>) {
    let text_lines = lines(&utterance.text);
    let rtl = text_lines.first().is_some_and(|line| right_to_left(line));
    let mut head = Vec::new();
    if let Some(speaker) = utterance.speaker.and_then(|id| source.transcript.speaker(id)).filter(|_| options.speakers) {
        let name = one_line(&speaker.display_name());
        if !name.is_empty() {
            let mut named = run(&apart(&name, rtl), Some("SpeakerName"));
            if let Some(property) = &mut named.property {
                let [red, green, blue] = colour(speaker);
                property.color = Some(Color::from((red, green, blue)));
            }
            head.push(named);
        }
    }
    if options.timestamps {
        head.push(run(&format!("   {}", utterance.span.start), Some("Timestamp")));
    }
    if let Some(sure) = confidence(utterance).filter(|_| options.confidence) {
        head.push(run(&format!("   {} sure", percent(sure)), Some("Timestamp")));
    }
    if !head.is_empty() {
        document.push(head.into_iter().fold(paragraph("SpeakerLine", rtl), Paragraph::push));
    }
    if text_lines.is_empty() {
        return;
    }
    let mut whole = paragraph("Said", rtl);
    for (place, line) in text_lines.iter().enumerate() {
        if place > 0 {
            whole = whole.push(Run::default().push(Break::default()));
        }
        whole = whole.push(run(line, None));
    }
    document.push(whole);
}
