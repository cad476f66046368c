//! Models for a window: the list with what happens to each, downloads that run beside everything else, checks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};

use super::{Engine, lock};
use crate::event::Event;
use crate::failure::Failure;
use crate::models::{DownloadOptions, Fetched, Imported, InstalledModel, Languages, ModelInfo, Role, registry};

/// Environment variable that names a server to take models from in place of their publishers.
pub const MIRROR_VARIABLE: &str = "SECURETRANSCRIBE_MODELS_MIRROR";

/// What happens to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelState {
    /// It is not on this computer.
    Absent,
    /// It is being fetched.
    Downloading {
        /// Bytes that are here.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// A part is here; fetching goes on from it.
    Paused {
        /// Bytes that are here.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// Its file is being read and compared.
    Checking,
    /// It is here.
    Ready,
    /// What was tried last did not work.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// A model that is here or could be.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ModelEntry {
    /// What people type.
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it does.
    pub role: Role,
    /// How its weights are stored: `f16`.
    pub precision: String,
    /// Whether it knows more than English.
    pub multilingual: bool,
    /// Length of its file.
    pub bytes: u64,
    /// Memory that it takes while it works, in bytes; none where that is not known.
    pub memory: Option<u64>,
    /// SPDX name of its licence; empty where nobody knows.
    pub licence: &'static str,
    /// Whose work it is.
    pub credit: &'static str,
    /// Whether its file is the program's own to remove.
    pub removable: bool,
    /// Whether the registry lists it.
    pub known: bool,
    /// Whether a job that names no model takes it.
    pub preferred: bool,
    /// What happens to it. Not in JSON: a failure in it has another form in each place.
    #[serde(skip)]
    pub state: ModelState,
}

/// Work on one model.
pub(super) struct Work {
    stop: Arc<AtomicBool>,
    /// Whether what has come is thrown away when it stops.
    discard: Arc<AtomicBool>,
    state: ModelState,
}

/// Everything that is going on.
pub(super) type Works = BTreeMap<String, Work>;

impl Engine {
    /// Every known model and every file of one's own, recognisers from small to large first.
    pub fn model_entries(&self) -> Vec<ModelEntry> {
        let installed = self.models().installed();
        let preferred = self.models().find_default().ok().map(|m| m.name);
        let works = lock(&self.inner.works);
        let listed = registry::MODELS.iter().map(|info| {
            let here = installed.iter().find(|m| m.name == info.name);
            entry(info.name, Some(info), here, self.state_of(&works, info, here.is_some()))
        });
        let own = installed.iter().filter(|m| registry::by_name(&m.name).is_none());
        let own = own.map(|m| {
            let state = works.get(&m.name).map_or(ModelState::Ready, |work| work.state.clone());
            entry(&m.name, None, Some(m), state)
        });
        let mut all: Vec<_> = listed.chain(own).collect();
        for model in &mut all {
            model.preferred = preferred.as_ref() == Some(&model.name);
        }
        all
    }

    fn state_of(&self, works: &Works, info: &ModelInfo, here: bool) -> ModelState {
        if let Some(work) = works.get(info.name) {
            return work.state.clone();
        }
        if here {
            return ModelState::Ready;
        }
        match self.models().partial(info) {
            Some(done) => ModelState::Paused { done, total: info.bytes },
            None => ModelState::Absent,
        }
    }

    /// Whether a model is being fetched now.
    pub fn is_downloading(&self) -> bool {
        lock(&self.inner.works).values().any(|work| matches!(work.state, ModelState::Downloading { .. }))
    }

    /// Begins to fetch a model or goes on with it; what happens is told by [`Event::Model`].
    pub fn download_model(&self, name: &str) -> Result<(), Failure> {
        let info = registry::by_name(name).ok_or_else(|| unknown(name))?;
        let done = self.models().partial(info).unwrap_or(0);
        let Some((stop, discard)) = self.begin(name, ModelState::Downloading { done, total: info.bytes }) else {
            return Ok(());
        };
        let (engine, store) = (self.clone(), self.models().clone());
        let mirror = self.inner.mirror.clone();
        thread::spawn(move || {
            let options = DownloadOptions { mirror, ..DownloadOptions::default() };
            let stopped = || stop.load(Ordering::Relaxed);
            let result = store.download(info, &options, &stopped, &mut |progress| {
                let state = ModelState::Downloading { done: progress.received, total: progress.total };
                engine.tell(info.name, state);
            });
            let state = match result {
                Ok(Fetched::Done(_)) => ModelState::Ready,
                Ok(Fetched::Cancelled) if discard.load(Ordering::Relaxed) => {
                    store.discard_partial(info);
                    ModelState::Absent
                }
                Ok(Fetched::Cancelled) => {
                    let done = store.partial(info).unwrap_or(0);
                    ModelState::Paused { done, total: info.bytes }
                }
                Err(error) => ModelState::Failed { failure: error.into() },
            };
            engine.end(info.name, state);
        });
        Ok(())
    }

    /// Stops fetching a model. What has come is kept, or thrown away where `discard` says so.
    pub fn stop_download(&self, name: &str, discard: bool) -> Result<(), Failure> {
        let info = registry::by_name(name).ok_or_else(|| unknown(name))?;
        let mut works = lock(&self.inner.works);
        match works.get(name) {
            Some(work) if matches!(work.state, ModelState::Downloading { .. }) => {
                work.discard.store(discard, Ordering::Relaxed);
                work.stop.store(true, Ordering::Relaxed);
            }
            _ if discard => {
                works.remove(name);
                drop(works);
                self.models().discard_partial(info);
                self.publish(&Event::Model { name: name.into(), state: ModelState::Absent });
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads a model's whole file and compares it with what it should be; the outcome is told by [`Event::Model`].
    pub fn verify_model(&self, name: &str) -> Result<(), Failure> {
        let model = self.models().named(name)?;
        if self.begin(name, ModelState::Checking).is_none() {
            return Ok(());
        }
        let engine = self.clone();
        thread::spawn(move || {
            let state = match engine.models().verify(&model) {
                Ok(_) => ModelState::Ready,
                Err(error) => ModelState::Failed { failure: error.into() },
            };
            engine.end(&model.name, state);
        });
        Ok(())
    }

    /// Removes a model that is the program's own.
    pub fn remove_model(&self, name: &str) -> Result<(), Failure> {
        self.models().remove(name)?;
        self.end(name, ModelState::Absent);
        Ok(())
    }

    /// Copies a model file into the program's folder, recognised by its content, and gives the name it has there.
    pub fn import_model(&self, file: &Path) -> Result<String, Failure> {
        match self.models().import(file, &|| false, &mut |_, _| {})? {
            Imported::Done(model) => {
                self.end(&model.name, ModelState::Ready);
                Ok(model.name)
            }
            Imported::Cancelled => Ok(String::new()),
        }
    }

    /// Notes that work on a model begins; none where something is done to it already.
    fn begin(&self, name: &str, state: ModelState) -> Option<(Arc<AtomicBool>, Arc<AtomicBool>)> {
        let mut works = lock(&self.inner.works);
        if works.get(name).is_some_and(|w| matches!(w.state, ModelState::Downloading { .. } | ModelState::Checking)) {
            return None;
        }
        let (stop, discard) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let work = Work { stop: Arc::clone(&stop), discard: Arc::clone(&discard), state: state.clone() };
        works.insert(name.to_owned(), work);
        drop(works);
        self.publish(&Event::Model { name: name.into(), state });
        Some((stop, discard))
    }

    fn tell(&self, name: &str, state: ModelState) {
        if let Some(work) = lock(&self.inner.works).get_mut(name) {
            work.state = state.clone();
        }
        self.publish(&Event::Model { name: name.into(), state });
    }

    /// Work has ended. A failure is remembered until something else is tried.
    fn end(&self, name: &str, state: ModelState) {
        if matches!(state, ModelState::Failed { .. }) {
            return self.tell(name, state);
        }
        lock(&self.inner.works).remove(name);
        self.publish(&Event::Model { name: name.into(), state });
    }
}

fn unknown(name: &str) -> Failure {
    crate::models::ModelsError::Unknown { name: name.into(), suggestion: registry::closest(name) }.into()
}

fn entry(name: &str, info: Option<&ModelInfo>, here: Option<&InstalledModel>, state: ModelState) -> ModelEntry {
    let bytes = here.map(|m| m.bytes).or(info.map(|i| i.bytes)).unwrap_or(0);
    let precision = info.map(|i| serde_json::to_value(i.precision).unwrap_or_default());
    ModelEntry {
        name: name.into(),
        title: info.map_or_else(|| name.to_owned(), |i| i.title.to_owned()),
        role: info.map(|i| i.role).or(here.map(|m| m.role)).unwrap_or(Role::Recogniser),
        precision: precision
            .and_then(|p| p.as_str().map(str::to_owned))
            .or(here.map(|m| m.precision.to_owned()))
            .unwrap_or_default(),
        multilingual: here.map(|m| m.multilingual).or(info.map(|i| i.languages != Languages::English)).unwrap_or(true),
        bytes,
        memory: info.and_then(ModelInfo::working_memory).map(|working| bytes + working),
        licence: info.map_or("", |i| i.licence),
        credit: info.map_or("", |i| i.credit),
        removable: here.is_some_and(|m| m.ours),
        known: info.is_some(),
        preferred: false,
        state,
    }
}
