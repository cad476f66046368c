//! Graphics cards: which there are and what they are doing ([`nvml`], [`sysfs`]), and what of it a job can use ([`list`]).
//!
//! Nothing here links a library of a card's maker: NVIDIA's is loaded at run time where its driver brought it, others
//! are asked through files of the system. A machine without any of it has no cards, which is no error.

pub mod list;
pub mod memory;
pub mod need;
pub mod nvml;
pub mod plan;
pub mod power;
pub mod sysfs;
pub mod trial;

use serde::Serialize;

/// A graphics card as its driver describes it at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Card {
    /// Its place on the bus as `domain:bus:device.function`, in lower case: `0000:01:00.0`.
    pub bus: String,
    /// For people: `NVIDIA GeForce RTX 4070`.
    pub name: String,
    /// Memory in bytes; 0 where it is not told.
    pub memory_total: u64,
    /// Free memory in bytes.
    pub memory_free: u64,
    /// Bytes used by this program and its workers; none where the driver does not say whose memory it is.
    pub memory_ours: Option<u64>,
    /// Part of the time in which it computed, 0..=1.
    pub utilisation: Option<f32>,
    /// Degrees Celsius.
    pub temperature: Option<f32>,
    /// Watts.
    pub power: Option<f32>,
    /// Version of its driver; empty where it is not told.
    pub driver: String,
    /// NVIDIA's compute capability, major and minor number.
    pub capability: Option<(u32, u32)>,
    /// Whether it shares the memory of the machine.
    pub integrated: bool,
    /// Why it cannot be read, where it cannot.
    pub problem: Option<Problem>,
}

impl Card {
    /// Bytes used by other programs, and what the driver keeps for itself.
    pub fn memory_others(&self) -> u64 {
        self.memory_total.saturating_sub(self.memory_free).saturating_sub(self.memory_ours.unwrap_or(0))
    }
}

/// Why a card says nothing about itself. Others get it as its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It does not answer any more: fallen off the bus, or its driver has given it up.
    Lost,
    /// Its driver is older than what this program can ask.
    DriverTooOld,
    /// Its driver refuses to answer.
    Refused,
}

impl Problem {
    /// What is the matter and what to do, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Lost => "The graphics card does not answer any more. Restart the computer.",
            Self::DriverTooOld => "The driver of the graphics card is too old to be read. Install a newer one.",
            Self::Refused => "The driver of the graphics card refuses to say what the card does.",
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.sentence())
    }
}

/// Numbers the cards of one name, in the order of their places, so that people can tell them apart: `RTX 4090 (2)`.
pub(crate) fn tell_apart(mut cards: Vec<(String, &mut String)>) {
    cards.sort_by(|(a, _), (b, _)| a.cmp(b));
    let names: Vec<String> = cards.iter().map(|(_, name)| (*name).clone()).collect();
    for (index, (_, name)) in cards.into_iter().enumerate() {
        let count = |names: &[String]| names.iter().filter(|other| *other == name).count();
        if count(&names) > 1 {
            *name = format!("{name} ({})", count(&names[..=index]));
        }
    }
}

/// A place on the bus in one form: libraries write the domain with four or eight digits, in upper or lower case.
pub(crate) fn bus_id(text: &str) -> String {
    let lower = text.trim().to_ascii_lowercase();
    match lower.split_once(':') {
        Some((domain, rest)) if rest.contains(':') => {
            let domain = domain.trim_start_matches('0');
            format!("{domain:0>4}:{rest}")
        }
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_the_bus_have_one_form() {
        for text in ["00000000:01:00.0", "0000:01:00.0", " 0000:01:00.0 "] {
            assert_eq!(bus_id(text), "0000:01:00.0");
        }
        assert_eq!(bus_id("00010000:0A:00.0"), "10000:0a:00.0");
    }

    #[test]
    fn cards_of_one_name_are_numbered_by_their_places() {
        let mut names = ["RTX", "Iris", "RTX"].map(String::from);
        let places = ["0000:41:00.0", "0000:00:02.0", "0000:01:00.0"].map(String::from);
        tell_apart(places.into_iter().zip(&mut names).collect());
        assert_eq!(names, ["RTX (2)", "Iris", "RTX (1)"]);
    }

    #[test]
    fn what_is_neither_free_nor_ours_is_others() {
        let card = Card { memory_total: 100, memory_free: 30, memory_ours: Some(50), ..Card::default() };
        assert_eq!(card.memory_others(), 20);
        assert_eq!(Card { memory_ours: None, ..card }.memory_others(), 70);
    }
}
