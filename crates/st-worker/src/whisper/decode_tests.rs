use st_core::time::TimeSpan;

use super::super::words::Token;
use super::*;

/// A piece with a token of `logprob` for each word, spread evenly.
fn piece(start: u64, end: u64, text: &str, logprob: f32) -> RawSegment {
    let words: Vec<&str> = text.split(' ').collect();
    let at = |index: usize| start + (end - start) * index as u64 / words.len() as u64;
    let token = |(index, word): (usize, &&str)| Token {
        text: format!(" {word}").into_bytes(),
        probability: logprob.exp(),
        logprob,
        start: at(index),
        end: at(index + 1),
    };
    RawSegment { start, end, tokens: words.iter().enumerate().map(token).collect(), no_speech: 0.0 }
}

fn said(start: u64, end: u64, text: &str) -> RawSegment {
    piece(start, end, text, -0.2)
}

fn texts(segments: &[RawSegment]) -> Vec<(u64, u64, String)> {
    let text = |s: &RawSegment| s.tokens.iter().flat_map(|t| t.text.clone()).map(char::from).collect::<String>();
    segments.iter().map(|s| (s.start, s.end, text(s).trim().to_owned())).collect()
}

/// A window of 30 s that begins at 100 s.
fn window(speech: &[(u64, u64)]) -> Window {
    let speech: Vec<TimeSpan> = speech.iter().map(|&(a, b)| TimeSpan::new(100_000 + a, 100_000 + b)).collect();
    Window::new(TimeSpan::new(100_000, 130_000), &speech)
}

/// Decodes with these answers in turn; gives the result, and seconds, temperature and beam of each try.
fn decode(window: &Window, answers: &[Vec<RawSegment>]) -> (Decoded, Vec<(usize, f32, u32)>) {
    let mut asked = Vec::new();
    let mut model = |wanted: &Try| {
        asked.push((wanted.pcm.len() / 16_000, wanted.temperature, wanted.beam));
        answers.get(asked.len() - 1).cloned().ok_or("asked too often")
    };
    let pcm = vec![0.0; 30 * 16_000];
    let decoded = Decoder { beam: 5, temperature: 0.0, model: &mut model }.decode(&pcm, window).unwrap();
    assert_eq!(asked.len(), answers.len(), "asked too seldom");
    assert_eq!(decoded.facts.tries as usize, asked.len());
    (decoded, asked)
}

/// So many words, none twice.
fn words(count: usize) -> String {
    (0..count).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
}

const FAST: &str = "here is a sentence of the usual length that somebody says";

#[test]
fn what_is_without_doubt_is_asked_once() {
    let text = vec![said(0, 4_000, FAST), said(4_000, 8_000, FAST)];
    let (decoded, asked) = decode(&window(&[(0, 8_000)]), std::slice::from_ref(&text));
    assert_eq!(decoded.segments, text);
    assert_eq!(asked, [(30, 0.0, 5)]);
    assert_eq!(decoded.facts, DecodeFacts { temperature: 0.0, tries: 1, doubtful: false });
    assert_eq!(decoded.until, Millis(130_000));
}

#[test]
fn a_loop_is_tried_again_until_it_is_none() {
    let looped = vec![said(0, 8_000, &["no"; 40].join(" "))];
    let right = vec![said(0, 4_000, FAST), said(4_000, 8_000, FAST)];
    let (decoded, asked) = decode(&window(&[(0, 8_000)]), &[looped.clone(), looped.clone(), right.clone()]);
    assert_eq!(decoded.segments, right);
    assert_eq!(asked, [(30, 0.0, 5), (30, 0.2, 1), (30, 0.4, 1)]);
    assert!(!decoded.facts.doubtful && decoded.facts.temperature == 0.4);
    let (decoded, _) = decode(&window(&[(0, 8_000)]), &[looped.clone(), looped.clone(), looped]);
    assert!(decoded.facts.doubtful && decoded.facts.temperature == 0.0, "of equals the first");
}

#[test]
fn no_text_over_speech_is_tried_again_and_text_over_silence_is_dropped() {
    let right = vec![said(0, 4_000, FAST)];
    let (decoded, asked) = decode(&window(&[(0, 4_000)]), &[vec![], right.clone()]);
    assert_eq!((decoded.segments, asked.len()), (right, 2));
    let made_up = RawSegment { no_speech: 0.9, ..piece(0, 4_000, "Thanks for watching", -1.5) };
    let (decoded, asked) = decode(&window(&[(0, 4_000)]), &[vec![made_up]]);
    assert_eq!((decoded.segments.len(), asked.len()), (0, 1));
}

#[test]
fn a_stretched_piece_ends_at_the_pause_and_what_follows_is_decoded_by_itself() {
    let speech = [(0, 2_200), (2_800, 24_000), (24_400, 28_000)];
    let stretched = vec![said(0, 24_000, "Lobsters and lobsters"), said(24_400, 28_000, FAST)];
    let (decoded, asked) =
        decode(&window(&speech), &[stretched, vec![said(600, 9_000, &words(22)), said(9_000, 21_800, &words(33))]]);
    assert_eq!(asked, [(30, 0.0, 5), (21, 0.0, 5)]);
    let spans: Vec<(u64, u64)> = decoded.segments.iter().map(|s| (s.start, s.end)).collect();
    assert_eq!(spans, [(0, 2_200), (2_800, 11_200), (11_200, 24_000), (24_400, 28_000)]);
    assert!(decoded.segments.iter().flat_map(|s| &s.tokens).all(|t| t.end <= 28_000));
    assert!(decoded.segments[0].tokens.iter().all(|t| t.end <= 2_200));
    assert!(!decoded.facts.doubtful);
}

#[test]
fn speech_between_two_pieces_is_decoded_by_itself() {
    let text = vec![said(0, 4_000, FAST), said(9_000, 13_000, FAST)];
    let (decoded, asked) = decode(&window(&[(0, 13_000)]), &[text, vec![said(0, 5_000, FAST)]]);
    assert_eq!(asked[1], (5, 0.0, 5));
    let spans: Vec<(u64, u64)> = decoded.segments.iter().map(|s| (s.start, s.end)).collect();
    assert_eq!(spans, [(0, 4_000), (4_000, 9_000), (9_000, 13_000)]);
}

#[test]
fn a_text_that_belongs_to_the_end_of_its_stretch_is_not_written_twice() {
    let text = vec![said(0, 18_000, "But behold this kind")];
    let end = vec![said(0, 8_000, &words(22)), said(8_000, 16_800, &format!("{} but behold this kind", words(22)))];
    let (decoded, _) = decode(&window(&[(0, 18_000)]), &[text, end]);
    let all: Vec<String> = texts(&decoded.segments).into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(all.join(" ").to_lowercase().matches("behold").count(), 1, "{all:?}");
}

#[test]
fn a_hole_that_gives_nothing_stays_and_makes_the_window_doubtful() {
    let text = vec![said(0, 4_000, FAST), said(9_000, 13_000, FAST)];
    let (decoded, asked) = decode(&window(&[(0, 13_000)]), &[text.clone(), vec![], vec![], vec![]]);
    assert_eq!((asked.len(), decoded.segments), (4, text));
    assert!(decoded.facts.doubtful);
}

#[test]
fn a_window_that_cuts_speech_ends_with_its_last_piece() {
    let text = vec![said(0, 14_000, &words(44)), said(14_000, 27_500, &words(44))];
    assert_eq!(decode(&window(&[(0, 45_000)]), std::slice::from_ref(&text)).0.until, Millis(127_500));
    let short = vec![said(0, 400, "Yes"), said(400, 800, "no")];
    assert_eq!(decoded_until(&short, &window(&[(0, 45_000)])), Millis(130_000), "a window always goes forward");
}
