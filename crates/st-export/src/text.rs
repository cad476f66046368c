//! Forms of times, numbers and text that several formats share.

use st_core::time::Millis;
use st_core::transcript::Utterance;

/// `01:02:03,004`: the time of day form of subtitles, with the mark before the milliseconds that the format wants.
pub(crate) fn clock(at: Millis, mark: char) -> String {
    let (s, ms) = (at.0 / 1000, at.0 % 1000);
    format!("{:02}:{:02}:{:02}{mark}{ms:03}", s / 3600, s / 60 % 60, s % 60)
}

/// A confidence as it is written: within 0..=1, four decimals, which is more than it is worth.
pub(crate) fn rounded(confidence: f32) -> f64 {
    let value = f64::from(confidence);
    if value.is_finite() { (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0 } else { 0.0 }
}

/// Mean confidence of an utterance's words; none where it has no words.
pub(crate) fn confidence(utterance: &Utterance) -> Option<f64> {
    let sum: f64 = utterance.words.iter().map(|w| rounded(w.confidence)).sum();
    (!utterance.words.is_empty()).then(|| (sum / utterance.words.len() as f64 * 10_000.0).round() / 10_000.0)
}

/// `93 %`
pub(crate) fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

/// Characters that XML 1.0 has no place for even as references, and the non-characters U+FFFE and U+FFFF
/// (<https://www.w3.org/TR/xml/#charsets>). Line breaks and tabs are none of them.
fn forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}')
        || u32::from(c) & 0xFFFE == 0xFFFE
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// Text without the characters that no document may hold; lines stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|&c| !forbidden(c)).collect()
}

/// Text on one line: white space and control characters become single spaces, and what no document may hold goes.
pub(crate) fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_whitespace() || c.is_control());
    let parts: Vec<String> = parts.map(printable).filter(|p| !p.is_empty()).collect();
    parts.join(" ")
}

/// The lines of a text that hold something, each as [`one_line`].
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(one_line).filter(|l| !l.is_empty()).collect()
}

/// The first ten characters of an RFC 3339 date: the day.
pub(crate) fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_documents_holds_no_control_characters() {
        assert_eq!(one_line(" a\0b\t\nc\u{fffe}\u{1ffff}d "), "a b cd");
        assert_eq!(lines("a\r\n\n b\u{2028}c\u{1}"), ["a", "b", "c"]);
        assert_eq!(printable("a\u{b}\tb\n\u{7f}"), "a\tb\n");
        assert_eq!(day("2026-11-28T10:00:00Z"), "2026-11-28");
    }
}
