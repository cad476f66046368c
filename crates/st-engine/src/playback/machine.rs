//! The player's thread: takes commands, keeps the device fed, and looks which place is heard.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use st_audio::playback::{Feed, Frame, MAX_SPEED, MIN_SPEED, Nearby, Output};
use st_core::time::Millis;

use super::place::Shown;
use super::{Command, Load, PlayerState};
use crate::engine::lock;
use crate::failure::Failure;

/// How often the device is fed and looked at.
const TICK: Duration = Duration::from_millis(10);
/// How often others are told of the position.
const TELL: Duration = Duration::from_millis(100);
/// A device that is not played on is let go of after this time, for laptops switch it off then.
const LET_GO: Duration = Duration::from_secs(10);
/// Most frames decoded before the next command is looked for.
const AT_ONCE: usize = 8_192;

/// The thread's own things.
pub(super) struct Machine {
    shown: Arc<Mutex<Shown>>,
    notify: Box<dyn Fn(PlayerState) + Send>,
    state: PlayerState,
    /// What is heard, in seconds: the position before it is rounded.
    place: f64,
    feed: Option<Feed>,
    output: Option<Output>,
    /// Frames that the device had no room for yet.
    pending: Vec<Frame>,
    /// Whether the feed gave all that it has.
    fed: bool,
    /// Whether what the device holds ready is not what comes next.
    stale: bool,
    /// Number of the first frame since the last jump.
    first: u64,
    told: Instant,
    idle_since: Instant,
}

impl Machine {
    pub(super) fn new(shown: Arc<Mutex<Shown>>, notify: Box<dyn Fn(PlayerState) + Send>) -> Self {
        Self {
            shown,
            notify,
            state: PlayerState::default(),
            place: 0.0,
            feed: None,
            output: None,
            pending: Vec::new(),
            fed: false,
            stale: true,
            first: 0,
            told: Instant::now(),
            idle_since: Instant::now(),
        }
    }

    /// Works until nobody can command any more.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let next = if self.output.is_some() {
                commands.recv_timeout(TICK)
            } else {
                commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match next {
                Ok(command) => {
                    self.obey(command);
                    self.tell();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.tick();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Load(load, answer) => {
                let outcome = self.load(load);
                self.tell();
                // The asker may be gone; the state says all.
                let _ = answer.send(outcome);
            }
            Command::Play(from, answer) => {
                let outcome = self.play(from);
                self.state.problem = outcome.as_ref().err().cloned();
                self.tell();
                let _ = answer.send(outcome);
            }
            Command::Pause => self.pause(),
            Command::Seek(to) => self.seek(to.seconds()),
            Command::Rate(rate) => {
                if rate.is_finite() {
                    self.state.rate = rate.clamp(MIN_SPEED, MAX_SPEED);
                    self.go_on();
                }
            }
            Command::Volume(volume) => {
                if volume.is_finite() {
                    self.state.volume = volume.clamp(0.0, 1.0);
                }
                if let Some(output) = &mut self.output {
                    output.set_volume(self.state.volume);
                }
            }
            Command::Loop(span) => {
                self.state.looped = span.filter(|span| !span.is_empty());
                let before = self.place;
                match self.state.looped {
                    Some(span) if self.state.playing && !span.contains(Millis::from_seconds(before)) => {
                        self.seek(span.start.seconds());
                    }
                    _ => self.go_on(),
                }
            }
            Command::Unload => {
                self.stop();
                self.feed = None;
                self.place = 0.0;
                self.state = PlayerState { rate: self.state.rate, volume: self.state.volume, ..Default::default() };
            }
        }
    }

    fn load(&mut self, load: Load) -> Result<(), Failure> {
        self.obey(Command::Unload);
        let opened = Nearby::open(&load.path).map_err(Failure::from);
        let source = opened.inspect_err(|failure| self.state.problem = Some(failure.clone()))?;
        let length = load.duration.or(source.seconds().map(Millis::from_seconds));
        // The rate of the device is set when it is opened.
        self.feed = Some(Feed::new(source, 0));
        self.state.recording = Some(load.recording);
        self.state.duration = length.unwrap_or_default();
        self.stale = true;
        Ok(())
    }

    fn play(&mut self, from: Option<Millis>) -> Result<(), Failure> {
        if self.feed.is_none() {
            return Err(Failure::nothing_loaded());
        }
        let at_end = self.state.duration.0 > 0 && Millis::from_seconds(self.place) >= self.state.duration;
        if let Some(from) = from {
            self.place = from.seconds();
            self.stale = true;
        } else if at_end && !self.state.playing {
            self.place = 0.0;
            self.stale = true;
        }
        if self.output.is_none() {
            self.output = Some(Output::open()?);
            self.stale = true;
        }
        self.state.playing = true;
        if self.stale {
            self.restart();
        }
        if let Some(output) = &mut self.output {
            output.set_volume(self.state.volume);
            output.set_paused(false);
        }
        Ok(())
    }

    fn pause(&mut self) {
        if !self.state.playing {
            return;
        }
        self.look();
        self.state.playing = false;
        self.idle_since = Instant::now();
        if let Some(output) = &mut self.output {
            output.set_paused(true);
        }
    }

    fn seek(&mut self, place: f64) {
        let end = self.state.duration.seconds();
        self.place = if end > 0.0 { place.min(end) } else { place };
        self.stale = true;
        if self.state.playing {
            self.restart();
        }
    }

    /// Takes a new speed or stretch into effect from where it is.
    fn go_on(&mut self) {
        self.stale = true;
        if self.state.playing {
            // What the device has taken is heard as it is; the new begins behind it.
            if let (Some(output), Some(feed)) = (&mut self.output, &self.feed) {
                self.place = feed.place(output.taken().max(self.first));
            }
            self.restart();
        }
    }

    /// Feeds the device from `place` on.
    fn restart(&mut self) {
        let (Some(output), Some(feed)) = (&mut self.output, &mut self.feed) else { return };
        output.drop_rest();
        self.pending.clear();
        let span = self.state.looped.map(|span| span.start.seconds()..span.end.seconds());
        self.first = output.pushed();
        feed.jump(self.place, self.first, output.rate(), self.state.rate, span);
        self.fed = false;
        self.stale = false;
    }

    fn stop(&mut self) {
        self.state.playing = false;
        self.output = None;
        self.pending.clear();
        self.stale = true;
    }

    fn tick(&mut self) {
        if self.output.is_none() {
            return;
        }
        if self.state.playing {
            self.supply();
        }
        if let Some(error) = self.output.as_mut().and_then(Output::failure) {
            tracing::warn!(%error, "the sound device is gone");
            return self.fail(error.into());
        }
        self.look();
        if self.state.playing && self.is_over() {
            self.end();
        }
        if !self.state.playing && self.idle_since.elapsed() > LET_GO {
            self.stop();
        }
        let moving = self.state.playing && self.told.elapsed() >= TELL;
        if moving || (!self.state.playing && lock(&self.shown).now().position != self.state.position) {
            self.tell();
        } else {
            lock(&self.shown).set(self.state.clone(), self.place);
        }
    }

    /// Gives the device what it has room for.
    fn supply(&mut self) {
        let (Some(output), Some(feed)) = (&mut self.output, &mut self.feed) else { return };
        let mut done = 0;
        while output.has_room() && done < AT_ONCE {
            if self.pending.is_empty() {
                if self.fed {
                    return;
                }
                match feed.fill(&mut self.pending) {
                    Ok(more) => self.fed = !more,
                    Err(error) => return self.fail(error.into()),
                }
                done += self.pending.len();
            }
            output.push(&mut self.pending);
        }
    }

    /// Looks which place is heard.
    fn look(&mut self) {
        let (Some(output), Some(feed)) = (&mut self.output, &mut self.feed) else { return };
        if self.stale {
            return;
        }
        let heard = output.heard();
        // What is still heard of the time before a jump is not where people look.
        if heard < self.first {
            return;
        }
        feed.forget(heard);
        self.place = feed.place(heard);
        self.state.position = Millis::from_seconds(self.place);
        if self.fed
            && let Some(seconds) = feed.seconds()
        {
            self.state.duration = Millis::from_seconds(seconds);
        }
    }

    fn is_over(&mut self) -> bool {
        let Some(output) = &mut self.output else { return false };
        self.fed && self.pending.is_empty() && output.heard() >= output.pushed()
    }

    /// The end of the recording.
    fn end(&mut self) {
        self.place = self.state.duration.seconds();
        self.state.playing = false;
        self.stale = true;
        self.idle_since = Instant::now();
        self.tell();
    }

    fn fail(&mut self, failure: Failure) {
        self.stop();
        self.state.problem = Some(failure);
        self.tell();
    }

    /// Tells everybody.
    fn tell(&mut self) {
        self.state.position = Millis::from_seconds(self.place);
        lock(&self.shown).set(self.state.clone(), self.place);
        self.told = Instant::now();
        (self.notify)(self.state.clone());
    }
}
