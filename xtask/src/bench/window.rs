//! The real window on a transcript of ten hours, against a plain page with the same text in the same web view.

use serde::{Deserialize, Serialize};

use super::{ten_hours, unreadable};
use crate::error::Error;
use crate::node::{self, Node};
use crate::shell::output;

/// Milliseconds between frames.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frames {
    median_ms: f64,
    /// 95 % of all frames come sooner.
    most_ms: f64,
    worst_ms: f64,
}

/// What `tests/window/measure.js` prints.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figures {
    /// From the click in the library to the first text, in ms.
    opened_ms: f64,
    /// Utterances in the page.
    rows: u32,
    /// Elements of the page's main part.
    elements: u32,
    scroll: Frames,
    typing: Frames,
    /// Scrolling as much in a page that has nothing but the same text.
    plain_page: Frames,
}

/// Measures and prints.
pub fn run() -> Result<Figures, Error> {
    node::user_interface()?;
    let (_, data) = ten_hours::library()?;
    let mut measure = Node::ready()?.npm(&["run", "--silent", "measure", "--"]);
    let text = output(measure.arg(&data))?;
    let figures: Figures =
        serde_json::from_str(text.trim()).map_err(|error| unreadable("the figures of the window", &error))?;
    println!(
        "\nTen hours in the window: opened in {:.0} ms, {} rows, {} elements",
        figures.opened_ms, figures.rows, figures.elements
    );
    println!("ms a frame       median   95 %  worst  of a plain page");
    for (name, frames) in
        [("scrolling", &figures.scroll), ("typing", &figures.typing), ("plain page", &figures.plain_page)]
    {
        let ratio = frames.median_ms / figures.plain_page.median_ms.max(0.1);
        println!("{name:<16} {:>6.1} {:>6.1} {:>6.1}  {ratio:.2}", frames.median_ms, frames.most_ms, frames.worst_ms);
    }
    Ok(figures)
}
