//! Stage 2, "Writing text": window after window goes to the worker, several at once of different sections, none of which
//! waits for another, and each is journalled before the next of its section begins. The journal alone decides which windows are
//! left, so a job that was killed asks for the same windows as one that was not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use st_core::hypothesis::{Hypothesis, WindowHypothesis};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::DecodeParams;

use super::board::{Board, Turn};
use super::cursor::Cursor;
use super::flight::{Flight, Lane};
use super::second::{Ask, Look};
use super::{PipelineError, Shared};
use crate::inference::{Clip, InferenceError, Outcome, Supervisor};
use crate::jobs::{CancelFlag, Stage};
use crate::library::{Scan, Track};

/// Beam width: Whisper's own default.
pub const BEAM: u32 = 5;

/// What all lanes need.
struct Job<'a, 's, 'r> {
    shared: &'a Shared<'s, 'r>,
    tracks: &'a [Track],
    params: DecodeParams,
    board: Mutex<Board>,
}

/// Transcribes what is left of each track and gives all of it, one hypothesis a track.
pub fn recognise(
    shared: &Shared<'_, '_>,
    supervisor: &Supervisor,
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
    let mut finished = Vec::new();
    for track in tracks {
        let windows = shared.library.windows_of(shared.job.id, track.number)?.windows;
        windows.iter().for_each(|window| shared.reporter.window(window));
        finished.push(windows);
    }
    let mut board = Board::new(tracks, scan.duration, finished);
    shared.reporter.skip(Stage::Transcribe, board.done());
    let lanes = board.share(shared.way.in_flight);
    shared.reporter.set_in_flight(lanes);
    let job = Job { shared, tracks, params, board: Mutex::new(board) };
    if let Outcome::Cancelled = job.fly(supervisor, lanes)? {
        return Ok(Outcome::Cancelled);
    }
    shared.reporter.progress(Stage::Transcribe, scan.duration, 1.0);
    Ok(Outcome::Done(job.board.into_inner().unwrap_or_else(PoisonError::into_inner).hypotheses()))
}

impl Job<'_, '_, '_> {
    /// Decodes everything that is left, so many windows at once.
    fn fly(&self, supervisor: &Supervisor, lanes: u32) -> Result<Outcome<()>, PipelineError> {
        let stop = self.shared.cancel.child();
        let flight = Flight::new(supervisor.threads(), lanes);
        let ended = thread::scope(|scope| {
            let start = |_| scope.spawn(|| self.lane(flight.lane(), supervisor, &stop));
            let lanes: Vec<_> = (0..lanes).map(start).collect();
            let ended = lanes.into_iter().map(|lane| lane.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
            ended.collect::<Vec<_>>()
        });
        let ended = ended.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(if ended.contains(&Outcome::Cancelled) { Outcome::Cancelled } else { Outcome::Done(()) })
    }

    /// Decodes window after window until none is left that nobody works on.
    fn lane(&self, lane: Lane<'_>, supervisor: &Supervisor, stop: &CancelFlag) -> Result<Outcome<()>, PipelineError> {
        loop {
            let Some(mut turn) = self.board().take() else { return Ok(Outcome::Done(())) };
            let mut ask = |pcm: &[f32], start: Millis, speech: &[TimeSpan], params: &DecodeParams| {
                let share = lane.take_off();
                let clip = Clip { pcm, start, speech, params, threads: share.threads() };
                Ok(supervisor.transcribe(clip, stop)?)
            };
            let decoded = self.decode(&mut ask, &mut turn);
            match &decoded {
                // The worker lives, and what it has in hand is of use.
                Err(PipelineError::Inference(InferenceError::Refused(_))) => self.board().close(),
                Err(_) => stop.cancel(),
                Ok(_) => {}
            }
            let Outcome::Done(window) = decoded? else { return Ok(Outcome::Cancelled) };
            let (position, done) = {
                let mut board = self.board();
                board.give(turn, window);
                (board.reached(), board.done())
            };
            self.shared.reporter.progress(Stage::Transcribe, position, done);
        }
    }

    /// Decodes a window, looks at it a second time and journals it.
    fn decode(&self, ask: &mut Ask<'_>, turn: &mut Turn) -> Result<Outcome<WindowHypothesis>, PipelineError> {
        let (shared, track, span) = (self.shared, &self.tracks[turn.track], turn.span);
        let cursor = match &mut turn.hands.cursor {
            Some(cursor) => cursor,
            slot => slot.insert(Cursor::of(&shared.path, track)?),
        };
        let pcm = cursor.read(span)?;
        let Outcome::Done(window) = ask(pcm, span.start, &turn.speech, &self.params)? else {
            return Ok(Outcome::Cancelled);
        };
        let mut look = Look { pcm, speech: &turn.speech, params: &self.params, ask };
        let looked = if turn.heard { look.again(window)? } else { look.unheard(window)? };
        let Outcome::Done(mut window) = looked else { return Ok(Outcome::Cancelled) };
        // A window that would not move the position would be asked for again for ever.
        if window.decoded_until <= span.start || window.decoded_until > span.end {
            window.decoded_until = span.end;
        }
        turn.hands.seam.fit(&mut window);
        shared.library.add_window(shared.job.id, track.number, &window)?;
        shared.reporter.window(&window);
        Ok(Outcome::Done(window))
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
