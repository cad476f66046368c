//! A transcript as a file: one exporter a format, all of them in [`EXPORTERS`], from which menus are made.

mod csv;
mod cues;
mod json;
mod rttm;
mod srt;
mod txt;
mod vtt;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

pub use cues::{Cue, CueOptions, cues};

use st_core::time::Millis;
use st_core::transcript::{Transcript, Utterance};

/// A file format.
pub trait Exporter: Sync {
    /// What people write on the command line: `srt`.
    fn id(&self) -> &'static str;
    /// Extension of the file, without the dot.
    fn extension(&self) -> &'static str;
    /// What stands in the menu.
    fn name(&self) -> &'static str;
    /// What can be chosen about it.
    fn options(&self) -> &'static [ExportOption] {
        &[]
    }
    /// Writes the whole file. The only errors are those of `to`.
    fn write(&self, transcript: &Transcript, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()>;
}

/// Every format, in the order of the menu.
pub static EXPORTERS: &[&dyn Exporter] = &[&txt::Txt, &json::Json, &csv::Csv, &srt::Srt, &vtt::Vtt, &rttm::Rttm];

/// The exporter with this id.
pub fn exporter(id: &str) -> Option<&'static dyn Exporter> {
    EXPORTERS.iter().copied().find(|e| e.id() == id)
}

/// A choice that a format heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportOption {
    /// [`ExportOptions::timestamps`].
    Timestamps,
    /// [`ExportOptions::speakers`].
    Speakers,
    /// [`ExportOptions::confidence`].
    Confidence,
    /// [`ExportOptions::summary`].
    Summary,
}

/// What can be chosen about a file. Formats pass over what does not concern them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportOptions {
    /// Times in plain text. Subtitles and tables always have them.
    pub timestamps: bool,
    /// Names of the speakers in plain text and subtitles.
    pub speakers: bool,
    /// How sure the recogniser was of each utterance, in plain text. Tables and JSON always say so.
    pub confidence: bool,
    /// Facts about the recording and its speakers before the text.
    pub summary: bool,
    /// A byte-order mark at the start of CSV files, without which spreadsheets take UTF-8 for something else.
    pub csv_bom: bool,
    /// The limits of subtitles.
    pub cues: CueOptions,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            timestamps: true,
            speakers: true,
            confidence: false,
            summary: false,
            csv_bom: true,
            cues: CueOptions::default(),
        }
    }
}

/// `01:02:03,004`: the time of day form of subtitles, with the mark before the milliseconds that the format wants.
fn clock(at: Millis, mark: char) -> String {
    let (s, ms) = (at.0 / 1000, at.0 % 1000);
    format!("{:02}:{:02}:{:02}{mark}{ms:03}", s / 3600, s / 60 % 60, s % 60)
}

/// A confidence as it is written: within 0..=1, four decimals, which is more than it is worth.
fn rounded(confidence: f32) -> f64 {
    let value = f64::from(confidence);
    if value.is_finite() { (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0 } else { 0.0 }
}

/// Mean confidence of an utterance's words; none where it has no words.
fn confidence(utterance: &Utterance) -> Option<f64> {
    let sum: f64 = utterance.words.iter().map(|w| rounded(w.confidence)).sum();
    (!utterance.words.is_empty()).then(|| (sum / utterance.words.len() as f64 * 10_000.0).round() / 10_000.0)
}

/// Text on one line: white space and control characters become single spaces.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
