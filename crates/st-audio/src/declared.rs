//! How long a file says that it is. One that was not fully copied ends before that, and readers that trust the sizes in
//! it refuse the whole file, though all up to the cut is there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Symphonia adds to sizes, so they stay far from the largest number.
const MAX_END: u64 = 1 << 60;
/// Most parts looked at; real files have some hundred, fragmented recordings of a day some hundred thousand.
const MAX_PARTS: usize = 1 << 20;

/// The byte after the last part, by its own size, of an MP4 (`b"ftyp"` at 4), AIFF or Matroska file. The file's length
/// where that is more, or where the sizes say nothing.
pub(crate) fn end(file: &mut File) -> io::Result<u64> {
    let len = file.metadata()?.len();
    let head = read_at(file, 0)?;
    let end = if &head[4..8] == b"ftyp" {
        walk(file, 0, len, mp4_box)?
    } else if &head[..4] == b"FORM" {
        8 + u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]]))
    } else if head[..4] == [0x1a, 0x45, 0xdf, 0xa3] {
        matroska(file)?
    } else {
        0
    };
    Ok(end.min(MAX_END).max(len))
}

/// A CAF file that ends inside its sound. Symphonia reads to the end of the sound first, to see what comes then.
pub(crate) struct CutCaf {
    /// The bytes before the sound, with a size that is true.
    pub head: Vec<u8>,
    /// How much longer the sound was to be than what is there.
    pub promised: f64,
}

/// Most bytes before the sound; pictures and comments come behind it.
const MAX_CAF_HEAD: u64 = 1 << 20;

/// Looks whether a file is a CAF that ends inside its sound.
pub(crate) fn cut_caf(file: &mut File) -> io::Result<Option<CutCaf>> {
    let len = file.metadata()?.len();
    if !read_at(file, 0)?.starts_with(b"caff") {
        return Ok(None);
    }
    let mut at: u64 = 8;
    while at.saturating_add(16) <= len.min(MAX_CAF_HEAD) {
        let head = read_at(file, at)?;
        // Apple's Core Audio Format: name, 64-bit size (negative: to the end), content.
        let Ok(size) = u64::try_from(long(&head[4..12]) as i64) else { break };
        let start = at + 12;
        if &head[..4] == b"data" && start.saturating_add(size) > len {
            let mut head = vec![0; start as usize];
            file.seek(SeekFrom::Start(0))?;
            file.read_exact(&mut head)?;
            let there = len - start;
            head[start as usize - 8..].copy_from_slice(&there.to_be_bytes());
            // The content begins with four bytes that count edits.
            let promised = size.saturating_sub(4) as f64 / there.saturating_sub(4).max(1) as f64;
            return Ok(Some(CutCaf { head, promised }));
        }
        at = start.saturating_add(size);
    }
    Ok(None)
}

type Head = [u8; 16];

/// Sixteen bytes at a position, zeros where the file ends earlier.
fn read_at(file: &mut File, at: u64) -> io::Result<Head> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(16);
    file.take(16).read_to_end(&mut bytes)?;
    let mut head = [0; 16];
    head[..bytes.len()].copy_from_slice(&bytes);
    Ok(head)
}

/// Goes from part to part until one begins beyond the end or has no size. Returns where the last one says it ends.
fn walk(file: &mut File, start: u64, len: u64, size: fn(&Head) -> Option<u64>) -> io::Result<u64> {
    let mut at = start;
    for _ in 0..MAX_PARTS {
        if at >= len {
            break;
        }
        let Some(size) = size(&read_at(file, at)?) else { break };
        at = at.saturating_add(size);
    }
    Ok(at)
}

/// ISO 14496-12, 4.2: size, name; size 1 means that 64 bits follow, 0 that the box goes to the end.
fn mp4_box(head: &Head) -> Option<u64> {
    let size = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
        1 => long(&head[8..]),
        size => u64::from(size),
    };
    (size >= 8).then_some(size)
}

/// RFC 8794: the EBML header, then the segment, which holds all the rest. A size of all ones means "not known".
fn matroska(file: &mut File) -> io::Result<u64> {
    let Some((header, used)) = variable_size(&read_at(file, 4)?) else { return Ok(0) };
    let segment = (4 + used).saturating_add(header);
    let head = read_at(file, segment)?;
    if head[..4] != [0x18, 0x53, 0x80, 0x67] {
        return Ok(0);
    }
    Ok(variable_size(&head[4..]).map_or(0, |(size, used)| (segment + 4 + used).saturating_add(size)))
}

/// The leading zeros of the first byte say how many bytes follow it.
fn variable_size(bytes: &[u8]) -> Option<(u64, u64)> {
    let first = *bytes.first()?;
    let count = first.leading_zeros() as usize;
    if count > 7 {
        return None;
    }
    let start = u64::from(first) & (0x7f >> count);
    let value = bytes.get(1..=count)?.iter().fold(start, |value, &byte| value << 8 | u64::from(byte));
    let unknown = (1u64 << (7 * (count + 1))) - 1;
    (value != unknown).then_some((value, count as u64 + 1))
}

fn long(bytes: &[u8]) -> u64 {
    bytes.get(..8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        assert_eq!(end(&mut file).unwrap(), expected);
    }

    #[test]
    fn whole_and_cut_off_files() {
        check(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x09mdat!", 25);
        check(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\x01\0mdat!", 16 + 256);
        check(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x01mdat\0\0\0\0\0\0\x02\0!", 16 + 512);
        check(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\0mdat!", 25);
        check(b"FORM\0\0\x01\0AIFF", 264);
        check(b"\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67\x40\x64!", 7 + 6 + 100);
        check(b"\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff!", 20);
        check(b"\x1a\x45\xdf\xa3", 4);
        check(b"fLaC", 4);
    }

    #[test]
    fn a_cut_off_caf_gets_a_size_that_is_true() {
        let cut = |bytes: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            cut_caf(&mut file).unwrap()
        };
        let found = cut(b"caff\0\x01\0\0free\0\0\0\0\0\0\0\x01!data\0\0\0\0\0\0\0\x64\0\0\0\0\x01\x02").unwrap();
        assert_eq!(found.head, b"caff\0\x01\0\0free\0\0\0\0\0\0\0\x01!data\0\0\0\0\0\0\0\x06");
        assert_eq!(found.promised, 48.0);
        assert!(cut(b"caff\0\x01\0\0data\0\0\0\0\0\0\0\x06\0\0\0\0\x01\x02").is_none());
        assert!(cut(b"caff\0\x01\0\0data\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0").is_none());
    }

    #[test]
    fn sizes_without_sense_end_the_walk() {
        check(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x02free", 24);
        check(b"\0\0\0\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff", 1 << 60);
    }
}
