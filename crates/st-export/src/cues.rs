//! Subtitle cues from utterances: cut at words, short enough to be read in their time, never two at once.
//!
//! For each utterance the cheapest way to cut it is searched (dynamic programming over its words): a cue should end
//! with a sentence, a clause or a pause, last long enough and not be crowded. Times come after: cues are held a little
//! where nobody speaks, and cut where the next one begins.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::text::one_line;
use st_core::hypothesis::Word;
use st_core::punctuation::{Stop, stop_after};
use st_core::retext::{retext, unspaced};
use st_core::time::{Millis, TimeSpan};
use st_core::transcript::{SpeakerId, Transcript, Utterance};

/// The limits of cues. The defaults are those that broadcasters publish (BBC, Netflix): 42 columns, two lines, one to
/// seven seconds, 20 characters a second, two frames of 25 a second between cues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CueOptions {
    /// Columns of a line; a Chinese, Japanese or Korean character takes two.
    pub columns: usize,
    /// Lines of a cue.
    pub lines: usize,
    /// A cue is shown so long where the next one leaves the time.
    pub least_ms: u64,
    /// A cue is never shown longer, except for a single word that is spoken longer.
    pub most_ms: u64,
    /// Characters a second that can be read.
    pub reading_speed: u64,
    /// At least this long nothing is shown between one cue and the next.
    pub gap_ms: u64,
}

impl Default for CueOptions {
    fn default() -> Self {
        Self { columns: 42, lines: 2, least_ms: 1000, most_ms: 7000, reading_speed: 20, gap_ms: 80 }
    }
}

impl CueOptions {
    /// The same with limits that can be kept: stored ones may be anything. Eight columns hold a long syllable, four lines
    /// are the most that anything shows, and nobody reads a cue for an hour.
    fn sound(&self) -> Self {
        const HOUR_MS: u64 = 3_600_000;
        let most_ms = self.most_ms.clamp(FLOOR_MS, HOUR_MS);
        Self {
            columns: self.columns.clamp(8, 1000),
            lines: self.lines.clamp(1, 4),
            least_ms: self.least_ms.min(most_ms),
            most_ms,
            reading_speed: self.reading_speed.clamp(1, 1000),
            gap_ms: self.gap_ms.min(HOUR_MS),
        }
    }
}

/// What is shown at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When; never empty, and it starts at or after the end of the cue before.
    pub span: TimeSpan,
    /// Who speaks.
    pub speaker: Option<SpeakerId>,
    /// At least one line; none is empty.
    pub lines: Vec<String>,
}

/// Prices of ways to cut, in parts of "one more cue", which costs 100.
mod price {
    pub const CUE: u64 = 100;
    pub const AFTER_CLAUSE: u64 = 40;
    pub const AFTER_PAUSE: u64 = 60;
    pub const AFTER_WORD: u64 = 160;
    /// Each long pause inside a cue.
    pub const PAUSE_INSIDE: u64 = 250;
    /// A cue too short in time, at most.
    pub const SHORT: u64 = 150;
    /// Each character a second beyond the reading speed.
    pub const CROWDED: u64 = 10;
    /// A cue of fewer than `FEW` columns that is not a whole utterance.
    pub const SMALL: u64 = 80;
    pub const FEW: usize = 12;
}

/// A pause that is a good place for a cut.
const PAUSE_MS: u64 = 400;
/// A pause that a cue should not run across: the text would stand there before it is said.
const LONG_PAUSE_MS: u64 = 1000;
/// The least time that any cue gets, even where words have no time of their own: below it nothing can be seen.
const FLOOR_MS: u64 = 200;
/// How long before its first word a cue may appear when it would be too short else.
const EARLY_MS: u64 = 300;

/// The cues of a transcript. With `names`, the first cue of each speaker's turn begins with "Name: ".
pub fn cues(transcript: &Transcript, options: &CueOptions, names: bool) -> Vec<Cue> {
    let options = options.sound();
    let mut cues: Vec<Cue> = Vec::new();
    let mut last_speaker = None;
    for utterance in &transcript.utterances {
        let name = transcript.speaker_name(utterance).filter(|_| names && utterance.speaker != last_speaker);
        last_speaker = utterance.speaker;
        let mut words = pieces(utterance, options.columns);
        if words.is_empty() {
            continue;
        }
        if let Some(name) = name {
            let prefix = shortened(&one_line(&name), options.columns / 2);
            let first = &mut words[0];
            let together = format!("{prefix}: {}", first.text);
            if columns(&together) <= options.columns {
                first.text = together;
            } else {
                let span = TimeSpan { end: first.span.start, ..first.span };
                let before = Word { text: prefix + ":", span, ..first.clone() };
                first.spaced = true;
                words.insert(0, before);
            }
        }
        cues.extend(cut(&words, &options).into_iter().map(|part| Cue {
            span: span_of(part),
            speaker: utterance.speaker,
            lines: wrap(part, &options).unwrap_or_else(|| vec![text_of(part)]),
        }));
    }
    cues.sort_by_key(|c| c.span.start);
    place(&mut cues, &options);
    cues
}

fn span_of(words: &[Word]) -> TimeSpan {
    let start = words.iter().map(|w| w.span.start).min().unwrap_or_default();
    TimeSpan { start, end: words.iter().map(|w| w.span.end).max().unwrap_or_default().max(start) }
}

fn text_of(words: &[Word]) -> String {
    st_core::hypothesis::join_words(words)
}

/// Columns that a text takes on the screen.
fn columns(text: &str) -> usize {
    let wide = |g: &str| g.chars().any(|c| unspaced(c) && !matches!(u32::from(c), 0x0E00..=0x17FF) || fullwidth(c));
    text.graphemes(true).map(|g| if wide(g) { 2 } else { 1 }).sum()
}

/// Hangul, CJK punctuation and full-width forms.
fn fullwidth(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115F | 0x3000..=0x303F | 0xAC00..=0xD7A3 | 0xFF01..=0xFF60)
}

fn shortened(name: &str, most: usize) -> String {
    if columns(name) <= most {
        return name.to_owned();
    }
    let mut short = String::new();
    for grapheme in name.graphemes(true) {
        if columns(&short) + columns(grapheme) >= most {
            break;
        }
        short.push_str(grapheme);
    }
    short.trim_end().to_owned() + "…"
}

/// The words of an utterance without line breaks, and those longer than a line cut up.
fn pieces(utterance: &Utterance, most: usize) -> Vec<Word> {
    let made;
    let words = if utterance.words.is_empty() {
        made = retext(&[], &utterance.text, utterance.span);
        &made
    } else {
        &utterance.words
    };
    let mut pieces = Vec::with_capacity(words.len());
    for word in words {
        let text = one_line(&word.text);
        let parts = parts(&text, most);
        let count = parts.len() as u64;
        for (i, part) in parts.into_iter().enumerate() {
            let edge = |i: u64| word.span.start.0 + word.span.millis() * i / count;
            let span = TimeSpan::new(edge(i as u64), edge(i as u64 + 1));
            let spaced = word.spaced && i == 0;
            pieces.push(Word { text: part.to_owned(), span, spaced, ..word.clone() });
        }
    }
    pieces
}

/// A text as parts of at most so many columns.
fn parts(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut width) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let own = columns(grapheme);
        if width + own > most && at > start {
            parts.push(&text[start..at]);
            (start, width) = (at, 0);
        }
        width += own;
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

/// Words as lines, as evenly long as can be, the first not the longer one; none where they do not fit.
fn wrap(words: &[Word], options: &CueOptions) -> Option<Vec<String>> {
    let whole = text_of(words);
    if columns(&whole) <= options.columns {
        return Some(vec![whole]);
    }
    if options.lines < 2 {
        return None;
    }
    // The last line is cut off behind each word in turn; what is before it is wrapped in the lines left.
    let rest = CueOptions { lines: options.lines - 1, ..*options };
    let mut best: Option<(usize, Vec<String>)> = None;
    for at in 1..words.len() {
        let last = text_of(&words[at..]);
        if columns(&last) > options.columns {
            continue;
        }
        let Some(mut lines) = wrap(&words[..at], &rest) else { break };
        let widest = lines.iter().map(|l| columns(l)).max().unwrap_or(0).max(columns(&last));
        // A line that ends with a clause reads better: worth a few columns.
        let bonus = if stop_after(&words[at - 1].text) > Stop::None { 6 } else { 0 };
        let score = widest + 6 - bonus;
        lines.push(last);
        if best.as_ref().is_none_or(|(least, _)| score <= *least) {
            best = Some((score, lines));
        }
    }
    best.map(|(_, lines)| lines)
}

/// Cuts the words of one utterance into cues at the least price.
fn cut<'a>(words: &'a [Word], options: &CueOptions) -> Vec<&'a [Word]> {
    let widths: Vec<usize> = words.iter().map(|w| columns(&w.text)).collect();
    // best[j]: least price of the first j words, and where the last cue of them begins.
    let mut best: Vec<(u64, usize)> = vec![(0, 0)];
    for end in 1..=words.len() {
        let mut choice = (u64::MAX, end - 1);
        for begin in (0..end).rev() {
            let part = &words[begin..end];
            let fits = span_of(part).millis() <= options.most_ms
                && lines(part, &widths[begin..end], options).0 <= options.lines;
            if part.len() > 1 && !fits {
                break;
            }
            let price = best[begin].0.saturating_add(price_of(words, &widths, begin..end, options));
            if price < choice.0 {
                choice = (price, begin);
            }
        }
        best.push(choice);
    }
    let mut parts = Vec::new();
    let mut end = words.len();
    while end > 0 {
        let begin = best[end].1;
        parts.push(&words[begin..end]);
        end = begin;
    }
    parts.reverse();
    parts
}

fn pause(before: &Word, after: &Word) -> u64 {
    after.span.start.0.saturating_sub(before.span.end.0)
}

/// How many lines the words need when each line takes as many as fit, and how many columns they take on one line.
fn lines(words: &[Word], widths: &[usize], options: &CueOptions) -> (usize, usize) {
    let (mut lines, mut line, mut all) = (1, 0, 0);
    for (word, width) in words.iter().zip(widths) {
        let space = usize::from(word.spaced);
        if line > 0 && line + space + width > options.columns {
            (lines, line) = (lines + 1, *width);
        } else {
            line += width + if line > 0 { space } else { 0 };
        }
        all += width + if all > 0 { space } else { 0 };
    }
    (lines, all)
}

/// The price of a cue of some of the words.
fn price_of(words: &[Word], widths: &[usize], part: Range<usize>, options: &CueOptions) -> u64 {
    let next = words.get(part.end);
    let width = lines(&words[part.clone()], &widths[part.clone()], options).1;
    let part = &words[part];
    let mut sum = price::CUE;
    if let (Some(last), Some(next)) = (part.last(), next) {
        sum += match stop_after(&last.text) {
            Stop::Sentence => 0,
            _ if pause(last, next) >= PAUSE_MS => price::AFTER_PAUSE,
            Stop::Clause => price::AFTER_CLAUSE,
            Stop::None => price::AFTER_WORD,
        };
    }
    sum += part.windows(2).filter(|p| pause(&p[0], &p[1]) >= LONG_PAUSE_MS).count() as u64 * price::PAUSE_INSIDE;
    let span = span_of(part);
    let until = next.map_or(u64::MAX, |n| n.span.start.0);
    let shown = until.saturating_sub(span.start.0).min(span.millis().max(options.least_ms)).max(1);
    sum += price::SHORT * options.least_ms.saturating_sub(shown) / options.least_ms.max(1);
    sum += (width as u64 * 1000 / shown).saturating_sub(options.reading_speed) * price::CROWDED;
    if width < price::FEW && part.len() < words.len() {
        sum += price::SMALL;
    }
    sum
}

/// Gives cues their times: held long enough to be read where there is time, in order, apart.
fn place(cues: &mut [Cue], options: &CueOptions) {
    // From here on the next cue may be shown.
    let mut free = Millis(0);
    for at in 0..cues.len() {
        let next = cues.get(at + 1).map(|c| c.span.start.0);
        let cue = &mut cues[at];
        let width: usize = cue.lines.iter().map(|l| columns(l)).sum();
        let reading = (width as u64 * 1000).div_ceil(options.reading_speed.max(1)).min(options.most_ms);
        let wanted = reading.max(options.least_ms);
        let start = cue.span.start.max(free).0;
        let floor = start + FLOOR_MS;
        // Until the next cue, less the gap; a cue that starts before this one ends is moved behind it.
        let room = next.map_or(u64::MAX, |n| n.saturating_sub(options.gap_ms)).max(floor);
        let end = cue.span.end.0.max(start + wanted).min(room).max(floor);
        // Too short still: it may come a little early.
        let missing = options.least_ms.saturating_sub(end - start).min(EARLY_MS);
        let start = start.min(start.saturating_sub(missing).max(free.0));
        cue.span = TimeSpan::new(start, end);
        free = Millis(end + options.gap_ms);
    }
}

#[cfg(test)]
#[path = "cues_tests.rs"]
mod tests;
