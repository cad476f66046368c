//! What a document consists of.

/// A document: what is in it and how it is printed.
#[derive(Debug, Clone)]
pub struct Document {
    /// Size of the pages.
    pub paper: Paper,
    /// Title, as the viewer's window shows it.
    pub title: String,
    /// Who made it, if that is known.
    pub author: Option<String>,
    /// Language code of the text (BCP 47). It also chooses between Chinese, Japanese and Korean forms of a character.
    pub language: Option<String>,
    /// Program that the text comes from.
    pub creator: String,
    /// The date that the file bears. Without one it bears none.
    pub created: Option<Moment>,
    /// Line at the top of each page but the first.
    pub running_title: String,
    /// Numbers the lines of [`Role::Speaker`] and [`Role::Text`], from 1 on each page.
    pub line_numbers: bool,
    /// What stands at the foot of a page, from its number and the number of all.
    pub page_number: fn(usize, usize) -> String,
    /// The last line of a document in which so many characters were printed as codes.
    pub unprintable_note: fn(usize) -> String,
    /// The content in reading order.
    pub blocks: Vec<Block>,
}

/// Size of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// Width and height in points of 1/72 inch.
    pub fn points(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.276, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// A date and time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
}

/// A piece of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text on as many lines as it needs. Line breaks in it are kept.
    Text {
        /// What it is.
        role: Role,
        /// The text, in parts of one look each.
        runs: Vec<Run>,
        /// Direction; none where the first letter decides.
        right_to_left: Option<bool>,
        /// Name of a bookmark that leads here.
        bookmark: Option<String>,
    },
    /// A row of a table of two columns: name and value.
    Fact(String, String),
    /// What follows begins on a new page.
    NewPage,
}

impl Block {
    /// Text of one look whose direction its first letter decides.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self::Text {
            role,
            runs: vec![Run { text: text.into(), tone: Tone::Plain }],
            right_to_left: None,
            bookmark: None,
        }
    }
}

/// What a text is. Size, space and tag follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Title of the document.
    Title,
    /// Title of a part.
    Heading,
    /// Title within a part.
    Subheading,
    /// Who speaks and when; stays on the page of what is said.
    Speaker,
    /// What is said.
    Text,
    /// A small remark.
    Note,
}

/// Text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// The look.
    pub tone: Tone,
}

/// A look within a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As the role is.
    Plain,
    /// Bold, in this colour (red, green, blue).
    Name([u8; 3]),
    /// Smaller and grey.
    Quiet,
}
