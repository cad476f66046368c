//! What cargo says about the packages of this repository and what they depend on.

use std::path::PathBuf;

use serde::Deserialize;

use crate::error::Error;
use crate::shell::{cargo, output};

/// All packages, and how they were resolved.
#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub resolve: Option<Resolve>,
    #[serde(default)]
    pub workspace_root: PathBuf,
}

/// One package.
#[derive(Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub version: String,
    pub license: Option<String>,
    #[serde(default)]
    pub manifest_path: PathBuf,
    /// Where it comes from; none for this repository's own.
    pub source: Option<String>,
}

/// Who needs whom.
#[derive(Deserialize)]
pub struct Resolve {
    pub nodes: Vec<Node>,
}

/// What one package needs.
#[derive(Deserialize)]
pub struct Node {
    pub id: String,
    pub deps: Vec<Dependency>,
}

/// Another package, by its id.
#[derive(Deserialize)]
pub struct Dependency {
    pub pkg: String,
    pub dep_kinds: Vec<Kind>,
}

/// What it is needed for: nothing is said where it is needed when the program runs.
#[derive(Deserialize)]
pub struct Kind {
    pub kind: Option<String>,
}

impl Dependency {
    /// Whether it is needed when the program runs, and not only to build or to test.
    pub fn runs(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

/// As cargo resolves the lock file, with further arguments.
pub fn read(arguments: &[&str]) -> Result<Metadata, Error> {
    let text = output(cargo().args(["metadata", "--format-version=1", "--locked"]).args(arguments))?;
    serde_json::from_str(&text).map_err(|e| Error::Unreadable { what: "cargo metadata".into(), reason: e.to_string() })
}
