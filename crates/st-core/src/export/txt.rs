//! Plain text: a paragraph an utterance, under the speaker's name and the time.

use std::io::{self, Write};

use super::{ExportOptions, Exporter, one_line};
use crate::transcript::Transcript;

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

    fn write(&self, transcript: &Transcript, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        if transcript.utterances.is_empty() {
            let name = one_line(&transcript.recording.name);
            return if name.is_empty() {
                writeln!(to, "No speech was found in the recording.")
            } else {
                writeln!(to, "No speech was found in {name}.")
            };
        }
        for (at, utterance) in transcript.utterances.iter().enumerate() {
            if at > 0 {
                writeln!(to)?;
            }
            let speaker = transcript.speaker_name(utterance).filter(|_| options.speakers);
            let time = options.timestamps.then(|| format!("[{}]", utterance.span.start));
            let head: Vec<String> = speaker.map(|s| one_line(&s)).into_iter().chain(time).collect();
            if !head.is_empty() {
                writeln!(to, "{}", head.join(" "))?;
            }
            for line in utterance.text.lines().map(one_line).filter(|l| !l.is_empty()) {
                writeln!(to, "{line}")?;
            }
        }
        Ok(())
    }
}
