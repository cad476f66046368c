//! A recording as FLAC: a third to two thirds of the size, and every sample the same. What was written is decoded again and
//! compared with the original before anybody relies on it: steps over the full range of 24 bits, which no microphone gives, do
//! not come out of the encoder right.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::Verify;
use flacenc::source::{Context, Fill, FrameBuf};
use symphonia::core::codecs::audio::AudioDecoder;

use crate::codecs;
use crate::error::{AudioError, file_name};
use crate::guard::guarded;
use crate::open::{Opened, open};
use crate::packets::Next;

/// Samples of a channel in a frame: what the reference encoder takes.
const FRAME: usize = 4_096;
/// Bits that a frame may take beside its samples.
const SMALL: usize = 8 * 1_024;
/// First bytes of a file, and the head of its only block, the last one: stream info of 34 bytes.
const HEAD: [u8; 8] = *b"fLaC\x80\0\0\x22";

/// Why a recording is not kept as FLAC.
#[derive(Debug, thiserror::Error)]
pub enum FlacError {
    /// FLAC holds integers of up to 24 bits, in up to eight channels.
    #[error("it is in a form that FLAC does not hold")]
    Form,
    /// What was written is not what was read.
    #[error("what was written did not come back the same")]
    Different,
    /// Somebody does not want it any more.
    #[error("it was cancelled")]
    Cancelled,
    /// The recording.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The FLAC file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes `recording` (16 or 24 bits) to `flac`, which is emptied, puts it on the disk, and compares. `cancelled` is
/// asked again and again. Memory is that of a frame, however long the recording is.
///
/// # Errors
/// Where it can't be written, is of another form, or does not come back the same; `flac` is of no use then.
pub fn write(recording: &Path, flac: &Path, cancelled: &dyn Fn() -> bool) -> Result<(), FlacError> {
    let file = File::create(flac)?;
    encode(recording, &file, cancelled)?;
    file.sync_all()?;
    drop(file);
    compare(recording, flac, cancelled)
}

fn encode(recording: &Path, file: &File, cancelled: &dyn Fn() -> bool) -> Result<(), FlacError> {
    let mut source = Integers::open(recording)?;
    let (rate, channels, bits) = source.form();
    let mut info = StreamInfo::new(rate as usize, channels, bits).map_err(|_| FlacError::Form)?;
    let config = Encoder::default().into_verified().map_err(|_| FlacError::Form)?;
    let mut buffer = FrameBuf::with_size(channels, FRAME).map_err(|_| FlacError::Form)?;
    let mut context = Context::new(bits, channels);
    let mut out = BufWriter::new(file);
    write_head(&mut out, &info)?;
    let (mut waiting, mut number, mut ended) = (Vec::new(), 0, false);
    let wanted = FRAME * channels;
    while !ended {
        while waiting.len() < wanted && !ended {
            ended = !source.next(&mut waiting)?;
        }
        let whole = if ended { waiting.len() } else { waiting.len() / wanted * wanted };
        for part in waiting[..whole].chunks(wanted) {
            if cancelled() {
                return Err(FlacError::Cancelled);
            }
            // The library panics on what it does not expect.
            let frame = guarded(|| {
                buffer.fill_interleaved(part).ok()?;
                context.fill_interleaved(part).ok()?;
                encode_fixed_size_frame(&config, &buffer, number, &info).ok()
            });
            let frame = frame.ok().flatten().ok_or(FlacError::Form)?;
            // Steps over the full range of 24 bits come out thousands of times as long as they went in, and wrong.
            if frame.count_bits() > 2 * part.len() * bits + SMALL {
                return Err(FlacError::Different);
            }
            let mut bytes = ByteSink::new();
            frame.write(&mut bytes).map_err(|_| FlacError::Form)?;
            out.write_all(bytes.as_slice())?;
            info.update_frame_info(&frame);
            number += 1;
        }
        waiting.drain(..whole);
    }
    if number > 1 {
        // The last frame may be shorter than a stream says.
        info.set_block_sizes(FRAME, FRAME).map_err(|_| FlacError::Form)?;
    }
    info.set_md5_digest(&context.md5_digest());
    out.seek(SeekFrom::Start(0))?;
    write_head(&mut out, &info)?;
    out.flush()?;
    Ok(())
}

fn write_head(out: &mut impl Write, info: &StreamInfo) -> Result<(), FlacError> {
    let mut bytes = ByteSink::new();
    info.write(&mut bytes).map_err(|_| FlacError::Form)?;
    out.write_all(&HEAD)?;
    Ok(out.write_all(bytes.as_slice())?)
}

/// Compares two files sample by sample.
fn compare(one: &Path, two: &Path, cancelled: &dyn Fn() -> bool) -> Result<(), FlacError> {
    let (mut first, mut second) = (Integers::open(one)?, Integers::open(two)?);
    if first.form() != second.form() {
        return Err(FlacError::Different);
    }
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut more = (true, true);
    while more.0 || more.1 {
        if cancelled() {
            return Err(FlacError::Cancelled);
        }
        if more.0 && (a.len() <= b.len() || !more.1) {
            more.0 = first.next(&mut a)?;
        } else {
            more.1 = second.next(&mut b)?;
        }
        let common = a.len().min(b.len());
        if a[..common] != b[..common] {
            return Err(FlacError::Different);
        }
        a.drain(..common);
        b.drain(..common);
        // The rest of the longer one is not read: memory stays that of a frame.
        if !more.0 && !b.is_empty() || !more.1 && !a.is_empty() {
            return Err(FlacError::Different);
        }
    }
    if a.is_empty() && b.is_empty() { Ok(()) } else { Err(FlacError::Different) }
}

/// The samples of a file as they stand in it.
struct Integers {
    opened: Opened,
    decoder: Box<dyn AudioDecoder>,
    file: String,
    bits: usize,
    buffer: Vec<i32>,
}

impl Integers {
    fn open(path: &Path) -> Result<Self, FlacError> {
        let opened = open(path)?;
        let bits = opened.params.bits_per_sample.unwrap_or(0) as usize;
        let integer = opened.info.codec != "PCM (float)" && matches!(bits, 16 | 24);
        let decoder = codecs::make(&opened.params).ok().filter(|_| integer).ok_or(FlacError::Form)?;
        Ok(Self { opened, decoder, file: file_name(path), bits, buffer: Vec::new() })
    }

    /// Frames a second, channels, bits.
    fn form(&self) -> (u32, usize, usize) {
        (self.opened.info.sample_rate, usize::from(self.opened.info.channels), self.bits)
    }

    /// Adds samples, those of one frame after another; false at the end.
    fn next(&mut self, out: &mut Vec<i32>) -> Result<bool, FlacError> {
        let damaged = || AudioError::Damaged { file: self.file.clone(), at: None };
        let packet = match self.opened.next_packet(&self.file)? {
            Next::Packet(packet) => packet,
            Next::End => return Ok(false),
            Next::Chained | Next::Damaged | Next::Broken => return Err(damaged().into()),
        };
        let (decoder, buffer) = (&mut self.decoder, &mut self.buffer);
        let decoded = guarded(|| {
            let decoded = decoder.decode(&packet).ok()?;
            decoded.copy_to_vec_interleaved::<i32>(buffer);
            Some(())
        });
        if !matches!(decoded, Ok(Some(()))) {
            return Err(damaged().into());
        }
        // Decoders give the full range of 32 bits.
        out.extend(self.buffer.iter().map(|sample| sample >> (32 - self.bits)));
        Ok(true)
    }
}
