//! Runs a program, shows its output as it comes, and counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use super::count::{Count, Counting, Reader};
use crate::error::Error;
use crate::shell;

/// Runs to the end.
pub fn run(command: &mut Command, reader: Reader, skipped: &mut Vec<String>) -> Result<Count, Error> {
    println!("$ {}", shell::line(command));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| shell::start(command, source))?;
    let mut counting = Counting::new(reader);
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        follow(out, sender.clone());
    }
    if let Some(err) = child.stderr.take() {
        follow(err, sender);
    }
    for line in lines {
        if counting.line(&plain(&line)) {
            println!("{line}");
        }
    }
    // Nothing is lost if the process that reads this is gone.
    let _ = std::io::stdout().flush();
    let status = child.wait().map_err(|source| shell::start(command, source))?;
    let (count, more) = counting.end(status);
    skipped.extend(more);
    Ok(count)
}

fn follow(from: impl Read + Send + 'static, to: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            if to.send(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    });
}

/// A line without its colours (`ESC [ … m`).
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut letters = line.chars();
    while let Some(c) = letters.next() {
        if c == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\u{1b}[32m  Tests\u{1b}[0m 3 passed"), "  Tests 3 passed");
    }

    #[test]
    fn output_is_counted_and_a_missing_program_is_an_error() {
        let mut skipped = Vec::new();
        let mut echo = shell::command("echo");
        echo.arg("test result: ok. 2 passed; 0 failed; 0 ignored");
        assert_eq!(run(&mut echo, Reader::Cargo, &mut skipped).map(|c| c.passed).ok(), Some(2));
        assert!(run(&mut shell::command("no-such-program"), Reader::Status, &mut skipped).is_err());
    }
}
