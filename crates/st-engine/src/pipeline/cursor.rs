//! Reading stretches of a recording in the order of their starts, with one decoder that streams from the start. What
//! lies between is skipped, what overlaps is kept; memory is that of one stretch.

use std::path::Path;

use st_audio::{AudioError, Decoder, Mix};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};

use crate::library::Track;

/// Samples over which sound fades before what is left out, and comes back after it.
const FADE: u64 = SAMPLE_RATE as u64 / 100;

/// A decoder with the samples that may be asked for again.
pub struct Cursor {
    decoder: Decoder,
    /// What is left out, in samples.
    silent: Vec<(u64, u64)>,
    kept: Vec<f32>,
    first: u64,
}

impl Cursor {
    /// Opens a file, all its channels together.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Self::of(path, &Track::default())
    }

    /// Opens some channels of a file, without what they only overhear.
    pub fn of(path: &Path, track: &Track) -> Result<Self, AudioError> {
        let silent = track.overheard.iter().map(|span| (span.start.to_sample(), span.end.to_sample())).collect();
        Ok(Self { decoder: Decoder::open_with(path, mix(track))?, silent, kept: Vec::new(), first: 0 })
    }

    /// Whether what begins at `at` lies ahead.
    pub fn reads(&self, at: Millis) -> bool {
        at.to_sample() >= self.first
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
            let at = self.first + self.kept.len() as u64;
            let mut more = self.decoder.read(wanted - self.kept.len())?;
            silence(&mut more, at, &self.silent);
            self.kept.extend_from_slice(&more);
        }
        Ok(&self.kept[..wanted.min(self.kept.len())])
    }
}

/// How the decoder is asked for the channels of a track.
pub fn mix(track: &Track) -> Mix {
    if track.number == 0 { Mix::All } else { Mix::Part(track.first, track.end) }
}

/// Silences `spans` in samples that begin at number `first`. Each sample depends on its number alone, not on the block.
fn silence(samples: &mut [f32], first: u64, spans: &[(u64, u64)]) {
    let end = first + samples.len() as u64;
    let begin = spans.partition_point(|span| span.1 + FADE <= first);
    for &(start, stop) in spans[begin..].iter().take_while(|span| span.0 < end + FADE) {
        for number in start.saturating_sub(FADE).max(first)..(stop + FADE).min(end) {
            let away = start.saturating_sub(number).max((number + 1).saturating_sub(stop));
            samples[(number - first) as usize] *= away as f32 / FADE as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wav;
    use super::*;

    #[test]
    fn what_is_left_out_is_silent_whatever_the_blocks() {
        let spans = [(1_000, 2_000), (5_000, 5_001)];
        let mut whole = vec![1.0f32; 8_000];
        silence(&mut whole, 0, &spans);
        let mut parts = vec![1.0f32; 8_000];
        for (number, part) in parts.chunks_mut(333).enumerate() {
            silence(part, number as u64 * 333, &spans);
        }
        assert!(whole == parts);
        assert!(whole[1_000..2_000].iter().all(|x| *x == 0.0) && whole[5_000] == 0.0);
        assert!(whole[..840].iter().chain(&whole[2_160..4_840]).all(|x| *x == 1.0));
        assert!(whole[840..1_001].windows(2).all(|pair| pair[1] <= pair[0]));
    }

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
