//! Small files in JSON, written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

/// Writes a value: beside the old file first, synced, then in its place. The folder must be there.
///
/// # Errors
/// Those of the file system; what stood there before stays.
pub(crate) fn write<T: Serialize + ?Sized>(path: &Path, value: &T) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
