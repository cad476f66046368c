//! A try of the decoder as a run of whisper.cpp.

use std::borrow::Cow;
use std::ffi::{CString, c_int};
use std::sync::atomic::AtomicBool;

use st_core::time::SAMPLE_RATE;
use st_worker_protocol::DecodeParams;

use super::MAX_WINDOW_MS;
use super::decode::Try;
use super::ffi::{Context, Run, RunError, State};
use super::prompt;
use super::segment::RawSegment;
use crate::level;

/// Encoder positions kept after the end of a short window, in milliseconds: with few the model loses words at the end.
const CONTEXT_MARGIN_MS: u64 = 8_000;
/// Milliseconds of one encoder position.
const POSITION_MS: u64 = 20;

/// A model with what stays the same over a window's tries.
pub struct Model<'a> {
    context: &'a Context,
    threads: c_int,
    language: CString,
    translate: bool,
    samples: c_int,
    prompt: Vec<c_int>,
    abort: &'a AtomicBool,
}

impl<'a> Model<'a> {
    /// For one request. `None` where the language is no text.
    pub fn new(
        context: &'a Context,
        threads: c_int,
        params: &DecodeParams,
        samples: c_int,
        abort: &'a AtomicBool,
    ) -> Option<Self> {
        let language = CString::new(params.language.as_str()).ok()?;
        let prompt = prompt::tokens(&params.words, &|text| context.tokenize(text));
        Some(Self { context, threads, language, translate: params.translate, samples, prompt, abort })
    }

    /// The pieces of a try.
    pub fn run(&self, wanted: &Try) -> Result<Vec<RawSegment>, RunError> {
        let padded = padded(&raised(wanted.pcm), wanted.cut);
        let run = Run {
            language: &self.language,
            translate: self.translate,
            beam: c_int::try_from(wanted.beam.clamp(1, 8)).unwrap_or(1),
            best_of: self.samples,
            temperature: wanted.temperature,
            threads: self.threads,
            audio_ctx: audio_context(wanted.pcm.len()),
            prompt: &self.prompt,
        };
        // A new state for every try: the generator that draws at temperatures above 0 is part of it, and a window's text
        // must not depend on what was decoded before.
        let state = State::new(self.context).ok_or(RunError::Memory)?;
        state.run(&run, &padded, self.abort)
    }
}

/// Samples at a level at which the model knows speech. Each try has its own: a low voice that is decoded by itself comes up.
pub fn raised(pcm: &[f32]) -> Cow<'_, [f32]> {
    let gain = level::gain(pcm);
    if gain > 1.0 { pcm.iter().map(|sample| sample * gain).collect() } else { Cow::Borrowed(pcm) }
}

/// whisper.cpp takes the end of its input for the end of the recording and lets a cut sentence pass as finished. A second
/// of silence behind a window that is cut within speech makes it look at the last closed sentence instead.
fn padded(pcm: &[f32], cut: bool) -> Vec<f32> {
    let mut padded = pcm.to_vec();
    if cut {
        padded.resize(pcm.len() + SAMPLE_RATE as usize, 0.0);
    }
    padded
}

/// Encoder positions for so many samples; 0 for all.
fn audio_context(samples: usize) -> c_int {
    let length = samples as u64 * 1000 / u64::from(SAMPLE_RATE);
    let positions = (length + CONTEXT_MARGIN_MS).div_ceil(POSITION_MS);
    if positions >= MAX_WINDOW_MS / POSITION_MS { 0 } else { c_int::try_from(positions).unwrap_or(0) }
}
