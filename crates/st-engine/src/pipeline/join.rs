//! Stage 4, "Joining": words and speakers become the document.

use std::collections::BTreeMap;

use st_core::align::{AlignOptions, align, number_speakers};
use st_core::channels::together;
use st_core::clustering::Grouping;
use st_core::coverage::{coverage, union};
use st_core::doubt;
use st_core::hypothesis::Hypothesis;
use st_core::regroup::folded;
use st_core::transcript::{ModelFacts, Provenance, RecordingFacts, Transcript};

use super::{Model, PipelineError, Shared};
use crate::clock;
use crate::jobs::Stage;
use crate::library::{Scan, Track};

/// What was said in a track, and by whom.
pub struct Said<'a> {
    /// The track.
    pub track: &'a Track,
    /// The words.
    pub hypothesis: Hypothesis,
    /// Who speaks when.
    pub grouping: Grouping,
}

/// Makes the transcript.
pub fn join(
    shared: &Shared<'_, '_>,
    scan: &Scan,
    said: &[Said<'_>],
    device: &str,
) -> Result<Transcript, PipelineError> {
    let _clock = shared.reporter.stage(Stage::Align);
    let options = AlignOptions::default();
    let aligned = said.iter().map(|said| align(&said.hypothesis, &said.grouping.diarization, &options));
    let (utterances, speakers) = if said.iter().any(|said| said.track.number > 0) {
        let names = said.iter().map(|said| said.track.name.clone());
        together(names.zip(aligned).collect(), options.overlap_ms)
    } else {
        let mut utterances = aligned.flatten().collect::<Vec<_>>();
        let speakers = number_speakers(&mut utterances);
        (utterances, speakers)
    };
    for said in said {
        for note in folded(&utterances, &speakers, &said.grouping.folded) {
            shared.reporter.note(note);
        }
    }
    let regions = union(said.iter().flat_map(|said| said.track.regions.iter().copied()).collect());
    let coverage = coverage(scan.duration, &regions, &utterances);
    if utterances.is_empty() {
        shared.reporter.note(nothing_said(scan));
    }
    let recording =
        RecordingFacts { name: shared.job.name.clone(), duration_ms: scan.duration.0, sha256: scan.sha256.clone() };
    let provenance = provenance(shared, device)?;
    shared.reporter.progress(Stage::Align, scan.duration, 1.0);
    let doubts = doubt::list(said.iter().flat_map(|said| &said.hypothesis.windows), &coverage);
    Ok(Transcript { recording, language: language(said), speakers, utterances, coverage, doubts, provenance })
}

fn nothing_said(scan: &Scan) -> String {
    if scan.regions.is_empty() {
        format!("No speech was found. The level of the recording is {:.0} dB.", scan.level_db)
    } else {
        "No words could be made out.".into()
    }
}

/// The language of most words.
fn language(said: &[Said<'_>]) -> Option<String> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for window in said.iter().flat_map(|said| &said.hypothesis.windows) {
        let count: usize = window.segments.iter().map(|s| s.words.len()).sum();
        if count > 0 {
            *words.entry(&window.language).or_default() += count;
        }
    }
    words.into_iter().max_by_key(|(_, count)| *count).map(|(language, _)| language.to_owned())
}

fn provenance(shared: &Shared<'_, '_>, device: &str) -> Result<Provenance, PipelineError> {
    let settings = &shared.job.settings;
    let memory = shared.library.job_memory(shared.job.id)?;
    let facts = |role: &str, model: &Model| ModelFacts {
        role: role.into(),
        name: model.name.clone(),
        sha256: model.sha256.clone(),
    };
    let mut models: Vec<ModelFacts> = shared.models.all().map(|(role, model)| facts(role, model)).collect();
    // A smaller one that took the place of the job's own.
    models.extend(
        shared.way.asr.iter().filter(|asr| shared.models.asr.as_ref() != Some(asr)).map(|asr| facts("asr", asr)),
    );
    let told = [
        ("language", settings.language.to_string()),
        ("translate", settings.translate.to_string()),
        ("speakers", settings.speakers.to_string()),
        ("channels", settings.channels.to_string()),
        ("fast", settings.fast.to_string()),
        ("words", settings.words.join(", ")),
        ("plan", shared.way.plan.clone()),
        ("in_flight", shared.way.in_flight.to_string()),
    ];
    Ok(Provenance {
        program: concat!("SecureTranscribe ", env!("CARGO_PKG_VERSION")).into(),
        models,
        device: device.to_owned(),
        settings: told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        started_at: memory.started_at.unwrap_or_default(),
        finished_at: clock::now(),
        stage_ms: shared.reporter.times(),
        notes: shared.reporter.notes(),
    })
}
