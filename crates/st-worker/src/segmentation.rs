//! Who of up to three local speakers speaks in each frame of a window of 10 s: pyannote segmentation 3.0.

use std::path::Path;

use ort::session::Session;
use ort::value::TensorRef;
use st_core::diarization::LOCAL_SPEAKERS;
use st_worker_protocol::WorkerError;

use crate::onnx;

/// Samples of a window: 10 s.
pub const WINDOW_SAMPLES: usize = 160_000;
/// Samples from frame to frame (the model's `receptive_field_shift`).
pub const FRAME_SHIFT: usize = 270;
/// Samples from the start of the window to the middle of frame 0 (half of the model's `receptive_field_size` of 991).
pub const FRAME_OFFSET: usize = 495;
/// Frames that the model gives for a window.
pub const FRAMES: usize = 589;

/// The model's classes as bit sets of local speakers: nobody, one, two at once (pyannote's "powerset" order).
const CLASSES: [u8; 7] = [0b000, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110];

/// A local speaker whose classes have more probability than this together is heard. The likeliest class alone misses
/// overlapped speech; less than this hears somebody beneath where nobody is (docs/diarization.md).
const HEARD: f32 = 0.4;

/// The segmentation model.
pub struct Segmenter {
    session: Session,
}

impl Segmenter {
    /// Loads the model; one that was made for something else is refused.
    pub fn load(path: &Path, threads: u32) -> Result<Self, WorkerError> {
        let session = onnx::session(path, threads)?;
        for (key, value) in [("num_classes", "7"), ("window_size", "160000"), ("receptive_field_shift", "270")] {
            onnx::require(&session, path, key, &[value])?;
        }
        Ok(Self { session })
    }

    /// Who speaks in each frame. A window shorter than [`WINDOW_SAMPLES`] is filled up with silence, and the frames
    /// past its end are left out.
    pub fn segment(&mut self, pcm: &[f32]) -> Result<Vec<Frame>, WorkerError> {
        if pcm.len() > WINDOW_SAMPLES {
            return Err(WorkerError::BadRequest { reason: "a window of more than 10 s for the speakers".into() });
        }
        let mut window = pcm.to_vec();
        window.resize(WINDOW_SAMPLES, 0.0);
        let failed = |reason: String| WorkerError::Inference { what: "speaker segmentation".into(), reason };
        let input = TensorRef::from_array_view(([1usize, 1, WINDOW_SAMPLES], window.as_slice()))
            .map_err(|e| failed(e.to_string()))?;
        let outputs = self.session.run(ort::inputs![input]).map_err(|e| failed(e.to_string()))?;
        let (shape, scores) = outputs[0].try_extract_tensor::<f32>().map_err(|e| failed(e.to_string()))?;
        if scores.len() != FRAMES * CLASSES.len() {
            return Err(failed(format!("an output of shape {shape:?}")));
        }
        Ok(scores.chunks_exact(CLASSES.len()).take(frames_of(pcm.len())).map(Frame::decode).collect())
    }
}

/// Who speaks in a frame, as bit sets of local speakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Everybody who probably speaks ([`HEARD`]).
    pub active: u8,
    /// The likeliest class: who surely speaks, and whether alone.
    pub likeliest: u8,
}

impl Frame {
    /// Reads the log-probabilities of the classes.
    fn decode(scores: &[f32]) -> Self {
        let mut probability = [0f32; LOCAL_SPEAKERS];
        for (score, class) in scores.iter().zip(CLASSES) {
            for (local, sum) in probability.iter_mut().enumerate() {
                *sum += if class & (1 << local) != 0 { score.exp() } else { 0.0 };
            }
        }
        let heard = |(local, &p): (usize, &f32)| if p > HEARD { 1u8 << local } else { 0 };
        let active = probability.iter().enumerate().map(heard).fold(0, |sets, set| sets | set);
        let best = scores.iter().zip(CLASSES).max_by(|a, b| a.0.total_cmp(b.0));
        Self { active, likeliest: best.map_or(0, |(_, class)| class) }
    }
}

/// Frames whose middle lies within the first `samples` samples of a window.
fn frames_of(samples: usize) -> usize {
    samples.saturating_sub(FRAME_OFFSET).div_ceil(FRAME_SHIFT).min(FRAMES)
}

/// The frames of a window whose middles lie in these samples of it.
pub fn frames_in(samples: std::ops::Range<usize>) -> std::ops::Range<usize> {
    frames_of(samples.start)..frames_of(samples.end)
}

/// The samples of a window that a frame stands for: up to half a shift on each side of its middle.
pub fn frame_samples(frame: usize) -> std::ops::Range<usize> {
    let middle = FRAME_OFFSET + frame * FRAME_SHIFT;
    middle - FRAME_SHIFT / 2..middle + FRAME_SHIFT / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_fit_the_audio() {
        assert_eq!(frames_of(0), 0);
        assert_eq!(frames_of(FRAME_OFFSET), 0);
        assert_eq!(frames_of(FRAME_OFFSET + 1), 1);
        assert_eq!(frames_of(WINDOW_SAMPLES), FRAMES);
        assert!(frame_samples(FRAMES - 1).end <= WINDOW_SAMPLES);
        assert_eq!(frame_samples(0).end, frame_samples(1).start);
    }

    fn decode(probabilities: [f32; 7]) -> (u8, u8) {
        let frame = Frame::decode(&probabilities.map(f32::ln));
        (frame.active, frame.likeliest)
    }

    #[test]
    fn classes_are_sets_of_speakers() {
        assert_eq!(decode([0.94, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]), (0, 0));
        assert_eq!(decode([0.1, 0.1, 0.1, 0.7, 0.0, 0.0, 0.0]), (0b100, 0b100));
        assert_eq!(decode([0.0, 0.1, 0.0, 0.0, 0.0, 0.9, 0.0]), (0b101, 0b101));
    }

    #[test]
    fn a_speaker_is_heard_before_he_is_likeliest() {
        // Nobody is the likeliest, yet speaker 0 speaks with 0.46 in all.
        assert_eq!(decode([0.54, 0.23, 0.0, 0.0, 0.23, 0.0, 0.0]), (0b001, 0));
    }
}
