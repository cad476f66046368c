//! What the commands share: the engine, or why there is none, and what the page has to be told when it comes up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use st_engine::{Engine, EngineOptions, Failure, JobState, logging};

use crate::views::{AddedView, NoticeView};

/// A second wish to close within this time is a yes, so that a page that does not answer cannot keep the window open.
const SECOND_WISH: Duration = Duration::from_secs(10);

/// The shell's state.
pub struct Shell {
    engine: Result<Engine, Failure>,
    notices: Mutex<Vec<NoticeView>>,
    folder: Mutex<Option<PathBuf>>,
    asked: Mutex<Option<Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shell {
    /// Opens the engine. Where that fails the window opens all the same, and says why.
    pub fn open() -> Self {
        let engine = Engine::open(EngineOptions::default());
        if let Ok(engine) = &engine {
            // A program without a log is better than none.
            if logging::start(&engine.dirs().logs(), engine.settings().preferences.log_level).is_ok() {
                tracing::info!(version = env!("CARGO_PKG_VERSION"), "the window opens");
            }
        }
        let notices = engine.iter().filter_map(Engine::not_moved).map(NoticeView::from).collect();
        Self { engine, notices: Mutex::new(notices), folder: Mutex::default(), asked: Mutex::default() }
    }

    /// The engine, or why there is none.
    pub fn engine(&self) -> Result<&Engine, NoticeView> {
        self.engine.as_ref().map_err(|failure| failure.clone().into())
    }

    /// Adds the files that the program was started with.
    pub fn add_arguments(&self, arguments: impl Iterator<Item = OsString>) {
        let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
        if let (Ok(engine), false) = (&self.engine, files.is_empty()) {
            let added = AddedView::from(engine.add_files(&files, &engine.settings().job, false));
            lock(&self.notices).extend(added.into_notices());
        }
    }

    /// What happened before the page was there to hear it; told once.
    pub fn take_notices(&self) -> Vec<NoticeView> {
        std::mem::take(&mut *lock(&self.notices))
    }

    /// Where the last export went.
    pub fn last_folder(&self) -> Option<PathBuf> {
        lock(&self.folder).clone()
    }

    /// Keeps the folder of a file for the next export.
    pub fn remember_folder(&self, file: &Path) {
        *lock(&self.folder) = file.parent().map(Path::to_path_buf);
    }

    /// How many jobs run, for the page to ask about; none where it was told a moment ago, so that a second wish closes.
    pub fn running_at_first_wish_to_close(&self) -> Option<usize> {
        let jobs = self.engine.as_ref().ok()?.jobs().ok()?;
        let before = lock(&self.asked).replace(Instant::now());
        let wished_twice = before.is_some_and(|at| at.elapsed() < SECOND_WISH);
        (!wished_twice).then(|| jobs.iter().filter(|job| matches!(job.state, JobState::Running(_))).count())
    }

    /// Stops all work for now and deletes for good what was removed.
    pub fn close(&self) {
        if let Ok(engine) = &self.engine {
            engine.stop_queue();
            engine.purge_removed();
        }
    }
}
