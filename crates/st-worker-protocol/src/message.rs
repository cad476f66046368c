//! The messages.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use st_core::diarization::EvidenceWindow;
use st_core::hypothesis::WindowHypothesis;
use st_core::time::{Millis, TimeSpan};

/// A request with its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// No other request of the same worker has it.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub request: Request,
}

/// An event with the request that it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Number of the request; none for a greeting or a sign of life. A greeting looks so in every version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// What is said.
    #[serde(flatten)]
    pub event: Event,
}

/// What the engine asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Loads models. Ends with [`Event::Loaded`]. What is loaded already and named again stays as it is.
    Load(Load),
    /// Speech probabilities of the PCM frame before it, which goes on from the one of the last such request unless
    /// `reset` is set. Its length is a multiple of 512 samples, save for the last of a recording. Ends with
    /// [`Event::Speech`].
    Vad {
        /// Begins a new recording.
        reset: bool,
    },
    /// The language of the PCM frame before it (at most 30 s). Ends with [`Event::Language`].
    DetectLanguage,
    /// Text of the PCM frame before it (at most 30 s), beside other such requests. Ends with
    /// [`Event::Window`].
    Transcribe(Wanted),
    /// Speakers of the PCM frame before it (at most 10 s). Ends with [`Event::Voices`].
    Voices {
        /// Start of the audio on the recording's clock.
        start: Millis,
        /// The part of it, on the same clock, in which each stretch of speech gets a voice of its own.
        own: TimeSpan,
    },
    /// Lists compute devices. Ends with [`Event::Devices`].
    Devices,
    /// Ends all requests that came before it as soon as can be, each with [`Event::Cancelled`] where it is not done. It is
    /// not answered itself.
    Cancel,
    /// Ends the process with status 0.
    Shutdown,
}

/// A window that is to be decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Start of the audio on the recording's clock.
    pub start: Millis,
    /// Where the VAD hears speech within the audio, on the recording's clock, ordered
    /// (`st_core::windows::speech_in`). A region that ends after the audio says that the audio is cut within
    /// speech. Empty where it is not known.
    #[serde(default)]
    pub speech: Vec<TimeSpan>,
    /// How.
    pub params: DecodeParams,
    /// Threads for it; at least 1.
    pub threads: u32,
}

/// Most requests at a time.
pub const MOST_IN_FLIGHT: u32 = 8;

/// Models to load; each part is optional.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Load {
    /// The recogniser.
    pub asr: Option<AsrModel>,
    /// Silero VAD as ONNX file.
    pub vad: Option<PathBuf>,
    /// The models that tell speakers apart.
    pub voices: Option<VoiceModels>,
    /// Threads for every model that takes a number of them, at least 1; a window has its own number.
    pub threads: u32,
    /// Attention of the recogniser in one step, without the large matrix between: less memory, and faster on graphics
    /// cards; more than twice as slow on processors. None for what suits the device.
    #[serde(default)]
    pub flash_attention: Option<bool>,
    /// Samples that are drawn where a doubtful window is tried again; the best is kept. Each takes memory, as each
    /// hypothesis of a beam does. None for [`SAMPLES`].
    #[serde(default)]
    pub samples: Option<u32>,
}

/// Samples of a doubtful window where nothing else is asked: Whisper's own `best_of`.
pub const SAMPLES: u32 = 5;

/// The recogniser to load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AsrModel {
    /// A whisper.cpp model file.
    pub path: PathBuf,
    /// Name of the device as [`DeviceInfo::id`] has it; `cpu` for the processor.
    pub device: String,
}

/// The models that tell speakers apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoiceModels {
    /// pyannote segmentation 3.0 as ONNX file.
    pub segmentation: PathBuf,
    /// CAM++ speaker embedding as ONNX file.
    pub embedding: PathBuf,
}

/// How a window is decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecodeParams {
    /// Whisper's code of the language spoken.
    pub language: String,
    /// Translate to English instead of writing what is said.
    pub translate: bool,
    /// Beam width; 1 is greedy.
    pub beam: u32,
    /// Words that are likely (names, terms): given to the model as a hint, cut so that it can never crowd out the text.
    pub words: Vec<String>,
    /// First softmax temperature; above 0 only when a doubtful window is tried again.
    pub temperature: f32,
}

/// First message of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::PROTOCOL_VERSION`] of the worker.
    pub protocol: u32,
    /// `cpu`, `cuda`, `vulkan` or `metal`.
    pub backend: String,
    /// Version of the worker's crate.
    pub version: String,
}

/// Kind of a compute device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor.
    Cpu,
    /// A graphics card with memory of its own.
    Gpu,
    /// A graphics unit that shares the machine's memory.
    IntegratedGpu,
    /// Something else that computes.
    Accelerator,
    /// A graphics card that the processor plays: for tests, and slower than the processor itself.
    Software,
}

/// A compute device as ggml sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What [`AsrModel::device`] takes: `cpu`, or ggml's name such as `CUDA0`.
    pub id: String,
    /// For people: `NVIDIA GeForce RTX 4070`.
    pub name: String,
    /// Kind.
    pub kind: DeviceKind,
    /// Memory in bytes, as far as known.
    pub memory_total: u64,
    /// Free memory in bytes at the time of asking.
    pub memory_free: u64,
    /// The backend that sees it: `cpu`, `cuda`, `vulkan`, `metal`. Empty where it was not said.
    #[serde(default)]
    pub backend: String,
    /// Its place on the bus as `0000:01:00.0`, by which a card is known again through another backend.
    #[serde(default)]
    pub bus: Option<String>,
    /// NVIDIA's compute capability, where it is known: `8.9`.
    #[serde(default)]
    pub capability: Option<String>,
    /// Version of its driver, where it is known.
    #[serde(default)]
    pub driver: Option<String>,
    /// Version of the interface by which it is reached, where it has one: `1.3.230` of Vulkan.
    #[serde(default)]
    pub api: Option<String>,
}

/// A language and how sure the model is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageGuess {
    /// Whisper's code.
    pub code: String,
    /// Probability 0..=1.
    pub probability: f32,
}

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// First message after the start.
    Hello(Hello),
    /// Models are loaded.
    Loaded {
        /// How long that took.
        millis: u64,
        /// Whether the recogniser knows more than English; true where none is loaded.
        multilingual: bool,
        /// Bytes that the recogniser says it holds on its device: weights, and the working memory of one window
        /// before any beam search. 0 where none is loaded.
        #[serde(default)]
        memory: u64,
    },
    /// Speech probabilities, one a frame of 512 samples (32 ms), 0..=255 for 0..=1.
    Speech {
        /// The frames.
        frames: Vec<u8>,
    },
    /// The likeliest languages, best first.
    Language {
        /// At most five.
        guesses: Vec<LanguageGuess>,
    },
    /// A request is still being worked on; sent every [`crate::ALIVE_EVERY`] while one is.
    Alive,
    /// The text of a window.
    Window {
        /// What it gave.
        window: WindowHypothesis,
    },
    /// The speakers of a window.
    Voices {
        /// What the models heard.
        evidence: EvidenceWindow,
    },
    /// The devices of this worker's backend; the processor last.
    Devices {
        /// Best first.
        devices: Vec<DeviceInfo>,
    },
    /// The request was ended by [`Request::Cancel`].
    Cancelled,
    /// The request failed; the worker lives on.
    Failed {
        /// Why.
        error: WorkerError,
    },
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WorkerError {
    /// A model file cannot be read or is not what it should be.
    #[error("the model {} cannot be loaded: {reason}", path.display())]
    ModelLoad {
        /// The file.
        path: PathBuf,
        /// Why, in the words of the library below.
        reason: String,
    },
    /// A request needs a model that is not loaded.
    #[error("no {role} model is loaded")]
    NotLoaded {
        /// Which.
        role: String,
    },
    /// The device is not there.
    #[error("there is no device {id}")]
    NoDevice {
        /// As asked.
        id: String,
    },
    /// The processor is older than what the models' programs were compiled for.
    #[error("this processor has no {lacks}")]
    Processor {
        /// The instructions that it lacks.
        lacks: String,
    },
    /// The model failed on this input.
    #[error("{what} failed: {reason}")]
    Inference {
        /// Which step.
        what: String,
        /// Why.
        reason: String,
    },
    /// A request makes no sense (no audio before it, an unknown language).
    #[error("bad request: {reason}")]
    BadRequest {
        /// Why.
        reason: String,
    },
}
