//! `transcribe`: recordings in, transcripts out.

mod results;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use st_engine::formats::{EXPORTERS, Exporter, exporter};
use st_engine::{CancelFlag, ChannelChoice, Code, Engine, Failure, Job, JobSettings, Outcome, TranscriptId};

use self::results::Destination;
use crate::end::{End, FAILED};
use crate::out;
use crate::progress::{Shower, Style};
use crate::signals;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings: audio or video, any number
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Model that writes the text: a name of `models list`, or a model file
    #[arg(long, default_value = "auto", value_name = "NAME")]
    model: String,
    /// Language spoken: auto, a code such as en, or a name such as German
    #[arg(long, default_value = "auto", value_name = "LANGUAGE")]
    language: String,
    /// Translate to English
    #[arg(long)]
    translate: bool,
    /// How many people speak: auto, off, a number, or a range such as 2-5
    #[arg(long, default_value = "auto", value_name = "N", allow_hyphen_values = true)]
    speakers: String,
    /// Channels one by one, each with its own speakers: auto does so for calls and microphones of one person each
    #[arg(long, value_enum, default_value_t = Channels::Auto)]
    channels: Channels,
    /// Formats to write, with commas between: txt, json, srt and the others of `export`
    #[arg(long, default_value = "txt", value_delimiter = ',', value_name = "FORMAT")]
    format: Vec<String>,
    /// Folder for the results, or - for standard output
    #[arg(long, short, default_value = "-", value_name = "DIR")]
    output: PathBuf,
    /// What does the work: auto, cpu, an id of `devices`, or a card's place on the bus
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
    /// Threads in all
    #[arg(long, value_name = "N")]
    threads: Option<u32>,
    /// Parts of the recording that are worked on at once, 1 to 8: the text is the same, more take more memory
    #[arg(long, value_name = "N")]
    in_flight: Option<u32>,
    /// Faster, with a few more mistakes
    #[arg(long)]
    fast: bool,
    /// Spares no battery: all threads, and the graphics card before the unit of the processor
    #[arg(long)]
    full_power: bool,
    /// Words that are likely: names, terms; with commas between, or given several times
    #[arg(long, value_delimiter = ',', value_name = "WORDS")]
    words: Vec<String>,
    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Style::Auto)]
    progress: Style,
}

/// What becomes of several channels.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Channels {
    /// One by one where each is somebody of his own
    Auto,
    /// One by one
    Split,
    /// All together
    Mix,
}

impl From<Channels> for ChannelChoice {
    fn from(channels: Channels) -> Self {
        match channels {
            Channels::Auto => Self::Auto,
            Channels::Split => Self::Split,
            Channels::Mix => Self::Mix,
        }
    }
}

impl Args {
    fn settings(&self) -> Result<JobSettings, Failure> {
        let settings = JobSettings {
            model: self.model.clone(),
            language: self.language.parse()?,
            translate: self.translate,
            speakers: self.speakers.parse()?,
            channels: self.channels.into(),
            device: self.device.clone(),
            threads: self.threads,
            in_flight: self.in_flight,
            fast: self.fast,
            gentle_on_battery: !self.full_power,
            words: self.words.iter().map(|w| w.trim().to_string()).filter(|w| !w.is_empty()).collect(),
            ..JobSettings::default()
        };
        settings.check()?;
        Ok(settings)
    }

    fn formats(&self) -> Result<Vec<&'static dyn Exporter>, Failure> {
        let mut formats: Vec<&'static dyn Exporter> = Vec::new();
        for id in &self.format {
            let format = exporter(id.trim()).ok_or_else(|| unknown_format(id))?;
            if !formats.iter().any(|f| f.id() == format.id()) {
                formats.push(format);
            }
        }
        Ok(formats)
    }
}

/// Names the formats that there are.
pub fn unknown_format(id: &str) -> Failure {
    let known: Vec<&str> = EXPORTERS.iter().map(|e| e.id()).collect();
    Failure::new(Code::UnknownFormat, format!("There is no format “{id}”."))
        .hint(format!("Choose from {}.", known.join(", ")))
}

/// Transcribes each file; one that fails does not stop the rest.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let settings = args.settings()?;
    let destination = Destination::new(&args.output, args.formats()?, args.files.len())?;
    let cancel = CancelFlag::new();
    signals::cancel_on_signal(&cancel);
    let mut shower = Shower::new(args.progress);
    let mut failed = false;
    for file in &args.files {
        match one(engine, file, &settings, &cancel, &mut shower) {
            Ok(Outcome::Done(transcript)) => failed |= !written(engine, transcript, file, &destination, &shower)?,
            Ok(Outcome::Cancelled) => {}
            Err(failure) => {
                failed = true;
                out::complain(failure);
            }
        }
        // A signal ends the whole command, also where the job at hand still came to its end.
        if cancel.is_cancelled() {
            return Ok(ExitCode::from(FAILED));
        }
    }
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// One file, from the look into it to its transcript.
fn one(
    engine: &Engine,
    file: &Path,
    settings: &JobSettings,
    cancel: &CancelFlag,
    shower: &mut Shower,
) -> Result<Outcome<TranscriptId>, Failure> {
    let job = engine.enqueue(file, settings)?;
    let result = watched(engine, &job, cancel, shower);
    if cancel.is_cancelled() && result.is_ok() {
        out::complain(stopped(engine, &job, matches!(result, Ok(Outcome::Done(_))))?);
    }
    result
}

/// Runs a job and shows how far it is.
pub fn watched(
    engine: &Engine,
    job: &Job,
    cancel: &CancelFlag,
    shower: &mut Shower,
) -> Result<Outcome<TranscriptId>, Failure> {
    shower.begin(&job.name);
    let result = engine.run_job(job.id, cancel, &mut |event| shower.event(event));
    shower.end();
    result
}

/// Writes a transcript where it belongs; false where that failed.
fn written(
    engine: &Engine,
    transcript: TranscriptId,
    file: &Path,
    destination: &Destination,
    shower: &Shower,
) -> Result<bool, End> {
    let stored = engine.transcript(transcript)?;
    match destination.write(engine, &stored, file) {
        Ok(paths) => {
            paths.iter().for_each(|path| shower.say(&format!("Written: {}", path.display())));
            Ok(true)
        }
        Err(End::Failure(failure)) => {
            out::complain(format!("{failure} The transcript itself is in the library as {}.", stored.recording));
            Ok(false)
        }
        Err(end) => Err(end),
    }
}

/// What a person who stopped a job wants to know: what is kept, and how to go on.
fn stopped(engine: &Engine, job: &Job, complete: bool) -> Result<String, Failure> {
    let (name, recording) = (&job.name, job.recording);
    if complete {
        return Ok(format!(
            "Stopped: {name}. The text is complete. To find the speakers: securetranscribe speakers {recording}"
        ));
    }
    let kept = match engine.job_text(job.id)?.windows.is_empty() {
        false => format!("The text up to {} is kept.", engine.job_reached(job.id)?),
        true => "There was no text yet.".into(),
    };
    Ok(format!("Stopped: {name}. {kept} The same command goes on from there."))
}
