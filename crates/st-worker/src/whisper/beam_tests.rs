use super::*;

const FIRST_TIME: c_int = 1_000;

fn tokens(ids: &[c_int]) -> Vec<sys::whisper_token_data> {
    // SAFETY: numbers only.
    let zero: sys::whisper_token_data = unsafe { std::mem::zeroed() };
    ids.iter().map(|id| sys::whisper_token_data { id: *id, plog: -0.1, ..zero }).collect()
}

fn paths(all: &[(Vec<sys::whisper_token_data>, f64)]) -> Vec<Path<'_>> {
    all.iter().map(|(tokens, sum)| Path { tokens, sum: *sum }).collect()
}

/// Of candidates, as ids and sums, the places of those that are followed.
fn followed(candidates: &[(&[c_int], f64)], ended: &[(&[c_int], f64)]) -> Vec<usize> {
    let owned = |all: &[(&[c_int], f64)]| all.iter().map(|(ids, sum)| (tokens(ids), *sum)).collect::<Vec<_>>();
    let (candidates, ended) = (owned(candidates), owned(ended));
    let followed = follow(&paths(&candidates), &paths(&ended), FIRST_TIME);
    (0..followed.len()).filter(|at| followed[*at]).collect()
}

#[test]
fn different_words_are_all_followed_until_they_are_far_behind() {
    let candidates: [(&[c_int], f64); 4] =
        [(&[1, 2, 3, 4, 5], -1.0), (&[1, 2, 3, 4, 6], -1.5), (&[1, 2, 3, 7, 8], -2.9), (&[1, 2, 3, 7, 9], -3.1)];
    assert_eq!(followed(&candidates, &[]), [0, 1, 2]);
}

#[test]
fn one_of_two_that_end_alike_is_followed() {
    // A comma that one of them lacks lies behind both, by as many words.
    let candidates: [(&[c_int], f64); 3] =
        [(&[1, 9, 2, 3, 4, 5], -1.0), (&[1, 8, 2, 3, 4, 5], -1.5), (&[1, 8, 8, 3, 4, 5], -1.6)];
    assert_eq!(followed(&candidates, &[]), [0, 2]);
}

#[test]
fn one_that_is_some_tokens_ahead_speaks_for_the_other() {
    // The second has a token more in front of the same words; what it lacks at the end will come.
    let candidates: [(&[c_int], f64); 2] = [(&[1, 2, 3, 4, 5, 6], -1.0), (&[1, 9, 2, 3, 4, 5], -1.2)];
    assert_eq!(followed(&candidates, &[]), [0]);
    // Here the one with the token more is the best so far, and it was likelier at the same words.
    let candidates: [(&[c_int], f64); 2] = [(&[1, 9, 2, 3, 4, 5], -1.0), (&[1, 2, 3, 4, 5, 6], -1.2)];
    assert_eq!(followed(&candidates, &[]), [0]);
    // And here it was not: both are needed.
    let candidates: [(&[c_int], f64); 2] = [(&[1, 9, 2, 3, 4, 5], -1.0), (&[1, 2, 3, 4, 5, 6], -1.05)];
    assert_eq!(followed(&candidates, &[]), [0, 1]);
}

#[test]
fn times_a_moment_apart_are_equal_and_others_are_not() {
    let at = |time: c_int| [1, 2, 3, 4, FIRST_TIME + time];
    assert_eq!(followed(&[(&at(100), -1.0), (&at(110), -1.1)], &[]), [0]);
    assert_eq!(followed(&[(&at(100), -1.0), (&at(111), -1.1)], &[]), [0, 1]);
    // A word beside a time is never equal to it.
    assert_eq!(followed(&[(&[1, 2, 3, FIRST_TIME], -1.0), (&[1, 2, 3, FIRST_TIME - 1], -1.1)], &[]), [0, 1]);
}

#[test]
fn the_same_hypothesis_twice_is_one() {
    // The first token of a window comes from all places of the beam.
    assert_eq!(followed(&[(&[1], -0.1), (&[1], -0.1), (&[2], -0.9)], &[]), [0, 2]);
}

#[test]
fn what_has_ended_ends_those_far_behind_it() {
    let ended: [(&[c_int], f64); 1] = [(&[1, 2, 3], -1.0)];
    assert_eq!(followed(&[(&[1, 2, 4, 5], -1.5), (&[1, 2, 6, 7], -2.1)], &ended), [0]);
    assert!(followed(&[(&[1, 2, 4, 5], -2.5)], &ended).is_empty());
    assert!(followed(&[], &ended).is_empty());
}
