//! What the tests of the stages share.

use std::path::{Path, PathBuf};

/// Writes a WAV file of 16 kHz mono.
pub(crate) fn wav(folder: &Path, name: &str, samples: &[i16]) -> PathBuf {
    wav_of(1, folder, name, samples)
}

/// Writes a WAV file of 16 kHz with so many channels, their samples in turn.
pub(crate) fn wav_of(channels: u16, folder: &Path, name: &str, samples: &[i16]) -> PathBuf {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1u16, channels].into_iter().flat_map(u16::to_le_bytes));
    file.extend([16_000u32, 32_000 * u32::from(channels)].into_iter().flat_map(u32::to_le_bytes));
    file.extend([2 * channels, 16].into_iter().flat_map(u16::to_le_bytes));
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    let path = folder.join(name);
    std::fs::write(&path, file).unwrap();
    path
}
