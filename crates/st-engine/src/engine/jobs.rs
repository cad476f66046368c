//! Adding jobs, running them, ending them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use st_core::hypothesis::Hypothesis;
use st_core::time::Millis;

use super::playback::soundless;
use super::{Engine, lock};
use crate::event::Event;
use crate::failure::{Code, Failure};
use crate::ids::{JobId, RecordingId, TranscriptId};
use crate::inference::Outcome;
use crate::jobs::awake::Awake;
use crate::jobs::lock::JobLock;
use crate::jobs::{CancelFlag, Job, JobKind, JobSettings, JobState, LanguageChoice, SpeakerChoice};
use crate::library::{FileStamp, Recording};
use crate::pipeline::{self, JobModels, Observer, PipelineError, Reporter};

/// How often another process's job is looked at.
const FOLLOW: Duration = Duration::from_millis(300);

impl Engine {
    /// Adds a recording and a job on it to the queue, after a look into the file and for the models: what cannot work
    /// is refused now.
    ///
    /// Where the same recording has a job with the same settings that is not done, that one is queued again and goes on
    /// from its last finished window.
    pub fn enqueue(&self, path: &Path, settings: &JobSettings) -> Result<Job, Failure> {
        settings.check()?;
        st_audio::probe(path)?;
        self.check_models(JobKind::Transcribe, settings)?;
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let metadata = std::fs::metadata(&path).map_err(|e| Failure::data_folder(&path, &e))?;
        let recording = self.library().add_recording(&path, FileStamp::of(&metadata))?;
        self.add_job(recording, JobKind::Transcribe, settings)
    }

    /// Adds a job that finds the speakers of a transcript anew, without transcribing again. A transcript that a person
    /// changed stays, and a new one stands beside it.
    pub fn diarize_again(&self, transcript: TranscriptId, speakers: SpeakerChoice) -> Result<Job, Failure> {
        speakers.check()?;
        let stored = self.library().transcript(transcript)?;
        let job = self.library().job(stored.job)?;
        if job.windows_done == 0 && !stored.document.utterances.is_empty() {
            let message = format!("Speakers cannot be found for “{}”: its text was taken in from a file.", job.name);
            return Err(Failure::new(Code::RecognitionFailed, message)
                .hint("Name the speakers by hand, or transcribe the recording here."));
        }
        let settings = JobSettings { speakers, ..job.settings };
        let kind = JobKind::Speakers { transcript };
        self.check_models(kind, &settings)?;
        self.add_job(stored.recording, kind, &settings)
    }

    fn check_models(&self, kind: JobKind, settings: &JobSettings) -> Result<(), Failure> {
        let models = JobModels::find(&self.inner.models, kind, settings)?;
        match (&settings.language, &models.asr) {
            (LanguageChoice::Code(code), Some(asr)) if code != "en" && !asr.multilingual => {
                Err(Failure::english_only(&asr.name, code))
            }
            _ => Ok(()),
        }
    }

    fn add_job(&self, recording: RecordingId, kind: JobKind, settings: &JobSettings) -> Result<Job, Failure> {
        let id = match self.library().unfinished_job(recording, kind, settings)? {
            Some(id) => {
                if !matches!(self.library().job(id)?.state, JobState::Queued | JobState::Running(_)) {
                    self.library().requeue_job(id)?;
                }
                id
            }
            None => self.library().add_job(recording, kind, settings)?,
        };
        let job = self.library().job(id)?;
        self.publish(&Event::JobQueued { job: id, recording, name: job.name.clone() });
        self.publish(&Event::LibraryChanged);
        self.wake_queue();
        Ok(job)
    }

    /// All jobs in the order in which they were added. One that was interrupted counts as queued.
    pub fn jobs(&self) -> Result<Vec<Job>, Failure> {
        let mut jobs = self.library().jobs()?;
        for job in &mut jobs {
            self.see_interrupted(job);
        }
        Ok(jobs)
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Job, Failure> {
        let mut job = self.library().job(id)?;
        self.see_interrupted(&mut job);
        Ok(job)
    }

    fn see_interrupted(&self, job: &mut Job) {
        let running = matches!(job.state, JobState::Running(_));
        if running && matches!(JobLock::take(&self.dirs().jobs(), job.id), Ok(Some(_))) {
            job.state = JobState::Queued;
        }
    }

    /// The job that was added last for a recording, if there is one.
    pub fn newest_job(&self, recording: RecordingId) -> Result<Option<Job>, Failure> {
        Ok(self.jobs()?.into_iter().rfind(|job| job.recording == recording))
    }

    /// What runs a job here, in words for people: `CPU, 2 threads`. None where nothing does.
    pub fn device_of(&self, id: JobId) -> Option<String> {
        lock(&self.inner.places).get(&id).cloned()
    }

    /// The text that a job has finished so far.
    pub fn job_text(&self, id: JobId) -> Result<Hypothesis, Failure> {
        Ok(self.library().windows(id)?)
    }

    /// Up to where all text of a job is finished; what comes behind may be there in parts.
    pub fn job_reached(&self, id: JobId) -> Result<Millis, Failure> {
        let job = self.library().job(id)?;
        Ok(self.reached(&job)?)
    }

    /// Cancels a job: at once where it waits, within two seconds where it runs here. Finished text is kept.
    pub fn cancel(&self, id: JobId) -> Result<(), Failure> {
        if let Some(flag) = lock(&self.inner.running).get(&id) {
            flag.cancel();
            return Ok(());
        }
        let job = self.library().job(id)?;
        if !matches!(job.state, JobState::Queued | JobState::Running(_)) {
            return Ok(());
        }
        match self.take_lock(id)? {
            Some(_held) => {
                self.library().end_job(id, None)?;
                self.publish(&Event::JobCancelled { job: id });
                Ok(())
            }
            None => Err(Failure::new(
                Code::Conflict,
                format!("“{}” is being transcribed by another window or command.", job.name),
            )
            .hint("Cancel it there.")),
        }
    }

    /// Holds a job back until [`Engine::retry`]. Where it runs here, it stops within two seconds; what is finished is
    /// kept.
    pub fn pause(&self, id: JobId) -> Result<(), Failure> {
        self.library().set_paused(id, true)?;
        if let Some(flag) = lock(&self.inner.running).get(&id) {
            flag.suspend();
        }
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// Puts a waiting job before another one, or at the end of the queue.
    pub fn move_job(&self, id: JobId, before: Option<JobId>) -> Result<(), Failure> {
        self.library().move_job(id, before)?;
        self.publish(&Event::LibraryChanged);
        Ok(())
    }

    /// Transcribes a recording again with other settings. Its transcripts stay.
    pub fn transcribe_again(&self, recording: RecordingId, settings: &JobSettings) -> Result<Job, Failure> {
        settings.check()?;
        self.check_models(JobKind::Transcribe, settings)?;
        let found = self.library().recording(recording)?;
        if !found.has_sound() {
            return Err(soundless(&found.name).hint("Add the recording itself to transcribe it."));
        }
        st_audio::probe(&found.path)?;
        // What waits on it with other settings is not wanted any more.
        for job in self.library().open_jobs()?.into_iter().filter(|job| job.recording == recording) {
            self.cancel(job.id)?;
        }
        self.add_job(recording, JobKind::Transcribe, settings)
    }

    /// Puts a job that failed, was cancelled or is held back into the queue; it goes on from its last finished window.
    pub fn retry(&self, id: JobId) -> Result<Job, Failure> {
        let job = self.library().job(id)?;
        if job.paused {
            self.library().set_paused(id, false)?;
            self.publish(&Event::LibraryChanged);
            self.wake_queue();
        }
        if matches!(job.state, JobState::Failed(_) | JobState::Cancelled) {
            self.library().requeue_job(id)?;
            self.publish(&Event::JobQueued { job: id, recording: job.recording, name: job.name });
            self.wake_queue();
        }
        self.job(id)
    }

    /// Runs a job in this thread until it ends. Where another process runs it, waits for that one's outcome, and takes
    /// the job over where that one is gone.
    pub fn run_job(
        &self,
        id: JobId,
        cancel: &CancelFlag,
        observer: &mut Observer<'_>,
    ) -> Result<Outcome<TranscriptId>, Failure> {
        loop {
            if let Some(held) = self.take_lock(id)? {
                return self.run_locked(id, cancel, observer, &held);
            }
            if cancel.is_cancelled() {
                return Ok(Outcome::Cancelled);
            }
            if let JobState::Running(progress) = self.library().job(id)?.state {
                observer(&Event::JobProgress { job: id, progress });
            }
            std::thread::sleep(FOLLOW);
        }
    }

    /// The lock of a job, if nobody has it.
    pub(super) fn take_lock(&self, id: JobId) -> Result<Option<JobLock>, Failure> {
        let folder = self.dirs().jobs();
        JobLock::take(&folder, id).map_err(|error| Failure::data_folder(&folder, &error))
    }

    pub(super) fn run_locked(
        &self,
        id: JobId,
        cancel: &CancelFlag,
        observer: &mut Observer<'_>,
        _held: &JobLock,
    ) -> Result<Outcome<TranscriptId>, Failure> {
        let job = self.library().job(id)?;
        match &job.state {
            JobState::Done(transcript) => return Ok(Outcome::Done(*transcript)),
            JobState::Queued | JobState::Running(_) | JobState::Failed(_) | JobState::Cancelled => {}
        }
        let mut tell = |event: &Event| {
            self.publish(event);
            observer(event);
        };
        lock(&self.inner.running).insert(id, cancel.clone());
        let awake = Awake::hold();
        let result = self.work(&job, cancel, &mut tell);
        drop(awake);
        lock(&self.inner.running).remove(&id);
        lock(&self.inner.places).remove(&id);
        let failed = match &result {
            Ok(Outcome::Done(transcript)) => {
                tell(&Event::JobDone { job: id, transcript: *transcript });
                tell(&Event::LibraryChanged);
                Ok(())
            }
            Ok(Outcome::Cancelled) if cancel.is_suspended() => {
                let queued = self.library().requeue_job(id).map(|_| ());
                tell(&Event::LibraryChanged);
                queued
            }
            Ok(Outcome::Cancelled) => {
                let ended = self.library().end_job(id, None);
                tell(&Event::JobCancelled { job: id });
                ended
            }
            Err(failure) => {
                tracing::warn!(code = failure.code.id(), job = id.0, "a job failed");
                let ended = self.library().end_job(id, Some(failure));
                tell(&Event::JobFailed { job: id, failure: failure.clone() });
                ended
            }
        };
        // On a full disk not even the failure may fit; it is reported all the same, and the job counts as interrupted.
        if let Err(error) = failed {
            tracing::warn!(error = %Failure::from(error).code.id(), "the end of a job could not be written");
        }
        result
    }

    fn work(
        &self,
        job: &Job,
        cancel: &CancelFlag,
        observer: &mut Observer<'_>,
    ) -> Result<Outcome<TranscriptId>, Failure> {
        let library = self.library();
        let models = JobModels::find(&self.inner.models, job.kind, &job.settings)?;
        let row = self.row(&job.settings, &models)?;
        lock(&self.inner.places).insert(job.id, row.name());
        library.start_job(job.id)?;
        observer(&Event::JobStarted { job: job.id, resumed: job.windows_done > 0 });
        let file = self.file_of(job)?;
        let before = library.job_memory(job.id)?.stage_ms;
        let reporter = Reporter::new(job.id, library, &pipeline::stages(job), before, observer);
        let path = match self.library().recording(job.recording)? {
            recording if recording.path == file => self.as_flac(&recording, cancel, &mut |why| reporter.warn(why))?,
            _ => file,
        };
        if cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        Ok(self.climb(&row, (job, path, &models), cancel, &reporter)?)
    }

    /// The file of a job's recording, copied into the library first where that is asked for.
    fn file_of(&self, job: &Job) -> Result<PathBuf, Failure> {
        let recording: Recording = self.library().recording(job.recording)?;
        if recording.copied || !job.settings.copy_recording {
            return Ok(recording.path);
        }
        // Looked into first: a copy that fails should name the right one of the two files.
        st_audio::probe(&recording.path)?;
        let folder = self.dirs().recordings();
        let name = recording.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = folder.join(format!("{}-{name}", recording.id));
        let failed = |source| Failure::from(PipelineError::Copy { path: target.clone(), source });
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let part = tempfile::Builder::new().prefix(".copy-").tempfile_in(&folder).map_err(failed)?;
        std::fs::copy(&recording.path, part.path()).map_err(failed)?;
        part.as_file().sync_all().map_err(failed)?;
        part.persist(&target).map_err(|e| failed(e.error))?;
        self.library().set_copied(recording.id, &target)?;
        Ok(target)
    }
}
