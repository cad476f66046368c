//! RTTM: who speaks when, without text, for programs that measure diarization.

use std::io::{self, Write};

use st_core::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use st_core::time::TimeSpan;
use st_core::transcript::Utterance;

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

    fn write(&self, source: &Source<'_>, _: &ExportOptions, to: &mut dyn Write) -> io::Result<()> {
        let transcript = source.transcript;
        let mut all = Vec::new();
        for utterance in &transcript.utterances {
            let number = utterance.speaker.and_then(|id| transcript.speakers.iter().position(|s| s.id == id));
            if let Some(number) = number {
                let speaker = SpeakerIndex(number as u32);
                all.extend(turns(utterance).into_iter().map(|span| SpeakerTurn { span, speaker }));
            }
        }
        let name = &transcript.recording.name;
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| if stem.is_empty() { name } else { stem });
        let label = |s: SpeakerIndex| transcript.speakers[s.0 as usize].label.clone();
        to.write_all(st_core::rttm::write(stem, &Diarization::from_turns(all), label).as_bytes())
    }
    fn check(&self, file: &mut dyn Written) -> io::Result<()> {
        each_line(file, |number, line| {
            let turns = st_core::rttm::read(line).map_err(|error| unsound(format!("{}: {error}", number + 1)))?;
            let one = turns.len() == 1 && line.split_whitespace().count() == 10;
            if one { Ok(()) } else { Err(unsound(format!("line {} is not one turn of ten fields", number + 1))) }
        })
    }
}
