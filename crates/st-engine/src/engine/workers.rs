//! The worker programs of this installation, and those that run.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use st_worker_protocol::{DeviceInfo, DeviceKind};

use super::hardware::Hardware;
use super::lock;
use crate::dirs::program_folder;
use crate::gpu::list::{Device, is_called, merge};
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
    /// What the drivers say.
    pub(super) hardware: Hardware,
}

/// A device in words for people.
pub(super) fn name(device: &DeviceInfo, threads: u32) -> String {
    match device.kind {
        DeviceKind::Cpu if threads == 1 => "CPU, 1 thread".to_owned(),
        DeviceKind::Cpu => format!("CPU, {threads} threads"),
        _ => device.name.clone(),
    }
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
        Self {
            programs: paths.into_iter().map(program).collect(),
            kept: Mutex::default(),
            hardware: Hardware::default(),
        }
    }

    /// These ways to run models, best first.
    pub fn given(programs: Vec<Arc<dyn Launch>>) -> Self {
        Self { programs, kept: Mutex::default(), hardware: Hardware::default() }
    }

    /// The devices of every program that answers, best first, with what the drivers say; the error of the last program
    /// where none answers.
    pub fn devices(&self) -> Result<Vec<Device>, InferenceError> {
        let mut found = Vec::new();
        let mut failed = None;
        for program in 0..self.programs.len() {
            match self.ask(program) {
                Ok(devices) => found.push((program, devices)),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(merge(found, &self.hardware.cards(&[]), self.hardware.free_memory())),
        }
    }

    /// What a program sees. One that holds a job's models is asked as it is; any other ends again, for a card's driver
    /// keeps some hundred megabytes for each process that looks at it.
    fn ask(&self, program: usize) -> Result<Vec<DeviceInfo>, InferenceError> {
        let pair = self.take(program);
        let answer = pair.main.devices();
        if self.programs.len() == 1 || pair.main.is_loaded() {
            self.keep(pair);
        }
        answer
    }

    /// Finds the program and the device that was asked for.
    pub fn place(&self, wanted: &str) -> Result<Place, PipelineError> {
        let wanted = wanted.trim();
        let is_wanted = |device: &Device| wanted.eq_ignore_ascii_case("auto") || is_called(&device.info, wanted);
        let chosen = self.devices()?.into_iter().find(is_wanted);
        let Device { info, program, .. } = chosen.ok_or_else(|| PipelineError::NoDevice(wanted.to_owned()))?;
        Ok(Place { program, device: info.id })
    }

    /// Supervisors for a job at this place: those of the last job where they fit.
    pub fn at(&self, place: &Place) -> Pair {
        self.of(place.program)
    }

    /// Supervisors of a program.
    pub fn of(&self, program: usize) -> Pair {
        let pair = self.take(program);
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
