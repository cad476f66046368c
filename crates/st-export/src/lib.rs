//! A transcript as a file: one exporter a format, all of them in [`EXPORTERS`], from which menus are made.

mod check;
mod csv;
mod cue_check;
mod cues;
mod docx;
mod eaf;
mod facts;
mod html;
pub mod import;
mod json;
mod markup;
mod md;
mod options;
mod origin;
mod otr;
mod pdf;
mod research;
mod rttm;
mod source;
mod srt;
mod summary;
mod text;
mod textgrid;
mod tiers;
mod txt;
mod vtt;

use std::io::{self, BufRead, Seek, Write};

pub use cues::{Cue, CueOptions, cues};
pub use facts::{Fact, facts};
pub use options::{ExportOption, ExportOptions, Paper};
pub use origin::{Section, TITLE as ORIGIN_TITLE, sections as origin_sections};
pub use source::{Origin, Source};
pub use summary::{Block, Item, summary};

/// A file that was written and is read back.
pub trait Written: BufRead + Seek {}

impl<T: BufRead + Seek> Written for T {}

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
    /// Whether it is made from [`Source::turns`] where there are any.
    fn wants_turns(&self) -> bool {
        false
    }
    /// Writes the whole file. The only errors are those of `to`.
    fn write(&self, source: &Source<'_>, options: &ExportOptions, to: &mut dyn Write) -> io::Result<()>;
    /// Reads a file back and looks whether it is sound, without holding it in memory as a whole where the format allows
    /// that. Unless a format knows better it is text in UTF-8.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where it is not what this exporter writes, and those of reading.
    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        check::utf8(file)
    }
}

/// Every format, in the order of the menu.
pub static EXPORTERS: &[&dyn Exporter] = &[
    &txt::Txt,
    &md::Markdown,
    &html::Html,
    &pdf::Pdf,
    &docx::Docx,
    &csv::Csv,
    &csv::Tsv,
    &json::Json,
    &srt::Srt,
    &vtt::Vtt,
    &rttm::Rttm,
    &eaf::Eaf,
    &textgrid::TextGrid,
    &research::Research,
    &otr::Otr,
    &origin::OriginRecord,
];

/// The exporter with this id.
pub fn exporter(id: &str) -> Option<&'static dyn Exporter> {
    EXPORTERS.iter().copied().find(|e| e.id() == id)
}

#[cfg(test)]
mod tests;
