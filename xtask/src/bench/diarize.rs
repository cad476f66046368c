//! Diarization error on meetings and built conversations, ours against sherpa-onnx's ready pipeline over the same models.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::{ours, peers, unreadable, workplace};
use crate::deps::files;
use crate::error::Error;
use crate::paths;
use crate::python::Environment;
use crate::shell::{command, make_folder, output, run as finish};

/// Built conversations by their makers' names: two to six people, overlap, noise, telephone, a far voice.
const BUILT: [&str; 9] = [
    "conv2_clean",
    "conv2_stereo_channels",
    "conv3_overlap",
    "conv4_long_silences",
    "conv4_noise10dB",
    "conv2_phone8k",
    "conv2_one_far",
    "conv5",
    "conv6_fast",
];

/// One program on one recording.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Program and what it was told.
    pub name: String,
    /// Recording.
    pub recording: String,
    /// Diarization error rate in per cent, nothing forgiven.
    pub der: f64,
    /// The same with 0.25 s on each side of an edge left out.
    pub der_collar: f64,
    /// Speakers found.
    pub speakers: usize,
    /// Speakers in truth.
    pub true_speakers: usize,
    /// Seconds: the peer's without loading, ours with recognition.
    pub seconds: f64,
    /// Peak memory.
    pub peak_mib: f64,
}

struct Recording {
    file: PathBuf,
    rttm: PathBuf,
    uem: Option<PathBuf>,
    speakers: usize,
}

/// Measures every recording that is there.
pub fn run(python: &Environment) -> Result<Vec<Row>, Error> {
    let recordings = recordings(python)?;
    let out = workplace().join("rttm");
    make_folder(&out)?;
    let mut rows = Vec::new();
    for recording in &recordings {
        let name = stem(&recording.file);
        for told in [None, Some(recording.speakers)] {
            let with = if told.is_some() { ", true number" } else { "" };
            let speakers = told.map_or_else(|| "auto".to_owned(), |n| n.to_string());
            // The smallest model: who speaks when does not depend on the words.
            let arguments = ["--model", "tiny.en", "--fast", "--format", "rttm", "--speakers", &speakers];
            let run = ours::transcribe(std::slice::from_ref(&recording.file), &arguments)?;
            let result = run.results.join(format!("{name}.rttm"));
            rows.push(row(format!("securetranscribe{with}"), recording, &result, run.seconds, run.peak_mib)?);
            let result = out.join(format!("{name}.rttm"));
            let run = peers::diarize(python, &recording.file, told, &result)?;
            rows.push(row(format!("sherpa-onnx{with}"), recording, &result, run.seconds, run.peak_mib)?);
        }
        println!("measured {name}");
    }
    print(&rows);
    Ok(rows)
}

fn recordings(python: &Environment) -> Result<Vec<Recording>, Error> {
    let mut found = Vec::new();
    let mut add = |file: PathBuf, rttm: PathBuf| -> Result<(), Error> {
        let uem = Some(file.with_extension("uem")).filter(|path| path.is_file());
        let speakers = speakers(&rttm)?.len();
        found.push(Recording { file, rttm, uem, speakers });
        Ok(())
    };
    let Some(data) = paths::shared_data() else {
        println!("skipped: meetings and built conversations (no ../shared/data); a sample takes their place");
        let sample = paths::root().join("tests/fixtures/two_speakers.flac");
        add(sample.clone(), sample.with_extension("rttm"))?;
        return Ok(found);
    };
    for file in files(&data.join("der"), "wav")? {
        let rttm = file.with_extension("rttm");
        if rttm.is_file() {
            add(file, rttm)?;
        }
    }
    let built = workplace().join("conversations");
    let missing: Vec<_> = BUILT.iter().filter(|name| !built.join(format!("{name}.wav")).is_file()).collect();
    if !missing.is_empty() {
        finish(python.script(&data.join("tools/build_conversations.py")).arg(&built).args(missing))?;
    }
    for name in BUILT {
        add(built.join(format!("{name}.wav")), built.join(format!("{name}.rttm")))?;
    }
    Ok(found)
}

fn row(name: String, recording: &Recording, result: &Path, seconds: f64, peak_mib: f64) -> Result<Row, Error> {
    Ok(Row {
        name,
        recording: stem(&recording.file),
        der: der(recording, result, "0")?,
        der_collar: der(recording, result, "0.25")?,
        speakers: speakers(result)?.len(),
        true_speakers: recording.speakers,
        seconds,
        peak_mib,
    })
}

/// Diarization error rate in per cent, by our own `eval`.
fn der(recording: &Recording, result: &Path, collar: &str) -> Result<f64, Error> {
    let mut eval = command(paths::program("securetranscribe"));
    eval.args(["eval", "der", "--json", "--collar", collar, "--reference"]).arg(&recording.rttm);
    eval.arg("--hypothesis").arg(result);
    if let Some(uem) = &recording.uem {
        eval.arg("--uem").arg(uem);
    }
    let value: Value = serde_json::from_str(&output(&mut eval)?).map_err(|e| unreadable("eval", &e))?;
    let rate = value["total"]["der"].as_f64().or_else(|| value["der"].as_f64());
    rate.map(|rate| rate * 100.0).ok_or_else(|| unreadable("eval", &"it gives no total"))
}

/// Names of the speakers of an RTTM file.
fn speakers(rttm: &Path) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(rttm).map_err(Error::file(rttm))?;
    let name = |line: &str| line.split_whitespace().nth(7).map(str::to_owned);
    Ok(text.lines().filter(|line| line.starts_with("SPEAKER ")).filter_map(name).collect())
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn print(rows: &[Row]) {
    println!("\nDiarization error in per cent: nothing forgiven / 0.25 s collar; speakers found of true");
    println!("| recording | program | DER | with collar | speakers | seconds |");
    println!("|---|---|---|---|---|---|");
    for r in rows {
        let found = format!("{} of {}", r.speakers, r.true_speakers);
        println!("| {} | {} | {:.1} | {:.1} | {found} | {:.1} |", r.recording, r.name, r.der, r.der_collar, r.seconds);
    }
    let mut names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of: Vec<_> = rows.iter().filter(|r| r.name == name).collect();
        let mean = |value: fn(&Row) -> f64| of.iter().map(|r| value(r)).sum::<f64>() / of.len() as f64;
        let right = of.iter().filter(|r| r.speakers == r.true_speakers).count();
        let (der, collar) = (mean(|r| r.der), mean(|r| r.der_collar));
        println!("| mean | {name} | {der:.1} | {collar:.1} | {right} of {} right | |", of.len());
    }
    println!();
}
