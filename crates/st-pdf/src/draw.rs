//! The bytes of the file.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata, TextDirection};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, Tag, TagGroup, TagKind, TagTree};
use krilla::text::{GlyphId, KrillaGlyph};

use crate::error::PdfError;
use crate::fonts::Fonts;
use crate::lines::{Line, lines};
use crate::model::{Block, Document, Moment, Role, Run, Tone};
use crate::pages::{Laid, SIDE, TOP};
use crate::paragraph::Paragraph;
use crate::shape::{Glyph, Shaper};

/// Where a line is put in its column.
#[derive(Clone, Copy)]
enum Side {
    /// Where reading begins.
    Start,
    Centre,
    Right,
}

/// Draws every page.
pub(crate) fn draw(document: &Document, laid: &Laid, fonts: &Fonts) -> Result<Vec<u8>, PdfError> {
    let mut file = krilla::Document::new();
    file.set_metadata(metadata(document, laid));
    let pen = Pen { shaper: Shaper::new(fonts), width: document.paper.points().0 };
    let mut marks: Vec<Vec<Identifier>> = laid.blocks.iter().map(|_| Vec::new()).collect();
    for (index, page) in laid.pages.iter().enumerate() {
        let (width, height) = document.paper.points();
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| PdfError::Refused("the size of the page is not valid".into()))?;
        let mut sheet = file.start_page_with(settings);
        let mut surface = sheet.surface();
        let mut last = None;
        for placed in page {
            let strip = &laid.strips[placed.strip];
            if last != Some(strip.block) {
                if last.is_some() {
                    surface.end_tagged();
                }
                marks[strip.block].push(surface.start_tagged(ContentTag::Other));
                last = Some(strip.block);
            }
            for piece in &strip.pieces {
                let column = (SIDE + piece.column.0, piece.column.1);
                let paragraph = &laid.paragraphs[piece.paragraph];
                pen.line(&mut surface, paragraph, &piece.line, column, placed.y + strip.baseline, Side::Start)?;
            }
        }
        if last.is_some() {
            surface.end_tagged();
        }
        pen.furniture(&mut surface, document, (index, laid.pages.len()), height)?;
        if document.line_numbers {
            let counted = page.iter().map(|p| (&laid.strips[p.strip], p.y)).filter(|(s, _)| s.counted);
            for (number, (strip, y)) in counted.enumerate() {
                // Left of the text, with a gap that no letter reaches.
                let column = (SIDE - 44.0, 30.0);
                pen.remark(
                    &mut surface,
                    &(number + 1).to_string(),
                    column,
                    y + strip.baseline,
                    Side::Right,
                    ArtifactType::LineNumber,
                )?;
            }
        }
        surface.finish();
        sheet.finish();
    }
    file.set_outline(outline(laid));
    file.set_tag_tree(tags(laid, marks, document.language.clone()));
    file.finish().map_err(|error| PdfError::Refused(error.to_string()))
}

/// What draws lines.
struct Pen<'f, 's> {
    shaper: Shaper<'f, 's>,
    width: f32,
}

impl Pen<'_, '_> {
    fn line(
        &self,
        surface: &mut Surface,
        paragraph: &Paragraph,
        line: &Line,
        column: (f32, f32),
        y: f32,
        side: Side,
    ) -> Result<(), PdfError> {
        let mut drawn: Vec<(usize, Vec<Glyph>)> = Vec::with_capacity(line.bits.len());
        let mut length = 0.0;
        for (place, bit) in line.bits.iter().enumerate() {
            let glyphs = self.shaper.shape(&paragraph.text[bit.range.clone()], bit)?;
            length += way(&glyphs) * paragraph.size(bit);
            drawn.push((place, glyphs));
        }
        let room = column.1 - length;
        let mut x = column.0
            + match side {
                Side::Start if line.rtl => room,
                Side::Start => 0.0,
                Side::Centre => room / 2.0,
                Side::Right => room,
            };
        for (place, glyphs) in drawn {
            let bit = &line.bits[place];
            let size = paragraph.size(bit);
            let [red, green, blue] = paragraph.looks[bit.look].1.colour;
            surface.set_fill(Some(Fill {
                paint: rgb::Color::new(red, green, blue).into(),
                opacity: NormalizedF32::ONE,
                rule: Default::default(),
            }));
            let font = self.shaper.fonts().open(bit.face)?.krilla.clone();
            let text = &paragraph.text[bit.range.clone()];
            let way = way(&glyphs);
            let glyphs: Vec<KrillaGlyph> = glyphs
                .into_iter()
                .map(|g| KrillaGlyph::new(GlyphId::new(g.id), g.advance, g.offset.0, g.offset.1, 0.0, g.text, None))
                .collect();
            if !glyphs.is_empty() {
                surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, text, size, false);
            }
            x += way * size;
        }
        Ok(())
    }

    /// Running title and page number.
    fn furniture(
        &self,
        surface: &mut Surface,
        document: &Document,
        (index, pages): (usize, usize),
        height: f32,
    ) -> Result<(), PdfError> {
        let column = (SIDE, self.width - 2.0 * SIDE);
        if index > 0 {
            self.remark(surface, &document.running_title, column, TOP - 26.0, Side::Start, ArtifactType::Header)?;
        }
        let number = (document.page_number)(index + 1, pages);
        self.remark(surface, &number, column, height - TOP + 34.0, Side::Centre, ArtifactType::Footer)
    }

    /// A line that is no part of the text: its beginning, where it is too long.
    fn remark(
        &self,
        surface: &mut Surface,
        text: &str,
        column: (f32, f32),
        y: f32,
        side: Side,
        kind: ArtifactType,
    ) -> Result<(), PdfError> {
        let make = |text: &str| -> Result<(Paragraph, Vec<Line>), PdfError> {
            let runs = [Run { text: text.to_owned(), tone: Tone::Quiet }];
            let paragraph = Paragraph::new(Role::Note, &runs, None, self.shaper.fonts())?;
            let lines = lines(&paragraph, column.1, &self.shaper)?;
            Ok((paragraph, lines))
        };
        let (mut paragraph, mut found) = make(text)?;
        if found.len() > 1 {
            let end = found[0].bits.iter().map(|bit| bit.range.end).max().unwrap_or_default();
            // The ellipsis takes the place of the last word.
            let kept = paragraph.text[..end].rsplit_once(' ').map_or(&paragraph.text[..end], |(kept, _)| kept);
            (paragraph, found) = make(&format!("{kept} …"))?;
        }
        if let Some(line) = found.first() {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
            self.line(surface, &paragraph, line, column, y, side)?;
            surface.end_tagged();
        }
        Ok(())
    }
}

fn way(glyphs: &[Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum()
}

fn metadata(document: &Document, laid: &Laid) -> Metadata {
    let rtl = laid.strips.iter().filter(|s| s.counted).filter(|s| s.pieces.iter().any(|p| p.line.rtl)).count();
    let counted = laid.strips.iter().filter(|s| s.counted).count();
    let mut metadata = Metadata::new()
        .title(document.title.clone())
        .authors(document.author.iter().cloned().collect())
        .creator(document.creator.clone())
        .producer(document.creator.clone())
        .text_direction(if 2 * rtl > counted { TextDirection::RightToLeft } else { TextDirection::LeftToRight });
    if let Some(language) = &document.language {
        metadata = metadata.language(language.clone());
    }
    if let Some(Moment { year, month, day, hour, minute, second }) = document.created {
        let date = DateTime::new(year).month(month).day(day).hour(hour).minute(minute).second(second);
        metadata = metadata.creation_date(date.utc_offset_hour(0));
    }
    metadata
}

fn outline(laid: &Laid) -> Outline {
    let mut outline = Outline::new();
    let mut last = None;
    for (page, placed) in laid.pages.iter().enumerate().flat_map(|(page, all)| all.iter().map(move |p| (page, p))) {
        let block = laid.strips[placed.strip].block;
        if last.replace(block) == Some(block) {
            continue;
        }
        if let Block::Text { bookmark: Some(name), .. } = &laid.blocks[block] {
            let place = XyzDestination::new(page, Point::from_xy(0.0, (placed.y - 8.0).max(0.0)));
            outline.push_child(OutlineNode::new(name.clone(), place));
        }
    }
    outline
}

/// What each text is, for programs that read aloud.
fn tags(laid: &Laid, marks: Vec<Vec<Identifier>>, language: Option<String>) -> TagTree {
    let mut tree = TagTree::new().with_lang(language);
    for (block, marks) in laid.blocks.iter().zip(marks) {
        let level = match block {
            Block::Text { role: Role::Title, .. } => NonZeroU16::new(1),
            Block::Text { role: Role::Heading, .. } => NonZeroU16::new(2),
            Block::Text { role: Role::Subheading, .. } => NonZeroU16::new(3),
            _ => None,
        };
        let tag: TagKind = level.map_or(Tag::P.into(), |level| Tag::Hn(level, None).into());
        if !marks.is_empty() {
            tree.push(TagGroup::with_children(tag, marks.into_iter().map(Node::Leaf).collect()));
        }
    }
    tree
}
