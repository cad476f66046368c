//! From a recording to a transcript. One file a stage, in reading order: [`scan`], [`tracks`], [`language`],
//! [`recognise`], [`voices`], [`join`]; saving is one call to the library.
//!
//! Each stage keeps what it finished before it goes on, so a job that ends anywhere goes on from there.

mod board;
mod cursor;
mod error;
mod flight;
mod join;
mod language;
mod models;
pub(crate) mod recognise;
mod report;
mod scan;
mod seam;
mod second;
#[cfg(test)]
pub(crate) mod tests;
mod tracks;
pub(crate) mod voices;

use std::path::PathBuf;
use std::thread;

use st_core::align::AlignOptions;
use st_core::clustering::Grouping;
use st_core::coverage::union;
use st_core::diarization::SpeakerCount;
use st_core::hypothesis::Hypothesis;
use st_core::regroup::{Fresh, regroup, told};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{AsrModel, Load};

pub use board::reached;
pub use error::PipelineError;
pub use models::{JobModels, Model, VoicePair};
pub use report::{Observer, Reporter};
pub use scan::{PEAKS_PER_SECOND, read_through};

use crate::failure::Failure;
use crate::ids::{JobId, TranscriptId};
use crate::inference::{InferenceError, Loaded, Outcome, Supervisor};
use crate::jobs::{CancelFlag, Job, JobKind, SpeakerChoice, Stage};
use crate::library::{Library, LibraryError, Scan, Track};
use crate::recording::journal::Part;
use join::Said;

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
    /// What its channels are, where it was recorded here.
    pub inputs: Vec<Part>,
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
    /// How many windows are decoded at once.
    pub in_flight: u32,
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
    pub main: &'a Supervisor,
    /// Runs the voice models beside the recogniser.
    pub beside: &'a Supervisor,
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
    main: &Supervisor,
    beside: &Supervisor,
) -> Result<Outcome<TranscriptId>, PipelineError> {
    let Outcome::Done(mut scan) = scan::scan(shared, main)? else { return Ok(Outcome::Cancelled) };
    for note in &scan.notes {
        shared.reporter.note(note.clone());
    }
    shared.library.bind_job(shared.job.id, &scan.sha256, &shared.models.asr_sha256())?;
    let tracks = tracks::tracks(shared, main, &mut scan, shared.job.id)?;
    let Outcome::Done(tracks) = tracks else { return Ok(Outcome::Cancelled) };
    tracks::note(shared, &tracks);
    let sound = Sound { scan: &scan, tracks: &tracks };
    let silent = tracks.iter().all(|track| track.regions.is_empty() && track.unheard.is_empty());
    let (text, heard) = if silent {
        (Outcome::Done(vec![Hypothesis::default(); tracks.len()]), Some(Ok(Outcome::Done(()))))
    } else if shared.models.voices.is_some() && shared.way.beside {
        side_by_side(shared, main, beside, sound)?
    } else {
        (text(shared, main, shared.threads, sound)?, None)
    };
    let Outcome::Done(hypotheses) = text else { return Ok(Outcome::Cancelled) };
    let heard = match heard {
        // There was no room for both at once; what was heard so far is kept.
        None | Some(Err(PipelineError::Inference(InferenceError::Died(_)))) => {
            voices::listen(shared, main, shared.threads, shared.cancel, (&scan, &tracks))
        }
        Some(heard) => heard,
    };
    if shared.cancel.is_suspended() {
        return Ok(Outcome::Cancelled);
    }
    let groupings = groupings(shared, sound, heard)?;
    let restarts = main.restarts() + beside.restarts();
    if restarts > 0 {
        shared.reporter.note(format!(
            "The program that runs the models ended unexpectedly ({restarts} times) and was started again."
        ));
    }
    let said = said(&tracks, hypotheses, groupings);
    let transcript = join::join(shared, &scan, &said, &shared.way.device_name)?;
    let _clock = shared.reporter.stage(Stage::Save);
    let id = shared.library.finish_job(shared.job.id, shared.job.id, shared.job.recording, &transcript, None)?;
    shared.reporter.progress(Stage::Save, scan.duration, 1.0);
    Ok(Outcome::Done(id))
}

/// What a recording sounds like.
#[derive(Clone, Copy)]
struct Sound<'a> {
    scan: &'a Scan,
    tracks: &'a [Track],
}

/// One hypothesis a track.
type Text = Outcome<Vec<Hypothesis>>;
type Heard = Result<Outcome<()>, PipelineError>;

/// Text and voices at the same time, by two processes.
fn side_by_side(
    shared: &Shared<'_, '_>,
    main: &Supervisor,
    beside: &Supervisor,
    sound: Sound<'_>,
) -> Result<(Text, Option<Heard>), PipelineError> {
    // With the base model voices take a fifth of the time of the text, and their models gain little from threads.
    let for_voices = (shared.threads / BESIDE_SHARE).max(1);
    let stop = shared.cancel.child();
    let (text, heard) = thread::scope(|scope| {
        let stopped = stop.clone();
        let voices =
            scope.spawn(move || voices::listen(shared, beside, for_voices, &stopped, (sound.scan, sound.tracks)));
        let text = text(shared, main, (shared.threads - for_voices).max(1), sound);
        if !matches!(text, Ok(Outcome::Done(_))) {
            stop.cancel();
        }
        (text, voices.join())
    });
    Ok((text?, Some(heard.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))))
}

fn text(shared: &Shared<'_, '_>, main: &Supervisor, threads: u32, sound: Sound<'_>) -> Result<Text, PipelineError> {
    let Sound { scan, tracks } = sound;
    let Outcome::Done(loaded) = load_recogniser(shared, main, threads)? else { return Ok(Outcome::Cancelled) };
    let all =
        |of: fn(&Track) -> &[TimeSpan]| union(tracks.iter().flat_map(|track| of(track).iter().copied()).collect());
    let heard = all(|track| &track.regions);
    let speech = if heard.is_empty() { all(|track| &track.unheard) } else { heard };
    let Outcome::Done(language) = language::language(shared, main, (&speech, scan.duration), loaded)? else {
        return Ok(Outcome::Cancelled);
    };
    recognise::recognise(shared, main, scan, tracks, &language)
}

fn load_recogniser(shared: &Shared<'_, '_>, main: &Supervisor, threads: u32) -> Result<Outcome<Loaded>, PipelineError> {
    let _clock = shared.reporter.stage(Stage::LoadModel);
    let Way { flash_attention, samples, ref device, .. } = shared.way;
    let asr = shared.way.asr.as_ref().map(|m| AsrModel { path: m.path.clone(), device: device.clone() });
    let load = Load { asr, threads, flash_attention, samples: Some(samples), ..Load::default() };
    let loaded = main.load(&load, shared.cancel)?;
    shared.reporter.progress(Stage::LoadModel, Millis(0), 1.0);
    Ok(loaded)
}

/// Groups the voices. Where they could not be heard, the text stays, and why is said.
fn groupings(shared: &Shared<'_, '_>, sound: Sound<'_>, heard: Heard) -> Result<Vec<Grouping>, PipelineError> {
    let Sound { scan, tracks } = sound;
    let Some(count) = shared.job.settings.speakers.count() else { return Ok(nobody(tracks)) };
    let failed = match heard {
        Ok(Outcome::Done(())) => {
            let found = voices::group(shared, scan, tracks, &[], count)?;
            let silent = |grouping: &Grouping| grouping.diarization.turns.is_empty();
            let none = tracks.iter().zip(&found).any(|(track, found)| silent(found) && !track.regions.is_empty());
            if none {
                shared.reporter.warn(Failure::speakers("No voice was clear enough."));
            }
            return Ok(found);
        }
        Ok(Outcome::Cancelled) => Failure::speakers("The job was cancelled before."),
        Err(PipelineError::Inference(error)) => {
            tracing::warn!(error = kind(&error), "the voices could not be heard");
            Failure::speakers(&Failure::from(error).message)
        }
        Err(error) => return Err(error),
    };
    shared.reporter.warn(failed);
    Ok(voices::alone(tracks))
}

/// Nobody is told apart.
fn nobody(tracks: &[Track]) -> Vec<Grouping> {
    vec![Grouping::default(); tracks.len()]
}

fn said(tracks: &[Track], hypotheses: Vec<Hypothesis>, groupings: Vec<Grouping>) -> Vec<Said<'_>> {
    let parts = tracks.iter().zip(hypotheses).zip(groupings);
    parts.map(|((track, hypothesis), grouping)| Said { track, hypothesis, grouping }).collect()
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
    main: &Supervisor,
    id: TranscriptId,
) -> Result<Outcome<TranscriptId>, PipelineError> {
    let before = shared.library.transcript(id)?;
    let words_of: JobId = before.job;
    let kept = shared.library.scan(shared.job.recording)?;
    let mut scan = match kept.filter(|scan| scan.sha256 == before.document.recording.sha256) {
        Some(scan) => scan,
        None => match scan::scan(shared, main)? {
            Outcome::Done(scan) => scan,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        },
    };
    let changed = || PipelineError::FileChanged { name: shared.job.name.clone() };
    let Outcome::Done(tracks) = tracks::tracks(shared, main, &mut scan, words_of)? else {
        return Ok(Outcome::Cancelled);
    };
    // What was heard before needs no file; else it has to be the same one.
    if !voices::all_heard(shared, &scan, &tracks)? {
        match scan::scan(shared, main)? {
            Outcome::Done(now) if now.sha256 == scan.sha256 => {}
            Outcome::Done(_) => return Err(changed()),
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
    }
    if scan.sha256 != before.document.recording.sha256 {
        return Err(changed());
    }
    let windows = tracks.iter().map(|track| shared.library.windows_of(words_of, track.number));
    let hypotheses = windows.collect::<Result<Vec<_>, _>>()?;
    let count = shared.job.settings.speakers.count();
    if count.is_some()
        && let Outcome::Cancelled = voices::listen(shared, main, shared.threads, shared.cancel, (&scan, &tracks))?
    {
        return Ok(Outcome::Cancelled);
    }
    // Words of several channels do not say any more which one they are from: those transcripts stay beside the new one.
    if let (Some(count), [_]) = (count, &tracks[..])
        && shared.library.transcript(id)?.revision > 0
    {
        return into_edited(shared, (&scan, &tracks), id, count);
    }
    let groupings =
        count.map_or_else(|| Ok(nobody(&tracks)), |count| voices::group(shared, &scan, &tracks, &[], count))?;
    let said = said(&tracks, hypotheses, groupings);
    let mut transcript = join::join(shared, &scan, &said, &before.document.provenance.device)?;
    transcript.provenance = again(before.document.provenance, transcript.provenance, shared);
    let _clock = shared.reporter.stage(Stage::Save);
    let id = shared.library.finish_job(shared.job.id, words_of, shared.job.recording, &transcript, Some(id))?;
    shared.reporter.progress(Stage::Save, scan.duration, 1.0);
    Ok(Outcome::Done(id))
}

/// The new speakers as one more edit of a transcript that a person has worked on, and who may be working on it now.
fn into_edited(
    shared: &Shared<'_, '_>,
    (scan, tracks): (&Scan, &[Track]),
    id: TranscriptId,
    count: SpeakerCount,
) -> Result<Outcome<TranscriptId>, PipelineError> {
    loop {
        let stored = shared.library.transcript(id)?;
        let grouping = voices::group(shared, scan, tracks, &told(&stored.document), count)?;
        let grouping = grouping.into_iter().next().unwrap_or_default();
        let fresh = Fresh { utterance: stored.fresh_utterance, speaker: stored.fresh_speaker };
        let parts = regroup(&stored.document, &grouping, fresh, &AlignOptions::default());
        let _clock = shared.reporter.stage(Stage::Save);
        match shared.library.finish_regroup(shared.job.id, id, stored.revision, parts) {
            Ok(()) => break,
            Err(LibraryError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
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
