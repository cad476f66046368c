use st_core::hypothesis::{Segment, Word};

use super::*;

fn spans(spans: &[(u64, u64)]) -> Vec<TimeSpan> {
    spans.iter().map(|&(a, b)| TimeSpan::new(a, b)).collect()
}

fn track(regions: &[(u64, u64)], unheard: &[(u64, u64)]) -> Track {
    Track { regions: spans(regions), unheard: spans(unheard), ..Track::default() }
}

fn board(tracks: &[Track], finished: &[(u64, u64)]) -> Board {
    let mut windows = vec![Vec::new(); tracks.len()];
    windows[0] = finished.iter().map(|&(start, end)| window(start, end)).collect();
    Board::new(tracks, Millis(1_000_000), windows)
}

fn window(start: u64, until: u64) -> WindowHypothesis {
    let span = TimeSpan::new(start, until);
    let words = vec![Word { text: "there".into(), span, confidence: 0.5, spaced: true }];
    let segments = vec![Segment { span, words, avg_logprob: -0.5, no_speech: 0.0 }];
    WindowHypothesis { span, decoded_until: span.end, segments, ..WindowHypothesis::default() }
}

/// All windows in the order of their turns where so many are in flight, each dealt with to its end: track, start, end.
fn turns(mut board: Board, in_flight: usize) -> Vec<(usize, u64, u64, bool)> {
    let (mut flying, mut all) = (Vec::new(), Vec::new());
    board.share(u32::try_from(in_flight).unwrap());
    loop {
        while flying.len() < in_flight
            && let Some(turn) = board.take()
        {
            all.push((turn.track, turn.span.start.0, turn.span.end.0, turn.heard));
            flying.push(turn);
        }
        let Some(turn) = flying.pop() else { return all };
        let until = turn.span.end.0;
        let done = window(turn.span.start.0, until);
        board.give(turn, done);
    }
}

/// Speech of 20 s with pauses of half a second, and one of 4 s after the first minute.
fn talk() -> Track {
    let at = |n: u64| n * 20_500 + if n > 2 { 4_000 } else { 0 };
    track(&(0..15).map(|n| (at(n), at(n) + 20_000)).collect::<Vec<_>>(), &[])
}

#[test]
fn progress_counts_speech_and_not_silence() {
    let regions = [(0, 1_000), (99_000, 100_000)];
    assert_eq!(board(&[track(&regions, &[])], &[(0, 1_000)]).done(), 0.5);
    assert_eq!(board(&[track(&regions, &[])], &[(98_000, 100_000)]).done(), 0.5, "in any order");
    assert_eq!(board(&[track(&regions, &[]), track(&regions[..1], &[])], &[(0, 500)]).done(), 500.0 / 3_000.0);
    assert_eq!(board(&[track(&[], &[])], &[]).done(), 1.0);
}

#[test]
fn how_many_are_in_flight_changes_their_order_alone() {
    let mut alone = turns(board(&[talk()], &[]), 1);
    assert!(alone.is_sorted_by_key(|turn| turn.1), "one at a time they come in order");
    assert!(alone.len() > 10);
    alone.sort_unstable();
    for in_flight in 2..9 {
        let mut several = turns(board(&[talk()], &[]), in_flight);
        assert!(!several.is_sorted_by_key(|turn| turn.1));
        several.sort_unstable();
        assert_eq!(several, alone, "{in_flight}");
    }
}

/// When each of so many lanes has nothing left to do, if a window takes as long as its sound.
fn ends(mut board: Board, lanes: u32) -> Vec<u64> {
    assert_eq!(board.share(lanes), lanes);
    let (mut flying, mut ended): (Vec<(u64, Turn)>, Vec<u64>) = (Vec::new(), Vec::new());
    let mut waiting = vec![0; lanes as usize];
    loop {
        for now in waiting.drain(..) {
            match board.take() {
                Some(turn) => flying.push((now + turn.span.millis(), turn)),
                None => ended.push(now),
            }
        }
        let Some(next) = (0..flying.len()).min_by_key(|at| flying[*at].0) else { return ended };
        let (now, turn) = flying.swap_remove(next);
        let done = window(turn.span.start.0, turn.span.end.0);
        board.give(turn, done);
        waiting.push(now);
    }
}

#[test]
fn no_lane_is_left_alone_with_a_section() {
    // Speech in stretches of 100, 40, 60, 20 and 160 s, and so on; pauses of 4 s between them.
    let lengths = [5, 2, 3, 1, 8, 4, 2, 9, 1, 6];
    for count in 3..=lengths.len() {
        let (mut regions, mut at) = (Vec::new(), 0);
        for length in &lengths[..count] {
            for _ in 0..*length {
                regions.push((at, at + 20_000));
                at += 20_500;
            }
            at += 3_500;
        }
        for lanes in 2..=3 {
            let ended = ends(board(&[track(&regions, &[])], &[]), lanes);
            let (sound, longest) = (20_000 * regions.len() as u64, 20_500 * lengths[..count].iter().max().unwrap());
            let last = *ended.iter().max().unwrap();
            // A section cannot be shared: where one is longer than a lane's part of all, it alone takes its time.
            assert!(last <= (sound / u64::from(lanes)).max(longest) + 41_000, "{count} {lanes} {ended:?}");
        }
    }
}

#[test]
fn tracks_take_turns() {
    let (left, right) = (track(&[(0, 5_000), (20_000, 25_000)], &[]), track(&[(9_000, 14_000), (30_000, 35_000)], &[]));
    let order: Vec<usize> = turns(board(&[left, right], &[]), 1).iter().map(|turn| turn.0).collect();
    assert_eq!(order, [0, 1, 0, 1]);
}

#[test]
fn sound_that_was_not_heard_has_its_turn_where_it_stands() {
    let turns = |track: Track| -> Vec<(u64, u64, bool)> {
        turns(board(&[track], &[]), 1).into_iter().map(|(_, start, end, heard)| (start, end, heard)).collect()
    };
    let between = track(&[(5_000, 10_000), (30_000, 35_000)], &[(15_000, 20_000), (50_000, 85_000)]);
    let expected = [
        (4_000, 10_000, true),
        (14_000, 20_000, false),
        (29_000, 35_000, true),
        (49_000, 79_000, false),
        (79_000, 85_000, false),
    ];
    assert_eq!(turns(between), expected);
    let close = track(&[(10_000, 14_000)], &[(6_000, 9_500), (14_200, 17_000)]);
    assert_eq!(turns(close), [(5_000, 9_500, false), (9_500, 14_000, true), (14_000, 17_000, false)]);
    assert_eq!(turns(track(&[], &[(0, 4_000)])), [(0, 4_000, false)]);
}

#[test]
fn what_is_finished_is_known_section_by_section() {
    let mut board = board(&[talk()], &[]);
    assert_eq!((board.reached(), board.done()), (Millis(0), 0.0));
    let (first, second) = (board.take().unwrap(), board.take().unwrap());
    assert!(second.span.start > first.span.end);
    let (start, until) = (second.span.start.0, second.span.end.0);
    board.give(second, window(start, until));
    assert_eq!(board.reached(), Millis(0), "the first one is not finished");
    let until = first.span.end.0;
    board.give(first, window(0, until));
    assert_eq!(board.reached(), Millis(until));
    let found = &board.hypotheses()[0].windows;
    assert_eq!(found.len(), 2);
    assert!(found[0].span.start < found[1].span.start);
}

#[test]
fn a_job_of_before_there_were_sections_goes_on_behind_its_windows() {
    let fresh = turns(board(&[talk()], &[]), 1);
    // Windows that reach over the end of the first section, as they did then.
    let old = [(0, 28_000), (28_000, 61_700), (64_500, 93_000)];
    let rest = turns(board(&[talk()], &old), 1);
    assert_eq!(rest[0].1, 93_000);
    assert!(rest.len() < fresh.len());
    let last = |turns: &[(usize, u64, u64, bool)]| turns.last().map(|turn| turn.2);
    assert_eq!(last(&rest), last(&fresh), "to the end");
    // A window that reaches into the next section is what that one goes on behind, and whose last word it must follow.
    let mut over = board(&[talk()], &[(40_000, 66_000)]);
    let turn = std::iter::from_fn(|| over.take()).find(|turn| turn.span.start.0 >= 66_000).unwrap();
    assert_eq!(turn.span.start.0, 66_000);
    let mut next = window(66_000, 67_000);
    next.segments[0].words[0].span = TimeSpan::new(65_900, 66_500);
    let mut hands = turn.hands;
    hands.seam.fit(&mut next);
    assert!(next.segments.is_empty(), "the same word over the seam stands once");
}
