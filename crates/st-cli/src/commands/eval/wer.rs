//! `eval wer`: words missed, made up or mistaken, by the words of a reference.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use st_engine::core::metrics::normalize::Normalizer;
use st_engine::core::metrics::wer::{WordErrors, repetitions, word_errors};

use super::pairs::pair;
use super::{Normalize, finite, percent, read};
use crate::end::End;
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Text with the truth, or a folder of them; may be given several times
    #[arg(long, required = true, value_name = "FILE")]
    reference: Vec<PathBuf>,
    /// Text or JSON to measure, or a folder of them, in the order of the references
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
pub(super) struct Row {
    pub name: String,
    #[serde(flatten)]
    pub errors: WordErrors,
    pub wer: f64,
}

impl Row {
    pub(super) fn new(name: String, errors: WordErrors) -> Self {
        Self { name, wer: finite(errors.rate()), errors }
    }
}

/// Runs of so many words that the hypothesis repeats and the reference does not are the mark of a loop.
const LOOP_WORDS: usize = 5;

/// Measures.
pub fn run(args: &Args) -> Result<ExitCode, End> {
    let normalizer = Normalizer::from(args.normalize);
    let (mut rows, mut total, mut loops) = (Vec::new(), WordErrors::default(), Vec::new());
    for pair in pair(&args.reference, &args.hypothesis, &["txt"], &["json", "txt"])? {
        let reference = normalizer.words(&read::words(&pair.reference)?);
        let hypothesis = normalizer.words(&read::words(&pair.hypothesis)?);
        let errors = word_errors(&reference, &hypothesis);
        total = total + errors;
        loops
            .extend(repetitions(LOOP_WORDS, &reference, &hypothesis).into_iter().map(|r| (pair.name.clone(), r.words)));
        rows.push(Row::new(pair.name, errors));
    }
    if args.json {
        let total = Row::new("total".into(), total);
        let loops: Vec<_> =
            loops.iter().map(|(name, words)| serde_json::json!({ "name": name, "words": words })).collect();
        out::json(&serde_json::json!({ "recordings": rows, "total": total, "repeated": loops }))?;
    } else {
        show("WER", rows, total)?;
        for (name, words) in loops {
            out::line(format!("{name} repeats what the reference does not: {words}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A table of word errors, with a sum where there is more than one row.
pub(super) fn show(measure: &str, mut rows: Vec<Row>, total: WordErrors) -> Result<(), End> {
    if rows.len() > 1 {
        rows.push(Row::new("total".into(), total));
    }
    let cells = rows.iter().map(|row| {
        let e = &row.errors;
        let counts = [e.substitutions, e.deletions, e.insertions, e.reference].map(|n| n.to_string());
        [row.name.clone(), percent(row.wer)].into_iter().chain(counts).collect()
    });
    let head = ["recording", measure, "substituted", "deleted", "inserted", "words"];
    out::table(&head, &cells.collect::<Vec<_>>())
}
