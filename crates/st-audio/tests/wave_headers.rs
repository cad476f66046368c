//! WAV headers as recorders, pipes and old programs write them: all hold the same second of sound.

mod support;

use std::fs;

use support::decode;

const SAMPLES: usize = 16_000;

fn sound() -> Vec<u8> {
    (0..SAMPLES).flat_map(|i| ((i * 31 % 20_000) as i16 - 10_000).to_le_bytes()).collect()
}

fn chunk(id: &[u8; 4], content: &[u8], padded: bool) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    if padded && content.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = [b"WAVE".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", &content, true)
}

fn with_size(id: &[u8; 4], size: u32, content: &[u8]) -> Vec<u8> {
    [id.to_vec(), size.to_le_bytes().to_vec(), content.to_vec()].concat()
}

/// PCM, one channel, 16 kHz, 16 bits.
fn format() -> Vec<u8> {
    chunk(b"fmt ", &[1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0], true)
}

#[track_caller]
fn check(name: &str, file: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    fs::write(&path, file).unwrap();
    let (samples, info, summary) = decode(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expected: Vec<f32> =
        sound().chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect();
    assert!(samples == expected, "{name}: {} samples", samples.len());
    assert_eq!((info.container.as_str(), info.codec.as_str()), ("WAV", "PCM"), "{name}");
    assert_eq!((summary.damaged_packets, summary.expected), (0, None), "{name}");
}

#[test]
fn odd_but_valid_files() {
    let data = chunk(b"data", &sound(), true);
    let extra = |id| chunk(id, b"abc", true);
    check("plain", &riff(&[format(), data.clone()]));
    check("chunks before", &riff(&[extra(b"JUNK"), extra(b"bext"), format(), extra(b"cue "), data.clone()]));
    check("chunks behind", &riff(&[format(), data.clone(), extra(b"LIST")]));
    check("garbage behind", &[riff(&[format(), data.clone()]), vec![0xab; 3_001]].concat());
    check("odd chunk without padding", &riff(&[format(), chunk(b"note", b"abc", false), data.clone()]));
    check("tag before", &[b"ID3\x03\0\0\0\0\0\x05\0\0\0\0\0".to_vec(), riff(&[format(), data])].concat());
}

#[test]
fn sizes_that_are_not_known() {
    for size in [0, u32::MAX] {
        let data = with_size(b"data", size, &sound());
        check("size of the sound", &riff(&[format(), data.clone()]));
        let content = [b"WAVE".to_vec(), format(), data].concat();
        check("both sizes", &with_size(b"RIFF", size, &content));
    }
}

#[test]
fn sixty_four_bits() {
    let length = (SAMPLES * 2) as u64;
    let ds64 = [0u64.to_le_bytes(), length.to_le_bytes(), 0u64.to_le_bytes()].concat();
    let chunks = [chunk(b"ds64", &ds64, true), format(), with_size(b"data", u32::MAX, &sound())].concat();
    for id in [b"RF64", b"BW64"] {
        check("64-bit sizes", &with_size(id, u32::MAX, &[b"WAVE".to_vec(), chunks.clone(), vec![7; 64]].concat()));
    }
    // Wave64: a GUID and a size that includes both.
    let part = |id: &[u8], content: &[u8]| {
        let size = 24 + content.len() as u64;
        [
            id.to_vec(),
            b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a".to_vec(),
            size.to_le_bytes().to_vec(),
            content.to_vec(),
        ]
        .concat()
    };
    let riff = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00\0\0\0\0\0\0\0\0".to_vec();
    let wave = b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a".to_vec();
    check("Wave64", &[riff, wave, part(b"fmt ", &format()[8..]), part(b"data", &sound())].concat());
}

#[test]
fn extended_formats() {
    let plain = &format()[8..];
    let guid = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    for valid_bits in [16u8, 12, 0] {
        let mut content = plain.to_vec();
        content[..2].copy_from_slice(&[0xfe, 0xff]);
        content.extend([22, 0, valid_bits, 0, 4, 0, 0, 0]);
        content.extend(guid);
        check("extended", &riff(&[chunk(b"fmt ", &content, true), chunk(b"data", &sound(), true)]));
    }
    // Two bytes of length, twenty of nothing.
    let content = [plain.to_vec(), vec![0; 22]].concat();
    check("longer than needed", &riff(&[chunk(b"fmt ", &content, true), chunk(b"data", &sound(), true)]));
}
