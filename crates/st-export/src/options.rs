//! What can be chosen about a file, and which format heeds which choice: the window builds its form from this.

use serde::{Deserialize, Serialize};

use crate::cues::CueOptions;

/// A choice that a format heeds. Its name in JSON is the field of [`ExportOptions`] that holds it.
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
    /// [`ExportOptions::shares`].
    Shares,
    /// [`ExportOptions::average_confidence`].
    AverageConfidence,
    /// [`ExportOptions::questions`].
    Questions,
    /// [`ExportOptions::actions`].
    Actions,
    /// [`ExportOptions::next_steps`].
    NextSteps,
    /// [`ExportOptions::origin`].
    Origin,
    /// [`ExportOptions::audio_link`].
    AudioLink,
    /// [`ExportOptions::paper`].
    Paper,
    /// [`ExportOptions::line_numbers`].
    LineNumbers,
    /// [`ExportOptions::csv_bom`].
    CsvBom,
    /// [`ExportOptions::cues`].
    Cues,
}

/// Every choice of a document that people read: what plain text, Markdown and web pages have in common.
pub(crate) const READING: &[ExportOption] = &[
    ExportOption::Timestamps,
    ExportOption::Speakers,
    ExportOption::Confidence,
    ExportOption::Summary,
    ExportOption::Shares,
    ExportOption::AverageConfidence,
    ExportOption::Questions,
    ExportOption::Actions,
    ExportOption::NextSteps,
    ExportOption::Origin,
];

/// The same for documents on pages.
pub(crate) const PAGES: [ExportOption; READING.len() + 2] =
    reading_and([ExportOption::Paper, ExportOption::LineNumbers]);

/// [`READING`] and so many more.
pub(crate) const fn reading_and<const MORE: usize, const ALL: usize>(
    more: [ExportOption; MORE],
) -> [ExportOption; ALL] {
    assert!(ALL == READING.len() + MORE);
    let mut all = [READING[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < READING.len() { READING[at] } else { more[at - READING.len()] };
        at += 1;
    }
    all
}

/// Size of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 210 × 297 mm (ISO 216).
    #[default]
    A4,
    /// 8.5 × 11 in (ANSI/ASME Y14.1).
    Letter,
}

/// What can be chosen about a file. Formats pass over what does not concern them. A field that stored preferences do not
/// have yet takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportOptions {
    /// Times in documents. Subtitles and tables always have them.
    pub timestamps: bool,
    /// Names of the speakers in documents and subtitles.
    pub speakers: bool,
    /// How sure the recogniser was of each utterance, in documents. Tables and JSON always say so.
    pub confidence: bool,
    /// Facts about the recording before the text: file, length, date, speakers, language, models.
    pub summary: bool,
    /// Each speaker's share of the time and of the words.
    pub shares: bool,
    /// How sure the recogniser was on the whole.
    pub average_confidence: bool,
    /// The questions that were asked (`docs/summary.md` says what counts as one).
    pub questions: bool,
    /// What somebody is to do.
    pub actions: bool,
    /// What is to happen next.
    pub next_steps: bool,
    /// The record of origin behind the text: hash of the recording, models, settings, corrections.
    pub origin: bool,
    /// In a web page: a player for the recording, which is looked for beside the page under its own name.
    pub audio_link: bool,
    /// Size of the pages.
    pub paper: Paper,
    /// Numbers before the lines of a page, as courts want them.
    pub line_numbers: bool,
    /// A byte-order mark at the start of tables, without which spreadsheets take UTF-8 for something else.
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
            shares: false,
            average_confidence: false,
            questions: false,
            actions: false,
            next_steps: false,
            origin: false,
            audio_link: false,
            paper: Paper::A4,
            line_numbers: false,
            csv_bom: true,
            cues: CueOptions::default(),
        }
    }
}
