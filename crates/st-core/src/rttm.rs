//! RTTM, the text format in which diarization is exchanged and scored, and UEM, which says what part is scored.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use crate::time::{Millis, TimeSpan};

/// The turns that an RTTM file holds for one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Second field of the lines: the recording's name.
    pub file: String,
    /// Names of the speakers by their number.
    pub speakers: Vec<String>,
    /// The turns.
    pub diarization: Diarization,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RttmError {
    /// A line has too few fields.
    #[error("line {line} has {found} fields, and at least {wanted} are needed")]
    Fields {
        /// Number of the line, from 1.
        line: usize,
        /// Fields found.
        found: usize,
        /// Fields needed.
        wanted: usize,
    },
    /// A field should be a time in seconds.
    #[error("line {line}: {text} is not a time in seconds")]
    Time {
        /// Number of the line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

/// Reads the `SPEAKER` lines of an RTTM text, by recording in the order of their names; other kinds of lines are
/// skipped. Speakers are numbered in the order of the lines.
pub fn read(text: &str) -> Result<Vec<Recording>, RttmError> {
    let mut files: BTreeMap<&str, (Vec<String>, Vec<SpeakerTurn>)> = BTreeMap::new();
    for (line, fields) in lines(text) {
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let [_, file, _, start, length, _, _, name, ..] = fields[..] else {
            return Err(RttmError::Fields { line, found: fields.len(), wanted: 8 });
        };
        let (start, length) = (seconds(line, start)?, seconds(line, length)?);
        let (names, turns) = files.entry(file).or_default();
        let number = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        // The sum is rounded, not its parts, so that turns that touch in the file still touch.
        let span = TimeSpan { start: Millis::from_seconds(start), end: Millis::from_seconds(start + length) };
        if !span.is_empty() {
            turns.push(SpeakerTurn { span, speaker: SpeakerIndex(number as u32) });
        }
    }
    let recording = |(file, (speakers, turns)): (&str, _)| Recording {
        file: file.to_owned(),
        speakers,
        diarization: Diarization::from_turns(turns),
    };
    Ok(files.into_iter().map(recording).collect())
}

/// What tables take for "nothing" (pandas, with which pyannote reads RTTM), and RTTM itself.
const NOTHING: [&str; 12] = ["", "#N/A", "#NA", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"];

/// Writes turns as RTTM, with `name` giving the speakers' names. White space and control characters in names become `_`, for
/// fields are parted by them; a quotation mark would swallow the fields that follow in some readers and becomes `'`; and a
/// name that means nothing elsewhere gets a `_`.
pub fn write(file: &str, diarization: &Diarization, name: impl Fn(SpeakerIndex) -> String) -> String {
    let mut text = String::new();
    let file = field(file);
    for turn in &diarization.turns {
        let (start, length) = (turn.span.start.seconds(), turn.span.millis() as f64 / 1000.0);
        let name = field(&name(turn.speaker));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "SPEAKER {file} 1 {start:.3} {length:.3} <NA> <NA> {name} <NA> <NA>");
    }
    text
}

/// Reads a UEM text: the scored parts of each recording.
pub fn read_uem(text: &str) -> Result<BTreeMap<String, Vec<TimeSpan>>, RttmError> {
    let mut files: BTreeMap<String, Vec<TimeSpan>> = BTreeMap::new();
    for (line, fields) in lines(text) {
        let [file, _, start, end, ..] = fields[..] else {
            return Err(RttmError::Fields { line, found: fields.len(), wanted: 4 });
        };
        let (start, end) = (Millis::from_seconds(seconds(line, start)?), Millis::from_seconds(seconds(line, end)?));
        files.entry(file.to_owned()).or_default().push(TimeSpan::new(start.0, end.0));
    }
    Ok(files)
}

/// Numbered lines as fields, without comments and blank lines.
fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let numbered = text.trim_start_matches('\u{feff}').lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let content = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with(";;") && !line.starts_with('#'));
    content.map(|(number, line)| (number, line.split_whitespace().collect()))
}

fn seconds(line: usize, text: &str) -> Result<f64, RttmError> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err(RttmError::Time { line, text: text.to_owned() }),
    }
}

fn field(name: &str) -> String {
    let parts = name.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join("_").replace('"', "'");
    if NOTHING.contains(&&*joined) { format!("{joined}_") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let turn =
            |start, end, speaker| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerIndex(speaker) };
        let diarization = Diarization::from_turns(vec![turn(0, 1_854, 0), turn(1_000, 30_001, 1)]);
        let text = write("my talk", &diarization, SpeakerIndex::label);
        assert_eq!(text.lines().next(), Some("SPEAKER my_talk 1 0.000 1.854 <NA> <NA> SPEAKER_00 <NA> <NA>"));
        let read = read(&text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].file, "my_talk");
        assert_eq!(read[0].speakers, ["SPEAKER_00", "SPEAKER_01"]);
        assert_eq!(read[0].diarization, diarization);
    }

    #[test]
    fn names_stay_one_field_that_means_something() {
        let written = [" Ana\tB ", "say \"hi\"", "NA", "", "a\u{1c}b", "Nan"].map(field);
        assert_eq!(written, ["Ana_B", "say_'hi'", "NA_", "_", "a_b", "Nan"]);
    }

    #[test]
    fn other_lines_are_skipped_and_bad_ones_named() {
        let text = ";; a comment\n\nSPKR-INFO a 1 <NA> <NA> <NA> unknown x <NA>\nSPEAKER a 1 0.5 1 <NA> <NA> x\n";
        assert_eq!(read(text).unwrap()[0].diarization.turns[0].span, TimeSpan::new(500, 1_500));
        assert_eq!(read("\nSPEAKER a 1 0.5\n"), Err(RttmError::Fields { line: 2, found: 4, wanted: 8 }));
        let bad = read("SPEAKER a 1 zero 1 <NA> <NA> x <NA>");
        assert_eq!(bad, Err(RttmError::Time { line: 1, text: "zero".into() }));
    }

    #[test]
    fn uem_gives_the_scored_parts() {
        let uem = read_uem("a 1 0.000 30.000\na 1 40 50.5\n").unwrap();
        assert_eq!(uem["a"], [TimeSpan::new(0, 30_000), TimeSpan::new(40_000, 50_500)]);
        assert!(read_uem("a 1 x 3").is_err());
    }
}
