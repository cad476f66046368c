//! Where and how a job's recogniser runs: a pure function of devices, free memory, models and wishes. It gives every step
//! down at once: the first is the plan, the others are what is tried where it fails, each needing less or trusting less
//! to what failed.

use serde::{Deserialize, Serialize};
use st_worker_protocol::{DeviceInfo, DeviceKind, MOST_IN_FLIGHT, SAMPLES};

use super::list::{capability, is_called};
use super::need::{Need, Shape};

/// Compute capability from which a card computes in f16 at full speed (NVIDIA, "CUDA C Programming Guide": 7.0, Volta).
const FAST_HALF: (u32, u32) = (7, 0);
/// Memory of a card from which models as published are taken before smaller ones, in bytes.
const ROOMY: u64 = 8_000_000_000;
/// Part of the free memory that a plan may count on: others take some between the look and the loading.
const USABLE: f64 = 0.92;
/// With so many threads on a processor the voices are heard beside the recogniser.
const BESIDE_FROM: u32 = 4;
/// Windows in flight on a card where they fit: a card that decodes one is mostly idle.
const ON_CARD: u32 = 3;
/// Part of a card's free memory up to which there may be more.
const PLENTY: f64 = 0.5;
/// Most windows in flight on a processor: the encoder gains from a second thread, the decoder little.
const ON_PROCESSOR: u32 = 4;
/// Beam of a plan that has to spare memory: greedy. A doubtful window is then tried again with one sample, too.
const NARROW: u32 = 1;

/// A model file that a job may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name: `base`, `base-q5_1`.
    pub name: String,
    /// How its weights are stored: `f16`.
    pub precision: String,
    /// What it is like; none where the file cannot be read, and then nothing is computed.
    pub shape: Option<Shape>,
}

/// What a plan is made from.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Devices that may be used, best first, the processor last.
    pub devices: &'a [DeviceInfo],
    /// The id of a device, its place on the bus, or `auto`.
    pub wanted: &'a str,
    /// The model that was asked for, then those of its family that need less, largest first.
    pub models: &'a [Candidate],
    /// Whether exactly the first model was asked for, so that another one is taken only where it fails.
    pub exact: bool,
    /// Beam width.
    pub beam: u32,
    /// Windows in flight, where a person said so.
    pub in_flight: Option<u32>,
    /// Threads.
    pub threads: u32,
    /// Whether speakers are told apart.
    pub voices: bool,
    /// Whether to be gentle with a battery: fewer threads, and a unit that is part of the processor before a card.
    pub gentle: bool,
}

/// What makes a step differ from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The plan.
    #[default]
    First,
    /// Fewer windows in flight.
    Fewer,
    /// Nothing runs beside the recogniser.
    Alone,
    /// One hypothesis at a time in place of a beam.
    Narrow,
    /// A model of smaller precision.
    Smaller,
    /// Another device, or another way to the same one.
    Device,
    /// The processor.
    Processor,
}

/// One way to run a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What it is in the row of steps.
    pub step: Step,
    /// Id of the device.
    pub device: String,
    /// The device in words.
    pub device_name: String,
    /// Whether it is the processor.
    pub on_processor: bool,
    /// Number of the model among [`Asked::models`].
    pub model: usize,
    /// Attention in one step.
    pub flash_attention: bool,
    /// Beam width.
    pub beam: u32,
    /// Samples that a doubtful window is tried with.
    pub samples: u32,
    /// How many windows are decoded at once.
    pub in_flight: u32,
    /// Whether voices are heard beside the recogniser.
    pub beside: bool,
    /// Threads in all.
    pub threads: u32,
    /// Memory that it needs; none where the model says nothing about itself.
    pub need: Option<Need>,
    /// Memory that was free, in bytes; 0 where it is not known.
    pub free: u64,
    /// Whether it fits, as far as known.
    pub fits: bool,
}

/// A plan that was left out, and by how many bytes it did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The device in words.
    pub device: String,
    /// Name of the model.
    pub model: String,
    /// Bytes that it needs.
    pub need: u64,
    /// Bytes that were free.
    pub free: u64,
}

/// All steps, and what was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps {
    /// The plan, and what is tried after it. Empty only where the device that was asked for is not there.
    pub plans: Vec<Plan>,
    /// What does not fit.
    pub passed: Vec<Passed>,
}

/// Makes the plan and the steps after it.
pub fn steps(asked: &Asked<'_>) -> Steps {
    let auto = asked.wanted.trim().eq_ignore_ascii_case("auto");
    let is_wanted = |device: &&DeviceInfo| auto || is_called(device, asked.wanted);
    let Some(first) = asked.devices.iter().find(is_wanted) else { return Steps::default() };
    let mut steps = Steps::default();
    // After the wanted device come the others in their order, the processor last. What it plays is never anybody's choice
    // but a person's.
    let rest = asked.devices.iter().filter(|device| device.id != first.id && device.kind != DeviceKind::Software);
    let mut order: Vec<&DeviceInfo> = std::iter::once(first).chain(rest).collect();
    if asked.gentle && auto {
        order.sort_by_key(|device| match device.kind {
            DeviceKind::IntegratedGpu => 0,
            DeviceKind::Cpu => 2,
            _ => 1,
        });
    }
    let asked =
        &Asked { threads: if asked.gentle { asked.threads.div_ceil(2) } else { asked.threads }, ..asked.clone() };
    if !auto && first.kind == DeviceKind::Cpu {
        // Who chose the processor does not want a card.
        order.truncate(1);
    }
    for device in order {
        on_device(asked, device, &mut steps);
    }
    steps
}

/// The steps on one device: as planned, with fewer windows in flight, with nothing beside, narrow, then smaller models.
fn on_device(asked: &Asked<'_>, device: &DeviceInfo, steps: &mut Steps) {
    let processor = device.kind == DeviceKind::Cpu;
    let models = models_for(asked, device);
    let first_device = steps.plans.is_empty();
    let entered = steps.plans.len();
    for (place, &model) in models.iter().enumerate() {
        let candidate = &asked.models[model];
        // On a card the voices run on the processor meanwhile, which else would wait.
        let beside = asked.voices && (if processor { asked.threads >= BESIDE_FROM } else { asked.threads >= 2 });
        let plan = |step: Step, beside: bool, beam: u32, in_flight: u32| {
            let flash_attention = !processor;
            let samples = if step == Step::Narrow { 1 } else { SAMPLES };
            let one = candidate.shape.map(|shape| {
                let one = Need::new(&shape, beam.max(samples), flash_attention);
                if processor { one.written(&shape) } else { one }
            });
            let need = one.map(|one| one.in_flight(in_flight));
            let free = device.memory_free;
            let fits = need.is_none_or(|need| free == 0 || need.total() as f64 <= free as f64 * USABLE);
            Plan {
                step,
                device: device.id.clone(),
                device_name: device.name.clone(),
                on_processor: processor,
                model,
                flash_attention,
                beam,
                samples,
                in_flight,
                beside,
                threads: asked.threads,
                need,
                free,
                fits,
            }
        };
        let entry = match (first_device, place, processor) {
            (true, 0, _) => Step::First,
            (_, 1.., _) => Step::Smaller,
            (false, 0, true) => Step::Processor,
            (false, 0, false) => Step::Device,
        };
        // What comes after a larger model failed does without.
        let mut count = if steps.plans.len() == entered {
            in_flight(asked, device, plan(entry, false, asked.beam, 1).need)
        } else {
            1
        };
        let mut rungs = vec![plan(entry, beside && place == 0, asked.beam, count)];
        while count > 1 {
            count /= 2;
            rungs.push(plan(Step::Fewer, beside && place == 0, asked.beam, count));
        }
        // What runs beside takes memory of the machine, not of a card.
        if beside && place == 0 && processor {
            rungs.push(plan(Step::Alone, false, asked.beam, 1));
        }
        rungs.push(plan(Step::Narrow, beside && place == 0 && !processor, NARROW, 1));
        for rung in rungs {
            if rung.fits {
                steps.plans.push(rung);
            } else if rung.step == entry {
                let need = rung.need.map_or(0, |need| need.total());
                let model = candidate.name.clone();
                steps.passed.push(Passed { device: device.name.clone(), model, need, free: rung.free });
            }
        }
    }
    // The processor is the end of the row: it is tried even where it looks too small, for the system can make room.
    if processor
        && steps.plans.len() == entered
        && let Some(&smallest) = models.last()
    {
        let mut last = Asked { models: &asked.models[smallest..=smallest], beam: NARROW, ..asked.clone() };
        last.voices = false;
        let roomy = DeviceInfo { memory_free: 0, ..device.clone() };
        let mut only = Steps::default();
        on_device(&last, &roomy, &mut only);
        for mut plan in only.plans.into_iter().take(1) {
            plan.step = if first_device { Step::First } else { Step::Processor };
            (plan.model, plan.free, plan.fits) = (smallest, device.memory_free, false);
            steps.plans.push(plan);
        }
    }
    // Where something smaller had to be taken at once it is still what the device begins with.
    if let Some(plan) = steps.plans.get_mut(entered).filter(|plan| !matches!(plan.step, Step::First)) {
        plan.step = match (first_device, processor) {
            (true, _) => Step::First,
            (false, true) => Step::Processor,
            (false, false) => Step::Device,
        };
    }
}

/// How many windows are in flight where one of them has this need.
fn in_flight(asked: &Asked<'_>, device: &DeviceInfo, one: Option<Need>) -> u32 {
    let processor = device.kind == DeviceKind::Cpu;
    let usual = match asked.in_flight {
        Some(wish) => wish.clamp(1, MOST_IN_FLIGHT),
        // Two threads that share a window wait for each other most of the time; one each is the better use of them.
        None if processor => (asked.threads / 4 * 2).clamp(asked.threads.clamp(1, 2), ON_PROCESSOR),
        None => ON_CARD,
    };
    let chosen = processor || asked.in_flight.is_some();
    let Some(one) = one.filter(|_| device.memory_free > 0) else { return if chosen { usual } else { 1 } };
    let most = if chosen { usual } else { MOST_IN_FLIGHT };
    let fits = |count: &u32| {
        let part = if *count > usual { PLENTY } else { USABLE };
        one.in_flight(*count).total() as f64 <= device.memory_free as f64 * part
    };
    (2..=most).rev().find(fits).unwrap_or(1)
}

/// Numbers of the models in the order in which they are tried on a device.
fn models_for(asked: &Asked<'_>, device: &DeviceInfo) -> Vec<usize> {
    let mut order: Vec<usize> = (0..asked.models.len()).collect();
    let old = capability(device).is_some_and(|capability| capability < FAST_HALF);
    let small = device.memory_total > 0 && device.memory_total < ROOMY;
    if device.kind != DeviceKind::Cpu && !asked.exact && (old || small) && asked.models.len() > 1 {
        // Half precision is slow there, or takes memory that others need.
        order.remove(0);
    }
    order
}

impl Plan {
    /// The plan for people.
    pub fn sentence(&self, models: &[Candidate]) -> String {
        let (model, precision) =
            models.get(self.model).map_or(("", ""), |model| (model.name.as_str(), model.precision.as_str()));
        let (place, free) = (&self.device_name, gigabytes(self.free));
        let need = self.need.filter(|_| self.free > 0).map(|need| gigabytes(need.total()));
        match (need, self.on_processor) {
            (Some(need), true) if self.fits => {
                format!(
                    "The model “{model}” ({precision}) runs on the processor: it needs {need} of {free} that are free."
                )
            }
            (Some(need), true) => format!(
                "The model “{model}” ({precision}) runs on the processor: it needs {need}, and {free} may be too little."
            ),
            (None, true) => format!("The model “{model}” ({precision}) runs on the processor."),
            (Some(need), false) => {
                format!("The model “{model}” ({precision}) runs on {place}: it needs {need} of {free} that are free.")
            }
            (None, false) => format!("The model “{model}” ({precision}) runs on {place}."),
        }
    }

    /// What is done in place of the plan before, after `why` (a sentence) went wrong.
    pub fn told(&self, why: &str, models: &[Candidate]) -> String {
        let (model, place) = (models.get(self.model).map_or("", |model| model.name.as_str()), &self.device_name);
        match self.step {
            // No step leads to the first one.
            Step::First | Step::Alone => format!("{why} The job goes on with nothing beside it."),
            Step::Fewer => {
                let count = self.in_flight;
                format!(
                    "{why} The job goes on with fewer parts of the recording at once ({count}), which needs less memory."
                )
            }
            Step::Narrow => format!("{why} The job goes on with one hypothesis at a time, which needs less memory."),
            Step::Smaller => format!("{why} The job goes on with the smaller model “{model}”."),
            Step::Device => format!("{why} The job goes on with {place}."),
            Step::Processor => format!("{why} The job goes on with the processor."),
        }
    }
}

impl Passed {
    /// Why it was passed over.
    pub fn sentence(&self) -> String {
        format!(
            "The model “{}” does not fit on {}: it needs {}, and {} are free.",
            self.model,
            self.device,
            gigabytes(self.need),
            gigabytes(self.free)
        )
    }
}

/// Bytes for people, in units of a billion.
pub(crate) fn gigabytes(bytes: u64) -> String {
    if bytes < 10_000_000_000 {
        format!("{:.1} GB", bytes as f64 / 1e9)
    } else {
        format!("{:.0} GB", bytes as f64 / 1e9)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
