//! The document that a person reads, corrects and exports.

use serde::{Deserialize, Serialize};

use crate::coverage::Coverage;
use crate::diarization::SpeakerIndex;
use crate::doubt::Doubt;
use crate::hypothesis::Word;
use crate::time::{Millis, TimeSpan};

/// Identity of a speaker within one transcript; never used again after the speaker is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeakerId(pub u32);

/// Identity of an utterance within one transcript; never used again after the utterance is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtteranceId(pub u64);

/// Somebody who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    /// Identity.
    pub id: SpeakerId,
    /// `SPEAKER_00`: what machines read, fixed.
    pub label: String,
    /// The name that a person gave, if any.
    pub name: Option<String>,
    /// Index of the colour and shape that a person chose; none for the one that goes with the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u8>,
}

impl Speaker {
    /// Somebody whom nobody named yet.
    pub fn unnamed(id: SpeakerId) -> Self {
        Self { id, label: SpeakerIndex(id.0).label(), name: None, colour: None }
    }

    /// The name that is shown: the given one, else "Speaker 1" counted from the label's number.
    pub fn display_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("Speaker {}", self.id.0 + 1))
    }
}

/// What one person says without a break that a reader would notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Identity.
    pub id: UtteranceId,
    /// Who says it; none where speakers were not looked for or not found.
    pub speaker: Option<SpeakerId>,
    /// From the first word to the last.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// The text as shown. It equals the joined words until a person edits it.
    pub text: String,
    /// The words with their times, kept through edits as well as they can be.
    pub words: Vec<Word>,
    /// Other speakers who speak at the same time for a part of it.
    #[serde(default)]
    pub overlap: Vec<SpeakerId>,
    /// Whether a person changed the text.
    #[serde(default)]
    pub edited: bool,
    /// Whether a person said that it is right as it stands, so that nothing in it needs a look any more.
    #[serde(default)]
    pub checked: bool,
    /// Whether a person said who speaks: voices that are grouped again leave it so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// Facts about the recording that a transcript belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RecordingFacts {
    /// File name without folder.
    pub name: String,
    /// Length in milliseconds, counted in decoded samples.
    pub duration_ms: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// A model that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// `asr`, `vad`, `segmentation` or `embedding`.
    pub role: String,
    /// Name in the model registry, or the file name of an imported one.
    pub name: String,
    /// SHA-256 of the model file.
    pub sha256: String,
}

/// How a transcript came to be, so that it can be checked and made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Provenance {
    /// Program and version.
    pub program: String,
    /// Models with their hashes.
    pub models: Vec<ModelFacts>,
    /// Device that the recogniser ran on, for people: `CPU, 2 threads`.
    pub device: String,
    /// The settings of the job, by name.
    pub settings: std::collections::BTreeMap<String, String>,
    /// When the job began, RFC 3339 in UTC.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// Processing time of each stage in milliseconds, interruptions left out.
    pub stage_ms: std::collections::BTreeMap<String, u64>,
    /// Things that happened on the way and a reader should know: a device that failed, a resumed job, a warning.
    pub notes: Vec<String>,
}

/// A transcript: who said what when, what is not covered, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Transcript {
    /// The recording.
    pub recording: RecordingFacts,
    /// Language code of most of it; `None` where nobody speaks.
    pub language: Option<String>,
    /// Speakers in the order of their first speech.
    pub speakers: Vec<Speaker>,
    /// Utterances ordered by start.
    pub utterances: Vec<Utterance>,
    /// What every second of the recording is.
    pub coverage: Coverage,
    /// Places that are not to be trusted, ordered by time: what was kept all the same and what was dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl Transcript {
    /// The speaker with this id.
    pub fn speaker(&self, id: SpeakerId) -> Option<&Speaker> {
        self.speakers.iter().find(|s| s.id == id)
    }

    /// The shown name of an utterance's speaker, if it has one.
    pub fn speaker_name(&self, utterance: &Utterance) -> Option<String> {
        utterance.speaker.and_then(|id| self.speaker(id)).map(Speaker::display_name)
    }

    /// End of the last utterance.
    pub fn end(&self) -> Millis {
        self.utterances.iter().map(|u| u.span.end).max().unwrap_or_default()
    }
}
