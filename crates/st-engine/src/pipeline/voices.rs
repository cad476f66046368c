//! Stage 3, "Finding speakers": the voice models hear the recording window by window, and what they heard is kept with
//! the recording; then all of it is grouped at once.

use st_core::channels::in_each;
use st_core::clustering::{ClusterOptions, Grouping, Told, cluster};
use st_core::diarization::{
    Diarization, STEP, SpeakerCount, SpeakerEvidence, SpeakerIndex, SpeakerTurn, WINDOW, own_part, window_starts,
};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{Load, VoiceModels};

use super::cursor::Cursor;
use super::models::VoicePair;
use super::{PipelineError, Shared};
use crate::ids::RecordingId;
use crate::inference::{Outcome, Supervisor};
use crate::jobs::{CancelFlag, Stage};
use crate::library::{Library, LibraryError, Scan, Track};

/// What of the stage is model runs; the rest is grouping.
const LISTENING: f32 = 0.97;

/// Speech of a channel of its own from which on several people are looked for in it, in milliseconds: less says little
/// about voices, and as a rule a person has a channel.
const SEVERAL_FROM_MS: u64 = 15_000;

/// Hears what is not heard yet.
pub fn listen(
    shared: &Shared<'_, '_>,
    supervisor: &Supervisor,
    threads: u32,
    cancel: &CancelFlag,
    (scan, tracks): (&Scan, &[Track]),
) -> Result<Outcome<()>, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(Outcome::Done(())) };
    let _clock = shared.reporter.stage(Stage::Diarize);
    let (mut missing, mut all) = (Vec::new(), 0);
    for track in heard(shared, tracks) {
        let (key, wanted) = (key(&models.key(), track.number), wanted(&track.regions, scan.duration));
        let heard = shared.library.evidence_starts(shared.job.recording, &key)?;
        all += wanted.len();
        let starts: Vec<Millis> = wanted.into_iter().filter(|start| heard.binary_search(start).is_err()).collect();
        missing.push((track, key, starts));
    }
    let before = all - missing.iter().map(|(.., starts)| starts.len()).sum::<usize>();
    let fraction = |count: usize| LISTENING * count as f32 / all.max(1) as f32;
    shared.reporter.skip(Stage::Diarize, fraction(before));
    if before == all {
        return Ok(Outcome::Done(()));
    }
    let voices =
        VoiceModels { segmentation: models.segmentation.path.clone(), embedding: models.embedding.path.clone() };
    let load = Load { voices: Some(voices), threads, ..Load::default() };
    if let Outcome::Cancelled = supervisor.load(&load, cancel)? {
        return Ok(Outcome::Cancelled);
    }
    let mut count = before;
    for (track, key, starts) in missing {
        let mut cursor = Cursor::of(&shared.path, track)?;
        for start in starts {
            let end = Millis(start.0 + WINDOW.0).min(scan.duration);
            let pcm = cursor.read(TimeSpan { start, end })?;
            match supervisor.voices(pcm, start, own_part(start, scan.duration, STEP), cancel)? {
                Outcome::Done(evidence) => shared.library.add_evidence(shared.job.recording, &key, &evidence)?,
                Outcome::Cancelled => return Ok(Outcome::Cancelled),
            }
            count += 1;
            shared.reporter.progress(Stage::Diarize, end, fraction(count));
        }
    }
    Ok(Outcome::Done(()))
}

/// What was heard of a recording as a whole, if it is all that is wanted.
pub fn kept(
    library: &Library,
    recording: RecordingId,
    models: &VoicePair,
    scan: &Scan,
) -> Result<Option<SpeakerEvidence>, LibraryError> {
    let heard = library.evidence_starts(recording, &models.key())?;
    if !covers(&heard, &scan.regions, scan.duration) {
        return Ok(None);
    }
    Ok(Some(evidence(library, recording, &models.key(), &scan.regions)?))
}

/// What the models heard, with the speech that the VAD heard.
fn evidence(
    library: &Library,
    recording: RecordingId,
    key: &str,
    speech: &[TimeSpan],
) -> Result<SpeakerEvidence, LibraryError> {
    Ok(SpeakerEvidence { speech: speech.to_vec(), ..library.evidence(recording, key)? })
}

/// Whether everything that is wanted was heard before, so that the file is not needed.
pub fn all_heard(shared: &Shared<'_, '_>, scan: &Scan, tracks: &[Track]) -> Result<bool, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(true) };
    for track in heard(shared, tracks) {
        let heard = shared.library.evidence_starts(shared.job.recording, &key(&models.key(), track.number))?;
        if !covers(&heard, &track.regions, scan.duration) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn covers(heard: &[Millis], regions: &[TimeSpan], duration: Millis) -> bool {
    wanted(regions, duration).iter().all(|start| heard.binary_search(start).is_ok())
}

/// Groups what was heard, track by track; what a person `told` holds.
pub fn group(
    shared: &Shared<'_, '_>,
    scan: &Scan,
    tracks: &[Track],
    told: &[Told],
    count: SpeakerCount,
) -> Result<Vec<Grouping>, PipelineError> {
    let Some(models) = &shared.models.voices else { return Ok(alone(tracks)) };
    let _clock = shared.reporter.stage(Stage::Diarize);
    let found = groupings((shared.library, shared.job.recording), &models.key(), tracks, told, count)?;
    shared.reporter.progress(Stage::Diarize, scan.duration, 1.0);
    Ok(found)
}

/// Groups what these `models` heard of a recording, track by track.
pub fn groupings(
    (library, recording): (&Library, RecordingId),
    models: &str,
    tracks: &[Track],
    told: &[Told],
    count: SpeakerCount,
) -> Result<Vec<Grouping>, LibraryError> {
    let one = |track: &Track| {
        let count = expected(count, track, tracks.len());
        if is_one(count, track) {
            return Ok(alone(std::slice::from_ref(track)).remove(0));
        }
        let heard = evidence(library, recording, &key(models, track.number), &track.regions)?;
        Ok(cluster(&heard, told, &ClusterOptions { count, ..ClusterOptions::default() }))
    };
    tracks.iter().map(one).collect()
}

/// The models that have heard all of these tracks, as evidence is filed under; `first` are the hashes of those that are asked
/// first.
pub fn models_that_heard(
    (library, recording): (&Library, RecordingId),
    first: &str,
    (scan, tracks): (&Scan, &[Track]),
    count: SpeakerCount,
) -> Result<Option<String>, LibraryError> {
    // Of channels of their own the first names the models; where a person has each, no model needs to hear them.
    let Some(number) = heard_of(tracks, count).map(|track| track.number).next() else { return Ok(Some(String::new())) };
    let mut keys = library.evidence_keys(recording)?;
    keys.retain(|name| key(models_of(name), number) == *name);
    keys.sort_by_key(|name| !name.starts_with(first));
    for name in keys {
        let models = models_of(&name);
        let starts = |track: &Track| library.evidence_starts(recording, &key(models, track.number));
        let mut all = true;
        for track in heard_of(tracks, count) {
            all &= covers(&starts(track)?, &track.regions, scan.duration);
        }
        if all {
            return Ok(Some(models.to_owned()));
        }
    }
    Ok(None)
}

/// One person for each channel of its own; nobody where all are together.
pub fn alone(tracks: &[Track]) -> Vec<Grouping> {
    let turn = |span: &TimeSpan| SpeakerTurn { span: *span, speaker: SpeakerIndex(0) };
    let turns = |track: &Track| match track.number {
        0 => Grouping::default(),
        _ => Grouping {
            diarization: Diarization { turns: track.regions.iter().map(turn).collect() },
            told: vec![None],
            folded: Vec::new(),
        },
    };
    tracks.iter().map(turns).collect()
}

/// The tracks in which voices are told apart.
fn heard<'a>(shared: &Shared<'_, '_>, tracks: &'a [Track]) -> impl Iterator<Item = &'a Track> {
    let count = shared.job.settings.speakers.count();
    count.into_iter().flat_map(|count| heard_of(tracks, count))
}

fn heard_of(tracks: &[Track], count: SpeakerCount) -> impl Iterator<Item = &Track> {
    tracks.iter().filter(move |track| !is_one(expected(count, track, tracks.len()), track))
}

/// How many people are looked for in a track.
fn expected(count: SpeakerCount, track: &Track, tracks: usize) -> SpeakerCount {
    let speech: u64 = track.regions.iter().map(|region| region.millis()).sum();
    match in_each(count, u32::try_from(tracks).unwrap_or(u32::MAX)) {
        _ if track.number > 0 && speech < SEVERAL_FROM_MS => SpeakerCount::Exact(1),
        count => count,
    }
}

/// Whether it is known without listening that one person speaks in a channel of its own.
fn is_one(count: SpeakerCount, track: &Track) -> bool {
    track.number > 0 && count == SpeakerCount::Exact(1)
}

/// What the evidence of a track is filed under.
fn key(models: &str, track: u32) -> String {
    if track == 0 { models.to_owned() } else { format!("{models} {track}") }
}

/// The models in what evidence is filed under.
fn models_of(key: &str) -> &str {
    key.match_indices(' ').nth(2).map_or(key, |(end, _)| &key[..end])
}

/// Starts of the windows in which somebody speaks; the others would say nothing.
fn wanted(regions: &[TimeSpan], duration: Millis) -> Vec<Millis> {
    window_starts(duration, STEP)
        .filter(|start| {
            let window = TimeSpan { start: *start, end: Millis(start.0 + WINDOW.0) };
            let first = regions.partition_point(|region| region.end <= window.start);
            regions.get(first).is_some_and(|region| region.start < window.end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_without_speech_are_left_out() {
        let regions = [TimeSpan::new(31_000, 32_000)];
        let starts: Vec<u64> = wanted(&regions, Millis(60_000)).into_iter().map(|start| start.0).collect();
        assert!(starts.iter().all(|start| *start < 32_000 && start + 10_000 > 31_000), "{starts:?}");
        assert!(!starts.is_empty());
        assert!(wanted(&[], Millis(60_000)).is_empty());
    }

    #[test]
    fn a_channel_with_little_speech_is_one_person() {
        let track = |number, until| Track { number, regions: vec![TimeSpan::new(0, until)], ..Track::default() };
        assert_eq!(expected(SpeakerCount::Auto, &track(1, 5_000), 2), SpeakerCount::Exact(1));
        assert_eq!(expected(SpeakerCount::Auto, &track(1, 50_000), 2), SpeakerCount::Auto);
        assert_eq!(expected(SpeakerCount::Auto, &track(0, 5_000), 1), SpeakerCount::Auto);
        assert_eq!(expected(SpeakerCount::Exact(2), &track(2, 50_000), 2), SpeakerCount::Exact(1));
        assert_eq!(
            alone(&[track(1, 900), track(0, 900)]).iter().map(|g| g.diarization.turns.len()).collect::<Vec<_>>(),
            [1, 0]
        );
    }
}
