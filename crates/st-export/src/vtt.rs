//! WebVTT subtitles, <https://www.w3.org/TR/webvtt1/>: the speaker is the voice of each cue.

use std::io::{self, Write};

use crate::text::{clock, one_line};
use crate::{ExportOption, ExportOptions, Exporter, Source, Written, cue_check, cues};

pub(super) struct Vtt;

/// Text with the three characters that have a meaning in cues written as references. No arrow survives it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Exporter for Vtt {
    fn id(&self) -> &'static str {
        "vtt"
    }

    fn extension(&self) -> &'static str {
        "vtt"
    }

    fn name(&self) -> &'static str {
        "Subtitles (WebVTT)"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::Speakers, ExportOption::Cues]
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        writeln!(to, "WEBVTT")?;
        for (at, cue) in cues(transcript, &options.cues, false).iter().enumerate() {
            writeln!(to, "\n{}", at + 1)?;
            writeln!(to, "{} --> {}", clock(cue.span.start, '.'), clock(cue.span.end, '.'))?;
            let text = escaped(&cue.lines.join("\n"));
            let speaker = cue.speaker.filter(|_| options.speakers).and_then(|id| transcript.speaker(id));
            match speaker.map(|s| escaped(&one_line(&s.display_name()))) {
                // Two hyphens would make an arrow with the bracket; white space at the end does not count.
                Some(name) if name.ends_with("--") => writeln!(to, "<v {name} >{text}</v>")?,
                Some(name) if !name.is_empty() => writeln!(to, "<v {name}>{text}</v>")?,
                _ => writeln!(to, "{text}")?,
            }
        }
        Ok(())
    }
    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        cue_check::check(file, &["WEBVTT", ""], '.')
    }
}
