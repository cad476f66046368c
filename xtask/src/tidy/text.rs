//! Rules of the house about any text: length, errors that are strings, loose ends, traces of one machine.

use super::Finding;
use super::tree::{Source, unquoted};

/// Longest source file in lines; half of them are to be below 120.
const MAX_LINES: usize = 600;

/// What has to be put together here, for this file must not contain it itself.
struct Needles {
    machine: Vec<String>,
    hosts: Vec<String>,
    loose: [String; 3],
}

impl Needles {
    fn new() -> Self {
        let path = |name: &str| format!("/{name}/");
        let host = |parts: &[&str]| parts.join(".");
        Self {
            machine: ["root", "work", "home", "tmp"].into_iter().map(path).collect(),
            hosts: vec![
                host(&["crates", "io/"]),
                host(&["index", "crates", "io"]),
                host(&["static", "crates", "io"]),
                host(&["pypi", "org"]),
                host(&["pythonhosted", "org"]),
                host(&["npmjs", "org"]),
                host(&["npmjs", "com"]),
                host(&["deb", "debian", "org"]),
                host(&["security", "debian", "org"]),
            ],
            loose: [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()],
        }
    }
}

/// Checks every text file.
pub fn check(files: &[Source]) -> Vec<Finding> {
    let needles = Needles::new();
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.ending() != "lock") {
        let mut say = |line, what: String| found.push(Finding { file: file.path.clone().into(), line, what });
        let code = matches!(file.ending(), "rs" | "ts" | "js" | "mjs" | "svelte" | "css" | "py" | "sh" | "sql");
        let length = file.text.lines().count();
        let tests_from = file.tests_from();
        if code && length > MAX_LINES {
            say(0, format!("{length} lines, more than {MAX_LINES}: split it"));
        }
        for (number, line) in file.lines() {
            // A test may name a file that need not exist.
            let examples = if number >= tests_from { 2 } else { 0 };
            let named = needles.machine.iter().rev().skip(examples).find(|path| names_a_machine(line, path));
            if let Some(path) = named {
                say(number, format!("a path of one machine ({path}…)"));
            }
            if needles.hosts.iter().any(|host| line.contains(host.as_str())) {
                say(number, "the address of a package registry".into());
            }
            if code && let Some(word) = needles.loose.iter().find(|word| is_loose_end(line, word)) {
                say(number, format!("{word} without a number: do it, or write {word}(#number)"));
            }
            if file.ending() == "rs" && has_string_error(&unquoted(line)) {
                say(number, "an error that is only a string: give it a type".into());
            }
        }
    }
    found
}

/// Whether a line has an absolute path that begins so; `src/tmp/` and `https://host/tmp/` do not.
fn names_a_machine(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | ')' | '>' | '*' | '~'))
    })
}

fn is_loose_end(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + word.len()..];
        let whole = !before.is_some_and(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        let number = after.strip_prefix("(#").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        whole && !number
    })
}

/// Whether a line names a `Result` with `String` as its second argument.
fn has_string_error(line: &str) -> bool {
    line.match_indices("Result<").any(|(at, start)| {
        let (mut depth, mut second) = (0, None);
        let arguments = &line[at + start.len()..];
        for (i, c) in arguments.char_indices() {
            match c {
                '<' | '(' | '[' => depth += 1,
                ',' if depth == 0 => second = Some(i + 1),
                '>' if depth == 0 && !arguments[..i].ends_with('-') => {
                    return second.is_some_and(|from| arguments[from..i].trim() == "String");
                }
                '>' | ')' | ']' => depth -= 1,
                _ => {}
            }
        }
        false
    })
}
