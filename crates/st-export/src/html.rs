//! A web page that is one file: no script, nothing from elsewhere, made to be printed too. It is well-formed XML as well.

use std::io::{self, Write};

use crate::markup::{address, escaped, well_formed};
use crate::options::{READING, reading_and};
use crate::text::{confidence, lines, one_line, percent};
use crate::{
    Block, ExportOption, ExportOptions, Exporter, Fact, ORIGIN_TITLE, Source, Written, facts, origin_sections, summary,
};

pub(super) struct Html;

/// What plain text offers, and the link to the recording.
const OPTIONS: [ExportOption; READING.len() + 1] = reading_and([ExportOption::AudioLink]);

/// Fonts of the system; dark where the reader has it so; no utterance is torn apart between printed pages.
const STYLE: &str = "
:root { color-scheme: light dark; font: 1rem/1.55 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin-bottom: .25rem; }
table { border-collapse: collapse; }
th, td { text-align: start; vertical-align: top; padding: .2rem 1.5rem .2rem 0; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
audio { width: 100%; }
section.utterance { margin: 1.1rem 0; break-inside: avoid; }
section.utterance p { margin: 0; overflow-wrap: anywhere; }
.head { font-size: .9rem; }
.head b { font-weight: 600; }
.head time, .head small { color: GrayText; margin-inline-start: .6rem; font-variant-numeric: tabular-nums; }
@media print { :root { font-size: 10.5pt; } body { max-width: none; margin: 0; padding: 0; } audio { display: none; } }
";

fn write_table(facts: &[Fact], to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "<table><tbody>")?;
    for fact in facts {
        let (label, value) = (escaped(fact.label), escaped(&fact.value));
        writeln!(to, "<tr><th scope=\"row\">{label}</th><td dir=\"auto\">{value}</td></tr>")?;
    }
    writeln!(to, "</tbody></table>")
}

fn write_block(block: &Block, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "<h2>{}</h2>\n<ul>", escaped(block.title))?;
    for item in &block.items {
        let time = item.at.map(|at| format!("<time datetime=\"PT{}S\">{at}</time> ", at.0 / 1000)).unwrap_or_default();
        let speaker = item.speaker.as_ref().map(|name| format!("<b>{}</b> ", escaped(name))).unwrap_or_default();
        writeln!(to, "<li dir=\"auto\">{time}{speaker}{}</li>", escaped(&item.text))?;
    }
    writeln!(to, "</ul>")
}

fn write_utterances(
    source: &Source<'_>,
    options: &ExportOptions,
    media: Option<&str>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let transcript = source.transcript;
    for utterance in &transcript.utterances {
        let name = transcript.speaker_name(utterance).filter(|_| options.speakers).map(|n| one_line(&n));
        let name = name.filter(|n| !n.is_empty()).map(|n| format!("<b dir=\"auto\">{}</b>", escaped(&n)));
        let at = utterance.span.start;
        let seconds = format!("{}.{:03}", at.0 / 1000, at.0 % 1000);
        let time = options.timestamps.then(|| match media {
            Some(media) => {
                format!("<time datetime=\"PT{seconds}S\"><a href=\"{media}#t={seconds}\">{at}</a></time>")
            }
            None => format!("<time datetime=\"PT{seconds}S\">{at}</time>"),
        });
        let sure = confidence(utterance).filter(|_| options.confidence);
        let sure = sure.map(|c| format!("<small>{} sure</small>", percent(c)));
        let head: String = name.into_iter().chain(time).chain(sure).collect();
        let text: Vec<String> = lines(&utterance.text).iter().map(|line| escaped(line)).collect();
        writeln!(to, "<section class=\"utterance\">")?;
        if !head.is_empty() {
            writeln!(to, "<p class=\"head\">{head}</p>")?;
        }
        writeln!(to, "<p dir=\"auto\">{}</p>\n</section>", text.join("<br />\n"))?;
    }
    Ok(())
}

/// A language code that may stand in a `lang` attribute; empty means "not known".
fn language(source: &Source<'_>) -> String {
    let code = source.transcript.language.as_deref().unwrap_or_default();
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

impl Exporter for Html {
    fn id(&self) -> &'static str {
        "html"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn name(&self) -> &'static str {
        "Web page"
    }

    fn options(&self) -> &'static [ExportOption] {
        &OPTIONS
    }

    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let name = one_line(&transcript.recording.name);
        let title = escaped(if name.is_empty() { "Transcript" } else { &name });
        // A dot and a slash before it: a name with a colon would be taken for a scheme.
        let media =
            (options.audio_link && !name.is_empty()).then(|| format!("./{}", address(&transcript.recording.name)));
        writeln!(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />")?;
        writeln!(to, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />")?;
        writeln!(to, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir=\"auto\">{title}</h1>")?;
        if options.summary {
            write_table(&facts(source), to)?;
        }
        if let Some(media) = &media {
            writeln!(to, "<audio controls=\"\" preload=\"none\" src=\"{media}\"></audio>")?;
        }
        for block in summary(transcript, options) {
            write_block(&block, to)?;
        }
        writeln!(to, "<main lang=\"{}\">", language(source))?;
        if transcript.utterances.is_empty() {
            writeln!(to, "<p lang=\"en\">No speech was found.</p>")?;
        }
        write_utterances(source, options, media.as_deref(), to)?;
        writeln!(to, "</main>")?;
        if options.origin {
            writeln!(to, "<footer>\n<h2>{ORIGIN_TITLE}</h2>")?;
            for section in origin_sections(source) {
                writeln!(to, "<h3>{}</h3>", escaped(section.title))?;
                write_table(&section.facts, to)?;
            }
            writeln!(to, "</footer>")?;
        }
        writeln!(to, "</body>\n</html>")
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        well_formed(file, "html")
    }
}
