//! NVIDIA's cards, through the management library that its driver brings (NVML).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::PathBuf;

use nvml_wrapper::Device;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError as Answer;

use super::{Card, Problem, bus_id};

/// Environment variable with the path or name of the library, where it is not the driver's own.
pub const NVML_VARIABLE: &str = "SECURETRANSCRIBE_NVML";

/// The library, loaded and ready.
#[derive(Debug)]
pub struct Nvml {
    library: nvml_wrapper::Nvml,
    driver: String,
}

/// Why there is nothing to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NvmlError {
    /// No library, or no driver behind it: a machine without a card of this maker. Nothing is wrong.
    #[error("no NVIDIA driver is installed")]
    Absent,
    /// The library is there and lacks what every newer one has.
    #[error("the NVIDIA driver is too old")]
    TooOld,
    /// It refuses.
    #[error("the NVIDIA driver does not answer: {0}")]
    Refused(String),
}

impl Nvml {
    /// Loads the library that [`NVML_VARIABLE`] names, else the driver's own.
    pub fn find() -> Result<Self, NvmlError> {
        match std::env::var_os(NVML_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => Self::open(&path),
            None => Self::open(&usual()),
        }
    }

    /// Loads the library of this path or name.
    pub fn open(library: &OsStr) -> Result<Self, NvmlError> {
        let library = nvml_wrapper::Nvml::builder().lib_path(library).init().map_err(|error| match error {
            Answer::LibloadingError(_) | Answer::LibraryNotFound | Answer::DriverNotLoaded => NvmlError::Absent,
            Answer::FailedToLoadSymbol(_) | Answer::LibRmVersionMismatch => NvmlError::TooOld,
            other => NvmlError::Refused(other.to_string()),
        })?;
        let driver = library.sys_driver_version().unwrap_or_default();
        Ok(Self { library, driver })
    }

    /// Version of the driver; empty where it is not told.
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// Every card as it is now. `ours` are the processes of this program.
    pub fn cards(&self, ours: &[u32]) -> Vec<Card> {
        let count = self.library.device_count().unwrap_or(0);
        (0..count).map(|index| self.card(index, ours)).collect()
    }

    fn card(&self, index: u32, ours: &[u32]) -> Card {
        let mut card = Card { driver: self.driver.clone(), ..Card::default() };
        let filled = self.library.device_by_index(index).and_then(|device| fill(&mut card, &device, ours));
        if let Err(error) = filled {
            tracing::debug!(%error, index, "a graphics card cannot be read");
            card.problem = Some(problem(&error));
        }
        card
    }
}

/// Where the driver's own library is: by its name, which the system looks up.
fn usual() -> std::ffi::OsString {
    if cfg!(windows) {
        // Older drivers keep it out of the system's folders.
        let old = PathBuf::from(r"C:\Program Files\NVIDIA Corporation\NVSMI\nvml.dll");
        if old.is_file() { old.into() } else { "nvml.dll".into() }
    } else {
        "libnvidia-ml.so.1".into()
    }
}

fn fill(card: &mut Card, device: &Device<'_>, ours: &[u32]) -> Result<(), Answer> {
    // What a card is called and where it sits is worth having even where the rest cannot be read.
    card.name = device.name().unwrap_or_else(|_| "NVIDIA graphics card".into());
    card.bus = device.pci_info().map(|pci| bus_id(&pci.bus_id)).unwrap_or_default();
    let capability = device.cuda_compute_capability().ok();
    card.capability = capability.and_then(|c| Some((u32::try_from(c.major).ok()?, u32::try_from(c.minor).ok()?)));
    let memory = device.memory_info()?;
    card.memory_total = memory.total;
    card.memory_free = memory.free;
    card.memory_ours = used_by(device, ours, memory.total);
    card.utilisation = device.utilization_rates().ok().map(|rates| (rates.gpu as f32 / 100.0).clamp(0.0, 1.0));
    card.temperature = device.temperature(TemperatureSensor::Gpu).ok().map(|degrees| degrees as f32);
    card.power = device.power_usage().ok().map(|milliwatts| milliwatts as f32 / 1000.0);
    Ok(())
}

/// Bytes of these processes; none where the driver does not say (Windows manages the memory itself).
fn used_by(device: &Device<'_>, ours: &[u32], total: u64) -> Option<u64> {
    let compute = device.running_compute_processes().ok()?;
    // A process that draws and computes is in both lists, each time with all of its memory.
    let graphics = device.running_graphics_processes().unwrap_or_default();
    let mut seen = HashSet::new();
    let mut sum = 0_u64;
    for process in compute.iter().chain(&graphics).filter(|process| ours.contains(&process.pid)) {
        if !seen.insert(process.pid) {
            continue;
        }
        match process.used_gpu_memory {
            // Some drivers of the 570 series answer with the greatest number there is.
            UsedGpuMemory::Used(bytes) if bytes <= total => sum += bytes,
            UsedGpuMemory::Used(_) | UsedGpuMemory::Unavailable => return None,
        }
    }
    Some(sum)
}

fn problem(error: &Answer) -> Problem {
    match error {
        Answer::GpuLost | Answer::ResetRequired | Answer::NotFound => Problem::Lost,
        Answer::FailedToLoadSymbol(_) => Problem::DriverTooOld,
        _ => Problem::Refused,
    }
}
