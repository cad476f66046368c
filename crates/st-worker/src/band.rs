//! Whether speech came through a narrow band, as over the telephone: what two people sound like there is more alike than
//! elsewhere, so a voice is compared more strictly (docs/decisions/0011).

use std::f32::consts::PI;
use std::sync::LazyLock;

use st_core::time::SAMPLE_RATE;

use crate::segmentation::frame_samples;

/// The telephone ends at 3.4 kHz, and nothing that is sampled 8,000 times a second has more than 4 kHz. Between this and the
/// highest frequencies lie the consonants of all other speech, in Hz.
const HIGH: f32 = 4_500.0;
/// Taps of the filter: 74 dB less below 3.9 kHz (a Blackman window is 5.5 / taps of the sample rate wide between both bands).
const TAPS: usize = 63;
/// Speech with less of its power above [`HIGH`] than this, in dB, is narrow. Of 134 recordings at hand two were below: telephone
/// (-75 dB) and a speech of 1961 (-47); an 8 kHz file of another resampler lies at -44, the dullest of the others at -38.
const NARROW_DB: f32 = -40.0;

/// A windowed sinc for what is above [`HIGH`] (the usual design: Oppenheim, Schafer, Discrete-Time Signal Processing, 7.5).
static FILTER: LazyLock<[f32; TAPS]> = LazyLock::new(|| {
    let cut = HIGH / SAMPLE_RATE as f32;
    let tap = |at: usize| {
        let from_middle = at as f32 - (TAPS / 2) as f32;
        let ideal = match at == TAPS / 2 {
            true => 1.0 - 2.0 * cut,
            false => -(2.0 * PI * cut * from_middle).sin() / (PI * from_middle),
        };
        let turn = 2.0 * PI * at as f32 / (TAPS - 1) as f32;
        ideal * (0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
    };
    std::array::from_fn(tap)
});

/// What of some sound is above [`HIGH`], sample by sample; the first and last 31 are left silent.
pub fn high(pcm: &[f32]) -> Vec<f32> {
    let mut found = vec![0.0; pcm.len()];
    let Some(inside) = pcm.len().checked_sub(TAPS - 1) else { return found };
    // Tap by tap: several samples are summed at once so, which one sample's taps are not.
    for (at, tap) in FILTER.iter().enumerate() {
        let sums = &mut found[TAPS / 2..TAPS / 2 + inside];
        sums.iter_mut().zip(&pcm[at..]).for_each(|(sum, sample)| *sum += sample * tap);
    }
    found
}

/// Whether some frames of sound are narrow; `high` is what of it is above.
pub fn is_narrow(pcm: &[f32], high: &[f32], frames: impl Iterator<Item = usize>) -> bool {
    let power = |of: &[f32]| of.iter().map(|sample| sample * sample).sum::<f32>();
    let (mut all, mut above) = (0.0, 0.0);
    for samples in frames.map(frame_samples) {
        if let (Some(frame), Some(part)) = (pcm.get(samples.clone()), high.get(samples)) {
            all += power(frame);
            above += power(part);
        }
    }
    all > 0.0 && above < all * 10f32.powf(NARROW_DB / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, level: f32) -> impl Iterator<Item = f32> {
        (0..16_000).map(move |at| level * (2.0 * PI * hz * at as f32 / 16_000.0).sin())
    }

    fn narrow(pcm: &[f32]) -> bool {
        is_narrow(pcm, &high(pcm), 10..50)
    }

    #[test]
    fn what_lacks_high_frequencies_is_narrow() {
        for hz in [300.0, 1_000.0, 3_400.0, 3_800.0] {
            assert!(narrow(&tone(hz, 0.5).collect::<Vec<_>>()), "{hz}");
        }
        for hz in [5_200.0, 6_000.0, 7_500.0] {
            assert!(!narrow(&tone(hz, 0.5).collect::<Vec<_>>()), "{hz}");
            let faint: Vec<f32> = tone(500.0, 0.5).zip(tone(hz, 0.01)).map(|(a, b)| a + b).collect();
            assert!(!narrow(&faint), "{hz}: 34 dB below");
            let fainter: Vec<f32> = tone(500.0, 0.5).zip(tone(hz, 0.002)).map(|(a, b)| a + b).collect();
            assert!(narrow(&fainter), "{hz}: 48 dB below");
        }
    }

    #[test]
    fn silence_and_very_little_say_nothing() {
        assert!(!narrow(&[0.0; 16_000]));
        assert!(!narrow(&[0.5; 40]));
        assert!(high(&[]).is_empty());
    }
}
