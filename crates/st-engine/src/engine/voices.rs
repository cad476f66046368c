//! Voices that are remembered, where the person wants that: a name is offered for a voice that sounds like one of them,
//! and nothing more. See docs/decisions/0011.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use st_core::clustering::{MeanVoice, voices as voices_of};
use st_core::metrics::assignment::best_pairs;
use st_core::regroup::said;
use st_core::transcript::SpeakerId;

use super::Engine;
use super::importing::{name_of, unreadable};
use crate::export_file::{Existing, write_file};
use crate::failure::{Code, Failure};
use crate::ids::{PersonId, TranscriptId};
use crate::library::{Person, StoredTranscript, VoiceSample};

/// A name is offered from this likeness on (cosine of the mean embeddings): chosen on speakers other than those that
/// docs/diarization.md gives its error rates for.
const OFFERED_FROM: f32 = 0.5;

/// The same where both voices came through a narrow band, which makes everybody more alike.
const OFFERED_FROM_NARROW: f32 = 0.75;

/// Clean speech that a voice must be heard in to be remembered or named, in milliseconds: less varies too much.
const LEAST_MS: u64 = 5_000;

/// Voices with less clean speech in one window than this are left out, as in grouping.
const LEAST_IN_WINDOW_MS: u32 = 1_000;

/// Somebody whose voice is remembered, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownVoice {
    /// Identity.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// When it was first remembered, RFC 3339 in UTC.
    pub added_at: String,
    /// From so many recordings.
    pub recordings: usize,
    /// Speech that it was learnt from.
    pub speech_ms: u64,
    /// Whether the model that is here can compare it.
    pub usable: bool,
}

/// A name for a speaker, to be confirmed or rejected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VoiceOffer {
    /// The speaker of the transcript.
    pub speaker: SpeakerId,
    /// Who it sounds like.
    pub person: PersonId,
    /// Name of the person.
    pub name: String,
    /// How much, 0 to 1: cosine of the embeddings.
    pub likeness: f32,
}

/// What can be asked about voices.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum VoiceCall {
    /// Who is known.
    List,
    /// Names for the speakers of a transcript.
    Offers {
        /// Which.
        transcript: String,
    },
    /// Remember how a named speaker sounds.
    Remember {
        /// Of which transcript.
        transcript: String,
        /// Who.
        speaker: SpeakerId,
    },
    /// The speaker is not that person.
    Reject {
        /// Of which transcript.
        transcript: String,
        /// Who.
        speaker: SpeakerId,
        /// Not this one.
        person: PersonId,
    },
    /// Another name; two with one name become one.
    Rename {
        /// Who.
        person: PersonId,
        /// The name.
        name: String,
    },
    /// Delete for good.
    Forget {
        /// Who.
        person: PersonId,
    },
    /// Write all of them to a file in a folder.
    Export {
        /// The folder.
        folder: PathBuf,
    },
    /// Take in what such a file holds.
    Import {
        /// The file.
        path: PathBuf,
    },
}

/// The answer: who is known then, and the names for the transcript that was asked about.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct VoiceAnswer {
    /// Everybody, by name.
    pub known: Vec<KnownVoice>,
    /// Best first.
    pub offers: Vec<VoiceOffer>,
    /// The file that was written.
    pub file: Option<PathBuf>,
}

/// A file of voices.
#[derive(Serialize, Deserialize)]
struct VoiceFile {
    format: String,
    people: Vec<FilePerson>,
}

#[derive(Serialize, Deserialize)]
struct FilePerson {
    name: String,
    voices: Vec<VoiceSample>,
}

/// What a file of voices says that it is.
const FORMAT: &str = "securetranscribe voices 1";

impl Engine {
    /// Does what is asked, and answers with how things stand then.
    pub fn voices(&self, call: &VoiceCall) -> Result<VoiceAnswer, Failure> {
        let library = self.library();
        let (mut about, mut file) = (None, None);
        match call {
            VoiceCall::List => {}
            VoiceCall::Offers { transcript } => about = Some(of(transcript)?),
            VoiceCall::Remember { transcript, speaker } => self.remember_voice(of(transcript)?, *speaker)?,
            VoiceCall::Reject { transcript, speaker, person } => {
                about = Some(of(transcript)?);
                let recording = library.transcript(of(transcript)?)?.recording;
                library.refuse_person(recording, *speaker, *person)?;
            }
            VoiceCall::Rename { person, name } => {
                if name.trim().is_empty() {
                    return Err(Failure::new(Code::NotFound, "A voice that is remembered needs a name."));
                }
                library.rename_person(*person, name)?;
            }
            VoiceCall::Forget { person } => library.forget_person(*person)?,
            VoiceCall::Export { folder } => file = Some(self.export_voices(folder)?),
            VoiceCall::Import { path } => self.import_voices(path)?,
        }
        let model = self.voice_model();
        let people = library.people()?;
        let offers = match about {
            Some(transcript) => self.offers(transcript, &people)?,
            None => Vec::new(),
        };
        let known = people.iter().map(|person| known(person, model.as_deref())).collect();
        Ok(VoiceAnswer { known, offers, file })
    }

    /// Writes all remembered voices to a new file in a folder, and gives its path.
    fn export_voices(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let people = self.library().people()?;
        let people = people.into_iter().map(|p| FilePerson { name: p.name, voices: p.samples }).collect();
        let file = VoiceFile { format: FORMAT.into(), people };
        let written = write_file(&folder.join("voices.json"), Existing::Number, |to| {
            Ok(serde_json::to_writer_pretty(to, &file)?)
        });
        Ok(written?)
    }

    /// Takes voices in from such a file, beside those that are here.
    fn import_voices(&self, path: &Path) -> Result<(), Failure> {
        let refused = || {
            Failure::new(Code::NotFound, format!("“{}” holds no voices of this program.", name_of(path)))
                .hint("Choose a file that was exported under “Voices”.")
        };
        let text = std::fs::read(path).map_err(|error| unreadable(path, error))?;
        let file: VoiceFile = serde_json::from_slice(&text).map_err(|_| refused())?;
        let right = |p: &FilePerson| !p.name.trim().is_empty() && p.voices.iter().all(is_voice);
        if file.format != FORMAT || !file.people.iter().all(right) {
            return Err(refused());
        }
        let named = |p: FilePerson| p.voices.into_iter().map(move |voice| (p.name.clone(), voice));
        Ok(self.library().remember(&file.people.into_iter().flat_map(named).collect::<Vec<_>>())?)
    }

    fn remember_voice(&self, transcript: TranscriptId, speaker: SpeakerId) -> Result<(), Failure> {
        let stored = self.library().transcript(transcript)?;
        let name = stored.document.speaker(speaker).and_then(|s| s.name.clone());
        let Some(name) = name else {
            return Err(Failure::new(Code::NotFound, "Name the speaker first, then the voice can be remembered."));
        };
        let sample = self.samples(&stored)?.into_iter().find(|(of, _)| *of == speaker).map(|(_, sample)| sample);
        let Some(sample) = sample else {
            let message = format!("“{name}” says too little here for the voice to be remembered.");
            return Err(Failure::new(Code::NotFound, message)
                .hint("It takes 5 s in which nobody else speaks, and the models that found the speakers."));
        };
        Ok(self.library().remember(&[(name, sample)])?)
    }

    /// How the speakers of a transcript sound, as far as they say enough.
    fn samples(&self, stored: &StoredTranscript) -> Result<Vec<(SpeakerId, VoiceSample)>, Failure> {
        let Some((pair, evidence)) = self.heard(stored)? else { return Ok(Vec::new()) };
        let clear = stored.document.utterances.iter().filter(|u| u.overlap.is_empty());
        let found = voices_of(&evidence, &said(clear), LEAST_IN_WINDOW_MS);
        let enough = found.into_iter().filter(|voice| voice.clean_ms >= LEAST_MS);
        let sample = |MeanVoice { speaker, embedding, clean_ms, narrow }| {
            let model = pair.embedding.sha256.clone();
            (SpeakerId(speaker), VoiceSample { model, clean_ms, narrow, embedding })
        };
        Ok(enough.map(sample).collect())
    }

    /// Names for speakers that have none: each person for one speaker at most, and only where the person who uses the
    /// program switched that on.
    fn offers(&self, transcript: TranscriptId, people: &[Person]) -> Result<Vec<VoiceOffer>, Failure> {
        if people.is_empty() || !self.settings().preferences.remember_voices {
            return Ok(Vec::new());
        }
        let stored = self.library().transcript(transcript)?;
        let document = &stored.document;
        if document.speakers.iter().all(|speaker| speaker.name.is_some()) {
            return Ok(Vec::new());
        }
        let refused = self.library().refused_people(stored.recording)?;
        let is_named = |name: &str| {
            document.speakers.iter().any(|s| s.name.as_ref().is_some_and(|n| n.to_lowercase() == name.to_lowercase()))
        };
        let nameless = |id: SpeakerId| document.speaker(id).is_some_and(|speaker| speaker.name.is_none());
        let speakers: Vec<_> = self.samples(&stored)?.into_iter().filter(|(id, _)| nameless(*id)).collect();
        let likeness = |speaker: SpeakerId, sample: &VoiceSample, person: &Person| {
            likeness(sample, person).filter(|_| !refused.contains(&(speaker, person.id)) && !is_named(&person.name))
        };
        let all: Vec<Vec<Option<f32>>> = speakers
            .iter()
            .map(|(speaker, sample)| people.iter().map(|person| likeness(*speaker, sample, person)).collect())
            .collect();
        let weight = |alike: &Option<f32>| alike.map_or(0, |alike| (alike * 1e6) as i64);
        let weights: Vec<Vec<i64>> = all.iter().map(|row| row.iter().map(weight).collect()).collect();
        let mut offers = Vec::new();
        for (row, column) in best_pairs(&weights).into_iter().enumerate() {
            let Some((column, likeness)) = column.and_then(|column| Some((column, all[row][column]?))) else {
                continue;
            };
            let Person { id, name, .. } = &people[column];
            offers.push(VoiceOffer { speaker: speakers[row].0, person: *id, name: name.clone(), likeness });
        }
        offers.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        Ok(offers)
    }

    fn voice_model(&self) -> Option<String> {
        let models = &self.inner.models;
        let installed = models.companion(crate::models::Role::Embedding).ok()?;
        models.sha256(&installed).ok()
    }
}

/// How much a voice is like the mean of a person's, where the same model made both and it is enough for an offer. What
/// a person sounds like over the telephone is a voice of its own.
fn likeness(sample: &VoiceSample, person: &Person) -> Option<f32> {
    let width = sample.embedding.len();
    let of_band = |narrow: bool| {
        let comparable =
            |own: &&VoiceSample| own.model == sample.model && own.embedding.len() == width && own.narrow == narrow;
        let mut sum = vec![0.0f32; width];
        for own in person.samples.iter().filter(comparable) {
            sum.iter_mut().zip(&own.embedding).for_each(|(sum, value)| *sum += value);
        }
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let length = dot(&sum, &sum).sqrt() * dot(&sample.embedding, &sample.embedding).sqrt();
        let alike = (length > 0.0).then(|| dot(&sum, &sample.embedding) / length)?;
        let from = if narrow && sample.narrow { OFFERED_FROM_NARROW } else { OFFERED_FROM };
        (alike >= from).then_some(alike)
    };
    [false, true].into_iter().filter_map(of_band).max_by(f32::total_cmp)
}

fn known(person: &Person, model: Option<&str>) -> KnownVoice {
    KnownVoice {
        id: person.id,
        name: person.name.clone(),
        added_at: person.added_at.clone(),
        recordings: person.samples.len(),
        speech_ms: person.samples.iter().map(|sample| sample.clean_ms).sum(),
        usable: person.samples.iter().any(|sample| Some(sample.model.as_str()) == model),
    }
}

fn is_voice(sample: &VoiceSample) -> bool {
    (1..=4_096).contains(&sample.embedding.len()) && sample.embedding.iter().all(|value| value.is_finite())
}

fn of(transcript: &str) -> Result<TranscriptId, Failure> {
    let unknown = |_| Failure::new(Code::NotFound, format!("“{transcript}” is not in the library."));
    transcript.parse().map_err(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice at an angle to the others of its test.
    fn sample(degrees: f32, narrow: bool) -> VoiceSample {
        let (y, x) = degrees.to_radians().sin_cos();
        VoiceSample { model: "m".into(), clean_ms: 9_000, narrow, embedding: vec![x, y] }
    }

    fn person(samples: Vec<VoiceSample>) -> Person {
        Person { id: PersonId(1), name: "Anna".into(), added_at: String::new(), samples }
    }

    #[test]
    fn two_voices_over_the_telephone_have_to_be_more_alike() {
        // The cosine of 50 degrees is 0.64, that of 35 is 0.82.
        for (narrow, known, degrees, offered) in [
            (false, false, 50.0, true),
            (true, false, 50.0, true),
            (false, true, 50.0, true),
            (true, true, 50.0, false),
            (true, true, 35.0, true),
            (false, false, 65.0, false),
        ] {
            let found = likeness(&sample(degrees, narrow), &person(vec![sample(0.0, known)]));
            assert_eq!(found.is_some(), offered, "{narrow} {known} {degrees}");
        }
    }

    #[test]
    fn the_telephone_voice_of_somebody_is_a_voice_of_its_own() {
        let anna = person(vec![sample(0.0, false), sample(10.0, false), sample(80.0, true)]);
        let like = |degrees: f32, narrow: bool| likeness(&sample(degrees, narrow), &anna).unwrap();
        assert!(like(5.0, false) > 0.999, "the telephone draws nothing away");
        assert!(like(80.0, true) > 0.999);
        assert_eq!(likeness(&VoiceSample { model: "other".into(), ..sample(0.0, false) }, &anna), None);
    }
}
