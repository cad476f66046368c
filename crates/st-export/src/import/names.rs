//! Names before text: `Lena: Good morning.`

/// Longer ones are taken for text.
const LONGEST: usize = 40;

/// Whether a text may be somebody's name: short, begins with a letter or digit that is not lower case, and no sentence.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim();
    let begins = text.chars().next().is_some_and(|c| c.is_alphanumeric() && !c.is_lowercase() && !c.is_ascii_digit());
    let no_sentence = |c: char| !matches!(c, ':' | '?' | '!' | ',' | ';' | '"' | '“' | '”' | '\n');
    // A full stop may be that of "Dr." or of an initial, but not the last of a sentence.
    let stops = text.split_whitespace().filter(|word| word.ends_with('.') && word.chars().count() > 4).count();
    begins
        && stops == 0
        && text.chars().count() <= LONGEST
        && text.split_whitespace().count() <= 5
        && text.chars().all(no_sentence)
}

/// The name before a colon, and the text behind it. Numbers before a colon are times or part of the text.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once([':', '：'])?;
    let apart = rest.is_empty() || rest.starts_with(char::is_whitespace) || text[name.len()..].starts_with('：');
    (apart && is_name(name)).then(|| (name.trim(), rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_text() {
        for (text, expected) in [
            ("Lena: Hello.", Some(("Lena", "Hello."))),
            ("Dr. Ana de la Cruz: Yes", Some(("Dr. Ana de la Cruz", "Yes"))),
            ("Speaker 2:", Some(("Speaker 2", ""))),
            ("田中：はい", Some(("田中", "はい"))),
            ("At 10:30 we met", None),
            ("and then he said: go", None),
            ("It was clear, she said: go", None),
            ("See http://example.org", None),
            ("Well, that is a rather long sentence with a colon: yes", None),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
