//! The second look at a window: places whose text is not to be trusted are decoded again by themselves, from another start,
//! without the list of words, then at another temperature; what that does not settle is kept and noted. It happens before the
//! window is journalled, so that a job that goes on has the same.

use st_core::coverage::without;
use st_core::doubt::{
    DoubtKind, Finding, Heard, Suspicion, Verdict, believed_unheard, echoes, insert, judge, text_of, weigh, within,
};
use st_core::hypothesis::{Segment, WindowHypothesis};
use st_core::sound::Listener;
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::DecodeParams;

use super::PipelineError;
use crate::inference::Outcome;

/// A try of a place: how far before it the sound begins, in milliseconds, and the softmax temperature.
const TRIES: [(u64, f32); 2] = [(1_000, 0.0), (400, 0.4)];
/// Sound behind a place that a try hears, in milliseconds.
const BEHIND_MS: u64 = 500;
/// Places of a window that are tried again: more would cost more than the window.
const MOST: usize = 8;
/// How far beside doubted words the sound is looked at, in milliseconds: the recogniser's times are off by as much.
const BESIDE_MS: u64 = 1_000;
/// How much later the second try of sound that the detector did not hear begins, in milliseconds: enough to give the
/// recogniser another picture of it, too little to lose a word.
const LATER_MS: u64 = 200;
/// Its softmax temperature: what is made up becomes another text by it.
const LATER_TEMPERATURE: f32 = 0.2;

/// Decodes samples that begin at a time, with the speech in them.
pub type Ask<'a> =
    dyn FnMut(&[f32], Millis, &[TimeSpan], &DecodeParams) -> Result<Outcome<WindowHypothesis>, PipelineError> + 'a;

/// What looking again needs of a window.
pub struct Look<'a, 'b> {
    /// Its samples.
    pub pcm: &'a [f32],
    /// Where somebody speaks in it.
    pub speech: &'a [TimeSpan],
    /// How it was decoded.
    pub params: &'a DecodeParams,
    /// The recogniser.
    pub ask: &'a mut Ask<'b>,
}

impl Look<'_, '_> {
    /// Tries again what is doubtful in a window, and notes what came of it.
    pub fn again(&mut self, mut window: WindowHypothesis) -> Result<Outcome<WindowHypothesis>, PipelineError> {
        let language = if self.params.translate { "en".to_owned() } else { window.language.clone() };
        let suspicions = judge(&window, self.speech);
        // From the end, so that the places of those before stay right.
        for suspicion in suspicions.into_iter().take(MOST).rev() {
            let doubted = window.segments[suspicion.segments.clone()].to_vec();
            let voiced = suspicion.spoken || self.is_voiced(&window, suspicion.span);
            let mut verdict = None;
            for (lead, temperature) in TRIES {
                let found = match self.hear(&window, &suspicion, lead, temperature)? {
                    Outcome::Done(found) => found,
                    Outcome::Cancelled => return Ok(Outcome::Cancelled),
                };
                if suspicion.kind == DoubtKind::SpeechWithoutWords && is_echo(&window, &suspicion, &found) {
                    continue;
                }
                let heard = Heard { segments: &found, plain: temperature == 0.0, voiced };
                verdict = weigh(&suspicion, &doubted, &heard, &language);
                if verdict == Some(Verdict::Repaired) {
                    repair(&mut window, &suspicion, found);
                }
                if verdict.is_some() {
                    break;
                }
            }
            let verdict = verdict.unwrap_or(Verdict::Kept);
            if verdict == Verdict::Dropped {
                window.segments.drain(suspicion.segments.clone());
            }
            // Speech that stays without words is told by the ledger at the end.
            if (suspicion.kind, verdict) != (DoubtKind::SpeechWithoutWords, Verdict::Kept) {
                let Suspicion { kind, span, .. } = suspicion;
                window.findings.push(Finding { kind, span, verdict, text: text_of(&doubted) });
            }
        }
        Ok(Outcome::Done(window))
    }

    /// What a window says that the voice detector heard nothing of: kept where a second try says the same and both can
    /// be believed, dropped and noted else.
    pub fn unheard(&mut self, mut window: WindowHypothesis) -> Result<Outcome<WindowHypothesis>, PipelineError> {
        let (Some(first), Some(last)) = (window.segments.first(), window.segments.last()) else {
            window.decoded_until = window.span.end;
            return Ok(Outcome::Done(window));
        };
        let span = TimeSpan { start: first.span.start, end: last.span.end };
        let place = TimeSpan { start: window.span.start + Millis(LATER_MS), end: window.span.end };
        let second = match self.part(&window, place, LATER_TEMPERATURE)? {
            Outcome::Done(second) => second,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        };
        let text = text_of(&window.segments);
        let second = within(&second, TimeSpan { start: Millis(0), end: window.decoded_until });
        let mut finding = Finding { kind: DoubtKind::WordsWithoutSpeech, span, verdict: Verdict::Kept, text };
        if believed_unheard(&window.segments, &second, &window.language) {
            let Outcome::Done(again) = self.again(window)? else { return Ok(Outcome::Cancelled) };
            window = again;
        } else {
            finding.verdict = Verdict::Dropped;
            window.segments.clear();
            window.decoded_until = window.span.end;
        }
        window.findings.push(finding);
        Ok(Outcome::Done(window))
    }

    /// One try of a place: its pieces there, or, where nobody speaks by the detector, all that was heard around it.
    fn hear(
        &mut self,
        window: &WindowHypothesis,
        suspicion: &Suspicion,
        lead: u64,
        temperature: f32,
    ) -> Result<Outcome<Vec<Segment>>, PipelineError> {
        let start = suspicion.span.start.saturating_sub(Millis(lead)).max(window.span.start);
        let end = (suspicion.span.end + Millis(BEHIND_MS)).min(window.span.end);
        let found = match self.part(window, TimeSpan { start, end }, temperature)? {
            Outcome::Done(found) => found,
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        };
        Ok(Outcome::Done(if suspicion.spoken { within(&found, suspicion.span) } else { found.segments }))
    }

    /// Decodes a part of the window by itself.
    fn part(
        &mut self,
        window: &WindowHypothesis,
        part: TimeSpan,
        temperature: f32,
    ) -> Result<Outcome<WindowHypothesis>, PipelineError> {
        let index = |at: Millis| {
            let sample = at.saturating_sub(window.span.start).to_sample();
            usize::try_from(sample).map_or(self.pcm.len(), |sample| sample.min(self.pcm.len()))
        };
        let beam = if temperature > 0.0 { 1 } else { self.params.beam };
        let params = DecodeParams { words: Vec::new(), temperature, beam, ..self.params.clone() };
        let speech: Vec<TimeSpan> = self.speech.iter().filter_map(|region| region.intersection(part)).collect();
        (self.ask)(&self.pcm[index(part.start)..index(part.end)], part.start, &speech, &params)
    }

    /// Whether there is a voice beside the speech that the detector heard.
    fn is_voiced(&self, window: &WindowHypothesis, span: TimeSpan) -> bool {
        let mut listener = Listener::default();
        listener.push(self.pcm);
        let start = window.span.start;
        let near = TimeSpan {
            start: span.start.saturating_sub(Millis(BESIDE_MS)).max(start),
            end: span.end + Millis(BESIDE_MS),
        };
        let from_start =
            |rest: &TimeSpan| TimeSpan { start: rest.start.saturating_sub(start), end: rest.end.saturating_sub(start) };
        without(&[near], self.speech).iter().any(|rest| listener.has_voice(from_start(rest)))
    }
}

/// Whether what was heard in a gap only stands beside it already.
fn is_echo(window: &WindowHypothesis, suspicion: &Suspicion, found: &[Segment]) -> bool {
    let before = TimeSpan { start: window.span.start, end: suspicion.span.start };
    let behind = TimeSpan { start: suspicion.span.end, end: window.span.end };
    echoes(found, &within(window, before), &within(window, behind))
}

/// Puts what was heard in the place of what was doubted.
fn repair(window: &mut WindowHypothesis, suspicion: &Suspicion, found: Vec<Segment>) {
    if suspicion.segments.is_empty() {
        insert(window, suspicion.span, found);
    } else {
        window.segments.splice(suspicion.segments.clone(), found);
    }
}

#[cfg(test)]
#[path = "second_tests.rs"]
mod tests;
