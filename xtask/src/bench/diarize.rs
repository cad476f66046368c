//! Diarization error on meetings and built conversations: ours, as RTTM files have it and as the times of words have it,
//! against sherpa-onnx's ready pipeline over the same models.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ours, peers, unreadable, workplace};
use crate::deps::files;
use crate::error::Error;
use crate::paths;
use crate::python::Environment;
use crate::shell::{command, make_folder, output, run as finish, write};

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
    /// Errors with nothing forgiven.
    pub strict: Errors,
    /// The same with 0.25 s on each side of an edge left out.
    pub collar: Errors,
    /// Speakers found.
    pub speakers: usize,
    /// Speakers in truth.
    pub true_speakers: usize,
    /// Seconds: the peer's without loading, ours with recognition.
    pub seconds: f64,
    /// Peak memory.
    pub peak_mib: f64,
}

/// Diarization errors in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Errors {
    /// Speech that is scored, once for each speaker.
    #[serde(rename = "speech_ms")]
    pub speech: f64,
    /// Speech that nobody says.
    #[serde(rename = "missed_ms")]
    pub missed: f64,
    /// Speech where there is none.
    #[serde(rename = "false_alarm_ms")]
    pub made_up: f64,
    /// Speech of somebody else.
    #[serde(rename = "confusion_ms")]
    pub confused: f64,
}

impl Errors {
    /// A part of the speech in per cent.
    fn percent(&self, part: f64) -> f64 {
        part * 100.0 / self.speech.max(1.0)
    }

    /// Diarization error rate in per cent.
    fn rate(&self) -> f64 {
        self.percent(self.missed + self.made_up + self.confused)
    }

    fn parts(&self) -> [f64; 3] {
        [self.missed, self.made_up, self.confused].map(|part| self.percent(part))
    }

    fn add(&mut self, other: &Self) {
        self.speech += other.speech;
        self.missed += other.missed;
        self.made_up += other.made_up;
        self.confused += other.confused;
    }
}

/// A pause between words that ends a turn, in milliseconds, as where RTTM files are made of the times of words.
const TURN_GAP: u64 = 500;

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
            // The smallest model: who speaks when does not depend on the words. Voices are told apart in all channels together.
            let arguments = ["--model", "tiny.en", "--fast", "--channels", "mix", "--format", "rttm,json"];
            let arguments = [&arguments[..], &["--speakers", &speakers]].concat();
            let run = ours::transcribe(std::slice::from_ref(&recording.file), &arguments)?;
            let result = run.results.join(format!("{name}.rttm"));
            rows.push(row(format!("securetranscribe{with}"), recording, &result, run.seconds, run.peak_mib)?);
            if told.is_none() {
                let words = out.join(format!("{name}.words.rttm"));
                write(&words, of_words(&run.results.join(format!("{name}.json")))?)?;
                rows.push(row("the times of its words".into(), recording, &words, run.seconds, run.peak_mib)?);
            }
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
        strict: errors(recording, result, "0")?,
        collar: errors(recording, result, "0.25")?,
        speakers: speakers(result)?.len(),
        true_speakers: recording.speakers,
        seconds,
        peak_mib,
    })
}

/// The turns of a transcript in JSON as the times of its words have them, as RTTM.
fn of_words(json: &Path) -> Result<String, Error> {
    let content = fs::read_to_string(json).map_err(Error::file(json))?;
    let value: Value = serde_json::from_str(&content).map_err(|e| unreadable("a transcript", &e))?;
    let mut lines = String::new();
    for utterance in value["utterances"].as_array().into_iter().flatten() {
        let Some(speaker) = utterance["speaker"].as_str() else { continue };
        let words = utterance["words"].as_array().into_iter().flatten();
        let mut turns: Vec<(u64, u64)> = Vec::new();
        for (start, end) in words.filter_map(|word| Some((word["start_ms"].as_u64()?, word["end_ms"].as_u64()?))) {
            match turns.last_mut() {
                Some(last) if start < last.1 + TURN_GAP => last.1 = end.max(last.1),
                _ => turns.push((start, end)),
            }
        }
        for (start, end) in turns {
            let (start, length) = (start as f64 / 1000.0, end.saturating_sub(start) as f64 / 1000.0);
            lines += &format!("SPEAKER words 1 {start:.3} {length:.3} <NA> <NA> {speaker} <NA> <NA>\n");
        }
    }
    Ok(lines)
}

/// Diarization errors, by our own `eval`.
fn errors(recording: &Recording, result: &Path, collar: &str) -> Result<Errors, Error> {
    let mut eval = command(paths::program("securetranscribe"));
    eval.args(["eval", "der", "--json", "--collar", collar, "--reference"]).arg(&recording.rttm);
    eval.arg("--hypothesis").arg(result);
    if let Some(uem) = &recording.uem {
        eval.arg("--uem").arg(uem);
    }
    let mut value: Value = serde_json::from_str(&output(&mut eval)?).map_err(|e| unreadable("eval", &e))?;
    serde_json::from_value(value["total"].take()).map_err(|e| unreadable("eval", &e))
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
    println!("\nDiarization error in per cent (missed, false, confused): nothing forgiven, 0.25 s collar");
    println!("| recording | program | speakers: true, found | DER | with collar | seconds |");
    println!("|---|---|---|---|---|---|");
    for r in rows {
        let (strict, collar) = (shown(r.strict.rate(), r.strict.parts()), shown(r.collar.rate(), r.collar.parts()));
        let (recording, name, found) = (&r.recording, &r.name, format!("{}, {}", r.true_speakers, r.speakers));
        println!("| {recording} | {name} | {found} | {strict} | {collar} | {:.1} |", r.seconds);
    }
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    for name in names {
        let of: Vec<_> = rows.iter().filter(|r| r.name == name).collect();
        let right = format!("{} of {} right", of.iter().filter(|r| r.speakers == r.true_speakers).count(), of.len());
        let [strict, collar] = [|r: &Row| r.strict, |r: &Row| r.collar].map(|errors| {
            let mean =
                |value: &dyn Fn(Errors) -> f64| of.iter().map(|r| value(errors(r))).sum::<f64>() / of.len() as f64;
            let parts = [0, 1, 2].map(|part| mean(&|errors| errors.parts()[part]));
            let mut all = Errors::default();
            of.iter().for_each(|r| all.add(&errors(r)));
            (shown(mean(&|errors| errors.rate()), parts), shown(all.rate(), all.parts()))
        });
        println!("| mean | {name} | {right} | {} | {} | |", strict.0, collar.0);
        println!("| all time together | {name} | | {} | {} | |", strict.1, collar.1);
    }
    println!();
}

fn shown(rate: f64, [missed, made_up, confused]: [f64; 3]) -> String {
    format!("{rate:.1} ({missed:.1}, {made_up:.1}, {confused:.1})")
}
