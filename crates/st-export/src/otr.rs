//! oTranscribe's own file, <https://github.com/oTranscribe/oTranscribe#otr-file-format>: JSON around a piece of HTML.

use std::io::{self, Write};

use serde::Serialize;

use crate::json::parses;
use crate::markup::escaped;
use crate::text::{lines, one_line};
use crate::{ExportOption, ExportOptions, Exporter, Source, Written};

pub(super) struct Otr;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    text: String,
    media: &'a str,
    media_time: &'static str,
}

impl Exporter for Otr {
    fn id(&self) -> &'static str {
        "otr"
    }

    fn extension(&self) -> &'static str {
        "otr"
    }

    fn name(&self) -> &'static str {
        "oTranscribe"
    }

    fn options(&self) -> &'static [ExportOption] {
        &[ExportOption::Timestamps, ExportOption::Speakers]
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let mut text = String::new();
        for utterance in &transcript.utterances {
            let said = lines(&utterance.text);
            if said.is_empty() {
                continue;
            }
            let at = utterance.span.start;
            let time = options.timestamps.then(|| {
                let seconds = format!("{}.{:03}", at.0 / 1000, at.0 % 1000);
                format!("<span class=\"timestamp\" data-timestamp=\"{seconds}\">{at}</span> ")
            });
            let name = transcript.speaker_name(utterance).filter(|_| options.speakers).map(|n| one_line(&n));
            let name = name.filter(|n| !n.is_empty()).map(|n| format!("<b>{}:</b> ", escaped(&n)));
            let said: Vec<String> = said.iter().map(|line| escaped(line)).collect();
            let (time, name) = (time.unwrap_or_default(), name.unwrap_or_default());
            text.push_str(&format!("<p>{time}{name}{}</p>", said.join("<br />")));
        }
        let media = one_line(&transcript.recording.name);
        let file = File { text, media: &media, media_time: "0" };
        serde_json::to_writer(&mut *to, &file)?;
        writeln!(to)
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        parses(file)
    }
}
