//! The models of one job.

use std::path::PathBuf;

use st_core::diarization::STEP;

use crate::jobs::{JobKind, JobSettings, SpeakerChoice};
use crate::models::{InstalledModel, ModelStore, ModelsError, Role};

/// A model that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What people call it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Whether it knows more than English.
    pub multilingual: bool,
}

impl Model {
    /// An installed model with its hash.
    pub fn of(store: &ModelStore, installed: InstalledModel) -> Result<Self, ModelsError> {
        let sha256 = store.sha256(&installed)?;
        // Workers have a working folder of their own.
        let path = std::path::absolute(&installed.path).unwrap_or(installed.path);
        Ok(Self { name: installed.name, path, sha256, multilingual: installed.multilingual })
    }
}

/// The models that tell speakers apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoicePair {
    /// Where voices begin and end.
    pub segmentation: Model,
    /// How they sound.
    pub embedding: Model,
}

impl VoicePair {
    /// What evidence is filed under: other models or another step hear something else.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.segmentation.sha256, self.embedding.sha256, STEP.0)
    }
}

/// All models of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobModels {
    /// Writes text; none where only speakers are looked for.
    pub asr: Option<Model>,
    /// Finds speech.
    pub vad: Model,
    /// Tell speakers apart; none where nobody asked.
    pub voices: Option<VoicePair>,
}

impl JobModels {
    /// Looks the models of a job up.
    ///
    /// # Errors
    /// The first one that is missing or damaged.
    pub fn find(store: &ModelStore, kind: JobKind, settings: &JobSettings) -> Result<Self, ModelsError> {
        let model = |installed: InstalledModel| Model::of(store, installed);
        let asr = match kind {
            JobKind::Transcribe if settings.model == "auto" => Some(model(store.find_default()?)?),
            JobKind::Transcribe => Some(model(store.find(&settings.model)?)?),
            JobKind::Speakers { .. } => None,
        };
        let vad = model(store.companion(Role::Vad)?)?;
        let voices = match settings.speakers {
            SpeakerChoice::Off => None,
            _ => Some(VoicePair {
                segmentation: model(store.companion(Role::Segmentation)?)?,
                embedding: model(store.companion(Role::Embedding)?)?,
            }),
        };
        Ok(Self { asr, vad, voices })
    }

    /// Name of the recogniser.
    pub fn asr_name(&self) -> String {
        self.asr.as_ref().map(|m| m.name.clone()).unwrap_or_default()
    }

    /// SHA-256 of the recogniser.
    pub fn asr_sha256(&self) -> String {
        self.asr.as_ref().map(|m| m.sha256.clone()).unwrap_or_default()
    }

    /// Each with its role.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Model)> {
        let voices = self.voices.as_ref();
        [
            ("asr", self.asr.as_ref()),
            ("vad", Some(&self.vad)),
            ("segmentation", voices.map(|v| &v.segmentation)),
            ("embedding", voices.map(|v| &v.embedding)),
        ]
        .into_iter()
        .filter_map(|(role, model)| Some((role, model?)))
    }
}
