//! Finding text in one transcript, and what would stand in its place.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::transcript::{Transcript, UtteranceId};

/// A pattern may need this many bytes when compiled: the crate's own limit lets one pattern take ten times as much.
const PATTERN_LIMIT: usize = 1 << 20;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindQuery {
    /// Text, or a regular expression.
    pub text: String,
    /// Whether capitals count.
    pub match_case: bool,
    /// Whether it stands for whole words only.
    pub whole_word: bool,
    /// Whether `text` is a regular expression.
    pub pattern: bool,
    /// What is put in place; none where nothing is replaced. In a pattern `$1` stands for a group.
    pub replacement: Option<String>,
}

/// A place that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The utterance.
    pub utterance: UtteranceId,
    /// Range of its text, in bytes.
    pub range: std::ops::Range<usize>,
    /// What would stand there.
    pub replacement: Option<String>,
}

/// Why nothing can be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// The pattern is no regular expression.
    #[error("{0}")]
    BadPattern(String),
    /// It would take too much memory.
    #[error("it is too large")]
    TooLarge,
}

/// All places in the order of the text. The time is linear in the text, whatever the pattern.
pub fn find(transcript: &Transcript, query: &FindQuery) -> Result<Vec<Found>, FindError> {
    if query.text.is_empty() {
        return Ok(Vec::new());
    }
    let regex = compile(query)?;
    let mut found = Vec::new();
    for utterance in &transcript.utterances {
        for captures in regex.captures_iter(&utterance.text) {
            let Some(whole) = captures.get(0) else { continue };
            // Only whole words where that is asked for; an empty match is no place.
            if whole.is_empty() || (query.whole_word && !stands_alone(&utterance.text, whole.range())) {
                continue;
            }
            let replacement = query.replacement.as_ref().map(|template| {
                if query.pattern {
                    let mut text = String::new();
                    captures.expand(template, &mut text);
                    text
                } else {
                    template.clone()
                }
            });
            found.push(Found { utterance: utterance.id, range: whole.range(), replacement });
        }
    }
    Ok(found)
}

fn compile(query: &FindQuery) -> Result<Regex, FindError> {
    let pattern = if query.pattern { query.text.clone() } else { regex::escape(&query.text) };
    RegexBuilder::new(&pattern).case_insensitive(!query.match_case).size_limit(PATTERN_LIMIT).build().map_err(|error| {
        match error {
            regex::Error::CompiledTooBig(_) => FindError::TooLarge,
            // The last line says what is wrong; those before it draw an arrow in a fixed-width font.
            other => FindError::BadPattern(
                other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            ),
        }
    })
}

/// Whether no letter or digit touches the range from outside where a letter or digit touches it from inside.
fn stands_alone(text: &str, range: std::ops::Range<usize>) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let inside = &text[range.clone()];
    let joined = |outer: Option<char>, inner: Option<char>| word(outer) && word(inner);
    !joined(text[..range.start].chars().next_back(), inside.chars().next())
        && !joined(text[range.end..].chars().next(), inside.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::TimeSpan;
    use crate::transcript::Utterance;

    fn transcript(texts: &[&str]) -> Transcript {
        let utterances = texts.iter().zip(1..).map(|(text, id)| Utterance {
            id: UtteranceId(id),
            speaker: None,
            span: TimeSpan::new(id * 1000, id * 1000 + 900),
            text: (*text).into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        });
        Transcript { utterances: utterances.collect(), ..Transcript::default() }
    }

    /// What is found in the sample, each with what would stand there.
    fn check(query: FindQuery, expected: &[(u64, &str, Option<&str>)]) {
        let sample = transcript(&["Karl saw Karla and KARL.", "A cost of 12.50 or 7.00", "Äpfel und äpfel"]);
        let found = find(&sample, &query).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|f| {
                let text = &sample.utterances[f.utterance.0 as usize - 1].text;
                (f.utterance.0, &text[f.range.clone()], f.replacement.as_deref())
            })
            .collect();
        assert_eq!(shown, expected);
    }

    fn text(text: &str) -> FindQuery {
        FindQuery { text: text.into(), ..FindQuery::default() }
    }

    #[test]
    fn case_words_and_patterns_are_heeded() {
        check(text("karl"), &[(1, "Karl", None), (1, "Karl", None), (1, "KARL", None)]);
        check(FindQuery { match_case: true, ..text("Karl") }, &[(1, "Karl", None), (1, "Karl", None)]);
        check(FindQuery { whole_word: true, ..text("karl") }, &[(1, "Karl", None), (1, "KARL", None)]);
        check(text("ÄPFEL"), &[(3, "Äpfel", None), (3, "äpfel", None)]);
        check(text("12.5"), &[(2, "12.5", None)]);
        check(text("1.50"), &[]);
        check(text(""), &[]);
        let money = FindQuery { pattern: true, replacement: Some("$2 and $1 €".into()), ..text(r"(\d+)\.(\d\d)") };
        check(money, &[(2, "12.50", Some("50 and 12 €")), (2, "7.00", Some("00 and 7 €"))]);
        check(FindQuery { replacement: Some("$1".into()), ..text("cost") }, &[(2, "cost", Some("$1"))]);
        check(FindQuery { pattern: true, ..text("x*") }, &[]);
    }

    #[test]
    fn bad_patterns_are_explained_and_costly_ones_refused() {
        let sample = transcript(&["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]);
        let pattern = |text: &str| FindQuery { text: text.into(), pattern: true, ..FindQuery::default() };
        assert_eq!(find(&sample, &pattern("(a")), Err(FindError::BadPattern("unclosed group".into())));
        assert_eq!(find(&sample, &pattern("(((a{99}){99}){99})")), Err(FindError::TooLarge));
        assert_eq!(find(&sample, &pattern("(a+)+$")), Ok(Vec::new()), "no backtracking");
    }
}
