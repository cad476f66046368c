//! The head of a whisper.cpp model file, looked at before whisper.cpp does: it believes every number in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// `ggml` as a little-endian number: the first four bytes of a model.
const MAGIC: u32 = 0x6767_6d6c;

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It begins with something else.
    #[error("it is not a whisper.cpp model file")]
    Magic,
    /// A number is out of all reason.
    #[error("its description is damaged ({name} is {value})")]
    Value {
        /// Which.
        name: &'static str,
        /// As found.
        value: i32,
    },
    /// It ends too early.
    #[error("it is cut off ({0} bytes)")]
    Short(u64),
}

/// The numbers after the magic, in order, with the least and greatest value of any Whisper model.
const FIELDS: [(&str, i32, i32); 11] = [
    ("the number of tokens", 51_000, 60_000),
    ("the audio length", 1_500, 1_500),
    ("the audio width", 64, 4_096),
    ("the number of audio heads", 1, 64),
    ("the number of audio layers", 1, 64),
    ("the text length", 448, 448),
    ("the text width", 64, 4_096),
    ("the number of text heads", 1, 64),
    ("the number of text layers", 1, 64),
    ("the number of bands", 80, 128),
    ("the number format", 0, 2_999),
];

/// Refuses what cannot be a whisper.cpp model.
pub fn check(path: &Path) -> Result<(), HeaderError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = [0u8; 48];
    let mut filled = 0;
    while filled < head.len() {
        match file.read(&mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    let mut numbers = head[..filled].chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    if numbers.next() != Some(MAGIC as i32) {
        return Err(HeaderError::Magic);
    }
    let mut values = [0; FIELDS.len()];
    for (slot, (name, least, greatest)) in values.iter_mut().zip(FIELDS) {
        let value = numbers.next().ok_or(HeaderError::Short(size))?;
        if !(least..=greatest).contains(&value) {
            return Err(HeaderError::Value { name, value });
        }
        *slot = value;
    }
    // The token embedding alone has tokens x width weights of at least two bits.
    let least = values[0] as u64 * values[6] as u64 / 4;
    if size < least { Err(HeaderError::Short(size)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(bytes: &[u8]) -> Result<(), HeaderError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        check(file.path())
    }

    fn head(tokens: i32) -> Vec<u8> {
        let values = [MAGIC as i32, tokens, 1500, 512, 8, 6, 448, 512, 8, 6, 80, 1];
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    #[test]
    fn foreign_and_damaged_files_are_refused() {
        assert!(matches!(check(Path::new("/nowhere/model.bin")), Err(HeaderError::Io(_))));
        assert!(matches!(checked(b""), Err(HeaderError::Magic)));
        assert!(matches!(checked(b"%PDF-1.7 and so on"), Err(HeaderError::Magic)));
        assert!(matches!(checked(&head(51_865)[..20]), Err(HeaderError::Short(20))));
        assert!(matches!(checked(&head(-1)), Err(HeaderError::Value { .. })));
        assert!(matches!(checked(&head(51_865)), Err(HeaderError::Short(48))));
    }

    #[test]
    fn a_head_with_enough_behind_it_passes() {
        let mut bytes = head(51_865);
        bytes.resize(7_000_000, 0);
        assert!(checked(&bytes).is_ok());
    }
}
