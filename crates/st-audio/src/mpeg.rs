//! Tells MPEG audio from bytes that look like it by chance: a frame header is eleven set bits and little else, so
//! somewhere in any megabyte there is one, but not three in a row that fit each other.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// How far into the file is looked, in bytes; symphonia looks as far.
const DEPTH: usize = 1 << 20;
/// Frames in a row that are believed.
const CHAIN: usize = 3;

/// Bit rates in kbit/s by table and index (ISO 11172-3 and 13818-3, 2.4.2.3).
const RATES: [[u32; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Byte position of the first frame, seen from `start`, that two more follow.
pub(crate) fn find_frames(file: &mut File, start: u64) -> io::Result<Option<u64>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(DEPTH as u64).read_to_end(&mut bytes)?;
    Ok((0..bytes.len()).find(|&at| is_chain(&bytes, at)).map(|at| at as u64))
}

fn is_chain(bytes: &[u8], at: usize) -> bool {
    let mut at = at;
    let mut kind = None;
    for _ in 0..CHAIN {
        let Some((this, len)) = frame(bytes.get(at..).unwrap_or_default()) else { return false };
        if *kind.get_or_insert(this) != this {
            return false;
        }
        at += len;
    }
    true
}

/// Version, layer and sample rate of the frame that begins here, as the bits of its header, and its length in bytes.
fn frame(bytes: &[u8]) -> Option<(u16, usize)> {
    let &[0xff, second, third, ..] = bytes else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (rate, sampling) = (usize::from(third >> 4), third >> 2 & 3);
    // Version 1, layer 0 and sampling rate 3 are reserved; bit rate 0 is "free" and 15 forbidden.
    if second & 0xe0 != 0xe0 || version == 1 || layer == 0 || sampling == 3 || rate == 0 || rate == 15 {
        return None;
    }
    let is_version_1 = version == 3;
    let table = match (is_version_1, layer) {
        (true, 3) => 0,
        (true, 2) => 1,
        (true, _) => 2,
        (false, 3) => 3,
        (false, _) => 4,
    };
    let halvings = match version {
        3 => 0,
        2 => 1,
        _ => 2,
    };
    let samples_a_second = [44_100, 48_000, 32_000].get(usize::from(sampling))? >> halvings;
    let bits_a_second = RATES[table][rate] * 1000;
    let padding = u32::from(third >> 1 & 1);
    let len = match layer {
        3 => (12 * bits_a_second / samples_a_second + padding) * 4,
        1 if !is_version_1 => 72 * bits_a_second / samples_a_second + padding,
        _ => 144 * bits_a_second / samples_a_second + padding,
    };
    let kind = u16::from(second & 0xfe) << 8 | u16::from(third & 0x0c);
    Some((kind, len as usize))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn found(bytes: &[u8]) -> Option<u64> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        find_frames(&mut file, 0).unwrap()
    }

    /// Layer III, 128 kbit/s, 44.1 kHz: 417 bytes.
    fn frames(count: usize) -> Vec<u8> {
        let mut frame = vec![0; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
        frame.repeat(count)
    }

    #[test]
    fn frames_behind_garbage_are_found() {
        let mut bytes = b"\x00junk\xff\xe0".repeat(200);
        let start = bytes.len() as u64;
        bytes.extend(frames(3));
        assert_eq!(found(&bytes), Some(start));
        assert_eq!(found(&frames(2)), None);
    }

    #[test]
    fn random_bytes_are_not_mpeg_audio() {
        // A linear congruential generator; its high bits are random enough here.
        let mut state = 1u64;
        let bytes: Vec<u8> = (0..DEPTH)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        assert_eq!(found(&bytes), None);
    }
}
