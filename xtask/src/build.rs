//! Builds the release programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::paths;
use crate::shell::{cargo, hex, run, write};

/// Crates of the programs that are shipped: worker, command line, window.
pub const PROGRAMS: [&str; 3] = ["st-worker", "st-cli", "securetranscribe-app"];
/// What says how whisper.cpp is built.
const SETTINGS: [&str; 5] =
    [".cargo/config.toml", "native/whisper.cmake", "native/products.cpp", "native/wide.cpp", "native/integers.h"];

/// All packages but this program, the same for every call that builds or tests: cargo compiles a dependency once for each set
/// of features that is asked for together, and asks for those of the packages that are named. Other names, a second build.
const EVERYTHING: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];

/// A command of cargo for [`EVERYTHING`].
pub fn everything(what: &str) -> Command {
    let mut cargo = cargo();
    cargo.arg(what).args(EVERYTHING);
    cargo
}

/// Builds every program.
pub fn programs() -> Result<(), Error> {
    let mut build = everything("build");
    build.arg("--bins");
    fresh_whisper(&paths::target(), &build)?;
    run(&mut build)
}

/// Lets a target folder forget a whisper.cpp that was built with other settings, in files or in the environment of the `build`: its
/// build script does not look at them.
pub fn fresh_whisper(target: &Path, build: &Command) -> Result<(), Error> {
    let mut hash = Sha256::new();
    for name in SETTINGS {
        let path = paths::root().join(name);
        hash.update(fs::read(&path).map_err(Error::file(path))?);
    }
    // What is taken from the environment depends on how this program was started, and says nothing.
    for (name, value) in build.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        for part in [name, value] {
            hash.update(part.as_encoded_bytes());
            hash.update([0]);
        }
    }
    let (wanted, stamp) = (hex(hash), target.join("whisper-settings.sha256"));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    run(cargo().args(["clean", "--release", "--package", "whisper-rs-sys", "--target-dir"]).arg(target))?;
    write(&stamp, wanted)
}
