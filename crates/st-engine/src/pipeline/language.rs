//! The language: as given, or the one that most of up to five stretches of speech, spread over the recording, are in.
//! One stretch alone misleads: a greeting, a song, a quotation at the start.

use st_core::time::{Millis, TimeSpan};
use st_core::windows::{WindowOptions, next_window};
use st_worker_protocol::LanguageGuess;

use super::cursor::Cursor;
use super::{PipelineError, Shared};
use crate::inference::{Loaded, Outcome, Supervisor};
use crate::jobs::LanguageChoice;

/// Stretches that are listened to.
const STRETCHES: u64 = 5;

/// The language to decode in.
pub fn language(
    shared: &Shared<'_, '_>,
    supervisor: &Supervisor,
    (regions, duration): (&[TimeSpan], Millis),
    loaded: Loaded,
) -> Result<Outcome<String>, PipelineError> {
    match &shared.job.settings.language {
        LanguageChoice::Code(code) if code == "en" || loaded.multilingual => return Ok(Outcome::Done(code.clone())),
        LanguageChoice::Code(code) => {
            return Err(PipelineError::EnglishOnly { model: shared.models.asr_name(), language: code.clone() });
        }
        LanguageChoice::Auto if !loaded.multilingual => return Ok(Outcome::Done("en".into())),
        LanguageChoice::Auto => {}
    }
    if let Some(found) = shared.library.job_memory(shared.job.id)?.language {
        return Ok(Outcome::Done(found));
    }
    let mut cursor = Cursor::open(&shared.path)?;
    let mut guesses = Vec::new();
    for span in stretches(regions, duration) {
        match supervisor.detect_language(cursor.read(span)?, shared.cancel)? {
            Outcome::Done(found) => guesses.push(found),
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
    }
    let language = majority(&guesses).unwrap_or_else(|| "en".into());
    shared.library.set_job_language(shared.job.id, &language)?;
    Ok(Outcome::Done(language))
}

/// The first window of speech in each fifth of the recording, in order.
fn stretches(regions: &[TimeSpan], duration: Millis) -> Vec<TimeSpan> {
    let mut found: Vec<TimeSpan> = Vec::new();
    for part in 0..STRETCHES {
        let from = Millis(duration.0 * part / STRETCHES).max(found.last().map_or(Millis(0), |last| last.end));
        found.extend(next_window(regions, duration, from, &WindowOptions::default()));
    }
    found
}

/// The language with the highest sum of probabilities, each stretch voting for its likeliest.
fn majority(guesses: &[Vec<LanguageGuess>]) -> Option<String> {
    let mut votes: Vec<(&str, f32)> = Vec::new();
    for best in guesses.iter().filter_map(|g| g.first()) {
        match votes.iter_mut().find(|(code, _)| *code == best.code) {
            Some((_, sum)) => *sum += best.probability,
            None => votes.push((&best.code, best.probability)),
        }
    }
    votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(code, _)| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(code: &str, probability: f32) -> Vec<LanguageGuess> {
        vec![LanguageGuess { code: code.into(), probability }, LanguageGuess { code: "la".into(), probability: 0.01 }]
    }

    #[test]
    fn the_majority_counts_and_not_the_first() {
        assert_eq!(majority(&[guess("en", 0.9), guess("de", 0.6), guess("de", 0.5)]).as_deref(), Some("de"));
        assert_eq!(majority(&[guess("en", 0.9), guess("de", 0.3), guess("de", 0.3)]).as_deref(), Some("en"));
        assert_eq!(majority(&[]), None);
    }

    #[test]
    fn stretches_are_spread_and_ordered() {
        let regions: Vec<TimeSpan> = (0..600).map(|n| TimeSpan::new(n * 6000, n * 6000 + 5000)).collect();
        let found = stretches(&regions, Millis(3_600_000));
        assert_eq!(found.len(), 5);
        assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert!(found[4].start.0 >= 2_880_000);
        assert_eq!(stretches(&regions[..1], Millis(3_600_000)), [TimeSpan::new(0, 5000)]);
        assert!(stretches(&[], Millis(1000)).is_empty());
    }
}
