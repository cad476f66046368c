//! Praat's TextGrid in its long text form, <https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html>: a tier a
//! speaker and one of their words, each without gaps.

use std::io::{self, Write};

use st_core::time::{Millis, TimeSpan};

use crate::check::{each_line, unsound};
use crate::text::one_line;
use crate::tiers::tiers;
use crate::{ExportOptions, Exporter, Source, Written};

pub(super) struct TextGrid;

const HEAD: &str = "File type = \"ooTextFile\"";

/// Text in the quotation marks of Praat: a mark inside is doubled.
fn quoted(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('"', "\"\""))
}

/// Seconds as Praat reads them.
fn seconds(at: Millis) -> String {
    format!("{}.{:03}", at.0 / 1000, at.0 % 1000)
}

/// The parts with the silence between them, so that they fill the time up to the end.
fn filled<'a>(parts: impl Iterator<Item = (TimeSpan, &'a str)>, end: Millis) -> Vec<(TimeSpan, &'a str)> {
    let (mut all, mut free) = (Vec::new(), Millis(0));
    for (span, text) in parts {
        if free < span.start {
            all.push((TimeSpan { start: free, end: span.start }, ""));
        }
        all.push((span, text));
        free = span.end;
    }
    if free < end {
        all.push((TimeSpan { start: free, end }, ""));
    }
    all
}

fn write_tier(
    to: &mut dyn Write,
    number: usize,
    name: &str,
    parts: &[(TimeSpan, &str)],
    end: Millis,
) -> io::Result<()> {
    writeln!(to, "    item [{number}]:\n        class = \"IntervalTier\"\n        name = {}", quoted(name))?;
    writeln!(to, "        xmin = 0\n        xmax = {}\n        intervals: size = {}", seconds(end), parts.len())?;
    for (at, (span, text)) in parts.iter().enumerate() {
        writeln!(to, "        intervals [{}]:\n            xmin = {}", at + 1, seconds(span.start))?;
        writeln!(to, "            xmax = {}\n            text = {}", seconds(span.end), quoted(text))?;
    }
    Ok(())
}

impl Exporter for TextGrid {
    fn id(&self) -> &'static str {
        "textgrid"
    }

    fn extension(&self) -> &'static str {
        "TextGrid"
    }

    fn name(&self) -> &'static str {
        "Praat TextGrid"
    }

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let tiers = tiers(source.transcript);
        let last = tiers.iter().filter_map(|t| t.parts.last()).map(|p| p.span.end).max().unwrap_or_default();
        // Praat takes no grid without length and none without tiers.
        let end = last.max(Millis(source.transcript.recording.duration_ms)).max(Millis(1));
        let size = (tiers.len() * 2).max(1);
        writeln!(to, "{HEAD}\nObject class = \"TextGrid\"\n")?;
        writeln!(to, "xmin = 0\nxmax = {}\ntiers? <exists>\nsize = {size}\nitem []:", seconds(end))?;
        if tiers.is_empty() {
            return write_tier(to, 1, "Unknown", &filled(std::iter::empty(), end), end);
        }
        for (at, tier) in tiers.iter().enumerate() {
            let parts = tier.parts.iter().map(|p| (p.span, p.text.as_str()));
            write_tier(to, at * 2 + 1, &tier.name, &filled(parts, end), end)?;
            let words = tier.parts.iter().flat_map(|p| &p.words).map(|(span, text)| (*span, text.as_str()));
            write_tier(to, at * 2 + 2, &format!("{} – words", tier.name), &filled(words, end), end)?;
        }
        Ok(())
    }

    /// The head, and closed quotation marks on each line.
    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        let mut begun = false;
        each_line(file, |number, line| {
            begun |= number == 0 && line == HEAD;
            if line.matches('"').count() % 2 == 1 {
                return Err(unsound(format!("line {} has an open quotation mark", number + 1)));
            }
            Ok(())
        })?;
        if begun { Ok(()) } else { Err(unsound("the file does not begin as a TextGrid")) }
    }
}
