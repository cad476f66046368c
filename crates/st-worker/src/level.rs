//! The level at which speech reaches a model. Silero's VAD hears nothing in speech at -50 dB. Whisper's spectrogram has a
//! fixed floor (energies below 1e-10 count as that, `log_mel_spectrogram` of whisper.cpp), under which a very quiet
//! recording loses its consonants. Both were trained on recordings at usual levels.

/// Samples of a frame: 30 ms at 16 kHz.
const FRAME: usize = 480;
/// The loudest share of frames that is left out, one of so many: clicks and knocks are no speech.
const LOUDEST: usize = 100;
/// The loudest frames of speech below this are raised, in dB of full scale. Recordings above it are left as they are.
const LOW_DB: f32 = -30.0;
/// To this, in dB of full scale: where the vowels of read speech of -24 dB are.
const USUAL_DB: f32 = -18.0;
/// Raised by this at most, in dB. What is lower still is no speech.
const MOST_DB: f32 = 50.0;

/// By how much samples are to be multiplied. The level is the one that one frame in a hundred reaches, so that a
/// few words in a minute of silence set it.
pub fn gain(pcm: &[f32]) -> f32 {
    let mut frames: Vec<f32> = pcm.chunks_exact(FRAME).map(energy).collect();
    if frames.is_empty() {
        return 1.0;
    }
    let at = frames.len() - 1 - frames.len() / LOUDEST;
    let (_, level, _) = frames.select_nth_unstable_by(at, f32::total_cmp);
    let level = 10.0 * (*level + f32::MIN_POSITIVE).log10();
    if level >= LOW_DB { 1.0 } else { 10f32.powf((USUAL_DB - level).min(MOST_DB) / 20.0) }
}

/// Mean square.
fn energy(frame: &[f32]) -> f32 {
    frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(db: f32, seconds: f32) -> Vec<f32> {
        let peak = 10f32.powf(db / 20.0) * std::f32::consts::SQRT_2;
        (0..(seconds * 16_000.0) as usize).map(|at| peak * (at as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn what_is_low_is_raised_to_the_usual_level_and_the_rest_is_left() {
        for level in [-60.0, -50.0, -40.0] {
            let raised = level + 20.0 * gain(&tone(level, 5.0)).log10();
            assert!((raised - USUAL_DB).abs() < 0.2, "{level} dB became {raised}");
        }
        for level in [-29.0, -24.0, -3.0] {
            assert!((gain(&tone(level, 5.0)) - 1.0).abs() < f32::EPSILON, "{level} dB");
        }
        assert!((20.0 * gain(&[0.0; 16_000]).log10() - MOST_DB).abs() < 0.1, "silence stays silence");
        assert!((gain(&[]) - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_knock_is_no_speech_and_a_pause_none_either() {
        let mut quiet = tone(-55.0, 3.0);
        quiet.extend(vec![0.0; 320_000]);
        quiet[8_000..8_480].fill(0.9);
        let raised = -55.0 + 20.0 * gain(&quiet).log10();
        assert!((raised - USUAL_DB).abs() < 0.2, "{raised}");
    }
}
