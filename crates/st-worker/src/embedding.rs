//! How a voice sounds, as a vector: CAM++ through sherpa-onnx, which computes its Kaldi filter banks.

use std::path::Path;

use sherpa_onnx::{SpeakerEmbeddingExtractor, SpeakerEmbeddingExtractorConfig};
use st_core::diarization::{EvidenceWindow, LOCAL_SPEAKERS, LocalVoice, Stretch};
use st_core::time::{Millis, SAMPLE_RATE, TimeSpan};
use st_worker_protocol::WorkerError;

use crate::segmentation::{FRAME_SHIFT, Frame, Segmenter, frame_samples, frames_in};
use crate::stretches::{spoken, stretches};
use crate::{band, onnx};

/// Clean speech below this is joined by the speaker's overlapped speech: an embedding of less says little about a
/// voice. In samples (0.5 s).
const MIN_CLEAN: usize = SAMPLE_RATE as usize / 2;
/// Speech below this, overlapped or not, gets no embedding. In samples (0.2 s, about 18 filter-bank frames).
const MIN_SPEECH: usize = SAMPLE_RATE as usize / 5;
/// More speech than this makes no better embedding but takes longer: 4 s in place of all save a third of it, and the
/// error rate stays (docs/diarization.md).
const ENOUGH: usize = 4 * SAMPLE_RATE as usize;

/// The embedding model.
pub struct Embedder {
    extractor: SpeakerEmbeddingExtractor,
}

impl Embedder {
    /// Loads the model.
    pub fn load(path: &Path, threads: u32) -> Result<Self, WorkerError> {
        check(path)?;
        let failed = |reason: &str| WorkerError::ModelLoad { path: path.to_path_buf(), reason: reason.into() };
        let name = path.to_str().ok_or_else(|| failed("its path is not valid Unicode"))?;
        let config = SpeakerEmbeddingExtractorConfig {
            model: Some(name.into()),
            num_threads: i32::try_from(threads.max(1)).unwrap_or(1),
            debug: false,
            provider: Some("cpu".into()),
        };
        let extractor = SpeakerEmbeddingExtractor::create(&config).ok_or_else(|| failed("sherpa-onnx refused it"))?;
        Ok(Self { extractor })
    }

    /// The embedding of some speech, of unit length; `None` where it is too short for one.
    fn embed(&mut self, speech: &[f32]) -> Result<Option<Vec<f32>>, WorkerError> {
        let failed = |reason: &str| WorkerError::Inference { what: "voice embedding".into(), reason: reason.into() };
        if speech.len() < MIN_SPEECH {
            return Ok(None);
        }
        let stream = self.extractor.create_stream().ok_or_else(|| failed("no stream"))?;
        stream.accept_waveform(SAMPLE_RATE as i32, speech);
        stream.input_finished();
        if !self.extractor.is_ready(&stream) {
            return Ok(None);
        }
        let embedding = self.extractor.compute(&stream).ok_or_else(|| failed("no result"))?;
        let length = embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
        let usable = length.is_finite() && length > 0.0;
        Ok(usable.then(|| embedding.iter().map(|v| v / length).collect()))
    }
}

/// Opens the model with ONNX Runtime first: sherpa-onnx ends the whole process on a file that it does not like.
fn check(path: &Path) -> Result<(), WorkerError> {
    let session = onnx::session(path, 1)?;
    onnx::require(&session, path, "framework", &["3d-speaker", "wespeaker", "nemo"])?;
    onnx::require(&session, path, "sample_rate", &["16000"])
}

/// What both models hear in at most 10 s of audio that begins at `start`, with the stretches of its `own` part. `None`
/// after `cancel`, which is asked before each run of a model.
pub fn evidence(
    segmenter: &mut Segmenter,
    embedder: &mut Embedder,
    pcm: &[f32],
    (start, own): (Millis, TimeSpan),
    cancel: &dyn Fn() -> bool,
) -> Result<Option<EvidenceWindow>, WorkerError> {
    if cancel() {
        return Ok(None);
    }
    let frames = segmenter.segment(pcm)?;
    let high = band::high(pcm);
    let mut voices = Vec::new();
    for local in 0..LOCAL_SPEAKERS as u8 {
        let (spoken, clean) = frames_of(local, &frames);
        let speech = joined(spoken.iter().copied(), pcm);
        if speech.is_empty() {
            continue;
        }
        if cancel() {
            return Ok(None);
        }
        if let Some(embedding) = embedder.embed(middle(&speech))? {
            let clean_ms = Millis::from_sample(clean as u64).0 as u32;
            let narrow = band::is_narrow(pcm, &high, spoken.into_iter());
            voices.push(LocalVoice { local, clean_ms, narrow, embedding });
        }
    }
    let within = |at: Millis| at.saturating_sub(start).to_sample() as usize;
    let own = frames_in(within(own.start)..within(own.end));
    let mut own_stretches = Vec::new();
    for (local, stretch) in stretches(&frames, pcm, &own) {
        if cancel() {
            return Ok(None);
        }
        let speech = joined(spoken(&frames, local, &stretch), pcm);
        if let Some(embedding) = embedder.embed(middle(&speech))? {
            let number = |frame: usize| u16::try_from(frame).unwrap_or(u16::MAX);
            own_stretches.push(Stretch { first: number(stretch.start), end: number(stretch.end), embedding });
        }
    }
    let activity = frames.into_iter().map(|frame| frame.active).collect();
    Ok(Some(EvidenceWindow { start, activity, voices, stretches: own_stretches }))
}

/// At most [`ENOUGH`] samples from the middle, away from the turns' uncertain edges.
fn middle(speech: &[f32]) -> &[f32] {
    let from = speech.len().saturating_sub(ENOUGH) / 2;
    &speech[from..speech.len().min(from + ENOUGH)]
}

/// The frames in which a local speaker speaks alone; with its overlapped speech too where that is less than [`MIN_CLEAN`].
/// Also the number of samples that are clean.
fn frames_of(local: u8, frames: &[Frame]) -> (Vec<usize>, usize) {
    let bit = 1u8 << local;
    let clean = frames.iter().filter(|frame| frame.likeliest == bit).count() * FRAME_SHIFT;
    let wanted = |set: u8| if clean >= MIN_CLEAN { set == bit } else { set & bit != 0 };
    let chosen = frames.iter().enumerate().filter(|(_, frame)| wanted(frame.likeliest));
    (chosen.map(|(frame, _)| frame).collect(), clean)
}

/// The audio of some frames.
fn joined(frames: impl Iterator<Item = usize>, pcm: &[f32]) -> Vec<f32> {
    frames.filter_map(|frame| pcm.get(frame_samples(frame))).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Vec<f32> {
        (0..160_000).map(|i| i as f32).collect()
    }

    fn frames(parts: &[(usize, u8)]) -> Vec<Frame> {
        let frame = |&(count, likeliest): &(usize, u8)| vec![Frame { active: likeliest, likeliest }; count];
        parts.iter().flat_map(frame).collect()
    }

    #[test]
    fn clean_speech_leaves_the_overlap_out() {
        let (spoken, clean) = frames_of(0, &frames(&[(100, 0b01), (50, 0b11), (439, 0)]));
        let speech = joined(spoken.into_iter(), &ramp());
        assert_eq!((speech.len(), clean), (100 * FRAME_SHIFT, 100 * FRAME_SHIFT));
        assert_eq!(speech[0], frame_samples(0).start as f32);
    }

    #[test]
    fn little_clean_speech_takes_the_overlap_in() {
        let frames = frames(&[(10, 0b01), (50, 0b11), (529, 0)]);
        let (spoken, clean) = frames_of(0, &frames);
        assert_eq!((spoken.len(), clean), (60, 10 * FRAME_SHIFT));
        assert!(frames_of(2, &frames).0.is_empty());
    }

    #[test]
    fn the_middle_is_enough() {
        assert_eq!(middle(&ramp()[..100]).len(), 100);
        let part = middle(&ramp()[..ENOUGH + 10]).to_vec();
        assert_eq!((part.len(), part[0]), (ENOUGH, 5.0));
    }

    fn model(name: &str) -> Option<std::path::PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
        let there = path.is_file();
        if !there {
            eprintln!("skipped: models/{name} is missing (cargo xtask models gets it)");
        }
        there.then_some(path)
    }

    #[test]
    fn silence_and_the_end_of_a_recording_are_windows_too() {
        let (Some(segmentation), Some(embedding)) = (model("segmentation.onnx"), model("embedding.onnx")) else {
            return;
        };
        let mut segmenter = Segmenter::load(&segmentation, 1).unwrap();
        let mut embedder = Embedder::load(&embedding, 1).unwrap();
        let own = TimeSpan::new(0, 10_000);
        for (samples, count) in [(160_000, 589), (16_000, 58), (100, 0), (0, 0)] {
            let heard = evidence(&mut segmenter, &mut embedder, &vec![0.0; samples], (Millis(7), own), &|| false)
                .unwrap()
                .unwrap();
            assert_eq!((heard.start, heard.activity.len(), heard.voices.len()), (Millis(7), count, 0));
        }
        assert_eq!(evidence(&mut segmenter, &mut embedder, &[0.0; 16_000], (Millis(0), own), &|| true), Ok(None));
    }

    #[test]
    fn a_model_for_something_else_is_refused_and_the_process_lives() {
        let (Some(segmentation), Some(embedding)) = (model("segmentation.onnx"), model("embedding.onnx")) else {
            return;
        };
        let refused = |result: Option<WorkerError>| matches!(result, Some(WorkerError::ModelLoad { .. }));
        assert!(refused(Embedder::load(&segmentation, 1).err()));
        assert!(refused(Segmenter::load(&embedding, 1).err()));
        assert!(refused(Embedder::load(Path::new(file!()), 1).err()));
        assert!(refused(Embedder::load(Path::new("missing.onnx"), 1).err()));
    }
}
