//! What a running job tells: events for whoever watches, progress for other processes, and the time of each stage.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use st_core::hypothesis::WindowHypothesis;
use st_core::time::Millis;

use crate::event::Event;
use crate::failure::Failure;
use crate::ids::JobId;
use crate::jobs::Stage;
use crate::jobs::progress::Meter;
use crate::library::{Library, LibraryError};

/// Progress is told this often: often enough for a bar that moves, seldom enough to cost nothing.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// Progress is written this often.
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// Who watches a job.
pub type Observer<'a> = dyn FnMut(&Event) + Send + 'a;

/// Shared by the threads of a job.
pub struct Reporter<'a> {
    job: JobId,
    library: &'a Library,
    inner: Mutex<Inner<'a>>,
}

struct Inner<'a> {
    observer: &'a mut Observer<'a>,
    meter: Meter,
    began: Instant,
    told: Option<Instant>,
    written: Instant,
    stage: Option<Stage>,
    before: BTreeMap<String, u64>,
    clocks: BTreeMap<&'static str, (Duration, Option<Instant>)>,
    notes: Vec<String>,
    in_flight: u32,
}

impl<'a> Reporter<'a> {
    /// `before` is the time that the stages took in earlier tries.
    pub fn new(
        job: JobId,
        library: &'a Library,
        stages: &[Stage],
        before: BTreeMap<String, u64>,
        observer: &'a mut Observer<'a>,
    ) -> Self {
        let began = Instant::now();
        let inner = Inner {
            observer,
            meter: Meter::new(stages),
            began,
            told: None,
            written: began,
            stage: None,
            before,
            clocks: BTreeMap::new(),
            notes: Vec::new(),
            in_flight: 0,
        };
        Self { job, library, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<'a>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stage begins; its clock runs until the returned guard goes.
    pub fn stage(&self, stage: Stage) -> StageClock<'_, 'a> {
        let mut inner = self.inner();
        if inner.stage != Some(stage) {
            inner.stage = Some(stage);
            (inner.observer)(&Event::JobStage { job: self.job, stage });
        }
        let clock = inner.clocks.entry(stage.id()).or_default();
        clock.1.get_or_insert_with(Instant::now);
        StageClock { reporter: self, stage }
    }

    /// Length of the recording, once it is known.
    pub fn duration(&self, duration: Millis) {
        self.inner().meter.set_duration(duration);
    }

    /// So much of a stage was done in an earlier try.
    pub fn skip(&self, stage: Stage, fraction: f32) {
        self.inner().meter.skip(stage, fraction);
    }

    /// So many windows of text are in flight from now on.
    pub fn set_in_flight(&self, count: u32) {
        self.inner().in_flight = count;
    }

    /// How many windows were in flight last.
    pub fn in_flight(&self) -> u32 {
        self.inner().in_flight
    }

    /// A stage got further.
    pub fn progress(&self, stage: Stage, position: Millis, fraction: f32) {
        let mut inner = self.inner();
        let elapsed = inner.began.elapsed();
        let progress = inner.meter.report(stage, position, fraction, elapsed);
        let now = Instant::now();
        if fraction >= 1.0 || inner.told.is_none_or(|at| now - at >= TELL_EVERY) {
            inner.told = Some(now);
            (inner.observer)(&Event::JobProgress { job: self.job, progress });
        }
        if now - inner.written >= WRITE_EVERY {
            inner.written = now;
            let times = inner.times();
            drop(inner);
            let written = self
                .library
                .set_progress(self.job, &progress)
                .and_then(|()| self.library.set_stage_ms(self.job, &times));
            // Of use to others only; where writing fails for good, the journal's own writes say so.
            if let Err(error) = written {
                tracing::debug!(%error, "progress could not be written");
            }
        }
    }

    /// A window of text is finished.
    pub fn window(&self, window: &WindowHypothesis) {
        (self.inner().observer)(&Event::JobWindow { job: self.job, window: window.clone() });
    }

    /// Something that a reader of the transcript should know.
    pub fn note(&self, note: impl Into<String>) {
        self.inner().notes.push(note.into());
    }

    /// The same, and somebody who watches should know it now.
    pub fn warn(&self, warning: Failure) {
        let mut inner = self.inner();
        inner.notes.push(warning.message.clone());
        (inner.observer)(&Event::JobWarning { job: self.job, warning });
    }

    /// Everything noted so far.
    pub fn notes(&self) -> Vec<String> {
        self.inner().notes.clone()
    }

    /// Time of each stage in all tries so far, in milliseconds.
    pub fn times(&self) -> BTreeMap<String, u64> {
        self.inner().times()
    }

    /// Writes the time of each stage down.
    pub fn keep_times(&self) -> Result<(), LibraryError> {
        let times = self.times();
        self.library.set_stage_ms(self.job, &times)
    }
}

impl Inner<'_> {
    fn times(&self) -> BTreeMap<String, u64> {
        let mut all = self.before.clone();
        for (stage, (spent, since)) in &self.clocks {
            let spent = *spent + since.map_or(Duration::ZERO, |since| since.elapsed());
            *all.entry((*stage).to_owned()).or_default() += u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
        }
        all
    }
}

/// Stops the clock of a stage when it goes.
pub struct StageClock<'r, 'a> {
    reporter: &'r Reporter<'a>,
    stage: Stage,
}

impl Drop for StageClock<'_, '_> {
    fn drop(&mut self) {
        if let Some((spent, since)) = self.reporter.inner().clocks.get_mut(self.stage.id())
            && let Some(since) = since.take()
        {
            *spent += since.elapsed();
        }
    }
}
