//! `export`: transcripts of the library as files, several and in several formats at once.

mod choices;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use st_engine::formats::{ExportOptions, Exporter, exporter};
use st_engine::{Doubt, Engine, Existing, Failure, RecordingId, StoredTranscript};

use self::choices::Choices;
use super::library::newest;
use super::transcribe::unknown_format;
use crate::end::{End, FAILED};
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers of recordings, as `library list` has them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<RecordingId>,
    /// Formats, with commas between: pdf, docx, txt, md, html, csv, tsv, json, srt, vtt, rttm, eaf, textgrid, research,
    /// otr, origin
    #[arg(long, short, value_delimiter = ',', required = true, value_name = "FORMAT")]
    format: Vec<String>,
    /// Folder for the files; for one transcript in one format also a file, or - for standard output
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
    /// Replace files that are there already
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    choices: Choices,
}

/// Writes them; one that fails does not stop the rest.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let mut formats: Vec<&'static dyn Exporter> = Vec::new();
    for id in &args.format {
        let format = exporter(id.trim()).ok_or_else(|| unknown_format(id))?;
        if !formats.iter().any(|f| f.id() == format.id()) {
            formats.push(format);
        }
    }
    let options = args.choices.options();
    let single = args.ids.len() == 1 && formats.len() == 1;
    if args.output == Path::new("-") {
        let ([id], [format]) = (&args.ids[..], &formats[..]) else {
            return Err(End::Usage(
                "Standard output takes one transcript in one format. Give a folder for several with --output DIR."
                    .into(),
            ));
        };
        let stored = newest(engine, *id)?;
        warn(engine, &stored)?;
        out::bytes(&engine.export_bytes(stored.id, format.id(), &options)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !single && !args.output.is_dir() {
        let what = if args.output.exists() { "is no folder" } else { "does not exist" };
        return Err(End::Usage(format!(
            "Several files go into a folder, and {} {what}. Make it first, or give another one with --output.",
            args.output.display()
        )));
    }
    let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
    let mut failed = false;
    for &id in &args.ids {
        if let Err(failure) = one(engine, id, &formats, &options, &args.output, existing, &mut failed)? {
            failed = true;
            out::complain(failure);
        }
    }
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// All files of one transcript. What cannot be written is said, and the rest is written.
fn one(
    engine: &Engine,
    id: RecordingId,
    formats: &[&'static dyn Exporter],
    options: &ExportOptions,
    output: &Path,
    existing: Existing,
    failed: &mut bool,
) -> Result<Result<(), Failure>, End> {
    let stored = match newest(engine, id) {
        Ok(stored) => stored,
        Err(failure) => return Ok(Err(failure)),
    };
    warn(engine, &stored)?;
    for format in formats {
        let path = match output.is_dir() {
            true => output.join(engine.export_name(stored.id, format.id())?),
            false => output.to_path_buf(),
        };
        match engine.export(stored.id, format.id(), options, &path, existing) {
            Ok(path) => out::line(format!("Written: {}", path.display()))?,
            Err(failure) => {
                *failed = true;
                out::complain(failure);
            }
        }
    }
    Ok(Ok(()))
}

/// Says what a reader of the file should know, on standard error; the file is written all the same.
fn warn(engine: &Engine, stored: &StoredTranscript) -> Result<(), End> {
    let name = &stored.document.recording.name;
    match engine.export_doubt(stored.id)? {
        Some(Doubt::Empty) => out::complain(format!("Note: the transcript of “{name}” has no words.")),
        Some(Doubt::Unfinished) => {
            out::complain(format!("Note: the transcript of “{name}” has no words for a part of what is said."));
        }
        None => {}
    }
    Ok(())
}
