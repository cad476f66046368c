//! The styles of a document: what a reader finds in the list of styles and can change.

use docx_rust::formatting::{
    Bold, BoldComplex, CharacterProperty, Color, Fonts, JustificationVal, KeepLines, KeepNext, Lang, OutlineLvl,
    ParagraphProperty, SizeComplex, Spacing, SuppressLineNumbers,
};
use docx_rust::styles::{BasedOn, DefaultStyle, Next, QFormat, Style, StyleType, Styles};

/// Languages written from right to left (of those that the recogniser knows).
const RTL: &[&str] = &["ar", "fa", "he", "iw", "ps", "sd", "ur", "yi"];
/// Languages that word processors count as East Asian.
const EAST_ASIAN: &[&str] = &["zh", "yue", "ja", "ko"];

/// The language of the text, where word processors look for it: for Latin, East Asian and right-to-left letters each.
fn language(code: Option<&str>) -> Option<Lang<'static>> {
    let code = code?;
    let mut lang = Lang::default();
    let slot = if RTL.contains(&code) {
        &mut lang.bidi
    } else if EAST_ASIAN.contains(&code) {
        &mut lang.east_asia
    } else {
        &mut lang.val
    };
    *slot = Some(code.to_owned().into());
    Some(lang)
}

/// Size in points for letters of every kind, and the rest as it is.
fn letters(points: isize, bold: bool, colour: Option<(u8, u8, u8)>) -> CharacterProperty<'static> {
    CharacterProperty {
        size: Some((2 * points).into()),
        size_complex: Some(SizeComplex { value: Some(2 * points) }),
        bold: bold.then_some(Bold { value: None }),
        bold_complex: bold.then_some(BoldComplex { value: None }),
        color: colour.map(Color::from),
        ..Default::default()
    }
}

/// Space above and below in twentieths of a point.
fn space(before: isize, after: isize) -> ParagraphProperty<'static> {
    let spacing = Spacing { before: Some(before), after: Some(after), ..Default::default() };
    ParagraphProperty { spacing: Some(spacing), ..Default::default() }
}

fn paragraph_style(
    id: &'static str,
    name: &'static str,
    paragraph: ParagraphProperty<'static>,
    character: CharacterProperty<'static>,
) -> Style<'static> {
    let mut style = Style::new(StyleType::Paragraph, id).name(name).paragraph(paragraph).character(character);
    if id == "Normal" {
        style.default = Some(true);
    } else {
        style.base = Some(BasedOn { value: "Normal".into() });
    }
    style.q_format = Some(QFormat { value: None });
    style
}

fn heading(id: &'static str, name: &'static str, level: isize, points: isize, before: isize) -> Style<'static> {
    let paragraph = ParagraphProperty {
        keep_next: Some(KeepNext { value: None }),
        keep_lines: Some(KeepLines { value: None }),
        suppress_line_numbers: Some(SuppressLineNumbers { value: None }),
        outline_lvl: Some(OutlineLvl { value: level }),
        ..space(before, 80)
    };
    let mut style = paragraph_style(id, name, paragraph, letters(points, true, None));
    style.next = Some(Next { value: "Said".into() });
    style
}

/// Text in ink, remarks in grey: the colours of the program's window.
const GREY: (u8, u8, u8) = (0x5f, 0x6b, 0x6e);

/// All styles, for a text in this language.
pub(super) fn styles(code: Option<&str>) -> Styles<'static> {
    let mut styles = Styles::new();
    let fonts = Fonts::default().ascii("Calibri").h_ansi("Calibri").custom("Arial");
    let everything = CharacterProperty { fonts: Some(fonts), lang: language(code), ..letters(11, false, None) };
    styles.default(DefaultStyle::default().character(everything));
    let plain = CharacterProperty::default;
    styles.push(paragraph_style("Normal", "Normal", space(0, 0), plain()));
    let title = ParagraphProperty {
        keep_next: Some(KeepNext { value: None }),
        suppress_line_numbers: Some(SuppressLineNumbers { value: None }),
        ..space(0, 160)
    };
    styles.push(paragraph_style("Title", "Title", title, letters(20, true, None)));
    styles.push(heading("Heading1", "heading 1", 0, 14, 360));
    styles.push(heading("Heading2", "heading 2", 1, 11, 200));
    let speaker = ParagraphProperty { keep_next: Some(KeepNext { value: None }), ..space(200, 0) };
    styles.push(paragraph_style("SpeakerLine", "Speaker Line", speaker, plain()));
    styles.push(paragraph_style("Said", "Transcript Text", space(20, 0), plain()));
    styles.push(paragraph_style("FactName", "Fact Name", space(10, 10), letters(9, false, Some(GREY))));
    styles.push(paragraph_style("FactValue", "Fact Value", space(0, 10), plain()));
    styles.push(paragraph_style("Header", "header", space(0, 0), letters(9, false, Some(GREY))));
    let centred = ParagraphProperty { justification: Some(JustificationVal::Center.into()), ..space(0, 0) };
    styles.push(paragraph_style("Footer", "footer", centred, letters(9, false, Some(GREY))));
    let mut unstyled = Style::new(StyleType::Character, "DefaultParagraphFont").name("Default Paragraph Font");
    unstyled.default = Some(true);
    styles.push(unstyled);
    let characters = [
        ("SpeakerName", "Speaker Name", letters(11, true, None)),
        ("Timestamp", "Timestamp", letters(9, false, Some(GREY))),
    ];
    for (id, name, look) in characters {
        let mut style = Style::new(StyleType::Character, id).name(name).character(look);
        style.custom_style = Some(true);
        style.q_format = Some(QFormat { value: None });
        styles.push(style);
    }
    styles.push(Style::new(StyleType::Table, "Facts").name("Facts"));
    styles
}
