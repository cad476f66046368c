//! Where sentences and clauses end, in the scripts that the recogniser writes.

/// What stands at the end of a word, the strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// The sentence goes on.
    None,
    /// A comma, a colon, a dash: a place to breathe.
    Clause,
    /// The sentence ends.
    Sentence,
}

/// Abbreviations whose full stop ends no sentence. Whisper writes these in running text; what is not listed costs a cut
/// that could have been better, nothing more.
const ABBREVIATIONS: &[&str] =
    &["mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "e.g", "i.e", "bzw", "z.b", "d.h", "ca", "approx"];

/// Full stops of Latin, Chinese, Japanese, Arabic, Devanagari, Ethiopic, Armenian, Khmer, Burmese and Urdu writing.
fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '؟' | '۔' | '।' | '॥' | '։' | '។' | '።' | '။')
}

fn ends_clause(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '–' | '—' | '、' | '，' | '；' | '：' | '،' | '؛' | '-')
}

/// Quotation marks and brackets that may close after a full stop.
fn closes(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | '«' | '“' | '›' | ')' | ']' | '）' | '」' | '』' | '】')
}

/// The stop that a word carries.
pub fn stop_after(word: &str) -> Stop {
    let bare = word.trim_end().trim_end_matches(closes);
    let Some(last) = bare.chars().next_back() else { return Stop::None };
    if ends_sentence(last) {
        if last == '.' && is_abbreviation(bare) { Stop::None } else { Stop::Sentence }
    } else if ends_clause(last) {
        Stop::Clause
    } else {
        Stop::None
    }
}

/// Whether a word with a full stop is an abbreviation or an initial (`J.`, but not the words `I.` and `a.`).
fn is_abbreviation(word: &str) -> bool {
    let body = word.strip_suffix('.').unwrap_or(word).trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut chars = body.chars();
    if let (Some(initial), None) = (chars.next(), chars.next()) {
        return initial.is_uppercase() && initial != 'I';
    }
    ABBREVIATIONS.iter().any(|a| a.eq_ignore_ascii_case(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_are_found_in_several_scripts() {
        for (word, stop) in [
            ("end.", Stop::Sentence),
            ("“end.”", Stop::Sentence),
            ("什么？", Stop::Sentence),
            ("है।", Stop::Sentence),
            ("well,", Stop::Clause),
            ("です、", Stop::Clause),
            ("word", Stop::None),
            ("Dr.", Stop::None),
            ("J.", Stop::None),
            ("I.", Stop::Sentence),
            ("No.", Stop::Sentence),
            ("", Stop::None),
        ] {
            assert_eq!(stop_after(word), stop, "{word}");
        }
    }
}
