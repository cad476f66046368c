//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A font that the text needs is not there or cannot be read.
    #[error(
        "The font {} could not be read: {source}. Without it the PDF would show boxes instead of letters. Install the \
         program again, or export as DOCX or text.",
        path.display()
    )]
    Font {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file that should be a font is none.
    #[error("{} is damaged and cannot be used as a font. Install the program again, or export as DOCX or text.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The library that makes the file refused.
    #[error("The PDF could not be made: {0}. Export as DOCX or text instead, and report this.")]
    Refused(String),
}
