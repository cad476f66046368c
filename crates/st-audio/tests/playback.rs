//! Playing: the same clock as the decoder of the models, and jumps that land on the sample.
#![cfg(feature = "playback")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use st_audio::playback::{Frame, Frames};
use st_audio::resample::Resampler;
use support::{decode, fixture, lag};

fn all(path: &Path) -> (Vec<Frame>, u32) {
    let mut frames = Frames::open(path).unwrap();
    let mut out = Vec::new();
    while frames.next(&mut out).unwrap() {}
    (out, frames.rate())
}

fn mono(frames: &[Frame]) -> Vec<f32> {
    frames.iter().map(|[left, right]| (left + right) / 2.0).collect()
}

fn recordings() -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(fixture("formats")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() > 20);
    found
}

#[test]
fn time_is_that_of_the_decoder() {
    for path in recordings() {
        let (frames, rate) = all(&path);
        let mut resampler = Resampler::new(rate).unwrap();
        let mut here = Vec::new();
        resampler.push(&mono(&frames), &mut here);
        resampler.finish(&mut here);
        let (there, _, _) = decode(&path).unwrap();
        assert_eq!(here.len(), there.len(), "{}", path.display());
        let (lag, likeness) = lag(&there, &here, 40);
        assert!(lag == 0 && likeness > 0.999, "{}: {lag}, {likeness}", path.display());
    }
}

#[test]
fn jumps_land_on_the_sample() {
    for path in recordings() {
        let (whole, rate) = all(&path);
        let mut frames = Frames::open(&path).unwrap();
        let length = whole.len() as u64;
        // Back and forth, to the very start, and to the last frames.
        for part in [0.5, 0.9, 0.1, 0.0, 0.97, 0.3, 0.31, 0.75, 0.003] {
            let to = (length as f64 * part) as u64;
            frames.seek(to).unwrap();
            let mut out = Vec::new();
            while out.len() < rate as usize / 10 && frames.next(&mut out).unwrap() {}
            let wanted = &whole[to as usize..];
            let count = out.len().min(wanted.len()).min(rate as usize / 4);
            assert!(count > 0, "{} at {to}", path.display());
            let (lag, likeness) = lag(&mono(&wanted[..count]), &mono(&out[..count]), 60);
            // Matroska counts in whole milliseconds.
            let most = if path.extension().is_some_and(|end| end == "mka" || end == "webm") { rate / 1000 } else { 0 };
            let fine = lag.unsigned_abs() <= most && likeness > 0.99;
            assert!(fine, "{} at {to} of {length}: off by {lag} of {rate} a second, {likeness}", path.display());
        }
    }
}

#[test]
fn what_comes_behind_a_jump_goes_on_to_the_same_end() {
    for path in recordings() {
        let (whole, rate) = all(&path);
        let to = whole.len() as u64 / 2;
        let mut frames = Frames::open(&path).unwrap();
        frames.seek(to).unwrap();
        let mut out = Vec::new();
        while frames.next(&mut out).unwrap() {}
        let off = (out.len() as i64 - (whole.len() as i64 - to as i64)).unsigned_abs();
        assert!(off <= u64::from(rate) / 1000, "{}: {off} frames off at the end", path.display());
        frames.seek(whole.len() as u64 + 1_000_000).unwrap();
        assert!(!frames.next(&mut out).unwrap(), "{}", path.display());
    }
}
