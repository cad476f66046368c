//! `record`: sound from a microphone into a file, until Ctrl-C or for a given time.

pub mod inputs;
mod watcher;

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use st_engine::core::time::Millis;
use st_engine::recording::{GapReason, Input, InputKind, RecordOptions, Recorded, Sources};
use st_engine::{CancelFlag, Code, Engine, Event, Failure, Job, JobSettings, Outcome};

use self::watcher::Watcher;
use crate::commands::transcribe::watched;
use crate::end::{End, FAILED};
use crate::out;
use crate::progress::{Shower, Style};
use crate::signals;

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Options.
#[derive(Debug, clap::Args)]
#[command(after_help = "Ctrl-C ends the recording; the file is whole at every moment.")]
pub struct Args {
    /// The file: WAV, at the rate and quality of the device
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["left", "adopt", "discard"])]
    output: Option<PathBuf>,
    /// What is recorded: a name or id of `devices`, or a part of it; else the usual microphone
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Keep it as FLAC once it is whole: about half the size, every sample the same. 32-bit samples stay WAV
    #[arg(long, requires = "output")]
    flac: bool,
    /// Record what this computer plays too, on channels of its own
    #[arg(long)]
    system: bool,
    /// End by itself after this time: 90, 90s, 10m, 1h30m
    #[arg(long = "for", value_name = "DURATION")]
    length: Option<Length>,
    /// Show provisional text while it is recorded; what --transcribe writes at the end does not come from it
    #[arg(long)]
    preview: bool,
    /// Transcribe the recording at the end, and write the text to standard output
    #[arg(long)]
    transcribe: bool,
    /// Language spoken, for --transcribe and --preview
    #[arg(long, default_value = "auto", value_name = "LANGUAGE")]
    language: String,
    /// Model that writes the text, for --transcribe and --preview
    #[arg(long, default_value = "auto", value_name = "NAME")]
    model: String,
    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    progress: Style,
    /// List recordings that broke off, and those discarded within a day, instead of recording
    #[arg(long, conflicts_with = "output")]
    left: bool,
    /// Mend a recording that --left lists, take it into the library and transcribe it
    #[arg(long, value_name = "ID", conflicts_with = "output")]
    adopt: Option<String>,
    /// Discard a recording that --left lists; within a day --adopt brings it back
    #[arg(long, value_name = "ID", conflicts_with = "output")]
    discard: Option<String>,
}

/// A length of time as people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length(Millis);

impl FromStr for Length {
    type Err = BadLength;

    fn from_str(text: &str) -> Result<Self, BadLength> {
        let (mut seconds, mut number) = (0.0, String::new());
        for c in text.trim().chars() {
            let unit = match c {
                '0'..='9' | '.' => {
                    number.push(c);
                    continue;
                }
                'h' => 3_600.0,
                'm' => 60.0,
                's' => 1.0,
                _ => return Err(BadLength),
            };
            seconds += number.parse::<f64>().map_err(|_| BadLength)? * unit;
            number.clear();
        }
        if !number.is_empty() {
            seconds += number.parse::<f64>().map_err(|_| BadLength)?;
        }
        if seconds > 0.0 && seconds < 1e7 { Ok(Self(Millis::from_seconds(seconds))) } else { Err(BadLength) }
    }
}

/// Not a length of time.
#[derive(Debug, thiserror::Error)]
#[error("give a length of time such as 90s, 10m or 1h30m")]
struct BadLength;

/// Records, and transcribes where that is asked for.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let settings =
        JobSettings { language: args.language.parse()?, model: args.model.clone(), ..JobSettings::default() };
    settings.check()?;
    let Some(output) = &args.output else { return leftovers(engine, args, &settings) };
    let inputs = engine.inputs()?;
    let sources = Sources { input: chosen(&inputs, args.device.as_deref())?, system: played(&inputs, args.system)? };
    let cancel = CancelFlag::new();
    signals::cancel_on_signal(&cancel);
    let events = engine.subscribe();
    let limit = args.length.map(|length| length.0);
    // It is WAV while it grows, whatever it is called in the end.
    let output = if args.flac { output.with_extension("wav") } else { output.clone() };
    let options = RecordOptions {
        sources,
        file: Some(output),
        limit,
        flac: args.flac,
        preview: args.preview,
        job: Some(settings.clone()),
        ..RecordOptions::default()
    };
    engine.record_start(options)?;
    let recorded = follow(engine, &events, &cancel, Watcher::new(args.progress, inputs))?;
    out::complain(summary(&recorded));
    for failure in recorded.ended_by.iter().chain(recorded.not_flac.as_deref()) {
        out::complain(failure);
    }
    if args.transcribe {
        // The signal that ended the recording does not end this; the next one ends the program.
        let cancel = if cancel.is_cancelled() { CancelFlag::new() } else { cancel };
        return transcribed(engine, &engine.enqueue(&recorded.file, &settings)?, &cancel, args.progress);
    }
    Ok(if recorded.ended_by.is_some() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Waits for the end of the recording, whoever brings it about.
fn follow(
    engine: &Engine,
    events: &Receiver<Event>,
    cancel: &CancelFlag,
    mut watcher: Watcher,
) -> Result<Recorded, Failure> {
    loop {
        match events.recv_timeout(LOOK) {
            Ok(Event::RecordEnded { recorded: Some(recorded), .. }) => return Ok(recorded),
            Ok(Event::RecordEnded { failure: Some(failure), .. }) => return Err(failure),
            Ok(event) => watcher.see(&event),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if cancel.is_cancelled() {
            watcher.end();
            match engine.record_stop(None) {
                // It ended by itself in this moment.
                Err(failure) if failure.code == Code::Conflict => {}
                outcome => return outcome,
            }
        }
    }
}

fn transcribed(engine: &Engine, job: &Job, cancel: &CancelFlag, style: Style) -> Result<ExitCode, End> {
    match watched(engine, job, cancel, &mut Shower::new(style))? {
        Outcome::Done(transcript) => {
            out::bytes(&engine.export_bytes(transcript, "txt", &Default::default())?)?;
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Cancelled => Ok(ExitCode::from(FAILED)),
    }
}

/// What was not finished: listed, taken in, or put aside.
fn leftovers(engine: &Engine, args: &Args, settings: &JobSettings) -> Result<ExitCode, End> {
    if let Some(id) = &args.discard {
        engine.record_discard_left(id)?;
        out::complain("Discarded. Within a day --adopt brings it back.");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(id) = &args.adopt {
        let recorded = engine.record_adopt(id)?;
        out::complain(summary(&recorded));
        let Some(recording) = recorded.recording else { return Ok(ExitCode::SUCCESS) };
        let cancel = CancelFlag::new();
        signals::cancel_on_signal(&cancel);
        return transcribed(engine, &engine.transcribe_again(recording, settings)?, &cancel, args.progress);
    }
    let rows = engine.recordings_left().into_iter().map(|left| {
        let state = if left.discarded_at.is_some() { "discarded" } else { "broke off" };
        let length = Millis(left.duration_ms).to_string();
        vec![left.id, out::short_time(&left.started_at), length, state.into(), left.path.display().to_string()]
    });
    out::table(&["id", "began", "length", "state", "file"], &rows.collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

/// The id of the input that somebody means.
fn chosen(inputs: &[Input], wanted: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(wanted) = wanted else { return Ok(None) };
    let wanted = wanted.trim().to_lowercase();
    // Also as the sound server names it, without what stands before it here.
    let own = |id: &str| id.split_once(':').is_some_and(|(_, own)| own == wanted);
    let same = |input: &&Input| {
        let id = input.id.to_lowercase();
        id == wanted || own(&id) || input.name.to_lowercase() == wanted
    };
    if let Some(input) = inputs.iter().find(same) {
        return Ok(Some(input.id.clone()));
    }
    let like =
        |input: &&Input| input.id.to_lowercase().contains(&wanted) || input.name.to_lowercase().contains(&wanted);
    match inputs.iter().filter(like).collect::<Vec<_>>()[..] {
        [input] => Ok(Some(input.id.clone())),
        [] => Err(Failure::new(Code::NoInput, format!("There is no input like “{wanted}”."))
            .hint("securetranscribe devices lists them.")),
        _ => Err(Failure::new(Code::NoInput, format!("Several inputs are like “{wanted}”."))
            .hint("Give the whole name or the id that securetranscribe devices lists.")),
    }
}

/// The id of what this computer plays, where that is wanted.
fn played(inputs: &[Input], wanted: bool) -> Result<Option<String>, Failure> {
    if !wanted {
        return Ok(None);
    }
    let mut played = inputs.iter().filter(|input| input.kind == InputKind::System);
    let usual = played.clone().find(|input| input.usual).or_else(|| played.next());
    usual.map(|input| Some(input.id.clone())).ok_or_else(|| {
        Failure::new(Code::NoInput, "This computer does not let what it plays be recorded.")
            .hint("Record without --system.")
    })
}

/// What was recorded, in a line.
fn summary(recorded: &Recorded) -> String {
    let mut text = format!("Recorded {} to {}.", recorded.duration, recorded.file.display());
    let lost = recorded.gaps.iter().filter(|gap| gap.why == GapReason::Device);
    let (count, length) = lost.fold((0, 0), |(count, length), gap| (count + 1, length + gap.length_ms));
    if count > 0 {
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        text.push_str(&format!(" The input was gone {times}, {} in all.", Millis(length)));
    }
    if let Some(rate) = recorded.measured_rate {
        text.push_str(&format!(" The device delivered {rate} samples a second, not what it said; the file says so."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_understood() {
        for (text, seconds) in [("90", 90.0), ("90s", 90.0), ("10m", 600.0), ("1h30m", 5_400.0), ("0.5s", 0.5)] {
            assert_eq!(text.parse::<Length>().ok(), Some(Length(Millis::from_seconds(seconds))), "{text}");
        }
        for text in ["", "0", "-5", "ten", "m", "1x"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    fn input(id: &str, name: &str) -> Input {
        Input {
            id: id.into(),
            name: name.into(),
            kind: InputKind::Microphone,
            usual: false,
            rate: None,
            channels: None,
            off: false,
        }
    }

    #[test]
    fn a_part_of_a_name_is_enough_where_one_has_it() {
        let inputs = [input("pulse:a", "Headset Jabra"), input("b", "Röde NT-USB"), input("c", "Röde NT-USB Mini")];
        let find = |wanted| chosen(&inputs, Some(wanted)).ok().flatten();
        assert_eq!((find("jabra").as_deref(), find("a").as_deref()), (Some("pulse:a"), Some("pulse:a")));
        assert_eq!(find("RÖDE NT-USB").as_deref(), Some("b"), "the whole name goes before a part");
        assert_eq!(find("röde"), None);
        assert_eq!(find("nothing"), None);
    }
}
