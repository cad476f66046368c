//! Every export of a ten-hour transcript: time, memory and size, as multiples of plain text in the same run.

use std::fs;

use serde::Serialize;
use serde_json::{Value, json};

use super::{ours, unreadable, workplace};
use crate::error::Error;
use crate::paths;
use crate::shell::{command, make_folder, run as finish, write};

const FORMATS: [&str; 16] = [
    "txt", "md", "html", "pdf", "docx", "csv", "tsv", "json", "srt", "vtt", "rttm", "eaf", "textgrid", "research",
    "otr", "origin",
];
const UTTERANCES: usize = 6_000;
const LENGTH_MS: f64 = 10.0 * 3_600_000.0;

/// One format.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Id of the format.
    pub format: String,
    /// From the start of the program to its end.
    pub seconds: f64,
    /// Peak memory.
    pub peak_mib: f64,
    /// Length of the file.
    pub bytes: u64,
    /// Times as long as plain text takes.
    pub time_ratio: f64,
    /// Times as large as plain text.
    pub size_ratio: f64,
}

/// Measures and prints.
pub fn run() -> Result<Vec<Row>, Error> {
    let folder = workplace().join("exports");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    make_folder(&folder)?;
    let clip = paths::root().join("tests/fixtures/two_speakers.flac");
    let once = ours::transcribe(&[clip], &["--model", "tiny.en", "--fast", "--format", "json"])?;
    let once = once.results.join("two_speakers.json");
    let once: Value = serde_json::from_str(&fs::read_to_string(&once).map_err(Error::file(&once))?)
        .map_err(|error| unreadable("a transcript", &error))?;
    let file = folder.join("Ten hours.json");
    write(&file, repeated(&once).to_string())?;
    let program = || {
        let mut program = command(paths::program("securetranscribe"));
        program.arg("--data-dir").arg(folder.join("data"));
        program
    };
    finish(program().args(["library", "import"]).arg(&file))?;
    let mut rows: Vec<Row> = Vec::new();
    for format in FORMATS {
        let target = folder.join(format!("out.{format}"));
        let mut export = program();
        export.args(["export", "1", "--format", format, "--output"]).arg(&target);
        let (seconds, peak_mib) = ours::watched(&mut export)?;
        let bytes = fs::metadata(&target).map_err(Error::file(&target))?.len();
        let (first_seconds, first_bytes) = rows.first().map_or((seconds, bytes), |text| (text.seconds, text.bytes));
        let (time_ratio, size_ratio) = (seconds / first_seconds.max(0.001), bytes as f64 / first_bytes.max(1) as f64);
        rows.push(Row { format: format.to_owned(), seconds, peak_mib, bytes, time_ratio, size_ratio });
    }
    println!("\nTen hours, {UTTERANCES} utterances, as multiples of plain text");
    println!("format        s   MiB      bytes   time   size");
    for row in &rows {
        let Row { format, seconds, peak_mib, bytes, time_ratio, size_ratio } = row;
        println!("{format:<9} {seconds:>5.2} {peak_mib:>5.0} {bytes:>10} {time_ratio:>6.2} {size_ratio:>6.2}");
    }
    Ok(rows)
}

/// The transcript again and again until there are enough utterances, spread over the ten hours.
fn repeated(once: &Value) -> Value {
    let said = once["utterances"].as_array().cloned().unwrap_or_default();
    let length = once["recording"]["duration_ms"].as_f64().unwrap_or(1.0);
    let stretch = LENGTH_MS / (length * UTTERANCES.div_ceil(said.len().max(1)) as f64);
    let mut utterances = Vec::with_capacity(UTTERANCES);
    for index in 0..UTTERANCES.min(said.len() * UTTERANCES) {
        let mut utterance = said[index % said.len()].clone();
        let round = (index / said.len()) as f64;
        let place = |value: &mut Value| {
            for name in ["start_ms", "end_ms"] {
                let at = (value[name].as_f64().unwrap_or_default() + round * length) * stretch;
                value[name] = json!(at as u64);
            }
        };
        place(&mut utterance);
        utterance["id"] = json!(index + 1);
        utterance["words"].as_array_mut().into_iter().flatten().for_each(place);
        utterances.push(utterance);
    }
    let mut all = once.clone();
    all["recording"]["name"] = json!("Ten hours");
    all["recording"]["duration_ms"] = json!(LENGTH_MS as u64);
    all["coverage"] =
        json!({ "words_ms": 0, "silence_ms": 0, "speech_without_words_ms": 0, "speech_without_words": [] });
    all["utterances"] = json!(utterances);
    all
}
