//! English text as words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{is_apostrophe, numbers, spelling};

/// Sounds of thinking.
const FILLERS: &[&str] = &["hmm", "mm", "mhm", "mmm", "uh", "um"];

/// Words that are written out.
const WHOLE: &[(&str, &str)] = &[
    ("ain't", "aint"),
    ("can't", "can not"),
    ("cannot", "can not"),
    ("coulda", "could have"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("i'ma", "i am going to"),
    ("imma", "i am going to"),
    ("let's", "let us"),
    ("ma'am", "madam"),
    ("shoulda", "should have"),
    ("wanna", "want to"),
    ("won't", "will not"),
    ("woulda", "would have"),
    ("y'all", "you all"),
    ("ald", "alderman"),
    ("assoc", "associate"),
    ("asst", "assistant"),
    ("capt", "captain"),
    ("col", "colonel"),
    ("dr", "doctor"),
    ("esq", "esquire"),
    ("gen", "general"),
    ("gov", "governor"),
    ("hon", "honorable"),
    ("jr", "junior"),
    ("lt", "lieutenant"),
    ("mr", "mister"),
    ("mrs", "missus"),
    ("pres", "president"),
    ("prof", "professor"),
    ("rep", "representative"),
    ("rev", "reverend"),
    ("sen", "senator"),
    ("sr", "senior"),
    ("st", "saint"),
];

/// Endings that stand for a word. What `'s` stands for cannot be known: both sides get the same.
const ENDINGS: &[(&str, &str)] = &[
    ("n't", "not"),
    ("'re", "are"),
    ("'s", "is"),
    ("'d", "would"),
    ("'ll", "will"),
    ("'t", "not"),
    ("'ve", "have"),
    ("'m", "am"),
];

/// After these, `'s` and `'d` stand for a form of "to have".
const PARTICIPLES: &[&str] = &["been", "done", "gone", "got"];

/// Signs that mean something beside a number.
pub(super) const SIGNS: &[char] = &['.', '%', '$', '¢', '€', '£'];

pub(super) fn words(text: &str) -> Vec<String> {
    let alike: String =
        text.chars().map(|c| if is_apostrophe(c) { '\'' } else { c }).flat_map(char::to_lowercase).collect();
    let raw = without_brackets(&alike);
    let tokens: Vec<&str> = raw.split_whitespace().map(trimmed).filter(|t| !t.is_empty()).collect();
    let mut plain: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|t| bare(t));
        let parts = cleaned(&written_out(token, next));
        plain.extend(parts.into_iter().filter(|p| !FILLERS.contains(&p.as_str())));
    }
    let counted = numbers::to_digits(&plain);
    counted.iter().map(|w| unsigned(w)).filter(|w| !w.is_empty()).map(|w| spelling::american(&w)).collect()
}

/// Leaves out what stands in brackets of one kind: sounds, speaker names, remarks.
fn without_brackets(text: &str) -> String {
    let pairs = [('[', ']'), ('<', '>'), ('(', ')')];
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '<', '(']) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let open = from.chars().next().unwrap_or('(');
        let close = pairs.iter().find(|(o, _)| *o == open).map_or(')', |(_, c)| *c);
        // A bracket that is never closed is only a sign.
        rest = match from.find(close) {
            Some(end) => &from[end + close.len_utf8()..],
            None => &from[open.len_utf8()..],
        };
        kept.push(' ');
    }
    kept + rest
}

/// Without the punctuation around, but with signs of money and per cent.
fn trimmed(token: &str) -> &str {
    let outer = |c: char| !c.is_alphanumeric() && !SIGNS.contains(&c) && c != '\'' && c != '-' && c != '+';
    token.trim_matches(outer)
}

fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_alphanumeric())
}

/// A token with its contractions and abbreviations written out.
fn written_out(token: &str, next: Option<&str>) -> String {
    let edge = |c: char| !c.is_alphanumeric() && !SIGNS.contains(&c) && c != '-' && c != '+';
    let core = token.trim_matches(edge).trim_end_matches('.');
    if let Some((_, whole)) = WHOLE.iter().find(|(short, _)| *short == core) {
        return (*whole).to_owned();
    }
    for (ending, word) in ENDINGS {
        let Some(stem) = core.strip_suffix(ending).filter(|s| s.ends_with(char::is_alphanumeric)) else { continue };
        let has = next.is_some_and(|n| PARTICIPLES.contains(&n));
        let word = match *ending {
            "'s" if has => "has",
            "'d" if has => "had",
            _ => word,
        };
        return format!("{} {word}", written_out(stem, None));
    }
    token.to_owned()
}

/// The parts of a token, without accents, punctuation and separators of thousands.
fn cleaned(token: &str) -> Vec<String> {
    let chars: Vec<char> = token.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    let mut kept = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).and_then(|i| chars.get(i)), chars.get(at + 1));
        match c {
            ',' if digit(before) && digit(after) => {}
            '.' if digit(after) => kept.push('.'),
            '-' | '+' if before.is_none() && digit(after) => kept.push(c),
            '%' | '$' | '¢' | '€' | '£' => kept.push(c),
            'ß' => kept.push_str("ss"),
            'æ' => kept.push_str("ae"),
            'œ' => kept.push_str("oe"),
            'ø' => kept.push('o'),
            'ð' | 'đ' => kept.push('d'),
            'þ' => kept.push_str("th"),
            'ł' => kept.push('l'),
            c if c.is_alphanumeric() => kept.push(c),
            _ => kept.push(' '),
        }
    }
    kept.split_whitespace().map(str::to_owned).collect()
}

/// A word without signs that stand beside no digit.
fn unsigned(word: &str) -> String {
    let digits = word.chars().any(|c| c.is_ascii_digit());
    let sign = |c: char| SIGNS.contains(&c) || c == '-' || c == '+';
    if digits { word.trim_end_matches('.').to_owned() } else { word.chars().filter(|c| !sign(*c)).collect() }
}
