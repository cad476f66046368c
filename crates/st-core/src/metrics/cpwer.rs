//! cpWER, the concatenated minimum-permutation word error rate (Watanabe et al., CHiME-6, 2020): the words of each
//! speaker in one row, speakers paired so that the sum of errors is least. It counts a word that is given to the wrong
//! speaker, which the word error rate does not see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assignment::best_pairs;
use super::normalize::Normalizer;
use super::wer::{WordErrors, word_errors};
use crate::time::Millis;
use crate::transcript::Transcript;

/// Something that somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who, by any name that stays the same.
    pub speaker: String,
    /// From when.
    pub start: Millis,
    /// What.
    pub text: String,
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpeakerWordErrors {
    /// The sum over all speakers.
    pub errors: WordErrors,
    /// Who was taken for whom: speakers of the reference and of the hypothesis; one side is missing where a speaker has
    /// no counterpart, whose words are then all errors.
    pub pairs: Vec<(Option<String>, Option<String>)>,
}

/// A line of an STM file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StmError {
    /// Too few fields.
    #[error("line {line} has {found} fields, and at least 5 are needed")]
    Fields {
        /// Number of the line, from 1.
        line: usize,
        /// Fields found.
        found: usize,
    },
    /// A time is not a number of seconds.
    #[error("line {line}: {text} is not a time in seconds")]
    Time {
        /// Number of the line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

/// What a transcript's utterances say. Those without a speaker count as one more speaker.
pub fn said(transcript: &Transcript) -> Vec<Said> {
    let one = |u: &crate::transcript::Utterance| Said {
        speaker: u.speaker.and_then(|id| transcript.speaker(id)).map(|s| s.label.clone()).unwrap_or_default(),
        start: u.span.start,
        text: u.text.clone(),
    };
    transcript.utterances.iter().map(one).collect()
}

/// Reads NIST's STM: `file channel speaker begin end [<labels>] text`, by file. Comments (`;;`) and stretches that are
/// not to be scored are left out.
pub fn read_stm(text: &str) -> Result<BTreeMap<String, Vec<Said>>, StmError> {
    let mut files: BTreeMap<String, Vec<Said>> = BTreeMap::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = number + 1;
        if fields.is_empty() || fields[0].starts_with(";;") {
            continue;
        }
        let [file, _, speaker, begin, end, rest @ ..] = &fields[..] else {
            return Err(StmError::Fields { line: number, found: fields.len() });
        };
        for time in [begin, end] {
            if !time.parse::<f64>().is_ok_and(|t| t.is_finite() && t >= 0.0) {
                return Err(StmError::Time { line: number, text: (*time).to_owned() });
            }
        }
        let words = match rest {
            [label, words @ ..] if label.starts_with('<') && label.ends_with('>') => words,
            words => words,
        };
        if words.first().is_some_and(|w| w.eq_ignore_ascii_case("ignore_time_segment_in_scoring")) {
            continue;
        }
        files.entry((*file).to_owned()).or_default().push(Said {
            speaker: (*speaker).to_owned(),
            start: Millis::from_seconds(begin.parse().unwrap_or(0.0)),
            text: words.join(" "),
        });
    }
    Ok(files)
}

/// The words of each speaker in the order of their utterances' starts; speakers in the order of their names.
fn rows(list: &[Said], normalizer: Normalizer) -> Vec<(String, Vec<String>)> {
    let mut order: Vec<&Said> = list.iter().collect();
    order.sort_by_key(|s| s.start);
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for said in order {
        texts.entry(&said.speaker).or_default().extend(normalizer.words(&said.text));
    }
    texts.into_iter().map(|(speaker, words)| (speaker.to_owned(), words)).collect()
}

/// Compares who said what.
pub fn cpwer(reference: &[Said], hypothesis: &[Said], normalizer: Normalizer) -> SpeakerWordErrors {
    let (reference, hypothesis) = (rows(reference, normalizer), rows(hypothesis, normalizer));
    let none: &[String] = &[];
    let errors: Vec<Vec<WordErrors>> =
        reference.iter().map(|(_, r)| hypothesis.iter().map(|(_, h)| word_errors(r, h)).collect()).collect();
    // What a pair saves against both being alone, where every word is an error.
    let weights: Vec<Vec<i64>> = reference
        .iter()
        .zip(&errors)
        .map(|((_, r), row)| {
            let saved =
                |(h, e): (&(String, Vec<String>), &WordErrors)| (r.len() + h.1.len()) as i64 - e.errors() as i64;
            hypothesis.iter().zip(row).map(saved).collect()
        })
        .collect();
    let mut result = SpeakerWordErrors::default();
    let mut paired = vec![false; hypothesis.len()];
    for (row, column) in best_pairs(&weights).into_iter().enumerate() {
        let (name, words) = &reference[row];
        let found = column.map_or_else(|| word_errors(words, none), |column| errors[row][column]);
        result.errors = result.errors + found;
        let other = column.map(|column| {
            paired[column] = true;
            hypothesis[column].0.clone()
        });
        result.pairs.push((Some(name.clone()), other));
    }
    for ((name, words), _) in hypothesis.iter().zip(paired).filter(|(_, paired)| !paired) {
        result.errors = result.errors + word_errors(none, words);
        result.pairs.push((None, Some(name.clone())));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"A@0 text | B@1 text"`.
    fn talk(spec: &str) -> Vec<Said> {
        let one = |item: &str| {
            let (head, text) = item.trim().split_once(' ').unwrap();
            let (speaker, start) = head.split_once('@').unwrap();
            Said { speaker: speaker.into(), start: Millis(start.parse().unwrap()), text: text.into() }
        };
        spec.split('|').filter(|i| !i.trim().is_empty()).map(one).collect()
    }

    fn check(reference: &str, hypothesis: &str, expected: (u64, u64, u64)) {
        let found = cpwer(&talk(reference), &talk(hypothesis), Normalizer::Simple);
        let e = found.errors;
        assert_eq!((e.substitutions, e.deletions, e.insertions), expected, "{:?}", found.pairs);
    }

    // Figures checked against meeteval 0.4.3.
    #[test]
    fn speakers_are_paired_for_the_least_errors() {
        let two = "A@0 how are you | B@2 fine thanks | A@4 good";
        check(two, "x@0 how are you | y@2 fine thanks | x@4 good", (0, 0, 0));
        check(two, "y@0 how are you | x@2 fine tanks | y@4 good", (1, 0, 0));
        check(two, "x@0 how are you | y@2 fine | x@3 thanks good", (0, 1, 1));
        check(two, "x@0 how are you fine thanks good", (0, 2, 2));
        check(two, "x@0 how are you | y@2 fine thanks | z@4 good", (0, 1, 1));
        check(two, "", (0, 6, 0));
        check("", "x@0 one two", (0, 0, 2));
    }

    #[test]
    fn unpaired_speakers_are_named() {
        let found = cpwer(&talk("A@0 a b c | B@1 d"), &talk("x@0 a b c"), Normalizer::Simple);
        assert_eq!(found.pairs, [(Some("A".into()), Some("x".into())), (Some("B".into()), None)]);
        assert_eq!(found.errors.rate(), 0.25);
    }

    #[test]
    fn stm_is_read() {
        let text = ";; note\nrec 1 Lena 0.5 2.0 <o,f0> Hello there\nrec 1 Yusuf 3 4 Hi\n\
                    rec 1 x 5 6 IGNORE_TIME_SEGMENT_IN_SCORING\nother A y 0 1\n";
        let files = read_stm(text).unwrap();
        assert_eq!(files["rec"].len(), 2);
        let first = &files["rec"][0];
        assert_eq!((first.speaker.as_str(), first.start, first.text.as_str()), ("Lena", Millis(500), "Hello there"));
        assert_eq!(files["other"][0].text, "");
        assert_eq!(read_stm("a b c"), Err(StmError::Fields { line: 1, found: 3 }));
        assert_eq!(read_stm("\na 1 b x 2 hi"), Err(StmError::Time { line: 2, text: "x".into() }));
    }
}
