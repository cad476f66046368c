//! Where people speak: Silero VAD, one probability a frame.

use std::path::Path;

use ort::session::Session;
use ort::value::TensorRef;
use st_worker_protocol::WorkerError;

use crate::{level, onnx};

/// Samples of a frame: 32 ms, the only size that Silero v5 and later take at 16 kHz.
pub const FRAME: usize = 512;
/// Samples of the frame before that the model sees again (Silero v5 and later at 16 kHz).
const CONTEXT: usize = 64;
/// Numbers that the model carries from frame to frame: 2 layers of 128.
const STATE: usize = 2 * 128;

/// The model and what it remembers of the recording.
pub struct Vad {
    session: Session,
    state: Vec<f32>,
    context: [f32; CONTEXT],
}

impl Vad {
    /// Loads the model. Frames are too small for more than one thread to help.
    pub fn load(path: &Path) -> Result<Self, WorkerError> {
        let session = onnx::session(path, 1)?;
        let has = |name: &str| session.inputs().iter().any(|i| i.name() == name);
        if !(has("input") && has("state") && has("sr")) {
            let reason = "it is not a Silero VAD model (version 5 or later)".into();
            return Err(WorkerError::ModelLoad { path: path.to_path_buf(), reason });
        }
        Ok(Self { session, state: vec![0.0; STATE], context: [0.0; CONTEXT] })
    }

    /// Forgets the recording before.
    pub fn reset(&mut self) {
        self.state.fill(0.0);
        self.context.fill(0.0);
    }

    /// Speech probabilities 0..=255 of the frames of `pcm`, which goes on from the last call; the last frame is filled
    /// up with silence. Quiet samples are raised first, for the model hears no speech in them ([`level::gain`]). `None`
    /// where `cancelled` says so between frames.
    pub fn frames(&mut self, pcm: &[f32], cancelled: &dyn Fn() -> bool) -> Result<Option<Vec<u8>>, WorkerError> {
        let mut probabilities = Vec::with_capacity(pcm.len().div_ceil(FRAME));
        let mut input = [0.0f32; CONTEXT + FRAME];
        let gain = level::gain(pcm);
        for frame in pcm.chunks(FRAME) {
            if cancelled() {
                return Ok(None);
            }
            input[..CONTEXT].copy_from_slice(&self.context);
            input[CONTEXT..].fill(0.0);
            input[CONTEXT..CONTEXT + frame.len()].copy_from_slice(frame);
            self.context.copy_from_slice(&input[FRAME..]);
            input.iter_mut().for_each(|sample| *sample *= gain);
            probabilities.push(self.frame(&input).map_err(|e| WorkerError::Inference {
                what: "voice activity detection".into(),
                reason: e.to_string(),
            })?);
        }
        Ok(Some(probabilities))
    }

    fn frame(&mut self, input: &[f32; CONTEXT + FRAME]) -> ort::Result<u8> {
        let rate = [i64::from(st_core::time::SAMPLE_RATE)];
        let scalar: [usize; 0] = [];
        let outputs = self.session.run(ort::inputs![
            "input" => TensorRef::from_array_view(([1usize, CONTEXT + FRAME], input.as_slice()))?,
            "state" => TensorRef::from_array_view(([2usize, 1, 128], self.state.as_slice()))?,
            "sr" => TensorRef::from_array_view((scalar, rate.as_slice()))?,
        ])?;
        let (_, probability) = outputs["output"].try_extract_tensor::<f32>()?;
        let probability = probability.first().copied().unwrap_or(0.0);
        let (_, state) = outputs["stateN"].try_extract_tensor::<f32>()?;
        if state.len() == STATE {
            self.state.copy_from_slice(state);
        }
        // A NaN becomes 0.
        Ok((probability * 255.0).round().clamp(0.0, 255.0) as u8)
    }
}
