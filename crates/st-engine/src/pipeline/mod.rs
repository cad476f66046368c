//! From a recording to a transcript. One file a stage, in reading order: [`scan`], [`language`], [`recognise`],
//! [`voices`], [`join`]; saving is one call to the library.
//!
//! Each stage keeps what it finished before it goes on, so a job that ends anywhere goes on from there.

mod cursor;
mod error;
mod join;
mod language;
mod models;
pub(crate) mod recognise;
mod report;
mod scan;
mod seam;
#[cfg(test)]
pub(crate) mod tests;
mod voices;

use std::path::PathBuf;
use std::thread;

use st_core::diarization::Diarization;
use st_core::hypothesis::Hypothesis;
use st_core::time::Millis;
use st_worker_protocol::{AsrModel, Load};

pub use error::PipelineError;
pub use models::{JobModels, Model};
pub use report::{Observer, Reporter};
pub use scan::{PEAKS_PER_SECOND, read_through};

use crate::failure::Failure;
use crate::ids::{JobId, TranscriptId};
use crate::inference::{InferenceError, Loaded, Outcome, Run, Supervisor};
use crate::jobs::{CancelFlag, Job, JobKind, SpeakerChoice, Stage};
use crate::library::{Library, Scan};

/// Of so many threads one is for the voices that are heard beside the recognition.
const BESIDE_SHARE: u32 = 4;

/// What every thread of a job needs.
pub struct Shared<'a, 'r> {
    /// The library.
    pub library: &'a Library,
    /// The job.
    pub job: &'a Job,
    /// The recording's file.
    pub path: PathBuf,
    /// The models.
    pub models: &'a JobModels,
    /// Ends the job.
    pub cancel: &'a CancelFlag,
    /// Who is told.
    pub reporter: &'a Reporter<'r>,
    /// Threads in all.
    pub threads: u32,
    /// How the recogniser runs.
    pub way: Way,
}

/// How the recogniser of a job runs, as far as it can change while the job goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Device id.
    pub device: String,
    /// The device in words for people.
    pub device_name: String,
    /// The model that is loaded: the job's own, or a smaller one in its place. None where nothing is transcribed.
    pub asr: Option<Model>,
    /// Attention in one step; none for what suits the device.
    pub flash_attention: Option<bool>,
    /// Beam width.
    pub beam: u32,
    /// Samples that a doubtful window is tried with.
    pub samples: u32,
    /// Whether voices are heard beside the recogniser, by a process of their own.
    pub beside: bool,
    /// The plan in one sentence; empty where there was nothing to plan.
    pub plan: String,
}

/// A job that is to be run, and what runs its models.
pub struct Task<'a, 'r> {
    /// What its threads share.
    pub shared: Shared<'a, 'r>,
    /// Runs the recogniser, and the voice models where they come after it.
    pub main: &'a mut Supervisor,
    /// Runs the voice models beside the recogniser.
    pub beside: &'a mut Supervisor,
}

/// The stages that a job has.
pub fn stages(job: &Job) -> Vec<Stage> {
    let mut stages =
        vec![Stage::Decode, Stage::LoadModel, Stage::Transcribe, Stage::Diarize, Stage::Align, Stage::Save];
    if job.settings.speakers == SpeakerChoice::Off {
        stages.retain(|stage| *stage != Stage::Diarize);
    }
    if matches!(job.kind, JobKind::Speakers { .. }) {
        stages.retain(|stage| !matches!(stage, Stage::LoadModel | Stage::Transcribe));
    }
    stages
}

/// Runs a job to its end.
pub fn run(task: Task<'_, '_>) -> Result<Outcome<TranscriptId>, PipelineError> {
    let Task { shared, main, beside } = task;
    let result = match shared.job.kind {
        JobKind::Transcribe => transcribe(&shared, main, beside),
        JobKind::Speakers { transcript } => speakers_again(&shared, main, transcript),
    };
    if !matches!(result, Ok(Outcome::Done(_))) {
        shared.reporter.keep_times()?;
    }
    result
}

fn transcribe(
    shared: &Shared<'_, '_>,
    main: &mut Supervisor,
    beside: &mut Supervisor,
) -> Result<Outcome<TranscriptId>, PipelineError> {
    let Outcome::Done(scan) = scan::scan(shared, main)? else { return Ok(Outcome::Cancelled) };
    for note in &scan.notes {
        shared.reporter.note(note.clone());
    }
    shared.library.bind_job(shared.job.id, &scan.sha256, &shared.models.asr_sha256())?;
    let silent = scan.regions.is_empty();
    let (text, heard) = if silent {
        (Outcome::Done(Hypothesis::default()), Some(Ok(Outcome::Done(()))))
    } else if shared.models.voices.is_some() && shared.way.beside {
        side_by_side(shared, main, beside, &scan)?
    } else {
        (text(shared, main, shared.threads, &scan)?, None)
    };
    let Outcome::Done(hypothesis) = text else { return Ok(Outcome::Cancelled) };
    let heard = match heard {
        // There was no room for both at once; what was heard so far is kept.
        None | Some(Err(PipelineError::Inference(InferenceError::Died(_)))) => {
            voices::listen(shared, main, shared.threads, shared.cancel, &scan)
        }
        Some(heard) => heard,
    };
    if shared.cancel.is_suspended() {
        return Ok(Outcome::Cancelled);
    }
    let diarization = diarization(shared, &scan, heard)?;
    let restarts = main.restarts() + beside.restarts();
    if restarts > 0 {
        shared.reporter.note(format!(
            "The program that runs the models ended unexpectedly ({restarts} times) and was started again."
        ));
    }
    let transcript = join::join(shared, &scan, &hypothesis, &diarization, &shared.way.device_name)?;
    let _clock = shared.reporter.stage(Stage::Save);
    let id = shared.library.finish_job(shared.job.id, shared.job.id, shared.job.recording, &transcript, None)?;
    shared.reporter.progress(Stage::Save, scan.duration, 1.0);
    Ok(Outcome::Done(id))
}

type Text = Outcome<Hypothesis>;
type Heard = Result<Outcome<()>, PipelineError>;

/// Text and voices at the same time, by two processes.
fn side_by_side(
    shared: &Shared<'_, '_>,
    main: &mut Supervisor,
    beside: &mut Supervisor,
    scan: &Scan,
) -> Result<(Text, Option<Heard>), PipelineError> {
    // With the base model voices take a fifth of the time of the text, and their models gain little from threads.
    let for_voices = (shared.threads / BESIDE_SHARE).max(1);
    let stop = shared.cancel.child();
    let (text, heard) = thread::scope(|scope| {
        let stopped = stop.clone();
        let voices = scope.spawn(move || voices::listen(shared, beside, for_voices, &stopped, scan));
        let text = text(shared, main, (shared.threads - for_voices).max(1), scan);
        if !matches!(text, Ok(Outcome::Done(_))) {
            stop.cancel();
        }
        (text, voices.join())
    });
    Ok((text?, Some(heard.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))))
}

fn text(shared: &Shared<'_, '_>, main: &mut Supervisor, threads: u32, scan: &Scan) -> Result<Text, PipelineError> {
    let Outcome::Done(loaded) = load_recogniser(shared, main, threads)? else { return Ok(Outcome::Cancelled) };
    let Outcome::Done(language) = language::language(shared, main, scan, loaded)? else {
        return Ok(Outcome::Cancelled);
    };
    recognise::recognise(shared, main, scan, &language)
}

fn load_recogniser(
    shared: &Shared<'_, '_>,
    main: &mut Supervisor,
    threads: u32,
) -> Result<Outcome<Loaded>, PipelineError> {
    let _clock = shared.reporter.stage(Stage::LoadModel);
    let Way { flash_attention, samples, ref device, .. } = shared.way;
    let asr = shared.way.asr.as_ref().map(|m| AsrModel { path: m.path.clone(), device: device.clone() });
    let mut run = Run { cancel: shared.cancel, on_segment: &mut |_| {} };
    let loaded =
        main.load(&Load { asr, threads, flash_attention, samples: Some(samples), ..Load::default() }, &mut run)?;
    shared.reporter.progress(Stage::LoadModel, Millis(0), 1.0);
    Ok(loaded)
}

/// Groups the voices. Where they could not be heard, the text stays, and why is said.
fn diarization(shared: &Shared<'_, '_>, scan: &Scan, heard: Heard) -> Result<Diarization, PipelineError> {
    let Some(count) = shared.job.settings.speakers.count() else { return Ok(Diarization::default()) };
    match heard {
        Ok(Outcome::Done(())) => {
            let diarization = voices::group(shared, scan, count)?;
            if diarization.turns.is_empty() && !scan.regions.is_empty() {
                shared.reporter.warn(Failure::speakers("No voice was clear enough."));
            }
            Ok(diarization)
        }
        Ok(Outcome::Cancelled) => {
            shared.reporter.warn(Failure::speakers("The job was cancelled before."));
            Ok(Diarization::default())
        }
        Err(PipelineError::Inference(error)) => {
            tracing::warn!(error = kind(&error), "the voices could not be heard");
            shared.reporter.warn(Failure::speakers(&Failure::from(error).message));
            Ok(Diarization::default())
        }
        Err(error) => Err(error),
    }
}

/// An error's kind for the log, which names no paths.
fn kind(error: &InferenceError) -> &'static str {
    match error {
        InferenceError::Missing(_) | InferenceError::NoStart { .. } | InferenceError::OtherVersion(_) => "no start",
        InferenceError::Died(_) => "died",
        InferenceError::Protocol(_) => "protocol",
        InferenceError::Refused(_) => "refused",
    }
}

/// Speakers anew for a transcript whose words are kept.
fn speakers_again(
    shared: &Shared<'_, '_>,
    main: &mut Supervisor,
    id: TranscriptId,
) -> Result<Outcome<TranscriptId>, PipelineError> {
    let before = shared.library.transcript(id)?;
    let words_of: JobId = before.job;
    let kept = shared.library.scan(shared.job.recording)?;
    let scan = match kept {
        Some(scan) if scan.sha256 == before.document.recording.sha256 && voices::all_heard(shared, &scan)? => scan,
        _ => match scan::scan(shared, main)? {
            Outcome::Done(scan) => scan,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        },
    };
    if scan.sha256 != before.document.recording.sha256 {
        return Err(PipelineError::FileChanged { name: shared.job.name.clone() });
    }
    let hypothesis = shared.library.windows(words_of)?;
    let count = shared.job.settings.speakers.count();
    let diarization = match count {
        Some(count) => match voices::listen(shared, main, shared.threads, shared.cancel, &scan)? {
            Outcome::Done(()) => voices::group(shared, &scan, count)?,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        },
        None => Diarization::default(),
    };
    let mut transcript = join::join(shared, &scan, &hypothesis, &diarization, &before.document.provenance.device)?;
    transcript.provenance = again(before.document.provenance, transcript.provenance, shared);
    let _clock = shared.reporter.stage(Stage::Save);
    let id = shared.library.finish_job(shared.job.id, words_of, shared.job.recording, &transcript, Some(id))?;
    shared.reporter.progress(Stage::Save, scan.duration, 1.0);
    Ok(Outcome::Done(id))
}

/// The provenance of the words, with what the new speakers come from.
fn again(
    words: st_core::transcript::Provenance,
    speakers: st_core::transcript::Provenance,
    shared: &Shared<'_, '_>,
) -> st_core::transcript::Provenance {
    let mut all = words;
    for model in speakers.models {
        if !all.models.iter().any(|known| known.role == model.role && known.sha256 == model.sha256) {
            all.models.push(model);
        }
    }
    all.settings.insert("speakers".into(), shared.job.settings.speakers.to_string());
    all.finished_at = speakers.finished_at;
    for (stage, ms) in speakers.stage_ms {
        *all.stage_ms.entry(stage).or_default() += ms;
    }
    all.notes.retain(|note| !note.starts_with(crate::failure::NO_SPEAKERS));
    all.notes.push(format!("Speakers were found again on {}.", all.finished_at));
    all
}
