//! How a recording is to be transcribed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use st_core::diarization::SpeakerCount;
use st_worker_protocol::MOST_IN_FLIGHT;

use crate::failure::{Code, Failure};
use crate::languages;

/// Most speakers that can be asked for. Clustering itself has no limit; above this a number is a slip of the pen.
pub const MAX_SPEAKERS: u32 = 100;

/// Most threads that can be asked for; more than this no machine has.
pub const MAX_THREADS: u32 = 1024;

/// Settings of one job. Every field has a default, so that old and partial JSON stays readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSettings {
    /// Recogniser model: name in the registry, or path of a model file; `auto` for the best that is here.
    pub model: String,
    /// Language spoken.
    pub language: LanguageChoice,
    /// Translate to English instead of writing what is said.
    pub translate: bool,
    /// Whether and how speakers are told apart.
    pub speakers: SpeakerChoice,
    /// Whether channels are transcribed on their own.
    pub channels: ChannelChoice,
    /// `auto`, or the id of a device.
    pub device: String,
    /// Threads in all; none for what suits the machine.
    pub threads: Option<u32>,
    /// How many parts of the recording are worked on at once; none for what suits the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u32>,
    /// Greedy decoding instead of beam search.
    pub fast: bool,
    /// Takes less power while the computer runs on its battery, and longer.
    pub gentle_on_battery: bool,
    /// Words that are likely: names, terms.
    pub words: Vec<String>,
    /// Copy the recording into the library instead of referring to it where it is.
    pub copy_recording: bool,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            model: "auto".into(),
            language: LanguageChoice::Auto,
            translate: false,
            speakers: SpeakerChoice::Auto,
            channels: ChannelChoice::Auto,
            device: "auto".into(),
            threads: None,
            in_flight: None,
            fast: false,
            gentle_on_battery: true,
            words: Vec::new(),
            copy_recording: false,
        }
    }
}

impl JobSettings {
    /// Checks what can be checked without looking at files.
    pub fn check(&self) -> Result<(), Failure> {
        if let LanguageChoice::Code(code) = &self.language
            && languages::code_of(code).is_none()
        {
            return Err(unknown_language(code));
        }
        self.speakers.check()?;
        if self.threads.is_some_and(|n| n == 0 || n > MAX_THREADS) {
            return Err(Failure::new(Code::UnknownDevice, "That number of threads makes no sense.")
                .hint(format!("Give a number from 1 to {MAX_THREADS}, or leave it out.")));
        }
        if self.in_flight.is_some_and(|n| n == 0 || n > MOST_IN_FLIGHT) {
            return Err(Failure::new(Code::UnknownDevice, "That number of parts at once makes no sense.")
                .hint(format!("Give a number from 1 to {MOST_IN_FLIGHT}, or leave it out.")));
        }
        Ok(())
    }

    /// Threads in all: as asked, else what the machine has.
    ///
    /// More than eight gain nothing in whisper.cpp's processor kernels and take the machine away from its owner.
    pub fn thread_count(&self) -> u32 {
        let available = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        self.threads.unwrap_or(available.min(8)).max(1)
    }
}

/// Which language is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LanguageChoice {
    /// Found from the sound.
    #[default]
    Auto,
    /// Whisper's code of it.
    Code(String),
}

impl FromStr for LanguageChoice {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        languages::code_of(text).map(|code| Self::Code(code.into())).ok_or_else(|| unknown_language(text))
    }
}

impl TryFrom<String> for LanguageChoice {
    type Error = Failure;
    fn try_from(text: String) -> Result<Self, Failure> {
        text.parse()
    }
}

impl From<LanguageChoice> for String {
    fn from(choice: LanguageChoice) -> Self {
        choice.to_string()
    }
}

impl fmt::Display for LanguageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Code(code) => f.write_str(code),
        }
    }
}

fn unknown_language(text: &str) -> Failure {
    Failure::new(Code::UnknownLanguage, format!("“{text}” is not a language that can be transcribed."))
        .hint("Give “auto”, a code such as “en”, or the English name of a language such as “German”.")
}

/// Whether the channels of a recording are transcribed on their own, each as a person or more of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelChoice {
    /// Where they are the sides of a call, a microphone and the computer's sound, or microphones of one person each.
    #[default]
    Auto,
    /// Always, where there are several.
    Split,
    /// Never: all are mixed.
    Mix,
}

impl fmt::Display for ChannelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Split => "split",
            Self::Mix => "mix",
        })
    }
}

/// Whether speakers are told apart, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SpeakerChoice {
    /// Not told apart.
    Off,
    /// The number is found from the voices.
    #[default]
    Auto,
    /// Exactly so many.
    Exact(u32),
    /// At least and at most so many.
    Range(u32, u32),
}

impl SpeakerChoice {
    /// What clustering is asked for; none where speakers are not told apart.
    pub fn count(self) -> Option<SpeakerCount> {
        match self {
            Self::Off => None,
            Self::Auto => Some(SpeakerCount::Auto),
            Self::Exact(n) => Some(SpeakerCount::Exact(n)),
            Self::Range(min, max) => Some(SpeakerCount::Range(min, max)),
        }
    }

    /// Checks the numbers.
    pub fn check(self) -> Result<(), Failure> {
        let (min, max) = match self {
            Self::Off | Self::Auto => return Ok(()),
            Self::Exact(n) => (n, n),
            Self::Range(min, max) => (min, max),
        };
        if min >= 1 && min <= max && max <= MAX_SPEAKERS { Ok(()) } else { Err(bad_speakers(&self.to_string())) }
    }
}

impl FromStr for SpeakerChoice {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let number = |part: &str| part.trim().parse::<u32>().map_err(|_| bad_speakers(text));
        let choice = match text.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "off" => Self::Off,
            lower => match lower.split_once('-') {
                Some((min, max)) => Self::Range(number(min)?, number(max)?),
                None => Self::Exact(number(lower)?),
            },
        };
        choice.check().map_err(|_| bad_speakers(text))?;
        Ok(choice)
    }
}

impl TryFrom<String> for SpeakerChoice {
    type Error = Failure;
    fn try_from(text: String) -> Result<Self, Failure> {
        text.parse()
    }
}

impl From<SpeakerChoice> for String {
    fn from(choice: SpeakerChoice) -> Self {
        choice.to_string()
    }
}

impl fmt::Display for SpeakerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Auto => f.write_str("auto"),
            Self::Exact(n) => write!(f, "{n}"),
            Self::Range(min, max) => write!(f, "{min}-{max}"),
        }
    }
}

fn bad_speakers(text: &str) -> Failure {
    Failure::new(Code::SpeakersOutOfRange, format!("“{text}” is not a number of speakers that can be looked for."))
        .hint(format!(
            "Give “auto”, “off”, a number from 1 to {MAX_SPEAKERS}, or a range such as “2-5” with the smaller number first."
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_people_type_them() {
        assert_eq!("AUTO".parse(), Ok(LanguageChoice::Auto));
        assert_eq!("German".parse(), Ok(LanguageChoice::Code("de".into())));
        assert_eq!("xx".parse::<LanguageChoice>().unwrap_err().code, Code::UnknownLanguage);
        assert_eq!("2 - 5".parse(), Ok(SpeakerChoice::Range(2, 5)));
        assert_eq!("off".parse(), Ok(SpeakerChoice::Off));
        assert_eq!("25".parse(), Ok(SpeakerChoice::Exact(25)));
    }

    #[test]
    fn speakers_out_of_range_are_refused() {
        for text in ["0", "-1", "5-2", "0-3", "101", "1-1000", "two", "", "2-", "99999999999"] {
            let failure = text.parse::<SpeakerChoice>().unwrap_err();
            assert_eq!(failure.code, Code::SpeakersOutOfRange, "{text}");
            assert!(failure.message.contains(text), "{failure}");
        }
    }

    #[test]
    fn partial_settings_fill_up_and_come_back() {
        let settings: JobSettings = serde_json::from_str(r#"{"speakers":"2-4","later":1}"#).unwrap();
        assert_eq!(settings.speakers, SpeakerChoice::Range(2, 4));
        assert_eq!(settings.model, "auto");
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<JobSettings>(&json).unwrap(), settings);
        assert!(!json.contains("in_flight"), "jobs of before are known again by their text");
    }
}
