//! Lines: where they are broken, and in which order their pieces stand.

use std::ops::Range;

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;
use unicode_bidi::{Level, ParagraphBidiInfo};
use unicode_segmentation::UnicodeSegmentation;

use crate::error::PdfError;
use crate::paragraph::Paragraph;
use crate::shape::{Bit, Shaper};

/// A line of a paragraph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Its pieces from left to right, without the white space at its end.
    pub bits: Vec<Bit>,
    /// Whether it begins at the right.
    pub rtl: bool,
    /// Height above the line of letters and depth below it, in points.
    pub reach: (f32, f32),
}

/// Breaks a paragraph into lines of this width in points. Words are kept whole where they fit on a line; scripts without
/// spaces are cut between words by a dictionary.
pub(crate) fn lines(paragraph: &Paragraph, width: f32, shaper: &Shaper) -> Result<Vec<Line>, PdfError> {
    let mut lines = Vec::new();
    for part in &paragraph.parts {
        let direction = paragraph.direction(part);
        let bits = paragraph.bits(part, &direction, shaper.fonts())?;
        let text = &paragraph.text[part.clone()];
        let ways = ways(paragraph, part, &bits, shaper)?;
        for range in broken(text, &ways, width) {
            let bits = ordered(&bits, part.start, &direction, range);
            lines.push(Line { rtl: direction.paragraph_level.is_rtl(), reach: reach(paragraph, &bits, shaper)?, bits });
        }
    }
    Ok(lines)
}

/// How far each byte of a part lies from its beginning, were it all on one line.
fn ways(paragraph: &Paragraph, part: &Range<usize>, bits: &[Bit], shaper: &Shaper) -> Result<Vec<f32>, PdfError> {
    let mut ways = vec![0.0; part.len() + 1];
    for bit in bits {
        let size = paragraph.size(bit);
        for glyph in shaper.shape(&paragraph.text[bit.range.clone()], bit)? {
            ways[bit.range.start - part.start + glyph.text.start + 1] += glyph.advance * size;
        }
    }
    let mut sum = 0.0;
    for way in &mut ways {
        sum += *way;
        *way = sum;
    }
    Ok(ways)
}

/// Ranges of the lines, white space at their ends left out; one empty line for an empty text.
fn broken(text: &str, ways: &[f32], width: f32) -> Vec<Range<usize>> {
    let visible = |from: usize, to: usize| from + text[from..to].trim_end().len();
    let fits = |from: usize, to: usize| ways[visible(from, to)] - ways[from] <= width;
    let mut lines = Vec::new();
    let (mut start, mut good) = (0, 0);
    for end in LineSegmenter::new_dictionary(LineBreakOptions::default()).segment_str(text).filter(|&end| end > 0) {
        if !fits(start, end) {
            if good > start {
                lines.push(start..visible(start, good));
                start = good;
            }
            while !fits(start, end) {
                // A word longer than a line: as many letters as fit, or characters where even one letter with all its
                // marks and joiners is longer than a line.
                let part = &text[start..end];
                let letters = part.grapheme_indices(true).map(|(at, letter)| start + at + letter.len());
                let mut characters = part.char_indices().map(|(at, c)| start + at + c.len_utf8());
                let next = letters.take_while(|&to| fits(start, to)).last();
                let next = next.or_else(|| characters.clone().take_while(|&to| fits(start, to)).last());
                let next = next.or_else(|| characters.next()).unwrap_or(end);
                lines.push(start..visible(start, next));
                start = next;
            }
        }
        good = end;
    }
    if start < text.len() || lines.is_empty() {
        lines.push(start..visible(start, text.len()));
    }
    lines
}

/// The pieces of a line in the order in which they stand. The line has no white space at its end.
fn ordered(bits: &[Bit], offset: usize, direction: &ParagraphBidiInfo, line: Range<usize>) -> Vec<Bit> {
    let mut found = Vec::new();
    for (level, run) in visual_runs(&direction.levels, line) {
        let (from, to) = (offset + run.start, offset + run.end);
        let first = bits.partition_point(|bit| bit.range.end <= from);
        let inside = bits[first..].iter().take_while(|bit| bit.range.start < to).map(|bit| Bit {
            range: bit.range.start.max(from)..bit.range.end.min(to),
            rtl: level.is_rtl(),
            ..bit.clone()
        });
        let before = found.len();
        found.extend(inside);
        if level.is_rtl() {
            found[before..].reverse();
        }
    }
    found
}

/// Runs of one level from left to right: rule L2 of Unicode Standard Annex 9. The library's own fails on a line of which
/// all is of the deepest level.
fn visual_runs(levels: &[Level], line: Range<usize>) -> Vec<(Level, Range<usize>)> {
    let mut runs: Vec<(Level, Range<usize>)> = Vec::new();
    for at in line {
        match runs.last_mut() {
            Some((level, run)) if *level == levels[at] => run.end = at + 1,
            _ => runs.push((levels[at], at..at + 1)),
        }
    }
    let numbers = || runs.iter().map(|(level, _)| level.number());
    let (lowest, highest) = (numbers().min().unwrap_or(0) | 1, numbers().max().unwrap_or(0));
    for depth in (lowest..=highest).rev() {
        for deep in runs.chunk_by_mut(|(a, _), (b, _)| (a.number() >= depth) == (b.number() >= depth)) {
            if deep[0].0.number() >= depth {
                deep.reverse();
            }
        }
    }
    runs
}

fn reach(paragraph: &Paragraph, bits: &[Bit], shaper: &Shaper) -> Result<(f32, f32), PdfError> {
    let size = paragraph.looks.first().map_or(10.0, |(_, look)| look.size);
    // Height and depth of an empty line, as parts of the size: those of Noto Sans.
    let mut reach = (1.069 * size, 0.293 * size);
    for bit in bits {
        let size = paragraph.size(bit);
        let (above, below) = shaper.fonts().open(bit.face)?.reach;
        reach = (f32::max(reach.0, above * size), f32::max(reach.1, below * size));
    }
    Ok(reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same order as the library gives, where it gives one.
    #[test]
    fn runs_stand_in_the_order_of_the_standard() {
        for text in
            ["abc", "אבג", "abc אבג 123 def", "אבג (abc) 12.5 דה", "a\u{202b}b\u{202a}c\u{202b}ד 1\u{202c}e", ""]
        {
            let info = ParagraphBidiInfo::new(text, None);
            let ours: Vec<Range<usize>> =
                visual_runs(&info.levels, 0..text.len()).into_iter().map(|run| run.1).collect();
            let theirs = if text.is_empty() { Vec::new() } else { info.visual_runs(0..text.len()).1 };
            assert_eq!(ours, theirs, "{text}");
        }
    }

    #[test]
    fn the_deepest_level_is_no_failure() {
        let text = format!("{}a", "\u{202b}".repeat(200));
        let info = ParagraphBidiInfo::new(&text, None);
        assert_eq!(visual_runs(&info.levels, text.len() - 1..text.len()).len(), 1);
    }
}
