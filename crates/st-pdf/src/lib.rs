//! Text of every script on the pages of a PDF.
//!
//! Makes a file from a [`Document`]: a list of blocks, each with a role, from which size, space and tag follow. Lines are
//! broken, put in reading direction and shaped here; the bytes of the file are made by `krilla`. Only the fonts of the
//! given folder are used, never the system's. A character that none of them has is printed as its code in brackets and
//! counted, so that nothing is lost in silence. The same document always gives the same bytes.
//!
//! It leaves to others what stands in the document, in which language, and where the file is written.

mod draw;
mod error;
mod faces;
mod fonts;
mod lines;
mod model;
mod pages;
mod paragraph;
mod shape;

use std::path::Path;

pub use error::PdfError;
pub use faces::FONT_FILES;
pub use model::{Block, Document, Moment, Paper, Role, Run, Tone};

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// How many characters no font has; each is printed as its code.
    pub unprintable: usize,
}

/// Lays a document out and makes the file, with the fonts of this folder.
///
/// # Errors
/// Where a font that the text needs cannot be read, or the file cannot be made.
pub fn write(document: &Document, fonts: &Path) -> Result<Written, PdfError> {
    let shelf = fonts::Shelf::new(fonts);
    let fonts = fonts::Fonts::new(&shelf, document.language.as_deref());
    let laid = pages::lay_out(document, &fonts)?;
    let bytes = draw::draw(document, &laid, &fonts)?;
    Ok(Written { bytes, pages: laid.pages.len(), unprintable: laid.unprintable })
}

/// Whether a text is read from right to left: its first letter decides.
pub fn right_to_left(text: &str) -> bool {
    unicode_bidi::get_base_direction_full(text) == unicode_bidi::Direction::Rtl
}

#[cfg(test)]
mod tests;
