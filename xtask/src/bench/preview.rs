//! Text while somebody speaks: a conversation is fed as the microphone of the real program, in real time.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use super::score::{Score, score};
use super::{unreadable, workplace};
use crate::error::Error;
use crate::paths;
use crate::python::Environment;
use crate::shell::{command, empty_folder, run as finish, start};
use crate::test::sound::SoundServer;

/// The loudspeaker whose sound is the microphone.
const LOUDSPEAKER: &str = "st_bench";
/// Models that can follow a conversation on two cores.
const MODELS: [&str; 2] = ["tiny.en", "base"];

/// What a preview was like.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// One for each model.
    models: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    model: String,
    /// Word errors of the text that was settled.
    errors: Score,
    /// Phrases that were shown.
    phrases: usize,
    /// From the end of a phrase to its text, in ms.
    median_ms: u64,
    /// Nine of ten come sooner.
    most_ms: u64,
    worst_ms: u64,
}

/// A phrase as it was shown: where it begins, its text, and how long after its end that was.
struct Shown {
    start_ms: u64,
    text: String,
    late_ms: u64,
}

/// Measures and prints.
pub fn run(python: &Environment) -> Result<Figures, Error> {
    let server = SoundServer::start()?;
    let recording = paths::root().join("tests/fixtures/two_speakers.flac");
    let reference = recording.with_extension("txt");
    let reference = fs::read_to_string(&reference).map_err(Error::file(&reference))?;
    let lent = |name: &str| {
        let mut command = command(name);
        server.lend(&mut command);
        command
    };
    let sink = format!("sink_name={LOUDSPEAKER}");
    finish(lent("pactl").args(["load-module", "module-null-sink", &sink, "rate=16000", "channels=1"]))?;
    println!("\nText while somebody speaks   WER     after the phrase: median     90 %    worst");
    let mut models = Vec::new();
    for model in MODELS {
        let mut record = lent(&paths::program("securetranscribe").to_string_lossy());
        let mut player = lent("paplay");
        player.arg(format!("--device={LOUDSPEAKER}")).arg(&recording);
        let shown = listen(&mut record, &mut player, model)?;
        let text = shown.iter().map(|phrase| phrase.text.as_str()).collect::<Vec<_>>().join(" ");
        let errors = score(python, &[(reference.clone(), text)])?;
        let mut late: Vec<u64> = shown.iter().map(|phrase| phrase.late_ms).collect();
        late.sort_unstable();
        let part = |tenths: usize| late.get((late.len() * tenths / 10).min(late.len().saturating_sub(1))).copied();
        let row = Row {
            model: model.into(),
            errors,
            phrases: shown.len(),
            median_ms: part(5).unwrap_or_default(),
            most_ms: part(9).unwrap_or_default(),
            worst_ms: part(10).unwrap_or_default(),
        };
        println!(
            "{:<10} {:>3} phrases  {:>9.1} %  {:>26} ms {:>5} ms {:>5} ms",
            row.model, row.phrases, row.errors.whisper.wer, row.median_ms, row.most_ms, row.worst_ms
        );
        models.push(row);
    }
    Ok(Figures { models })
}

/// Records while the conversation plays, and some seconds more for the last words.
fn listen(record: &mut Command, player: &mut Command, model: &str) -> Result<Vec<Shown>, Error> {
    let folder = workplace().join("preview");
    empty_folder(&folder)?;
    let models = paths::root().join("models");
    record.arg("--data-dir").arg(folder.join("data")).arg("--models-dir").arg(models);
    record.arg("record").arg("--output").arg(folder.join("talk.wav"));
    record.args(["--device", &format!("pulse:{LOUDSPEAKER}.monitor"), "--preview", "--progress", "json"]);
    record.args(["--model", model, "--language", "en"]);
    record.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = record.spawn().map_err(|source| start(record, source))?;
    let lines = child.stderr.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    let mut playing = None;
    let mut clock: Option<Instant> = None;
    let mut over: Option<Instant> = None;
    let mut shown: Vec<Shown> = Vec::new();
    for line in lines.map_while(Result::ok) {
        let now = Instant::now();
        let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
        let state = &event["state"];
        if let Some(elapsed) = state["elapsed_ms"].as_u64().filter(|elapsed| *elapsed > 0) {
            // The state comes at once or a little late, never early.
            let began = now.checked_sub(std::time::Duration::from_millis(elapsed)).unwrap_or(now);
            clock = Some(clock.map_or(began, |clock| clock.min(began)));
            if playing.is_none() && state["preview"].is_string() {
                playing = Some(player.spawn().map_err(|source| start(player, source))?);
            }
        }
        for piece in event["pieces"].as_array().into_iter().flatten().filter(|piece| piece["settled"] == true) {
            let (Some(start_ms), Some(end), Some(clock)) =
                (piece["start_ms"].as_u64(), piece["end_ms"].as_u64(), clock)
            else {
                return Err(unreadable("a piece of the preview", piece));
            };
            let late_ms = (now - clock).as_millis() as u64;
            if shown.iter().all(|known| known.start_ms != start_ms) {
                let text = piece["text"].as_str().unwrap_or_default().to_owned();
                shown.push(Shown { start_ms, text, late_ms: late_ms.saturating_sub(end) });
            }
        }
        if over.is_none() && playing.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|end| end.is_some())) {
            over = Some(now);
        }
        if over.is_some_and(|over| over.elapsed().as_secs() >= 12) {
            end(child.id())?;
            over = None;
            playing = None;
        }
    }
    child.wait().map_err(|source| start(record, source))?;
    shown.sort_by_key(|phrase| phrase.start_ms);
    Ok(shown)
}

/// Ends a recording as Ctrl-C does.
fn end(process: u32) -> Result<(), Error> {
    finish(command("kill").args(["-INT", &process.to_string()]))
}
