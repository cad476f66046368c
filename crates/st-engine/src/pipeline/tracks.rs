//! Whether channels are transcribed on their own, and what is heard in each: a person has a channel where the two sides of
//! a call were recorded, a microphone beside the computer's sound, or microphones on lapels.

use st_audio::Decoder;
use st_core::channels::echo::{Known, Movement, overheard};
use st_core::coverage::{union, without};
use st_core::speech::{SpeechOptions, regions};
use st_core::time::{Millis, TimeSpan};

use super::cursor::mix;
use super::scan::{persistently, speech};
use super::{PipelineError, Shared};
use crate::ids::JobId;
use crate::inference::{Outcome, Supervisor};
use crate::jobs::{ChannelChoice, Stage};
use crate::library::{Scan, Track};
use crate::recording::journal::Part;

/// Speech beside what is overheard and shorter than this is the edge of it, in milliseconds.
const EDGE_MS: u64 = 400;

/// What is transcribed: the channels one by one, or all of them together as the only track.
///
/// `words_of` is the job whose windows are gone on with: what was begun with all channels together goes on so.
pub fn tracks(
    shared: &Shared<'_, '_>,
    supervisor: &Supervisor,
    scan: &mut Scan,
    words_of: JobId,
) -> Result<Outcome<Vec<Track>>, PipelineError> {
    let whole = vec![Track { regions: scan.regions.clone(), unheard: scan.unheard.clone(), ..Track::default() }];
    let apart = match shared.job.settings.channels {
        ChannelChoice::Mix => false,
        ChannelChoice::Auto => scan.channels.separate || inputs(shared, scan).len() > 1,
        ChannelChoice::Split => scan.channels.count > 1,
    };
    if !apart || scan.channels.count < 2 || shared.library.first_channel(words_of)? == Some(0) {
        return Ok(Outcome::Done(whole));
    }
    if scan.channels.tracks.is_empty() {
        let _clock = shared.reporter.stage(Stage::Decode);
        match listen(shared, supervisor, scan)? {
            Outcome::Done(tracks) => scan.channels.tracks = tracks,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
        shared.library.set_scan(shared.job.recording, scan)?;
    }
    let tracks: Vec<Track> = scan.channels.tracks.iter().filter(|track| !track.regions.is_empty()).cloned().collect();
    // One alone with speech is nobody's other side: all together is what people expect then.
    if tracks.is_empty() || tracks.len() == 1 && shared.job.settings.channels == ChannelChoice::Auto {
        return Ok(Outcome::Done(whole));
    }
    Ok(Outcome::Done(tracks))
}

/// The inputs that the recording was made with, where the file still is what was recorded.
fn inputs<'a>(shared: &'a Shared<'_, '_>, scan: &Scan) -> &'a [Part] {
    let channels: u16 = shared.inputs.iter().map(|input| input.channels).sum();
    if channels == scan.channels.count { &shared.inputs } else { &[] }
}

/// Says in the transcript what was done.
pub fn note(shared: &Shared<'_, '_>, tracks: &[Track]) {
    if tracks.iter().all(|track| track.number == 0) {
        return;
    }
    shared.reporter.note(format!("Each of {} channels was transcribed on its own.", tracks.len()));
    let left_out: u64 = tracks.iter().flat_map(|track| &track.overheard).map(|span| span.millis()).sum();
    if left_out > 0 {
        let left_out = Millis(left_out);
        shared.reporter.note(format!("What one channel overheard of another was left out: {left_out} in all."));
    }
}

/// Listens to each track from start to end, then compares them.
fn listen(shared: &Shared<'_, '_>, supervisor: &Supervisor, scan: &Scan) -> Result<Outcome<Vec<Track>>, PipelineError> {
    let inputs = inputs(shared, scan);
    let mut tracks = named(inputs, scan.channels.count);
    let mut movements = Vec::new();
    for track in &mut tracks {
        let heard = persistently(supervisor, |supervisor| {
            let mut decoder = Decoder::open_with(&shared.path, mix(track))?;
            let mut movement = Movement::default();
            let frames = speech(shared, supervisor, &mut decoder, &mut |block, _| movement.push(block))?;
            Ok((frames, movement))
        })?;
        let (Outcome::Done(frames), movement) = heard else { return Ok(Outcome::Cancelled) };
        track.regions = regions(&frames, scan.duration, &SpeechOptions::default());
        movements.push(movement);
    }
    let overheard: Vec<Vec<TimeSpan>> =
        (0..tracks.len()).map(|own| foreign(&tracks, &movements, own, inputs)).collect();
    for (track, overheard) in tracks.iter_mut().zip(overheard) {
        let mut own = without(&track.regions, &overheard);
        own.retain(|rest| rest.millis() >= EDGE_MS);
        // What is too short to be somebody's own goes with it.
        track.overheard = if overheard.is_empty() { Vec::new() } else { without(&track.regions, &own) };
        track.regions = own;
    }
    Ok(Outcome::Done(tracks))
}

/// What a track only overhears of the others.
fn foreign(tracks: &[Track], movements: &[Movement], own: usize, inputs: &[Part]) -> Vec<TimeSpan> {
    let system = |track: usize| inputs.get(track).map(|input| input.system);
    let mut found = Vec::new();
    for other in (0..tracks.len()).filter(|other| *other != own) {
        let known = match (system(own), system(other)) {
            // What a computer plays hears no room.
            (Some(true), Some(false)) => continue,
            (Some(false), Some(true)) => Known::Overhears,
            _ => Known::Nothing,
        };
        found.extend(overheard(&movements[own], &movements[other], &tracks[own].regions, known));
    }
    union(found)
}

/// The tracks of a recording: its inputs where it was recorded here with several, else its channels.
fn named(inputs: &[Part], channels: u16) -> Vec<Track> {
    let track = |number: usize, name: String, first: u16, count: u16| Track {
        number: number as u32 + 1,
        name,
        first: usize::from(first),
        end: usize::from(first) + usize::from(count.max(1)),
        ..Track::default()
    };
    if inputs.len() > 1 {
        let told_apart = inputs.iter().filter(|input| input.system).count() == 1 && inputs.len() == 2;
        let name = |input: &Part| match (told_apart, input.system) {
            (true, true) => "Computer sound".to_owned(),
            (true, false) => "Microphone".to_owned(),
            (false, _) => input.name.clone(),
        };
        let inputs = inputs.iter().enumerate();
        return inputs.map(|(at, input)| track(at, name(input), input.first_channel, input.channels)).collect();
    }
    let name = |channel: u16| match (channels, channel) {
        (2, 0) => "Left".to_owned(),
        (2, 1) => "Right".to_owned(),
        _ => format!("Channel {}", channel + 1),
    };
    (0..channels).map(|channel| track(usize::from(channel), name(channel), channel, 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_have_names_that_people_know() {
        let names = |inputs: &[Part], channels| -> Vec<(String, usize, usize)> {
            named(inputs, channels).into_iter().map(|track| (track.name, track.first, track.end)).collect()
        };
        assert_eq!(names(&[], 2), [("Left".into(), 0, 1), ("Right".into(), 1, 2)]);
        assert_eq!(names(&[], 3)[2], ("Channel 3".into(), 2, 3));
        let part = |name: &str, system, first_channel, channels| Part {
            name: name.into(),
            input: String::new(),
            system,
            first_channel,
            channels,
        };
        let call = [part("Jabra", false, 0, 1), part("Monitor of speakers", true, 1, 2)];
        assert_eq!(names(&call, 3), [("Microphone".into(), 0, 1), ("Computer sound".into(), 1, 3)]);
        let two = [part("Jabra", false, 0, 1), part("Röde", false, 1, 1)];
        assert_eq!(names(&two, 2), [("Jabra".into(), 0, 1), ("Röde".into(), 1, 2)]);
        assert_eq!(names(&call[..1], 2)[0].0, "Left", "one input is no side of anything");
    }
}
