//! Fonts are opened when the first character asks for one: those of East Asia weigh 22 MB and few texts need them.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustybuzz::Face;
use unicode_script::{Script, UnicodeScript};

use crate::error::PdfError;
use crate::faces::{EMOJI, FONT_FILES, FaceId, SANS, east_asian, face_of, is_east_asian};

/// The bytes of the fonts, which everything made from them borrows.
pub(crate) struct Shelf {
    folder: PathBuf,
    bytes: Vec<OnceCell<Arc<Vec<u8>>>>,
}

impl Shelf {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), bytes: FONT_FILES.iter().map(|_| OnceCell::new()).collect() }
    }

    fn path(&self, face: FaceId) -> PathBuf {
        self.folder.join(FONT_FILES[usize::from(face)])
    }

    fn bytes(&self, face: FaceId) -> Result<&Arc<Vec<u8>>, PdfError> {
        let cell = &self.bytes[usize::from(face)];
        if let Some(bytes) = cell.get() {
            return Ok(bytes);
        }
        let path = self.path(face);
        let bytes = std::fs::read(&path).map_err(|source| PdfError::Font { path, source })?;
        Ok(cell.get_or_init(|| Arc::new(bytes)))
    }
}

/// An open font.
pub(crate) struct Open<'s> {
    /// For shaping.
    pub face: Face<'s>,
    /// For the file.
    pub krilla: krilla::text::Font,
    /// Height above the line and depth below it, in parts of the size.
    pub reach: (f32, f32),
    /// Units of the font in its size.
    pub units: f32,
}

/// Which font has which character.
pub(crate) struct Fonts<'s> {
    shelf: &'s Shelf,
    open: Vec<OnceCell<Open<'s>>>,
    east_asian: [FaceId; 3],
    known: RefCell<HashMap<char, Option<FaceId>>>,
}

impl<'s> Fonts<'s> {
    pub(crate) fn new(shelf: &'s Shelf, language: Option<&str>) -> Self {
        Self {
            shelf,
            open: FONT_FILES.iter().map(|_| OnceCell::new()).collect(),
            east_asian: east_asian(language),
            known: RefCell::default(),
        }
    }

    /// The font, opened if it is not yet.
    pub(crate) fn open(&self, face: FaceId) -> Result<&Open<'s>, PdfError> {
        let cell = &self.open[usize::from(face)];
        if let Some(open) = cell.get() {
            return Ok(open);
        }
        let shelf: &'s Shelf = self.shelf;
        let bytes = shelf.bytes(face)?;
        let damaged = || PdfError::Damaged { path: shelf.path(face) };
        let shaping = Face::from_slice(bytes, 0).ok_or_else(damaged)?;
        let krilla = krilla::text::Font::new(Arc::clone(bytes).into(), 0).ok_or_else(damaged)?;
        let units = shaping.units_per_em() as f32;
        let reach = (f32::from(shaping.ascender()) / units, -f32::from(shaping.descender()) / units);
        Ok(cell.get_or_init(|| Open { face: shaping, krilla, reach, units }))
    }

    fn has(&self, face: FaceId, c: char) -> Result<bool, PdfError> {
        Ok(self.open(face)?.face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0))
    }

    /// The best font for a character; none where no font has it.
    pub(crate) fn for_char(&self, c: char) -> Result<Option<FaceId>, PdfError> {
        if c.is_ascii() {
            return Ok((' '..='~').contains(&c).then_some(SANS));
        }
        if let Some(known) = self.known.borrow().get(&c) {
            return Ok(*known);
        }
        let mut found = None;
        for face in self.candidates(c.script()) {
            if self.has(face, c)? {
                found = Some(face);
                break;
            }
        }
        self.known.borrow_mut().insert(c, found);
        Ok(found)
    }

    /// The font for characters that are drawn as one. It stays `before` for signs that belong to no script, so that a
    /// full stop looks as the text around it. None where no font has them all.
    pub(crate) fn for_cluster(&self, cluster: &str, before: Option<FaceId>) -> Result<Option<FaceId>, PdfError> {
        let drawn = || cluster.chars().filter(|&c| !is_invisible(c));
        let has_all = |face| -> Result<bool, PdfError> {
            for c in drawn() {
                if !self.has(face, c)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let Some(first) = drawn().next() else { return Ok(Some(before.unwrap_or(SANS))) };
        // The sign that asks for the coloured form of a character, U+FE0F.
        if cluster.contains('\u{fe0f}') && has_all(EMOJI)? {
            return Ok(Some(EMOJI));
        }
        let neutral = drawn().all(|c| matches!(c.script(), Script::Common | Script::Inherited));
        if let Some(before) = before.filter(|&face| neutral && face != EMOJI)
            && has_all(before)?
        {
            return Ok(Some(before));
        }
        if let Some(face) = self.for_char(first)?
            && has_all(face)?
        {
            return Ok(Some(face));
        }
        for face in self.candidates(first.script()) {
            if has_all(face)? {
                return Ok(Some(face));
            }
        }
        Ok(None)
    }

    /// Every font, in the order in which it is asked.
    fn candidates(&self, script: Script) -> impl Iterator<Item = FaceId> {
        let own = if is_east_asian(script) { Some(self.east_asian[0]) } else { face_of(script) };
        let small = (0..self.east_asian[0].min(self.east_asian[1]).min(self.east_asian[2])).filter(|&f| f != 1);
        own.into_iter().chain(small).chain(self.east_asian)
    }
}

/// Whether a character is never drawn: joiners, marks of direction, selectors of forms (`Default_Ignorable_Code_Point`).
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}
