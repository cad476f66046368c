//! Ten hours need no more memory than ten minutes. Alone in its program, so that nothing else moves the figure.
#![cfg(target_os = "linux")]

mod support;

use std::fs::{self, File};
use std::io::Write as _;

use st_audio::Decoder;
use st_audio::peaks::PeaksBuilder;
use support::wav;

/// Most memory that this program ever held, in KiB.
fn high_water() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn ten_hours_in_the_memory_of_ten_minutes() {
    const RATE: u32 = 8_000;
    const HOURS: u64 = 10;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    // Its sound is a hole in the file, which takes no room on the disk. The size in the header is 0: to the end.
    let mut file = File::create(&path).unwrap();
    file.write_all(&wav(RATE, 1, &[])).unwrap();
    file.set_len(44 + HOURS * 3_600 * u64::from(RATE) * 2).unwrap();
    drop(file);

    let mut decoder = Decoder::open(&path).unwrap();
    let mut peaks = PeaksBuilder::new();
    let mut after_ten_minutes = None;
    while let Some(block) = decoder.next_block().unwrap() {
        peaks.push(block);
        if decoder.position() >= 600 * 16_000 {
            after_ten_minutes.get_or_insert_with(high_water);
        }
    }
    let growth = high_water() - after_ten_minutes.unwrap();
    assert_eq!(decoder.position(), HOURS * 3_600 * 16_000);
    // The waveform of ten hours is 7 MB, and a growing vector holds its old half while it moves.
    assert!(growth < 24 * 1_024, "{growth} KiB more");
    assert_eq!(peaks.finish().levels()[0].len() as u64, HOURS * 3_600 * 100);
}
