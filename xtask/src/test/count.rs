//! Reads counts out of what test programs print.

use std::process::ExitStatus;

/// How many checks passed and failed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Count {
    /// Checks that passed.
    pub passed: usize,
    /// Checks that failed, or could not be started.
    pub failed: usize,
}

impl Count {
    /// What cannot be started has failed.
    pub fn failed_start() -> Self {
        Self { passed: 0, failed: 1 }
    }

    /// Takes another count in.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Whose output it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A check of one answer: its exit status.
    Status,
    /// `cargo test`.
    Cargo,
    /// Vitest.
    Vitest,
    /// Node's own test runner.
    Node,
}

/// Counts while lines come in.
pub struct Counting {
    reader: Reader,
    count: Count,
    /// Tests that did not run, with the reason where one is printed.
    pub skipped: Vec<String>,
    quiet: bool,
}

impl Counting {
    /// Nothing counted yet.
    pub fn new(reader: Reader) -> Self {
        Self { reader, count: Count::default(), skipped: Vec::new(), quiet: false }
    }

    /// Takes one line without colours; says whether people want to see it.
    pub fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(reason) = text.strip_prefix("skipped: ") {
            self.skipped.push(reason.to_owned());
        }
        match self.reader {
            Reader::Status => {}
            Reader::Cargo => return self.cargo(text),
            Reader::Vitest => {
                if let Some(counts) = text.strip_prefix("Tests ") {
                    let number = |word| number_before(counts, word);
                    self.count.add(&Count { passed: number("passed"), failed: number("failed") });
                    self.note(number("skipped"), "tests of the interface");
                }
            }
            Reader::Node => {
                let counted = |name: &str| {
                    let rest = text.strip_prefix("# ").or_else(|| text.strip_prefix("ℹ "))?;
                    rest.strip_prefix(name)?.trim().parse::<usize>().ok()
                };
                self.count.passed += counted("pass ").unwrap_or(0);
                self.count.failed += counted("fail ").unwrap_or(0) + counted("cancelled ").unwrap_or(0);
                self.note(counted("skipped ").unwrap_or(0), "tests of the window");
            }
        }
        true
    }

    fn note(&mut self, skipped: usize, of: &str) {
        if skipped > 0 {
            self.skipped.push(format!("{skipped} {of}"));
        }
    }

    fn cargo(&mut self, text: &str) -> bool {
        if let Some(counts) = text.strip_prefix("test result: ") {
            self.count.add(&Count { passed: number_before(counts, "passed"), failed: number_before(counts, "failed") });
            self.quiet = false;
        }
        if let Some((name, _)) = text.strip_prefix("test ").and_then(|t| t.split_once(" ... ignored")) {
            self.skipped.push(name.to_owned());
        }
        // `--show-output` shows what passed tests printed, for their reasons to skip; nobody reads the rest.
        match text {
            "successes:" => self.quiet = true,
            "failures:" => self.quiet = false,
            _ => {}
        }
        !self.quiet
    }

    /// The count at the end. A program that failed without a failed test (it did not compile, it crashed) has failed.
    pub fn end(self, status: ExitStatus) -> (Count, Vec<String>) {
        let mut count = self.count;
        match (self.reader, status.success()) {
            (Reader::Status, true) => count.passed += 1,
            (_, true) if count.passed + count.failed == 0 => count.failed += usize::from(self.skipped.is_empty()),
            (_, true) => {}
            (_, false) => count.failed = count.failed.max(1),
        }
        (count, self.skipped)
    }
}

/// The number before a word: 3 in `3 passed; 1 failed` for `passed`.
fn number_before(text: &str, word: &str) -> usize {
    let mut last = 0;
    for piece in text.split(|c: char| c.is_whitespace() || c == ';' || c == ',') {
        if piece == word {
            return last;
        }
        last = piece.parse().unwrap_or(last);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn status(code: i32) -> ExitStatus {
        use std::os::unix::process::ExitStatusExt;
        ExitStatus::from_raw(code << 8)
    }

    fn count(reader: Reader, text: &str, code: i32) -> (usize, usize, Vec<String>) {
        let mut counting = Counting::new(reader);
        for line in text.lines() {
            counting.line(line);
        }
        let (count, skipped) = counting.end(status(code));
        (count.passed, count.failed, skipped)
    }

    #[test]
    fn cargo_tests_are_added_up() {
        let text = "test a ... ok\ntest b::c ... ignored\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(count(Reader::Cargo, text, 101), (15, 2, vec!["b::c".into()]));
    }

    #[test]
    fn what_does_not_compile_or_crashes_has_failed() {
        assert_eq!(count(Reader::Cargo, "error: could not compile", 101), (0, 1, vec![]));
        let crashed = "test result: ok. 4 passed; 0 failed; 0 ignored\nerror: process did not exit (signal: 6)";
        assert_eq!(count(Reader::Cargo, crashed, 101), (4, 1, vec![]));
        assert_eq!(count(Reader::Vitest, "", 0), (0, 1, vec![]), "no test ran");
    }

    #[test]
    fn reasons_to_skip_are_kept_and_other_output_of_passed_tests_is_not_shown() {
        let mut counting = Counting::new(Reader::Cargo);
        assert!(counting.line("test a ... ok"));
        counting.line("successes:");
        counting.line("---- a stderr ----");
        assert!(!counting.line("skipped: no recordings beside the repository"));
        assert!(counting.line("test result: ok. 1 passed; 0 failed; 0 ignored"));
        assert_eq!(counting.skipped, ["no recordings beside the repository"]);
    }

    #[test]
    fn vitest_is_read() {
        assert_eq!(count(Reader::Vitest, "      Tests  34 passed (34)", 0), (34, 0, vec![]));
        let text = " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 33 passed | 2 skipped (36)";
        assert_eq!(count(Reader::Vitest, text, 1), (33, 1, vec!["2 tests of the interface".into()]));
    }

    #[test]
    fn nodes_runner_is_read() {
        let tap = "# tests 5\n# suites 0\n# pass 4\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0";
        assert_eq!(count(Reader::Node, tap, 1), (4, 1, vec![]));
        let spec = "ℹ pass 6\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1";
        assert_eq!(count(Reader::Node, spec, 0), (6, 0, vec!["1 tests of the window".into()]));
    }

    #[test]
    fn a_check_is_one() {
        assert_eq!(count(Reader::Status, "anything", 0), (1, 0, vec![]));
        assert_eq!(count(Reader::Status, "anything", 1), (0, 1, vec![]));
    }
}
