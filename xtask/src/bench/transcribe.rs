//! Speed, word errors and memory on one long recording, and word errors on many short ones.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::peers::Peer;
use super::score::{Score, score};
use super::{ours, peers, workplace};
use crate::deps::files_below;
use crate::error::Error;
use crate::paths;
use crate::python::Environment;
use crate::shell::run as finish;

/// The long recording: 73 utterances of LibriSpeech one after the other.
const LONG: &str = "long_librispeech_all";

/// One program's figures.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Program and way.
    pub name: String,
    /// Fastest round.
    pub seconds: f64,
    /// Word error rate in per cent after Whisper's normalisation.
    pub wer: f64,
    /// Peak memory.
    pub peak_mib: f64,
    /// Times as fast as whisper.cpp.
    pub speed: f64,
    /// Word errors in full.
    pub score: Score,
    /// Every round.
    pub rounds: Vec<f64>,
}

/// A recording with its text.
struct Sample {
    file: PathBuf,
    reference: String,
}

/// A program's way of transcribing.
enum Way {
    Ours(&'static str, &'static [&'static str]),
    Theirs(Peer),
}

const OURS: [Way; 3] = [
    Way::Ours("securetranscribe", &["--speakers", "off"]),
    Way::Ours("securetranscribe-fast", &["--speakers", "off", "--fast"]),
    Way::Ours("securetranscribe-with-speakers", &["--speakers", "auto"]),
];

/// Measures the long recording in rounds, and the short ones once.
pub fn run(python: &Environment, rounds: usize) -> Result<(Vec<Row>, Vec<Row>), Error> {
    let Some(data) = paths::shared_data() else {
        println!("skipped: the long recording and the clips (no ../shared/data); a sample takes their place");
        let sample = sample(&paths::root().join("tests/fixtures/two_speakers.flac"), "txt")?;
        return Ok((measure(python, &[sample], rounds, "two_speakers")?, Vec::new()));
    };
    let long = workplace().join(format!("{LONG}.wav"));
    if !long.is_file() {
        finish(python.script(&data.join("tools/build_conversations.py")).arg(workplace()).arg(LONG))?;
    }
    let long = measure(python, &[sample(&long, "txt")?], rounds, LONG)?;
    let mut clips = Vec::new();
    for file in files_below(&data.join("wer/en"))? {
        let text = PathBuf::from(format!("{}.ref.txt", file.display()));
        if text.is_file() && is_opus(&file)? {
            println!("left out: {} (Opus, which this program does not read yet)", file.display());
        } else if text.is_file() {
            let reference = fs::read_to_string(&text).map_err(Error::file(&text))?;
            clips.push(Sample { file, reference });
        }
    }
    let clips = measure(python, &clips, 1, "clips of wer/en")?;
    Ok((long, clips))
}

/// Whether an Ogg file holds Opus, which names itself in the first page.
fn is_opus(file: &Path) -> Result<bool, Error> {
    let mut start = Vec::new();
    let opened = fs::File::open(file).and_then(|opened| opened.take(64).read_to_end(&mut start));
    opened.map_err(Error::file(file))?;
    Ok(start.windows(8).any(|part| part == b"OpusHead"))
}

fn sample(file: &Path, ending: &str) -> Result<Sample, Error> {
    let text = file.with_extension(ending);
    let reference = fs::read_to_string(&text).map_err(Error::file(&text))?;
    Ok(Sample { file: file.to_path_buf(), reference })
}

fn measure(python: &Environment, samples: &[Sample], rounds: usize, what: &str) -> Result<Vec<Row>, Error> {
    let files: Vec<_> = samples.iter().map(|s| s.file.clone()).collect();
    let ways: Vec<_> = OURS.into_iter().chain(Peer::ALL.map(Way::Theirs)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for round in 0..rounds {
        for (index, way) in ways.iter().enumerate() {
            let (name, seconds, peak_mib, texts) = once(python, way, &files)?;
            println!("{what}, round {}: {name} {seconds:.1} s", round + 1);
            if let Some(row) = rows.get_mut(index) {
                row.seconds = row.seconds.min(seconds);
                row.peak_mib = row.peak_mib.max(peak_mib);
                row.rounds.push(seconds);
                continue;
            }
            let pairs: Vec<_> = samples.iter().map(|s| s.reference.clone()).zip(texts).collect();
            let score = score(python, &pairs)?;
            let rounds = vec![seconds];
            rows.push(Row { name: name.into(), seconds, wer: score.whisper.wer, peak_mib, speed: 0.0, score, rounds });
        }
    }
    let reference = rows.iter().find(|row| row.name == Peer::WhisperCpp.name()).map_or(0.0, |row| row.seconds);
    for row in &mut rows {
        row.speed = reference / row.seconds;
    }
    print(what, &rows);
    Ok(rows)
}

/// One run: name, seconds, peak in MiB, a text for each file.
fn once<'a>(python: &Environment, way: &Way, files: &[PathBuf]) -> Result<(&'a str, f64, f64, Vec<String>), Error> {
    match way {
        Way::Theirs(peer) => {
            let run = peers::transcribe(python, *peer, files)?;
            Ok((peer.name(), run.seconds, run.peak_mib, run.texts))
        }
        Way::Ours(name, arguments) => {
            let common = ["--model", "base", "--language", "en", "--format", "json"];
            let run = ours::transcribe(files, &[&common[..], arguments].concat())?;
            let result = |file: &PathBuf| {
                let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                ours::text(&run.results.join(format!("{stem}.json")))
            };
            let texts = files.iter().map(result).collect::<Result<_, _>>()?;
            Ok((name, run.seconds, run.peak_mib, texts))
        }
    }
}

fn print(what: &str, rows: &[Row]) {
    println!("\n{what}: model base, English given, {} threads", super::THREADS);
    println!(
        "| program | seconds | times whisper.cpp | WER (Whisper's normalisation) | WER (simple) | s, d, i | peak MiB |"
    );
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        let Score { whisper, simple } = &row.score;
        println!(
            "| {} | {:.1} | {:.2} | {:.2} | {:.2} | {}, {}, {} | {:.0} |",
            row.name,
            row.seconds,
            row.speed,
            whisper.wer,
            simple.wer,
            whisper.substitutions,
            whisper.deletions,
            whisper.insertions,
            row.peak_mib
        );
    }
    println!();
}
