use st_core::hypothesis::Word;

use super::*;

const TALK: &str = "here is a sentence of the usual length that somebody says here";

fn said(start: u64, end: u64, text: &str) -> Segment {
    let words: Vec<&str> = text.split(' ').collect();
    let at = |n: usize| start + (end - start) * n as u64 / words.len() as u64;
    let word = |(n, text): (usize, &&str)| Word {
        text: (*text).into(),
        span: TimeSpan::new(at(n), at(n + 1)),
        confidence: 0.9,
        spaced: true,
    };
    let words: Vec<Word> = words.iter().enumerate().map(word).collect();
    Segment { span: TimeSpan::new(start, end), words, avg_logprob: -0.2, no_speech: 0.0 }
}

/// A window from 100 to 120 s.
fn window(segments: &[Segment]) -> WindowHypothesis {
    let span = TimeSpan::new(100_000, 120_000);
    let (decoded_until, segments) = (span.end, segments.to_vec());
    WindowHypothesis { span, decoded_until, language: "en".into(), segments, ..WindowHypothesis::default() }
}

/// Looks again where each try is answered with these pieces; gives the window, and start, end and temperature of each try.
fn look(
    segments: &[Segment],
    speech: &[(u64, u64)],
    answers: &[&[Segment]],
    unheard: bool,
) -> (WindowHypothesis, Vec<(u64, u64, f32)>) {
    let mut asked = Vec::new();
    let mut ask = |pcm: &[f32], start: Millis, _: &[TimeSpan], params: &DecodeParams| {
        assert!(params.words.is_empty(), "no hint");
        let end = start + Millis::from_sample(pcm.len() as u64);
        asked.push((start.0, end.0, params.temperature));
        let answer = answers.get(asked.len() - 1).expect("asked too often");
        let span = TimeSpan { start, end };
        Ok(Outcome::Done(WindowHypothesis { span, decoded_until: end, ..window(answer) }))
    };
    let speech: Vec<TimeSpan> = speech.iter().map(|&(a, b)| TimeSpan::new(a, b)).collect();
    let params =
        DecodeParams { language: "en".into(), translate: false, beam: 5, words: vec!["Ada".into()], temperature: 0.0 };
    let pcm = vec![0.0; 20 * 16_000];
    let mut look = Look { pcm: &pcm, speech: &speech, params: &params, ask: &mut ask };
    let made = if unheard { look.unheard(window(segments)) } else { look.again(window(segments)) };
    let Outcome::Done(found) = made.unwrap() else { panic!("cancelled") };
    assert_eq!(asked.len(), answers.len(), "asked too seldom");
    (found, asked)
}

fn findings(window: &WindowHypothesis) -> Vec<(DoubtKind, Verdict, &str)> {
    window.findings.iter().map(|f| (f.kind, f.verdict, f.text.as_str())).collect()
}

#[test]
fn an_emptied_window_is_filled() {
    let right = [said(100_500, 104_000, TALK), said(104_000, 109_800, TALK)];
    let (found, asked) = look(&[], &[(100_400, 110_000)], &[&right], false);
    assert_eq!(found.segments.iter().map(|s| s.words.len()).sum::<usize>(), 24);
    assert_eq!(asked, [(100_000, 110_500, 0.0)]);
    assert_eq!(findings(&found), [(DoubtKind::SpeechWithoutWords, Verdict::Repaired, "")]);
}

#[test]
fn a_hole_is_filled_from_another_start_and_at_another_temperature() {
    let holed = [said(100_000, 106_000, TALK), said(110_000, 116_000, TALK)];
    let speech = [(100_000, 116_000)];
    let (found, asked) = look(&holed, &speech, &[&[], &[said(106_100, 109_900, "and what was missing")]], false);
    assert_eq!(asked, [(105_000, 110_500, 0.0), (105_600, 110_500, 0.4)]);
    assert_eq!(text_of(&found.segments[1..2]), "and what was missing");
    let (found, _) = look(&holed, &speech, &[&[], &[]], false);
    assert_eq!((found.segments.len(), findings(&found)), (2, vec![]), "the ledger tells it");
    let echo = [said(106_500, 109_000, "somebody says here")];
    assert_eq!(look(&holed, &speech, &[&echo, &echo], false).0.segments.len(), 2, "it stands there already");
}

#[test]
fn a_loop_is_repaired_else_kept_and_noted() {
    let looped = [said(100_000, 108_000, "no way no way no way no way no way no way")];
    let speech = [(100_000, 108_000)];
    let (found, _) = look(&looped, &speech, &[&[said(100_000, 107_900, TALK)]], false);
    assert_eq!(text_of(&found.segments), TALK);
    assert_eq!(findings(&found), [(DoubtKind::Loop, Verdict::Repaired, text_of(&looped).as_str())]);
    let (found, asked) = look(&looped, &speech, &[&looped, &looped], false);
    assert_eq!((found.segments.as_slice(), asked.len()), (looped.as_slice(), 2));
    assert_eq!(findings(&found), [(DoubtKind::Loop, Verdict::Kept, text_of(&looped).as_str())]);
}

#[test]
fn boilerplate_over_silence_is_dropped_and_what_it_was_is_kept() {
    let thanks = said(112_000, 113_500, "Thanks for watching!");
    let window = [said(100_000, 106_000, TALK), thanks.clone()];
    let (found, _) = look(&window, &[(100_000, 106_100)], &[std::slice::from_ref(&thanks)], false);
    assert_eq!(text_of(&found.segments), TALK);
    assert_eq!(findings(&found), [(DoubtKind::Boilerplate, Verdict::Dropped, "Thanks for watching!")]);
    let spoken = [(100_000, 106_100), (111_900, 113_700)];
    let (found, _) = look(&window, &spoken, &[std::slice::from_ref(&thanks)], false);
    assert_eq!(findings(&found), [(DoubtKind::Boilerplate, Verdict::Kept, "Thanks for watching!")]);
}

#[test]
fn what_the_detector_did_not_hear_must_come_twice() {
    let first = [said(101_000, 106_000, TALK)];
    let (found, asked) = look(&first, &[(101_000, 106_000)], &[&[said(101_100, 106_000, TALK)]], true);
    assert_eq!(asked, [(100_200, 120_000, 0.2)], "from another start");
    assert_eq!(findings(&found), [(DoubtKind::WordsWithoutSpeech, Verdict::Kept, TALK)]);
    let other = [said(101_100, 106_000, "quite another thing altogether this time")];
    let (found, _) = look(&first, &[(101_000, 106_000)], &[&other], true);
    assert!(found.segments.is_empty());
    assert_eq!(findings(&found), [(DoubtKind::WordsWithoutSpeech, Verdict::Dropped, TALK)]);
    let (found, _) = look(&[], &[(101_000, 106_000)], &[], true);
    assert_eq!((findings(&found), found.decoded_until), (vec![], found.span.end));
}
