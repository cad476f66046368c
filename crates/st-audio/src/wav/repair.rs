//! Mending a WAV file whose writer was cut off.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use thiserror::Error;

use super::header::{LONG, LONG_AT};
use crate::riff::{self, WaveError};

/// What a file holds after it was mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    /// Whole frames in it.
    pub frames: u64,
    /// Frames a second.
    pub rate: u32,
    /// Samples of a frame.
    pub channels: u16,
    /// Whether its header said something else before.
    pub changed: bool,
}

impl Repaired {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate.max(1))
    }
}

/// Why a file cannot be mended.
#[derive(Debug, Error)]
pub enum RepairError {
    /// It ends before the sound begins.
    #[error("there is no sound in it")]
    NoSound,
    /// It is no WAV file, or not one that this program wrote.
    #[error("it is no recording of this program")]
    Foreign,
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Makes the header of a file say what is there. A last frame that is not whole is taken off; nothing else of the sound
/// is touched. A file that is right stays as it is.
///
/// # Errors
/// Where there is no sound in it, or it is not a file of [`super::WavWriter`].
pub fn repair(path: &Path) -> Result<Repaired, RepairError> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut start = [0; 20];
    if length < 20 {
        return Err(RepairError::NoSound);
    }
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut start)?;
    let ours = |id: &[u8], long: &[u8]| start.starts_with(id) && &start[8..12] == b"WAVE" && &start[12..16] == long;
    if !(ours(b"RIFF", b"JUNK") || ours(b"RF64", b"ds64")) || start[16..20] != LONG.to_le_bytes() {
        return Err(RepairError::Foreign);
    }
    let wave = match riff::read(&mut file, 0) {
        Ok(wave) => wave,
        // Cut off inside the header.
        Err(WaveError::Damaged) => return Err(RepairError::NoSound),
        Err(WaveError::Io(error)) => return Err(error.into()),
    };
    let frame = u64::from(wave.block_align);
    let there = length.saturating_sub(wave.data_start);
    let sound = there - there % frame;
    if sound == 0 {
        return Err(RepairError::NoSound);
    }
    let repaired = |changed| Repaired { frames: sound / frame, rate: wave.rate, channels: wave.channels, changed };
    let long = wave.data_start + sound > u64::from(u32::MAX) || start.starts_with(b"RF64");
    let sizes = Sizes { whole: wave.data_start - 8 + sound, sound, frames: sound / frame, long };
    let mut before = vec![0; wave.data_start as usize];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut before)?;
    let after = sizes.put(before.clone());
    if after == before && there == sound {
        return Ok(repaired(false));
    }
    file.set_len(wave.data_start + sound)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&after)?;
    file.sync_all()?;
    Ok(repaired(true))
}

struct Sizes {
    whole: u64,
    sound: u64,
    frames: u64,
    long: bool,
}

impl Sizes {
    /// The header with these sizes in it.
    fn put(&self, mut header: Vec<u8>) -> Vec<u8> {
        let short = |length: u64| if self.long { u32::MAX } else { length as u32 }.to_le_bytes();
        header[..4].copy_from_slice(if self.long { b"RF64" } else { b"RIFF" });
        header[4..8].copy_from_slice(&short(self.whole));
        let at = LONG_AT as usize;
        header[at..at + 4].copy_from_slice(if self.long { b"ds64" } else { b"JUNK" });
        for (index, number) in [self.whole, self.sound, self.frames].into_iter().enumerate() {
            let place = at + 8 + index * 8;
            header[place..place + 8].copy_from_slice(&(if self.long { number } else { 0 }).to_le_bytes());
        }
        let end = header.len();
        header[end - 4..].copy_from_slice(&short(self.sound));
        header
    }
}
