//! What the page can ask for. Each command is a call or two to the engine; `(async)` keeps it off the window's thread.

pub mod document;
pub mod exports;
pub mod imports;
pub mod jobs;
pub mod library;
pub mod models;
pub mod player;
pub mod program;
pub mod recorder;
pub mod status;

use std::str::FromStr;

use crate::views::NoticeView;

/// What a command gives: a refusal reaches the page as a notice.
type Answer<T> = Result<T, NoticeView>;

/// An id as the page has it.
fn id<T: FromStr>(text: &str) -> Answer<T> {
    text.parse().map_err(|_| NoticeView::new(format!("“{text}” is not in the library.")))
}

fn ids<T: FromStr>(texts: &[String]) -> Answer<Vec<T>> {
    texts.iter().map(|text| id(text)).collect()
}
