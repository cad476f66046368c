//! A library with a transcript of ten hours: a real one, again and again.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{ours, unreadable, workplace};
use crate::error::Error;
use crate::paths;
use crate::shell::{command, empty_folder, run as finish, write};

/// Utterances of the transcript.
pub const UTTERANCES: usize = 6_000;
const LENGTH_MS: f64 = 10.0 * 3_600_000.0;

/// Makes it anew; gives an empty folder for results, and the data folder in it.
pub fn library() -> Result<(PathBuf, PathBuf), Error> {
    let folder = workplace().join("ten-hours");
    empty_folder(&folder)?;
    let clip = paths::root().join("tests/fixtures/two_speakers.flac");
    let once = ours::transcribe(&[clip], &["--model", "tiny.en", "--fast", "--format", "json"])?;
    let once = once.results.join("two_speakers.json");
    let once: Value = serde_json::from_str(&fs::read_to_string(&once).map_err(Error::file(&once))?)
        .map_err(|error| unreadable("a transcript", &error))?;
    let file = folder.join("Ten hours.json");
    write(&file, repeated(&once).to_string())?;
    let data = folder.join("data");
    let mut import = command(paths::program("securetranscribe"));
    finish(import.arg("--data-dir").arg(&data).args(["library", "import"]).arg(&file))?;
    Ok((folder, data))
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
