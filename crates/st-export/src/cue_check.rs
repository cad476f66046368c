//! Reads subtitles back strictly: numbers that count up, times in order that do not overlap, text under each.

use std::io;

use crate::Written;
use crate::check::{each_line, unsound};

/// What is expected next.
#[derive(PartialEq)]
enum Expected {
    Number,
    Times,
    Text,
    MoreText,
}

/// Checks blocks of a number, a line of times and lines of text. `head` is the number of lines before the first block,
/// `mark` stands before the milliseconds.
pub(crate) fn check(file: &mut dyn Written, head: &[&str], mark: char) -> io::Result<()> {
    let (mut expected, mut cues, mut free) = (Expected::Number, 0_u64, 0_u64);
    let mut lines = 0;
    each_line(file, |number, line| {
        lines = number + 1;
        let wrong = |what: &str| Err(unsound(format!("line {}: {what}", number + 1)));
        if let Some(wanted) = head.get(number) {
            return if line == *wanted { Ok(()) } else { wrong("the head is not that of the format") };
        }
        expected = match (&expected, line) {
            (Expected::Number, _) if line.parse() == Ok(cues + 1) => {
                cues += 1;
                Expected::Times
            }
            (Expected::Number, _) => return wrong("a cue's number is missing"),
            (Expected::Times, _) => {
                let Some((start, end)) = times(line, mark) else { return wrong("these are no times") };
                if start < free || end <= start {
                    return wrong("the times are out of order");
                }
                free = end;
                Expected::Text
            }
            (Expected::Text, "") => return wrong("a cue has no text"),
            (Expected::MoreText, "") => Expected::Number,
            (Expected::Text | Expected::MoreText, _) if line.contains("-->") => return wrong("an arrow in the text"),
            (Expected::Text | Expected::MoreText, _) => Expected::MoreText,
        };
        Ok(())
    })?;
    if lines < head.len().min(1) || !matches!(expected, Expected::Number | Expected::MoreText) {
        return Err(unsound("the file ends inside a cue"));
    }
    Ok(())
}

fn times(line: &str, mark: char) -> Option<(u64, u64)> {
    let (start, end) = line.split_once(" --> ")?;
    Some((time(start, mark)?, time(end, mark)?))
}

/// `01:02:03,004` in milliseconds.
fn time(text: &str, mark: char) -> Option<u64> {
    let (clock, millis) = text.split_once(mark)?;
    let digits = |text: &str, least: usize| {
        (text.len() >= least && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u64>().ok()).flatten()
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let sound = parts.next().is_none() && minutes < 60 && seconds < 60 && millis.len() == 3;
    let millis = digits(millis, 3)?;
    sound.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn broken_subtitles_are_found() {
        let check = |text: &str| check(&mut Cursor::new(text.as_bytes()), &[], ',').is_ok();
        let first = "1\n00:00:01,000 --> 00:00:02,000\na\n";
        assert!(check("") && check(first) && check(&format!("{first}b\n\n2\n00:00:02,000 --> 00:00:03,000\nc\n\n")));
        for wrong in [
            "2\n00:00:01,000 --> 00:00:02,000\na\n",
            "1\n00:00:01.000 --> 00:00:02.000\na\n",
            "1\n00:00:02,000 --> 00:00:02,000\na\n",
            "1\n00:00:01,000 --> 00:60:02,000\na\n",
            "1\n00:00:01,000 --> 00:00:02,000\n\n",
            "1\n00:00:01,000 --> 00:00:02,000\na --> b\n",
            "1\n00:00:01,000 --> 00:00:02,000",
            &format!("{first}\n2\n00:00:01,500 --> 00:00:03,000\nc\n"),
        ] {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
