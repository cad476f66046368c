//! What the drivers of the graphics cards and the system say about this machine.

use std::path::Path;
use std::sync::OnceLock;

use sysinfo::System;

use crate::gpu::nvml::{Nvml, NvmlError};
use crate::gpu::{Card, Problem, sysfs};

/// The machine. NVIDIA's library is looked for at the first question, and kept.
#[derive(Debug, Default)]
pub struct Hardware {
    nvidia: OnceLock<Result<Nvml, NvmlError>>,
}

impl Hardware {
    /// Every card that can be read, and those that should be and cannot. `ours` are the processes of this program.
    pub fn cards(&self, ours: &[u32]) -> Vec<Card> {
        let mut cards = match self.nvidia.get_or_init(Nvml::find) {
            Ok(nvidia) => nvidia.cards(ours),
            Err(NvmlError::Absent) => Vec::new(),
            Err(error) => {
                let problem = if *error == NvmlError::TooOld { Problem::DriverTooOld } else { Problem::Refused };
                vec![Card { name: "NVIDIA graphics card".into(), problem: Some(problem), ..Card::default() }]
            }
        };
        if cfg!(target_os = "linux") {
            cards.extend(sysfs::cards(Path::new(sysfs::DRM)));
        }
        cards
    }

    /// Memory that the machine can still give, in bytes; none where the system does not say.
    pub fn free_memory(&self) -> Option<u64> {
        let mut system = System::new().ok()?;
        system.refresh_memory();
        Some(system.available_memory()).filter(|free| *free > 0)
    }
}
