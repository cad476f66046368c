use super::echo::{Known, Movement, overheard};
use super::*;
use crate::time::TimeSpan;

const RATE: u32 = 16_000;
const SECONDS: usize = 32;

/// Something like speech: syllables of a fifth of a second, each with another vowel and loudness.
fn voice(seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32
    };
    let mut out = Vec::new();
    while out.len() < SECONDS * RATE as usize {
        let (length, loud) = (2_000 + (next() * 3_000.0) as usize, 0.1 + next() * 0.4);
        // Two resonances, as vowels have them.
        let tones =
            [300.0 + next() * 600.0, 1_000.0 + next() * 2_500.0].map(|hz| std::f32::consts::TAU * hz / RATE as f32);
        let mut rings = [[0.0f32; 2]; 2];
        for at in 0..length {
            let breath = (next() * 2.0 - 1.0) * 0.05;
            let mut sound = 0.0;
            for (ring, tone) in rings.iter_mut().zip(tones) {
                let new = 2.0 * 0.97 * tone.cos() * ring[0] - 0.97 * 0.97 * ring[1] + breath;
                *ring = [new, ring[0]];
                sound += new;
            }
            out.push(sound * loud * (std::f32::consts::PI * at as f32 / length as f32).sin());
        }
    }
    out.truncate(SECONDS * RATE as usize);
    out
}

/// Speech of one of `people` who speak in turns of four seconds, and together in the last `together` seconds.
fn turns(who: usize, people: usize, together: usize) -> Vec<f32> {
    let mut voice = voice(who as u32 + 1);
    for (at, sample) in voice.iter_mut().enumerate() {
        let second = at / RATE as usize;
        if second < SECONDS - together && second / 4 % people != who {
            *sample = 0.0;
        }
    }
    voice
}

/// What a microphone hears: sounds, each so loud and so many samples late, over a faint hiss.
fn mixed(sounds: &[(&[f32], f32, usize)]) -> Vec<f32> {
    let mut hiss = 1u32;
    let mut out: Vec<f32> = (0..SECONDS * RATE as usize)
        .map(|_| {
            hiss = hiss.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (hiss as f32 / u32::MAX as f32 - 0.5) * 0.001
        })
        .collect();
    for (sound, gain, late) in sounds {
        out[*late..].iter_mut().zip(*sound).for_each(|(out, x)| *out += x * gain);
    }
    out
}

fn separate(planes: &[Vec<f32>]) -> bool {
    let mut meter = ChannelMeter::default();
    for at in (0..planes[0].len()).step_by(1_111) {
        let end = (at + 1_111).min(planes[0].len());
        meter.push(&planes.iter().map(|plane| plane[at..end].to_vec()).collect::<Vec<_>>(), RATE);
    }
    meter.separate()
}

#[test]
fn people_of_their_own_are_told_from_stereo() {
    let (a, b, c) = (&turns(0, 2, 0)[..], &turns(1, 2, 0)[..], &turns(0, 3, 0)[..]);
    let (d, e) = (&turns(1, 3, 0)[..], &turns(2, 3, 0)[..]);
    let (at_once, beside) = (&turns(0, 2, 8)[..], &turns(1, 2, 8)[..]);
    let (flute, drum) = (&voice(7)[..], &voice(8)[..]);
    let none = mixed(&[]);
    let only = |sound| mixed(&[(sound, 1.0, 0)]);
    for (what, planes, expected) in [
        ("a call", vec![only(a), only(b)], true),
        ("a call whose far side is 25 dB quieter", vec![only(a), mixed(&[(b, 0.056, 0)])], true),
        (
            "two lapels that hear each other 12 dB lower",
            vec![mixed(&[(a, 1.0, 0), (b, 0.25, 30)]), mixed(&[(b, 1.0, 0), (a, 0.25, 30)])],
            true,
        ),
        ("a call in which both speak at once for a third", vec![only(at_once), only(beside)], true),
        ("three lapels", vec![only(c), only(d), only(e)], true),
        ("a call with an empty third channel", vec![only(a), only(b), vec![0.0; none.len()]], true),
        ("one channel twice", vec![mixed(&[(a, 1.0, 0), (b, 1.0, 0)]); 2], false),
        (
            "one channel, and the same turned over",
            vec![mixed(&[(a, 1.0, 0), (b, 1.0, 0)]), mixed(&[(a, -1.0, 0), (b, -1.0, 0)])],
            false,
        ),
        (
            "two voices that were mixed 6 dB to the sides",
            vec![mixed(&[(a, 1.0, 0), (b, 0.5, 0)]), mixed(&[(a, 0.5, 0), (b, 1.0, 0)])],
            false,
        ),
        (
            "two people before a pair of microphones half a metre apart",
            vec![mixed(&[(a, 1.0, 0), (b, 0.6, 23)]), mixed(&[(a, 0.6, 23), (b, 1.0, 0)])],
            false,
        ),
        ("one microphone and one channel without anything", vec![only(a), none.clone()], false),
        (
            "music, its instruments to the sides, with a singer in the middle",
            vec![
                mixed(&[(flute, 0.7, 0), (drum, 0.2, 0), (a, 0.8, 0), (b, 0.8, 0)]),
                mixed(&[(flute, 0.2, 0), (drum, 0.7, 0), (a, 0.8, 0), (b, 0.8, 0)]),
            ],
            false,
        ),
        (
            "a film: music at the sides, speech in the middle",
            vec![mixed(&[(flute, 0.7, 0), (drum, 0.6, 0)]), mixed(&[(flute, 0.6, 0), (drum, 0.7, 0)]), only(a)],
            false,
        ),
        ("mono", vec![only(a)], false),
    ] {
        assert_eq!(separate(&planes), expected, "{what}");
    }
    assert!(!ChannelMeter::default().separate(), "nothing heard");
}

fn movement(samples: &[f32]) -> Movement {
    let mut movement = Movement::default();
    samples.chunks(999).for_each(|part| movement.push(part));
    movement
}

/// Part of the time from `from` to `to` (in seconds) that `spans` cover.
fn part(spans: &[TimeSpan], from: u64, to: u64) -> f32 {
    let window = TimeSpan::new(from * 1_000, to * 1_000);
    spans.iter().map(|span| span.overlap(window)).sum::<u64>() as f32 / window.millis() as f32
}

#[test]
fn what_a_microphone_overhears_is_found_and_its_own_speech_stays() {
    // Both speak in the last eight seconds.
    let (own, far) = (turns(0, 2, 8), turns(1, 2, 8));
    let whole = [TimeSpan::new(0, SECONDS as u64 * 1_000)];
    for (what, gain, late, known) in [
        ("a loudspeaker a tenth of a second late", 0.15, 1_600, Known::Overhears),
        ("a loudspeaker that is louder than the person", 2.0, 3_000, Known::Overhears),
        ("the next lapel", 0.25, 40, Known::Nothing),
    ] {
        let microphone = mixed(&[(&own, 1.0, 0), (&far, gain, late)]);
        let found = overheard(&movement(&microphone), &movement(&mixed(&[(&far, 1.0, 0)])), &whole, known);
        // The far side alone from 4 to 8 s and so on, the near one from 0 to 4 s and so on.
        let (foreign, mine) = (part(&found, 4, 8) + part(&found, 12, 16), part(&found, 0, 4) + part(&found, 8, 12));
        println!("{what}: {foreign:.2} and {mine:.2} of 2, {:.2} of both at once", part(&found, 24, 32));
        assert!(foreign > 1.4, "{what}: {foreign}");
        assert!(mine < 0.2, "{what}: {mine}");
        if gain < 1.0 {
            assert!(part(&found, 24, 32) < 0.3, "{what}: {}", part(&found, 24, 32));
        }
    }
}

#[test]
fn two_who_speak_at_once_do_not_overhear_each_other() {
    let whole = [TimeSpan::new(0, SECONDS as u64 * 1_000)];
    for seed in 0..8 {
        let (one, two) = (voice(seed * 2 + 20), voice(seed * 2 + 21));
        let quieter = movement(&mixed(&[(&one, 0.3, 0)]));
        for known in [Known::Nothing, Known::Overhears] {
            let found = overheard(&quieter, &movement(&two), &whole, known);
            assert!(part(&found, 0, SECONDS as u64) < 0.05, "{seed}: {found:?}");
        }
    }
}

#[test]
fn the_louder_of_two_is_nobodys_echo() {
    let (near, far) = (turns(0, 2, 0), turns(1, 2, 0));
    let whole = [TimeSpan::new(0, SECONDS as u64 * 1_000)];
    let (one, two) = (mixed(&[(&near, 1.0, 0), (&far, 0.2, 0)]), mixed(&[(&far, 1.0, 0), (&near, 0.2, 0)]));
    let found = overheard(&movement(&one), &movement(&two), &whole, Known::Nothing);
    assert!(part(&found, 0, 4) < 0.1 && part(&found, 4, 8) > 0.8, "{found:?}");
}
