//! Whether everything is in place: for `doctor` and the first run.

use serde::{Deserialize, Serialize};
use st_worker_protocol::DeviceInfo;

use super::Engine;
use crate::failure::Failure;
use crate::models::Role;

/// Free space below which a long recording may not fit: one hour copied at studio quality is 600 MB.
const LOW_SPACE: u64 = 1_000_000_000;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is in order.
    pub ok: bool,
    /// How it is, and what to do where it is not in order.
    pub message: String,
}

impl Check {
    fn new(name: &str, result: Result<String, Failure>) -> Self {
        let (ok, message) = match result {
            Ok(message) => (true, message),
            Err(failure) => (false, failure.to_string()),
        };
        Self { name: name.into(), ok, message }
    }
}

impl Engine {
    /// Compute devices, best first. Starts a worker where none runs.
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, Failure> {
        Ok(self.inner.workers.devices()?.into_iter().map(|device| device.info).collect())
    }

    /// Looks at everything that a job needs.
    pub fn doctor(&self) -> Vec<Check> {
        let data = self.dirs().data();
        let models = &self.inner.models;
        vec![
            Check::new("data folder", self.writable().map(|()| format!("{} can be written.", data.display()))),
            self.space(),
            Check::new(
                "worker",
                self.devices().map(|devices| {
                    let names: Vec<&str> = devices.iter().map(|d| d.name.as_str()).collect();
                    format!("It answers; devices: {}.", names.join(", "))
                }),
            ),
            Check::new(
                "recogniser",
                models.find_default().map(|m| format!("“{}” is here.", m.name)).map_err(Into::into),
            ),
            self.companion("speech detection", Role::Vad),
            self.companion("speaker segmentation", Role::Segmentation),
            self.companion("speaker voices", Role::Embedding),
        ]
    }

    fn companion(&self, name: &str, role: Role) -> Check {
        let found = self.inner.models.companion(role).map(|m| format!("“{}” is here.", m.name));
        Check::new(name, found.map_err(Into::into))
    }

    fn writable(&self) -> Result<(), Failure> {
        let data = self.dirs().data();
        tempfile::tempfile_in(data).map(|_| ()).map_err(|error| Failure::data_folder(data, &error))
    }

    fn space(&self) -> Check {
        let data = self.dirs().data();
        let (ok, message) = match fs4::available_space(data) {
            Ok(free) if free < LOW_SPACE => (false, format!("Only {} MB are free. Free some space.", free / 1_000_000)),
            Ok(free) => (true, format!("{} GB are free.", free / 1_000_000_000)),
            Err(error) => (false, format!("The free space cannot be read: {error}.")),
        };
        Check { name: "disk space".into(), ok, message }
    }
}
