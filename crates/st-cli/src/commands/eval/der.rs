//! `eval der`: who speaks when, against a reference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use st_engine::core::metrics::der::{Der, DerOptions, der};
use st_engine::core::rttm;
use st_engine::core::time::{Millis, TimeSpan};

use super::pairs::{Pair, pair};
use super::{finite, percent, read};
use crate::end::End;
use crate::out;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// RTTM file with the truth, or a folder of them; may be given several times
    #[arg(long, required = true, value_name = "RTTM")]
    reference: Vec<PathBuf>,
    /// RTTM file to measure, or a folder of them, in the order of the references
    #[arg(long, required = true, value_name = "RTTM")]
    hypothesis: Vec<PathBuf>,
    /// Seconds on each side of a reference turn's edges that do not count
    #[arg(long, default_value_t = 0.0, value_name = "S")]
    collar: f64,
    /// UEM file with the parts that are scored
    #[arg(long, value_name = "FILE")]
    uem: Option<PathBuf>,
    /// Leave out what several people say at once
    #[arg(long)]
    skip_overlap: bool,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    times: Der,
    der: f64,
}

impl Row {
    fn new(name: String, times: Der) -> Self {
        Self { name, der: finite(times.rate()), times }
    }
}

/// Measures.
pub fn run(args: &Args) -> Result<ExitCode, End> {
    if !(0.0..=10.0).contains(&args.collar) {
        return Err(End::Usage("The collar must be from 0 to 10 seconds.".into()));
    }
    let uem = args.uem.as_deref().map(read_uem).transpose()?;
    let mut options = DerOptions {
        collar_ms: Millis::from_seconds(args.collar).0,
        skip_overlap: args.skip_overlap,
        ..DerOptions::default()
    };
    let (mut rows, mut total) = (Vec::new(), Der::default());
    for pair in pair(&args.reference, &args.hypothesis, &["rttm"], &["rttm"])? {
        for (name, reference, hypothesis) in recordings(&pair)? {
            options.uem = uem.as_ref().and_then(|all| all.get(&name).cloned());
            let times = der(&reference.diarization, &hypothesis.map(|h| h.diarization).unwrap_or_default(), &options);
            total.add(&times);
            rows.push(Row::new(name, times));
        }
    }
    show(args, rows, total)?;
    Ok(ExitCode::SUCCESS)
}

type Recordings = Vec<(String, rttm::Recording, Option<rttm::Recording>)>;

/// The recordings of both files, by name; one recording on each side belongs together whatever its name.
fn recordings(pair: &Pair) -> Result<Recordings, End> {
    let mut references = read_rttm(&pair.reference)?;
    let mut hypotheses = read_rttm(&pair.hypothesis)?;
    if references.is_empty() {
        return Err(read::wrong(&pair.reference, "it holds no SPEAKER line").into());
    }
    if references.len() == 1 && hypotheses.len() <= 1 {
        let reference = references.remove(0);
        return Ok(vec![(reference.file.clone(), reference, hypotheses.pop())]);
    }
    let mut by_name: BTreeMap<String, rttm::Recording> = hypotheses.into_iter().map(|r| (r.file.clone(), r)).collect();
    Ok(references
        .into_iter()
        .map(|reference| {
            let hypothesis = by_name.remove(&reference.file);
            (reference.file.clone(), reference, hypothesis)
        })
        .collect())
}

fn read_rttm(path: &Path) -> Result<Vec<rttm::Recording>, End> {
    rttm::read(&read::text(path)?).map_err(|e| read::wrong(path, &e.to_string()).into())
}

fn read_uem(path: &Path) -> Result<BTreeMap<String, Vec<TimeSpan>>, End> {
    rttm::read_uem(&read::text(path)?).map_err(|e| read::wrong(path, &e.to_string()).into())
}

fn show(args: &Args, mut rows: Vec<Row>, total: Der) -> Result<(), End> {
    let many = rows.len() > 1;
    if args.json {
        let total = Row::new("total".into(), total);
        return out::json(&serde_json::json!({ "collar": args.collar, "recordings": rows, "total": total }));
    }
    if many {
        rows.push(Row::new("total".into(), total));
    }
    let part = |ms: u64, of: u64| percent(if of == 0 { 0.0 } else { ms as f64 / of as f64 });
    let cells = rows.iter().map(|row| {
        let t = &row.times;
        vec![
            row.name.clone(),
            percent(row.der),
            part(t.missed_ms, t.speech_ms),
            part(t.false_alarm_ms, t.speech_ms),
            part(t.confusion_ms, t.speech_ms),
            format!("{}/{}", t.hypothesis_speakers, t.reference_speakers),
        ]
    });
    out::table(&["recording", "DER", "missed", "false alarm", "confusion", "speakers"], &cells.collect::<Vec<_>>())
}
