//! What in a transcript is not to be trusted: found by measures of our own, tried a second time, and kept in a list that a
//! person can go through. Nothing is taken out in silence: what was dropped stands in the list.

mod boilerplate;
mod judge;
mod repeats;
mod weigh;

use serde::{Deserialize, Serialize};

use crate::coverage::Coverage;
use crate::hypothesis::WindowHypothesis;
use crate::time::TimeSpan;

pub use judge::{Suspicion, judge, text_of};
pub use weigh::{Heard, believed_unheard, echoes, insert, weigh, within};

/// Speech without words from this length on is tried again and listed, in milliseconds: what is shorter is mostly the
/// inexactness of word times, and gives made-up words when it is decoded by itself.
pub const LEAST_GAP_MS: u64 = 2_000;

/// Identity of a doubt within one transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DoubtId(pub u32);

/// What is wrong with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubtKind {
    /// Somebody speaks and nothing was written.
    SpeechWithoutWords,
    /// Something was written where the voice detector hears nobody.
    WordsWithoutSpeech,
    /// The same words over and over.
    Loop,
    /// More words than anybody says in the time.
    Rate,
    /// A sentence that the model knows from the ends of subtitles: "Thanks for watching".
    Boilerplate,
    /// The model itself was unsure of nearly every word.
    LowConfidence,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second try did not settle it: the transcript has it as it was.
    Kept,
    /// The second try settled it: the transcript has what that gave.
    Repaired,
    /// It was taken out.
    Dropped,
}

/// A doubtful place and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: DoubtKind,
    /// Where, on the recording's clock.
    #[serde(flatten)]
    pub span: TimeSpan,
    /// What came of it.
    pub verdict: Verdict,
    /// The text in doubt: what stands there where it was kept, what stood there before else. Empty where there was none.
    pub text: String,
}

/// A finding as it stands in a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Identity.
    pub id: DoubtId,
    /// What and where.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether a person said that it is right as it is.
    #[serde(default)]
    pub settled: bool,
}

/// The list of a transcript, ordered by time: what was found window by window, and the speech without words that the
/// ledger ends with.
pub fn list<'a>(windows: impl IntoIterator<Item = &'a WindowHypothesis>, coverage: &Coverage) -> Vec<Doubt> {
    let mut findings: Vec<Finding> = windows.into_iter().flat_map(|w| &w.findings).cloned().collect();
    let gaps = coverage.speech_without_words.iter().filter(|gap| gap.millis() >= LEAST_GAP_MS);
    findings.extend(gaps.map(|&span| Finding {
        kind: DoubtKind::SpeechWithoutWords,
        span,
        verdict: Verdict::Kept,
        text: String::new(),
    }));
    findings.sort_by_key(|finding| (finding.span, finding.kind, finding.verdict));
    (0..).zip(findings).map(|(id, finding)| Doubt { id: DoubtId(id), finding, settled: false }).collect()
}

#[cfg(test)]
mod tests_support {
    use crate::hypothesis::{Segment, WindowHypothesis, Word};
    use crate::time::{Millis, TimeSpan};

    /// A piece with its words spread evenly.
    pub fn said(start: u64, end: u64, text: &str) -> Segment {
        let words: Vec<&str> = text.split(' ').collect();
        let at = |n: usize| start + (end - start) * n as u64 / words.len() as u64;
        let word = |(n, text): (usize, &&str)| Word {
            text: (*text).into(),
            span: TimeSpan::new(at(n), at(n + 1)),
            confidence: 0.9,
            spaced: true,
        };
        let words: Vec<Word> = words.iter().enumerate().map(word).collect();
        Segment { span: TimeSpan::new(start, end), words, avg_logprob: -0.2, no_speech: 0.0 }
    }

    /// A window of English from 0 to 30 s.
    pub fn window(segments: &[Segment], decoded_until: u64) -> WindowHypothesis {
        WindowHypothesis {
            span: TimeSpan::new(0, 30_000),
            decoded_until: Millis(decoded_until),
            language: "en".into(),
            segments: segments.to_vec(),
            ..WindowHypothesis::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hypothesis::WindowHypothesis;

    #[test]
    fn the_list_has_what_windows_and_the_ledger_found_in_the_order_of_time() {
        let dropped = Finding {
            kind: DoubtKind::Boilerplate,
            span: TimeSpan::new(9_000, 10_000),
            verdict: Verdict::Dropped,
            text: "Thanks for watching!".into(),
        };
        let window = WindowHypothesis { findings: vec![dropped.clone()], ..WindowHypothesis::default() };
        let coverage = Coverage {
            speech_without_words: vec![TimeSpan::new(0, 1_000), TimeSpan::new(2_000, 4_500)],
            ..Coverage::default()
        };
        let listed = list(&[window], &coverage);
        assert_eq!(listed.len(), 2, "a second without words is the inexactness of times");
        assert_eq!(listed[0].finding.span, TimeSpan::new(2_000, 4_500));
        assert_eq!((listed[1].id, &listed[1].finding), (DoubtId(1), &dropped));
        let text = serde_json::to_string(&listed).unwrap();
        assert!(
            text.contains(r#"{"id":1,"kind":"boilerplate","start":9000,"end":10000,"verdict":"dropped""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Vec<Doubt>>(&text).unwrap(), listed);
    }
}
