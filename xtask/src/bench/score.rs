//! Word error rates, by the normaliser of Whisper's authors as others publish it and not by our own.

use std::io::Write;
use std::process::Stdio;

use serde::{Deserialize, Serialize};

use super::unreadable;
use crate::error::Error;
use crate::paths;
use crate::python::Environment;
use crate::shell::{line, start};

/// Word errors in one normalisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rate {
    /// Per cent.
    pub wer: f64,
    /// Words of the references.
    pub words: usize,
    /// Words heard as others.
    pub substitutions: usize,
    /// Words not heard.
    pub deletions: usize,
    /// Words that nobody said.
    pub insertions: usize,
}

/// Word errors of a set of recordings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Score {
    /// After Whisper's English normalisation.
    pub whisper: Rate,
    /// Lower case without punctuation.
    pub simple: Rate,
}

/// Scores pairs of reference and hypothesis together.
pub fn score(python: &Environment, pairs: &[(String, String)]) -> Result<Score, Error> {
    let mut script = python.script(&paths::root().join("xtask/bench/score.py"));
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().map_err(|source| start(&script, source))?;
    let input = serde_json::to_vec(pairs).map_err(|e| unreadable("texts", &e))?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(&input).map_err(|source| start(&script, source))?;
    }
    let output = child.wait_with_output().map_err(|source| start(&script, source))?;
    if !output.status.success() {
        return Err(Error::Failed { command: line(&script), status: output.status.to_string() });
    }
    serde_json::from_slice(&output.stdout).map_err(|e| unreadable("the score", &e))
}
