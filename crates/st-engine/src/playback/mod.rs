//! Playing a recording: one at a time, in a thread of its own. Whoever asks gets the state, and a notice at each change
//! and ten times a second while something is heard.

mod machine;
mod place;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde::{Deserialize, Serialize};
use st_core::time::{Millis, TimeSpan};

use crate::failure::{Code, Failure};
use crate::ids::RecordingId;
use machine::Machine;
use place::Shown;

/// What the player does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlayerState {
    /// What is loaded.
    pub recording: Option<RecordingId>,
    /// Whether it plays.
    pub playing: bool,
    /// What is heard now; where it goes on, when nothing plays.
    pub position: Millis,
    /// Length of the recording; 0 where it is not known.
    pub duration: Millis,
    /// How fast: 0.5 to 3. The pitch stays.
    pub rate: f32,
    /// How loud: 0 to 1.
    pub volume: f32,
    /// What is repeated.
    pub looped: Option<TimeSpan>,
    /// Why nothing is heard, where that is so.
    pub problem: Option<Failure>,
}

impl Default for PlayerState {
    fn default() -> Self {
        Self {
            recording: None,
            playing: false,
            position: Millis(0),
            duration: Millis(0),
            rate: 1.0,
            volume: 1.0,
            looped: None,
            problem: None,
        }
    }
}

/// What to load.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Which recording.
    pub recording: RecordingId,
    /// Its file.
    pub path: PathBuf,
    /// Its length, where the file was read before.
    pub duration: Option<Millis>,
}

/// What the thread is asked for.
enum Command {
    Load(Load, Answer),
    Play(Option<Millis>, Answer),
    Pause,
    Seek(Millis),
    Rate(f32),
    Volume(f32),
    Loop(Option<TimeSpan>),
    Unload,
}

/// Where the outcome goes.
type Answer = Sender<Result<(), Failure>>;

/// The player. It ends with its last handle.
pub(crate) struct Player {
    commands: Sender<Command>,
    shown: Arc<Mutex<Shown>>,
}

impl Player {
    /// A player with nothing loaded. `notify` is called in its thread.
    pub(crate) fn start(notify: impl Fn(PlayerState) + Send + 'static) -> Self {
        let (commands, incoming) = channel();
        let shown = Arc::new(Mutex::new(Shown::default()));
        let theirs = Arc::clone(&shown);
        thread::spawn(move || Machine::new(theirs, Box::new(notify)).run(&incoming));
        Self { commands, shown }
    }

    /// Opens a file; what was loaded before is gone. It does not play yet.
    pub(crate) fn load(&self, load: Load) -> Result<(), Failure> {
        self.ask(|answer| Command::Load(load, answer))
    }

    /// Plays from a place, or from where it stands; from the start where it stands at the end.
    pub(crate) fn play(&self, from: Option<Millis>) -> Result<(), Failure> {
        self.ask(|answer| Command::Play(from, answer))
    }

    /// Stops for now.
    pub(crate) fn pause(&self) {
        self.tell(Command::Pause);
    }

    /// Goes to a place, and goes on playing if it plays.
    pub(crate) fn seek(&self, to: Millis) {
        self.tell(Command::Seek(to));
    }

    /// Sets how fast; taken into 0.5 to 3.
    pub(crate) fn set_rate(&self, rate: f32) {
        self.tell(Command::Rate(rate));
    }

    /// Sets how loud; taken into 0 to 1.
    pub(crate) fn set_volume(&self, volume: f32) {
        self.tell(Command::Volume(volume));
    }

    /// Repeats a span, or ends that.
    pub(crate) fn set_loop(&self, span: Option<TimeSpan>) {
        self.tell(Command::Loop(span));
    }

    /// Stops and lets go of file and device.
    pub(crate) fn unload(&self) {
        self.tell(Command::Unload);
    }

    /// What it does now.
    pub(crate) fn state(&self) -> PlayerState {
        crate::engine::lock(&self.shown).now()
    }

    fn ask(&self, command: impl FnOnce(Answer) -> Command) -> Result<(), Failure> {
        let (answer, outcome): (_, Receiver<_>) = channel();
        self.tell(command(answer));
        outcome.recv().unwrap_or_else(|_| {
            Err(Failure::new(Code::NoSoundOutput, "The player ended unexpectedly.").hint("Start the program again."))
        })
    }

    fn tell(&self, command: Command) {
        // A thread that is gone is told of by `ask`.
        if self.commands.send(command).is_err() {
            tracing::error!("the player's thread is gone");
        }
    }
}
