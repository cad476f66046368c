//! Who speaks when: turns, and the evidence that they are made from.

use serde::{Deserialize, Serialize};

use crate::time::{Millis, TimeSpan};

/// Number of a speaker within one diarization, from 0 in the order of first speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeakerIndex(pub u32);

impl SpeakerIndex {
    /// The label that RTTM files carry: `SPEAKER_00`.
    pub fn label(self) -> String {
        format!("SPEAKER_{:02}", self.0)
    }
}

/// One speaker speaking without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerTurn {
    /// When.
    pub span: TimeSpan,
    /// Who.
    pub speaker: SpeakerIndex,
}

/// All turns of a recording, ordered by start; turns of different speakers may overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diarization {
    /// Ordered by start, then by speaker.
    pub turns: Vec<SpeakerTurn>,
}

/// Local speakers that one segmentation window can tell apart (pyannote segmentation 3.0).
pub const LOCAL_SPEAKERS: usize = 3;

/// What the models heard in one window of audio (10 s): who of its local speakers is active in each frame, and how
/// each of them sounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceWindow {
    /// Start of the window on the recording's clock.
    pub start: Millis,
    /// Per frame a bit set of the active local speakers (bit 0 is local speaker 0). Frame shift 270 samples
    /// (16.875 ms), 589 frames a window of 10 s.
    pub activity: Vec<u8>,
    /// The voices of local speakers that spoke long enough for one.
    pub voices: Vec<LocalVoice>,
}

/// The voice of one local speaker of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalVoice {
    /// Which local speaker: 0..[`LOCAL_SPEAKERS`].
    pub local: u8,
    /// Milliseconds of speech of this speaker alone that the embedding was made from.
    pub clean_ms: u32,
    /// The embedding, of unit length (CAM++: 192 numbers).
    pub embedding: Vec<f32>,
}

/// Everything that clustering needs: kept with the recording, so that speakers can be told apart again without a
/// model run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpeakerEvidence {
    /// Ordered by start, evenly spaced except for the last.
    pub windows: Vec<EvidenceWindow>,
}

/// How many people speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerCount {
    /// Found from the voices.
    #[default]
    Auto,
    /// Exactly so many.
    Exact(u32),
    /// At least and at most so many.
    Range(u32, u32),
}
