//! Stage 2, "Writing text": window after window goes to the worker, and each is journalled before the next begins. The
//! position in the journal alone decides which window comes next, so a job that was killed asks for the same windows as
//! one that was not. Channels that are transcribed on their own take turns.

use st_core::hypothesis::Hypothesis;
use st_core::time::{Millis, TimeSpan};
use st_core::windows::{WindowOptions, next_window, speech_in};
use st_worker_protocol::DecodeParams;

use super::cursor::Cursor;
use super::seam::Seam;
use super::{PipelineError, Shared};
use crate::inference::{Outcome, Run, Supervisor};
use crate::jobs::Stage;
use crate::library::{Scan, Track};

/// Beam width: Whisper's own default.
pub const BEAM: u32 = 5;

/// One track on its way.
struct Way<'a> {
    track: &'a Track,
    hypothesis: Hypothesis,
    seam: Seam,
    cursor: Option<Cursor>,
    position: Millis,
}

/// Transcribes what is left of each track and gives all of it, one hypothesis a track.
pub fn recognise(
    shared: &Shared<'_, '_>,
    supervisor: &mut Supervisor,
    scan: &Scan,
    tracks: &[Track],
    language: &str,
) -> Result<Outcome<Vec<Hypothesis>>, PipelineError> {
    let _clock = shared.reporter.stage(Stage::Transcribe);
    let settings = &shared.job.settings;
    let params = DecodeParams {
        language: language.to_owned(),
        translate: settings.translate,
        beam: shared.way.beam,
        words: settings.words.clone(),
        temperature: 0.0,
    };
    let mut ways = Vec::new();
    for track in tracks {
        let hypothesis = shared.library.windows_of(shared.job.id, track.number)?;
        let mut seam = Seam::default();
        for window in &hypothesis.windows {
            seam.pass(window);
            shared.reporter.window(window);
        }
        let position = hypothesis.windows.last().map_or(Millis(0), |window| window.decoded_until);
        ways.push(Way { track, hypothesis, seam, cursor: None, position });
    }
    let fraction = |ways: &[Way<'_>]| done(ways.iter().map(|way| (&way.track.regions[..], way.position)));
    shared.reporter.skip(Stage::Transcribe, fraction(&ways));
    while let Some((number, span)) = earliest(&ways, scan.duration) {
        let way = &mut ways[number];
        let cursor = match &mut way.cursor {
            Some(cursor) => cursor,
            slot => slot.insert(Cursor::of(&shared.path, way.track)?),
        };
        let pcm = cursor.read(span)?;
        let speech = speech_in(&way.track.regions, span);
        let mut run = Run { cancel: shared.cancel, on_segment: &mut |_| {} };
        let mut window = match supervisor.transcribe(pcm, span.start, &speech, &params, &mut run)? {
            Outcome::Done(window) => window,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        };
        // A window that would not move the position would be asked for again for ever.
        if window.decoded_until <= span.start || window.decoded_until > span.end {
            window.decoded_until = span.end;
        }
        way.seam.fit(&mut window);
        shared.library.add_window(shared.job.id, way.track.number, &window)?;
        shared.reporter.window(&window);
        way.position = window.decoded_until;
        way.hypothesis.windows.push(window);
        let position = way.position;
        shared.reporter.progress(Stage::Transcribe, position, fraction(&ways));
    }
    shared.reporter.progress(Stage::Transcribe, scan.duration, 1.0);
    Ok(Outcome::Done(ways.into_iter().map(|way| way.hypothesis).collect()))
}

/// The window that begins first of those that come next in each track, so that text comes in the order of speech.
fn earliest(ways: &[Way<'_>], duration: Millis) -> Option<(usize, TimeSpan)> {
    let next = |way: &Way<'_>| next_window(&way.track.regions, duration, way.position, &WindowOptions::default());
    let upcoming = ways.iter().enumerate().filter_map(|(number, way)| Some((number, next(way)?)));
    upcoming.min_by_key(|(_, span)| span.start)
}

/// The part of the speech that lies before a position, of all tracks together, 0..=1.
pub fn done<'a>(tracks: impl Iterator<Item = (&'a [TimeSpan], Millis)>) -> f32 {
    let (mut passed, mut all) = (0, 0);
    for (regions, position) in tracks {
        let before = TimeSpan { start: Millis(0), end: position };
        passed += regions.iter().map(|region| region.overlap(before)).sum::<u64>();
        all += regions.iter().map(|region| region.millis()).sum::<u64>();
    }
    if all == 0 { 1.0 } else { passed as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_speech_and_not_silence() {
        let regions = [TimeSpan::new(0, 1000), TimeSpan::new(99_000, 100_000)];
        let part = |position| done([(&regions[..], Millis(position))].into_iter());
        assert_eq!(part(50_000), 0.5);
        assert_eq!(part(100_000), 1.0);
        assert_eq!(done([(&regions[..], Millis(100_000)), (&regions[..], Millis(500))].into_iter()), 0.625);
        assert_eq!(done([(&[][..], Millis(0))].into_iter()), 1.0);
    }
}
