//! The worker programs of this installation, and those that run.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use st_worker_protocol::{DeviceInfo, DeviceKind};

use super::lock;
use crate::dirs::program_folder;
use crate::inference::worker::WorkerProgram;
use crate::inference::{InferenceError, Launch, Supervisor};
use crate::pipeline::PipelineError;

/// Environment variable that names the worker program.
pub const WORKER_VARIABLE: &str = "SECURETRANSCRIBE_WORKER";

/// One executable a backend, best first; the plain one runs on the processor.
const NAMES: [&str; 4] =
    ["securetranscribe-worker-cuda", "securetranscribe-worker-metal", "securetranscribe-worker-vulkan", PLAIN];
const PLAIN: &str = "securetranscribe-worker";

/// Where a Linux package puts them, seen from the folder of the programs.
const LIBRARIES: &str = "../lib/securetranscribe";

/// What can run models, and what runs.
pub struct Workers {
    programs: Vec<Arc<dyn Launch>>,
    /// Supervisors of the last job with their program: what they loaded serves the next one.
    kept: Mutex<Option<Pair>>,
}

/// What runs the models of one job.
pub struct Pair {
    program: usize,
    /// Recogniser, and whatever comes after it.
    pub main: Supervisor,
    /// Voices beside it.
    pub beside: Supervisor,
}

/// Where a job runs.
pub struct Place {
    /// Index of the program.
    program: usize,
    /// Device id for the recogniser.
    pub device: String,
    /// In words for people.
    pub name: String,
}

impl Workers {
    /// The program given, else the one of the environment, else those beside the running program.
    pub fn find(given: Option<PathBuf>) -> Self {
        let named = given.or_else(|| std::env::var_os(WORKER_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from));
        let paths = match named {
            Some(path) => vec![path],
            None => {
                let folder = program_folder().unwrap_or_default();
                // Linux packages keep programs that nobody calls by name, and their libraries, out of `bin`.
                let folders = [folder.join(LIBRARIES), folder.clone()];
                let path = |name: &str| {
                    let names = folders.iter().map(|folder| folder.join(name));
                    names.map(|path| path.with_extension(std::env::consts::EXE_EXTENSION)).find(|path| path.is_file())
                };
                let found: Vec<PathBuf> = NAMES.iter().filter_map(|name| path(name)).collect();
                // Where there is none, the plain one is what the failure names.
                if found.is_empty() { vec![folder.join(PLAIN)] } else { found }
            }
        };
        let program = |path| Arc::new(WorkerProgram::new(path)) as Arc<dyn Launch>;
        Self { programs: paths.into_iter().map(program).collect(), kept: Mutex::default() }
    }

    /// One way to run models.
    pub fn one(program: Arc<dyn Launch>) -> Self {
        Self { programs: vec![program], kept: Mutex::default() }
    }

    /// The devices of every program that answers, best first; the error of the last one where none does.
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, InferenceError> {
        Ok(self.all()?.into_iter().map(|(_, device)| device).collect())
    }

    /// Finds the program and the device that a job asked for.
    pub fn place(&self, wanted: &str, threads: u32) -> Result<Place, PipelineError> {
        let wanted = wanted.trim();
        let all = self.all()?;
        let chosen = all.into_iter().find(|(_, device)| {
            if wanted.eq_ignore_ascii_case("auto") {
                matches!(device.kind, DeviceKind::Gpu | DeviceKind::Cpu)
            } else {
                device.id.eq_ignore_ascii_case(wanted)
            }
        });
        let (program, device) = chosen.ok_or_else(|| PipelineError::NoDevice(wanted.to_owned()))?;
        let name = match device.kind {
            DeviceKind::Cpu if threads == 1 => "CPU, 1 thread".to_owned(),
            DeviceKind::Cpu => format!("CPU, {threads} threads"),
            _ => device.name,
        };
        Ok(Place { program, device: device.id, name })
    }

    /// Devices with their program; the processor once, at the end.
    fn all(&self) -> Result<Vec<(usize, DeviceInfo)>, InferenceError> {
        let mut all: Vec<(usize, DeviceInfo)> = Vec::new();
        let mut failed = None;
        for index in 0..self.programs.len() {
            let mut pair = self.take(index);
            match pair.main.devices() {
                Ok(devices) => all.extend(devices.into_iter().map(|device| (index, device))),
                Err(error) => failed = Some(error),
            }
            self.keep(pair);
        }
        if let (true, Some(error)) = (all.is_empty(), failed) {
            return Err(error);
        }
        // The plain program, which comes last, is the one made for the processor.
        let plain = all.iter().rposition(|(_, device)| device.kind == DeviceKind::Cpu);
        let processor = plain.map(|index| all.remove(index));
        all.retain(|(_, device)| device.kind != DeviceKind::Cpu);
        all.extend(processor);
        Ok(all)
    }

    /// Supervisors for a job at this place: those of the last job where they fit.
    pub fn at(&self, place: &Place) -> Pair {
        let mut pair = self.take(place.program);
        pair.main.begin();
        pair.beside.begin();
        pair
    }

    fn take(&self, program: usize) -> Pair {
        if let Some(pair) = lock(&self.kept).take_if(|pair| pair.program == program) {
            return pair;
        }
        let supervisor = || Supervisor::new(Arc::clone(&self.programs[program]));
        Pair { program, main: supervisor(), beside: supervisor() }
    }

    /// Keeps supervisors for the next job.
    pub fn keep(&self, pair: Pair) {
        *lock(&self.kept) = Some(pair);
    }

    /// Ends the workers that wait for a next job, which gives their memory back.
    pub fn rest(&self) {
        *lock(&self.kept) = None;
    }
}
