//! What must hold of every document. Whether other programs read the files as well is tried in `tests/`.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::fonts::{Fonts, Shelf};
use crate::lines::lines;
use crate::model::{Block, Document, Paper, Role, Run, Tone};
use crate::pages::lay_out;
use crate::paragraph::Paragraph;
use crate::shape::Shaper;
use crate::{PdfError, write};

/// Where `cargo xtask fonts` puts them.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deps/fonts")
}

fn document(blocks: Vec<Block>) -> Document {
    Document {
        paper: Paper::A4,
        title: "A title".into(),
        author: None,
        language: Some("en".into()),
        creator: "SecureTranscribe".into(),
        created: None,
        running_title: "A title".into(),
        line_numbers: true,
        page_number: |page, pages| format!("Page {page} of {pages}"),
        unprintable_note: |count| format!("{count} printed as codes"),
        blocks,
    }
}

fn talk(count: usize) -> Vec<Block> {
    (0..count)
        .flat_map(|n| {
            let said = "Well, as I said before, this takes a while to explain. ".repeat(n % 7);
            [Block::text(Role::Speaker, format!("Speaker {}", n % 3)), Block::text(Role::Text, said)]
        })
        .collect()
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = document(talk(40));
    let first = write(&document, &folder()).unwrap();
    assert!(first.pages > 1);
    assert_eq!(first, write(&document, &folder()).unwrap());
}

#[test]
fn a_missing_font_is_an_error_that_names_the_file() {
    let error = write(&document(talk(1)), Path::new("/nowhere")).unwrap_err();
    assert!(matches!(&error, PdfError::Font { path, .. } if path.starts_with("/nowhere")));
    assert!(error.to_string().contains("/nowhere/NotoSans"), "{error}");
}

#[test]
fn characters_without_a_font_are_printed_as_codes_and_counted() {
    let text = "ok \u{e123} \u{10330}\u{7}\n";
    let shelf = Shelf::new(&folder());
    let fonts = Fonts::new(&shelf, None);
    let runs = [Run { text: text.into(), tone: Tone::Plain }];
    let paragraph = Paragraph::new(Role::Text, &runs, None, &fonts).unwrap();
    assert_eq!(paragraph.text, "ok [U+E123] [U+10330]");
    let written = write(&document(vec![Block::text(Role::Text, text)]), &folder()).unwrap();
    assert_eq!(written.unprintable, 2);
}

#[test]
fn who_speaks_stands_on_the_page_of_what_is_said() {
    let document = document(talk(200));
    let shelf = Shelf::new(&folder());
    let laid = lay_out(&document, &Fonts::new(&shelf, None)).unwrap();
    assert!(laid.pages.len() > 3);
    for page in &laid.pages {
        let last = &laid.strips[page.last().unwrap().strip];
        assert!(!matches!(laid.blocks[last.block], Block::Text { role: Role::Speaker, .. }));
        let bottom = page.last().map(|placed| placed.y + last.height).unwrap();
        assert!(bottom <= Paper::A4.points().1 - crate::pages::TOP, "text runs into the page number");
    }
    let placed: Vec<usize> = laid.pages.iter().flatten().map(|placed| placed.strip).collect();
    assert_eq!(placed, (0..laid.strips.len()).collect::<Vec<_>>(), "a line is missing or there twice");
}

#[test]
fn a_new_page_is_one() {
    let blocks = vec![
        Block::NewPage,
        Block::text(Role::Heading, "One"),
        Block::NewPage,
        Block::text(Role::Text, "Two"),
        Block::NewPage,
    ];
    assert_eq!(write(&document(blocks), &folder()).unwrap().pages, 2);
}

#[test]
fn long_and_strange_texts_are_laid_out() {
    for text in [
        "a".repeat(100_000),
        "\u{202b}a".repeat(5_000),
        "א(".repeat(20_000),
        format!("a{}", "\u{301}".repeat(10_000)),
        "👩\u{200d}".repeat(1_000),
        "\u{e000}".repeat(5_000),
        "x\n".repeat(10_000),
    ] {
        write(&document(vec![Block::text(Role::Text, text)]), &folder()).unwrap();
    }
}

#[test]
fn an_empty_document_has_a_page() {
    assert_eq!(write(&document(Vec::new()), &folder()).unwrap().pages, 1);
}

/// Text with everything that breaks layouts: both directions, marks, joiners, controls, any plane.
fn wild() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z]{1,12}",
        "[א-ת]{1,8}",
        "[ء-ي]{1,8}",
        "[ก-ๆ]{1,20}",
        "[\u{300}-\u{36f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{fe0f}]",
        "[ \n\t,.()0-9]",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Lines hold every visible character once and are not longer than their column, whatever the text is.
    #[test]
    fn lines_hold_the_whole_text(text in wild(), width in 60.0_f32..500.0) {
        let shelf = Shelf::new(&folder());
        let fonts = Fonts::new(&shelf, None);
        let shaper = Shaper::new(&fonts);
        let runs = [Run { text, tone: Tone::Plain }];
        let paragraph = Paragraph::new(Role::Text, &runs, None, &fonts).unwrap();
        let mut seen = vec![0; paragraph.text.len()];
        for line in lines(&paragraph, width, &shaper).unwrap() {
            let mut length = 0.0;
            for bit in &line.bits {
                let text = &paragraph.text[bit.range.clone()];
                let glyphs = shaper.shape(text, bit).unwrap();
                length += glyphs.iter().map(|g| g.advance).sum::<f32>() * paragraph.size(bit);
                seen[bit.range.clone()].iter_mut().for_each(|n| *n += 1);
            }
            let count: usize = line.bits.iter().map(|b| paragraph.text[b.range.clone()].chars().count()).sum();
            // A single character may be wider than the column, and a letter cut from its neighbours wider than with them.
            prop_assert!(length <= width + 30.0 || count <= 2, "{length} of {width}");
        }
        for (at, c) in paragraph.text.char_indices() {
            prop_assert!(seen[at] == 1 || (seen[at] == 0 && c.is_whitespace()), "{c:?} {} times", seen[at]);
        }
    }

    /// Nothing that can be typed keeps a file from being made.
    #[test]
    fn every_text_gives_a_file(text in wild(), name in wild(), rtl in any::<Option<bool>>()) {
        let blocks = vec![
            Block::Text {
                role: Role::Speaker,
                runs: vec![
                    Run { text: name.clone(), tone: Tone::Name([1, 2, 3]) },
                    Run { text: text.clone(), tone: Tone::Quiet },
                ],
                right_to_left: rtl,
                bookmark: Some(name.clone()),
            },
            Block::Fact(name.clone(), text.clone()),
        ];
        let made = Document { title: text.clone(), running_title: text, ..document(blocks) };
        write(&made, &folder()).unwrap();
    }
}
