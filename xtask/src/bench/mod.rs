//! `cargo xtask bench`: ours against peers on the same recordings, the same weights and the same threads.
//!
//! Every program takes its turn in each round, so that what else the machine does falls on all; the fastest round of
//! each counts. Peers are timed without starting Python and loading their model; ours is timed as a whole, from its
//! start to its end.

mod diarize;
mod exports;
mod ours;
mod peers;
mod preview;
mod score;
mod ten_hours;
mod transcribe;
mod window;

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::Error;
use crate::python::Environment;
use crate::shell::write;
use crate::{build, deps, models, paths};

/// Threads of every program: the machine that figures are compared on has two cores.
const THREADS: u32 = 2;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Speed, word errors and memory of transcribing.
    Transcribe,
    /// Diarization error and time.
    Diarize,
    /// Every export of ten hours.
    Exports,
    /// The real window on a transcript of ten hours.
    Window,
    /// Text while somebody speaks: its errors, and how long after the words it comes.
    Preview,
}

/// Options.
#[derive(Debug, Args)]
pub struct Options {
    /// Writes the figures to this file too.
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Rounds of the speed measurement.
    #[arg(long, default_value_t = 2, value_name = "N")]
    rounds: usize,
    /// Parts to run; all where none is given.
    #[arg(value_enum)]
    parts: Vec<Part>,
}

#[derive(Default, Serialize)]
struct Figures {
    /// The long recording.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transcribe: Vec<transcribe::Row>,
    /// Short recordings, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transcribe_clips: Vec<transcribe::Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diarize: Vec<diarize::Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exports: Vec<exports::Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<window::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<preview::Figures>,
}

/// Measures.
pub fn run(options: &Options) -> Result<(), Error> {
    deps::all()?;
    models::all()?;
    build::programs()?;
    warn_if_busy();
    let wanted = |part| options.parts.is_empty() || options.parts.contains(&part);
    let python = || Environment::ready("python-bench", include_str!("../../bench/requirements.txt"));
    let mut figures = Figures::default();
    if wanted(Part::Transcribe) {
        (figures.transcribe, figures.transcribe_clips) = transcribe::run(&python()?, options.rounds.max(1))?;
    }
    if wanted(Part::Diarize) {
        figures.diarize = diarize::run(&python()?)?;
    }
    if wanted(Part::Exports) {
        figures.exports = exports::run()?;
    }
    if wanted(Part::Window) {
        figures.window = Some(window::run()?);
    }
    if wanted(Part::Preview) {
        figures.preview = Some(preview::run(&python()?)?);
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&figures).map_err(|e| unreadable("the figures", &e))?;
        write(path, text + "\n")?;
    }
    Ok(())
}

/// A load of half a core spoils the figures.
fn warn_if_busy() {
    let load = fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    if let Some(load) = load.filter(|load| *load > 0.5) {
        println!("The machine is busy (load {load}): seconds say little, ratios a little more.");
    }
}

/// What is built for measuring: kept in the cache.
fn workplace() -> PathBuf {
    paths::cache().join("bench")
}

fn unreadable(what: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Unreadable { what: what.into(), reason: reason.to_string() }
}
