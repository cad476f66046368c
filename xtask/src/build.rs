//! Builds the release programs.

use crate::error::Error;
use crate::shell::{cargo, run};

/// Crates of the programs: worker, command line, window.
pub const PROGRAMS: [&str; 3] = ["st-worker", "st-cli", "securetranscribe-app"];

/// All of them. One call, so that what they share is compiled once.
pub fn programs() -> Result<(), Error> {
    let mut build = cargo();
    build.args(["build", "--release"]);
    for name in PROGRAMS {
        build.args(["--package", name]);
    }
    run(&mut build)
}
