//! The list of what is shipped with the program, with versions and licences, for the page "About".
//!
//! Crates come from cargo's own resolution, the rest from the lock file of the user interface and from what the build
//! brings along. The list is committed; a check says when it is not what is built any more.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::build::PROGRAMS;
use crate::error::Error;
use crate::fonts;
use crate::metadata::{self, Metadata, Node, Package};
use crate::paths::root;
use crate::shell;

/// Where the list lies.
const PATH: &str = "src-tauri/components.json";
/// Packages of the user interface that end up in the page.
const PAGE: &[&str] = &["svelte", "@tauri-apps/api", "@lucide/svelte", "inter-ui"];
/// What crates carry or load that is no crate: name, the crate or package that brings it, licence.
const NATIVE: &[(&str, &str, &str)] = &[
    ("whisper.cpp and ggml", "whisper-rs-sys", "MIT"),
    ("SQLite", "libsqlite3-sys", "Public domain"),
    ("sherpa-onnx", "sherpa-onnx-sys", "Apache-2.0"),
    ("ONNX Runtime", "ort", "MIT"),
];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Component {
    name: String,
    version: String,
    licence: String,
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    version: Option<String>,
    license: Option<String>,
}

/// Writes the list.
pub fn write() -> Result<(), Error> {
    shell::write(&root().join(PATH), list()?)
}

fn list() -> Result<String, Error> {
    let metadata = metadata::read(&[])?;
    let unreadable = |what: &str, e: serde_json::Error| Error::Unreadable { what: what.into(), reason: e.to_string() };
    let lock = std::fs::read_to_string(root().join("ui/package-lock.json"))
        .map_err(|e| Error::Unreadable { what: "ui/package-lock.json".into(), reason: e.to_string() })?;
    let lock: Lock = serde_json::from_str(&lock).map_err(|e| unreadable("ui/package-lock.json", e))?;
    let mut all = shipped(&metadata);
    all.extend(PAGE.iter().filter_map(|name| {
        let package = lock.packages.get(&format!("node_modules/{name}"))?;
        let licence = package.license.clone().unwrap_or_default();
        Some(Component { name: (*name).into(), version: package.version.clone()?, licence })
    }));
    all.extend(fonts::packages().map(|(package, version)| {
        let name = format!("@expo-google-fonts/{package}");
        Component { name, version: version.into(), licence: fonts::LICENCE.into() }
    }));
    // One a line, so that a change is a line.
    let lines: Result<Vec<String>, _> = all.iter().map(serde_json::to_string).collect();
    let lines = lines.map_err(|e| unreadable("the list of components", e))?;
    Ok(format!("[\n  {}\n]\n", lines.join(",\n  ")))
}

/// Everything that the programs need when they run, on every system, without this repository's own crates.
fn shipped(metadata: &Metadata) -> BTreeSet<Component> {
    let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|p| (p.id.as_str(), p)).collect();
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.iter().flat_map(|r| &r.nodes).map(|n| (n.id.as_str(), n)).collect();
    let own = metadata.packages.iter().filter(|p| PROGRAMS.contains(&p.name.as_str()));
    let mut waiting: Vec<&str> = own.map(|p| p.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).into_iter().flat_map(|node| &node.deps) {
            if dependency.runs() {
                waiting.push(&dependency.pkg);
            }
        }
    }
    let mut all = BTreeSet::new();
    for package in seen.iter().filter_map(|id| packages.get(id)).filter(|p| p.source.is_some()) {
        let licence = package.license.clone().unwrap_or_default();
        all.insert(Component { name: package.name.clone(), version: package.version.clone(), licence });
        for (name, _, licence) in NATIVE.iter().filter(|(_, by, _)| *by == package.name) {
            let version = format!("with {} {}", package.name, package.version);
            all.insert(Component { name: (*name).into(), version, licence: (*licence).into() });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Dependency, Kind, Resolve};

    #[test]
    fn only_what_runs_is_listed() {
        let package = |id: &str, source: bool| Package {
            id: id.into(),
            name: id.into(),
            version: "1.0.0".into(),
            license: Some("MIT".into()),
            source: source.then(|| "registry".into()),
            manifest_path: Default::default(),
        };
        let node = |id: &str, deps: &[(&str, Option<&str>)]| Node {
            id: id.into(),
            deps: deps
                .iter()
                .map(|(pkg, kind)| Dependency {
                    pkg: (*pkg).into(),
                    dep_kinds: vec![Kind { kind: kind.map(Into::into) }],
                })
                .collect(),
        };
        let metadata = Metadata {
            workspace_root: Default::default(),
            packages: vec![package("st-cli", false), package("a", true), package("b", true), package("tool", true)],
            resolve: Some(Resolve {
                nodes: vec![
                    node("st-cli", &[("a", None), ("tool", Some("build"))]),
                    node("a", &[("b", None), ("tool", Some("dev"))]),
                ],
            }),
        };
        let names: Vec<_> = shipped(&metadata).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn the_committed_list_is_current() {
        let committed = std::fs::read_to_string(root().join(PATH)).unwrap_or_default();
        // Without the lists themselves, which would bury what else is said.
        assert!(committed == list().unwrap(), "src-tauri/components.json is old: run `cargo xtask components`");
    }
}
