//! Files that are not what they seem, damaged, cut off or made to do harm: a plain error or what is there, never a
//! panic, an endless loop or memory without bounds.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use st_audio::{AudioError, Decoder, probe};
use support::{data, decode, fixture, wav};

fn error(path: &Path) -> AudioError {
    let error = probe(path).expect_err("it is no sound");
    let again = decode(path).expect_err("it is no sound");
    assert_eq!(error.to_string(), again.to_string());
    error
}

#[test]
fn what_is_no_sound_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    assert!(matches!(error(&folder.path().join("none.wav")), AudioError::NotFound { .. }));
    assert!(matches!(error(folder.path()), AudioError::IsFolder { .. }));
    assert!(matches!(error(&write("empty.mp3", b"")), AudioError::Empty { .. }));
    assert!(matches!(error(&write("header.wav", &wav(16_000, 1, &[]))), AudioError::Empty { .. }));
    let pdf = error(&fixture("broken/pdf_named.mp3"));
    assert!(matches!(&pdf, AudioError::NotAudio { looks_like: Some(what), .. } if what == "a PDF"), "{pdf}");
    let text = error(&write("text.wav", "Sehr geehrte Damen und Herren,\n".repeat(9).as_bytes()));
    assert!(matches!(&text, AudioError::NotAudio { looks_like: Some(what), .. } if what == "plain text"), "{text}");
    let amr = error(&write("call.wav", b"#!AMR\n\x3c\x91\x17\x16\xbe\x66\x79\xe1"));
    assert!(matches!(&amr, AudioError::UnsupportedCodec { name, .. } if name == "AMR"), "{amr}");
    assert!(matches!(error(&fixture("broken/video_without_sound.mp4")), AudioError::NoSoundTrack { .. }));
    let opus = error(&fixture("broken/opus.ogg"));
    assert!(matches!(&opus, AudioError::UnsupportedCodec { name, .. } if name == "Opus"), "{opus}");
}

#[test]
#[cfg(unix)]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.wav");
    fs::write(&path, wav(16_000, 1, &[0; 100])).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything.
    match probe(&path) {
        Err(error) => assert!(matches!(error, AudioError::NoPermission { .. }), "{error}"),
        Ok(_) => println!("skipped: this user may read everything"),
    }
}

#[test]
fn impossible_headers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    for (at, bytes) in [
        (22, &[0, 0][..]),
        (22, &[0xff, 0xff]),
        (24, &[0, 0, 0, 0]),
        (24, &[0xff, 0xff, 0xff, 0xff]),
        (24, &[1, 0, 0, 0]),
        (34, &[0, 0]),
        (34, &[65, 0]),
    ] {
        let mut file = wav(16_000, 1, &[1; 2_000]);
        file[at..at + bytes.len()].copy_from_slice(bytes);
        fs::write(&path, file).unwrap();
        let error = decode(&path).expect_err("impossible");
        assert!(matches!(error, AudioError::Damaged { .. }), "{at} {bytes:?}: {error}");
    }
}

#[test]
fn samples_that_are_no_numbers_become_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nan.wav");
    let mut file = wav(16_000, 2, &[0; 4_000]);
    // Two channels of 16 bits are as wide as one of 32: it is made a file of floats.
    file[20..24].copy_from_slice(&[3, 0, 1, 0]);
    file[32..36].copy_from_slice(&[4, 0, 32, 0]);
    for (index, value) in file[44..].chunks_exact_mut(4).enumerate() {
        let sample = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -0.25][index % 5];
        value.copy_from_slice(&sample.to_le_bytes());
    }
    fs::write(&path, file).unwrap();
    let (samples, ..) = decode(&path).unwrap();
    assert_eq!(samples[..5], [0.0, 0.0, 0.0, 1.0, -0.25]);
    assert_eq!(samples.len(), 2_000);
}

#[test]
fn a_cut_off_file_gives_what_is_there_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pcm16.wav", "mp3_stereo.mp3", "alaw.wav", "alac.m4a", "video_vorbis.webm", "vorbis.ogg", "pcm.caf"] {
        let whole = fs::read(fixture("formats").join(name)).unwrap();
        let path = folder.path().join(name);
        fs::write(&path, &whole[..whole.len() * 6 / 10]).unwrap();
        // The index of this MP4 is at its end.
        if name == "alac.m4a" {
            assert!(matches!(error(&path), AudioError::Damaged { .. }));
            continue;
        }
        let (samples, info, summary) = decode(&path).unwrap_or_else(|error| panic!("{error}"));
        let seconds = samples.len() as f64 / 16_000.0;
        if name == "pcm.caf" {
            // The whole of it is a second, and less than half a second is not reported.
            assert!((0.55..0.6).contains(&seconds), "{seconds}");
            continue;
        }
        assert!((0.9..1.7).contains(&seconds), "{name}: {seconds} s");
        // An Ogg file's length is only known from its last page.
        if name != "vorbis.ogg" {
            let expected = summary.expected.map_or(0, |length| length.0);
            // The length of the WebM file is that of its pictures.
            assert!((2_450..2_650).contains(&expected), "{name}: {expected} ms, {info:?}");
        }
    }
}

#[test]
fn a_hole_in_the_middle_is_counted_and_the_clock_stays_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hole.flac");
    let mut file = fs::read(fixture("speech_en.flac")).unwrap();
    let middle = file.len() / 2;
    file[middle..middle + 200].fill(0xff);
    fs::write(&path, file).unwrap();
    let (samples, _, summary) = decode(&path).unwrap();
    let (source, ..) = decode(&fixture("speech_en.flac")).unwrap();
    assert_eq!(samples.len(), source.len());
    assert!(summary.damaged_packets > 0);
    // The end is where it was.
    assert!(samples[samples.len() - 32_000..] == source[source.len() - 32_000..]);
}

/// Each prefix of a file, and the file with bytes changed: nothing but errors and shorter sound may come of it.
#[test]
fn no_prefix_and_no_flipped_byte_does_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for name in [
        "mp3_stereo.mp3",
        "flac44.flac",
        "aac.m4a",
        "aac_fragmented.m4a",
        "vorbis.ogg",
        "video_vorbis.webm",
        "alac.caf",
        "sowt.aifc",
        "ima_adpcm.wav",
        "ms_adpcm.wav",
    ] {
        let whole = fs::read(fixture("formats").join(name)).unwrap();
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for round in 0..24 {
            let mut file = whole.clone();
            if round % 2 == 0 {
                file.truncate(random() % whole.len());
            } else {
                // The first kilobyte holds most of what is believed.
                for _ in 0..4 {
                    let at = random() % file.len().min(1_024);
                    file[at] = random() as u8;
                }
            }
            fs::write(&path, file).unwrap();
            let start = Instant::now();
            if let Ok((samples, ..)) = decode(&path) {
                assert!(samples.iter().all(|sample| sample.abs() <= 1.0), "{name} {round}");
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{name} {round}");
        }
    }
}

/// The collection of files that broke other programs.
#[test]
fn hostile_files_do_no_harm() {
    let Some(data) = data() else { return };
    let mut count = 0;
    for folder in ["hostile", "made/broken"] {
        let mut folders = vec![data.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                count += 1;
                let Ok(mut decoder) = Decoder::open(&path) else { continue };
                // Three hours of sound from a file of at most some hundred kilobytes would be too much.
                while let Ok(Some(_)) = decoder.next_block() {
                    assert!(decoder.position() < 3 * 3_600 * 16_000, "{}", path.display());
                }
            }
        }
    }
    assert!(count > 50, "only {count} files found");
}
