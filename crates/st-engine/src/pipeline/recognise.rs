//! Stage 2, "Writing text": window after window goes to the worker, and each is journalled before the next begins. The
//! position in the journal alone decides which window comes next, so a job that was killed asks for the same windows as
//! one that was not.

use st_core::hypothesis::Hypothesis;
use st_core::time::{Millis, TimeSpan};
use st_core::windows::{WindowOptions, next_window, speech_in};
use st_worker_protocol::DecodeParams;

use super::cursor::Cursor;
use super::seam::Seam;
use super::{PipelineError, Shared};
use crate::inference::{Outcome, Run, Supervisor};
use crate::jobs::Stage;
use crate::library::Scan;

/// Beam width: Whisper's own default.
pub const BEAM: u32 = 5;

/// Transcribes what is left of the recording and gives all of it.
pub fn recognise(
    shared: &Shared<'_, '_>,
    supervisor: &mut Supervisor,
    scan: &Scan,
    language: &str,
) -> Result<Outcome<Hypothesis>, PipelineError> {
    let _clock = shared.reporter.stage(Stage::Transcribe);
    let settings = &shared.job.settings;
    let params = DecodeParams {
        language: language.to_owned(),
        translate: settings.translate,
        beam: shared.way.beam,
        words: settings.words.clone(),
        temperature: 0.0,
    };
    let mut hypothesis = shared.library.windows(shared.job.id)?;
    let mut seam = Seam::default();
    for window in &hypothesis.windows {
        seam.pass(window);
        shared.reporter.window(window);
    }
    let mut position = hypothesis.windows.last().map_or(Millis(0), |window| window.decoded_until);
    shared.reporter.skip(Stage::Transcribe, done(&scan.regions, position));
    let mut cursor: Option<Cursor> = None;
    while let Some(span) = next_window(&scan.regions, scan.duration, position, &WindowOptions::default()) {
        let cursor = match &mut cursor {
            Some(cursor) => cursor,
            slot => slot.insert(Cursor::open(&shared.path)?),
        };
        let pcm = cursor.read(span)?;
        let speech = speech_in(&scan.regions, span);
        let mut run = Run { cancel: shared.cancel, on_segment: &mut |_| {} };
        let mut window = match supervisor.transcribe(pcm, span.start, &speech, &params, &mut run)? {
            Outcome::Done(window) => window,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        };
        // A window that would not move the position would be asked for again for ever.
        if window.decoded_until <= span.start || window.decoded_until > span.end {
            window.decoded_until = span.end;
        }
        seam.fit(&mut window);
        shared.library.add_window(shared.job.id, &window)?;
        shared.reporter.window(&window);
        position = window.decoded_until;
        shared.reporter.progress(Stage::Transcribe, position, done(&scan.regions, position));
        hypothesis.windows.push(window);
    }
    shared.reporter.progress(Stage::Transcribe, scan.duration, 1.0);
    Ok(Outcome::Done(hypothesis))
}

/// The part of the speech that lies before `position`, 0..=1.
pub fn done(regions: &[TimeSpan], position: Millis) -> f32 {
    let before = TimeSpan { start: Millis(0), end: position };
    let (passed, all) =
        regions.iter().fold((0, 0), |(passed, all), region| (passed + region.overlap(before), all + region.millis()));
    if all == 0 { 1.0 } else { passed as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_speech_and_not_silence() {
        let regions = [TimeSpan::new(0, 1000), TimeSpan::new(99_000, 100_000)];
        assert_eq!(done(&regions, Millis(50_000)), 0.5);
        assert_eq!(done(&regions, Millis(100_000)), 1.0);
        assert_eq!(done(&[], Millis(0)), 1.0);
    }
}
