//! Reads what is measured: plain text, our own TXT and JSON exports, RTTM and STM.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use st_engine::core::metrics::cpwer::{Said, read_stm};
use st_engine::core::time::Millis;
use st_engine::{Code, Failure};

use crate::end::End;

/// Name and version of our JSON (docs/json-schema.md).
const SCHEMA: &str = "securetranscribe/1";

/// The part of our JSON that measures need.
#[derive(Deserialize)]
struct Json {
    schema: String,
    recording: JsonRecording,
    utterances: Vec<JsonUtterance>,
}

#[derive(Deserialize)]
struct JsonRecording {
    name: String,
}

#[derive(Deserialize)]
struct JsonUtterance {
    speaker: Option<String>,
    start_ms: u64,
    text: String,
}

/// The whole file as text.
pub fn text(path: &Path) -> Result<String, End> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    // References written on Windows may begin with a byte-order mark.
    String::from_utf8(bytes)
        .map(|t| t.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(t))
        .map_err(|_| wrong(path, "it is not text in UTF-8").into())
}

/// What is said, whoever says it: JSON of ours, TXT of ours, or plain text.
pub fn words(path: &Path) -> Result<String, End> {
    let text = text(path)?;
    if text.trim_start().starts_with('{') {
        let parts: Vec<String> = json(path, &text)?.utterances.into_iter().map(|u| u.text).collect();
        return Ok(parts.join(" "));
    }
    Ok(without_heads(&text))
}

/// Who says what, by recording: STM, or JSON of ours with its one recording.
pub fn said(path: &Path) -> Result<BTreeMap<String, Vec<Said>>, End> {
    let text = text(path)?;
    if !text.trim_start().starts_with('{') {
        return read_stm(&text).map_err(|e| wrong(path, &e.to_string()).into());
    }
    let one =
        |u: JsonUtterance| Said { speaker: u.speaker.unwrap_or_default(), start: Millis(u.start_ms), text: u.text };
    let json = json(path, &text)?;
    Ok([(json.recording.name, json.utterances.into_iter().map(one).collect())].into())
}

fn json(path: &Path, text: &str) -> Result<Json, End> {
    let json: Json =
        serde_json::from_str(text).map_err(|e| wrong(path, "it is not a JSON transcript of this program").detail(e))?;
    if json.schema == SCHEMA {
        Ok(json)
    } else {
        Err(wrong(path, &format!("its schema is “{}”", json.schema)).into())
    }
}

/// Leaves the lines with speaker and time out of our plain text, and its sentence for a recording without speech.
fn without_heads(text: &str) -> String {
    let lines = text.lines().filter(|line| !is_head(line));
    let joined = lines.collect::<Vec<_>>().join("\n");
    if joined.trim().starts_with("No speech was found in ") { String::new() } else { joined }
}

/// Whether a line is `Speaker 1 [0:12]` or `[1:02:03]`.
fn is_head(line: &str) -> bool {
    let Some((_, time)) = line.trim_end().strip_suffix(']').and_then(|l| l.rsplit_once('[')) else {
        return false;
    };
    let parts: Vec<&str> = time.split(':').collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> End {
    let name = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(Code::FileNotFound, format!("There is no file {name}.")).hint("Check the name.")
        }
        std::io::ErrorKind::IsADirectory => Failure::new(Code::IsFolder, format!("{name} is a folder."))
            .hint("Give a file, or a folder for the reference and one for the hypothesis."),
        _ => Failure::new(Code::FileUnreadable, format!("{name} cannot be read.")).hint("Check its permissions."),
    }
    .detail(error)
    .into()
}

/// A file whose content is not what it should be.
pub fn wrong(path: &Path, reason: &str) -> Failure {
    Failure::new(Code::UnknownFormat, format!("{} cannot be measured: {reason}.", path.display()))
        .hint("Give another file.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn heads_of_our_text_are_no_words() {
        let (_f, path) = file("Speaker 1 [0:01]\nHello there.\n\nLena [x] Brandt [1:02:03]\nGeneral [sic] remarks.\n");
        assert_eq!(
            words(&path).unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
            "Hello there. General [sic] remarks."
        );
        let (_f, path) = file("No speech was found in hum.wav.\n");
        assert_eq!(words(&path).unwrap(), "");
    }

    #[test]
    fn who_said_what_comes_from_stm_or_from_our_json() {
        let (_f, path) = file(";; note\nrec 1 B 5.0 6.0 <o,f0> later words\nrec 1 A 1.0 2.0 first\n");
        let all = said(&path).unwrap();
        assert_eq!(all["rec"].len(), 2);
        let (_f, path) = file("nonsense\n");
        assert!(said(&path).unwrap_err().to_string().contains("line 1"));
        let (_f, path) = file(JSON);
        assert_eq!(said(&path).unwrap()["a.wav"][0].speaker, "S");
    }

    const JSON: &str = r#"{"schema":"securetranscribe/1","recording":{"name":"a.wav"},"utterances":[
        {"speaker":"S","start_ms":5,"text":"a b"},{"speaker":null,"start_ms":9,"text":"c"}]}"#;

    #[test]
    fn json_must_be_ours() {
        let (_f, path) = file(JSON);
        assert_eq!(words(&path).unwrap(), "a b c");
        let (_f, path) = file(&JSON.replace("securetranscribe/1", "other"));
        assert!(words(&path).unwrap_err().to_string().contains("“other”"));
        let (_f, path) = file("{}");
        assert!(words(&path).unwrap_err().to_string().contains("not a JSON transcript"));
    }
}
