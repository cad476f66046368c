use proptest::prelude::*;

use super::*;
use crate::diarization::{EvidenceWindow, LocalVoice, STEP, SpeakerIndex, Stretch, WINDOW, own_part, window_starts};
use crate::time::Millis;

/// Frames of a whole window.
const FRAMES: usize = 589;

/// The voice of a person: a direction of its own, with a little of another mixed in.
fn voice_of(person: usize, variant: usize) -> Vec<f32> {
    let mut vector = vec![0.0; 64];
    vector[person] = 1.0;
    vector[32 + (person * 7 + variant * 5) % 32] = 0.4;
    unit(&vector)
}

/// What the models would hear in a recording in which `who` (start, end, person) speaks, with the local speakers in
/// the order of the people.
fn heard(duration: u64, who: &[(u64, u64, usize)]) -> SpeakerEvidence {
    let window = |(number, start): (usize, Millis)| {
        let mut people: Vec<usize> =
            who.iter().filter(|turn| turn.0 < start.0 + WINDOW.0 && turn.1 > start.0).map(|turn| turn.2).collect();
        people.sort_unstable();
        people.dedup();
        people.truncate(LOCAL_SPEAKERS);
        let length = (duration - start.0).min(WINDOW.0);
        let frames = ((length as f64 / 1000.0 * 16_000.0 - 495.0) / 270.0).ceil().max(0.0) as usize;
        let set_at = |frame: usize| {
            let at = start.0 + (495 + 270 * frame as u64) / 16;
            let speaks = |person: usize| who.iter().any(|turn| turn.2 == person && turn.0 <= at && at < turn.1);
            people
                .iter()
                .enumerate()
                .filter(|(_, person)| speaks(**person))
                .fold(0u8, |set, (local, _)| set | 1 << local)
        };
        let activity: Vec<u8> = (0..frames.min(FRAMES)).map(set_at).collect();
        let voice = |(local, &person): (usize, &usize)| {
            let alone = activity.iter().filter(|&&set| set == 1 << local).count() as u32 * 270 / 16;
            LocalVoice { local: local as u8, clean_ms: alone, narrow: person == 1, embedding: voice_of(person, number) }
        };
        let voices = people.iter().enumerate().map(voice).collect();
        EvidenceWindow { start, activity, voices, stretches: Vec::new() }
    };
    SpeakerEvidence {
        windows: window_starts(Millis(duration), STEP).enumerate().map(window).collect(),
        speech: Vec::new(),
    }
}

fn taking_turns(people: usize, turns: usize, length: u64) -> (u64, Vec<(u64, u64, usize)>) {
    let turn = |i: usize| (i as u64 * length, i as u64 * length + length - 500, i % people);
    (turns as u64 * length, (0..turns).map(turn).collect())
}

/// The turns that come out where nobody said anything about them.
fn cluster(evidence: &SpeakerEvidence, options: &ClusterOptions) -> Diarization {
    super::cluster(evidence, &[], options).diarization
}

fn with(count: SpeakerCount) -> ClusterOptions {
    ClusterOptions { count, ..ClusterOptions::default() }
}

#[test]
fn nobody_gives_nobody() {
    assert_eq!(cluster(&SpeakerEvidence::default(), &ClusterOptions::default()), Diarization::default());
    assert_eq!(cluster(&heard(30_000, &[]), &ClusterOptions::default()), Diarization::default());
    assert_eq!(cluster(&heard(30_000, &[]), &with(SpeakerCount::Exact(3))), Diarization::default());
}

#[test]
fn one_speaker_stays_one() {
    for duration in [3_000, 9_000, 60_000] {
        let diarization = cluster(&heard(duration, &[(500, duration, 3)]), &ClusterOptions::default());
        assert_eq!(diarization.speakers(), [SpeakerIndex(0)], "{duration} ms");
    }
}

#[test]
fn turns_come_out_as_they_were_spoken() {
    let (duration, who) = taking_turns(3, 12, 4_000);
    let diarization = cluster(&heard(duration, &who), &ClusterOptions::default());
    assert_eq!(diarization.turns.len(), who.len());
    for (turn, said) in diarization.turns.iter().zip(&who) {
        assert_eq!(turn.speaker.0 as usize, said.2);
        assert!(
            turn.span.start.0.abs_diff(said.0) <= 40 && turn.span.end.0.abs_diff(said.1) <= 40,
            "{turn:?} {said:?}"
        );
    }
}

#[test]
fn overlapped_speech_is_kept() {
    let diarization = cluster(&heard(30_000, &[(0, 15_000, 0), (12_000, 28_000, 1)]), &ClusterOptions::default());
    let spoken: Vec<u64> = diarization.speaking_ms().into_values().collect();
    assert!(spoken[0].abs_diff(15_000) < 100 && spoken[1].abs_diff(16_000) < 100, "{spoken:?}");
}

#[test]
fn there_may_be_many_speakers() {
    let (duration, who) = taking_turns(25, 75, 6_000);
    assert_eq!(cluster(&heard(duration, &who), &ClusterOptions::default()).speakers().len(), 25);
}

#[test]
fn the_number_of_speakers_can_be_given() {
    let (duration, who) = taking_turns(4, 24, 5_000);
    let found = |count| cluster(&heard(duration, &who), &with(count)).speakers().len();
    assert_eq!(found(SpeakerCount::Auto), 4);
    assert_eq!(found(SpeakerCount::Exact(2)), 2);
    assert_eq!(found(SpeakerCount::Exact(1)), 1);
    assert_eq!(found(SpeakerCount::Range(2, 3)), 3);
    assert_eq!(found(SpeakerCount::Range(2, 9)), 4);
    assert!(found(SpeakerCount::Exact(6)) > 4);
}

#[test]
fn a_voice_heard_for_a_moment_is_no_speaker() {
    let (duration, mut who) = taking_turns(2, 12, 5_000);
    who.push((4_600, 4_900, 9));
    assert_eq!(cluster(&heard(duration, &who), &ClusterOptions::default()).speakers().len(), 2);
}

#[test]
fn a_stray_voice_does_not_take_the_place_of_a_speaker() {
    let (duration, mut who) = taking_turns(2, 240, 5_000);
    who.push((4_600, 6_000, 9));
    let diarization = cluster(&heard(duration, &who), &with(SpeakerCount::Exact(2)));
    let shares: Vec<u64> = diarization.speaking_ms().into_values().collect();
    assert!(shares.iter().all(|share| share.abs_diff(540_000) < 10_000), "{shares:?}");
}

#[test]
fn local_speakers_without_a_voice_are_named_by_the_windows_around() {
    let (duration, who) = taking_turns(3, 12, 4_000);
    let mut evidence = heard(duration, &who);
    let whole = cluster(&evidence, &ClusterOptions::default());
    evidence.windows.iter_mut().skip(1).step_by(2).for_each(|window| window.voices.clear());
    assert_eq!(cluster(&evidence, &ClusterOptions::default()), whole);
}

#[test]
fn damaged_voices_do_no_harm() {
    let (duration, who) = taking_turns(2, 12, 5_000);
    let mut evidence = heard(duration, &who);
    evidence.windows[2].voices[0].embedding = vec![f32::NAN; 64];
    evidence.windows[3].voices[0].embedding = vec![0.0; 64];
    evidence.windows[4].voices[0].embedding = Vec::new();
    evidence.windows[5].voices[0].local = 9;
    assert_eq!(cluster(&evidence, &ClusterOptions::default()).speakers().len(), 2);
}

#[test]
fn long_recordings_are_joined_part_by_part() {
    let (duration, who) = taking_turns(6, 1_000, 6_000);
    let evidence = heard(duration, &who);
    assert!(evidence.windows.iter().map(|window| window.voices.len()).sum::<usize>() > 2 * PART);
    assert_eq!(cluster(&evidence, &ClusterOptions::default()).speakers().len(), 6);
}

#[test]
fn voices_that_are_not_alike_are_bounded_in_number() {
    // Signs by a hash of number and place: no two are closer than half a right angle.
    let sign = |number: usize, at: usize| {
        let mixed = ((number * 131 + at + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 63 == 0 { 1.0 } else { -1.0 }
    };
    let unlike = |number: usize| Group {
        mean: unit(&(0..128).map(|at| sign(number, at)).collect::<Vec<f32>>()),
        weight: 1.0,
        windows: vec![number as u32],
        told: (number == 5_000).then_some(9),
    };
    let groups = condense((0..MOST + 1_500).map(unlike).collect(), 1.0);
    assert_eq!(groups.len(), MOST);
    assert!(groups.iter().any(|group| group.told == Some(9)), "who was told of stays");
}

proptest! {
    #[test]
    fn any_evidence_gives_ordered_turns(
        windows in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..60), 0u8..5, 0u32..4_000, 0usize..30), 0..12),
        stretches in prop::collection::vec((any::<prop::sample::Index>(), 0u16..80, 0u16..80, 0usize..30), 0..30),
        speech in prop::collection::vec((0u64..30_000, 0u64..3_000), 0..8),
        count in prop_oneof![Just(SpeakerCount::Auto), (0u32..5).prop_map(SpeakerCount::Exact), Just(SpeakerCount::Range(3, 2))],
    ) {
        let window = |(number, (activity, local, clean_ms, person)): (usize, (Vec<u8>, u8, u32, usize))| EvidenceWindow {
            start: Millis(number as u64 * STEP.0),
            activity,
            voices: vec![LocalVoice { local, clean_ms, narrow: false, embedding: voice_of(person, number) }],
            stretches: Vec::new(),
        };
        let mut evidence = SpeakerEvidence {
            windows: windows.into_iter().enumerate().map(window).collect(),
            speech: speech.into_iter().map(|(start, length)| TimeSpan::new(start, start + length)).collect(),
        };
        let any = !evidence.windows.is_empty();
        for (place, first, end, person) in stretches.into_iter().filter(|_| any) {
            let place = place.index(evidence.windows.len());
            evidence.windows[place].stretches.push(Stretch { first, end, embedding: voice_of(person, 0) });
        }
        let diarization = cluster(&evidence, &with(count));
        prop_assert!(diarization.turns.is_sorted_by_key(|turn| (turn.span.start, turn.speaker)));
        prop_assert!(diarization.turns.iter().all(|turn| !turn.span.is_empty()));
        prop_assert_eq!(&diarization, &diarization.relabel());
        let numbers: Vec<u32> = diarization.speakers().iter().map(|speaker| speaker.0).collect();
        prop_assert_eq!(numbers.clone(), (0..numbers.len() as u32).collect::<Vec<_>>());
    }
}

fn told(list: &[(u64, u64, u32)]) -> Vec<Told> {
    list.iter().map(|&(start, end, speaker)| Told { span: TimeSpan::new(start, end), speaker }).collect()
}

/// Who speaks at a time, by the number that was told.
fn told_at(grouping: &Grouping, at: u64) -> Vec<Option<u32>> {
    let here = grouping.diarization.turns.iter().filter(|turn| turn.span.start.0 <= at && at < turn.span.end.0);
    here.map(|turn| grouping.told[turn.speaker.0 as usize]).collect()
}

#[test]
fn what_is_told_to_be_one_stays_one_however_it_sounds() {
    let (duration, who) = taking_turns(3, 18, 5_000);
    let evidence = heard(duration, &who);
    // The turns of the first two people are said to be person 7's.
    let same = told(&[(0, 4_500, 7), (5_000, 9_500, 7)]);
    for count in [SpeakerCount::Auto, SpeakerCount::Exact(2), SpeakerCount::Range(2, 4)] {
        let grouping = super::cluster(&evidence, &same, &with(count));
        assert_eq!(grouping.told, [Some(7), None], "{count:?}");
        assert_eq!(told_at(&grouping, 17_000), [Some(7)], "a later turn of the first");
        assert_eq!(told_at(&grouping, 22_000), [Some(7)], "and of the second");
        assert_eq!(told_at(&grouping, 12_000), [None]);
    }
}

#[test]
fn what_is_told_apart_stays_apart_however_much_alike() {
    let (duration, who) = taking_turns(1, 6, 20_000);
    let evidence = heard(duration, &who);
    let apart = told(&[(0, 19_500, 4), (20_000, 39_500, 2)]);
    for count in [SpeakerCount::Auto, SpeakerCount::Exact(1), SpeakerCount::Exact(2)] {
        let grouping = super::cluster(&evidence, &apart, &with(count));
        assert_eq!(grouping.told, [Some(4), Some(2)], "{count:?}");
        assert_eq!((told_at(&grouping, 10_000), told_at(&grouping, 30_000)), (vec![Some(4)], vec![Some(2)]));
    }
}

#[test]
fn a_few_told_stretches_divide_voices_that_sound_alike() {
    // Two voices that are closer to each other than the threshold.
    let (duration, who) = taking_turns(2, 24, 5_000);
    let mut evidence = heard(duration, &who);
    for voice in evidence.windows.iter_mut().flat_map(|window| &mut window.voices) {
        voice.embedding[20] += 2.0;
    }
    let auto = super::cluster(&evidence, &[], &ClusterOptions::default());
    assert_eq!(auto.diarization.speakers().len(), 1);
    let some = told(&[(0, 4_500, 0), (5_000, 9_500, 1)]);
    let grouping = super::cluster(&evidence, &some, &ClusterOptions::default());
    for (start, _, person) in who {
        assert_eq!(told_at(&grouping, start + 2_000), [Some(person as u32)], "{start}");
    }
}

#[test]
fn a_word_put_in_beneath_is_not_told() {
    let evidence = heard(60_000, &[(0, 20_000, 0), (9_000, 10_200, 1), (21_000, 40_000, 1), (41_000, 60_000, 0)]);
    let grouping = super::cluster(&evidence, &told(&[(0, 20_000, 5)]), &ClusterOptions::default());
    assert_eq!(grouping.told, [Some(5), None]);
    assert_eq!(told_at(&grouping, 9_600), [Some(5), None]);
    assert_eq!((told_at(&grouping, 30_000), told_at(&grouping, 50_000)), (vec![None], vec![Some(5)]));
}

#[test]
fn a_voice_that_is_folded_in_is_named() {
    let (duration, mut who) = taking_turns(2, 12, 5_000);
    who.push((24_600, 26_000, 9));
    who.retain(|turn| turn.0 != 25_000);
    who.push((26_000, 29_500, 1));
    let grouping = super::cluster(&heard(duration, &who), &[], &ClusterOptions::default());
    assert_eq!(grouping.diarization.speakers().len(), 2);
    let [folded] = &grouping.folded[..] else { panic!("{:?}", grouping.folded) };
    assert!(folded.iter().all(|span| span.overlap(TimeSpan::new(24_500, 26_100)) == span.millis()), "{folded:?}");
    let kept = super::cluster(&heard(duration, &who), &[], &with(SpeakerCount::Exact(3)));
    assert_eq!((kept.diarization.speakers().len(), kept.folded.len()), (3, 0));
}

#[test]
fn one_speakers_evidence_and_voice_are_taken_out() {
    let (duration, who) = taking_turns(2, 12, 5_000);
    let evidence = heard(duration, &who);
    let said: Vec<Told> = who.iter().map(|t| Told { span: TimeSpan::new(t.0, t.1), speaker: t.2 as u32 }).collect();
    let found = voices(&evidence, &said, 1_000);
    assert_eq!(found.iter().map(|voice| (voice.speaker, voice.narrow)).collect::<Vec<_>>(), [(0, false), (1, true)]);
    let like = |person: usize| linkage::dot(&found[person].embedding, &voice_of(person, 0));
    assert!(like(0) > 0.8 && like(1) > 0.8 && linkage::dot(&found[0].embedding, &found[1].embedding) < 0.3);
    assert!(found.iter().all(|voice| voice.clean_ms > 20_000));
    let alone = cluster(&only(&evidence, &said, 1), &ClusterOptions::default());
    assert!(
        alone.turns.iter().all(|turn| who.iter().any(|t| t.2 == 1 && t.0 < turn.span.end.0 && turn.span.start.0 < t.1))
    );
    assert_eq!(alone.speakers().len(), 1);
    // Two people taken for one, a third beneath them: both are there, the third is not.
    let mut three = taking_turns(2, 12, 5_000).1;
    three.extend([(12_000, 13_200, 2), (60_500, 70_000, 2)]);
    let one = |&(start, end, person): &(u64, u64, usize)| Told {
        span: TimeSpan::new(start, end),
        speaker: u32::from(person == 2 && start > 60_000),
    };
    let said: Vec<Told> = three.iter().filter(|turn| turn.0 != 12_000).map(one).collect();
    let two = cluster(&only(&heard(70_000, &three), &said, 0), &ClusterOptions::default());
    assert_eq!(two.speakers().len(), 2);
}

/// Stretches of 2 s in the middle of the turns of `who`, each in the window whose own it is.
fn with_stretches(mut evidence: SpeakerEvidence, who: &[(u64, u64, usize)]) -> SpeakerEvidence {
    let duration = who.iter().map(|turn| turn.1).max().unwrap_or(0) + 500;
    for window in &mut evidence.windows {
        let own = own_part(window.start, Millis(duration), STEP);
        for (number, &(start, end, person)) in who.iter().enumerate() {
            let middle = (start + end) / 2;
            if (own.start.0..own.end.0).contains(&middle) {
                let frame = |at: u64| ((at.saturating_sub(window.start.0)) * 16 / 270) as u16;
                let (first, end) = (frame(middle.saturating_sub(1_000)), frame(middle + 1_000));
                window.stretches.push(Stretch { first, end, embedding: voice_of(person, number) });
            }
        }
    }
    evidence
}

/// Turns of 3 s of two people; the segmentation takes the short turn of the second at 30 s for the first's.
fn one_turn_misheard() -> (SpeakerEvidence, Vec<(u64, u64, usize)>) {
    let real: Vec<(u64, u64, usize)> =
        (0..12).map(|i| (i * 5_000, i * 5_000 + 4_700, usize::from(i % 4 == 3 || i == 6))).collect();
    let as_heard: Vec<_> = real.iter().map(|turn| if turn.0 == 30_000 { (turn.0, turn.1, 0) } else { *turn }).collect();
    (with_stretches(heard(60_000, &as_heard), &real), real)
}

#[test]
fn a_turn_that_sounds_like_another_goes_to_that_one() {
    let (evidence, real) = one_turn_misheard();
    for count in [SpeakerCount::Auto, SpeakerCount::Exact(2)] {
        let found = super::cluster(&evidence, &[], &with(count)).diarization;
        for &(start, end, person) in &real {
            let at = Millis((start + end) / 2);
            let here = found.turns.iter().find(|turn| turn.span.start <= at && at < turn.span.end);
            assert_eq!(here.map(|turn| turn.speaker.0), Some(person as u32), "{start}, {count:?}");
        }
    }
}

#[test]
fn what_a_person_said_of_a_turn_outweighs_how_it_sounds() {
    let (evidence, _) = one_turn_misheard();
    let said = told(&[(0, 4_700, 3), (30_000, 34_700, 3)]);
    assert_eq!(told_at(&super::cluster(&evidence, &said, &ClusterOptions::default()), 32_000), [Some(3)]);
}

#[test]
fn two_people_nearer_than_the_threshold_are_divided_where_they_come_apart() {
    // As over a telephone: all voices share most of what they are.
    let (duration, who) = taking_turns(2, 12, 5_000);
    let near = |voice: &mut Vec<f32>| voice[20] += 1.4;
    let mut evidence = with_stretches(heard(duration, &who), &who);
    for window in &mut evidence.windows {
        window.voices.iter_mut().for_each(|voice| near(&mut voice.embedding));
        window.stretches.iter_mut().for_each(|stretch| near(&mut stretch.embedding));
    }
    let found = |evidence: &SpeakerEvidence, count| cluster(evidence, &with(count)).speakers().len();
    assert_eq!(found(&evidence, SpeakerCount::Auto), 2);
    assert_eq!(found(&evidence, SpeakerCount::Range(1, 3)), 2);
    assert_eq!(found(&evidence, SpeakerCount::Range(1, 1)), 1);
    assert_eq!(found(&evidence, SpeakerCount::Exact(1)), 1);
    // Without the stretches nothing shows it, and one person's never come apart.
    evidence.windows.iter_mut().for_each(|window| window.stretches.clear());
    assert_eq!(found(&evidence, SpeakerCount::Auto), 1);
    let (duration, who) = taking_turns(1, 12, 5_000);
    assert_eq!(found(&with_stretches(heard(duration, &who), &who), SpeakerCount::Auto), 1);
}

#[test]
fn turns_end_with_the_speech_that_the_vad_heard() {
    let (duration, who) = taking_turns(2, 8, 5_000);
    let mut evidence = heard(duration, &who);
    // Half a second longer than the model heard; a quarter shorter; and nothing where the model hears somebody far off.
    let speech: Vec<TimeSpan> = who
        .iter()
        .map(|turn| match turn.0 {
            5_000 => TimeSpan::new(4_900, 9_250),
            15_000 => TimeSpan::new(15_000, 20_000),
            _ => TimeSpan::new(turn.0, turn.1),
        })
        .filter(|span| span.start.0 != 30_000)
        .collect();
    evidence.speech = speech;
    let turns = cluster(&evidence, &ClusterOptions::default()).turns;
    let end =
        |start: u64| turns.iter().find(|turn| turn.span.start.0.abs_diff(start) < 200).map(|turn| turn.span.end.0);
    assert_eq!(end(5_000), Some(9_250));
    // The next was heard from 20.003 s on: each gets half of what is nobody's.
    assert_eq!((end(15_000), end(19_750)), (Some(19_751), Some(24_500)));
    assert!(end(30_000).is_some_and(|end| end.abs_diff(34_500) < 40), "{:?}", end(30_000));
}

#[test]
fn old_evidence_is_grouped_as_it_is() {
    let json = r#"{"windows": [{"start": 0, "activity": [1, 1], "voices": []}]}"#;
    let evidence: SpeakerEvidence = serde_json::from_str(json).unwrap();
    assert!(evidence.speech.is_empty() && evidence.windows[0].stretches.is_empty());
}
