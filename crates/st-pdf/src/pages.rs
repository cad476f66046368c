//! Lines on pages.

use crate::error::PdfError;
use crate::fonts::Fonts;
use crate::lines::{Line, lines};
use crate::model::{Block, Document, Role, Run, Tone};
use crate::paragraph::Paragraph;
use crate::shape::Shaper;

/// Free edge at the left and right in points (25 mm): room for line numbers and for holes.
pub(crate) const SIDE: f32 = 70.9;
/// Free edge at the top and bottom; running title and page number stand in it.
pub(crate) const TOP: f32 = 68.0;
/// Width of the first column of a table of facts.
const NAMES: f32 = 130.0;

/// A line at its place in a column.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Place in [`Laid::paragraphs`].
    pub paragraph: usize,
    /// The line.
    pub line: Line,
    /// Left edge and width of its column, from the left edge of the text.
    pub column: (f32, f32),
}

/// What stands side by side at one height.
#[derive(Debug)]
pub(crate) struct Strip {
    /// The lines.
    pub pieces: Vec<Piece>,
    /// Space above, which falls away at the top of a page.
    pub before: f32,
    /// Height without that space.
    pub height: f32,
    /// Way from its top to the line on which the letters stand.
    pub baseline: f32,
    /// Whether the next strip must be on the same page.
    pub keep: bool,
    /// Whether lines of this kind are counted.
    pub counted: bool,
    /// The block that it belongs to.
    pub block: usize,
}

/// A strip on a page.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Place in [`Laid::strips`].
    pub strip: usize,
    /// Its top, from the top of the page.
    pub y: f32,
}

/// A document on pages.
#[derive(Debug)]
pub(crate) struct Laid {
    /// All texts.
    pub paragraphs: Vec<Paragraph>,
    /// All lines in order.
    pub strips: Vec<Strip>,
    /// What stands where.
    pub pages: Vec<Vec<Placed>>,
    /// Blocks, with the remark about unprintable characters.
    pub blocks: Vec<Block>,
    /// How many characters no font has.
    pub unprintable: usize,
}

/// Lays a document out.
pub(crate) fn lay_out(document: &Document, fonts: &Fonts) -> Result<Laid, PdfError> {
    let shaper = Shaper::new(fonts);
    let (width, height) = document.paper.points();
    let mut laid =
        Laid { paragraphs: Vec::new(), strips: Vec::new(), pages: Vec::new(), blocks: Vec::new(), unprintable: 0 };
    let mut new_page = false;
    let mut starts = Vec::new();
    for block in &document.blocks {
        if *block == Block::NewPage {
            new_page = true;
        } else if std::mem::take(&mut new_page) && !laid.strips.is_empty() {
            starts.push(laid.strips.len());
            if let Some(last) = laid.strips.last_mut() {
                last.keep = false;
            }
        }
        laid.add(block.clone(), width - 2.0 * SIDE, &shaper)?;
    }
    if laid.unprintable > 0 {
        let note = Block::text(Role::Note, (document.unprintable_note)(laid.unprintable));
        laid.add(note, width - 2.0 * SIDE, &shaper)?;
    }
    laid.pages = pages(&laid.strips, &starts, height);
    Ok(laid)
}

impl Laid {
    fn add(&mut self, block: Block, width: f32, shaper: &Shaper) -> Result<(), PdfError> {
        let index = self.blocks.len();
        match &block {
            Block::NewPage => {}
            Block::Text { role, runs, right_to_left, .. } => {
                let lines = self.paragraph(*role, runs, *right_to_left, width, shaper)?;
                let (before, leading, keep_all) = spacing(*role);
                let count = lines.len();
                for (place, piece) in lines.into_iter().enumerate() {
                    let counted = matches!(role, Role::Speaker | Role::Text) && !piece.line.bits.is_empty();
                    // No first line alone at the foot of a page, no last one alone at the top.
                    let keep = keep_all || (count > 1 && (place == 0 || place + 2 == count));
                    let before = if place == 0 { before } else { 0.0 };
                    let strip = Strip { before, keep, counted, block: index, ..strip(vec![piece], leading) };
                    self.strips.push(strip);
                }
            }
            Block::Fact(name, value) => {
                let one = |text: &String, tone| [Run { text: text.clone(), tone }];
                let names = self.paragraph(Role::Text, &one(name, Tone::Quiet), None, NAMES - 12.0, shaper)?;
                let mut values =
                    self.paragraph(Role::Text, &one(value, Tone::Plain), None, width - NAMES, shaper)?.into_iter();
                let mut names = names.into_iter();
                // A table stands a little off what is above it.
                let mut before = if matches!(self.blocks.last(), Some(Block::Fact(..))) { 0.0 } else { 5.0 };
                loop {
                    let value = values.next().map(|v| Piece { column: (NAMES, width - NAMES), ..v });
                    let pieces: Vec<Piece> = names.next().into_iter().chain(value).collect();
                    if pieces.is_empty() {
                        break;
                    }
                    self.strips.push(Strip { block: index, before, ..strip(pieces, 15.5) });
                    before = 0.0;
                }
            }
        }
        self.blocks.push(block);
        Ok(())
    }

    fn paragraph(
        &mut self,
        role: Role,
        runs: &[Run],
        rtl: Option<bool>,
        width: f32,
        shaper: &Shaper,
    ) -> Result<Vec<Piece>, PdfError> {
        let paragraph = Paragraph::new(role, runs, rtl, shaper.fonts())?;
        let broken = lines(&paragraph, width, shaper)?;
        self.unprintable += paragraph.unprintable;
        self.paragraphs.push(paragraph);
        let paragraph = self.paragraphs.len() - 1;
        Ok(broken.into_iter().map(|line| Piece { paragraph, line, column: (0.0, width) }).collect())
    }
}

/// Space above, distance of lines, and whether what follows stays on the same page.
fn spacing(role: Role) -> (f32, f32, bool) {
    match role {
        Role::Title => (0.0, 27.0, true),
        Role::Heading => (18.0, 20.0, true),
        Role::Subheading | Role::Speaker => (10.0, 15.5, true),
        Role::Text => (1.0, 15.5, false),
        Role::Note => (5.0, 12.0, false),
    }
}

/// Lines at one height: as far apart as wanted, and further where letters reach further.
fn strip(pieces: Vec<Piece>, leading: f32) -> Strip {
    let above = pieces.iter().map(|p| p.line.reach.0).fold(0.0, f32::max);
    let below = pieces.iter().map(|p| p.line.reach.1).fold(0.0, f32::max);
    let height = leading.max(above + below);
    let baseline = (height - above - below) / 2.0 + above;
    Strip { pieces, before: 0.0, height, baseline, keep: false, counted: false, block: 0 }
}

/// Fills pages. Strips that must stay together move on together, unless they are more than a page.
fn pages(strips: &[Strip], starts: &[usize], height: f32) -> Vec<Vec<Placed>> {
    let bottom = height - TOP;
    let mut pages = vec![Vec::new()];
    let mut y = TOP;
    let mut next = 0;
    while next < strips.len() {
        let end = strips[next..].iter().position(|s| !s.keep).map_or(strips.len(), |n| next + n + 1);
        let group = &strips[next..end];
        let needed: f32 = group.iter().map(|s| s.before + s.height).sum();
        let empty = pages.last().is_none_or(Vec::is_empty);
        let forced = starts.binary_search(&next).is_ok();
        if !empty && (forced || (y + needed > bottom && needed <= bottom - TOP)) {
            pages.push(Vec::new());
            y = TOP;
        }
        for (strip, place) in group.iter().zip(next..) {
            let empty = pages.last().is_none_or(Vec::is_empty);
            let before = if empty { 0.0 } else { strip.before };
            if !empty && y + before + strip.height > bottom {
                pages.push(Vec::new());
                y = TOP;
            } else {
                y += before;
            }
            if let Some(page) = pages.last_mut() {
                page.push(Placed { strip: place, y });
            }
            y += strip.height;
        }
        next = end;
    }
    pages
}
