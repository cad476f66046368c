//! Plain text: a paragraph an utterance, under the speaker's name and the time.

use std::io::{self, Write};

use super::{ExportOption, ExportOptions, Exporter, confidence, one_line};
use st_core::summary::{self, shares};
use st_core::time::Millis;
use st_core::transcript::Transcript;

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
        &[ExportOption::Timestamps, ExportOption::Speakers, ExportOption::Confidence, ExportOption::Summary]
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
        if options.summary {
            facts(transcript, to)?;
        }
        for (at, utterance) in transcript.utterances.iter().enumerate() {
            if at > 0 {
                writeln!(to)?;
            }
            let speaker = transcript.speaker_name(utterance).filter(|_| options.speakers);
            let time = options.timestamps.then(|| format!("[{}]", utterance.span.start));
            let sure =
                confidence(utterance).filter(|_| options.confidence).map(|c| format!("({:.0} % sure)", c * 100.0));
            let head: Vec<String> = speaker.map(|s| one_line(&s)).into_iter().chain(time).chain(sure).collect();
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

/// A line a fact, then an empty one.
fn facts(transcript: &Transcript, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "Recording: {}", one_line(&transcript.recording.name))?;
    writeln!(to, "Length: {}", Millis(transcript.recording.duration_ms))?;
    if let Some(language) = &transcript.language {
        writeln!(to, "Language: {language}")?;
    }
    if let Some(confidence) = summary::confidence(transcript) {
        writeln!(to, "Average confidence: {:.0} %", confidence * 100.0)?;
    }
    let shares = shares(transcript);
    let whole: u64 = shares.values().map(|share| share.speech.0).sum();
    for speaker in &transcript.speakers {
        let Some(share) = shares.get(&speaker.id) else { continue };
        let part = 100.0 * share.speech.0 as f64 / whole.max(1) as f64;
        writeln!(to, "{}: {} ({part:.0} %), {} words", one_line(&speaker.display_name()), share.speech, share.words)?;
    }
    writeln!(to)
}
