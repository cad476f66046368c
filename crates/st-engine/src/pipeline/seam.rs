//! Where two windows meet: no word stands there twice, and words never overlap, over the whole recording.

use st_core::hypothesis::{WindowHypothesis, Word, plain_word};
use st_core::time::{Millis, TimeSpan};

/// The same word again this soon after the end of the window before is the same sound heard twice: nobody says a word
/// twice within a fifth of a second across a place that was chosen because it is quiet.
const ECHO_MS: u64 = 200;

/// What the words so far leave to the next window.
#[derive(Debug, Default)]
pub struct Seam {
    last: Option<(String, TimeSpan)>,
}

impl Seam {
    /// Takes note of a window that was fitted in an earlier try.
    pub fn pass(&mut self, window: &WindowHypothesis) {
        if let Some(word) = window.segments.iter().flat_map(|s| &s.words).next_back() {
            self.last = Some((plain_word(&word.text), word.span));
        }
    }

    /// Makes the words of a new window follow those before it.
    pub fn fit(&mut self, window: &mut WindowHypothesis) {
        let mut first = true;
        for segment in &mut window.segments {
            segment.words.retain_mut(|word| {
                let end = self.last.as_ref().map_or(Millis(0), |(_, span)| span.end);
                if std::mem::take(&mut first) && self.is_echo(word, window.span.start) {
                    return false;
                }
                word.span.start = word.span.start.max(end);
                word.span.end = word.span.end.max(Millis(word.span.start.0 + 1));
                self.last = Some((plain_word(&word.text), word.span));
                true
            });
            if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
                segment.span = TimeSpan { start: first.span.start, end: last.span.end };
            }
        }
        window.segments.retain(|segment| !segment.words.is_empty());
    }

    /// Whether the first word of a window is the last one of the window before, whose sound reaches over the seam.
    fn is_echo(&self, word: &Word, seam: Millis) -> bool {
        let Some((text, span)) = &self.last else { return false };
        let near = |at: Millis| at.0.abs_diff(seam.0) <= ECHO_MS;
        near(span.end) && near(word.span.start) && !text.is_empty() && *text == plain_word(&word.text)
    }
}

#[cfg(test)]
mod tests {
    use st_core::hypothesis::Segment;

    use super::*;

    fn window(start: u64, words: &[(&str, u64, u64)]) -> WindowHypothesis {
        let words: Vec<Word> = words
            .iter()
            .map(|(text, start, end)| Word {
                text: (*text).into(),
                span: TimeSpan::new(*start, *end),
                confidence: 1.0,
                spaced: true,
            })
            .collect();
        let segment = Segment { span: TimeSpan::new(start, start + 1000), words, avg_logprob: 0.0, no_speech: 0.0 };
        WindowHypothesis {
            span: TimeSpan::new(start, start + 1000),
            decoded_until: Millis(start + 1000),
            language: "en".into(),
            segments: vec![segment],
            facts: Default::default(),
            findings: Vec::new(),
        }
    }

    fn fitted(windows: &[WindowHypothesis]) -> Vec<(String, u64, u64)> {
        let mut seam = Seam::default();
        let mut all = Vec::new();
        for window in windows {
            let mut window = window.clone();
            seam.fit(&mut window);
            all.extend(window.segments.into_iter().flat_map(|s| s.words));
        }
        all.into_iter().map(|w| (w.text, w.span.start.0, w.span.end.0)).collect()
    }

    #[test]
    fn a_word_over_the_seam_stands_once() {
        let words = fitted(&[
            window(0, &[("so", 500, 800), ("there", 820, 1050)]),
            window(1000, &[("There,", 1000, 1060), ("we", 1100, 1200)]),
        ]);
        let texts: Vec<&str> = words.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["so", "there", "we"]);
    }

    #[test]
    fn a_word_said_twice_stays_twice() {
        let words = fitted(&[window(0, &[("no", 300, 500)]), window(1000, &[("no", 1000, 1060), ("no", 1100, 1200)])]);
        assert_eq!(words.len(), 3);
    }

    #[test]
    fn times_are_strictly_monotone_whatever_comes() {
        let words = fitted(&[
            window(0, &[("a", 100, 900), ("b", 500, 600), ("c", 2000, 2000)]),
            window(1000, &[("d", 1000, 1100), ("e", 900, 950)]),
        ]);
        assert_eq!(words.len(), 5);
        for pair in words.windows(2) {
            assert!(pair[0].2 <= pair[1].1 && pair[1].1 < pair[1].2, "{pair:?}");
        }
    }

    #[test]
    fn going_on_after_a_kill_fits_the_same() {
        let windows = [window(0, &[("there", 820, 1050)]), window(1000, &[("there", 1010, 1060), ("x", 1040, 1100)])];
        let mut whole = windows.clone();
        let mut seam = Seam::default();
        whole.iter_mut().for_each(|w| seam.fit(w));
        let mut resumed = Seam::default();
        resumed.pass(&whole[0]);
        let mut second = windows[1].clone();
        resumed.fit(&mut second);
        assert_eq!(second, whole[1]);
    }
}
