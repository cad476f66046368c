//! Reading as a stream: the same samples whatever the steps.

mod support;

use st_audio::{Decoder, Mix};
use support::{decode, fixture, wav};

#[test]
fn read_and_skip_give_the_samples_of_one_pass() {
    for name in ["formats/mp3_stereo.mp3", "formats/aac.m4a", "speech_en.flac"] {
        let (whole, ..) = decode(&fixture(name)).unwrap();
        for step in [1_000, 16_000, 1_000_000] {
            let mut decoder = Decoder::open(&fixture(name)).unwrap();
            let mut samples = Vec::new();
            loop {
                let part = decoder.read(step).unwrap();
                assert!(part.len() <= step);
                if part.is_empty() {
                    break;
                }
                samples.extend(part);
                assert_eq!(decoder.position(), samples.len() as u64);
            }
            assert!(samples == whole, "{name} by {step}");
        }
        for position in [1, 7_999, 20_001] {
            let mut decoder = Decoder::open(&fixture(name)).unwrap();
            decoder.skip_to(position as u64).unwrap();
            assert_eq!(decoder.position(), position as u64);
            assert!(decoder.read(5_000).unwrap() == whole[position..position + 5_000], "{name} from {position}");
        }
        let mut decoder = Decoder::open(&fixture(name)).unwrap();
        decoder.skip_to(u64::MAX).unwrap();
        assert_eq!(decoder.position(), whole.len() as u64);
        assert!(decoder.read(1).unwrap().is_empty());
        assert!(decoder.next_block().unwrap().is_none());
    }
}

#[test]
fn channels_one_by_one_or_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stereo.wav");
    // Left and right would cancel each other out, as with one wrongly wired microphone.
    let samples: Vec<i16> =
        (0..32_000).flat_map(|i| [(i % 100) * 100, -(i % 100) * 100]).map(|s: i32| s as i16).collect();
    std::fs::write(&path, wav(16_000, 2, &samples)).unwrap();
    let first = |mix| {
        let mut decoder = Decoder::open_with(&path, mix).unwrap();
        decoder.read(3).unwrap()
    };
    let one = 100.0 / 32_768.0;
    assert_eq!(first(Mix::All), [0.0, one, 2.0 * one]);
    assert_eq!(first(Mix::Part(0, 1)), [0.0, one, 2.0 * one]);
    assert_eq!(first(Mix::Part(1, 2)), [0.0, -one, -2.0 * one]);
    let (_, _, summary) = decode(&path).unwrap();
    assert!(summary.channels.iter().all(|level| (level.rms_db() - summary.mixed.rms_db()).abs() < 0.1));
}
