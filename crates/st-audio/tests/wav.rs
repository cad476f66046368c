//! Files that are written while somebody speaks: whole at every moment, mended after a cut at any byte, and longer than
//! 32 bits can say.

mod support;

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::Command;

use st_audio::Decoder;
use st_audio::wav::{RepairError, SampleKind, WavSpec, WavWriter, repair};
use support::decode;

const KINDS: [SampleKind; 4] = [SampleKind::I16, SampleKind::I24, SampleKind::I32, SampleKind::F32];

fn spec(rate: u32, channels: u16, kind: SampleKind) -> WavSpec {
    WavSpec { rate, channels, kind }
}

/// Frames that differ from each other, on all channels the same, exact in 16 bits.
fn frames(count: usize, channels: u16) -> Vec<f32> {
    let one = |n: usize| ((n * 31 % 20_000) as f32 - 10_000.0) / 32_768.0;
    (0..count).flat_map(|n| std::iter::repeat_n(one(n), usize::from(channels))).collect()
}

fn write(path: &Path, spec: WavSpec, count: usize) {
    let mut writer = WavWriter::create(File::create(path).unwrap(), spec).unwrap();
    for part in frames(count, spec.channels).chunks(usize::from(spec.channels) * 777) {
        writer.write(part).unwrap();
    }
    assert_eq!(writer.frames(), count as u64);
    assert_eq!(writer.finish().unwrap(), count as u64);
}

/// What `ffprobe` says of the length, in seconds; none where there is no ffprobe.
fn probed(path: &Path) -> Option<f64> {
    let wanted = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
    let Ok(output) = Command::new("ffprobe").args(wanted).arg(path).output() else {
        println!("skipped: no ffprobe");
        return None;
    };
    assert!(output.status.success(), "ffprobe: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().parse().expect("a length"))
}

#[test]
fn every_kind_and_number_of_channels_is_read_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    for kind in KINDS {
        for channels in [1, 2, 3, 8] {
            write(&path, spec(16_000, channels, kind), 16_000);
            let (samples, info, summary) = decode(&path).unwrap();
            // Mixed, equal channels are one of them but for the last bit of the sum.
            let expected = frames(16_000, 1);
            assert_eq!(samples.len(), expected.len());
            let same =
                samples.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= if channels == 1 { 0.0 } else { 2e-6 });
            assert!(same, "{kind:?}, {channels} channels");
            assert_eq!((info.container.as_str(), summary.expected), ("WAV", None));
            if let Some(seconds) = probed(&path) {
                assert!((seconds - 1.0).abs() < 1e-4, "{kind:?}, {channels} channels: {seconds} s");
            }
        }
    }
}

#[test]
fn each_flush_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    let mut writer = WavWriter::create(File::create(&path).unwrap(), spec(16_000, 2, SampleKind::I24)).unwrap();
    for second in 1..=3 {
        writer.write(&frames(16_000, 2)).unwrap();
        writer.flush().unwrap();
        writer.sync().unwrap();
        let (samples, _, summary) = decode(&path).unwrap();
        assert_eq!((samples.len(), summary.expected), (second * 16_000, None));
        assert!(!repair(&path).unwrap().changed, "nothing was to be mended");
    }
}

#[test]
fn cut_at_every_byte_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    for spec in [spec(16_000, 1, SampleKind::I16), spec(16_000, 3, SampleKind::I24), spec(16_000, 2, SampleKind::F32)] {
        // What was flushed is told by the header; what came after it lies behind.
        let whole = folder.path().join("whole.wav");
        let mut writer = WavWriter::create(File::create(&whole).unwrap(), spec).unwrap();
        writer.write(&frames(20, spec.channels)).unwrap();
        writer.flush().unwrap();
        let told = fs::read(&whole).unwrap();
        writer.write(&frames(20, spec.channels)).unwrap();
        writer.finish().unwrap();
        let mut bytes = fs::read(&whole).unwrap();
        let frame = spec.frame_bytes() as usize;
        let header = bytes.len() - 40 * frame;
        bytes[..header].copy_from_slice(&told[..header]);
        let path = folder.path().join("cut.wav");
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let expected = cut.saturating_sub(header) / frame;
            match repair(&path) {
                Ok(repaired) => assert_eq!(repaired.frames, expected as u64, "cut at {cut}"),
                Err(RepairError::NoSound) => assert_eq!(expected, 0, "cut at {cut}"),
                Err(error) => panic!("cut at {cut}: {error}"),
            }
            if expected > 0 {
                let (samples, _, summary) = decode(&path).unwrap();
                assert_eq!((samples.len(), summary.expected), (expected, None), "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    for content in [support::wav(16_000, 1, &[1; 100]), b"ID3 and so on, long enough to be something".to_vec()] {
        fs::write(&path, &content).unwrap();
        assert!(matches!(repair(&path), Err(RepairError::Foreign)));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn more_than_four_gibibytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let spec = spec(96_000, 8, SampleKind::F32);
    write(&path, spec, 96_000);
    // The hole takes no room on the disk: as if the program had been killed after this much.
    let seconds = 1_500;
    let sound = u64::from(spec.rate) * spec.frame_bytes() * seconds;
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let header = file.metadata().unwrap().len() - u64::from(spec.rate) * spec.frame_bytes();
    file.set_len(header + sound + 5).unwrap();
    let repaired = repair(&path).unwrap();
    assert!(sound > u64::from(u32::MAX));
    assert_eq!((repaired.frames, repaired.seconds(), repaired.changed), (96_000 * seconds, seconds as f64, true));
    let decoder = Decoder::open(&path).unwrap();
    assert_eq!(decoder.info().duration.map(|duration| duration.0), Some(seconds * 1_000));
    if let Some(probed) = probed(&path) {
        assert!((probed - seconds as f64).abs() < 0.01, "{probed} s");
    }
    assert!(!repair(&path).unwrap().changed);
}
