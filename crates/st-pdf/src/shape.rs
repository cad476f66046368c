//! From characters to glyphs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use rustybuzz::{BufferClusterLevel, Direction, Feature, ShapePlan, UnicodeBuffer, shape_with_plan, ttf_parser::Tag};
use unicode_script::Script;

use crate::error::PdfError;
use crate::faces::FaceId;
use crate::fonts::Fonts;

/// A piece of text of one font, script, direction and look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bit {
    /// Bytes of the paragraph's text.
    pub range: Range<usize>,
    /// The font.
    pub face: FaceId,
    /// The script.
    pub script: Script,
    /// Whether it is read from right to left.
    pub rtl: bool,
    /// Place of its look in the paragraph's list.
    pub look: usize,
}

/// A drawn sign; lengths in parts of the size of the font.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    /// Number in the font.
    pub id: u32,
    /// The characters that it stands for, as bytes of the shaped text.
    pub text: Range<usize>,
    /// Way to the next one.
    pub advance: f32,
    /// Way from its place to where it is drawn.
    pub offset: (f32, f32),
}

/// Letters that reach under their neighbours look to readers as if words ended there, so texts from right to left are
/// set without kerning.
fn features(rtl: bool) -> &'static [Feature] {
    static NO_KERNING: LazyLock<[Feature; 1]> = LazyLock::new(|| [Feature::new(Tag::from_bytes(b"kern"), 0, ..)]);
    if rtl { &*NO_KERNING } else { &[] }
}

/// Shapes with the plans kept: making one takes longer than shaping a line with it.
pub(crate) struct Shaper<'f, 's> {
    fonts: &'f Fonts<'s>,
    plans: RefCell<HashMap<(FaceId, Script, bool), ShapePlan>>,
    spare: RefCell<UnicodeBuffer>,
}

impl<'f, 's> Shaper<'f, 's> {
    pub(crate) fn new(fonts: &'f Fonts<'s>) -> Self {
        Self { fonts, plans: RefCell::default(), spare: RefCell::new(UnicodeBuffer::new()) }
    }

    /// The fonts.
    pub(crate) fn fonts(&self) -> &'f Fonts<'s> {
        self.fonts
    }

    /// Glyphs of a text, from left to right.
    pub(crate) fn shape(&self, text: &str, bit: &Bit) -> Result<Vec<Glyph>, PdfError> {
        let font = self.fonts.open(bit.face)?;
        let direction = if bit.rtl { Direction::RightToLeft } else { Direction::LeftToRight };
        let tag = bit.script.short_name().as_bytes();
        let script = Tag::from_bytes_lossy(tag);
        let script = rustybuzz::Script::from_iso15924_tag(script);
        let mut plans = self.plans.borrow_mut();
        let plan = plans
            .entry((bit.face, bit.script, bit.rtl))
            .or_insert_with(|| ShapePlan::new(&font.face, direction, script, None, features(bit.rtl)));
        let mut buffer = self.spare.take();
        buffer.push_str(text);
        buffer.set_direction(direction);
        if bit.rtl {
            // A mark keeps its own character: within a group, readers take the characters in the wrong order. Elsewhere
            // the group stays, for in many scripts the order of signs is not the order of characters.
            buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
        }
        if let Some(script) = script {
            buffer.set_script(script);
        }
        let shaped = shape_with_plan(&font.face, plan, buffer);
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let end = |start: usize| starts.get(starts.partition_point(|&s| s <= start)).copied().unwrap_or(text.len());
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, place)| {
            let start = info.cluster as usize;
            Glyph {
                id: info.glyph_id,
                text: start..end(start),
                advance: place.x_advance as f32 / font.units,
                offset: (place.x_offset as f32 / font.units, place.y_offset as f32 / font.units),
            }
        });
        let glyphs = glyphs.collect();
        self.spare.replace(shaped.clear());
        Ok(glyphs)
    }
}
