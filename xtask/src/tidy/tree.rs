//! The files that the rules are about.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Folders that hold what was fetched or built.
const SKIPPED: [&str; 7] = [".git", "target", "node_modules", "dist", "gen", "deps", "models"];
/// Files without an ending that are text all the same.
const TEXT_NAMES: [&str; 2] = ["run", "LICENSE"];
const TEXT_ENDINGS: [&str; 18] = [
    "rs", "toml", "ts", "js", "mjs", "svelte", "css", "html", "json", "py", "sh", "md", "yml", "yaml", "sql", "txt",
    "tsv", "lock",
];

/// A text file.
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Its ending without the dot; empty where it has none.
    pub fn ending(&self) -> &str {
        self.path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending)
    }

    /// Lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
            || self.path.ends_with(".test.ts")
    }

    /// Line of the first test code: 1 in a test file, beyond the end where there is none. This project keeps the tests
    /// of a module at the end of its file.
    pub fn tests_from(&self) -> usize {
        if self.is_test() {
            return 1;
        }
        let inline = |(at, line): (usize, &str)| line.contains("mod ") && self.text[..at].ends_with("#[cfg(test)]\n");
        let mut at = 0;
        for (number, line) in (1..).zip(self.text.split_inclusive('\n')) {
            if inline((at, line)) {
                return number;
            }
            at += line.len();
        }
        usize::MAX
    }

    /// Lines of Rust that ship, without their comments.
    pub fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.tests_from();
        self.lines()
            .take_while(move |(number, _)| *number < end)
            .map(|(number, line)| (number, line.split_once("//").map_or(line, |(code, _)| code)))
    }
}

/// A line of Rust without the contents of its string literals.
pub fn unquoted(line: &str) -> String {
    line.replace("'\"'", "''").replace("\\\"", "").split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// Reads every text file below a root.
pub fn read(root: &Path) -> Result<Vec<Source>, Error> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        let absolute = root.join(&folder);
        for entry in fs::read_dir(&absolute).map_err(Error::file(&absolute))? {
            let entry = entry.map_err(Error::file(&absolute))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            let kind = entry.file_type().map_err(Error::file(root.join(&path)))?;
            if kind.is_dir() {
                // Sources may have a folder of such a name; only those of the tree's top and of ui/ are built.
                let below = folder.as_os_str().is_empty() || folder == Path::new("ui");
                let out = folder == Path::new("tests") && name == "out";
                if !(below && SKIPPED.contains(&name.as_str()) || out || name == "node_modules") {
                    open.push(path);
                }
            } else if kind.is_file() && is_text(&name) {
                let absolute = root.join(&path);
                let bytes = fs::read(&absolute).map_err(Error::file(&absolute))?;
                if let Ok(text) = String::from_utf8(bytes) {
                    found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_text(name: &str) -> bool {
    TEXT_NAMES.contains(&name) || name.rsplit_once('.').is_some_and(|(_, ending)| TEXT_ENDINGS.contains(&ending))
}
