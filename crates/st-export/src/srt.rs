//! SubRip subtitles. UTF-8 without a mark; the speaker is named where it changes, for the format has no other way.

use std::io::{self, Write};

use crate::text::clock;
use crate::{ExportOption, ExportOptions, Exporter, Source, Written, cue_check, cues};

pub(super) struct Srt;

/// The format has no way to escape anything. An arrow would be read as a line of times, and programs take `{\an8}`, `<i>`
/// and, where they are careless, all between two brackets for markup: such brackets become others that look alike.
fn harmless(text: &str) -> String {
    let text = text.replace("-->", "→").replace("{\\", "{⧵");
    let mut safe = String::with_capacity(text.len());
    let mut open = false;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        match c {
            '<' if rest.starts_with(|next: char| next.is_ascii_alphabetic() || next == '/') || rest.contains('>') => {
                open = true;
                safe.push('‹');
            }
            '>' if std::mem::take(&mut open) => safe.push('›'),
            c => safe.push(c),
        }
    }
    safe
}

impl Exporter for Srt {
    fn id(&self) -> &'static str {
        "srt"
    }

    fn extension(&self) -> &'static str {
        "srt"
    }

    fn name(&self) -> &'static str {
        "Subtitles (SRT)"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::Speakers, ExportOption::Cues]
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        for (at, cue) in cues(source.transcript, &options.cues, options.speakers).iter().enumerate() {
            writeln!(to, "{}", at + 1)?;
            writeln!(to, "{} --> {}", clock(cue.span.start, ','), clock(cue.span.end, ','))?;
            writeln!(to, "{}\n", harmless(&cue.lines.join("\n")))?;
        }
        Ok(())
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        cue_check::check(file, &[], ',')
    }
}
