//! The gauge: what cards and machine are doing at a moment, and how much of it is this program's.

use serde::Serialize;

use super::{Engine, Usage, lock};
use crate::gpu::{Card, tell_apart};

/// Cards and machine at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gauge {
    /// Every graphics card whose driver says something; empty where there is none.
    pub cards: Vec<Card>,
    /// Memory and processors that this program uses.
    pub usage: Usage,
    /// What runs a job now, in words; none where nothing does.
    pub device: Option<String>,
}

impl Engine {
    /// The gauge now.
    pub fn gauge(&self) -> Gauge {
        let (usage, ours) = self.inner.looker.look();
        let device = lock(&self.inner.places).values().next().cloned();
        let mut cards = self.inner.workers.hardware.cards(&ours);
        tell_apart(cards.iter_mut().map(|card| (card.bus.clone(), &mut card.name)).collect());
        Gauge { cards, usage, device }
    }
}
