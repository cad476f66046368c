//! Whether a file that was written is what its format says: cheap looks, in one pass and with bounded memory.

use std::io;

use crate::Written;

/// An error that says what is wrong with a file.
pub(crate) fn unsound(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// Reads to the end and checks that all of it is UTF-8.
pub(crate) fn utf8(file: &mut dyn Written) -> io::Result<()> {
    each_line(file, |_, _| Ok(()))
}

/// Calls `look` with the number (from 0) and the text of each line, without its line break.
pub(crate) fn each_line(file: &mut dyn Written, mut look: impl FnMut(usize, &str) -> io::Result<()>) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 0.. {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| unsound(format!("line {} is not UTF-8", number + 1)))?;
        look(number, text.trim_end_matches(['\r', '\n']))?;
    }
    Ok(())
}
