//! Every export of a ten-hour transcript: time, memory and size, as multiples of plain text in the same run.

use std::fs;

use super::ours;
use super::ten_hours::{self, UTTERANCES};
use crate::error::Error;
use crate::paths;
use crate::shell::command;
use serde::Serialize;

const FORMATS: [&str; 16] = [
    "txt", "md", "html", "pdf", "docx", "csv", "tsv", "json", "srt", "vtt", "rttm", "eaf", "textgrid", "research",
    "otr", "origin",
];

/// One format.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Id of the format.
    pub format: String,
    /// From the start of the program to its end.
    pub seconds: f64,
    /// Peak memory.
    pub peak_mib: f64,
    /// Length of the file.
    pub bytes: u64,
    /// Times as long as plain text takes.
    pub time_ratio: f64,
    /// Times as large as plain text.
    pub size_ratio: f64,
}

/// Measures and prints.
pub fn run() -> Result<Vec<Row>, Error> {
    let (folder, data) = ten_hours::library()?;
    let program = || {
        let mut program = command(paths::program("securetranscribe"));
        program.arg("--data-dir").arg(&data);
        program
    };
    let mut rows: Vec<Row> = Vec::new();
    for format in FORMATS {
        let target = folder.join(format!("out.{format}"));
        let mut export = program();
        export.args(["export", "1", "--format", format, "--output"]).arg(&target);
        let (seconds, peak_mib) = ours::watched(&mut export)?;
        let bytes = fs::metadata(&target).map_err(Error::file(&target))?.len();
        let (first_seconds, first_bytes) = rows.first().map_or((seconds, bytes), |text| (text.seconds, text.bytes));
        let (time_ratio, size_ratio) = (seconds / first_seconds.max(0.001), bytes as f64 / first_bytes.max(1) as f64);
        rows.push(Row { format: format.to_owned(), seconds, peak_mib, bytes, time_ratio, size_ratio });
    }
    println!("\nTen hours, {UTTERANCES} utterances, as multiples of plain text");
    println!("format        s   MiB      bytes   time   size");
    for row in &rows {
        let Row { format, seconds, peak_mib, bytes, time_ratio, size_ratio } = row;
        println!("{format:<9} {seconds:>5.2} {peak_mib:>5.0} {bytes:>10} {time_ratio:>6.2} {size_ratio:>6.2}");
    }
    Ok(rows)
}
