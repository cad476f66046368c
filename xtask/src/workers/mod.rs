//! Workers for graphics cards: `cargo xtask workers --backend vulkan`. Each is the same source with another backend of
//! whisper.cpp, built into a target folder of its own and placed beside the other programs.

mod cuda;
pub mod vulkan;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::build::fresh_whisper;
use crate::error::Error;
use crate::paths;
use crate::shell::{cargo, place, run};

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// NVIDIA's cards.
    Cuda,
    /// Cards of any maker.
    Vulkan,
}

impl Backend {
    /// The worker's feature, and the end of its name.
    fn name(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Vulkan => "vulkan",
        }
    }
}

/// Builds the worker of a backend beside the other programs.
pub fn build(backend: Backend) -> Result<(), Error> {
    let (made, libraries) = make(backend)?;
    let to = paths::program(&format!("securetranscribe-worker-{}", backend.name()));
    place(&made, &to)?;
    for library in &libraries {
        place(library, &to.with_file_name(library.file_name().unwrap_or_default()))?;
    }
    println!("Made {}", to.display());
    Ok(())
}

/// Builds the worker of a backend in the build cache; gives its place, and the libraries that it needs beside it.
pub fn make(backend: Backend) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let target = paths::cache().join(format!("worker-{}", backend.name()));
    let mut build = cargo();
    build.args(["build", "--release", "--package", "st-worker", "--features", backend.name()]);
    build.arg("--target-dir").arg(&target);
    let libraries = match backend {
        Backend::Cuda => cuda::set(&mut build)?,
        Backend::Vulkan => vulkan::set(&mut build).map(|()| Vec::new())?,
    };
    fresh_whisper(&target, &build)?;
    run(&mut build)?;
    let made = target.join("release").join(format!("securetranscribe-worker{}", env::consts::EXE_SUFFIX));
    Ok((made, libraries))
}

/// A variable with these folders before those that it names already.
fn before(variable: &str, folders: &[PathBuf]) -> Result<OsString, Error> {
    let there = env::var_os(variable);
    let all = folders.iter().cloned().chain(there.iter().flat_map(env::split_paths));
    env::join_paths(all).map_err(|error| Error::Unreadable { what: variable.into(), reason: error.to_string() })
}
