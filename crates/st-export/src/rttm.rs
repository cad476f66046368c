//! RTTM: who speaks when, without text, for programs that measure diarization. The turns are those that were found, with
//! what is said beneath others; where none are kept, the times of the words.

use std::borrow::Cow;
use std::io::{self, Write};

use st_core::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use st_core::time::TimeSpan;
use st_core::transcript::{SpeakerId, Transcript, Utterance};

use crate::check::{each_line, unsound};
use crate::{ExportOptions, Exporter, Source, Written};

pub(super) struct Rttm;

/// A pause between words that ends a turn: reference annotations keep shorter ones inside (NIST's RT evaluations and
/// AMI use 300 ms to 500 ms).
const TURN_GAP_MS: u64 = 500;

/// The turns of an utterance: its span, cut at its pauses.
fn turns(utterance: &Utterance) -> Vec<TimeSpan> {
    let mut turns = vec![utterance.span];
    for pair in utterance.words.windows(2) {
        let (end, start) = (pair[0].span.end, pair[1].span.start);
        if start.0.saturating_sub(end.0) < TURN_GAP_MS {
            continue;
        }
        if let Some(last) = turns.last_mut().filter(|l| l.start <= end && start <= l.end) {
            let rest = TimeSpan { start, end: last.end };
            last.end = end;
            turns.push(rest);
        }
    }
    turns.retain(|t| !t.is_empty());
    turns
}

/// The turns of all words.
fn of_words(transcript: &Transcript) -> Diarization {
    let known = |utterance: &&Utterance| utterance.speaker.is_some_and(|id| transcript.speaker(id).is_some());
    let of = |utterance: &Utterance| {
        let speaker = SpeakerIndex(utterance.speaker.map_or(0, |id| id.0));
        turns(utterance).into_iter().map(move |span| SpeakerTurn { span, speaker })
    };
    Diarization::from_turns(transcript.utterances.iter().filter(known).flat_map(of).collect())
}

/// The name that a person gave, unless it stands for somebody else too, for two of one name would be one speaker; else the
/// label. A voice without words is no speaker of the transcript, and its number none that a speaker has or had.
fn called(transcript: &Transcript, id: SpeakerId) -> String {
    let Some(speaker) = transcript.speaker(id) else { return SpeakerIndex(id.0).label() };
    let others = || transcript.speakers.iter().filter(|other| other.id != id);
    let alone = |name: &&String| others().all(|other| other.name.as_ref() != Some(*name) && other.label != **name);
    speaker.name.as_ref().filter(alone).unwrap_or(&speaker.label).clone()
}

impl Exporter for Rttm {
    fn id(&self) -> &'static str {
        "rttm"
    }

    fn extension(&self) -> &'static str {
        "rttm"
    }

    fn name(&self) -> &'static str {
        "Speaker turns (RTTM)"
    }

    fn wants_turns(&self) -> bool {
        true
    }

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let turns = source.turns.map_or_else(|| Cow::Owned(of_words(transcript)), Cow::Borrowed);
        let name = &transcript.recording.name;
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| if stem.is_empty() { name } else { stem });
        let name = |speaker: SpeakerIndex| called(transcript, SpeakerId(speaker.0));
        to.write_all(st_core::rttm::write(stem, &turns, name).as_bytes())
    }

    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        each_line(file, |number, line| {
            let turns = st_core::rttm::read(line).map_err(|error| unsound(format!("{}: {error}", number + 1)))?;
            let one = turns.len() == 1 && line.split_whitespace().count() == 10;
            if one { Ok(()) } else { Err(unsound(format!("line {} is not one turn of ten fields", number + 1))) }
        })
    }
}
