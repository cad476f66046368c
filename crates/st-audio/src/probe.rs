//! What a file is, without decoding it.

use std::path::Path;

use crate::error::AudioError;
use crate::open::{AudioInfo, open};

/// Looks into a file and says what sound it holds. Only its content counts, never its name.
///
/// # Errors
/// Says why the file can't be transcribed, before any time is spent on it.
pub fn probe(path: &Path) -> Result<AudioInfo, AudioError> {
    open(path).map(|opened| opened.info)
}
