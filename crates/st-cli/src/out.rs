//! Standard output and standard error. Unlike `println!`, nothing here panics when the reader goes away.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::end::End;

/// Writes a line to standard output.
pub fn line(text: impl Display) -> Result<(), End> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// Writes bytes to standard output.
pub fn bytes(bytes: &[u8]) -> Result<(), End> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Writes a value as indented JSON to standard output.
pub fn json(value: &impl Serialize) -> Result<(), End> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| End::Output(e.into()))?;
    text.push('\n');
    bytes(text.as_bytes())
}

/// Writes a line to standard error; a reader that is gone cannot be told that it is.
pub fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes rows as columns, each as wide as its widest entry; the last is not padded.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), End> {
    let mut widths: Vec<usize> = head.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let head: Vec<String> = head.iter().map(|h| (*h).to_string()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells.map(|(cell, &width)| format!("{cell:<width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    bytes(text.as_bytes())
}

/// `148 MB`: decimal, as file managers show it.
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// The part of an RFC 3339 time that people read in a list: `2026-03-18 10:14`.
pub fn short_time(rfc3339: &str) -> String {
    rfc3339.get(..16).map_or_else(|| rfc3339.to_string(), |s| s.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(megabytes(147_951_465), "148 MB");
        assert_eq!(short_time("2026-03-18T10:14:05Z"), "2026-03-18 10:14");
        assert_eq!(short_time("?"), "?");
    }
}
