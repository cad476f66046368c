//! PDF: pages to read, to print and to hand in. `st_pdf` lays them out.

use std::io::{self, SeekFrom, Write};

use st_core::time::Millis;
use st_core::transcript::Speaker;
use st_pdf::{Block, Document, Moment, Role, Run, Tone, right_to_left};

use crate::check::unsound;
use crate::options::PAGES;
use crate::text::{confidence, lines, one_line, percent};
use crate::{
    ExportOption, ExportOptions, Exporter, Fact, ORIGIN_TITLE, Paper, Source, Written, facts, origin_sections, summary,
};

pub(super) struct Pdf;

/// Colours of speakers on white, the same as in the program's window. Each has a contrast of 4.7 and more.
const COLOURS: [[u8; 3]; 12] = [
    [0x03, 0x59, 0xa1],
    [0x9b, 0x5f, 0x02],
    [0x6e, 0x0d, 0x67],
    [0x04, 0x51, 0x22],
    [0x9b, 0x12, 0x07],
    [0x3b, 0x20, 0x90],
    [0x11, 0x78, 0x78],
    [0xb8, 0x36, 0x67],
    [0x2b, 0x40, 0x4d],
    [0x4f, 0x51, 0x06],
    [0x8c, 0x4f, 0xce],
    [0x77, 0x4c, 0x33],
];

/// A bookmark leads to the first utterance of every five minutes, so that ten hours give 120 of them.
const BOOKMARK_EVERY: Millis = Millis(5 * 60 * 1000);

/// The colour of a speaker's name: red, green, blue.
pub(crate) fn colour(speaker: &Speaker) -> [u8; 3] {
    let index = speaker.colour.map_or(speaker.id.0 as usize, usize::from);
    COLOURS[index % COLOURS.len()]
}

/// Title of a document: the recording's name.
pub(crate) fn title(source: &Source<'_>) -> String {
    let name = one_line(&source.transcript.recording.name);
    if name.is_empty() { "Transcript".into() } else { name }
}

/// The language where it is a code that documents can bear (letters, digits and hyphens, BCP 47), and none else: an
/// imported transcript may hold anything there.
pub(crate) fn language(source: &Source<'_>) -> Option<String> {
    let is_code =
        |code: &&String| (2..=35).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    source.transcript.language.as_ref().filter(is_code).cloned()
}

/// A name or a time with marks that keep it whole and what follows it in its place, whatever its direction is and that of
/// the line: without them a time would stand on the other side of a name that is written the other way (Unicode Standard
/// Annex 9, implicit directional marks).
pub(crate) fn apart(words: &str, line_is_rtl: bool) -> String {
    let mark = |rtl| if rtl { '\u{200f}' } else { '\u{200e}' };
    let rtl = right_to_left(words);
    let mut set = format!("{words}{}", mark(rtl));
    if rtl != line_is_rtl {
        set.push(mark(line_is_rtl));
    }
    set
}

impl Exporter for Pdf {
    fn id(&self) -> &'static str {
        "pdf"
    }

    fn extension(&self) -> &'static str {
        "pdf"
    }

    fn name(&self) -> &'static str {
        "PDF"
    }

    fn options(&self) -> &'static [ExportOption] {
        &PAGES
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let fonts = source.fonts.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "The fonts that come with this program are not where they should be, and without them a PDF would show \
                 boxes instead of letters. Install the program again, or export as DOCX or text.",
            )
        })?;
        let title = title(source);
        let document = Document {
            paper: match options.paper {
                Paper::A4 => st_pdf::Paper::A4,
                Paper::Letter => st_pdf::Paper::Letter,
            },
            running_title: title.clone(),
            author: None,
            language: language(source),
            creator: one_line(&source.origin.program),
            created: source.origin.exported_at.as_deref().and_then(moment),
            line_numbers: options.line_numbers,
            page_number: |page, pages| format!("Page {page} of {pages}"),
            unprintable_note: |count| {
                let (what, are) = if count == 1 { ("character", "is") } else { ("characters", "are") };
                format!("{count} {what} that no font of this program has {are} printed as a code in brackets.")
            },
            blocks: blocks(source, options, &title),
            title,
        };
        let made = st_pdf::write(&document, fonts).map_err(io::Error::other)?;
        to.write_all(&made.bytes)
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        let mut start = [0; 5];
        file.read_exact(&mut start)?;
        if &start != b"%PDF-" {
            return Err(unsound("it does not begin as a PDF does"));
        }
        // The end says where the table of contents of the file is, and there one must be.
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(64)))?;
        let mut end = String::new();
        io::Read::read_to_string(file, &mut end)?;
        let mut words = end.split_whitespace().rev();
        let place = match (words.next(), words.next().map(str::parse::<u64>), words.next()) {
            (Some("%%EOF"), Some(Ok(place)), Some("startxref")) => place,
            _ => return Err(unsound("it does not end as a PDF does")),
        };
        let mut table = [0; 4];
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(&mut table)?;
        if &table == b"xref" { Ok(()) } else { Err(unsound("its table of contents is not where it says")) }
    }
}

fn run(text: impl Into<String>, tone: Tone) -> Run {
    Run { text: text.into(), tone }
}

fn marked(role: Role, text: &str) -> Block {
    Block::Text { role, runs: vec![run(text, Tone::Plain)], right_to_left: None, bookmark: Some(text.to_owned()) }
}

fn table(facts: Vec<Fact>) -> impl Iterator<Item = Block> {
    facts.into_iter().map(|fact| Block::Fact(fact.label.into(), fact.value))
}

fn blocks(source: &Source<'_>, options: &ExportOptions, title: &str) -> Vec<Block> {
    let mut blocks = vec![marked(Role::Title, title)];
    if options.summary {
        blocks.extend(table(facts(source)));
    }
    let parts = summary(source.transcript, options);
    let with_heading = options.summary || !parts.is_empty();
    for part in parts {
        blocks.push(marked(Role::Heading, part.title));
        blocks.extend(part.items.into_iter().map(|item| {
            let rtl = right_to_left(&item.text);
            let mut runs = Vec::new();
            runs.extend(item.at.map(|at| run(format!("{}  ", apart(&at.to_string(), rtl)), Tone::Quiet)));
            runs.extend(
                item.speaker.map(|name| run(format!("{}: ", apart(&name, rtl)), Tone::Name([0x47, 0x53, 0x56]))),
            );
            runs.push(run(item.text, Tone::Plain));
            Block::Text { role: Role::Text, runs, right_to_left: Some(rtl), bookmark: None }
        }));
    }
    if with_heading {
        blocks.push(marked(Role::Heading, "Transcript"));
    }
    if source.transcript.utterances.is_empty() {
        blocks.push(Block::text(Role::Text, "No speech was found."));
    }
    utterances(source, options, &mut blocks);
    if options.origin {
        blocks.push(Block::NewPage);
        blocks.push(marked(Role::Heading, ORIGIN_TITLE));
        for section in origin_sections(source) {
            blocks.push(Block::text(Role::Subheading, section.title));
            blocks.extend(table(section.facts));
        }
    }
    blocks
}

fn utterances(source: &Source<'_>, options: &ExportOptions, blocks: &mut Vec<Block>) {
    let mut next_mark = Millis(0);
    for utterance in &source.transcript.utterances {
        let text = lines(&utterance.text).join("\n");
        let rtl = right_to_left(&text);
        let at = utterance.span.start;
        let speaker = utterance.speaker.and_then(|id| source.transcript.speaker(id));
        let name = speaker.map(|s| one_line(&s.display_name())).filter(|name| options.speakers && !name.is_empty());
        let mut bookmark = (at >= next_mark).then(|| {
            next_mark = Millis((at.0 / BOOKMARK_EVERY.0 + 1) * BOOKMARK_EVERY.0);
            name.as_ref().map_or_else(|| at.to_string(), |name| format!("{at}  {name}"))
        });
        let mut head = Vec::new();
        if let (Some(name), Some(speaker)) = (name, speaker) {
            head.push(run(format!("{}   ", apart(&name, rtl)), Tone::Name(colour(speaker))));
        }
        if options.timestamps {
            head.push(run(format!("{at}   "), Tone::Quiet));
        }
        if let Some(sure) = confidence(utterance).filter(|_| options.confidence) {
            head.push(run(format!("{} sure", percent(sure)), Tone::Quiet));
        }
        if !head.is_empty() {
            blocks.push(Block::Text {
                role: Role::Speaker,
                runs: head,
                right_to_left: Some(rtl),
                bookmark: bookmark.take(),
            });
        }
        if !text.is_empty() {
            blocks.push(Block::Text {
                role: Role::Text,
                runs: vec![run(text, Tone::Plain)],
                right_to_left: Some(rtl),
                bookmark,
            });
        }
    }
}

/// A date as RFC 3339 in UTC writes it.
fn moment(date: &str) -> Option<Moment> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    Some(Moment {
        year: number(0, 4)?,
        month: small(5)?,
        day: small(8)?,
        hour: small(11)?,
        minute: small(14)?,
        second: small(17)?,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_date_is_read() {
        let read = moment("2026-11-28T10:02:03.5Z").unwrap();
        assert_eq!((read.year, read.month, read.day), (2026, 11, 28));
        assert_eq!((read.hour, read.minute, read.second), (10, 2, 3));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn names_keep_their_place_in_lines_of_either_direction() {
        assert_eq!(apart("Lena <Co>", false), "Lena <Co>\u{200e}");
        assert_eq!(apart("Lena <Co>", true), "Lena <Co>\u{200e}\u{200f}");
        assert_eq!(apart("יוסי", false), "יוסי\u{200f}\u{200e}");
    }

    #[test]
    fn a_damaged_file_is_noticed() {
        let sound = b"%PDF-1.7\nxref\nstartxref\n9\n%%EOF".to_vec();
        assert!(Pdf.check(&mut Cursor::new(sound.clone())).is_ok());
        for (from, to) in [(0, 1), (9, 10), (14, 15)] {
            let mut damaged = sound.clone();
            damaged.drain(from..to);
            assert!(Pdf.check(&mut Cursor::new(damaged)).is_err(), "{from}");
        }
        assert!(Pdf.check(&mut Cursor::new(sound[..20].to_vec())).is_err());
    }
}
