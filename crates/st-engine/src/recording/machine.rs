//! The recorder's thread: takes commands, reads the inputs, writes the file, and looks after what may go wrong. It waits
//! for nothing that could take longer than the inputs hold sound.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use st_audio::capture::{CaptureError, Devices, Input, InputKind, Meter};

use super::pace::Pace;
use super::preview::Preview;
use super::rig::{Rig, Shape, choose, wanted};
use super::room::Room;
use super::tape::{Ended, Tape};
use super::types::{GapReason, RecorderPhase, RecorderState, RecordingGap, Sources};
use super::warn::Warnings;
use super::{Answer, Command, Outside, Start};
use crate::engine::lock;
use crate::failure::{Code, Failure};

/// How often the inputs are looked at.
const TICK: Duration = Duration::from_millis(20);
/// How often others are told.
const TELL: Duration = Duration::from_millis(100);
/// How often an input that is gone is looked for where nothing tells that it is back.
const LOOK: Duration = Duration::from_secs(1);
/// Sound kept from before the start, in seconds: the first syllable comes before the finger.
const BEFORE: f64 = 0.5;

/// The thread's own things.
pub(super) struct Machine {
    devices: Arc<dyn Devices>,
    folder: PathBuf,
    outside: Outside,
    shown: Arc<Mutex<RecorderState>>,
    sources: Sources,
    /// Inputs as they were last listed, and the count of changes then.
    inputs: Vec<Input>,
    seen: Option<u64>,
    looked: Option<Duration>,
    rig: Option<Rig>,
    /// Whether the input that was open last is a microphone.
    room_was_heard: bool,
    /// Lost frames of the open rig that were taken note of.
    lost: u64,
    meter: Meter,
    pace: Pace,
    frames: Vec<f32>,
    before: VecDeque<f32>,
    tape: Option<Tape>,
    start: Option<Start>,
    paused: bool,
    /// Since when nothing is written, and why.
    hole: Option<(Duration, GapReason)>,
    room: Room,
    warnings: Warnings,
    preview: Option<Preview>,
    told: Instant,
}

impl Machine {
    pub(super) fn new(
        devices: Arc<dyn Devices>,
        folder: PathBuf,
        outside: Outside,
        shown: Arc<Mutex<RecorderState>>,
    ) -> Self {
        Self {
            devices,
            room: Room::new(&folder),
            folder,
            outside,
            shown,
            sources: Sources::default(),
            inputs: Vec::new(),
            seen: None,
            looked: None,
            rig: None,
            room_was_heard: true,
            lost: 0,
            meter: Meter::new(1, 1),
            pace: Pace::default(),
            frames: Vec::new(),
            before: VecDeque::new(),
            tape: None,
            start: None,
            paused: false,
            hole: None,
            warnings: Warnings::default(),
            preview: None,
            told: Instant::now(),
        }
    }

    /// Works until nobody can command any more; a recording that runs then is finished.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let active = self.rig.is_some() || self.tape.is_some();
            let next = if active {
                commands.try_recv()
            } else {
                commands.recv_timeout(LOOK).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                })
            };
            match next {
                Ok(command) => {
                    self.obey(command);
                    continue;
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    drop(self.end(None));
                    return;
                }
            }
            if !self.tick() && active {
                self.devices.rest(TICK);
            }
            if active && self.told.elapsed() >= TELL {
                self.tell();
            }
        }
    }

    /// Does what is asked and answers once the state says so too, that nobody who looks then sees the one before.
    fn obey(&mut self, command: Command) {
        match command {
            Command::Ready(sources, answer) => self.answer(&answer, |machine| machine.ready(sources)),
            Command::Start(start, answer) => self.answer(&answer, |machine| machine.start(*start)),
            Command::Pause(answer) => self.answer(&answer, |machine| machine.pause(true)),
            Command::Resume(answer) => self.answer(&answer, |machine| machine.pause(false)),
            Command::Use(input, answer) => self.answer(&answer, |machine| machine.change(input)),
            Command::Mark(answer) => self.answer(&answer, |machine| machine.running().map(Tape::mark)),
            Command::Note(id, note, answer) => self.answer(&answer, |machine| {
                machine.running().and_then(|tape| if tape.note(id, note) { Ok(()) } else { Err(no_mark()) })
            }),
            Command::Stop(answer) => self.answer(&answer, |machine| machine.end(None).ok_or_else(not_recording)),
        }
    }

    fn answer<T>(&mut self, answer: &Answer<T>, work: impl FnOnce(&mut Self) -> Result<T, Failure>) {
        let outcome = work(self);
        self.tell();
        // An asker may be gone; the state says all.
        drop(answer.send(outcome));
    }

    fn running(&mut self) -> Result<&mut Tape, Failure> {
        self.tape.as_mut().ok_or_else(not_recording)
    }

    /// Opens inputs to hear them, or closes them.
    fn ready(&mut self, sources: Option<Sources>) -> Result<(), Failure> {
        if self.tape.is_some() {
            return Ok(());
        }
        self.close();
        match sources {
            Some(sources) => {
                self.sources = sources;
                self.open(None)
            }
            None => Ok(()),
        }
    }

    fn start(&mut self, start: Start) -> Result<(), Failure> {
        if self.tape.is_some() {
            return Err(Failure::new(Code::Conflict, "A recording is running already.").hint("Stop it first."));
        }
        self.tell_phase(RecorderPhase::Starting);
        let heard = self.rig.is_some() && self.sources == start.options.sources;
        if !heard {
            self.close();
            self.sources = start.options.sources.clone();
            self.open(None)?;
        }
        let Some(rig) = &self.rig else { return Err(Failure::from(CaptureError::None)) };
        let target = start.options.file.as_deref().and_then(|file| file.parent()).unwrap_or(&self.folder);
        self.room = Room::new(target);
        let rate = self.rate_of(rig.shape());
        self.room.check(self.devices.now(), rate);
        if self.room.is_full() {
            return Err(self.room.full(None));
        }
        let mut tape = match Tape::begin(&self.folder, &start.options, &start.job, rig) {
            Ok(tape) => tape,
            Err(failure) => {
                if !heard {
                    self.close();
                }
                return Err(failure);
            }
        };
        let before: Vec<f32> = self.before.drain(..).collect();
        if let Err(error) = tape.write(&before) {
            let failure = Failure::record_file(tape.path(), &error);
            drop(tape.end(None, Some(failure.clone())));
            return Err(failure);
        }
        let channels = rig.shape().main + rig.shape().second;
        self.preview = (self.outside.preview)(&start, rig.shape().rate, channels);
        self.tape = Some(tape);
        self.start = Some(start);
        (self.paused, self.hole) = (false, None);
        self.warnings = Warnings::default();
        self.pace = Pace::default();
        Ok(())
    }

    fn pause(&mut self, paused: bool) -> Result<(), Failure> {
        self.running()?;
        self.paused = paused;
        if let Some(preview) = &mut self.preview {
            preview.pause();
        }
        self.see_hole();
        Ok(())
    }

    /// Records from another input from now on.
    fn change(&mut self, input: Option<String>) -> Result<(), Failure> {
        if self.sources.input == input && self.rig.is_some() {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.sources.input, input);
        // The old one goes on until the new one is there.
        let outcome = self.open(self.tape.as_ref().map(Tape::shape));
        if outcome.is_err() {
            self.sources.input = before;
        }
        outcome
    }

    fn list(&mut self) -> Result<(), CaptureError> {
        self.seen = Some(self.devices.changes());
        self.inputs = self.devices.inputs()?;
        Ok(())
    }

    /// Opens what is meant, in place of what is open.
    fn open(&mut self, shape: Option<Shape>) -> Result<(), Failure> {
        self.list()?;
        let (input, second) = wanted(&self.inputs, &self.sources);
        let input = input.ok_or(CaptureError::None)?;
        Ok(self.open_these(&input, second.as_ref(), shape)?)
    }

    fn open_these(&mut self, input: &Input, second: Option<&Input>, shape: Option<Shape>) -> Result<(), CaptureError> {
        let rig = Rig::open(&*self.devices, input, second, shape)?;
        self.meter = Meter::new(rig.shape().rate, rig.shape().main);
        self.pace.begin();
        (self.lost, self.looked) = (0, None);
        self.room_was_heard = rig.input.kind == InputKind::Microphone;
        self.before.clear();
        self.rig = Some(rig);
        Ok(())
    }

    fn close(&mut self) {
        self.rig = None;
        self.before.clear();
    }

    /// Takes what came; false where nothing did.
    fn tick(&mut self) -> bool {
        let now = self.devices.now();
        self.see_changes(now);
        if self.rig.is_none() {
            self.find_again(now);
        }
        self.see_hole();
        let Some(rig) = &mut self.rig else { return false };
        let shape = rig.shape();
        let own = match rig.read(&mut self.frames) {
            Ok(own) => own,
            Err(error) => {
                self.lose(&error, now);
                return false;
            }
        };
        if own.is_empty() {
            return false;
        }
        self.meter.push(own);
        self.pace.push(own.len() as u64 / u64::from(shape.main.max(1)), now);
        let lost = rig.lost();
        let more = lost - std::mem::replace(&mut self.lost, lost);
        if self.paused || self.tape.is_none() {
            self.keep_before(shape);
            return true;
        }
        if more > 0 {
            self.warnings.lost(more * 1_000 / u64::from(shape.rate.max(1)), now);
        }
        self.record(more, now);
        true
    }

    /// Writes the frames that came.
    fn record(&mut self, lost: u64, now: Duration) {
        let Some(tape) = &mut self.tape else { return };
        if lost > 0 {
            tape.lost(lost);
        }
        let at = tape.millis();
        let limit = self.start.as_ref().and_then(|start| start.options.limit);
        let shape = tape.shape();
        if let Some(limit) = limit {
            let left = limit.0.saturating_sub(at) * u64::from(shape.rate) / 1_000;
            self.frames.truncate(left as usize * usize::from(shape.main + shape.second));
        }
        let written = tape.write(&self.frames);
        if let Some(preview) = &mut self.preview {
            preview.push(&self.frames, at);
        }
        let path = tape.path().to_path_buf();
        let over = limit.is_some_and(|limit| tape.millis() >= limit.0);
        let rate = self.rate_of(shape);
        self.room.check(now, rate);
        match written {
            Err(error) => self.end_alone(Some(Failure::record_file(&path, &error))),
            Ok(()) if self.room.is_full() => {
                let failure = self.room.full(Some(&path));
                self.end_alone(Some(failure));
            }
            Ok(()) if over => self.end_alone(None),
            Ok(()) => {}
        }
    }

    /// Bytes a second.
    fn rate_of(&self, shape: Shape) -> u64 {
        shape.spec().frame_bytes() * u64::from(shape.rate)
    }

    /// Keeps the last moment, for a start that comes a little late.
    fn keep_before(&mut self, shape: Shape) {
        if self.tape.is_some() {
            return;
        }
        self.before.extend(&self.frames);
        let channels = usize::from(shape.main + shape.second);
        let most = (BEFORE * f64::from(shape.rate)) as usize * channels;
        if self.before.len() > most {
            self.before.drain(..self.before.len() - most);
        }
    }

    /// Looks whether what is open is still what is meant.
    fn see_changes(&mut self, now: Duration) {
        if self.seen == Some(self.devices.changes()) {
            return;
        }
        let first = self.seen.is_none();
        if self.list().is_err() {
            return;
        }
        if !first {
            (self.outside.inputs_changed)();
        }
        let Some(rig) = &self.rig else {
            // What came may be what is waited for.
            self.looked = None;
            return;
        };
        let (open, second) = (rig.input.id.clone(), rig.second.is_some());
        if choose(&self.inputs, Some(&open)).is_none() {
            return self.lose(&CaptureError::Lost("the system took it away".into()), now);
        }
        let (meant, beside) = wanted(&self.inputs, &self.sources);
        let better = meant.is_some_and(|meant| meant.id != open) || (beside.is_some() && !second);
        if better && let Err(failure) = self.open(self.tape.as_ref().map(Tape::shape)) {
            tracing::warn!(code = failure.code.id(), "an input that came cannot be opened");
        }
    }

    /// The input is gone.
    fn lose(&mut self, error: &CaptureError, now: Duration) {
        tracing::warn!(%error, "an input is gone");
        let Some(rig) = self.rig.take() else { return };
        self.warnings.gone(&rig.input.name, self.tape.as_ref().map_or(0, Tape::millis), error);
        self.looked = None;
        self.see_hole();
        self.find_again(now);
        self.tell();
    }

    /// Looks for the input that is meant, or another microphone; at once, and then once a second.
    fn find_again(&mut self, now: Duration) {
        if self.tape.is_none() || self.looked.is_some_and(|looked| now.saturating_sub(looked) < LOOK) {
            return;
        }
        self.looked = Some(now);
        if self.list().is_err() {
            return;
        }
        let shape = self.tape.as_ref().map(Tape::shape);
        let (meant, second) = wanted(&self.inputs, &self.sources);
        // Who records what the computer plays does not want the room instead.
        let other = if self.room_was_heard { choose(&self.inputs, None).cloned() } else { None };
        let Some(input) = meant.or(other) else { return };
        match self.open_these(&input, second.as_ref(), shape) {
            Ok(()) => self.warnings.back(&input.name, self.tape.as_ref().map_or(0, Tape::millis), now),
            Err(error) => self.warnings.refused(&error),
        }
        self.looked = Some(now);
    }

    /// Takes note of when sound stops going into the file, and of when it goes on.
    fn see_hole(&mut self) {
        let Some(tape) = &mut self.tape else { return };
        let why = match (self.paused, &self.rig) {
            (true, _) => Some(GapReason::Paused),
            (false, None) => Some(GapReason::Device),
            (false, Some(_)) => None,
        };
        if self.hole.map(|(_, why)| why) == why {
            return;
        }
        let now = self.devices.now();
        if let Some((since, why)) = self.hole.take() {
            let length_ms = now.saturating_sub(since).as_millis() as u64;
            tape.gap(RecordingGap { at_ms: tape.millis(), length_ms, why });
        }
        self.hole = why.map(|why| (now, why));
    }

    /// Ends without being asked.
    fn end_alone(&mut self, failure: Option<Failure>) {
        if let Some(ended) = self.end(failure) {
            (self.outside.ended)(ended);
        }
    }

    /// Finishes the recording, if there is one; inputs are closed.
    fn end(&mut self, failure: Option<Failure>) -> Option<Ended> {
        let mut tape = self.tape.take()?;
        self.tell_phase(RecorderPhase::Stopping);
        if let Some((since, why)) = self.hole.take() {
            let length_ms = self.devices.now().saturating_sub(since).as_millis() as u64;
            tape.gap(RecordingGap { at_ms: tape.millis(), length_ms, why });
        }
        let measured = self.pace.other_than(tape.shape().rate);
        self.preview = None;
        self.close();
        (self.start, self.paused) = (None, false);
        let ended = tape.end(measured, failure);
        self.warnings = Warnings::default();
        self.tell();
        Some(ended)
    }

    fn tell_phase(&mut self, phase: RecorderPhase) {
        let state = RecorderState { phase, ..self.state() };
        *lock(&self.shown) = state.clone();
        (self.outside.told)(state);
    }

    /// Tells everybody.
    fn tell(&mut self) {
        let state = self.state();
        *lock(&self.shown) = state.clone();
        self.told = Instant::now();
        (self.outside.told)(state);
    }

    fn state(&self) -> RecorderState {
        let heard = self.rig.as_ref().map(|_| self.meter.heard());
        let input = self.rig.as_ref().map(|rig| &rig.input);
        let mut state = RecorderState {
            level_db: heard.map(|heard| heard.level_db),
            peak_db: heard.map(|heard| heard.peak_db),
            clipped: heard.map_or(0, |heard| heard.clipped),
            input: input.map(|input| input.id.clone()),
            system: self.rig.as_ref().and_then(|rig| rig.second.as_ref()).map(|input| input.id.clone()),
            free_bytes: self.room.free(),
            ..RecorderState::default()
        };
        let Some(tape) = &self.tape else { return state };
        state.phase = match (self.paused, &self.rig) {
            (true, _) => RecorderPhase::Paused,
            (false, None) => RecorderPhase::Waiting,
            (false, Some(_)) => RecorderPhase::Recording,
        };
        state.started_at = Some(tape.started_at().to_owned());
        (state.elapsed_ms, state.saved_ms, state.bytes) = (tape.millis(), tape.saved(), tape.bytes());
        (state.markers, state.gaps) = (tape.markers().to_vec(), tape.gaps().to_vec());
        state.room_ms = self.room.millis(self.rate_of(tape.shape()));
        state.preview = self.preview.as_ref().map(|preview| preview.model().to_owned());
        state.overruns = self.warnings.overruns();
        let off = input.is_some_and(|open| self.inputs.iter().any(|input| input.id == open.id && input.off));
        let skipped = self.preview.as_ref().map_or(0, Preview::skipped);
        state.warnings = self.warnings.now(self.devices.now(), heard, off, state.room_ms, skipped);
        state
    }
}

fn not_recording() -> Failure {
    Failure::new(Code::Conflict, "Nothing is being recorded.")
}

fn no_mark() -> Failure {
    Failure::new(Code::NotFound, "There is no such mark in this recording.")
}
