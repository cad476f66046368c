//! SubRip subtitles. UTF-8 without a mark; the speaker is named where it changes, for the format has no other way.

use std::io::{self, Write};

use super::{ExportOption, ExportOptions, Exporter, Source, cues};
use crate::text::clock;

pub(super) struct Srt;

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
        let transcript = source.transcript;
        for (at, cue) in cues(transcript, &options.cues, options.speakers).iter().enumerate() {
            writeln!(to, "{}", at + 1)?;
            writeln!(to, "{} --> {}", clock(cue.span.start, ','), clock(cue.span.end, ','))?;
            for line in &cue.lines {
                // An arrow would be read as a line of times.
                writeln!(to, "{}", line.replace("-->", "→"))?;
            }
            writeln!(to)?;
        }
        Ok(())
    }
}
