//! What the commands share: the engine, or why there is none, and what the page has to be told when it comes up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use st_engine::{Engine, EngineOptions, Failure, logging};

use crate::views::{AddedView, NoticeView};

/// The shell's state.
pub struct Shell {
    engine: Result<Engine, Failure>,
    notices: Mutex<Vec<NoticeView>>,
}

impl Shell {
    /// Opens the engine. Where that fails the window opens all the same, and says why.
    pub fn open() -> Self {
        let engine = Engine::open(EngineOptions::default());
        if let Ok(engine) = &engine {
            // A program without a log is better than none.
            if logging::start(&engine.dirs().logs()).is_ok() {
                tracing::info!(version = env!("CARGO_PKG_VERSION"), "the window opens");
            }
        }
        Self { engine, notices: Mutex::default() }
    }

    /// The engine, or why there is none.
    pub fn engine(&self) -> Result<&Engine, NoticeView> {
        self.engine.as_ref().map_err(|failure| failure.clone().into())
    }

    /// Adds the files that the program was started with.
    pub fn add_arguments(&self, arguments: impl Iterator<Item = OsString>) {
        let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
        if let (Ok(engine), false) = (&self.engine, files.is_empty()) {
            let refused = add(engine, &files).refused;
            self.notices.lock().unwrap_or_else(PoisonError::into_inner).extend(refused);
        }
    }

    /// What happened before the page was there to hear it; told once.
    pub fn take_notices(&self) -> Vec<NoticeView> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds files with the settings of the last choice; one that is refused does not stop the rest.
pub fn add(engine: &Engine, files: &[impl AsRef<Path>]) -> AddedView {
    let settings = engine.settings().job;
    let mut added = AddedView::default();
    for file in files {
        match engine.enqueue(file.as_ref(), &settings) {
            Ok(job) => added.recordings.push(job.recording.to_string()),
            Err(failure) => added.refused.push(failure.into()),
        }
    }
    added
}
