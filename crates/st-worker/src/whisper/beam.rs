//! Which hypotheses of a beam search are followed. whisper.cpp follows as many as the beam is wide to the end of a window,
//! though most of them differ in the end of a phrase by a twentieth of a second, or in a comma ten words ago, and it pays for
//! each (docs/decisions/0015-narrow-beam.md has what this brings). `native/whisper.cmake` puts the call into its search.

use std::ffi::c_int;
use std::slice;

use whisper_rs::whisper_rs_sys as sys;

/// A hypothesis is given up where its log probability is lower than that of the best of its length by more than this.
const BEHIND: f64 = 2.0;
/// The same beside one that has ended, which has more tokens and would win by their mean only.
const BEHIND_ENDED: f64 = 1.0;
/// Two hypotheses that end in so many equal tokens go on alike: the likelier one speaks for both.
const ALIKE: usize = 4;
/// Tokens by which one may be ahead of the other there (a comma, or a pair of times).
const AHEAD: usize = 3;
/// Times that are apart by no more than so many tokens of 20 ms are equal.
const EQUAL_TIMES: u32 = 10;

/// A hypothesis as whisper.cpp holds it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Hypothesis {
    tokens: *const sys::whisper_token_data,
    count: usize,
    /// Sum of the tokens' log probabilities.
    sum: f64,
}

/// What the judgement needs of one.
#[derive(Debug, Clone, Copy)]
struct Path<'a> {
    tokens: &'a [sys::whisper_token_data],
    sum: f64,
}

/// Called by whisper.cpp at every token of a beam search. `candidates` are in the order of their sums, the best first; `keep` has a
/// place for each and says which to follow; none where one that came to its end is likelier by far. `ended` are those that came to their end before.
///
/// # Safety
/// The arrays have as many elements as said, and each hypothesis as many tokens.
#[unsafe(no_mangle)]
unsafe extern "C" fn securetranscribe_follow(
    candidates: *const Hypothesis,
    count: usize,
    ended: *const Hypothesis,
    ended_count: usize,
    first_time: c_int,
    keep: *mut bool,
) {
    let paths = |from: *const Hypothesis, count: usize| -> Vec<Path<'_>> {
        // SAFETY: as the caller promises; whisper.cpp's vectors live as long as the call.
        let all = unsafe { array(from, count) };
        // SAFETY: as above.
        all.iter().map(|one| Path { tokens: unsafe { array(one.tokens, one.count) }, sum: one.sum }).collect()
    };
    let followed = follow(&paths(candidates, count), &paths(ended, ended_count), first_time);
    for (at, followed) in followed.into_iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { *keep.add(at) = followed };
    }
}

/// # Safety
/// As of [`slice::from_raw_parts`], but that an empty one may be null.
unsafe fn array<'a, T>(from: *const T, count: usize) -> &'a [T] {
    // SAFETY: as the caller promises.
    if count == 0 { &[] } else { unsafe { slice::from_raw_parts(from, count) } }
}

/// Which of the candidates are followed.
fn follow(candidates: &[Path], ended: &[Path], first_time: c_int) -> Vec<bool> {
    let best = candidates.first().map_or(0.0, |best| best.sum);
    let least = ended.iter().map(|ended| ended.sum - BEHIND_ENDED).fold(best - BEHIND, f64::max);
    let mut followed: Vec<bool> = Vec::with_capacity(candidates.len());
    for (at, candidate) in candidates.iter().enumerate() {
        let mut better =
            candidates[..at].iter().zip(&followed).filter(|(_, followed)| **followed).map(|(path, _)| path);
        let keep = candidate.sum >= least && !better.any(|better| spoken_for(candidate, better, first_time));
        followed.push(keep);
    }
    followed
}

/// Whether `better` goes on as `path` does and was likelier where it came to this: where the ends of both are aligned, one of them
/// up to some tokens ahead.
fn spoken_for(path: &Path, better: &Path, first_time: c_int) -> bool {
    let ends = |ahead: &Path, behind: &Path, likelier: &dyn Fn(f64) -> bool| {
        let mut sum = ahead.sum;
        (0..=AHEAD.min(ahead.tokens.len())).any(|by| {
            let end = ahead.tokens.len() - by;
            if by > 0 {
                sum -= f64::from(ahead.tokens[end].plog);
            }
            likelier(sum) && alike(&ahead.tokens[..end], behind.tokens, first_time)
        })
    };
    ends(better, path, &|sum| sum >= path.sum) || ends(path, better, &|sum| better.sum >= sum)
}

/// Whether two hypotheses end alike, or are the same.
fn alike(a: &[sys::whisper_token_data], b: &[sys::whisper_token_data], first_time: c_int) -> bool {
    let equal = |a: c_int, b: c_int| a == b || a.min(b) >= first_time && a.abs_diff(b) <= EQUAL_TIMES;
    let common = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| equal(a.id, b.id)).count();
    common >= ALIKE || common == a.len() && common == b.len()
}

#[cfg(test)]
#[path = "beam_tests.rs"]
mod tests;
