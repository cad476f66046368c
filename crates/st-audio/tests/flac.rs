//! Recordings as FLAC: every sample comes back, in our own reader and in a foreign one, and what cannot be held is said.
#![cfg(feature = "capture")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use st_audio::flac::{FlacError, write};
use st_audio::wav::{SampleKind, WavSpec, WavWriter};

fn recorded(folder: &Path, spec: WavSpec, frames: usize) -> PathBuf {
    let path = folder.join(format!("{} {} {:?} {frames}.wav", spec.rate, spec.channels, spec.kind));
    let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    let mut writer = WavWriter::create(file, spec).unwrap();
    let mut state = 0x2545_F491u32;
    let samples: Vec<f32> = (0..frames * usize::from(spec.channels))
        .map(|at| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            // A tone with noise, silence, full scale on both sides, and noise alone: with 16 bits as loud as can be.
            let noise = state as f32 / u32::MAX as f32 * 2.0 - 1.0;
            match (at / 5_000 % 4, spec.kind) {
                (0, _) => (at as f32 * 0.05).sin() * 0.4 + noise * 0.005,
                (1, _) => 0.0,
                (2, SampleKind::I16) => [1.0, -1.0][at % 2],
                (2, _) => [0.3, -0.3][at % 2],
                (_, SampleKind::I16) => noise,
                _ => noise * 0.02,
            }
        })
        .collect();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
    path
}

/// Raw 24-bit samples as ffmpeg reads them; none where there is no ffmpeg.
fn foreign(path: &Path) -> Option<Vec<u8>> {
    let output =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(path).args(["-f", "s24le", "-"]).output().ok()?;
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[test]
fn every_sample_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    for (rate, channels, kind) in [
        (8_000, 1, SampleKind::I16),
        (44_100, 2, SampleKind::I16),
        (48_000, 1, SampleKind::I24),
        (96_000, 2, SampleKind::I24),
        (48_000, 8, SampleKind::I16),
    ] {
        for frames in [200, 4_095, 4_096, 4_097, 30_001] {
            let wav = recorded(folder.path(), WavSpec { rate, channels, kind }, frames);
            let flac = wav.with_extension("flac");
            write(&wav, &flac, &|| false).unwrap_or_else(|error| panic!("{}: {error}", wav.display()));
            if frames > 4_096 {
                assert!(foreign(&wav) == foreign(&flac), "{}", wav.display());
            }
        }
    }
}

#[test]
fn what_flac_does_not_hold_is_said_and_a_cancelled_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let flac = folder.path().join("a.flac");
    for (channels, kind) in [(1, SampleKind::F32), (2, SampleKind::I32), (9, SampleKind::I16)] {
        let wav = recorded(folder.path(), WavSpec { rate: 48_000, channels, kind }, 100);
        assert!(matches!(write(&wav, &flac, &|| false), Err(FlacError::Form)), "{}", wav.display());
    }
    let wav = recorded(folder.path(), WavSpec { rate: 48_000, channels: 1, kind: SampleKind::I16 }, 100);
    assert!(matches!(write(&wav, &flac, &|| true), Err(FlacError::Cancelled)));
}

/// The encoder makes gigabytes of it, and wrong ones.
#[test]
fn full_range_with_24_bits_stays_what_it_was_and_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loud.wav");
    let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    let mut writer = WavWriter::create(file, WavSpec { rate: 96_000, channels: 2, kind: SampleKind::I24 }).unwrap();
    let samples: Vec<f32> = (0..40_000).map(|at| [1.0, -1.0, -1.0, 1.0, 1.0][at % 5]).collect();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
    let flac = folder.path().join("loud.flac");
    match write(&path, &flac, &|| false) {
        Ok(()) => assert!(foreign(&path) == foreign(&flac)),
        Err(error) => assert!(matches!(error, FlacError::Different), "{error}"),
    }
    assert!(std::fs::metadata(&flac).unwrap().len() < 1 << 20);
}
