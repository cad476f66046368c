//! The state as others see it, with a position that goes on between two looks of the player's thread.

use std::time::{Duration, Instant};

use st_core::time::Millis;

use super::PlayerState;

/// The position goes on by itself so long; the thread looks far more often.
const TRUSTED: Duration = Duration::from_millis(100);

/// The last known state, and when it was so.
#[derive(Debug)]
pub(super) struct Shown {
    state: PlayerState,
    /// The position in seconds.
    place: f64,
    at: Instant,
}

impl Default for Shown {
    fn default() -> Self {
        Self { state: PlayerState::default(), place: 0.0, at: Instant::now() }
    }
}

impl Shown {
    /// Takes a new state, heard at `place` seconds right now.
    pub(super) fn set(&mut self, state: PlayerState, place: f64) {
        *self = Self { state, place, at: Instant::now() };
    }

    /// The state as it is by now.
    pub(super) fn now(&self) -> PlayerState {
        let mut state = self.state.clone();
        if state.playing {
            let since = self.at.elapsed().min(TRUSTED).as_secs_f64() * f64::from(state.rate);
            state.position = Millis::from_seconds(self.place + since);
            let end =
                state.looped.map(|span| span.end).filter(|&end| state.position > end && self.place < end.seconds());
            if let Some(end) = end {
                state.position = end;
            }
            if state.duration.0 > 0 {
                state.position = state.position.min(state.duration);
            }
        }
        state
    }
}
