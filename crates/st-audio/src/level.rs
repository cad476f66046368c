//! How loud: RMS and peak in decibels below full scale, as a stream.

/// Lowest level that is told apart from silence, in dBFS: below the last bit of 24 bits.
pub const SILENCE_DB: f32 = -150.0;

/// Sums up samples in ±1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Level {
    count: u64,
    energy: f64,
    peak: f32,
}

impl Level {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.count += samples.len() as u64;
        for &sample in samples {
            self.energy += f64::from(sample) * f64::from(sample);
            self.peak = self.peak.max(sample.abs());
        }
    }

    /// How many samples were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean power in dBFS (a full-scale square wave is 0), at least [`SILENCE_DB`].
    pub fn rms_db(&self) -> f32 {
        if self.count == 0 { SILENCE_DB } else { db((self.energy / self.count as f64).sqrt()) }
    }

    /// Highest absolute sample in dBFS, at least [`SILENCE_DB`].
    pub fn peak_db(&self) -> f32 {
        db(f64::from(self.peak))
    }
}

fn db(amplitude: f64) -> f32 {
    (20.0 * amplitude.log10()).max(f64::from(SILENCE_DB)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_levels() {
        let mut level = Level::new();
        assert_eq!((level.rms_db(), level.peak_db()), (SILENCE_DB, SILENCE_DB));
        level.push(&[0.5; 100]);
        level.push(&[-0.5; 100]);
        assert!((level.rms_db() + 6.02).abs() < 0.01, "{}", level.rms_db());
        assert!((level.peak_db() + 6.02).abs() < 0.01);
        assert_eq!(level.count(), 200);
    }

    #[test]
    fn silence_is_not_minus_infinity() {
        let mut level = Level::new();
        level.push(&[0.0; 10]);
        assert_eq!(level.rms_db(), SILENCE_DB);
    }
}
