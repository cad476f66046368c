//! The file of a running recording, and its journal. Sound is written as it comes and told by the header once a second;
//! another thread sees to it that it is on the disk, for slow disks take their time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use st_audio::wav::WavWriter;
use st_core::time::Millis;

use super::journal::Journal;
use super::lock::Lock;
use super::rig::{Rig, Shape};
use super::types::{Marker, RecordOptions, RecordingGap};
use crate::clock;
use crate::failure::{Code, Failure};
use crate::jobs::JobSettings;
use crate::jobs::awake::Awake;

/// How often the header is made to fit. With the time of a sync this stays about a second.
const FLUSH: Duration = Duration::from_millis(700);
/// Names tried for a file before something else must be wrong.
const MOST_NAMES: u32 = 100;

/// A recording that runs.
pub(super) struct Tape {
    writer: WavWriter,
    journal: Journal,
    /// Folder of the journal.
    folder: PathBuf,
    shape: Shape,
    flushed: Instant,
    syncer: Syncer,
    _locks: [Lock; 2],
    _awake: Awake,
}

/// What is left when a tape is ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    /// All that is known of it.
    pub journal: Journal,
    /// Its length.
    pub duration: Millis,
    /// Why it ended before anybody asked.
    pub failure: Option<Failure>,
}

impl Tape {
    /// Begins a file.
    pub(super) fn begin(folder: &Path, options: &RecordOptions, job: &JobSettings, rig: &Rig) -> Result<Self, Failure> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error: io::Error| Failure::record_file(&path, &error)
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let right = Lock::of_folder(folder).map_err(failed(folder))?.ok_or_else(|| {
            Failure::new(Code::Conflict, "Another window or command of this program is recording already.")
                .hint("Stop that recording first.")
        })?;
        let started_at = clock::now();
        let (id, own) = Self::name(folder, &started_at).map_err(failed(folder))?;
        let chosen = options.file.clone().unwrap_or_else(|| folder.join(format!("{id}.wav")));
        let path = std::path::absolute(&chosen).unwrap_or(chosen);
        let later = options.flac.then(|| path.with_extension("flac"));
        if let Some(taken) = std::iter::once(&path).chain(&later).find(|path| path.exists()) {
            return Err(Failure::new(Code::OutputExists, format!("{} exists already.", taken.display()))
                .hint("Choose another name."));
        }
        let shape = rig.shape();
        let journal = Journal {
            id,
            file: path.clone(),
            started_at,
            rate: shape.rate,
            channels: shape.main + shape.second,
            parts: rig.parts(),
            job: job.clone(),
            keep: options.keep,
            transcribe: options.transcribe,
            flac: options.flac,
            ..Journal::default()
        };
        // First the journal: a file that nobody knows of would not be found again.
        journal.write(folder).map_err(failed(folder))?;
        let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let begun = opened.and_then(|file| WavWriter::create(file, shape.spec())).and_then(|writer| {
            let syncer = Syncer::start(writer.handle()?);
            Ok((writer, syncer))
        });
        let (writer, syncer) = begun.map_err(|error| {
            Journal::remove(folder, &journal.id);
            Failure::record_file(&path, &error)
        })?;
        Ok(Self {
            writer,
            journal,
            folder: folder.to_path_buf(),
            shape,
            flushed: Instant::now(),
            syncer,
            _locks: [right, own],
            _awake: Awake::for_recording(),
        })
    }

    /// A name that is free, and the right to it.
    fn name(folder: &Path, started_at: &str) -> io::Result<(String, Lock)> {
        let digits: String = started_at.chars().filter(char::is_ascii_digit).collect();
        let stem = format!("{}-{}", digits.get(..8).unwrap_or(&digits), digits.get(8..14).unwrap_or_default());
        for number in 1..MOST_NAMES {
            let id = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
            let free = !Journal::path(folder, &id).exists() && !folder.join(format!("{id}.wav")).exists();
            if free && let Some(lock) = Lock::of_recording(folder, &id)? {
                return Ok((id, lock));
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Adds frames.
    pub(super) fn write(&mut self, frames: &[f32]) -> io::Result<()> {
        self.writer.write(frames)?;
        if self.flushed.elapsed() >= FLUSH {
            self.flushed = Instant::now();
            self.writer.flush()?;
            self.syncer.ask(self.writer.frames());
        }
        self.syncer.failure().map_or(Ok(()), Err)
    }

    /// What frames look like.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.journal.file
    }

    /// When it began.
    pub(super) fn started_at(&self) -> &str {
        &self.journal.started_at
    }

    /// Length in ms.
    pub(super) fn millis(&self) -> u64 {
        self.writer.frames() * 1_000 / u64::from(self.shape.rate.max(1))
    }

    /// What is surely on the disk, in ms.
    pub(super) fn saved(&self) -> u64 {
        self.syncer.saved() * 1_000 / u64::from(self.shape.rate.max(1))
    }

    /// Length in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.writer.len()
    }

    /// Marked places.
    pub(super) fn markers(&self) -> &[Marker] {
        &self.journal.markers
    }

    /// Pauses and losses.
    pub(super) fn gaps(&self) -> &[RecordingGap] {
        &self.journal.gaps
    }

    /// Marks this place.
    pub(super) fn mark(&mut self) -> Marker {
        let id = self.journal.markers.last().map_or(1, |marker| marker.id + 1);
        let marker = Marker { id, at_ms: self.millis(), note: String::new() };
        self.journal.markers.push(marker.clone());
        self.note_down();
        marker
    }

    /// Gives a mark its note; false where there is no such mark.
    pub(super) fn note(&mut self, id: u32, note: String) -> bool {
        let Some(marker) = self.journal.markers.iter_mut().find(|marker| marker.id == id) else { return false };
        marker.note = note;
        self.note_down();
        true
    }

    /// Notes that sound is missing here.
    pub(super) fn gap(&mut self, gap: RecordingGap) {
        self.journal.gaps.push(gap);
        self.note_down();
    }

    /// Notes frames that were lost.
    pub(super) fn lost(&mut self, frames: u64) {
        self.journal.lost_frames += frames;
        self.note_down();
    }

    /// The journal may lag behind, the sound may not: a journal that cannot be written ends nothing.
    fn note_down(&self) {
        if let Err(error) = self.journal.write(&self.folder) {
            tracing::warn!(%error, "the journal of the recording cannot be written");
        }
    }

    /// Ends the file. `measured` is the rate by the clock where it is far from the promised one: the file says it then.
    pub(super) fn end(mut self, measured: Option<u32>, mut failure: Option<Failure>) -> Ended {
        if let Some(rate) = measured {
            self.writer.set_rate(rate);
            self.journal.measured_rate = measured;
        }
        let rate = u64::from(measured.unwrap_or(self.shape.rate).max(1));
        let mut frames = self.writer.frames();
        let path = self.journal.file.clone();
        match self.writer.finish() {
            Ok(written) => frames = written,
            Err(error) => {
                failure.get_or_insert_with(|| Failure::record_file(&path, &error));
                // What is in the file is told by its header, or is found by mending it.
                if let Ok(mended) = st_audio::wav::repair(&path) {
                    frames = mended.frames;
                }
            }
        }
        self.journal.finished = true;
        if let Err(error) = self.journal.write(&self.folder) {
            tracing::warn!(%error, "the end of the recording could not be noted");
        }
        Ended { journal: self.journal, duration: Millis(frames * 1_000 / rate), failure }
    }
}

/// Puts a file on the disk in a thread of its own.
struct Syncer {
    wishes: Option<SyncSender<u64>>,
    saved: Arc<AtomicU64>,
    /// The system's number of an error; 0 for none.
    failed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    fn start(file: File) -> Self {
        let (wishes, asked) = sync_channel::<u64>(1);
        let (saved, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (done, wrong) = (Arc::clone(&saved), Arc::clone(&failed));
        let thread = thread::spawn(move || {
            for frames in asked {
                match file.sync_data() {
                    Ok(()) => done.store(frames, Ordering::Release),
                    Err(error) => {
                        wrong.store(error.raw_os_error().unwrap_or(5).unsigned_abs().into(), Ordering::Release)
                    }
                }
            }
        });
        Self { wishes: Some(wishes), saved, failed, thread: Some(thread) }
    }

    /// Asks for the file to be put on the disk; while it is, nothing new is asked.
    fn ask(&self, frames: u64) {
        if let Some(wishes) = &self.wishes {
            // Full: the last wish is still being fulfilled.
            let _ = wishes.try_send(frames);
        }
    }

    fn saved(&self) -> u64 {
        self.saved.load(Ordering::Acquire)
    }

    fn failure(&self) -> Option<io::Error> {
        let code = i32::try_from(self.failed.load(Ordering::Acquire)).ok().filter(|code| *code != 0)?;
        Some(io::Error::from_raw_os_error(code))
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
