//! `eval cpwer`: the words of each speaker, with the speakers of both sides paired as well as can be.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use st_engine::core::metrics::cpwer::{Said, cpwer};
use st_engine::core::metrics::normalize::Normalizer;
use st_engine::core::metrics::wer::WordErrors;

use super::pairs::{Pair, pair};
use super::wer::{Row, show};
use super::{Normalize, read};
use crate::end::End;
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// STM file with the truth, or a folder of them; may be given several times
    #[arg(long, required = true, value_name = "STM")]
    reference: Vec<PathBuf>,
    /// JSON or STM to measure, or a folder of them, in the order of the references
    #[arg(long, required = true, value_name = "FILE")]
    hypothesis: Vec<PathBuf>,
    /// How texts become words before they are compared
    #[arg(long, value_enum, default_value_t = Normalize::Simple)]
    normalize: Normalize,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Matched {
    #[serde(flatten)]
    row: Row,
    /// Speakers of the reference and of the hypothesis that were taken for the same.
    pairs: Vec<(Option<String>, Option<String>)>,
}

/// Measures.
pub fn run(args: &Args) -> Result<ExitCode, End> {
    let normalizer = Normalizer::from(args.normalize);
    let (mut rows, mut total) = (Vec::new(), WordErrors::default());
    for pair in pair(&args.reference, &args.hypothesis, &["stm"], &["json", "stm"])? {
        for (name, reference, hypothesis) in recordings(&pair)? {
            let found = cpwer(&reference, &hypothesis, normalizer);
            total = total + found.errors;
            rows.push(Matched { row: Row::new(name, found.errors), pairs: found.pairs });
        }
    }
    if args.json {
        let total = Row::new("total".into(), total);
        out::json(&serde_json::json!({ "recordings": rows, "total": total }))?;
    } else {
        show("cpWER", rows.into_iter().map(|m| m.row).collect(), total)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A recording's name, what is said in it, and what was heard.
type Named = (String, Vec<Said>, Vec<Said>);

/// The recordings of both files, by name; one recording on each side belongs together whatever its name.
fn recordings(pair: &Pair) -> Result<Vec<Named>, End> {
    let references = read::said(&pair.reference)?;
    let mut hypotheses = read::said(&pair.hypothesis)?;
    if references.is_empty() {
        return Err(read::wrong(&pair.reference, "nobody says anything in it").into());
    }
    if references.len() == 1 && hypotheses.len() <= 1 {
        let hypothesis = hypotheses.into_values().next().unwrap_or_default();
        return Ok(references.into_values().map(|r| (pair.name.clone(), r, hypothesis.clone())).collect());
    }
    Ok(references
        .into_iter()
        .map(|(name, reference)| {
            let hypothesis = hypotheses.remove(&name).unwrap_or_default();
            (name, reference, hypothesis)
        })
        .collect())
}
