//! A text made ready: cleaned, and cut where font, script, direction or look change.

use std::ops::Range;

use unicode_bidi::{Level, ParagraphBidiInfo};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use crate::error::PdfError;
use crate::faces::{FaceId, SANS, SANS_BOLD, scale};
use crate::fonts::{Fonts, is_invisible};
use crate::model::{Role, Run, Tone};
use crate::shape::Bit;

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// Size in points.
    pub size: f32,
    /// Bold, where the font has such a form.
    pub bold: bool,
    /// Red, green, blue.
    pub colour: [u8; 3],
}

/// Text in ink, remarks in grey: the colours of the program's window.
const INK: [u8; 3] = [0x14, 0x1a, 0x1b];
const GREY: [u8; 3] = [0x5f, 0x6b, 0x6e];

/// The look of a part of a text.
pub(crate) fn look(role: Role, tone: Tone) -> Look {
    let (size, bold, colour) = match role {
        Role::Title => (20.0, true, INK),
        Role::Heading => (13.0, true, INK),
        Role::Subheading => (10.5, true, INK),
        Role::Speaker | Role::Text => (10.5, false, INK),
        Role::Note => (8.5, false, GREY),
    };
    match tone {
        Tone::Plain => Look { size, bold, colour },
        Tone::Name(colour) => Look { size, bold: true, colour },
        Tone::Quiet => Look { size: size.min(8.5), bold: false, colour: GREY },
    }
}

/// A text of which everything can be drawn.
#[derive(Debug)]
pub(crate) struct Paragraph {
    /// The text.
    pub text: String,
    /// Its looks, each with the byte at which it ends.
    pub looks: Vec<(usize, Look)>,
    /// What lies between line breaks, without them.
    pub parts: Vec<Range<usize>>,
    /// Direction, where it is given.
    pub rtl: Option<bool>,
    /// Characters that no font has.
    pub unprintable: usize,
}

impl Paragraph {
    /// Puts codes in the place of characters that no font has, and leaves out what controls devices.
    pub(crate) fn new(role: Role, runs: &[Run], rtl: Option<bool>, fonts: &Fonts) -> Result<Self, PdfError> {
        let mut made = Self { text: String::new(), looks: Vec::new(), parts: Vec::new(), rtl, unprintable: 0 };
        let mut start = 0;
        for run in runs {
            let mut chars = run.text.chars().peekable();
            while let Some(c) = chars.next() {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    continue;
                }
                if matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}') {
                    made.parts.push(start..made.text.len());
                    start = made.text.len();
                } else if c == '\t' {
                    made.text.push(' ');
                } else if c.is_control() {
                    // It has no form, and in a file of text it would be noise.
                } else if is_invisible(c) || fonts.for_char(c)?.is_some() {
                    made.text.push(c);
                } else {
                    made.text.push_str(&format!("[U+{:04X}]", u32::from(c)));
                    made.unprintable += 1;
                }
            }
            made.looks.push((made.text.len(), look(role, run.tone)));
        }
        made.parts.push(start..made.text.len());
        Ok(made)
    }

    fn look_at(&self, byte: usize) -> usize {
        self.looks.partition_point(|(end, _)| *end <= byte).min(self.looks.len().saturating_sub(1))
    }

    /// Size in points in which a piece is set.
    pub(crate) fn size(&self, bit: &Bit) -> f32 {
        self.looks[bit.look].1.size * scale(bit.face)
    }

    /// The order of reading of a part.
    pub(crate) fn direction(&self, part: &Range<usize>) -> ParagraphBidiInfo<'_> {
        let level = self.rtl.map(|rtl| if rtl { Level::rtl() } else { Level::ltr() });
        ParagraphBidiInfo::new(&self.text[part.clone()], level)
    }

    /// A part in pieces of one kind each, in the order of the text.
    pub(crate) fn bits(
        &self,
        part: &Range<usize>,
        direction: &ParagraphBidiInfo,
        fonts: &Fonts,
    ) -> Result<Vec<Bit>, PdfError> {
        let text = &self.text[part.clone()];
        let mut bits: Vec<Bit> = Vec::new();
        let mut script = text.chars().find_map(own_script).unwrap_or(Script::Common);
        for (at, cluster) in text.grapheme_indices(true) {
            let rtl = direction.levels.get(at).is_some_and(|level| level.is_rtl());
            let look = self.look_at(part.start + at);
            script = cluster.chars().find_map(own_script).unwrap_or(script);
            let before = bits.last().map(|bit| if bit.face == SANS_BOLD { SANS } else { bit.face });
            let mut add = |from: usize, to: usize, face: FaceId| {
                let face = if face == SANS && self.looks[look].1.bold { SANS_BOLD } else { face };
                let range = part.start + from..part.start + to;
                match bits.last_mut() {
                    Some(last) if (last.face, last.script, last.rtl, last.look) == (face, script, rtl, look) => {
                        last.range.end = range.end;
                    }
                    _ => bits.push(Bit { range, face, script, rtl, look }),
                }
            };
            if let Some(face) = fonts.for_cluster(cluster, before)? {
                add(at, at + cluster.len(), face);
                continue;
            }
            // No font has all of it: a letter of one script with a mark of another.
            for (inner, c) in cluster.char_indices() {
                let face = fonts.for_char(c)?.or(before).unwrap_or(SANS);
                add(at + inner, at + inner + c.len_utf8(), face);
            }
        }
        Ok(bits)
    }
}

/// The script of a character that has one of its own. Those of Chinese and Japanese are mixed in every sentence and
/// shaped alike, so they count as one.
fn own_script(c: char) -> Option<Script> {
    match c.script() {
        Script::Common | Script::Inherited | Script::Unknown => None,
        Script::Hiragana | Script::Katakana | Script::Bopomofo => Some(Script::Han),
        script => Some(script),
    }
}
