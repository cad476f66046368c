//! What a job has finished so far: one row a window, written at once, so that a job that is killed goes on after its
//! last one.

use rusqlite::{Params, params};
use st_core::diarization::{EvidenceWindow, LocalVoice, SpeakerEvidence, Stretch};
use st_core::hypothesis::{Hypothesis, WindowHypothesis};
use st_core::time::Millis;

use super::{Library, LibraryError};
use crate::ids::{JobId, RecordingId};

impl Library {
    /// Journals a window of text of a channel; 0 stands for all together.
    pub fn add_window(&self, job: JobId, channel: u32, window: &WindowHypothesis) -> Result<(), LibraryError> {
        let hypothesis = serde_json::to_string(window)?;
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO windows (job_id, channel, start_ms, decoded_until_ms, hypothesis)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![job, channel, integer(window.span.start), integer(window.decoded_until), hypothesis],
            )?;
            Ok(())
        })
    }

    /// The finished windows of a job in order, those of all channels.
    pub fn windows(&self, job: JobId) -> Result<Hypothesis, LibraryError> {
        self.hypothesis("SELECT hypothesis FROM windows WHERE job_id = ?1 ORDER BY start_ms, channel", params![job])
    }

    /// The finished windows of one channel in order.
    pub fn windows_of(&self, job: JobId, channel: u32) -> Result<Hypothesis, LibraryError> {
        let query = "SELECT hypothesis FROM windows WHERE job_id = ?1 AND channel = ?2 ORDER BY start_ms";
        self.hypothesis(query, params![job, channel])
    }

    /// The lowest channel that has finished windows; none where nothing is finished. A job has either those of all channels
    /// together or those of channels of their own.
    pub fn first_channel(&self, job: JobId) -> Result<Option<u32>, LibraryError> {
        self.read(|c| Ok(c.query_row("SELECT MIN(channel) FROM windows WHERE job_id = ?1", [job], |row| row.get(0))?))
    }

    fn hypothesis(&self, query: &str, params: impl Params) -> Result<Hypothesis, LibraryError> {
        let texts: Vec<String> = self.read(|c| {
            let mut statement = c.prepare_cached(query)?;
            Ok(statement.query_map(params, |row| row.get(0))?.collect::<Result<_, _>>()?)
        })?;
        let windows = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
        Ok(Hypothesis { windows })
    }

    /// Journals what the voice models heard in a window; `models` names the models and the step.
    pub fn add_evidence(
        &self,
        recording: RecordingId,
        models: &str,
        window: &EvidenceWindow,
    ) -> Result<(), LibraryError> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO evidence (recording_id, models, start_ms, evidence) VALUES (?1, ?2, ?3, ?4)",
                params![recording, models, integer(window.start), encode(window)],
            )?;
            Ok(())
        })
    }

    /// All that these voice models heard in a recording so far, in order.
    pub fn evidence(&self, recording: RecordingId, models: &str) -> Result<SpeakerEvidence, LibraryError> {
        let rows: Vec<(i64, Vec<u8>)> = self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT start_ms, evidence FROM evidence WHERE recording_id = ?1 AND models = ?2 ORDER BY start_ms",
            )?;
            let rows = statement.query_map(params![recording, models], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let windows = rows
            .into_iter()
            .map(|(start, blob)| {
                decode(Millis(start.unsigned_abs()), &blob)
                    .ok_or_else(|| LibraryError::Damaged(format!("evidence at {start} ms cannot be read")))
            })
            .collect::<Result<_, _>>()?;
        Ok(SpeakerEvidence { windows, speech: Vec::new() })
    }

    /// What the evidence of a recording is filed under.
    pub fn evidence_keys(&self, recording: RecordingId) -> Result<Vec<String>, LibraryError> {
        self.read(|c| {
            let query = "SELECT DISTINCT models FROM evidence WHERE recording_id = ?1 ORDER BY models";
            let mut statement = c.prepare_cached(query)?;
            Ok(statement.query_map([recording], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    /// Starts of the windows that these voice models have heard.
    pub fn evidence_starts(&self, recording: RecordingId, models: &str) -> Result<Vec<Millis>, LibraryError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT start_ms FROM evidence WHERE recording_id = ?1 AND models = ?2 ORDER BY start_ms",
            )?;
            let rows = statement.query_map(params![recording, models], |row| row.get::<_, i64>(0))?;
            Ok(rows.map(|start| start.map(|ms| Millis(ms.unsigned_abs()))).collect::<Result<_, _>>()?)
        })
    }
}

fn integer(at: Millis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// Stands in place of a local speaker's number where a stretch follows.
const STRETCH: u8 = u8::MAX;

/// Added to a local speaker's number where the voice came through a narrow band.
const NARROW: u8 = 0x40;

/// Evidence as bytes: number of frames, frames, then the voices as local number (with [`NARROW`]), clean milliseconds, length and
/// numbers, and the stretches as [`STRETCH`], first frame, end, length and numbers; integers and floats in little-endian
/// order. A fifth of what JSON takes.
fn encode(window: &EvidenceWindow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + window.activity.len() + window.voices.len() * 800);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let numbers = |bytes: &mut Vec<u8>, embedding: &[f32]| {
        bytes.extend(count(embedding.len()));
        bytes.extend(embedding.iter().flat_map(|x| x.to_le_bytes()));
    };
    bytes.extend(count(window.activity.len()));
    bytes.extend(&window.activity);
    for voice in &window.voices {
        bytes.push(voice.local | if voice.narrow { NARROW } else { 0 });
        bytes.extend(voice.clean_ms.to_le_bytes());
        numbers(&mut bytes, &voice.embedding);
    }
    for stretch in &window.stretches {
        bytes.push(STRETCH);
        bytes.extend(stretch.first.to_le_bytes());
        bytes.extend(stretch.end.to_le_bytes());
        numbers(&mut bytes, &stretch.embedding);
    }
    bytes
}

fn decode(start: Millis, bytes: &[u8]) -> Option<EvidenceWindow> {
    let (frames, rest) = count(bytes)?;
    let (activity, mut rest) = rest.split_at_checked(frames)?;
    let (mut voices, mut stretches) = (Vec::new(), Vec::new());
    while let Some((&local, after)) = rest.split_first() {
        let (facts, after) = after.split_first_chunk::<4>()?;
        let (numbers, after) = count(after)?;
        let (embedding, after) = after.split_at_checked(numbers.checked_mul(4)?)?;
        let embedding = embedding.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        match local {
            STRETCH => {
                let [a, b, c, d] = *facts;
                let (first, end) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
                stretches.push(Stretch { first, end, embedding });
            }
            _ => voices.push(LocalVoice {
                local: local & !NARROW,
                clean_ms: u32::from_le_bytes(*facts),
                narrow: local & NARROW != 0,
                embedding,
            }),
        }
        rest = after;
    }
    Some(EvidenceWindow { start, activity: activity.to_vec(), voices, stretches })
}

fn count(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*head) as usize, rest))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use st_core::doubt::{DoubtKind, Finding, Verdict};
    use st_core::time::TimeSpan;

    use super::super::FileStamp;
    use super::super::tests::library;
    use super::*;
    use crate::jobs::{JobKind, JobSettings};

    fn window(start: u64) -> WindowHypothesis {
        WindowHypothesis {
            span: TimeSpan::new(start, start + 10),
            decoded_until: Millis(start + 9),
            language: "en".into(),
            segments: Vec::new(),
            facts: Default::default(),
            findings: vec![Finding {
                kind: DoubtKind::Loop,
                span: TimeSpan::new(start, start + 500),
                verdict: Verdict::Repaired,
                text: "no no".into(),
            }],
        }
    }

    #[test]
    fn windows_come_back_in_order() {
        let (_folder, library) = library();
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        let job = library.add_job(recording, JobKind::Transcribe, &JobSettings::default()).unwrap();
        for start in [20, 0, 10] {
            library.add_window(job, 0, &window(start)).unwrap();
        }
        library.add_window(job, 2, &window(10)).unwrap();
        let windows = library.windows(job).unwrap().windows;
        assert_eq!(windows, [window(0), window(10), window(10), window(20)]);
        assert_eq!(library.windows_of(job, 2).unwrap().windows, [window(10)]);
        assert_eq!(library.windows_of(job, 0).unwrap().windows.len(), 3);
        assert_eq!(library.job(job).unwrap().windows_done, 4);
    }

    #[test]
    fn evidence_comes_back_and_damage_is_noticed() {
        let (_folder, library) = library();
        let recording = library.add_recording(Path::new("/a.wav"), FileStamp { size: 1, modified_ms: 1 }).unwrap();
        let heard = |start| EvidenceWindow {
            start: Millis(start),
            activity: vec![0, 1, 3, 7],
            voices: vec![
                LocalVoice { local: 0, clean_ms: 1500, narrow: false, embedding: vec![0.25, -1.0, 3.5e-9] },
                LocalVoice { local: 2, clean_ms: 0, narrow: true, embedding: Vec::new() },
            ],
            stretches: vec![Stretch { first: 1, end: 500, embedding: vec![0.5, -0.25] }],
        };
        library.add_evidence(recording, "m", &heard(5000)).unwrap();
        library.add_evidence(recording, "m", &heard(0)).unwrap();
        library.add_evidence(recording, "other", &heard(9)).unwrap();
        assert_eq!(library.evidence(recording, "m").unwrap().windows, [heard(0), heard(5000)]);
        assert_eq!(library.evidence_starts(recording, "m").unwrap(), [Millis(0), Millis(5000)]);
        assert_eq!(library.evidence_keys(recording).unwrap(), ["m", "other"]);
        let whole = encode(&heard(0));
        for cut in [1, 6, 9, 15, whole.len() - 1] {
            assert_eq!(decode(Millis(0), &whole[..cut]), None, "{cut}");
        }
    }
}
