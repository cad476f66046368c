//! Lines: where they are broken, and in which order their pieces stand.

use std::ops::Range;

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;
use unicode_bidi::ParagraphBidiInfo;
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
                // A word longer than a line: as many characters as fit, and at least one.
                let next = text[start..end]
                    .grapheme_indices(true)
                    .map(|(at, cluster)| start + at + cluster.len())
                    .enumerate()
                    .take_while(|&(count, to)| count == 0 || fits(start, to))
                    .last()
                    .map_or(end, |(_, to)| to);
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

/// The pieces of a line in the order in which they stand.
fn ordered(bits: &[Bit], offset: usize, direction: &ParagraphBidiInfo, line: Range<usize>) -> Vec<Bit> {
    if line.is_empty() {
        return Vec::new();
    }
    let (levels, runs) = direction.visual_runs(line);
    let mut found = Vec::new();
    for run in runs {
        let rtl = levels[run.start].is_rtl();
        let (from, to) = (offset + run.start, offset + run.end);
        let first = bits.partition_point(|bit| bit.range.end <= from);
        let inside = bits[first..].iter().take_while(|bit| bit.range.start < to).map(|bit| Bit {
            range: bit.range.start.max(from)..bit.range.end.min(to),
            rtl,
            ..bit.clone()
        });
        let before = found.len();
        found.extend(inside);
        if rtl {
            found[before..].reverse();
        }
    }
    found
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
