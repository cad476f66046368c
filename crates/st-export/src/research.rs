//! Text with a time at the start of each paragraph, as programs for qualitative research import it. NVivo documents the
//! form: times `hh:mm:ss.f` in square brackets at the start of a paragraph, in order
//! (<https://help-nv8-en.qsrinternational.com/Importing_Transcripts.htm>). MAXQDA and ATLAS.ti take times in brackets too,
//! and find speakers by the colon behind a name at the start of the text.

use std::io::{self, Write};

use st_core::time::Millis;

use crate::text::{lines, one_line};
use crate::{ExportOption, ExportOptions, Exporter, Source};

pub(super) struct Research;

/// `00:01:02.3`: to the tenth of a second, which is as exact as these programs are; never later than the speech.
fn stamp(at: Millis) -> String {
    let (s, tenth) = (at.0 / 1000, at.0 % 1000 / 100);
    format!("{:02}:{:02}:{:02}.{tenth}", s / 3600, s / 60 % 60, s % 60)
}

impl Exporter for Research {
    fn id(&self) -> &'static str {
        "research"
    }

    fn extension(&self) -> &'static str {
        "research.txt"
    }

    fn name(&self) -> &'static str {
        "Text for MAXQDA, ATLAS.ti, NVivo"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::Speakers]
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let mut first = true;
        for utterance in &transcript.utterances {
            let text = lines(&utterance.text).join(" ");
            if text.is_empty() {
                continue;
            }
            if !std::mem::take(&mut first) {
                writeln!(to)?;
            }
            // A colon in a name would end it too early.
            let name = transcript.speaker_name(utterance).filter(|_| options.speakers);
            let name = name.map(|n| one_line(&n).replace(':', " ")).filter(|n| !n.trim().is_empty());
            let name = name.map(|n| format!("{n}: ")).unwrap_or_default();
            writeln!(to, "[{}] {name}{text}", stamp(utterance.span.start))?;
        }
        Ok(())
    }
}
