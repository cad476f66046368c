//! Recording live, and what was left of recordings that broke off.
//!
//! How a recording goes is told by [`Event::Recorder`], [`Event::Preview`], [`Event::Inputs`] and
//! [`Event::RecordEnded`].

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use st_audio::capture::{Devices, SystemDevices};
use st_worker_protocol::{AsrModel, Load};

use super::{Engine, Inner, lock};
use crate::event::Event;
use crate::failure::Failure;
use crate::ids::RecordingId;
use crate::inference::Outcome;
use crate::jobs::{CancelFlag, Job, JobKind, JobSettings, SpeakerChoice};
use crate::library::{FileStamp, Recording};
use crate::pipeline::JobModels;
use crate::recording::journal::{Journal, Part};
use crate::recording::preview::{Preview, Ready, Setup};
use crate::recording::{
    Ended, Input, LeftRecording, Marker, Outside, RecordOptions, Recorded, Recorder, RecorderState, Sources, Start,
    flac, left,
};

impl Engine {
    /// Everything that can be recorded now, microphones first. [`Event::Inputs`] tells when to ask again, once anything of
    /// the recorder was used.
    ///
    /// # Errors
    /// [`crate::Code::NoInput`] where the system has no sound at all, [`crate::Code::NoPermission`] where it does not allow it.
    pub fn inputs(&self) -> Result<Vec<Input>, Failure> {
        // The recorder watches them from now on.
        self.recorder(|_| ());
        Ok(self.devices_of_sound().inputs()?)
    }

    /// Opens inputs without recording, so that the level is told and the last half second before a start is kept; none
    /// closes them. Nothing happens where a recording runs.
    ///
    /// # Errors
    /// [`crate::Code::NoInput`] where there is no such input or it does not open, [`crate::Code::NoPermission`].
    pub fn record_ready(&self, sources: Option<Sources>) -> Result<(), Failure> {
        self.recorder(|recorder| recorder.ready(sources))
    }

    /// Begins a recording. It goes on until [`Engine::record_stop`], its limit, or a full disk.
    ///
    /// # Errors
    /// As [`Engine::record_ready`]; [`crate::Code::Conflict`] where a recording runs, in whatever program;
    /// [`crate::Code::DiskFull`], [`crate::Code::OutputExists`], [`crate::Code::OutputReadOnly`] for the file.
    pub fn record_start(&self, options: RecordOptions) -> Result<(), Failure> {
        let settings = self.settings();
        let job = options.job.clone().unwrap_or(settings.job);
        let flac = options.flac || options.keep && settings.preferences.record_flac;
        let options = RecordOptions { flac, ..options };
        self.recorder(|recorder| recorder.record(options, job))
    }

    /// Holds the recording; what is said meanwhile is not kept, and the gap is noted.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded.
    pub fn record_pause(&self) -> Result<(), Failure> {
        self.recorder(Recorder::pause)
    }

    /// Goes on after a pause.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded.
    pub fn record_resume(&self) -> Result<(), Failure> {
        self.recorder(Recorder::resume)
    }

    /// Records from another input from now on, or follows the usual one.
    ///
    /// # Errors
    /// [`crate::Code::NoInput`] where it does not open; what was recorded from goes on then.
    pub fn record_use(&self, input: Option<String>) -> Result<(), Failure> {
        self.recorder(|recorder| recorder.change(input))
    }

    /// Marks the place that is being recorded. Its note is empty.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded.
    pub fn record_mark(&self) -> Result<Marker, Failure> {
        self.recorder(Recorder::mark)
    }

    /// Gives a mark of the running recording its note.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded, [`crate::Code::NotFound`] where there is no such mark.
    pub fn record_note(&self, mark: u32, note: String) -> Result<(), Failure> {
        self.recorder(|recorder| recorder.note(mark, note))
    }

    /// Finishes the recording: the file is whole and on disk, it is in the library where it is to be kept there, under
    /// `title` or the time at which it began (in UTC), and waits in the queue where it is to be transcribed.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded. Where the library does not take it, it is offered by
    /// [`Engine::recordings_left`].
    pub fn record_stop(&self, title: Option<&str>) -> Result<Recorded, Failure> {
        let ended = self.recorder(Recorder::stop)?;
        self.keep_recording(ended, title)
    }

    /// Stops and puts the file aside; gives the id by which [`Engine::record_undo_discard`] brings it back within a day.
    ///
    /// # Errors
    /// [`crate::Code::Conflict`] where nothing is recorded.
    pub fn record_discard(&self) -> Result<String, Failure> {
        let id = self.recorder(Recorder::stop)?.journal.id;
        left::discard(&self.inner.storage.dirs.recordings(), &id)?;
        Ok(id)
    }

    /// Brings back what was discarded and puts it into the queue.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] where it is gone.
    pub fn record_undo_discard(&self, id: &str) -> Result<Recorded, Failure> {
        self.record_adopt(id)
    }

    /// The places that were marked while a recording was made here, in order.
    pub fn marks(&self, recording: RecordingId) -> Vec<Marker> {
        Journal::of(&self.dirs().recordings(), recording).map_or_else(Vec::new, |journal| journal.markers)
    }

    /// What the channels of a job's recording are; empty where it was not recorded here.
    pub(super) fn inputs_of(&self, job: &Job) -> Vec<Part> {
        let all = Journal::all(&self.dirs().recordings());
        let own = all.iter().find(|journal| journal.recording == Some(job.recording));
        // Of several recordings that had this name one after the other, the last one is there.
        let by_file = || {
            let path = self.library().recording(job.recording).ok()?.path;
            all.iter().rfind(|journal| journal.finished && journal.file == path)
        };
        own.or_else(by_file).map_or_else(Vec::new, |journal| journal.parts.clone())
    }

    /// Makes a recording FLAC where it was asked for and belongs to the library; gives its file. Where that is not possible
    /// it stays what it is, and why is said.
    pub(super) fn as_flac(
        &self,
        recording: &Recording,
        cancel: &CancelFlag,
        warn: &mut dyn FnMut(Failure),
    ) -> Result<PathBuf, Failure> {
        let folder = self.dirs().recordings();
        // What a transcript was made from stays what it is: it is known by its content.
        let open = recording.copied && recording.transcripts.is_empty();
        let wav = open && recording.path.extension().is_some_and(|ending| ending == "wav");
        let journal = if wav { Journal::of(&folder, recording.id) } else { None };
        let Some(mut journal) = journal.filter(|journal| journal.flac) else {
            return Ok(recording.path.clone());
        };
        let made = flac::replace(&recording.path, &|| cancel.is_cancelled(), |flac| {
            self.library().set_copied(recording.id, flac)?;
            journal.file = flac.to_path_buf();
            journal.write(&folder).map_err(|error| Failure::record_file(&folder, &error))
        });
        made.or_else(|failure| {
            if !cancel.is_cancelled() {
                warn(failure);
            }
            Ok(self.library().recording(recording.id)?.path)
        })
    }

    /// How the recorder stands.
    pub fn record_state(&self) -> RecorderState {
        // Who only asks starts no thread.
        self.inner.recorder.get().map(Recorder::state).unwrap_or_default()
    }

    /// Recordings that were not finished, as after a power cut, and those that were discarded within a day.
    pub fn recordings_left(&self) -> Vec<LeftRecording> {
        left::list(&self.inner.storage.dirs.recordings())
    }

    /// Mends a recording that was not finished, takes it into the library and puts it into the queue.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] where it is gone, [`crate::Code::EmptyFile`] where there is no sound in it.
    pub fn record_adopt(&self, id: &str) -> Result<Recorded, Failure> {
        let ended = left::take(&self.inner.storage.dirs.recordings(), id)?;
        self.keep_recording(ended, None)
    }

    /// Discards a recording that was not finished; [`Engine::record_undo_discard`] brings it back within a day.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] where it is gone.
    pub fn record_discard_left(&self, id: &str) -> Result<(), Failure> {
        left::discard(&self.inner.storage.dirs.recordings(), id)
    }

    /// Takes a finished recording into the library.
    fn keep_recording(&self, ended: Ended, title: Option<&str>) -> Result<Recorded, Failure> {
        let Ended { mut journal, duration, failure } = ended;
        let folder = self.inner.storage.dirs.recordings();
        let mut recorded = Recorded {
            recording: None,
            file: journal.file.clone(),
            duration,
            ended_by: failure,
            not_transcribed: None,
            not_flac: None,
            gaps: journal.gaps.clone(),
            measured_rate: journal.measured_rate,
        };
        if !journal.keep {
            if journal.flac {
                let wav = journal.file.clone();
                let made = flac::replace(&wav, &|| false, |flac| {
                    journal.file = flac.to_path_buf();
                    journal.write(&folder).map_err(|error| Failure::record_file(&folder, &error))
                });
                match made {
                    Ok(flac) => recorded.file = flac,
                    Err(failure) => {
                        journal.file = wav;
                        recorded.not_flac = Some(Box::new(failure));
                    }
                }
            }
            // What its channels are nobody else knows.
            if journal.parts.len() < 2 {
                Journal::remove(&folder, &journal.id);
            }
            return Ok(recorded);
        }
        let metadata = std::fs::metadata(&journal.file).map_err(|error| Failure::record_file(&journal.file, &error))?;
        let recording = self.library().add_recording(&journal.file, FileStamp::of(&metadata))?;
        let began = journal.started_at.get(..16).unwrap_or(&journal.started_at).replace('T', " ");
        let title = title.map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned);
        self.library().rename_recording(recording, &title.unwrap_or_else(|| format!("Recording {began}")))?;
        if journal.file.starts_with(&folder) {
            // It belongs to the library: it goes with it, and nowhere else.
            self.library().set_copied(recording, &journal.file)?;
        }
        journal.recording = Some(recording);
        journal.write(&folder).map_err(|error| Failure::record_file(&folder, &error))?;
        recorded.recording = Some(recording);
        self.publish(&Event::LibraryChanged);
        if journal.transcribe {
            recorded.not_transcribed = self.transcribe_again(recording, &journal.job).err();
        }
        Ok(recorded)
    }

    fn devices_of_sound(&self) -> &Arc<dyn Devices> {
        self.inner.sound.get_or_init(|| Arc::new(SystemDevices::new()))
    }

    /// Runs `work` with the recorder, which is started at its first use.
    fn recorder<T>(&self, work: impl FnOnce(&Recorder) -> T) -> T {
        let recorder = self.inner.recorder.get_or_init(|| {
            let devices = Arc::clone(self.devices_of_sound());
            Recorder::start(devices, self.inner.storage.dirs.recordings(), outside(&self.inner))
        });
        work(recorder)
    }

    /// Records from these inputs: for tests, before anything of the recorder is used.
    #[cfg(test)]
    pub(crate) fn record_from(&self, devices: Arc<dyn Devices>) {
        assert!(self.inner.sound.set(devices).is_ok(), "the inputs were used already");
    }
}

/// The recorder belongs to the engine and must not keep it.
fn outside(inner: &Arc<Inner>) -> Outside {
    let weak = |inner: &Arc<Inner>| -> Weak<Inner> { Arc::downgrade(inner) };
    let publish = |engine: Weak<Inner>| {
        move |event: Event| {
            if let Some(inner) = engine.upgrade() {
                lock(&inner.subscribers).retain(|subscriber| subscriber.send(event.clone()).is_ok());
            }
        }
    };
    let (tell, tell_inputs) = (publish(weak(inner)), publish(weak(inner)));
    let (keeping, previewing) = (weak(inner), weak(inner));
    Outside {
        told: Box::new(move |state| tell(Event::Recorder { state })),
        inputs_changed: Box::new(move || tell_inputs(Event::Inputs)),
        ended: Box::new(move |ended| {
            let Some(inner) = keeping.upgrade() else { return };
            let engine = Engine { inner };
            match engine.keep_recording(ended, None) {
                Ok(recorded) => engine.publish(&Event::RecordEnded { recorded: Some(recorded), failure: None }),
                Err(failure) => engine.publish(&Event::RecordEnded { recorded: None, failure: Some(failure) }),
            }
        }),
        preview: Box::new(move |start, rate, channels| preview(&previewing, start, rate, channels)),
    }
}

/// The preview of a recording, where a model is here.
fn preview(engine: &Weak<Inner>, start: &Start, rate: u32, channels: u16) -> Option<Preview> {
    if !start.options.preview {
        return None;
    }
    let inner = engine.upgrade()?;
    let settings = JobSettings { speakers: SpeakerChoice::Off, ..start.job.clone() };
    let models = JobModels::find(&inner.models, JobKind::Transcribe, &settings).ok()?;
    drop(inner);
    let (loading, showing) = (Weak::clone(engine), Weak::clone(engine));
    let setup = Setup {
        model: models.asr_name(),
        settings: settings.clone(),
        load: Box::new(move |cancel| match load(&loading, &models, &settings, cancel) {
            Ok(ready) => ready,
            Err(failure) => {
                tracing::warn!(code = failure.code.id(), "there is no preview");
                None
            }
        }),
        show: Box::new(move |pieces| {
            if let Some(inner) = showing.upgrade() {
                Engine { inner }.publish(&Event::Preview { pieces });
            }
        }),
    };
    Preview::start(setup, rate, channels)
}

/// A worker with the models of a preview; none where nobody wants it any more.
fn load(
    engine: &Weak<Inner>,
    models: &JobModels,
    settings: &JobSettings,
    cancel: &CancelFlag,
) -> Result<Option<Ready>, Failure> {
    let Some(inner) = engine.upgrade() else { return Ok(None) };
    let threads = settings.thread_count();
    let place = inner.workers.place(&settings.device)?;
    let pair = inner.workers.at(&place);
    let asr = models.asr.as_ref().map(|model| AsrModel { path: model.path.clone(), device: place.device.clone() });
    let wanted = Load { asr, vad: Some(models.vad.path.clone()), threads, ..Load::default() };
    let loaded = pair.main.load(&wanted, cancel)?;
    let Outcome::Done(loaded) = loaded else {
        inner.workers.keep(pair);
        return Ok(None);
    };
    let back = Weak::clone(engine);
    Ok(Some(Ready {
        multilingual: loaded.multilingual,
        pair,
        give_back: Box::new(move |pair| {
            // The job at the end may go on with what is loaded.
            if let Some(inner) = back.upgrade() {
                inner.workers.keep(pair);
            }
        }),
    }))
}
