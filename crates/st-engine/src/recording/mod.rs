//! Recording live: one at a time, in a thread of its own. The file is whole at every moment, so nothing that was heard is
//! lost to a crash, a full disk or a device that goes away.
//!
//! ```text
//! inputs -> Rig (frames of one shape) -> Tape (file, journal) -> library
//!                                     -> Preview (text for showing)
//! ```

pub(crate) mod flac;
pub(crate) mod journal;
pub(crate) mod left;
mod lock;
mod machine;
mod pace;
mod phrases;
pub(crate) mod preview;
mod rig;
mod room;
mod tape;
#[cfg(test)]
mod tests;
mod types;
mod warn;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use st_audio::capture::Devices;

pub use st_audio::capture::{Input, InputKind};
pub(crate) use tape::Ended;
pub use types::{
    GapReason, LeftRecording, Marker, NoSignalCause, PreviewPiece, RecordOptions, Recorded, RecorderPhase,
    RecorderState, RecorderWarning, RecordingGap, Sources,
};

use crate::engine::lock;
use crate::failure::{Code, Failure};
use crate::jobs::JobSettings;
use machine::Machine;
use preview::Preview;

/// What a recording begins with.
pub(crate) struct Start {
    /// What was asked for.
    pub options: RecordOptions,
    /// Settings of preview and job.
    pub job: JobSettings,
}

/// What the recorder needs of others. All of it is called in its thread.
pub(crate) struct Outside {
    /// Takes the state at each change and ten times a second while inputs are open.
    pub told: Box<dyn Fn(RecorderState) + Send>,
    /// Inputs came, went or changed.
    pub inputs_changed: Box<dyn Fn() + Send>,
    /// Takes a recording that ended without being asked.
    pub ended: Box<dyn Fn(Ended) + Send>,
    /// Makes the preview of a recording with this rate and so many channels; none where there is none.
    pub preview: Previewer,
}

/// Makes previews.
type Previewer = Box<dyn Fn(&Start, u32, u16) -> Option<Preview> + Send>;

/// What the thread is asked for.
enum Command {
    Ready(Option<Sources>, Answer<()>),
    Start(Box<Start>, Answer<()>),
    Pause(Answer<()>),
    Resume(Answer<()>),
    Use(Option<String>, Answer<()>),
    Mark(Answer<Marker>),
    Note(u32, String, Answer<()>),
    Stop(Answer<Ended>),
}

/// Where the outcome goes.
type Answer<T> = Sender<Result<T, Failure>>;

/// The recorder. It ends with its last handle, and finishes what it records then.
pub(crate) struct Recorder {
    commands: Option<Sender<Command>>,
    shown: Arc<Mutex<RecorderState>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Recorder {
    /// A recorder that writes journals, and files that nobody named, into `folder`.
    pub(crate) fn start(devices: Arc<dyn Devices>, folder: PathBuf, outside: Outside) -> Self {
        let (commands, incoming) = channel();
        let shown = Arc::new(Mutex::new(RecorderState::default()));
        let theirs = Arc::clone(&shown);
        let thread = thread::spawn(move || Machine::new(devices, folder, outside, theirs).run(&incoming));
        Self { commands: Some(commands), shown, thread: Some(thread) }
    }

    /// Opens inputs to hear them, or closes them; nothing where a recording runs.
    pub(crate) fn ready(&self, sources: Option<Sources>) -> Result<(), Failure> {
        self.ask(|answer| Command::Ready(sources, answer))
    }

    /// Begins a recording.
    pub(crate) fn record(&self, options: RecordOptions, job: JobSettings) -> Result<(), Failure> {
        self.ask(|answer| Command::Start(Box::new(Start { options, job }), answer))
    }

    /// Holds it.
    pub(crate) fn pause(&self) -> Result<(), Failure> {
        self.ask(Command::Pause)
    }

    /// Goes on.
    pub(crate) fn resume(&self) -> Result<(), Failure> {
        self.ask(Command::Resume)
    }

    /// Records from another input from now on.
    pub(crate) fn change(&self, input: Option<String>) -> Result<(), Failure> {
        self.ask(|answer| Command::Use(input, answer))
    }

    /// Marks this place.
    pub(crate) fn mark(&self) -> Result<Marker, Failure> {
        self.ask(Command::Mark)
    }

    /// Gives a mark its note.
    pub(crate) fn note(&self, mark: u32, note: String) -> Result<(), Failure> {
        self.ask(|answer| Command::Note(mark, note, answer))
    }

    /// Finishes the recording.
    pub(crate) fn stop(&self) -> Result<Ended, Failure> {
        self.ask(Command::Stop)
    }

    /// How it stands.
    pub(crate) fn state(&self) -> RecorderState {
        lock(&self.shown).clone()
    }

    fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, Failure> {
        let (answer, outcome): (_, Receiver<Result<T, Failure>>) = channel();
        let sent = self.commands.as_ref().is_some_and(|commands| commands.send(command(answer)).is_ok());
        let ended = || {
            Failure::new(Code::NoInput, "The recorder ended unexpectedly.")
                .hint("Start the program again; what was recorded is offered then.")
        };
        if sent { outcome.recv().unwrap_or_else(|_| Err(ended())) } else { Err(ended()) }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            // Its own thread may hold the last handle for a moment.
            && thread.thread().id() != thread::current().id()
        {
            drop(thread.join());
        }
    }
}
