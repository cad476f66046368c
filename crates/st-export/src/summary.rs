//! The parts of a summary as blocks, which each document format prints in its own way.

use st_core::quotes::{self, Quote};
use st_core::summary::{self, Share, shares};
use st_core::time::Millis;
use st_core::transcript::Transcript;

use crate::ExportOptions;
use crate::text::{one_line, percent};

/// A part of the summary under a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading.
    pub title: &'static str,
    /// What stands under it; where nothing was found it says so, so it is never empty.
    pub items: Vec<Item>,
}

/// A line of a block. All texts are single lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When it was said, for what was said.
    pub at: Option<Millis>,
    /// Who said it, or whom it is about.
    pub speaker: Option<String>,
    /// A quotation, or what holds.
    pub text: String,
}

/// The parts that the options ask for, in the order in which they are printed. What was said is quoted, never reworded.
pub fn summary(transcript: &Transcript, options: &ExportOptions) -> Vec<Block> {
    let mut blocks = Vec::new();
    if options.shares {
        blocks.push(block("Shares of time and words", share_items(transcript), "Nobody was told apart."));
    }
    if options.average_confidence {
        let sure = summary::confidence(transcript).map(|c| fact(percent(c)));
        blocks.push(block("Average confidence", sure.into_iter().collect(), "There are no words."));
    }
    let mut quoted = |title, quotes: Option<Vec<Quote>>| {
        let none = if quotes.is_some() { "None were found." } else { "There are no rules for this language." };
        let items = quotes.into_iter().flatten().map(|quote| item(transcript, quote)).collect();
        blocks.push(block(title, items, none));
    };
    if options.questions {
        quoted("Questions asked", Some(quotes::questions(transcript)));
    }
    if options.actions {
        quoted("Action items", quotes::actions(transcript));
    }
    if options.next_steps {
        quoted("Next steps", quotes::next_steps(transcript));
    }
    blocks
}

fn block(title: &'static str, items: Vec<Item>, none: &str) -> Block {
    Block { title, items: if items.is_empty() { vec![fact(none.into())] } else { items } }
}

fn fact(text: String) -> Item {
    Item { at: None, speaker: None, text }
}

fn item(transcript: &Transcript, quote: Quote) -> Item {
    let speaker = quote.speaker.and_then(|id| transcript.speaker(id));
    let speaker = speaker.map(|s| one_line(&s.display_name())).filter(|name| !name.is_empty());
    Item { at: Some(quote.at), speaker, text: one_line(&quote.text) }
}

fn share_items(transcript: &Transcript) -> Vec<Item> {
    let shares = shares(transcript);
    let time: u64 = shares.values().map(|share| share.speech.0).sum();
    let words: usize = shares.values().map(|share| share.words).sum();
    let line = |share: &Share| {
        let of_time = percent(share.speech.0 as f64 / time.max(1) as f64);
        let of_words = percent(share.words as f64 / words.max(1) as f64);
        fact(format!("{} ({of_time} of the time), {} words ({of_words})", share.speech, share.words))
    };
    let known = transcript.speakers.iter().filter_map(|speaker| {
        let share = shares.get(&speaker.id)?;
        Some(Item { speaker: Some(one_line(&speaker.display_name())), ..line(share) })
    });
    known.collect()
}
