//! What can be typed: the options that every command has, and the commands. Each command's own options stand beside
//! its code in `commands`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{devices, doctor, eval, export, library, models, record, speakers, transcribe};

/// Turns recordings into transcripts that say who said what. Nothing leaves this computer.
#[derive(Debug, Parser)]
#[command(name = "securetranscribe", version, max_term_width = 100)]
#[command(after_help = "Exit status: 0 everything done, 1 something failed, 2 the command makes no sense as typed.")]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Folder for the library, models and logs
    #[arg(long, global = true, value_name = "DIR", env = st_engine::dirs::DATA_DIR_VARIABLE)]
    pub data_dir: Option<PathBuf>,
    /// Folder with models, looked into first
    #[arg(long, global = true, value_name = "DIR", env = st_engine::dirs::MODELS_DIR_VARIABLE)]
    pub models_dir: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Transcribe recordings
    Transcribe(transcribe::Args),
    /// Record from a microphone
    Record(record::Args),
    /// List, get, import, verify or remove models
    #[command(subcommand)]
    Models(models::Command),
    /// List, show or delete what the library holds
    #[command(subcommand)]
    Library(library::Command),
    /// Write a transcript of the library to a file
    Export(export::Args),
    /// Tell the speakers of a transcript apart again, without transcribing again
    Speakers(speakers::Args),
    /// List what can do the work (the processor and graphics cards), and what can be recorded
    Devices(devices::Args),
    /// Check that everything needed is there
    Doctor(doctor::Args),
    /// Measure a result against a reference
    #[command(subcommand)]
    Eval(eval::Command),
}
