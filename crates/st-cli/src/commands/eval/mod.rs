//! `eval`: measures of a result against a reference.

mod cpwer;
mod der;
mod pairs;
mod read;
mod wer;

use clap::{Subcommand, ValueEnum};
use st_engine::core::metrics::normalize::Normalizer;

use crate::end::End;

/// The measures.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Word error rate of a text
    Wer(wer::Args),
    /// Diarization error rate: who speaks when
    Der(der::Args),
    /// Word error rate of the text of each speaker, speakers matched as well as can be
    Cpwer(cpwer::Args),
}

/// How texts become words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Normalize {
    /// Lower case, no punctuation
    Simple,
    /// As Whisper's authors normalise English: numbers, spellings and fillers too
    English,
    /// Each character is a word: for Chinese and Japanese
    Characters,
}

impl From<Normalize> for Normalizer {
    fn from(choice: Normalize) -> Self {
        match choice {
            Normalize::Simple => Self::Simple,
            Normalize::English => Self::English,
            Normalize::Characters => Self::Characters,
        }
    }
}

/// Runs one.
pub fn run(command: Command) -> Result<std::process::ExitCode, End> {
    match command {
        Command::Wer(args) => wer::run(&args),
        Command::Der(args) => der::run(&args),
        Command::Cpwer(args) => cpwer::run(&args),
    }
}

/// `9.40 %`
fn percent(rate: f64) -> String {
    format!("{:.2} %", rate * 100.0)
}

/// JSON has no infinity: words or speech where the reference has none at all count as all wrong.
fn finite(rate: f64) -> f64 {
    if rate.is_finite() { rate } else { 1.0 }
}
