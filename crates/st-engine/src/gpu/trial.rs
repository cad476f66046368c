//! The trial of a device: a short clip whose words are known, before anything is trusted to it. Broken drivers give no
//! error but wrong words.

use st_core::hypothesis::{WindowHypothesis, plain_word};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::{AsrModel, DecodeParams, Load};

use crate::inference::{Clip, InferenceError, Outcome, Supervisor};
use crate::jobs::CancelFlag;

/// 4.6 s of English at 16 kHz, 16-bit little-endian: President Kennedy in 1961, public domain (`tests/fixtures`).
const CLIP: &[u8] = include_bytes!("trial.pcm");
/// What every Whisper model hears in it.
const WORDS: [&str; 5] = ["your", "country", "can", "do", "you"];

/// What a trial comes to.
#[derive(Debug)]
pub enum Verdict {
    /// The words came.
    Passed,
    /// Others came, or none; these.
    Failed(String),
    /// It could not be told: memory was lacking, or the worker died.
    Died(InferenceError),
    /// It was cancelled.
    Cancelled,
}

/// Loads the model onto the device and has it write the clip down.
pub fn run(worker: &Supervisor, load: &Load, cancel: &CancelFlag) -> Verdict {
    match heard(worker, load, cancel) {
        Ok(Outcome::Done(window)) => judge(&window),
        Ok(Outcome::Cancelled) => Verdict::Cancelled,
        Err(error) => Verdict::Died(error),
    }
}

/// What a job has a recogniser load.
pub fn load(model: std::path::PathBuf, device: &str, threads: u32, flash_attention: bool) -> Load {
    let asr = Some(AsrModel { path: model, device: device.to_owned() });
    Load { asr, threads, flash_attention: Some(flash_attention), ..Load::default() }
}

fn heard(worker: &Supervisor, load: &Load, cancel: &CancelFlag) -> Result<Outcome<WindowHypothesis>, InferenceError> {
    if let Outcome::Cancelled = worker.load(load, cancel)? {
        return Ok(Outcome::Cancelled);
    }
    let pcm = clip();
    let params = DecodeParams { language: "en".into(), translate: false, beam: 1, words: Vec::new(), temperature: 0.0 };
    let whole = TimeSpan { start: Millis(0), end: Millis(pcm.len() as u64 * 1000 / u64::from(SAMPLE_RATE)) };
    let threads = worker.threads();
    worker.transcribe(Clip { pcm: &pcm, start: Millis(0), speech: &[whole], params: &params, threads }, cancel)
}

/// The clip as a worker takes it.
pub fn clip() -> Vec<f32> {
    CLIP.chunks_exact(2).map(|bytes| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0).collect()
}

/// The words have to come in their order; more between them does no harm.
fn judge(window: &WindowHypothesis) -> Verdict {
    let words: Vec<String> =
        window.segments.iter().flat_map(|segment| &segment.words).map(|word| plain_word(&word.text)).collect();
    let mut left = words.iter();
    if WORDS.iter().all(|wanted| left.any(|word| word == wanted)) {
        Verdict::Passed
    } else {
        Verdict::Failed(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use st_core::hypothesis::{DecodeFacts, Segment, Word};

    use super::*;

    fn window(text: &str) -> WindowHypothesis {
        let span = TimeSpan::new(0, 4_600);
        let word = |text: &str| Word { text: text.into(), span, confidence: 0.9, spaced: true };
        let words = text.split_whitespace().map(word).collect();
        WindowHypothesis {
            span,
            decoded_until: span.end,
            language: "en".into(),
            segments: vec![Segment { span, words, avg_logprob: -0.2, no_speech: 0.0 }],
            facts: DecodeFacts { temperature: 0.0, tries: 1, doubtful: false },
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_known_words_pass_and_others_do_not() {
        for right in ["Ask not what your country can do for you.", "ask, what Your Country can do for you! (ask)"] {
            assert!(matches!(judge(&window(right)), Verdict::Passed), "{right}");
        }
        for wrong in ["", "!!!!!!!!!!!!!!", "you do can country your", "Thank you."] {
            assert!(matches!(judge(&window(wrong)), Verdict::Failed(_)), "{wrong}");
        }
    }

    #[test]
    fn the_clip_is_sound_of_a_few_seconds() {
        let clip = clip();
        assert_eq!(clip.len(), 4_600 * 16);
        assert!(clip.iter().any(|sample| sample.abs() > 0.1) && clip.iter().all(|sample| sample.abs() <= 1.0));
    }
}
