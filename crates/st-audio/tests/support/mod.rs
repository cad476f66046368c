//! What the tests of this crate share.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};

use st_audio::{AudioError, AudioInfo, Decoder, Summary};

/// Decodes a whole file.
pub fn decode(path: &Path) -> Result<(Vec<f32>, AudioInfo, Summary), AudioError> {
    let mut decoder = Decoder::open(path)?;
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block()? {
        samples.extend_from_slice(block);
    }
    assert_eq!(decoder.position(), samples.len() as u64);
    Ok((samples, decoder.info().clone(), decoder.summary()))
}

/// A file below `tests/fixtures` of the repository.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// The folder with the large test recordings, where there is one.
pub fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.join("INDEX.tsv").is_file() {
        Some(folder)
    } else {
        println!("skipped: the test recordings are not there ({})", folder.display());
        None
    }
}

/// By how many samples `other` lies behind `reference` (negative: before it), looked for up to `most` samples, and how
/// like each other they are there (1 is the same up to loudness).
pub fn lag(reference: &[f32], other: &[f32], most: i32) -> (i32, f32) {
    let at = |samples: &[f32], index: i64| usize::try_from(index).ok().and_then(|i| samples.get(i).copied());
    let mut best = (0, -1.0);
    for lag in -most..=most {
        let (mut dot, mut one, mut two) = (0.0f64, 1e-12, 1e-12);
        for (index, &a) in reference.iter().enumerate() {
            let Some(b) = at(other, index as i64 + i64::from(lag)) else { continue };
            dot += f64::from(a) * f64::from(b);
            one += f64::from(a) * f64::from(a);
            two += f64::from(b) * f64::from(b);
        }
        let likeness = (dot / (one * two).sqrt()) as f32;
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best
}

/// A WAV file of 16-bit samples.
pub fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(44 + bytes as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend_from_slice(&channels.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * u32::from(channels) * 2).to_le_bytes());
    file.extend_from_slice(&(channels * 2).to_le_bytes());
    file.extend_from_slice(b"\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    for sample in samples {
        file.extend_from_slice(&sample.to_le_bytes());
    }
    file
}
