//! What a recording is asked for, and how it stands.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use st_core::time::Millis;

use crate::failure::Failure;
use crate::ids::RecordingId;
use crate::jobs::JobSettings;

/// Which inputs are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sources {
    /// Id of an input (any kind); none follows the system's usual microphone.
    pub input: Option<String>,
    /// Id of a second input, as a rule of the kind `system`: its channels stand behind those of the first in the file and
    /// are mixed with nothing.
    pub system: Option<String>,
}

/// How a recording is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordOptions {
    /// Which inputs.
    pub sources: Sources,
    /// The file; none for one in the data folder, which belongs to the library.
    pub file: Option<PathBuf>,
    /// Whether it becomes a recording of the library when it ends; else the file is all there is of it.
    pub keep: bool,
    /// Settings of the preview, and of the job at the end; those of the settings file where none are given.
    pub job: Option<JobSettings>,
    /// Whether provisional text is written meanwhile, where a model is here.
    pub preview: bool,
    /// Whether the whole is transcribed at the end.
    pub transcribe: bool,
    /// Whether the file becomes FLAC once it is whole. What FLAC does not hold (32-bit samples) stays WAV.
    pub flac: bool,
    /// Ends by itself at this length.
    pub limit: Option<Millis>,
}

impl RecordOptions {
    /// As the window records: into the library, with preview, and transcribed at the end.
    pub fn live(sources: Sources) -> Self {
        Self { sources, keep: true, preview: true, transcribe: true, ..Self::default() }
    }
}

/// What the recorder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecorderPhase {
    /// Nothing is recorded. Inputs may be open all the same (`input` is not none): their level is told.
    #[default]
    Idle,
    /// Inputs are being opened.
    Starting,
    /// Sound goes into the file.
    Recording,
    /// It is held; the level is told.
    Paused,
    /// No input is there; it goes on by itself when one comes.
    Waiting,
    /// The file is being finished.
    Stopping,
}

/// A place that somebody marked while recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Number within the recording.
    pub id: u32,
    /// Where in the file, in ms.
    pub at_ms: u64,
    /// May be empty.
    pub note: String,
}

/// Why sound is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Somebody paused.
    Paused,
    /// The input was gone.
    Device,
}

/// A stretch of time without sound in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingGap {
    /// Where in the file, in ms: sound from before and from after it meet there.
    pub at_ms: u64,
    /// How long it was by the clock on the wall, in ms.
    pub length_ms: u64,
    /// Why.
    pub why: GapReason,
}

/// Why nothing may be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSignalCause {
    /// The system says that the input is muted or turned down to nothing.
    Off,
    /// The system says nothing.
    Unknown,
}

/// What a person should know while it goes on. Gone from the list when it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecorderWarning {
    /// Nothing above −55 dB for at least 5 s.
    NoSignal {
        /// For how long, in ms.
        since_ms: u64,
        /// The likely cause.
        cause: NoSignalCause,
    },
    /// Samples at full scale within the last 5 s.
    Clipping {
        /// Places so far.
        count: u64,
    },
    /// The input went away, and nothing is recorded until it or another comes.
    DeviceGone {
        /// Its name.
        name: String,
        /// Where in the recording, in ms.
        at_ms: u64,
    },
    /// The input went away and this one took its place; told for 30 s.
    DeviceChanged {
        /// Name of the new one.
        name: String,
        /// Where in the recording, in ms.
        at_ms: u64,
    },
    /// The system does not let this program hear the input.
    NoPermission,
    /// The disk will be full soon.
    DiskLow {
        /// So much more of this recording fits, in ms.
        left_ms: u64,
    },
    /// Sound was lost since the computer could not follow; silence stands in its place.
    Overrun {
        /// How much so far, in ms.
        lost_ms: u64,
    },
    /// Text is left out of the preview since this computer is too slow for it; the recording is whole.
    PreviewBehind {
        /// How much so far, in ms.
        skipped_ms: u64,
    },
}

/// How the recorder stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RecorderState {
    /// What it does.
    pub phase: RecorderPhase,
    /// RFC 3339 in UTC; none while idle.
    pub started_at: Option<String>,
    /// Length of the file, in ms: pauses do not count.
    pub elapsed_ms: u64,
    /// So much of it is surely on disk, in ms.
    pub saved_ms: u64,
    /// RMS of the last 300 ms in dB of full scale, the loudest channel; none where no input is open.
    pub level_db: Option<f32>,
    /// Their peak in dB of full scale.
    pub peak_db: Option<f32>,
    /// Places with samples at full scale so far.
    pub clipped: u64,
    /// Id of the input that is open.
    pub input: Option<String>,
    /// Id of the second input that is open.
    pub system: Option<String>,
    /// Places that were marked, in order.
    pub markers: Vec<Marker>,
    /// Pauses and losses, in order.
    pub gaps: Vec<RecordingGap>,
    /// How often sound was lost since the computer could not follow.
    pub overruns: u32,
    /// What a person should know now.
    pub warnings: Vec<RecorderWarning>,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Free space where it is written, in bytes; 0 where that is not known.
    pub free_bytes: u64,
    /// How much more of this recording the disk holds, in ms.
    pub room_ms: Option<u64>,
    /// Name of the model that writes the preview.
    pub preview: Option<String>,
}

/// Text heard while recording: provisional, never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewPiece {
    /// Where it begins in the recording, in ms. A later piece with the same start takes its place.
    pub start_ms: u64,
    /// Where it ends, in ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
    /// False: its words may still change.
    pub settled: bool,
}

/// What came of a recording that was stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The recording in the library; none where it was not to be kept there.
    pub recording: Option<RecordingId>,
    /// The file.
    pub file: PathBuf,
    /// Its length.
    pub duration: Millis,
    /// Why it ended before anybody asked: the disk is full, or the file cannot be written.
    pub ended_by: Option<Failure>,
    /// Why it is not being transcribed, though that was asked for: as a rule a model is missing. The recording is safe.
    pub not_transcribed: Option<Failure>,
    /// Why the file stayed WAV where FLAC was asked for.
    pub not_flac: Option<Box<Failure>>,
    /// Pauses and losses.
    pub gaps: Vec<RecordingGap>,
    /// The rate that the device delivered by the clock, where it was far from the one it promised; the file says it.
    pub measured_rate: Option<u32>,
}

/// A recording that was not finished, or that somebody discarded less than a day ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftRecording {
    /// Names it.
    pub id: String,
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// Length, in ms.
    pub duration_ms: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The file.
    pub path: PathBuf,
    /// When it was discarded, RFC 3339 in UTC; none: it was interrupted.
    pub discarded_at: Option<String>,
}
