//! Where somebody begins and ends to speak, while it is being said. Pure.

use st_core::speech::FRAME_MS;

/// Speech probabilities (0 to 255) at which speech begins and ends: those of the whole recording.
const ON: u8 = 128;
const OFF: u8 = 90;
/// A pause this long ends a phrase, in ms.
const PAUSE: u64 = 500;
/// A phrase is cut here at the latest, in ms; from `WEAK` on the next weak moment does.
const MOST: u64 = 15_000;
const WEAK: u64 = 10_000;
const WEAK_PAUSE: u64 = 150;
/// Shorter speech is a click or a cough, in ms.
const LEAST: u64 = 250;
/// Added on both sides, in ms.
const AROUND: u64 = 200;

/// Something that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phrase {
    /// Where it begins, in ms of what was pushed.
    pub start: u64,
    /// Where it ends, in ms.
    pub end: u64,
}

/// Finds phrases in the order in which frames come.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// Where the next frame begins, in ms.
    now: u64,
    /// Where the running phrase began, and where its last speech ended.
    running: Option<(u64, u64)>,
    /// Where the last phrase ended.
    after: u64,
}

impl Phrases {
    /// Takes the probability of the next frame of 32 ms; gives a phrase where one is over.
    pub(super) fn push(&mut self, probability: u8) -> Option<Phrase> {
        let start = self.now;
        self.now += FRAME_MS;
        let Some((began, spoken)) = self.running else {
            if probability >= ON {
                self.running = Some((start, self.now));
            }
            return None;
        };
        let spoken = if probability >= OFF { self.now } else { spoken };
        self.running = Some((began, spoken));
        let (silent, long) = (self.now - spoken, self.now - began);
        let over = silent >= PAUSE || long >= MOST || (long >= WEAK && silent >= WEAK_PAUSE);
        over.then(|| self.end()).flatten()
    }

    /// Ends the running phrase: nothing follows.
    pub(super) fn end(&mut self) -> Option<Phrase> {
        let (began, spoken) = self.running.take()?;
        let phrase =
            Phrase { start: began.saturating_sub(AROUND).max(self.after), end: (spoken + AROUND).min(self.now) };
        self.after = phrase.end;
        (spoken - began >= LEAST).then_some(phrase)
    }

    /// The phrase that is being said.
    pub(super) fn running(&self) -> Option<Phrase> {
        let (began, _) = self.running?;
        Some(Phrase { start: began.saturating_sub(AROUND).max(self.after), end: self.now })
    }

    /// Sound before this is of no use any more, in ms.
    pub(super) fn needed_from(&self) -> u64 {
        self.running().map_or(self.now.saturating_sub(AROUND), |phrase| phrase.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(stretches: &[(u8, u64)]) -> Vec<(u64, u64)> {
        let mut phrases = Phrases::default();
        let frames = stretches.iter().flat_map(|&(p, ms)| std::iter::repeat_n(p, (ms / FRAME_MS) as usize));
        let mut found: Vec<Phrase> = frames.filter_map(|p| phrases.push(p)).collect();
        found.extend(phrases.end());
        found.into_iter().map(|phrase| (phrase.start, phrase.end)).collect()
    }

    #[test]
    fn pauses_end_phrases_and_breaths_do_not() {
        let found = phrases(&[(0, 1_024), (255, 2_048), (0, 320), (255, 1_024), (0, 1_024), (255, 1_024)]);
        assert_eq!(found, [(824, 4_616), (5_240, 6_464)]);
    }

    #[test]
    fn clicks_are_none_and_long_speech_is_cut() {
        assert_eq!(phrases(&[(255, 96), (0, 1_024)]), []);
        let found = phrases(&[(255, 40_000)]);
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|pair| pair[0].1 == pair[1].0), "{found:?}");
        assert!(found.iter().all(|(start, end)| end - start <= MOST + FRAME_MS));
    }
}
