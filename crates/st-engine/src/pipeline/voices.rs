//! Stage 3, "Finding speakers": the voice models hear the recording window by window, and what they heard is kept with
//! the recording; then all of it is grouped at once.

use st_core::clustering::{ClusterOptions, cluster};
use st_core::diarization::{Diarization, STEP, SpeakerCount, WINDOW, window_starts};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{Load, VoiceModels};

use super::cursor::Cursor;
use super::{PipelineError, Shared};
use crate::inference::{Outcome, Run, Supervisor};
use crate::jobs::{CancelFlag, Stage};
use crate::library::Scan;

/// What of the stage is model runs; the rest is grouping.
const LISTENING: f32 = 0.97;

/// Hears what is not heard yet.
pub fn listen(
    shared: &Shared<'_, '_>,
    supervisor: &mut Supervisor,
    threads: u32,
    cancel: &CancelFlag,
    scan: &Scan,
) -> Result<Outcome<()>, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(Outcome::Done(())) };
    let _clock = shared.reporter.stage(Stage::Diarize);
    let key = models.key();
    let wanted = wanted(scan);
    let heard = shared.library.evidence_starts(shared.job.recording, &key)?;
    let missing: Vec<Millis> = wanted.iter().copied().filter(|start| heard.binary_search(start).is_err()).collect();
    let before = wanted.len() - missing.len();
    let fraction = |count: usize| LISTENING * count as f32 / wanted.len().max(1) as f32;
    shared.reporter.skip(Stage::Diarize, fraction(before));
    if missing.is_empty() {
        return Ok(Outcome::Done(()));
    }
    let mut run = Run { cancel, on_segment: &mut |_| {} };
    let voices =
        VoiceModels { segmentation: models.segmentation.path.clone(), embedding: models.embedding.path.clone() };
    let load = Load { voices: Some(voices), threads, ..Load::default() };
    if let Outcome::Cancelled = supervisor.load(&load, &mut run)? {
        return Ok(Outcome::Cancelled);
    }
    let mut cursor = Cursor::open(&shared.path)?;
    for (count, start) in (before + 1..).zip(missing) {
        let end = Millis(start.0 + WINDOW.0).min(scan.duration);
        let pcm = cursor.read(TimeSpan { start, end })?;
        match supervisor.voices(pcm, start, &mut run)? {
            Outcome::Done(evidence) => shared.library.add_evidence(shared.job.recording, &key, &evidence)?,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
        shared.reporter.progress(Stage::Diarize, end, fraction(count));
    }
    Ok(Outcome::Done(()))
}

/// Whether everything that is wanted was heard before, so that the file is not needed.
pub fn all_heard(shared: &Shared<'_, '_>, scan: &Scan) -> Result<bool, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(true) };
    let heard = shared.library.evidence_starts(shared.job.recording, &models.key())?;
    Ok(wanted(scan).iter().all(|start| heard.binary_search(start).is_ok()))
}

/// Groups what was heard.
pub fn group(shared: &Shared<'_, '_>, scan: &Scan, count: SpeakerCount) -> Result<Diarization, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(Diarization::default()) };
    let _clock = shared.reporter.stage(Stage::Diarize);
    let evidence = shared.library.evidence(shared.job.recording, &models.key())?;
    let diarization = cluster(&evidence, &ClusterOptions { count, ..ClusterOptions::default() });
    shared.reporter.progress(Stage::Diarize, scan.duration, 1.0);
    Ok(diarization)
}

/// Starts of the windows in which somebody speaks; the others would say nothing.
fn wanted(scan: &Scan) -> Vec<Millis> {
    window_starts(scan.duration, STEP)
        .filter(|start| {
            let window = TimeSpan { start: *start, end: Millis(start.0 + WINDOW.0) };
            let first = scan.regions.partition_point(|region| region.end <= window.start);
            scan.regions.get(first).is_some_and(|region| region.start < window.end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_without_speech_are_left_out() {
        let scan = Scan { duration: Millis(60_000), regions: vec![TimeSpan::new(31_000, 32_000)], ..Scan::default() };
        let starts: Vec<u64> = wanted(&scan).into_iter().map(|start| start.0).collect();
        assert!(starts.iter().all(|start| *start < 32_000 && start + 10_000 > 31_000), "{starts:?}");
        assert!(!starts.is_empty());
        assert!(wanted(&Scan { duration: Millis(60_000), ..Scan::default() }).is_empty());
    }
}
