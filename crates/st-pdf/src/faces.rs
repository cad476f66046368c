//! The fonts that ship with the program, and which of them is for which script.

use unicode_script::Script;

/// Place of a font in [`FONT_FILES`].
pub(crate) type FaceId = u8;

/// Names of the files, all of which must lie in the folder of fonts. All are under the Open Font License.
pub const FONT_FILES: &[&str] = &[
    "NotoSans_400Regular.ttf",
    "NotoSans_700Bold.ttf",
    "NotoSansHebrew_400Regular.ttf",
    "Amiri_400Regular.ttf",
    "NotoSansDevanagari_400Regular.ttf",
    "NotoSansThai_400Regular.ttf",
    "NotoSansBengali_400Regular.ttf",
    "NotoSansTamil_400Regular.ttf",
    "NotoSansTelugu_400Regular.ttf",
    "NotoSansGujarati_400Regular.ttf",
    "NotoSansGurmukhi_400Regular.ttf",
    "NotoSansKannada_400Regular.ttf",
    "NotoSansMalayalam_400Regular.ttf",
    "NotoSansSinhala_400Regular.ttf",
    "NotoSansGeorgian_400Regular.ttf",
    "NotoSansArmenian_400Regular.ttf",
    "NotoSansEthiopic_400Regular.ttf",
    "NotoSansKhmer_400Regular.ttf",
    "NotoSansLao_400Regular.ttf",
    "NotoSansMyanmar_400Regular.ttf",
    "NotoSerifTibetan_400Regular.ttf",
    "NotoEmoji_400Regular.ttf",
    "NotoSansSymbols_400Regular.ttf",
    "NotoSansMath_400Regular.ttf",
    "NotoSansSC_400Regular.ttf",
    "NotoSansJP_400Regular.ttf",
    "NotoSansKR_400Regular.ttf",
];

/// The font for everything that has no own.
pub(crate) const SANS: FaceId = 0;
/// Its bold form; only it has one.
pub(crate) const SANS_BOLD: FaceId = 1;
/// The font of Arabic: one of the few whose glyphs are letters. In others dots are glyphs of their own, or lam and alef
/// are one, and no reader of PDF gives such text back right (docs/decisions/0007).
const ARABIC: FaceId = 3;
/// The font of pictures within text.
pub(crate) const EMOJI: FaceId = 21;
const CHINESE: FaceId = 24;
const JAPANESE: FaceId = 25;
const KOREAN: FaceId = 26;

/// How much larger than its neighbours a font is set to look as large: Amiri's letters are small for its size.
pub(crate) fn scale(face: FaceId) -> f32 {
    if face == ARABIC { 1.15 } else { 1.0 }
}

/// The font made for a script, if one of ours is. The scripts of East Asia depend on the language.
pub(crate) fn face_of(script: Script) -> Option<FaceId> {
    Some(match script {
        Script::Latin | Script::Greek | Script::Cyrillic => SANS,
        Script::Hebrew => 2,
        Script::Arabic => ARABIC,
        Script::Devanagari => 4,
        Script::Thai => 5,
        Script::Bengali => 6,
        Script::Tamil => 7,
        Script::Telugu => 8,
        Script::Gujarati => 9,
        Script::Gurmukhi => 10,
        Script::Kannada => 11,
        Script::Malayalam => 12,
        Script::Sinhala => 13,
        Script::Georgian => 14,
        Script::Armenian => 15,
        Script::Ethiopic => 16,
        Script::Khmer => 17,
        Script::Lao => 18,
        Script::Myanmar => 19,
        Script::Tibetan => 20,
        _ => return None,
    })
}

/// The fonts of East Asia, the one for this language first: the same character is written differently in each.
pub(crate) fn east_asian(language: Option<&str>) -> [FaceId; 3] {
    match language.and_then(|l| l.split(['-', '_']).next()) {
        Some("ja") => [JAPANESE, CHINESE, KOREAN],
        Some("ko") => [KOREAN, CHINESE, JAPANESE],
        _ => [CHINESE, JAPANESE, KOREAN],
    }
}

/// Whether the script is one that the fonts of East Asia are for.
pub(crate) fn is_east_asian(script: Script) -> bool {
    matches!(script, Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo)
}
