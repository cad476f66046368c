//! A WAV file that is whole at every moment: its header is made to fit while it grows, so that a recording that breaks
//! off can be played up to its last second. Past 4 GiB it is RF64 (EBU Tech 3306), for which the place is kept free from
//! the beginning on.
//!
//! ```text
//! RIFF size WAVE | JUNK 28 (ds64 once it is RF64) | fmt  16 or 40 | data size | frames …
//! ```

mod header;
mod repair;

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

pub use repair::{RepairError, Repaired, repair};

/// How samples stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// 16-bit integers.
    I16,
    /// 24-bit integers, packed in three bytes.
    I24,
    /// 32-bit integers. Samples pass as 32-bit floats, so 24 of the bits are kept: more no converter delivers.
    I32,
    /// 32-bit floats.
    F32,
}

impl SampleKind {
    /// Bytes of one sample.
    pub fn bytes(self) -> u16 {
        match self {
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavSpec {
    /// Frames a second.
    pub rate: u32,
    /// Samples of a frame.
    pub channels: u16,
    /// How they are written.
    pub kind: SampleKind,
}

impl WavSpec {
    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.kind.bytes())
    }
}

/// Writes a WAV file.
///
/// Nothing is on the disk for sure before [`WavWriter::flush`] and [`WavWriter::sync`]; call both about once a second.
pub struct WavWriter {
    file: File,
    spec: WavSpec,
    /// Bytes of sound written to the file.
    written: u64,
    /// Sound that waits for the next write.
    pending: Vec<u8>,
    /// Sound from which the file is RF64, in bytes.
    long_from: u64,
}

/// So much is written at once: a system call for each buffer of the device would be wasted.
const AT_ONCE: usize = 64 * 1024;
/// Sound that 32-bit sizes can tell; what is left is more than any header.
const SHORT: u64 = u32::MAX as u64 - 1_024;

impl WavWriter {
    /// Begins a file, which is emptied.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(file: File, spec: WavSpec) -> io::Result<Self> {
        Self::create_with(file, spec, SHORT)
    }

    fn create_with(mut file: File, spec: WavSpec, long_from: u64) -> io::Result<Self> {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header::bytes(&spec, 0, false))?;
        Ok(Self { file, spec, written: 0, pending: Vec::with_capacity(2 * AT_ONCE), long_from })
    }

    /// What the file holds.
    pub fn spec(&self) -> WavSpec {
        self.spec
    }

    /// Frames given so far.
    pub fn frames(&self) -> u64 {
        (self.written + self.pending.len() as u64) / self.spec.frame_bytes()
    }

    /// Bytes of the whole file so far.
    pub fn len(&self) -> u64 {
        header::length(&self.spec) + self.written + self.pending.len() as u64
    }

    /// Whether no sound was given yet.
    pub fn is_empty(&self) -> bool {
        self.frames() == 0
    }

    /// Adds samples in ±1, frame after frame; whole frames only. What lies outside is cut off by the integer formats.
    ///
    /// # Errors
    /// Where the file cannot be written. What could not be is tried again by the next call.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        encode(samples, self.spec.kind, &mut self.pending);
        if self.pending.len() >= AT_ONCE { self.drain() } else { Ok(()) }
    }

    /// Writes what waits, and the header that fits.
    ///
    /// # Errors
    /// Where the file cannot be written; what is in it stays playable.
    pub fn flush(&mut self) -> io::Result<()> {
        let drained = self.drain();
        // Also where not everything found its place: what did is to be heard.
        let told = self.tell();
        drained.and(told)
    }

    /// Asks the system to put what was flushed on the disk. Slow disks take their time for it.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Another handle of the file, for syncing it in another thread.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Sets another rate: a device was found to deliver another one than it said.
    pub fn set_rate(&mut self, rate: u32) {
        self.spec.rate = rate;
    }

    /// Ends the file; gives its frames.
    ///
    /// # Errors
    /// Where the file cannot be written or the disk fails.
    pub fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        self.file.sync_all()?;
        Ok(self.written / self.spec.frame_bytes())
    }

    fn drain(&mut self) -> io::Result<()> {
        let start = header::length(&self.spec);
        self.file.seek(SeekFrom::Start(start + self.written))?;
        let (mut done, mut outcome) = (0, Ok(()));
        while done < self.pending.len() {
            match self.file.write(&self.pending[done..]) {
                Ok(0) => outcome = Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => outcome = Err(error),
            }
            if outcome.is_err() {
                break;
            }
        }
        self.written += done as u64;
        self.pending.drain(..done);
        outcome
    }

    fn tell(&mut self) -> io::Result<()> {
        let bytes = self.written - self.written % self.spec.frame_bytes();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header::bytes(&self.spec, bytes, bytes > self.long_from))
    }
}

/// Appends samples as they stand in the file.
fn encode(samples: &[f32], kind: SampleKind, to: &mut Vec<u8>) {
    match kind {
        SampleKind::I16 => {
            to.extend(samples.iter().flat_map(|&x| (scaled(x, 32_768.0) as i16).to_le_bytes()));
        }
        SampleKind::I24 => {
            for &sample in samples {
                to.extend_from_slice(&(scaled(sample, 8_388_608.0) as i32).to_le_bytes()[..3]);
            }
        }
        SampleKind::I32 => {
            to.extend(samples.iter().flat_map(|&x| (scaled(x, 2_147_483_648.0) as i32).to_le_bytes()));
        }
        SampleKind::F32 => to.extend(samples.iter().flat_map(|x| x.to_le_bytes())),
    }
}

/// The integer of a sample in ±1: the inverse of a division by `full`, which is exact for up to 24 bits.
fn scaled(sample: f32, full: f64) -> f64 {
    // Not a number is silence: `max` and `min` leave the other one.
    if sample.is_nan() { 0.0 } else { (f64::from(sample) * full).round().clamp(-full, full - 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_exactly() {
        let mut bytes = Vec::new();
        let sixteen: Vec<f32> = (-32_768..=32_767).map(|n| n as f32 / 32_768.0).collect();
        encode(&sixteen, SampleKind::I16, &mut bytes);
        let back = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
        assert!(back.eq(-32_768i16..=32_767));
        for n in [-8_388_608, -8_388_607, -1, 0, 1, 77_777, 8_388_607] {
            let mut bytes = Vec::new();
            encode(&[n as f32 / 8_388_608.0], SampleKind::I24, &mut bytes);
            assert_eq!(i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8, n);
            let mut bytes = Vec::new();
            encode(&[n as f32 / 8_388_608.0], SampleKind::I32, &mut bytes);
            assert_eq!(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) >> 8, n);
        }
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut bytes = Vec::new();
        encode(&[2.0, -2.0, f32::NAN, f32::INFINITY], SampleKind::I16, &mut bytes);
        assert_eq!(bytes, [0xff, 0x7f, 0x00, 0x80, 0, 0, 0xff, 0x7f]);
    }

    #[test]
    fn a_long_file_changes_to_64_bits_while_it_grows() {
        let file = tempfile::tempfile().unwrap();
        let spec = WavSpec { rate: 8_000, channels: 1, kind: SampleKind::I16 };
        let mut writer = WavWriter::create_with(file.try_clone().unwrap(), spec, 100).unwrap();
        let mut ids = Vec::new();
        for _ in 0..3 {
            writer.write(&[0.25; 25]).unwrap();
            writer.flush().unwrap();
            let mut start = [0; 16];
            let mut reader = &file;
            reader.seek(SeekFrom::Start(0)).unwrap();
            io::Read::read_exact(&mut reader, &mut start).unwrap();
            ids.push((start[..4].to_vec(), start[12..].to_vec()));
        }
        let short = (b"RIFF".to_vec(), b"JUNK".to_vec());
        assert_eq!(ids, [short.clone(), short, (b"RF64".to_vec(), b"ds64".to_vec())]);
        assert_eq!(writer.finish().unwrap(), 75);
    }
}
