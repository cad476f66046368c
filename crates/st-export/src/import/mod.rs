//! Transcripts from files: our own JSON, SRT, VTT, and plain text with times. What a file is, its content says.

mod cues;
mod json;
mod names;
mod stamped;

use st_core::retext::retext;
use st_core::time::{Millis, TimeSpan};
use st_core::transcript::{Speaker, SpeakerId, Transcript, Utterance, UtteranceId};

use crate::text::lines;

/// Larger files are refused before they are read: ten hours are about 10 MB as JSON.
pub const MOST_BYTES: u64 = 256 << 20;

/// Later times are taken for a mistake: a thousand hours.
const LATEST_MS: u64 = 1000 * 3_600_000;

/// Why a file cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportError {
    /// Nothing is in it.
    Empty,
    /// It is not text in UTF-8 or, with a mark, UTF-16.
    NotText,
    /// It is JSON, and not of this program.
    ForeignJson,
    /// It is our JSON, and damaged; where, as the reader says it.
    DamagedJson(String),
    /// It has no times that text could be put to.
    NoTimes,
    /// A line has times that cannot be.
    Times {
        /// Number of the line, from 1.
        line: usize,
    },
    /// It has times and no text.
    NoText,
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::NotText => f.write_str("it is not text in UTF-8"),
            Self::ForeignJson => f.write_str("it is JSON, but no transcript of this program"),
            Self::DamagedJson(what) => write!(f, "it is damaged: {what}"),
            Self::NoTimes => f.write_str("there are no times in it"),
            Self::Times { line } => write!(f, "the times in line {line} cannot be"),
            Self::NoText => f.write_str("there is no text in it"),
        }
    }
}

impl std::error::Error for ImportError {}

/// Makes a transcript of a file's bytes. JSON comes back as it was; what other formats do not say (confidence, speakers
/// without names, where the words of a cue are) is left open or shared out evenly. The name of the recording stays empty
/// where the file does not say it.
pub fn import(bytes: &[u8]) -> Result<Transcript, ImportError> {
    let text = decoded(bytes)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Err(ImportError::Empty);
    }
    if start.starts_with('{') {
        return json::read(start);
    }
    if start.starts_with("WEBVTT") {
        return cues::read(&text, true);
    }
    if text.lines().any(|line| cues::times(line).is_some()) {
        return cues::read(&text, false);
    }
    stamped::read(&text)
}

/// UTF-8 with or without a mark, or UTF-16 with one.
fn decoded(bytes: &[u8]) -> Result<String, ImportError> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| ImportError::NotText)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => {
            // Other kinds of files have zeros; text has none.
            let text = std::str::from_utf8(rest).map_err(|_| ImportError::NotText)?;
            if text.contains('\0') { Err(ImportError::NotText) } else { Ok(text.to_owned()) }
        }
    }
}

/// Text with its time, before it is an utterance.
struct Said {
    span: TimeSpan,
    speaker: Option<String>,
    text: String,
}

/// Puts what was said together: speakers are numbered in the order of their first words.
fn transcript(mut all: Vec<Said>) -> Result<Transcript, ImportError> {
    all.retain(|said| !lines(&said.text).is_empty());
    if all.is_empty() {
        return Err(ImportError::NoText);
    }
    all.sort_by_key(|said| said.span.start);
    let mut speakers: Vec<Speaker> = Vec::new();
    let mut utterances = Vec::with_capacity(all.len());
    for (number, said) in (1..).zip(all) {
        let text = lines(&said.text).join("\n");
        let speaker = said.speaker.map(|name| speaker_of(&mut speakers, &name));
        utterances.push(Utterance {
            id: UtteranceId(number),
            speaker,
            span: said.span,
            words: retext(&[], &text, said.span),
            text,
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        });
    }
    let mut transcript = Transcript { speakers, utterances, ..Transcript::default() };
    transcript.recording.duration_ms = transcript.end().0;
    Ok(transcript)
}

fn speaker_of(speakers: &mut Vec<Speaker>, name: &str) -> SpeakerId {
    if let Some(known) = speakers.iter().find(|s| s.name.as_deref() == Some(name)) {
        return known.id;
    }
    let id = SpeakerId(u32::try_from(speakers.len()).unwrap_or(u32::MAX));
    speakers.push(Speaker { id, label: format!("SPEAKER_{:02}", id.0), name: Some(name.to_owned()), colour: None });
    id
}

/// How long a text takes to say: 15 characters a second are usual, and nothing takes less than a quarter of one.
fn spoken_ms(text: &str) -> u64 {
    (text.chars().count() as u64 * 1000 / 15).max(250)
}

/// A span whose times can be.
fn sound(start: Millis, end: Millis) -> Option<TimeSpan> {
    (start <= end && end.0 <= LATEST_MS).then_some(TimeSpan { start, end })
}

#[cfg(test)]
mod tests;
