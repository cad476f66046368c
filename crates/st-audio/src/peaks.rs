//! The waveform to look at: lowest and highest sample of each hundredth of a second, and of longer and longer stretches
//! above that, made while decoding.
//!
//! Ten hours are 3.6 million pairs of bytes at the base, and as much again in all levels above.

use st_core::time::SAMPLE_RATE;

/// Pairs a second at the base level.
pub const BASE_RATE: u32 = 100;
/// How many pairs of a level make one of the next.
pub const FACTOR: usize = 4;

const BUCKET: usize = (SAMPLE_RATE / BASE_RATE) as usize;
/// Levels stop at this many pairs: fewer than a window is wide.
const SMALLEST: usize = 256;
/// First bytes of the stored form: name and version.
const MAGIC: &[u8; 8] = b"STPEAKS1";

/// Lowest and highest sample of a stretch, ±127 being full scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peak {
    /// Lowest sample, rounded away from zero.
    pub low: i8,
    /// Highest sample, rounded away from zero.
    pub high: i8,
}

/// A finished waveform.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peaks {
    /// Level 0 has [`BASE_RATE`] pairs a second, each next level a [`FACTOR`]th of that. At least one level.
    levels: Vec<Vec<Peak>>,
}

/// The stored form of a waveform can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored waveform can't be read")]
pub struct PeaksError;

/// Makes a waveform from samples as they come.
#[derive(Debug, Default)]
pub struct PeaksBuilder {
    base: Vec<Peak>,
    low: f32,
    high: f32,
    count: usize,
}

impl PeaksBuilder {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds samples at 16 kHz.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, rest) = samples.split_at(samples.len().min(BUCKET - self.count));
            for &sample in now {
                self.low = self.low.min(sample);
                self.high = self.high.max(sample);
            }
            self.count += now.len();
            samples = rest;
            if self.count == BUCKET {
                self.close();
            }
        }
    }

    /// The waveform of all samples added. A last stretch that is not full counts.
    pub fn finish(mut self) -> Peaks {
        if self.count > 0 {
            self.close();
        }
        Peaks::from_base(self.base)
    }

    fn close(&mut self) {
        self.base.push(Peak { low: (self.low * 127.0).floor() as i8, high: (self.high * 127.0).ceil() as i8 });
        (self.low, self.high, self.count) = (0.0, 0.0, 0);
    }
}

impl Peaks {
    fn from_base(base: Vec<Peak>) -> Self {
        let mut levels = vec![base];
        while let Some(last) = levels.last()
            && last.len() > SMALLEST
        {
            let next = last.chunks(FACTOR).map(|four| four.iter().copied().fold(Peak::default(), Peak::join)).collect();
            levels.push(next);
        }
        Self { levels }
    }

    /// The levels, from [`BASE_RATE`] pairs a second on, each with a [`FACTOR`]th of the one before.
    pub fn levels(&self) -> &[Vec<Peak>] {
        &self.levels
    }

    /// The stored form: eight bytes of name and version, then low and high of the base level. The other levels are
    /// made from it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let base = self.levels.first().map_or(&[][..], Vec::as_slice);
        let mut bytes = Vec::with_capacity(MAGIC.len() + 2 * base.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend(base.iter().flat_map(|peak| [peak.low.cast_unsigned(), peak.high.cast_unsigned()]));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PeaksError> {
        let pairs = bytes.strip_prefix(MAGIC).filter(|pairs| pairs.len() % 2 == 0).ok_or(PeaksError)?;
        let peak = |pair: &[u8]| Peak { low: pair[0].cast_signed(), high: pair[1].cast_signed() };
        Ok(Self::from_base(pairs.chunks_exact(2).map(peak).collect()))
    }
}

impl Peak {
    fn join(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(samples: &[f32], block: usize) -> Peaks {
        let mut builder = PeaksBuilder::new();
        samples.chunks(block).for_each(|block| builder.push(block));
        builder.finish()
    }

    fn sawtooth(len: usize) -> Vec<f32> {
        (0..len).map(|i| (i % 997) as f32 / 498.0 - 1.0).collect()
    }

    #[test]
    fn one_pair_a_hundredth_of_a_second() {
        let mut samples = vec![0.0; 480];
        samples[170] = 0.5;
        samples[479] = -1.0;
        let base = &build(&samples, 480).levels()[0].clone();
        assert_eq!(base, &[Peak::default(), Peak { low: 0, high: 64 }, Peak { low: -127, high: 0 }]);
    }

    #[test]
    fn block_sizes_do_not_matter() {
        let samples = sawtooth(100_003);
        let whole = build(&samples, samples.len());
        assert_eq!(whole.levels()[0].len(), 626);
        assert_eq!(whole.levels()[1].len(), 157);
        for block in [1, 7, 160, 161, 5_000] {
            assert_eq!(build(&samples, block), whole);
        }
    }

    #[test]
    fn higher_levels_hold_the_extremes() {
        let mut samples = vec![0.0; 160 * 2_000];
        samples[123_456] = 1.0;
        let peaks = build(&samples, 1_000);
        for level in peaks.levels() {
            assert_eq!(level.iter().filter(|peak| peak.high == 127).count(), 1);
        }
    }

    #[test]
    fn stored_and_read_back() {
        let peaks = build(&sawtooth(50_000), 999);
        assert_eq!(Peaks::from_bytes(&peaks.to_bytes()), Ok(peaks));
        let empty = PeaksBuilder::new().finish();
        assert_eq!(Peaks::from_bytes(&empty.to_bytes()), Ok(empty));
        assert_eq!(Peaks::from_bytes(b"STPEAKS1x"), Err(PeaksError));
        assert_eq!(Peaks::from_bytes(b"something else"), Err(PeaksError));
    }
}
