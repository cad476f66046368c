//! Subtitles, read as players read them: numbers and settings are passed over, markup is taken off.

use st_core::time::{Millis, TimeSpan};
use st_core::transcript::Transcript;

use super::stamped::clock;
use super::{ImportError, Said, names, sound, transcript};

/// The times of a line `00:00:01,000 --> 00:00:02,000`; the end may be followed by settings.
pub(super) fn times(line: &str) -> Option<(Millis, Millis)> {
    let (start, end) = line.split_once("-->")?;
    let end = end.split_whitespace().next()?;
    let whole = |text: &str| clock(text).and_then(|(at, rest)| rest.is_empty().then_some(at));
    Some((whole(start.trim())?, whole(end)?))
}

pub(super) fn read(text: &str, vtt: bool) -> Result<Transcript, ImportError> {
    let lines: Vec<&str> = text.lines().map(|l| l.trim_end_matches('\r')).collect();
    let mut said = Vec::new();
    // In SRT a name stands where the speaker changes.
    let mut last = None;
    let mut at = 0;
    while at < lines.len() {
        let Some((start, end)) = times(lines[at]) else {
            at += 1;
            continue;
        };
        let span = sound(start, end).ok_or(ImportError::Times { line: at + 1 })?;
        at += 1;
        let from = at;
        // A line of times ends a cue too, where the empty line before it was forgotten.
        while at < lines.len() && !lines[at].trim().is_empty() && times(lines[at]).is_none() {
            at += 1;
        }
        let parts = if vtt { voices(&lines[from..at].join("\n")) } else { vec![(None, lines[from..at].join("\n"))] };
        push(&mut said, &parts, span, vtt, &mut last);
    }
    transcript(said)
}

/// Adds the parts of a cue, each by one person; they share the time by their length.
fn push(
    said: &mut Vec<Said>,
    parts: &[(Option<String>, String)],
    span: TimeSpan,
    vtt: bool,
    last: &mut Option<String>,
) {
    let parts: Vec<(Option<String>, String)> = parts
        .iter()
        .map(|(voice, text)| (voice.clone(), plain(text, vtt)))
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    let whole = parts.iter().map(|(_, text)| text.chars().count() as u64).sum::<u64>().max(1);
    let mut done = 0;
    for (voice, text) in parts {
        let edge = |letters: u64| span.start.0 + span.millis() * letters / whole;
        let from = done;
        done += text.chars().count() as u64;
        let span = TimeSpan::new(edge(from), edge(done));
        let (speaker, text) = match (voice, names::split(&text)) {
            (Some(voice), _) => (Some(voice), text),
            (None, Some((name, rest))) => (Some(name.to_owned()), rest.to_owned()),
            (None, None) if vtt => (None, text),
            (None, None) => (last.clone(), text),
        };
        *last = speaker.clone();
        said.push(Said { span, speaker, text });
    }
}

/// The text of a VTT cue by its voices: `<v Lena>Hello</v>`. A voice may have classes: `<v.loud Lena>`.
fn voices(text: &str) -> Vec<(Option<String>, String)> {
    let mut parts = vec![(None, String::new())];
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        if let Some((_, part)) = parts.last_mut() {
            part.push_str(before);
        }
        let Some(close) = tag.find('>') else {
            rest = tag;
            break;
        };
        let inside = &tag[1..close];
        let head = inside.split(|c: char| c.is_whitespace() || c == '.').next();
        match head {
            Some("v") => {
                let name = inside.split_once(char::is_whitespace).map(|(_, name)| unescaped(name.trim()));
                parts.push((name.filter(|n| !n.is_empty()), String::new()));
            }
            Some("/v") => parts.push((None, String::new())),
            // Other markup is taken off later.
            _ => parts.last_mut().into_iter().for_each(|(_, part)| part.push_str(&tag[..=close])),
        }
        rest = &tag[close + 1..];
    }
    if let Some((_, part)) = parts.last_mut() {
        part.push_str(rest);
    }
    parts
}

/// Text without markup: `<i>`, `</c>`, `<00:00:01.000>`, `{\an8}`.
fn plain(text: &str, vtt: bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        plain.push_str(&rest[..at]);
        let tag = &rest[at..];
        let close = if tag.starts_with('<') { '>' } else { '}' };
        let marks = |inside: &str| match close {
            '}' => inside.starts_with('\\'),
            _ => inside.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/'),
        };
        match tag.find(close).filter(|&end| marks(&tag[1..end])) {
            Some(end) => rest = &tag[end + 1..],
            None => {
                plain.push_str(&tag[..1]);
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    if vtt { unescaped(&plain) } else { plain }
}

/// The references that the specification of VTT names, and the marks of direction.
fn unescaped(text: &str) -> String {
    let references =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&lrm;", "\u{200e}"), ("&rlm;", "\u{200f}")];
    let text = references.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}
