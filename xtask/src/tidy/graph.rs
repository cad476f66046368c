//! Rules about what a crate pulls in, however indirectly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Finding;
use crate::error::Error;
use crate::metadata::{self, Metadata};

/// Packages and what they depend on when they run (build scripts and tests left out).
#[derive(Debug, Default)]
pub struct Packages {
    /// Name -> names. Versions of one package are taken together.
    pub needs: BTreeMap<String, BTreeSet<String>>,
}

/// What opens network connections or makes it easy.
const NETWORK: &[&str] = &[
    "ureq",
    "reqwest",
    "hyper",
    "curl",
    "curl-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "rustls",
    "h2",
    "quinn",
    "tokio",
    "async-std",
    "mio",
    "socket2",
    "tungstenite",
];
/// What reads the clock, the system's randomness, or the system itself.
const IMPURE: &[&str] =
    &["rand", "getrandom", "fastrand", "chrono", "time", "libc", "windows-sys", "tempfile", "rusqlite"];
/// Crates that must stay free of the network.
const OFFLINE: &[&str] = &["st-core", "st-pdf", "st-export", "st-audio", "st-worker-protocol", "st-worker"];
/// What the worker must not bring in.
const NOT_IN_WORKER: &[&str] = &["st-engine", "st-audio", "rusqlite", "libsqlite3-sys", "tauri"];

impl Packages {
    /// As cargo resolves this repository for Linux.
    pub fn of_repository() -> Result<Self, Error> {
        metadata::read(&["--filter-platform=x86_64-unknown-linux-gnu"]).map(Self::of)
    }

    fn of(metadata: Metadata) -> Self {
        let names: BTreeMap<_, _> = metadata.packages.into_iter().map(|p| (p.id, p.name)).collect();
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in metadata.resolve.map_or_else(Vec::new, |r| r.nodes) {
            let Some(name) = names.get(&node.id) else { continue };
            let below = node.deps.iter().filter(|d| d.runs()).filter_map(|d| names.get(&d.pkg).cloned());
            needs.entry(name.clone()).or_default().extend(below);
        }
        Self { needs }
    }

    /// Everything below a package, each with the way to it.
    fn below(&self, name: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![(name.to_owned(), name.to_owned())];
        while let Some((package, way)) = open.pop() {
            for next in self.needs.get(&package).into_iter().flatten() {
                if !found.contains_key(next) {
                    let way = format!("{way} -> {next}");
                    found.insert(next.clone(), way.clone());
                    open.push((next.clone(), way));
                }
            }
        }
        found
    }
}

/// Checks the tree of packages.
pub fn check(packages: &Packages) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut forbid = |name: &str, forbidden: &[&str], why: &str| {
        let below = packages.below(name);
        for way in forbidden.iter().filter_map(|f| below.get(*f)) {
            let file = PathBuf::from(format!("crates/{name}/Cargo.toml"));
            found.push(Finding { file, line: 0, what: format!("{why}: {way}") });
        }
    };
    for name in OFFLINE {
        forbid(name, NETWORK, "must stay without the network");
    }
    forbid("st-core", IMPURE, "st-core is pure");
    forbid("st-worker", NOT_IN_WORKER, "the worker runs models and nothing else");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(edges: &[(&str, &[&str])]) -> Packages {
        let needs = edges.iter().map(|(n, d)| (n.to_string(), d.iter().map(|d| d.to_string()).collect())).collect();
        Packages { needs }
    }

    #[test]
    fn a_clean_tree_passes() {
        let tree = packages(&[("st-engine", &["ureq"]), ("ureq", &["rustls"]), ("st-worker", &["st-core"])]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn the_network_is_found_however_deep() {
        let tree = packages(&[("st-worker", &["a"]), ("a", &["b"]), ("b", &["tokio"])]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("st-worker -> a -> b -> tokio"), "{}", found[0]);
    }

    #[test]
    fn the_core_stays_pure_and_the_worker_small() {
        assert_eq!(check(&packages(&[("st-core", &["x"]), ("x", &["getrandom"])])).len(), 1);
        assert_eq!(check(&packages(&[("st-worker", &["st-audio"])])).len(), 1);
    }

    #[test]
    fn build_scripts_and_tests_do_not_count() {
        let text = r#"{"packages": [{"id": "1", "name": "st-core"}, {"id": "2", "name": "rand"}, {"id": "3", "name": "libc"}],
            "resolve": {"nodes": [{"id": "1", "deps": [
                {"pkg": "2", "dep_kinds": [{"kind": "dev"}]}, {"pkg": "3", "dep_kinds": [{"kind": null}]}]}]}}"#;
        let found = check(&Packages::of(serde_json::from_str(text).expect("valid")));
        assert_eq!(found.len(), 1);
        assert!(found[0].what.ends_with("libc"));
    }
}
