//! Speech that a window's text passes over. The model sometimes writes a few words, stretches them over the sentences
//! that follow and goes on behind them, or leaves sentences out between two pieces; most of all where one voice is much
//! lower than another.

use std::ops::Range;

use super::segment::RawSegment;
use super::window::Window;

/// Speech that must be without text to make a hole, in milliseconds: what is shorter gets made-up words when it is
/// decoded by itself.
const LEAST_HOLE_MS: u64 = 3_000;
/// Usual length of a token that is said, in milliseconds: where the text of a stretched piece ends by estimate.
const TOKEN_MS: u64 = 300;
/// Most milliseconds of speech for a token that is said and, added, for a piece: the slowest pieces of the test
/// recordings take two thirds of it.
const MOST_TOKEN_MS: u64 = 500;
/// See [`MOST_TOKEN_MS`].
const MOST_PIECE_MS: u64 = 800;
/// How far from the estimate a pause is taken for the end of the text, in milliseconds.
const NEAR_MS: u64 = 1_500;

/// The first hole at or after `from`, in milliseconds from the window's start. What follows the last piece is none, for the
/// next window begins there.
pub fn next(segments: &[RawSegment], window: &Window, from: u64) -> Option<Range<u64>> {
    let is_hole = |hole: &Range<u64>| hole.start >= from && window.speech_in(hole.clone()) >= LEAST_HOLE_MS;
    let mut done = 0;
    for segment in segments {
        let start = segment.start.max(done);
        let end = segment.end.min(window.millis()).max(start);
        let before = done..start;
        if is_hole(&before) {
            return Some(before);
        }
        let tokens = segment.spoken_tokens();
        if window.speech_in(start..end) > MOST_PIECE_MS + MOST_TOKEN_MS * tokens {
            let behind = end_of_text(tokens, start, window)..end;
            if is_hole(&behind) {
                return Some(behind);
            }
        }
        done = end;
    }
    None
}

/// Puts pieces, whose times count from the hole's start, into a hole, and says from where on to look for the next. A piece
/// that was stretched over it ends before. What of its text is found again at the hole's end was said there and not before.
pub fn fill(segments: &mut Vec<RawSegment>, hole: &Range<u64>, found: Vec<RawSegment>) -> u64 {
    let mut at = segments.iter().take_while(|segment| segment.start < hole.start).count();
    let mut from = hole.start;
    if let Some(before) = at.checked_sub(1).and_then(|last| segments.get_mut(last)) {
        if before.end > hole.start {
            before.drop_end(&found);
        }
        before.shorten(hole.start);
        if before.spoken_tokens() == 0 {
            from = before.start;
            at -= 1;
            segments.remove(at);
        }
    }
    let placed = found.into_iter().map(|mut segment| {
        segment.shift(hole.start);
        segment.shorten(hole.end);
        segment
    });
    segments.splice(at..at, placed);
    from
}

/// Where the text of a stretched piece ends: at the pause that is nearest to where it would end at the usual pace.
fn end_of_text(tokens: u64, start: u64, window: &Window) -> u64 {
    let mut left = TOKEN_MS * tokens;
    let mut estimate = start;
    for speech in window.speech_from(start) {
        estimate = speech.start + left.min(speech.end - speech.start);
        left = left.saturating_sub(speech.end - speech.start);
        if left == 0 {
            break;
        }
    }
    let pauses = window.speech_from(start).map(|speech| speech.end);
    let near = pauses.filter(|pause| pause.abs_diff(estimate) <= NEAR_MS);
    near.min_by_key(|pause| pause.abs_diff(estimate)).unwrap_or(estimate)
}
