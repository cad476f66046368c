//! Hearing a recording.

use std::sync::{Arc, Weak};

use st_core::time::{Millis, TimeSpan};

use super::{Engine, Inner, lock};
use crate::event::Event;
use crate::failure::{Code, Failure};
use crate::ids::RecordingId;
use crate::playback::{Load, Player, PlayerState};

impl Engine {
    /// Opens a recording to play it; what was loaded before is gone. Each change from here on is an [`Event::Player`].
    ///
    /// # Errors
    /// Where the recording is not in the library, or its file is gone or damaged.
    pub fn player_load(&self, recording: RecordingId) -> Result<(), Failure> {
        let found = self.library().recording(recording)?;
        if !found.has_sound() {
            return Err(soundless(&found.name).hint("Add the recording itself to hear it."));
        }
        self.player(|player| player.load(Load { recording, path: found.path, duration: found.duration }))
    }

    /// Plays from a place, or from where it stands; from the start where it stands at the end.
    ///
    /// # Errors
    /// [`crate::Code::NoSoundOutput`] where this computer has nothing to play on.
    pub fn player_play(&self, from: Option<Millis>) -> Result<(), Failure> {
        self.player(|player| player.play(from))
    }

    /// Stops for now.
    pub fn player_pause(&self) {
        self.player(Player::pause);
    }

    /// Goes to a place, and goes on playing if it plays.
    pub fn player_seek(&self, to: Millis) {
        self.player(|player| player.seek(to));
    }

    /// Sets how fast, 0.5 to 3; the pitch stays. It holds for the next recordings too.
    pub fn player_rate(&self, rate: f32) {
        self.player(|player| player.set_rate(rate));
    }

    /// Sets how loud, 0 to 1. It holds for the next recordings too.
    pub fn player_volume(&self, volume: f32) {
        self.player(|player| player.set_volume(volume));
    }

    /// Repeats a span of the recording, or ends that.
    pub fn player_loop(&self, span: Option<TimeSpan>) {
        self.player(|player| player.set_loop(span));
    }

    /// Stops, and lets go of the file and the sound device.
    pub fn player_unload(&self) {
        self.player(Player::unload);
    }

    /// What the player does now.
    pub fn player_state(&self) -> PlayerState {
        self.player(Player::state)
    }

    /// Runs `work` with the player, which is started at its first use.
    fn player<T>(&self, work: impl FnOnce(&Player) -> T) -> T {
        let player = self.inner.player.get_or_init(|| {
            // The player belongs to the engine and must not keep it.
            let engine: Weak<Inner> = Arc::downgrade(&self.inner);
            Player::start(move |state| {
                if let Some(inner) = engine.upgrade() {
                    let event = Event::Player { state };
                    lock(&inner.subscribers).retain(|subscriber| subscriber.send(event.clone()).is_ok());
                }
            })
        });
        work(player)
    }
}

/// The failure for a recording of which there is only the text.
pub(super) fn soundless(name: &str) -> Failure {
    Failure::new(Code::NoSoundTrack, format!("“{name}” has no sound: its text was taken in without a recording."))
}
