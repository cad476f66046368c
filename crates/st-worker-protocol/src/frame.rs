//! Frames: a little-endian `u32` length of what follows, one byte of kind, then the payload.

use std::io::{self, Read, Write};

use serde::Serialize;

/// Payloads above this are refused on both sides: no request needs them (30 s of PCM are 1.9 MB).
pub const MAX_FRAME: usize = 16 * 1024 * 1024;

const KIND_JSON: u8 = 0;
const KIND_PCM: u8 = 1;

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// UTF-8 JSON: a `Request` or an `Event`.
    Json(Vec<u8>),
    /// Mono samples at 16 kHz within ±1, 32-bit floats in little-endian order.
    Pcm(Vec<f32>),
}

/// What can be wrong with a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The length is beyond [`MAX_FRAME`] or does not fit the kind.
    #[error("a frame of {0} bytes is not valid")]
    Length(usize),
    /// The kind byte is unknown.
    #[error("unknown kind of frame {0}")]
    Kind(u8),
    /// A message could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Reads one frame; `None` at a clean end of the stream.
pub fn read_frame(from: &mut impl Read) -> Result<Option<Frame>, FrameError> {
    let mut head = [0u8; 4];
    let mut filled = 0;
    while filled < head.len() {
        match from.read(&mut head[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    let length = u32::from_le_bytes(head) as usize;
    if length == 0 || length > MAX_FRAME {
        return Err(FrameError::Length(length));
    }
    let mut kind = [0u8];
    from.read_exact(&mut kind)?;
    let mut payload = vec![0u8; length - 1];
    from.read_exact(&mut payload)?;
    match kind[0] {
        KIND_JSON => Ok(Some(Frame::Json(payload))),
        KIND_PCM if payload.len().is_multiple_of(4) => Ok(Some(Frame::Pcm(
            payload.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        ))),
        KIND_PCM => Err(FrameError::Length(length)),
        other => Err(FrameError::Kind(other)),
    }
}

/// Writes a message as a JSON frame and flushes.
pub fn write_json(to: &mut impl Write, message: &impl Serialize) -> Result<(), FrameError> {
    write_frame(to, KIND_JSON, &serde_json::to_vec(message)?)
}

/// Writes samples as a PCM frame and flushes.
pub fn write_pcm(to: &mut impl Write, samples: &[f32]) -> Result<(), FrameError> {
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    write_frame(to, KIND_PCM, &bytes)
}

fn write_frame(to: &mut impl Write, kind: u8, payload: &[u8]) -> Result<(), FrameError> {
    let length = payload.len() + 1;
    if length > MAX_FRAME {
        return Err(FrameError::Length(length));
    }
    let mut head = [0u8; 5];
    head[..4].copy_from_slice(&(length as u32).to_le_bytes());
    head[4] = kind;
    to.write_all(&head)?;
    to.write_all(payload)?;
    to.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_written() {
        let mut stream = Vec::new();
        write_json(&mut stream, &"hello").unwrap();
        write_pcm(&mut stream, &[0.5, -1.0]).unwrap();
        let mut from = stream.as_slice();
        assert_eq!(read_frame(&mut from).unwrap(), Some(Frame::Json(b"\"hello\"".to_vec())));
        assert_eq!(read_frame(&mut from).unwrap(), Some(Frame::Pcm(vec![0.5, -1.0])));
        assert_eq!(read_frame(&mut from).unwrap(), None);
    }

    #[test]
    fn broken_frames_are_refused() {
        assert!(matches!(read_frame(&mut [0u8, 0, 0, 0].as_slice()), Err(FrameError::Length(0))));
        assert!(matches!(read_frame(&mut [255u8, 255, 255, 255].as_slice()), Err(FrameError::Length(_))));
        assert!(matches!(read_frame(&mut [1u8, 0].as_slice()), Err(FrameError::Io(_))));
        assert!(matches!(read_frame(&mut [1u8, 0, 0, 0, 9].as_slice()), Err(FrameError::Kind(9))));
        assert!(matches!(read_frame(&mut [4u8, 0, 0, 0, 1, 1, 2, 3].as_slice()), Err(FrameError::Length(4))));
    }
}
