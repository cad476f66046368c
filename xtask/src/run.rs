//! From nothing to a transcript: gets and builds everything, then opens the window.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::error::Error;
use crate::node::{self, Node};
use crate::shell::{command, run as finish};
use crate::{build, deps, models, paths};

/// The recording that is taken where none is named.
const SAMPLE: &str = "tests/fixtures/two_speakers.flac";

/// Opens the window with these recordings; without a screen, writes their text.
pub fn run(files: &[PathBuf]) -> Result<(), Error> {
    // The programs start in the repository's root, wherever the files were named from.
    let files = files.iter().map(|f| fs::canonicalize(f).map_err(Error::file(f))).collect::<Result<Vec<_>, _>>()?;
    deps::to_build()?;
    models::all()?;
    build::programs()?;
    if has_screen() {
        return finish(command(paths::program("securetranscribe-app")).args(&files));
    }
    let files = if files.is_empty() { vec![paths::root().join(SAMPLE)] } else { files };
    println!("There is no screen here for the window; the command line does the same:");
    let mut transcribe = command(paths::program("securetranscribe"));
    transcribe.arg("transcribe").args(&files).args(["--output", "-", "--format", "txt"]);
    finish(&mut transcribe)
}

/// Makes the pictures of the README: the real window on a virtual screen.
pub fn pictures() -> Result<(), Error> {
    deps::all()?;
    models::all()?;
    node::user_interface()?;
    build::programs()?;
    finish(&mut Node::ready()?.npm(&["run", "pictures"]))
}

fn has_screen() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
