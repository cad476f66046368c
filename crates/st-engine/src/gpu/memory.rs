//! What was learnt about the devices of this machine and is kept between jobs: whether a device passed its trial, and at
//! which step jobs with a model came through. All of it holds for one driver and one version of this program only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use st_worker_protocol::DeviceInfo;

use super::plan::{Plan, Step};
use crate::json_file;

/// Version of this program: another one may do things otherwise.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The file `devices.json` in the data folder.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    /// Between reading and writing nobody else does.
    alone: Mutex<()>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    trials: BTreeMap<String, Trial>,
    steps: BTreeMap<String, Learnt>,
}

/// How a device's trial went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    basis: Basis,
    /// The words that it heard in place of the right ones; none where it is trusted.
    pub failed: Option<String>,
}

/// Where jobs with a model came through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    basis: Basis,
    /// Id of the device.
    pub device: String,
    /// Name of the model.
    pub model: String,
    /// The step.
    pub step: Step,
    /// How many windows were in flight; 0 where nobody counted them yet.
    #[serde(default)]
    pub in_flight: u32,
}

/// What a thing that was learnt depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Basis {
    driver: String,
    program: String,
}

impl Basis {
    fn of(device: &DeviceInfo) -> Self {
        Self { driver: device.driver.clone().unwrap_or_default(), program: PROGRAM.into() }
    }
}

/// A device by what it is, for its id depends on what else is plugged in.
fn name_of(device: &DeviceInfo) -> String {
    format!("{} {} {}", device.backend, device.bus.as_deref().unwrap_or(&device.id), device.name)
}

impl Memory {
    /// What is kept in a data folder.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join("devices.json"), alone: Mutex::default() }
    }

    /// How the trial of a device went with the driver that it has now.
    pub fn trial(&self, device: &DeviceInfo) -> Option<Trial> {
        self.read().trials.remove(&name_of(device)).filter(|trial| trial.basis == Basis::of(device))
    }

    /// Keeps how a trial went.
    pub fn set_trial(&self, device: &DeviceInfo, failed: Option<String>) {
        let trial = Trial { basis: Basis::of(device), failed };
        self.change(|kept| kept.trials.insert(name_of(device), trial));
    }

    /// Where jobs with this model came through that began on this device.
    pub fn step(&self, device: &DeviceInfo, model_sha256: &str) -> Option<Learnt> {
        self.read().steps.remove(&key(device, model_sha256)).filter(|learnt| learnt.basis == Basis::of(device))
    }

    /// Keeps where a job came through that began on `device`: by this plan, with the model of this name.
    pub fn set_step(&self, device: &DeviceInfo, model_sha256: &str, model: &str, plan: &Plan) {
        let Plan { step, in_flight, device: on, .. } = plan;
        let (on, model) = (on.clone(), model.to_owned());
        let learnt = Learnt { basis: Basis::of(device), device: on, model, step: *step, in_flight: *in_flight };
        self.change(|kept| kept.steps.insert(key(device, model_sha256), learnt));
    }

    /// Forgets everything, so that each device is tried again and jobs begin as planned.
    pub fn forget(&self) {
        self.change(|kept| *kept = Kept::default());
    }

    fn read(&self) -> Kept {
        let text = fs::read(&self.path).unwrap_or_default();
        // A damaged file costs a trial of a few seconds and nothing else.
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) {
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = self.read();
        change(&mut kept);
        if let Err(error) = json_file::write(&self.path, &kept) {
            tracing::warn!(%error, "what was learnt about the devices could not be kept");
        }
    }
}

fn key(device: &DeviceInfo, model_sha256: &str) -> String {
    format!("{} with {model_sha256}", name_of(device))
}

#[cfg(test)]
mod tests {
    use st_worker_protocol::DeviceKind;

    use super::super::list::tests::device;
    use super::*;

    #[test]
    fn what_was_learnt_is_kept_until_the_driver_changes() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(folder.path());
        let card = DeviceInfo {
            driver: Some("550.1".into()),
            bus: Some("0000:01:00.0".into()),
            ..device("CUDA0", "RTX", "cuda", DeviceKind::Gpu, 12)
        };
        assert_eq!((memory.trial(&card), memory.step(&card, "abc")), (None, None));
        let plan = Plan { step: Step::Smaller, device: "CUDA0".into(), in_flight: 2, ..Plan::default() };
        memory.set_trial(&card, None);
        memory.set_step(&card, "abc", "base-q5_1", &plan);
        let again = Memory::new(folder.path());
        assert_eq!(again.trial(&card).unwrap().failed, None);
        let learnt = again.step(&card, "abc").unwrap();
        assert_eq!((learnt.device.as_str(), learnt.model.as_str()), ("CUDA0", "base-q5_1"));
        assert_eq!((learnt.step, learnt.in_flight), (Step::Smaller, 2));
        assert_eq!(again.step(&card, "def"), None, "another model");
        let other = DeviceInfo { bus: Some("0000:02:00.0".into()), ..card.clone() };
        assert_eq!((again.trial(&other), again.step(&other, "abc")), (None, None), "another card of that name");
        let renamed = DeviceInfo { id: "CUDA1".into(), ..card.clone() };
        assert!(again.trial(&renamed).is_some(), "the same card under another number");
        let updated = DeviceInfo { driver: Some("560.2".into()), ..card.clone() };
        assert_eq!((again.trial(&updated), again.step(&updated, "abc")), (None, None), "another driver");
        again.set_trial(&updated, Some("wrong words".into()));
        assert_eq!(again.trial(&updated).unwrap().failed.as_deref(), Some("wrong words"));
        memory.forget();
        assert_eq!((memory.trial(&updated), memory.step(&card, "abc")), (None, None));
    }

    #[test]
    fn another_version_of_the_program_and_a_damaged_file_know_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(folder.path());
        let card = device("CUDA0", "RTX", "cuda", DeviceKind::Gpu, 12);
        memory.set_trial(&card, None);
        let path = folder.path().join("devices.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace(&format!("\"{PROGRAM}\""), "\"0.0.0\"")).unwrap();
        assert_eq!(memory.trial(&card), None);
        fs::write(&path, "{\"trials\":").unwrap();
        assert_eq!(memory.trial(&card), None);
        memory.set_trial(&card, None);
        assert!(memory.trial(&card).is_some());
    }
}
