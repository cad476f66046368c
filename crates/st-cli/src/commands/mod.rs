//! The commands, one file each.

pub mod devices;
pub mod doctor;
pub mod eval;
pub mod export;
pub mod library;
pub mod models;
pub mod record;
pub mod speakers;
pub mod transcribe;

use std::process::ExitCode;

use st_engine::{Engine, EngineOptions, logging};

use crate::args::{Args, Command, Global};
use crate::end::End;

/// Runs what was typed.
pub fn run(args: Args) -> Result<ExitCode, End> {
    // Measures need no library, and leave no data folder behind.
    if let Command::Eval(command) = args.command {
        return eval::run(command);
    }
    let Global { data_dir, models_dir } = args.global;
    let engine = Engine::open(EngineOptions { data_dir, models_dir, ..EngineOptions::default() })?;
    // A command without a log is better than none.
    if logging::start(&engine.dirs().logs(), engine.settings().preferences.log_level).is_ok() {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "the command line starts");
    }
    match args.command {
        Command::Transcribe(args) => transcribe::run(&engine, &args),
        Command::Record(args) => record::run(&engine, &args),
        Command::Models(command) => models::run(&engine, &command),
        Command::Library(command) => library::run(&engine, &command),
        Command::Export(args) => export::run(&engine, &args),
        Command::Speakers(args) => speakers::run(&engine, &args),
        Command::Devices(args) => devices::run(&engine, &args),
        Command::Doctor(args) => doctor::run(&engine, &args),
        Command::Eval(command) => eval::run(command),
    }
}
