//! Plain text with times: `[00:01:02.3] Lena: Hello`, `Lena [1:02]` above the text, `#00:01:02-3#`, `00:01:02 Lena`.

use st_core::time::{Millis, TimeSpan};
use st_core::transcript::Transcript;

use super::{ImportError, Said, names, sound, spoken_ms, transcript};

/// A time at the start of a text, `1:02`, `01:02:03`, `01:02:03.456`, `01:02:03,4` or `01:02:03-4`, and what follows it.
pub(super) fn clock(text: &str) -> Option<(Millis, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text;
    let mut parts = Vec::new();
    loop {
        let count = digits(rest);
        // Two digits, but for the first part.
        if !(1..=4).contains(&count) || (!parts.is_empty() && count != 2) {
            return None;
        }
        parts.push(rest[..count].parse::<u64>().ok()?);
        rest = &rest[count..];
        match rest.strip_prefix(':') {
            Some(after) if parts.len() < 3 => rest = after,
            _ => break,
        }
    }
    let (hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => (0, minutes, seconds),
        [hours, minutes, seconds] if minutes < 60 => (hours, minutes, seconds),
        _ => return None,
    };
    if seconds >= 60 {
        return None;
    }
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',', '-']).filter(|after| digits(after) > 0) {
        let count = digits(fraction);
        let exact: u64 = format!("{:0<3}", &fraction[..count.min(3)]).parse().ok()?;
        millis = exact;
        rest = &fraction[count..];
    }
    Some((Millis(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis), rest))
}

/// A time in brackets, between hashes or bare, with an end where there is one (`[1:02 - 1:05]`), and what follows.
fn stamp(text: &str) -> Option<(Millis, Option<Millis>, &str)> {
    let close = text.chars().next().and_then(|open| match open {
        '[' => Some(']'),
        '(' => Some(')'),
        '#' => Some('#'),
        '<' => Some('>'),
        '{' => Some('}'),
        _ => None,
    });
    let (at, mut rest) = clock(if close.is_some() { &text[1..] } else { text })?;
    let mut end = None;
    let after = rest.trim_start().trim_start_matches(['-', '–', '>', '/']).trim_start();
    if after.len() < rest.len()
        && let Some((until, behind)) = clock(after)
    {
        (end, rest) = (Some(until), behind);
    }
    match close {
        Some(close) => rest.strip_prefix(close).map(|rest| (at, end, rest)),
        // Bare times stand apart from the text, or a name follows at once.
        None => Some((at, end, rest)).filter(|(_, _, rest)| !rest.starts_with([':', '.'])),
    }
}

/// A line that only says who speaks and when: `Lena [1:02]`, `Lena [1:02] (93 % sure)`.
fn heading(line: &str) -> Option<(Option<String>, Millis)> {
    let line = match line.strip_suffix("% sure)").and_then(|line| line.rsplit_once('(')) {
        Some((line, _)) => line.trim_end(),
        None => line,
    };
    let open = line.rfind(['[', '(', '#'])?;
    // A hash closes too: the opening one is before it.
    let open = if line[open..].len() == 1 { line[..open].rfind('#')? } else { open };
    let (at, _, rest) = stamp(&line[open..])?;
    let name = line[..open].trim().trim_end_matches(':');
    (rest.trim().is_empty() && (name.is_empty() || names::is_name(name)))
        .then(|| ((!name.is_empty()).then(|| name.to_owned()), at))
}

/// Text that is being put together.
struct Open {
    line: usize,
    at: Millis,
    end: Option<Millis>,
    speaker: Option<String>,
    text: Vec<String>,
}

pub(super) fn read(text: &str) -> Result<Transcript, ImportError> {
    let mut all: Vec<Open> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // What stands behind it is about the text.
        if line == crate::origin::TITLE.to_uppercase() {
            break;
        }
        let begun = |at, end, speaker, text| Open { line: number + 1, at, end, speaker, text };
        if let Some((speaker, at)) = heading(line) {
            all.push(begun(at, None, speaker, Vec::new()));
        } else if let Some((at, end, rest)) = stamp(line) {
            let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | ':'));
            let (speaker, text) = match names::split(rest) {
                Some((name, text)) => (Some(name.to_owned()), text),
                None => (None, rest),
            };
            let text = (!text.is_empty()).then(|| text.to_owned()).into_iter().collect();
            all.push(begun(at, end, speaker, text));
        } else if let Some(open) = all.last_mut().filter(|_| !line.trim().is_empty()) {
            open.text.push(line.trim().to_owned());
        }
    }
    if all.is_empty() {
        return Err(ImportError::NoTimes);
    }
    all.sort_by_key(|open| open.at);
    let starts: Vec<Millis> = all.iter().map(|open| open.at).collect();
    let mut said = Vec::with_capacity(all.len());
    for (number, mut open) in all.into_iter().enumerate() {
        // `00:01:02 Lena` with the text below it.
        if open.speaker.is_none() && open.text.len() > 1 && names::is_name(&open.text[0]) {
            open.speaker = Some(open.text.remove(0));
        }
        let text = open.text.join("\n");
        let next = starts[number + 1..].iter().find(|&&at| at > open.at);
        let guess = Millis(open.at.0 + spoken_ms(&text));
        let end = open.end.unwrap_or_else(|| next.map_or(guess, |&next| guess.min(next)));
        let span: TimeSpan = sound(open.at, end).ok_or(ImportError::Times { line: open.line })?;
        said.push(Said { span, speaker: open.speaker, text });
    }
    transcript(said)
}
