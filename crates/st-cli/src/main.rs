//! `securetranscribe`: the command line. It reads arguments, calls the engine, and writes what comes back.

mod args;
mod commands;
mod end;
mod out;
mod progress;
mod signals;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(end) => end.report(),
    }
}
