//! What is shipped, by whom, and under which terms: read from the packages themselves, so that nothing is forgotten.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::build::PROGRAMS;
use crate::error::Error;
use crate::fonts;
use crate::metadata::{self, Metadata};
use crate::paths;
use crate::shell::{cargo, output};

/// Packages of the interface whose code or fonts are in it.
const INTERFACE: &[&str] = &["@tauri-apps/api", "inter-ui", "svelte"];
/// Longest text that is taken for a licence, in bytes.
const LONGEST: u64 = 200_000;

#[derive(Deserialize)]
struct NodePackage {
    version: String,
    license: Option<String>,
}

/// One text, and all that it holds for.
type Texts = BTreeMap<String, Vec<String>>;

/// The whole of it.
pub fn text() -> Result<String, Error> {
    let metadata = metadata::read(&[])?;
    let mut list = Vec::new();
    let mut texts = Texts::new();
    rust(&metadata, &mut list, &mut texts)?;
    interface(&mut list, &mut texts)?;
    native(&metadata, &mut list, &mut texts)?;
    font_files(&mut list, &mut texts)?;
    let own = paths::root().join("LICENSE");
    let own = fs::read_to_string(&own).map_err(Error::file(&own))?;
    let mut all = format!("SecureTranscribe\n\n{own}\n\nIt holds these works of others:\n\n");
    list.sort();
    list.dedup();
    for line in list {
        all.push_str(&line);
        all.push('\n');
    }
    for (text, of) in texts {
        all.push_str(&format!("\n{}\n{}\n\n{}\n", "=".repeat(72), of.join(", "), text.trim_end()));
    }
    Ok(all)
}

/// Crates in the programs. Those of build scripts and tests are not shipped.
fn rust(metadata: &Metadata, list: &mut Vec<String>, texts: &mut Texts) -> Result<(), Error> {
    let mut tree = cargo();
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    for name in PROGRAMS {
        tree.args(["--package", name]);
    }
    let shown = output(&mut tree)?;
    for package in &metadata.packages {
        let shipped = format!("{} v{}", package.name, package.version);
        let is_ours = package.manifest_path.starts_with(&metadata.workspace_root);
        let is_in = shown.lines().any(|line| line == shipped || line.starts_with(&format!("{shipped} ")));
        if is_ours || !is_in {
            continue;
        }
        let folder = package.manifest_path.parent().unwrap_or(Path::new("."));
        add(&shipped, package.license.as_deref(), &[folder.to_path_buf()], list, texts)?;
    }
    Ok(())
}

fn interface(list: &mut Vec<String>, texts: &mut Texts) -> Result<(), Error> {
    for name in INTERFACE {
        let folder = paths::root().join("ui/node_modules").join(name);
        let manifest = folder.join("package.json");
        let text = fs::read_to_string(&manifest).map_err(Error::file(&manifest))?;
        let about: NodePackage = serde_json::from_str(&text)
            .map_err(|e| Error::Unreadable { what: manifest.display().to_string(), reason: e.to_string() })?;
        add(&format!("{name} v{}", about.version), about.license.as_deref(), &[folder], list, texts)?;
    }
    Ok(())
}

/// whisper.cpp comes inside a crate; sherpa-onnx and ONNX Runtime come as libraries without their texts.
fn native(metadata: &Metadata, list: &mut Vec<String>, texts: &mut Texts) -> Result<(), Error> {
    let folder_of = |name: &str| {
        let package = metadata.packages.iter().find(|package| package.name == name);
        package.and_then(|package| package.manifest_path.parent()).map(Path::to_path_buf)
    };
    let whisper = folder_of("whisper-rs-sys").map(|folder| folder.join("whisper.cpp"));
    add("whisper.cpp and ggml", Some("MIT"), &whisper.into_iter().collect::<Vec<_>>(), list, texts)?;
    let ours = paths::root().join("src-tauri/packaging/licences");
    add("sherpa-onnx v2.0.1", Some("Apache-2.0"), &[ours.join("sherpa-onnx")], list, texts)?;
    add("ONNX Runtime v1.28.2", Some("MIT"), &[ours.join("onnxruntime")], list, texts)
}

fn font_files(list: &mut Vec<String>, texts: &mut Texts) -> Result<(), Error> {
    for (package, version) in fonts::packages() {
        add(&format!("{package} v{version}"), Some(fonts::LICENCE), &[fonts::licence_folder(package)], list, texts)?;
    }
    Ok(())
}

/// Lists a work with the texts that lie in its folders.
fn add(
    name: &str,
    license: Option<&str>,
    folders: &[PathBuf],
    list: &mut Vec<String>,
    texts: &mut Texts,
) -> Result<(), Error> {
    list.push(format!("{name}: {}", license.unwrap_or("see its text below")));
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
            let path = entry.map_err(Error::file(folder))?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            let named =
                ["LICENSE", "LICENCE", "COPYING", "NOTICE", "OFL", "COPYRIGHT"].iter().any(|n| file.starts_with(n));
            if !named || !path.is_file() || path.metadata().is_ok_and(|about| about.len() > LONGEST) {
                continue;
            }
            let bytes = fs::read(&path).map_err(Error::file(&path))?;
            let of = texts.entry(String::from_utf8_lossy(&bytes).into_owned()).or_default();
            if !of.iter().any(|known| known == name) {
                of.push(name.to_owned());
            }
        }
    }
    Ok(())
}
