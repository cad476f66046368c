//! Random access to the frames of a file: what was decoded a moment ago is kept, so that short ways back and loops cost
//! nothing.

use std::path::Path;

use super::{Frame, Frames};
use crate::error::AudioError;

/// Seconds kept behind the place that was read last.
const KEPT: u64 = 10;
/// Ways forward up to so many seconds are decoded, not jumped.
const AHEAD: u64 = 5;

/// A file, and the part of it that is decoded.
pub struct Nearby {
    reader: Frames,
    /// Number of the first frame in `frames`.
    start: u64,
    frames: Vec<Frame>,
    /// Length of the file, once its end was seen.
    end: Option<u64>,
}

impl Nearby {
    /// Opens a file.
    ///
    /// # Errors
    /// As for [`Frames::open`].
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Ok(Self { reader: Frames::open(path)?, start: 0, frames: Vec::new(), end: None })
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.reader.rate()
    }

    /// What to say where its rate can't be converted.
    pub(super) fn damaged(&self) -> AudioError {
        self.reader.damaged()
    }

    /// Length in seconds: the true one once the end was seen, before that what the header says, if it does.
    pub fn seconds(&self) -> Option<f64> {
        match self.end {
            Some(end) => Some(end as f64 / f64::from(self.rate())),
            None => self.reader.info().duration.map(|duration| duration.seconds()),
        }
    }

    /// `count` frames from number `at` on; fewer at the end, none behind it.
    ///
    /// # Errors
    /// When the disk fails, or the file is no longer there.
    pub fn read(&mut self, at: u64, count: usize) -> Result<&[Frame], AudioError> {
        let rate = u64::from(self.rate());
        let decoded = self.start + self.frames.len() as u64;
        if self.end.is_none_or(|end| at < end) && (at < self.start || at > decoded + AHEAD * rate) {
            self.reader.seek(at)?;
            self.frames.clear();
            self.start = at;
        }
        while self.start + (self.frames.len() as u64) < at + count as u64 {
            if !self.reader.next(&mut self.frames)? {
                // After a jump behind the end nothing is known of where it is.
                if !self.frames.is_empty() {
                    self.end = Some(self.start + self.frames.len() as u64);
                }
                break;
            }
        }
        let old = usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.frames.len());
        let kept = (KEPT * rate) as usize;
        // Moved now and then, and much of it at a time.
        let spare = if old > 2 * kept { old - kept } else { 0 };
        self.frames.drain(..spare);
        self.start += spare as u64;
        let from = usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.frames.len());
        let to = from.saturating_add(count).min(self.frames.len());
        Ok(&self.frames[from..to])
    }
}
