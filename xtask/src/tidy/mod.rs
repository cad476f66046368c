//! Checks the rules of the design (the list "Never" of `docs/ARCHITECTURE.md`) and of the house, over manifests, the
//! tree of packages and the sources.

mod graph;
mod manifests;
mod page;
mod rules;
mod text;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::paths;

/// A broken rule and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the root of the tree.
    pub file: PathBuf,
    /// Line, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.what),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.what),
        }
    }
}

/// Checks this repository and prints what is wrong.
pub fn report() -> Result<(), Error> {
    let mut findings = check(&paths::root())?;
    findings.extend(graph::check(&graph::Packages::of_repository()?));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: every rule holds");
            Ok(())
        }
        count => Err(Error::Found { count, what: "broken rules" }),
    }
}

/// Checks the files below a root.
pub fn check(root: &Path) -> Result<Vec<Finding>, Error> {
    let files = tree::read(root)?;
    let mut findings = manifests::check(&files);
    findings.extend(page::check(&files));
    findings.extend(rules::check(&files));
    findings.extend(text::check(&files));
    findings.sort();
    Ok(findings)
}
