//! Reading stretches of a recording in the order of their starts, with one decoder that streams from the start. What
//! lies between is skipped, what overlaps is kept; memory is that of one stretch.

use std::path::Path;

use st_audio::{AudioError, Decoder};
use st_core::time::TimeSpan;

/// A decoder with the samples that may be asked for again.
pub struct Cursor {
    decoder: Decoder,
    kept: Vec<f32>,
    first: u64,
}

impl Cursor {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Ok(Self { decoder: Decoder::open(path)?, kept: Vec::new(), first: 0 })
    }

    /// The samples of `span`; fewer where the recording ends. Spans must not start before the last one did.
    pub fn read(&mut self, span: TimeSpan) -> Result<&[f32], AudioError> {
        let (start, end) = (span.start.to_sample().max(self.first), span.end.to_sample());
        let held = self.first + self.kept.len() as u64;
        if start >= held {
            self.kept.clear();
            self.decoder.skip_to(start)?;
            self.first = start;
        } else {
            let gone = usize::try_from(start - self.first).unwrap_or(self.kept.len());
            self.kept.drain(..gone);
            self.first = start;
        }
        let wanted = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
        if wanted > self.kept.len() {
            let more = self.decoder.read(wanted - self.kept.len())?;
            self.kept.extend_from_slice(&more);
        }
        Ok(&self.kept[..wanted.min(self.kept.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wav;
    use super::*;

    #[test]
    fn stretches_are_the_same_however_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let samples: Vec<i16> = (0..16_000 * 3).map(|n| (n % 2000) as i16).collect();
        let path = wav(folder.path(), "ramp.wav", &samples);
        let expect = |from: usize, to: usize| -> Vec<f32> {
            samples[from.min(samples.len())..to.min(samples.len())].iter().map(|s| f32::from(*s) / 32768.0).collect()
        };
        let mut cursor = Cursor::open(&path).unwrap();
        for (start, end) in [(0, 100), (50, 900), (800, 900), (2000, 2500), (2600, 4000), (3000, 5000)] {
            let read = cursor.read(TimeSpan::new(start, end)).unwrap();
            assert_eq!(read, expect(start as usize * 16, end as usize * 16), "{start}..{end}");
        }
    }
}
