//! The header of a WAV file, read more tolerantly than symphonia does: RF64, BW64 and Wave64, sizes that are zero, too
//! large or 4,294,967,295 (a recorder that was cut off, or a pipe), odd chunks with and without their padding byte, and
//! extended formats with odd fields.
//!
//! What is found is written as a plain header in front of the sound data, and symphonia decodes that.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// What a WAV header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wave {
    /// `wFormatTag`, the real one of an extended format.
    pub tag: u16,
    pub channels: u16,
    pub rate: u32,
    /// Bytes of one frame, or of one block of a compressed format.
    pub block_align: u16,
    pub bits: u16,
    /// What follows the first 16 bytes of `fmt `, its length field included.
    extra: Vec<u8>,
    /// First byte of the sound data in the file.
    pub data_start: u64,
    /// Byte after the sound data that is there, whole blocks only.
    pub data_end: u64,
    /// How long the header says the sound data is, if that is more than what is there.
    pub data_declared: Option<u64>,
}

/// Why a header could not be used.
#[derive(Debug)]
pub(crate) enum WaveError {
    /// No `fmt ` or no `data` chunk, or impossible numbers in them.
    Damaged,
    /// Reading failed.
    Io(io::Error),
}

impl From<io::Error> for WaveError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Damaged } else { Self::Io(error) }
    }
}

/// `wFormatTag` values (mmreg.h).
pub(crate) const TAG_PCM: u16 = 1;
pub(crate) const TAG_MS_ADPCM: u16 = 2;
pub(crate) const TAG_FLOAT: u16 = 3;
pub(crate) const TAG_ALAW: u16 = 6;
pub(crate) const TAG_MULAW: u16 = 7;
pub(crate) const TAG_IMA_ADPCM: u16 = 0x11;
pub(crate) const TAG_MPEG: u16 = 0x50;
pub(crate) const TAG_MP3: u16 = 0x55;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// Chunks looked at before the sound data: real files have under ten; a hostile one may have millions of empty ones.
const MAX_CHUNKS: usize = 10_000;
/// Most bytes of a `fmt ` chunk that are of use; the largest known is that of MS ADPCM with its table.
const MAX_FORMAT: usize = 256;

/// Reads the header that begins at byte `start` of the file.
pub(crate) fn read(file: &mut File, start: u64) -> Result<Wave, WaveError> {
    let file_len = file.metadata()?.len();
    file.seek(SeekFrom::Start(start))?;
    let mut head = [0; 12];
    file.read_exact(&mut head)?;
    let mut chunks =
        if head.starts_with(b"riff") { Chunks::wave64(start, file_len) } else { Chunks::riff(start, file_len) };
    let mut format: Option<Vec<u8>> = None;
    let mut long_data: Option<u64> = None;
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = chunks.next(file)? else { return Err(WaveError::Damaged) };
        match &chunk.id {
            b"ds64" => {
                long_data = Some(u64::from_le_bytes(chunk.read_array::<16>(file)?[8..].try_into().unwrap_or_default()))
            }
            b"fmt " => format = Some(chunk.read_start(file, MAX_FORMAT)?),
            b"data" => {
                let format = format.ok_or(WaveError::Damaged)?;
                let declared = match chunk.len {
                    // Not known when the header was written, or too long for 32 bits.
                    0 | 0xffff_ffff => long_data.filter(|_| chunk.len != 0).unwrap_or(file_len - chunk.start),
                    len => len,
                };
                return wave(&format, chunk.start, declared, file_len);
            }
            _ => {}
        }
    }
    Err(WaveError::Damaged)
}

fn wave(format: &[u8], data_start: u64, declared: u64, file_len: u64) -> Result<Wave, WaveError> {
    let u16_at = |at: usize| format.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (Some(mut tag), Some(channels), Some(block_align)) = (u16_at(0), u16_at(2), u16_at(12)) else {
        return Err(WaveError::Damaged);
    };
    let rate = format.get(4..8).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let mut bits = u16_at(14).unwrap_or(0);
    // An extended format carries the real tag in the first two bytes of its GUID.
    if tag == TAG_EXTENSIBLE {
        tag = u16_at(24).ok_or(WaveError::Damaged)?;
        // Ambisonic and mu-law GUIDs aside, the numbers are the plain tags.
        if tag == 4 {
            tag = TAG_MULAW;
        }
    }
    let linear = matches!(tag, TAG_PCM | TAG_FLOAT | TAG_ALAW | TAG_MULAW);
    if matches!(tag, TAG_ALAW | TAG_MULAW) {
        bits = 8;
    }
    // Samples narrower than their bytes are left-justified: 12 bits are stored, and read, as 16.
    if tag == TAG_PCM {
        bits = bits.div_ceil(8).saturating_mul(8);
    }
    if channels == 0 || rate == 0 || (linear && bits == 0) {
        return Err(WaveError::Damaged);
    }
    let block_align = if linear {
        u16::try_from(u32::from(channels) * u32::from(bits / 8)).map_err(|_| WaveError::Damaged)?
    } else {
        block_align
    };
    // Frames of MPEG audio have no fixed size, whatever the header says.
    let block_align = if matches!(tag, TAG_MPEG | TAG_MP3) { 1 } else { block_align };
    if block_align == 0 {
        return Err(WaveError::Damaged);
    }
    let there = file_len.saturating_sub(data_start);
    let usable = declared.min(there);
    Ok(Wave {
        tag,
        channels,
        rate,
        block_align,
        bits,
        extra: format.get(16..).unwrap_or_default().to_vec(),
        data_start,
        data_end: data_start + usable - usable % u64::from(block_align),
        data_declared: (declared > there).then_some(declared),
    })
}

impl Wave {
    /// A plain header for this sound, as symphonia wants it.
    pub(crate) fn plain_header(&self) -> Vec<u8> {
        let extra: Vec<u8> = match self.tag {
            TAG_PCM | TAG_FLOAT => Vec::new(),
            TAG_ALAW | TAG_MULAW => vec![0, 0],
            _ => self.extra.clone(),
        };
        let length = self.data_end - self.data_start;
        // All ones means "to the end" to symphonia, so longer data than 32 bits can say works too.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let bytes_per_second = self.rate.wrapping_mul(u32::from(self.block_align));
        let mut header = Vec::with_capacity(60 + extra.len());
        header.extend_from_slice(b"RIFF\xff\xff\xff\xffWAVEfmt ");
        header.extend_from_slice(&(16 + extra.len() as u32).to_le_bytes());
        header.extend_from_slice(&self.tag.to_le_bytes());
        header.extend_from_slice(&self.channels.to_le_bytes());
        header.extend_from_slice(&self.rate.to_le_bytes());
        header.extend_from_slice(&bytes_per_second.to_le_bytes());
        header.extend_from_slice(&self.block_align.to_le_bytes());
        header.extend_from_slice(&self.bits.to_le_bytes());
        header.extend_from_slice(&extra);
        if extra.len() % 2 == 1 {
            header.push(0);
        }
        header.extend_from_slice(b"data");
        header.extend_from_slice(&length.to_le_bytes());
        header
    }

    /// Frames for so many bytes of sound data, where the format has a fixed size a frame.
    pub(crate) fn frames(&self, bytes: u64) -> Option<u64> {
        let blocks = bytes / u64::from(self.block_align);
        match self.tag {
            TAG_PCM | TAG_FLOAT | TAG_ALAW | TAG_MULAW => Some(blocks),
            // `wSamplesPerBlock`, behind the length field.
            TAG_MS_ADPCM | TAG_IMA_ADPCM => {
                self.extra.get(2..4).map(|b| blocks.saturating_mul(u64::from(u16::from_le_bytes([b[0], b[1]]))))
            }
            _ => None,
        }
    }
}

struct Chunk {
    id: [u8; 4],
    start: u64,
    len: u64,
}

impl Chunk {
    fn read_start(&self, file: &mut File, most: usize) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.len).unwrap_or(usize::MAX).min(most);
        let mut bytes = vec![0; len];
        file.seek(SeekFrom::Start(self.start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn read_array<const N: usize>(&self, file: &mut File) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        file.seek(SeekFrom::Start(self.start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Walks the chunks of a RIFF or Wave64 file.
struct Chunks {
    next: u64,
    file_len: u64,
    wave64: bool,
}

impl Chunks {
    fn riff(start: u64, file_len: u64) -> Self {
        Self { next: start + 12, file_len, wave64: false }
    }

    /// Wave64 has GUIDs (whose first four bytes are the RIFF ids) and 64-bit sizes that include the header.
    fn wave64(start: u64, file_len: u64) -> Self {
        Self { next: start + 40, file_len, wave64: true }
    }

    fn next(&mut self, file: &mut File) -> io::Result<Option<Chunk>> {
        let header_len: u64 = if self.wave64 { 24 } else { 8 };
        if self.next.saturating_add(header_len) > self.file_len {
            return Ok(None);
        }
        let mut header = [0; 24];
        file.seek(SeekFrom::Start(self.next))?;
        file.read_exact(&mut header[..header_len as usize])?;
        let mut id = [header[0], header[1], header[2], header[3]];
        // A writer that forgot the padding byte of an odd chunk: its successor begins one byte early.
        if !self.wave64 && !is_id(&id) && self.next > 0 {
            file.seek(SeekFrom::Start(self.next - 1))?;
            file.read_exact(&mut header[..8])?;
            let early = [header[0], header[1], header[2], header[3]];
            if !is_id(&early) {
                return Ok(None);
            }
            id = early;
            self.next -= 1;
        }
        let start = self.next + header_len;
        let (len, step) = if self.wave64 {
            let size = u64::from_le_bytes(header[16..24].try_into().unwrap_or_default());
            let len = size.saturating_sub(header_len);
            (len, len.checked_next_multiple_of(8))
        } else {
            let len = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
            (len, len.checked_next_multiple_of(2))
        };
        self.next = step.and_then(|step| start.checked_add(step)).unwrap_or(u64::MAX);
        Ok(Some(Chunk { id, start, len }))
    }
}

fn is_id(id: &[u8; 4]) -> bool {
    id.iter().all(|b| (0x20..0x7f).contains(b))
}
