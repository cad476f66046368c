//! Plain text: a paragraph an utterance, under the speaker's name and the time.

use std::io::{self, Write};

use crate::options::READING;
use crate::text::{confidence, lines, one_line, percent};
use crate::{Block, ExportOption, ExportOptions, Exporter, Source, facts, origin, summary};

pub(super) struct Txt;

impl Exporter for Txt {
    fn id(&self) -> &'static str {
        "txt"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn name(&self) -> &'static str {
        "Plain text"
    }

    fn options(&self) -> &'static [ExportOption] {
        READING
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        if options.summary {
            for fact in facts(source) {
                writeln!(to, "{}: {}", fact.label, fact.value)?;
            }
            writeln!(to)?;
        }
        for block in summary(transcript, options) {
            write_block(&block, to)?;
        }
        if transcript.utterances.is_empty() {
            let name = one_line(&transcript.recording.name);
            let name = if name.is_empty() { "the recording" } else { &name };
            writeln!(to, "No speech was found in {name}.")?;
        }
        for (at, utterance) in transcript.utterances.iter().enumerate() {
            if at > 0 {
                writeln!(to)?;
            }
            let speaker = transcript.speaker_name(utterance).filter(|_| options.speakers);
            let time = options.timestamps.then(|| format!("[{}]", utterance.span.start));
            let sure = confidence(utterance).filter(|_| options.confidence).map(|c| format!("({} sure)", percent(c)));
            let head: Vec<String> = speaker.map(|s| one_line(&s)).into_iter().chain(time).chain(sure).collect();
            if !head.is_empty() {
                writeln!(to, "{}", head.join(" "))?;
            }
            for line in lines(&utterance.text) {
                writeln!(to, "{line}")?;
            }
        }
        if options.origin {
            writeln!(to, "\n")?;
            origin::write_text(source, to)?;
        }
        Ok(())
    }
}

/// A heading, a line an item, an empty line.
fn write_block(block: &Block, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{}", block.title)?;
    for item in &block.items {
        let time = item.at.map(|at| format!("[{at}] ")).unwrap_or_default();
        let speaker = item.speaker.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        writeln!(to, "  {time}{speaker}{}", item.text)?;
    }
    writeln!(to)
}
