//! Sentences that stand out: questions, what somebody is to do, what is to happen next. Found by stated patterns
//! (`docs/summary.md`) and quoted as they stand; nothing is reworded and nothing is guessed.

use crate::hypothesis::{Word, join_words};
use crate::punctuation::{Stop, stop_after};
use crate::retext::retext;
use crate::time::Millis;
use crate::transcript::{SpeakerId, Transcript, Utterance, UtteranceId};

/// A sentence of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Where it stands.
    pub utterance: UtteranceId,
    /// When it begins.
    pub at: Millis,
    /// Who says it.
    pub speaker: Option<SpeakerId>,
    /// The sentence as it stands, its words joined.
    pub text: String,
}

/// The patterns of a language: words in a row, in lower case, without punctuation.
struct Patterns {
    actions: &'static [&'static str],
    next_steps: &'static [&'static str],
    /// A pattern with one of these right behind it does not count.
    negations: &'static [&'static str],
}

/// Somebody promises ("I will", "I'll"), asks ("can you", "please") or states a duty ("we need to", "action item").
const ENGLISH: Patterns = Patterns {
    actions: &[
        "i will",
        "i'll",
        "we will",
        "we'll",
        "i am going to",
        "i'm going to",
        "we are going to",
        "we're going to",
        "can you",
        "could you",
        "would you",
        "will you",
        "please",
        "you need to",
        "you have to",
        "you must",
        "you should",
        "we need to",
        "we have to",
        "we must",
        "we should",
        "i need to",
        "i have to",
        "i must",
        "needs to",
        "has to",
        "make sure",
        "don't forget",
        "do not forget",
        "remember to",
        "take care of",
        "action item",
        "action items",
        "to do list",
        "to-do",
        "deadline is",
    ],
    next_steps: &[
        "next step",
        "next steps",
        "next time",
        "next week",
        "next month",
        "next meeting",
        "next session",
        "next monday",
        "next tuesday",
        "next wednesday",
        "next thursday",
        "next friday",
        "by monday",
        "by tuesday",
        "by wednesday",
        "by thursday",
        "by friday",
        "by saturday",
        "by sunday",
        "by tomorrow",
        "by next",
        "by the end of",
        "follow up",
        "follow-up",
        "going forward",
        "let's meet",
        "we will meet",
        "we'll meet",
        "meet again",
        "from here on",
    ],
    negations: &["not", "never"],
};

/// The same in German. The verb may stand before or after the person ("ich werde", "werde ich").
const GERMAN: Patterns = Patterns {
    actions: &[
        "ich werde",
        "werde ich",
        "wir werden",
        "werden wir",
        "ich kümmere mich",
        "kümmere ich mich",
        "ich übernehme",
        "übernehme ich",
        "ich erledige",
        "erledige ich",
        "ich schicke",
        "schicke ich",
        "kannst du",
        "könntest du",
        "können sie",
        "könnten sie",
        "könnt ihr",
        "würdest du",
        "würden sie",
        "bitte",
        "du musst",
        "sie müssen",
        "ihr müsst",
        "du sollst",
        "du solltest",
        "sie sollten",
        "wir müssen",
        "müssen wir",
        "wir sollten",
        "sollten wir",
        "ich muss",
        "muss ich",
        "muss noch",
        "nicht vergessen",
        "denk daran",
        "denken sie daran",
        "zu erledigen",
        "die aufgabe",
        "aufgabe ist",
    ],
    next_steps: &[
        "nächster schritt",
        "nächste schritt",
        "nächsten schritt",
        "nächste schritte",
        "nächsten schritte",
        "als nächstes",
        "nächstes mal",
        "nächste mal",
        "nächsten mal",
        "nächste woche",
        "nächster woche",
        "nächsten monat",
        "nächste sitzung",
        "nächsten sitzung",
        "nächstes treffen",
        "nächsten treffen",
        "nächster termin",
        "nächsten termin",
        "nächsten montag",
        "nächsten dienstag",
        "nächsten mittwoch",
        "nächsten donnerstag",
        "nächsten freitag",
        "bis montag",
        "bis dienstag",
        "bis mittwoch",
        "bis donnerstag",
        "bis freitag",
        "bis samstag",
        "bis sonntag",
        "bis morgen",
        "bis nächste",
        "bis ende",
        "bis zum ende",
        "wir treffen uns",
        "treffen wir uns",
        "wie geht es weiter",
        "so geht es weiter",
    ],
    negations: &["nicht", "nie", "niemals", "kein", "keine", "keinen"],
};

/// Codes of the languages that have patterns.
pub const LANGUAGES: &[&str] = &["de", "en"];

fn patterns(transcript: &Transcript) -> Option<&'static Patterns> {
    match transcript.language.as_deref() {
        Some("en") => Some(&ENGLISH),
        Some("de") => Some(&GERMAN),
        _ => None,
    }
}

/// Sentences that end with a question mark of any script.
pub fn questions(transcript: &Transcript) -> Vec<Quote> {
    sentences(transcript).filter(|(_, words)| words.last().is_some_and(|w| asks(&w.text))).map(quote).collect()
}

/// Sentences in which somebody takes on, asks for or states a duty; none where the language has no patterns.
pub fn actions(transcript: &Transcript) -> Option<Vec<Quote>> {
    patterns(transcript).map(|patterns| matching(transcript, patterns.actions, patterns.negations))
}

/// Sentences that say what comes next and by when; none where the language has no patterns.
pub fn next_steps(transcript: &Transcript) -> Option<Vec<Quote>> {
    patterns(transcript).map(|patterns| matching(transcript, patterns.next_steps, patterns.negations))
}

/// Question marks of Latin, Arabic, full-width, Greek, Armenian and Ethiopic writing, behind which quotes may close.
fn asks(word: &str) -> bool {
    let bare = word.trim_end_matches(['"', '\'', '”', '’', '»', '«', '“', ')', '」', '』']);
    // The Greek mark looks like a semicolon but has a character of its own.
    bare.ends_with(['?', '？', '؟', '\u{37e}', '՞', '፧']) || bare.ends_with("?!")
}

fn matching(transcript: &Transcript, patterns: &[&str], negations: &[&str]) -> Vec<Quote> {
    let patterns: Vec<Vec<&str>> = patterns.iter().map(|p| p.split(' ').collect()).collect();
    let holds = |words: &[Word]| {
        let words: Vec<String> = words.iter().map(|w| bare(&w.text)).filter(|w| !w.is_empty()).collect();
        (0..words.len()).any(|at| {
            patterns.iter().any(|pattern| {
                let rest = &words[at..];
                rest.len() >= pattern.len()
                    && pattern.iter().zip(rest).all(|(want, have)| want == have)
                    && !rest.get(pattern.len()).is_some_and(|next| negations.contains(&next.as_str()))
            })
        })
    };
    sentences(transcript).filter(|(_, words)| holds(words)).map(quote).collect()
}

/// A word as patterns have it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'")
}

fn quote((utterance, words): (&Utterance, Vec<Word>)) -> Quote {
    let at = words.first().map_or(utterance.span.start, |w| w.span.start);
    Quote { utterance: utterance.id, at, speaker: utterance.speaker, text: join_words(&words) }
}

/// Every sentence with its utterance, in order. A sentence ends with a full stop or with its utterance.
fn sentences(transcript: &Transcript) -> impl Iterator<Item = (&Utterance, Vec<Word>)> {
    transcript.utterances.iter().flat_map(|utterance| {
        let words = if utterance.words.is_empty() {
            retext(&[], &utterance.text, utterance.span)
        } else {
            utterance.words.clone()
        };
        let sentences = words.split_inclusive(|w| stop_after(&w.text) == Stop::Sentence).map(<[Word]>::to_vec);
        sentences.collect::<Vec<_>>().into_iter().map(move |words| (utterance, words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::TimeSpan;

    fn transcript(language: &str, text: &str) -> Transcript {
        let utterance = Utterance {
            id: UtteranceId(7),
            speaker: Some(SpeakerId(1)),
            span: TimeSpan::new(1000, 9000),
            text: text.into(),
            words: Vec::new(),
            overlap: Vec::new(),
            edited: false,
            checked: false,
            told: false,
        };
        Transcript { language: Some(language.into()), utterances: vec![utterance], ..Transcript::default() }
    }

    fn texts(quotes: Vec<Quote>) -> Vec<String> {
        quotes.into_iter().map(|q| q.text).collect()
    }

    #[test]
    fn questions_are_quoted_with_their_time_in_any_script() {
        let found = questions(&transcript("en", "We met. “Are you sure?” Yes. はい？ Really?! هل؟ No."));
        assert_eq!((found[0].utterance, found[0].speaker), (UtteranceId(7), Some(SpeakerId(1))));
        assert!(found[0].at > Millis(1000) && found[0].at < Millis(9000));
        assert_eq!(texts(found), ["“Are you sure?”", "はい？", "Really?!", "هل؟"]);
    }

    #[test]
    fn duties_are_found_in_english_and_german() {
        let english = "It rained. I’ll send the file. I will not go. Could you, please, call her? A please-all show.";
        assert_eq!(
            texts(actions(&transcript("en", english)).unwrap()),
            ["I’ll send the file.", "Could you, please, call her?"]
        );
        let german = "Es regnet. Das werde ich morgen schicken. Ich werde nicht gehen. Bitte ruf sie an.";
        assert_eq!(
            texts(actions(&transcript("de", german)).unwrap()),
            ["Das werde ich morgen schicken.", "Bitte ruf sie an."]
        );
    }

    #[test]
    fn next_steps_are_found_and_languages_without_patterns_say_so() {
        let found = next_steps(&transcript("en", "Fine. The report is due by Friday. Nothing else."));
        assert_eq!(texts(found.unwrap()), ["The report is due by Friday."]);
        let found = next_steps(&transcript("de", "Gut. Als Nächstes kommt der Bericht."));
        assert_eq!(texts(found.unwrap()), ["Als Nächstes kommt der Bericht."]);
        assert_eq!((actions(&transcript("fr", "Oui.")), next_steps(&transcript("fr", "Oui."))), (None, None));
        assert!(LANGUAGES.iter().all(|code| actions(&transcript(code, "x")).is_some()));
    }
}
