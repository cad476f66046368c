//! A part of a file as a byte source for symphonia, with bytes of our own before it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// `prefix`, then the bytes `start..end` of the file.
pub(crate) struct Window {
    file: File,
    prefix: Vec<u8>,
    start: u64,
    len: u64,
    position: u64,
    seekable: bool,
}

impl Window {
    /// A window from `start` to `end` (a byte position in the file) behind `prefix`.
    pub(crate) fn new(file: File, prefix: Vec<u8>, start: u64, end: u64) -> Self {
        let len = prefix.len() as u64 + end.saturating_sub(start);
        Self { file, prefix, start, len, position: 0, seekable: true }
    }

    /// The same, without a length and without ways back: readers then don't look for what the end of a cut-off file no
    /// longer holds.
    pub(crate) fn forward_only(self) -> Self {
        Self { seekable: false, ..self }
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let prefix = self.prefix.len() as u64;
        if self.position < prefix {
            let mut rest = &self.prefix[self.position as usize..];
            let count = rest.read(buffer)?;
            self.position += count as u64;
            return Ok(count);
        }
        let left = self.len.saturating_sub(self.position);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if count == 0 {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(self.start + (self.position - prefix)))?;
        let count = self.file.read(&mut buffer[..count])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(delta) => self.len.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.seekable.then_some(self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn reads_the_prefix_then_the_part_of_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let mut window = Window::new(file, b"ab".to_vec(), 3, 7);
        let mut text = String::new();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "ab3456");
        assert_eq!(window.byte_len(), Some(6));
        window.seek(SeekFrom::End(-3)).unwrap();
        text.clear();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "456");
        assert!(window.seek(SeekFrom::Current(-100)).is_err());
    }

    #[test]
    fn a_window_beyond_the_file_ends_with_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123").unwrap();
        let mut bytes = Vec::new();
        Window::new(file, Vec::new(), 2, 100).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"23");
    }
}
