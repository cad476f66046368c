//! Builds a library that plays NVIDIA's (`fake_nvml.c`) and says what it plays.

use std::path::{Path, PathBuf};
use std::process::Command;

use st_engine::gpu::nvml::{Nvml, NvmlError};

/// A library of its own for one test.
pub struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    /// One that plays this.
    pub fn new(state: &str) -> Self {
        Self::build(state, false)
    }

    /// The same as an old driver would bring it.
    pub fn old(state: &str) -> Self {
        Self::build(state, true)
    }

    fn build(state: &str, old: bool) -> Self {
        let fake = Self { folder: tempfile::tempdir().unwrap() };
        fake.play(state);
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wall", "-Werror"]);
        compiler.arg(format!("-DSTATE=\"{}\"", fake.state().display()));
        if old {
            compiler.arg("-DOLD");
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fake_nvml.c");
        let status = compiler.arg("-o").arg(fake.library()).arg(source).status().unwrap();
        assert!(status.success(), "the library that plays NVIDIA's does not compile");
        fake
    }

    /// Plays something else from now on.
    pub fn play(&self, state: &str) {
        // Never half written when it is read.
        let new = self.folder.path().join("new");
        std::fs::write(&new, state).unwrap();
        std::fs::rename(new, self.state()).unwrap();
    }

    /// Loads it through the wrapper that the program uses.
    pub fn open(&self) -> Result<Nvml, NvmlError> {
        Nvml::open(self.library().as_os_str())
    }

    /// Its path.
    pub fn library(&self) -> PathBuf {
        self.folder.path().join("libfake.so")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}
