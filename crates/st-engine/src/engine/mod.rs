//! The engine: everything that a window or a command line can ask for, in one place.

mod adding;
mod checks;
mod documents;
mod downloads;
mod export_many;
mod exporting;
mod gauge;
mod hardware;
mod importing;
mod jobs;
mod ladder;
mod playback;
mod queue;
mod recording;
mod removing;
mod report;
mod speakers;
#[cfg(test)]
mod tests;
mod turns;
mod usage;
mod voices;
mod workers;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use st_audio::capture::Devices;

pub use adding::{Added, Duplicate};
pub use checks::Check;
pub use documents::Waveform;
pub use downloads::{MIRROR_VARIABLE, ModelEntry, ModelState};
pub use export_many::{Doubt, Planned};
pub(crate) use exporting::not_made;
pub use gauge::Gauge;
pub use importing::Imported;
pub use ladder::Outlook;
pub use speakers::{Grouped, SpeakerWish};
pub use usage::Usage;
pub use voices::{VoiceAnswer, VoiceCall};
pub(crate) use workers::Pair;
pub use workers::WORKER_VARIABLE;

use crate::dirs::{Dirs, chosen_models};
use crate::event::Event;
use crate::failure::Failure;
use crate::gpu::memory::Memory;
use crate::ids::JobId;
use crate::inference::Launch;
use crate::jobs::CancelFlag;
use crate::library::Library;
use crate::models::ModelStore;
use crate::playback::Player;
use crate::recording::Recorder;
use crate::settings::Settings;
use crate::storage::Storage;
use workers::Workers;

/// Where the engine finds things; each is found by itself where it is not given.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Folder of library, settings, logs and models. Else `SECURETRANSCRIBE_DATA_DIR`, else the platform's place.
    pub data_dir: Option<PathBuf>,
    /// Folder of models. Else `SECURETRANSCRIBE_MODELS_DIR`, else `models` in the data folder; models beside the
    /// program are found as well.
    pub models_dir: Option<PathBuf>,
    /// The worker program. Else `SECURETRANSCRIBE_WORKER`, else those beside the running program.
    pub worker: Option<PathBuf>,
    /// A server to take models from in place of their publishers. Else `SECURETRANSCRIBE_MODELS_MIRROR`.
    pub mirror: Option<String>,
}

/// The engine. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Storage,
    library: Library,
    models: ModelStore,
    workers: Workers,
    subscribers: Mutex<Vec<Sender<Event>>>,
    running: Mutex<HashMap<JobId, CancelFlag>>,
    /// What runs each running job, in words.
    places: Mutex<HashMap<JobId, String>>,
    queue: Mutex<Option<queue::Queue>>,
    player: OnceLock<Player>,
    recorder: OnceLock<Recorder>,
    /// Where the recorder's inputs come from.
    sound: OnceLock<Arc<dyn Devices>>,
    works: Mutex<downloads::Works>,
    looker: usage::Looker,
    learnt: Memory,
    mirror: Option<String>,
}

/// Locks; a thread that panicked left no value half changed that matters here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Opens the library, and makes it where there is none. No worker is started.
    pub fn open(options: EngineOptions) -> Result<Self, Failure> {
        let workers = Workers::find(options.worker.clone());
        Self::with_workers(options, workers)
    }

    /// The same with a given way to run models: for tests.
    pub fn open_with(options: EngineOptions, launch: Arc<dyn Launch>) -> Result<Self, Failure> {
        Self::with_workers(options, Workers::given(vec![launch]))
    }

    /// The same with several ways, best first.
    pub fn open_with_all(options: EngineOptions, launches: Vec<Arc<dyn Launch>>) -> Result<Self, Failure> {
        Self::with_workers(options, Workers::given(launches))
    }

    fn with_workers(options: EngineOptions, workers: Workers) -> Result<Self, Failure> {
        let named = || std::env::var(MIRROR_VARIABLE).ok().filter(|mirror| !mirror.is_empty());
        let mirror = options.mirror.or_else(named);
        let storage = Storage::open(options.data_dir)?;
        let library = Library::open(&storage.dirs.library())?;
        let learnt = Memory::new(storage.dirs.data());
        let models = ModelStore::new(storage.dirs.data(), chosen_models(options.models_dir).as_deref());
        Ok(Self {
            inner: Arc::new(Inner {
                storage,
                library,
                models,
                workers,
                subscribers: Mutex::default(),
                running: Mutex::default(),
                places: Mutex::default(),
                queue: Mutex::default(),
                player: OnceLock::new(),
                recorder: OnceLock::new(),
                sound: OnceLock::new(),
                works: Mutex::default(),
                looker: usage::Looker::default(),
                learnt,
                mirror,
            }),
        })
    }

    /// Everything that happens from now on, until the receiver is dropped.
    pub fn subscribe(&self) -> Receiver<Event> {
        let (sender, receiver) = channel();
        lock(&self.inner.subscribers).push(sender);
        receiver
    }

    fn publish(&self, event: &Event) {
        lock(&self.inner.subscribers).retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }

    /// Where things lie.
    pub fn dirs(&self) -> &Dirs {
        &self.inner.storage.dirs
    }

    /// Why the data folder is not where it was to be moved to.
    pub fn not_moved(&self) -> Option<Failure> {
        self.inner.storage.problem.clone()
    }

    /// Has the data folder lie in `folder` from the next start on, and gives the folder that it will be: `folder` itself
    /// where it is empty, else one in it.
    ///
    /// # Errors
    /// Where that cannot be: the folder is missing, not writable, inside the data folder, or too small, or the data
    /// folder was named for this run alone.
    pub fn move_data(&self, folder: &Path) -> Result<PathBuf, Failure> {
        self.inner.storage.plan(folder)
    }

    /// The models.
    pub fn models(&self) -> &ModelStore {
        &self.inner.models
    }

    /// The settings as they are on disk.
    pub fn settings(&self) -> Settings {
        Settings::read(&self.dirs().settings())
    }

    /// Writes the settings.
    pub fn set_settings(&self, settings: &Settings) -> Result<(), Failure> {
        Ok(settings.write(&self.dirs().settings())?)
    }

    fn library(&self) -> &Library {
        &self.inner.library
    }
}
