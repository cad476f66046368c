//! How far a job is, and how long it will take.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use st_core::time::Millis;

use super::Stage;

/// Where a running job is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Part of the stage that is done, 0..=1.
    pub stage_fraction: f32,
    /// Part of the job that is done, 0..=1; never goes back.
    pub fraction: f32,
    /// Position of the stage in the audio.
    pub position: Millis,
    /// Length of the recording; zero until it is known.
    pub duration: Millis,
    /// Time left in milliseconds; none until it can be told.
    pub eta_ms: Option<u64>,
    /// Length of audio that recognition deals with in one unit of time; none until it can be told.
    pub speed: Option<f32>,
}

impl Progress {
    /// The state of a job that has just begun.
    pub fn start() -> Self {
        Self {
            stage: Stage::Decode,
            stage_fraction: 0.0,
            fraction: 0.0,
            position: Millis(0),
            duration: Millis(0),
            eta_ms: None,
            speed: None,
        }
    }
}

/// Shares of the whole time, by stage: measured with the base model on two threads of a processor without a graphics
/// card (reading 2 %, text 75 %, speakers 20 %).
const SHARES: [(Stage, f32); 6] = [
    (Stage::Decode, 0.03),
    (Stage::LoadModel, 0.01),
    (Stage::Transcribe, 0.73),
    (Stage::Diarize, 0.20),
    (Stage::Align, 0.01),
    (Stage::Save, 0.02),
];

/// No time left is told before this part of the work is done, nor before this much time: earlier guesses jump.
const ETA_FROM_FRACTION: f32 = 0.05;
const ETA_FROM: Duration = Duration::from_secs(10);

/// How much of a new guess of the time left is taken into the shown one.
const ETA_SMOOTHING: f64 = 0.2;

/// Adds the progress of the stages up.
#[derive(Debug)]
pub struct Meter {
    done: [f32; 6],
    used: [bool; 6],
    duration: Millis,
    best: f32,
    began_at: Option<f32>,
    eta: Option<(f64, Duration)>,
    speed_from: Option<(Millis, Duration)>,
    speed: Option<f32>,
}

impl Meter {
    /// A meter over the stages that the job has.
    pub fn new(stages: &[Stage]) -> Self {
        let used = SHARES.map(|(stage, _)| stages.contains(&stage));
        Self {
            done: [0.0; 6],
            used,
            duration: Millis(0),
            best: 0.0,
            began_at: None,
            eta: None,
            speed_from: None,
            speed: None,
        }
    }

    /// Sets the length of the recording.
    pub fn set_duration(&mut self, duration: Millis) {
        self.duration = duration;
    }

    /// Takes note that what is done so far was done before (a job that goes on), so that it does not count as speed.
    pub fn skip(&mut self, stage: Stage, fraction: f32) {
        self.done[index(stage)] = fraction.clamp(0.0, 1.0);
        self.began_at = None;
    }

    /// Notes the position of a stage, `elapsed` after the job began.
    pub fn report(&mut self, stage: Stage, position: Millis, fraction: f32, elapsed: Duration) -> Progress {
        let slot = index(stage);
        self.done[slot] = self.done[slot].max(fraction.clamp(0.0, 1.0));
        let whole: f32 = self.shares().map(|(_, share)| share).sum();
        let done: f32 = self.shares().map(|(i, share)| share * self.done[i]).sum();
        self.best = self.best.max(if whole > 0.0 { done / whole } else { 0.0 }).min(1.0);
        if stage == Stage::Transcribe {
            // Windows of several places are finished in turn, so it is not the position that says how much was dealt with.
            self.measure_speed(Millis((self.duration.0 as f64 * f64::from(self.done[slot])) as u64), elapsed);
        }
        Progress {
            stage,
            stage_fraction: self.done[slot],
            fraction: self.best,
            position,
            duration: self.duration,
            eta_ms: self.estimate(elapsed),
            speed: self.speed,
        }
    }

    fn shares(&self) -> impl Iterator<Item = (usize, f32)> {
        SHARES.iter().enumerate().filter(|(i, _)| self.used[*i]).map(|(i, (_, share))| (i, *share))
    }

    fn measure_speed(&mut self, dealt_with: Millis, elapsed: Duration) {
        let Some((from, at)) = self.speed_from else {
            self.speed_from = Some((dealt_with, elapsed));
            return;
        };
        let took = elapsed.saturating_sub(at).as_secs_f32();
        if took >= 1.0 {
            self.speed = Some(dealt_with.saturating_sub(from).seconds() as f32 / took);
        }
    }

    fn estimate(&mut self, elapsed: Duration) -> Option<u64> {
        let began_at = *self.began_at.get_or_insert(self.best);
        let gained = self.best - began_at;
        if gained < ETA_FROM_FRACTION || elapsed < ETA_FROM {
            return None;
        }
        let fresh = elapsed.as_secs_f64() * f64::from(1.0 - self.best) / f64::from(gained);
        let shown = match self.eta {
            // The guess made before has run down since then; it is corrected towards the fresh one.
            Some((eta, at)) => {
                let left = (eta - elapsed.saturating_sub(at).as_secs_f64()).max(0.0);
                left + (fresh - left) * ETA_SMOOTHING
            }
            None => fresh,
        };
        self.eta = Some((shown, elapsed));
        Some((shown * 1000.0) as u64)
    }
}

fn index(stage: Stage) -> usize {
    SHARES.iter().position(|(s, _)| *s == stage).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Stage; 6] =
        [Stage::Decode, Stage::LoadModel, Stage::Transcribe, Stage::Diarize, Stage::Align, Stage::Save];

    #[test]
    fn progress_never_goes_back_and_reaches_the_end() {
        let mut meter = Meter::new(&ALL);
        let mut last = 0.0;
        for stage in ALL {
            for tenth in [0, 5, 3, 10] {
                let progress = meter.report(stage, Millis(0), tenth as f32 / 10.0, Duration::ZERO);
                assert!(progress.fraction >= last);
                last = progress.fraction;
            }
        }
        assert!((last - 1.0).abs() < 1e-5, "{last}");
    }

    #[test]
    fn stages_that_are_left_out_do_not_count() {
        let mut meter = Meter::new(&[Stage::Transcribe]);
        assert!((meter.report(Stage::Transcribe, Millis(0), 0.5, Duration::ZERO).fraction - 0.5).abs() < 1e-5);
    }

    #[test]
    fn time_left_comes_late_and_is_about_right() {
        let mut meter = Meter::new(&[Stage::Transcribe]);
        let at = |s: u64| (s as f32 / 100.0, Duration::from_secs(s));
        for second in 0..10 {
            let (fraction, elapsed) = at(second);
            assert_eq!(meter.report(Stage::Transcribe, Millis(0), fraction, elapsed).eta_ms, None);
        }
        for second in 10..90 {
            let (fraction, elapsed) = at(second);
            let eta = meter.report(Stage::Transcribe, Millis(0), fraction, elapsed).eta_ms.unwrap();
            assert!(eta.abs_diff((100 - second) * 1000) < 2000, "{second}: {eta}");
        }
    }

    #[test]
    fn what_was_done_before_is_no_speed() {
        let mut meter = Meter::new(&[Stage::Transcribe]);
        meter.skip(Stage::Transcribe, 0.8);
        assert_eq!(meter.report(Stage::Transcribe, Millis(0), 0.8, Duration::from_secs(20)).eta_ms, None);
        let eta = meter.report(Stage::Transcribe, Millis(0), 0.9, Duration::from_secs(40)).eta_ms;
        assert_eq!(eta, Some(40_000));
    }
}
