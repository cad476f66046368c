//! Stage 2, "Writing text": window after window goes to the worker, and each is journalled before the next begins. The
//! position in the journal alone decides which window comes next, so a job that was killed asks for the same windows as
//! one that was not. Channels that are transcribed on their own take turns.

use st_core::hypothesis::Hypothesis;
use st_core::time::{Millis, TimeSpan};
use st_core::windows::{WindowOptions, next_window, speech_in};
use st_worker_protocol::DecodeParams;

use super::cursor::Cursor;
use super::seam::Seam;
use super::second::Look;
use super::{PipelineError, Shared};
use crate::inference::{Outcome, Run, Supervisor};
use crate::jobs::Stage;
use crate::library::{Scan, Track};

/// What is left of sound that the voice detector did not hear is passed over where it is shorter, in milliseconds.
const LEAST_UNHEARD_MS: u64 = 1_000;

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
    while let Some((number, span, heard)) = earliest(&ways, scan.duration) {
        let way = &mut ways[number];
        let cursor = match &mut way.cursor {
            Some(cursor) => cursor,
            slot => slot.insert(Cursor::of(&shared.path, way.track)?),
        };
        let pcm = cursor.read(span)?;
        let speech = speech_in(if heard { &way.track.regions } else { &way.track.unheard }, span);
        let mut ask = |pcm: &[f32], start: Millis, speech: &[TimeSpan], params: &DecodeParams| {
            let mut run = Run { cancel: shared.cancel, on_segment: &mut |_| {} };
            Ok(supervisor.transcribe(pcm, start, speech, params, &mut run)?)
        };
        let Outcome::Done(window) = ask(pcm, span.start, &speech, &params)? else { return Ok(Outcome::Cancelled) };
        let mut look = Look { pcm, speech: &speech, params: &params, ask: &mut ask };
        let looked = if heard { look.again(window)? } else { look.unheard(window)? };
        let Outcome::Done(mut window) = looked else { return Ok(Outcome::Cancelled) };
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

/// The window that begins first of those that come next in each track, so that text comes in the order of speech; and
/// whether the voice detector hears speech in it.
fn earliest(ways: &[Way<'_>], duration: Millis) -> Option<(usize, TimeSpan, bool)> {
    let upcoming = ways.iter().enumerate().filter_map(|(number, way)| {
        let (span, heard) = next(way.track, duration, way.position)?;
        Some((number, span, heard))
    });
    upcoming.min_by_key(|(_, span, _)| span.start)
}

/// The next window of a track and whether the voice detector hears speech in it. What could be speech that it did not hear
/// has its turn where it stands, and ends where speech begins.
fn next(track: &Track, duration: Millis, position: Millis) -> Option<(TimeSpan, bool)> {
    let next = |regions: &[TimeSpan]| next_window(regions, duration, position, &WindowOptions::default());
    let heard = next(&track.regions);
    let Some(unheard) = next(&track.unheard) else { return heard.map(|span| (span, true)) };
    let speech = track.regions.iter().map(|r| r.start.max(position)).find(|start| *start > unheard.start);
    let unheard = TimeSpan { end: unheard.end.min(speech.unwrap_or(duration)), ..unheard };
    match heard {
        Some(heard) if heard.start <= unheard.start || unheard.millis() < LEAST_UNHEARD_MS => Some((heard, true)),
        None if unheard.millis() < LEAST_UNHEARD_MS => None,
        _ => Some((unheard, false)),
    }
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

    #[test]
    fn sound_that_was_not_heard_has_its_turn_where_it_stands() {
        let track = |regions: &[(u64, u64)], unheard: &[(u64, u64)]| {
            let spans = |s: &[(u64, u64)]| s.iter().map(|&(a, b)| TimeSpan::new(a, b)).collect();
            Track { regions: spans(regions), unheard: spans(unheard), ..Track::default() }
        };
        let turns = |track: &Track| {
            let (mut position, mut turns) = (Millis(0), Vec::new());
            while let Some((span, heard)) = next(track, Millis(90_000), position) {
                assert!(!span.is_empty());
                turns.push((span.start.0, span.end.0, heard));
                position = span.end;
            }
            turns
        };
        let between = track(&[(5_000, 10_000), (30_000, 35_000)], &[(15_000, 20_000), (50_000, 85_000)]);
        let expected = [
            (4_000, 10_000, true),
            (14_000, 20_000, false),
            (29_000, 35_000, true),
            (49_000, 79_000, false),
            (79_000, 85_000, false),
        ];
        assert_eq!(turns(&between), expected);
        let close = track(&[(10_000, 14_000)], &[(6_000, 9_500), (14_200, 17_000)]);
        assert_eq!(turns(&close), [(5_000, 9_500, false), (9_500, 14_000, true), (14_000, 17_000, false)]);
        assert_eq!(turns(&track(&[], &[(0, 4_000)])), [(0, 4_000, false)]);
    }
}
