//! `export`: a transcript of the library as a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use st_engine::formats::{ExportOptions, exporter};
use st_engine::{Engine, Existing, RecordingId};

use super::library::newest;
use super::transcribe::unknown_format;
use crate::end::End;
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number of the recording, as `library list` has it
    #[arg(value_name = "ID")]
    id: RecordingId,
    /// Format: txt, json, csv, srt, vtt or rttm
    #[arg(long, short)]
    format: String,
    /// File to write, or - for standard output
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    overwrite: bool,
    /// Leave times out of plain text
    #[arg(long)]
    no_times: bool,
    /// Leave names out of plain text and subtitles
    #[arg(long)]
    no_speakers: bool,
}

/// Writes it.
pub fn run(engine: &Engine, args: &Args) -> Result<ExitCode, End> {
    let format = exporter(&args.format).ok_or_else(|| unknown_format(&args.format))?;
    let stored = newest(engine, args.id)?;
    let options = ExportOptions { timestamps: !args.no_times, speakers: !args.no_speakers, ..ExportOptions::default() };
    if args.output == Path::new("-") {
        out::bytes(&engine.export_bytes(stored.id, format.id(), &options)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
    let path = engine.export(stored.id, format.id(), &options, &args.output, existing)?;
    out::line(format!("Written: {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}
