//! A job on its way down the steps of its plan: where memory runs out, a worker dies or falls silent again and again,
//! everything is freed and the job goes on from its last finished window at the next step.

use std::path::PathBuf;

use serde::Serialize;
use st_core::time::Millis;
use st_worker_protocol::{DeviceInfo, DeviceKind, WorkerError};

use super::workers::{Pair, name};
use super::{Engine, lock};
use crate::failure::{Code, Failure};
use crate::gpu::list::Device;
use crate::gpu::need::Shape;
use crate::gpu::plan::{Asked, Candidate, Passed, Plan, Step, Steps, steps};
use crate::gpu::power;
use crate::gpu::trial::{self, Verdict};
use crate::ids::TranscriptId;
use crate::inference::{InferenceError, Outcome, Reason};
use crate::jobs::{CancelFlag, Job, JobKind, JobSettings};
use crate::library::LibraryError;
use crate::models::{InstalledModel, registry};
use crate::pipeline::recognise::BEAM;
use crate::pipeline::{self, JobModels, Model, PipelineError, Reporter, Shared, Task, Way};

/// What a job can run on, and in which order that is tried.
pub(super) struct Row {
    /// Every way to every device, with the number of its program.
    devices: Vec<(usize, DeviceInfo)>,
    /// What the steps call models.
    candidates: Vec<Candidate>,
    /// The models of the candidates; none where nothing is transcribed.
    models: Vec<InstalledModel>,
    steps: Steps,
    /// Where jobs like this one came through before, else the first.
    start: usize,
    /// Whether the battery is spared.
    gentle: bool,
}

/// What a job with some settings would do, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Id of the device.
    pub device: String,
    /// The plan in one sentence.
    pub plan: String,
    /// What was passed over, and by how much it does not fit: a sentence each.
    pub passed: Vec<String>,
    /// Whether less power is taken, since the computer runs on its battery.
    pub gentle: bool,
}

/// What ended a step.
enum End {
    /// Another try at the same step may do: memory that lacked may be free by now.
    Again,
    /// The next step.
    Down(Cause),
    /// A step on another device; why, in a sentence.
    Away(String),
}

/// Why a step cannot be gone on with.
#[derive(Clone, Copy)]
enum Cause {
    Memory,
    CardMemory,
    Silent,
    Crashed,
    Unfit,
}

impl Cause {
    /// For people: what happened when the text was finished up to `at`.
    fn sentence(self, at: Millis) -> String {
        match self {
            Self::Memory => format!("The memory of this computer ran out at {at}."),
            Self::CardMemory => format!("The memory of the graphics card ran out at {at}."),
            Self::Silent => format!("The part of this program that runs the models did not answer any more at {at}."),
            Self::Crashed => format!("The part of this program that runs the models ended unexpectedly at {at}."),
            Self::Unfit => format!("The part of this program that runs the models gave no fitting answer at {at}."),
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Memory | Self::CardMemory => Code::OutOfMemory,
            Self::Silent | Self::Crashed | Self::Unfit => Code::WorkerCrashed,
        }
    }
}

impl Row {
    /// The device that the job begins on, in words.
    pub fn name(&self) -> String {
        let plan = &self.steps.plans[self.start];
        name(&self.device(plan).1, plan.threads)
    }

    fn device(&self, plan: &Plan) -> &(usize, DeviceInfo) {
        let found = self.devices.iter().find(|(_, info)| info.id == plan.device);
        // Plans are made from these devices.
        found.unwrap_or(&self.devices[0])
    }

    /// Whether a plan begins where the job would without anything learnt, on a card.
    fn card(&self) -> Option<&DeviceInfo> {
        let plan = self.steps.plans.first().filter(|plan| !plan.on_processor)?;
        Some(&self.device(plan).1)
    }
}

impl Engine {
    /// What a job with these settings would do if it began now.
    ///
    /// # Errors
    /// Where it could not begin: a model is missing, or there is no such device.
    pub fn outlook(&self, settings: &JobSettings) -> Result<Outlook, Failure> {
        let models = JobModels::find(&self.inner.models, JobKind::Transcribe, settings)?;
        let row = self.row(settings, &models)?;
        let plan = &row.steps.plans[row.start];
        Ok(Outlook {
            device: plan.device.clone(),
            plan: plan.sentence(&row.candidates),
            passed: row.steps.passed.iter().map(Passed::sentence).collect(),
            gentle: row.gentle,
        })
    }

    /// Forgets what was learnt about the devices: each card is tried again, and jobs begin as planned.
    pub fn forget_devices(&self) {
        self.inner.learnt.forget();
    }

    /// Looks at devices, models and memory, and plans a job.
    pub(super) fn row(&self, settings: &JobSettings, models: &JobModels) -> Result<Row, PipelineError> {
        let all = self.inner.workers.devices()?;
        let mut devices: Vec<(usize, DeviceInfo)> = all
            .into_iter()
            .flat_map(|Device { info, program, ways }| std::iter::once((program, info)).chain(ways))
            .collect();
        let mut wanted = settings.device.as_str();
        if models.asr.is_none() {
            // Voices run on the processor.
            devices.retain(|(_, info)| info.kind == DeviceKind::Cpu);
            wanted = "auto";
        }
        let (candidates, files) = self.candidates(models);
        // A path, or a name with a precision.
        let exact = settings.model.contains(['/', '\\']) || settings.model.contains("-q");
        let gentle = settings.gentle_on_battery && power::on_battery();
        let infos: Vec<DeviceInfo> = devices.iter().map(|(_, info)| info.clone()).collect();
        let steps = steps(&Asked {
            devices: &infos,
            wanted,
            models: &candidates,
            exact,
            beam: if settings.fast { 1 } else { BEAM },
            in_flight: settings.in_flight,
            threads: settings.thread_count(),
            voices: models.voices.is_some(),
            gentle,
        });
        if steps.plans.is_empty() {
            return Err(PipelineError::NoDevice(wanted.trim().to_owned()));
        }
        let mut row = Row { devices, candidates, models: files, steps, start: 0, gentle };
        row.start = self.learnt_start(&row, models).unwrap_or(0);
        Ok(row)
    }

    /// The step at which the last such job came through.
    fn learnt_start(&self, row: &Row, models: &JobModels) -> Option<usize> {
        let learnt = self.inner.learnt.step(row.card()?, &models.asr_sha256())?;
        row.steps.plans.iter().position(|plan| {
            let model = row.candidates.get(plan.model).is_some_and(|model| model.name == learnt.model);
            // Fewer windows in flight are the same step, further down.
            let step = |step| if step == Step::Fewer { Step::First } else { step };
            let fewer = learnt.step != Step::Fewer || plan.in_flight <= learnt.in_flight;
            plan.device == learnt.device && model && step(plan.step) >= step(learnt.step) && fewer
        })
    }

    /// The job's recogniser, then those of its family that are here and smaller, largest first.
    fn candidates(&self, models: &JobModels) -> (Vec<Candidate>, Vec<InstalledModel>) {
        let candidate = |model: &InstalledModel| Candidate {
            name: model.name.clone(),
            precision: model.precision.to_owned(),
            shape: Shape::of(&model.path),
        };
        let Some(asr) = &models.asr else {
            return (vec![Candidate { name: String::new(), precision: String::new(), shape: None }], Vec::new());
        };
        let store = &self.inner.models;
        let Ok(own) = store.find(&asr.path.to_string_lossy()) else {
            let precision = String::new();
            return (vec![Candidate { name: asr.name.clone(), precision, shape: Shape::of(&asr.path) }], Vec::new());
        };
        let own = InstalledModel { name: asr.name.clone(), ..own };
        // The registry lists a family from exact to compact.
        let family = registry::MODELS.iter().find(|info| info.name == own.name).map(|info| info.family());
        let smaller = registry::family(family.unwrap_or_default()).skip_while(|info| info.name != own.name).skip(1);
        let smaller: Vec<InstalledModel> = smaller.filter_map(|info| store.find(info.name).ok()).collect();
        // A name that is not here stands for the most compact one that is.
        let mut all = vec![own];
        all.extend(smaller.into_iter().filter(|model| model.name != asr.name));
        (all.iter().map(candidate).collect(), all)
    }

    /// Runs a job step by step until one of them ends it.
    pub(super) fn climb(
        &self,
        row: &Row,
        (job, path, models): (&Job, PathBuf, &JobModels),
        cancel: &CancelFlag,
        reporter: &Reporter<'_>,
    ) -> Result<Outcome<TranscriptId>, PipelineError> {
        let plans = &row.steps.plans;
        row.steps.passed.iter().map(Passed::sentence).for_each(|line| tracing::info!("{line}"));
        let mut at = row.start;
        let mut repeated = false;
        let mut finished = self.library().windows(job.id)?.windows.len();
        let inputs = self.inputs_of(job);
        loop {
            let plan = &plans[at];
            let way = self.way(row, plan, models)?;
            reporter.set_in_flight(0);
            lock(&self.inner.places).insert(job.id, way.device_name.clone());
            let (program, device) = row.device(plan);
            let mut pair = self.inner.workers.of(*program);
            let end = match self.trial(device, &way, plan.threads, &mut pair, cancel) {
                Some(Verdict::Cancelled) => return Ok(Outcome::Cancelled),
                Some(Verdict::Failed(heard)) => {
                    let name = &device.name;
                    let why = format!("{name} failed its trial: it heard “{heard}” in a clip with other words.");
                    Some((End::Away(why), None))
                }
                Some(Verdict::Died(error)) => ended(&error, plan, repeated).map(|end| (end, Some(error.into()))),
                Some(Verdict::Passed) | None => None,
            };
            let (end, error) = match end {
                Some(end) => end,
                None => {
                    let path = path.clone();
                    let shared = Shared {
                        library: self.library(),
                        job,
                        path,
                        inputs: inputs.clone(),
                        models,
                        cancel,
                        reporter,
                        threads: plan.threads,
                        way,
                    };
                    match pipeline::run(Task { shared, main: &pair.main, beside: &pair.beside }) {
                        Err(PipelineError::Inference(error)) => match ended(&error, plan, repeated) {
                            Some(end) => (end, Some(PipelineError::Inference(error))),
                            None => {
                                self.inner.workers.keep(pair);
                                return Err(error.into());
                            }
                        },
                        other => {
                            self.inner.workers.keep(pair);
                            if matches!(other, Ok(Outcome::Done(_))) {
                                self.learn(row, at, models);
                            }
                            return other;
                        }
                    }
                }
            };
            // The end of a worker gives back all that it held, on a card too.
            drop(pair);
            let done = self.library().windows(job.id)?.windows;
            // Fewer in flight is no step where no more were.
            let flown = reporter.in_flight();
            let is_less = |plan: &Plan| plan.step != Step::Fewer || plan.in_flight < flown;
            let next = match &end {
                End::Again => Some(at),
                End::Down(..) => (at + 1..plans.len()).find(|next| is_less(&plans[*next])),
                End::Away(_) => (at + 1..plans.len()).find(|next| plans[*next].device != plan.device),
            };
            repeated = matches!(end, End::Again);
            let position = self.reached(job)?;
            match (next, end) {
                (Some(next), End::Again) => at = next,
                (Some(next), End::Down(cause)) => {
                    let why = cause.sentence(position);
                    reporter.warn(Failure::new(cause.code(), plans[next].told(&why, &row.candidates)));
                    at = next;
                }
                (Some(next), End::Away(why)) => {
                    reporter.warn(Failure::new(Code::WorkerCrashed, plans[next].told(&why, &row.candidates)));
                    at = next;
                }
                // At the last step it goes on as long as it gets on.
                (None, _) if done.len() > finished => {}
                (None, End::Away(why)) => return Err(PipelineError::Untrusted(why)),
                (None, _) => return Err(error.unwrap_or_else(|| PipelineError::NoDevice(plan.device.clone()))),
            }
            finished = done.len();
        }
    }

    /// Up to where all of a job's text is finished.
    pub(super) fn reached(&self, job: &Job) -> Result<Millis, LibraryError> {
        match self.library().scan(job.recording)? {
            Some(scan) => pipeline::reached(self.library(), job.id, &scan),
            None => Ok(Millis(0)),
        }
    }

    /// A plan as the pipeline takes it.
    fn way(&self, row: &Row, plan: &Plan, models: &JobModels) -> Result<Way, PipelineError> {
        let asr = match (&models.asr, row.models.get(plan.model)) {
            (Some(_), Some(smaller)) if plan.model > 0 => Some(Model::of(&self.inner.models, smaller.clone())?),
            (own, _) => own.clone(),
        };
        let (_, device) = row.device(plan);
        Ok(Way {
            device: device.id.clone(),
            device_name: name(device, plan.threads),
            plan: if asr.is_some() { plan.sentence(&row.candidates) } else { String::new() },
            asr,
            flash_attention: Some(plan.flash_attention),
            beam: plan.beam,
            samples: plan.samples,
            in_flight: plan.in_flight,
            beside: plan.beside,
        })
    }

    /// Tries a card that was never tried with its driver. None where nothing has to be tried.
    fn trial(
        &self,
        device: &DeviceInfo,
        way: &Way,
        threads: u32,
        pair: &mut Pair,
        cancel: &CancelFlag,
    ) -> Option<Verdict> {
        let asr = way.asr.as_ref().filter(|_| device.kind != DeviceKind::Cpu)?;
        if let Some(known) = self.inner.learnt.trial(device) {
            return Some(known.failed.map_or(Verdict::Passed, Verdict::Failed));
        }
        let load = trial::load(asr.path.clone(), &way.device, threads, way.flash_attention.unwrap_or(true));
        let verdict = trial::run(&pair.main, &load, cancel);
        match &verdict {
            Verdict::Passed => self.inner.learnt.set_trial(device, None),
            Verdict::Failed(why) => self.inner.learnt.set_trial(device, Some(why.clone())),
            Verdict::Died(_) | Verdict::Cancelled => {}
        }
        Some(verdict)
    }

    /// Keeps the step at which a job came through, where it is not the one that it began with.
    fn learn(&self, row: &Row, at: usize, models: &JobModels) {
        let Some(card) = row.card().filter(|_| at != row.start) else { return };
        let plan = &row.steps.plans[at];
        let model = row.candidates.get(plan.model).map_or("", |model| model.name.as_str());
        self.inner.learnt.set_step(card, &models.asr_sha256(), model, plan);
    }
}

/// What an error at a step leads to; none where no other step would help.
fn ended(error: &InferenceError, plan: &Plan, repeated: bool) -> Option<End> {
    let memory = || End::Down(if plan.on_processor { Cause::Memory } else { Cause::CardMemory });
    match error {
        InferenceError::Died(death) => match death.reason {
            Reason::OutOfMemory => Some(memory()),
            Reason::Silent => Some(End::Down(Cause::Silent)),
            Reason::Crashed => Some(End::Down(Cause::Crashed)),
            Reason::Killed => None,
        },
        InferenceError::Protocol(_) => Some(End::Down(Cause::Unfit)),
        // The worker lives, and holds what it has: only a new one has room.
        InferenceError::Refused(WorkerError::Inference { reason, .. }) if reason == NO_MEMORY => {
            Some(if repeated { memory() } else { End::Again })
        }
        // The file was checked before: it is the card that has no room for it, or is gone.
        InferenceError::Refused(WorkerError::ModelLoad { .. }) if !plan.on_processor => Some(memory()),
        InferenceError::Refused(WorkerError::NoDevice { .. }) if !plan.on_processor => {
            Some(End::Away(format!("{} is not there any more.", plan.device_name)))
        }
        InferenceError::Missing(_) | InferenceError::NoStart { .. } | InferenceError::OtherVersion(_)
            if !plan.on_processor =>
        {
            Some(End::Away(format!("The part of this program for {} does not start.", plan.device_name)))
        }
        _ => None,
    }
}

/// How a worker says that working memory could not be had.
const NO_MEMORY: &str = "out of memory";
