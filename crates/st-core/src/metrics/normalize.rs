//! Text as words to compare: what two writings of the same speech differ in without being wrong is taken away.

mod english;
mod numbers;
mod spelling;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// How text becomes words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalizer {
    /// NFKC, lower case, no punctuation save apostrophes inside words.
    #[default]
    Simple,
    /// For English, after the description in the Whisper paper (Radford et al. 2022, appendix C): contractions written
    /// out, numbers as digits, American spelling, no fillers, nothing in brackets.
    English,
    /// Each character is a word, so that the word error rate is the character error rate: for Chinese and Japanese.
    Characters,
}

impl Normalizer {
    /// The one that results in a language are usually given in.
    pub fn for_language(code: &str) -> Self {
        match code {
            "en" => Self::English,
            "zh" | "yue" | "ja" | "th" | "lo" | "my" | "km" => Self::Characters,
            _ => Self::Simple,
        }
    }

    /// The words of a text.
    pub fn words(self, text: &str) -> Vec<String> {
        match self {
            Self::Simple => simple(text),
            Self::English => english::words(text),
            Self::Characters => simple(text).iter().flat_map(|word| word.graphemes(true)).map(str::to_owned).collect(),
        }
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´')
}

fn simple(text: &str) -> Vec<String> {
    // NFKC takes the spacing accents apart, so apostrophes are made alike first.
    let alike = text.chars().map(|c| if is_apostrophe(c) { '\'' } else { c });
    let lower: Vec<char> = alike.nfkc().flat_map(char::to_lowercase).collect();
    let letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let mut kept = String::with_capacity(text.len());
    for (at, &c) in lower.iter().enumerate() {
        let inside = |side: Option<&char>| side.is_some_and(|&c| letter(c));
        if letter(c) || c == '\'' && at > 0 && inside(lower.get(at - 1)) && inside(lower.get(at + 1)) {
            kept.push(c);
        } else {
            kept.push(' ');
        }
    }
    kept.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
