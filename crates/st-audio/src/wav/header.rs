//! The header that [`super::WavWriter`] writes.

use super::{SampleKind, WavSpec};
use crate::riff::{TAG_FLOAT, TAG_PCM};

/// `wFormatTag` of a format whose real tag stands in a GUID (mmreg.h).
const TAG_EXTENSIBLE: u16 = 0xfffe;
/// What follows the tag in the GUID of every such format.
const GUID_REST: [u8; 14] = *b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
/// Bytes of the contents of a `ds64` chunk without a table: three lengths and the number of table entries.
pub(super) const LONG: u32 = 28;
/// Where the chunk lies that is `JUNK` or `ds64`.
pub(super) const LONG_AT: u64 = 12;

/// Whether the plain form can say it: Microsoft asks for the extended one where there are more than two channels or
/// integers of more than 16 bits.
fn extended(spec: &WavSpec) -> bool {
    spec.channels > 2 || matches!(spec.kind, SampleKind::I24 | SampleKind::I32)
}

/// Bytes before the sound.
pub(super) fn length(spec: &WavSpec) -> u64 {
    let format = if extended(spec) { 40 } else { 16 };
    LONG_AT + 8 + u64::from(LONG) + 8 + format + 8
}

/// The header for so many bytes of sound, as RF64 where `long`.
pub(super) fn bytes(spec: &WavSpec, sound: u64, long: bool) -> Vec<u8> {
    let whole = length(spec) - 8 + sound;
    let short = |length: u64| if long { u32::MAX } else { u32::try_from(length).unwrap_or(u32::MAX) };
    let mut header = Vec::with_capacity(128);
    header.extend_from_slice(if long { b"RF64" } else { b"RIFF" });
    header.extend_from_slice(&short(whole).to_le_bytes());
    header.extend_from_slice(b"WAVE");
    header.extend_from_slice(&long_chunk(spec, sound, long));
    header.extend_from_slice(&format_chunk(spec));
    header.extend_from_slice(b"data");
    header.extend_from_slice(&short(sound).to_le_bytes());
    header
}

fn long_chunk(spec: &WavSpec, sound: u64, long: bool) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(8 + LONG as usize);
    chunk.extend_from_slice(if long { b"ds64" } else { b"JUNK" });
    chunk.extend_from_slice(&LONG.to_le_bytes());
    if long {
        let frames = sound / spec.frame_bytes();
        for number in [length(spec) - 8 + sound, sound, frames] {
            chunk.extend_from_slice(&number.to_le_bytes());
        }
    }
    chunk.resize(8 + LONG as usize, 0);
    chunk
}

fn format_chunk(spec: &WavSpec) -> Vec<u8> {
    let tag = if spec.kind == SampleKind::F32 { TAG_FLOAT } else { TAG_PCM };
    let extended = extended(spec);
    let frame = spec.channels.saturating_mul(spec.kind.bytes());
    let bits = spec.kind.bytes() * 8;
    let mut chunk = Vec::with_capacity(48);
    chunk.extend_from_slice(b"fmt ");
    chunk.extend_from_slice(&u32::to_le_bytes(if extended { 40 } else { 16 }));
    chunk.extend_from_slice(&(if extended { TAG_EXTENSIBLE } else { tag }).to_le_bytes());
    chunk.extend_from_slice(&spec.channels.to_le_bytes());
    chunk.extend_from_slice(&spec.rate.to_le_bytes());
    chunk.extend_from_slice(&spec.rate.saturating_mul(u32::from(frame)).to_le_bytes());
    chunk.extend_from_slice(&frame.to_le_bytes());
    chunk.extend_from_slice(&bits.to_le_bytes());
    if extended {
        chunk.extend_from_slice(&22u16.to_le_bytes());
        chunk.extend_from_slice(&bits.to_le_bytes());
        // No places of loudspeakers: the channels are microphones.
        chunk.extend_from_slice(&0u32.to_le_bytes());
        chunk.extend_from_slice(&tag.to_le_bytes());
        chunk.extend_from_slice(&GUID_REST);
    }
    chunk
}
