//! The other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::{THREADS, unreadable, workplace};
use crate::error::Error;
use crate::python::Environment;
use crate::shell::{output, write};
use crate::{models, paths};

/// A program that writes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// whisper.cpp as built by default, sequential, beam 5.
    WhisperCpp,
    /// faster-whisper int8, beam 5, with its VAD.
    FasterWhisper,
    /// The same, eight windows at a time.
    FasterWhisperBatched,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WhisperCpp, Self::FasterWhisper, Self::FasterWhisperBatched];

    /// Its name in the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::WhisperCpp => "whisper.cpp",
            Self::FasterWhisper => "faster-whisper-int8",
            Self::FasterWhisperBatched => "faster-whisper-int8-batched",
        }
    }
}

/// What a run of a peer gave.
#[derive(Debug, Deserialize)]
pub struct Run {
    /// Without starting and loading.
    pub seconds: f64,
    /// Peak of its process.
    pub peak_mib: f64,
    /// A text for each file.
    #[serde(default)]
    pub texts: Vec<String>,
}

/// Transcribes files with a peer.
pub fn transcribe(python: &Environment, peer: Peer, files: &[PathBuf]) -> Result<Run, Error> {
    let threads = THREADS.to_string();
    let mut script = match peer {
        Peer::WhisperCpp => {
            let mut script = bench_script(python, "peer_whisper_cpp.py");
            script.arg(paths::root().join("models/ggml-base.bin")).arg(&threads);
            script
        }
        Peer::FasterWhisper | Peer::FasterWhisperBatched => {
            let way = if peer == Peer::FasterWhisper { "vad" } else { "batched" };
            let mut script = bench_script(python, "peer_faster_whisper.py");
            script.arg(faster_whisper_model()?).args([&threads, way]);
            script
        }
    };
    answer(script.args(files))
}

/// Tells speakers apart with sherpa-onnx's ready pipeline; `speakers` is the true number where it is to know.
pub fn diarize(python: &Environment, file: &Path, speakers: Option<usize>, rttm: &Path) -> Result<Run, Error> {
    let models = paths::root().join("models");
    let mut script = bench_script(python, "peer_sherpa_onnx.py");
    script.arg(models.join("segmentation.onnx")).arg(models.join("embedding.onnx")).arg(THREADS.to_string());
    script.arg(speakers.map_or_else(|| "-1".into(), |n| n.to_string())).arg(file).arg(rttm);
    answer(&mut script)
}

fn bench_script(python: &Environment, name: &str) -> Command {
    let mut script = python.script(&paths::root().join("xtask/bench").join(name));
    script.env("OMP_NUM_THREADS", THREADS.to_string());
    script
}

fn answer(script: &mut Command) -> Result<Run, Error> {
    let text = output(script)?;
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|e| unreadable("a peer's answer", &e))
}

/// The base model in CTranslate2's form: the weights that our own base model is made from.
fn faster_whisper_model() -> Result<PathBuf, Error> {
    let folder = workplace().join("faster-whisper-base");
    if folder.join("ready").is_file() {
        return Ok(folder);
    }
    let parts = models::whisper_base_parts()?;
    let mut whole = Vec::new();
    for part in &parts {
        whole.extend(fs::read(part).map_err(Error::file(part))?);
    }
    write(&folder.join("model.bin"), whole)?;
    let beside = parts.first().and_then(|part| part.parent()).unwrap_or(&folder).to_path_buf();
    for name in ["config.json", "tokenizer.json", "vocabulary.txt"] {
        let from = beside.join(name);
        fs::copy(&from, folder.join(name)).map_err(Error::file(&from))?;
    }
    write(&folder.join("ready"), "")?;
    Ok(folder)
}
