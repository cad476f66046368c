//! Every format that is read, from small files in the repository: what it is, how long, how loud, and that its sound
//! lies where it was in the recording it was made of.

mod support;

use support::{decode, fixture, lag};

/// File, container, codec, rate, channels, seconds, samples that it may lie off, likeness to the source.
type Row = (&'static str, &'static str, &'static str, u32, u16, f64, i32, f32);

const ROWS: &[Row] = &[
    ("pcm8.wav", "WAV", "PCM", 11_025, 1, 2.5, 0, 0.99),
    ("pcm16.wav", "WAV", "PCM", 16_000, 1, 2.5, 0, 0.9999),
    ("pcm24.wav", "WAV", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("pcm32.wav", "WAV", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("float32.wav", "WAV", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("float64.wav", "WAV", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("alaw.wav", "WAV", "A-law", 8_000, 1, 2.5, 0, 0.99),
    ("mulaw.wav", "WAV", "µ-law", 8_000, 1, 2.5, 0, 0.99),
    // Blocks of 1,017 and 1,012 frames; the last one is full.
    ("ima_adpcm.wav", "WAV", "IMA ADPCM", 16_000, 1, 2.551, 0, 0.99),
    ("ms_adpcm.wav", "WAV", "MS ADPCM", 16_000, 1, 2.545, 0, 0.99),
    ("rf64.wav", "WAV", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("mp3_stereo.mp3", "MP3", "MP3", 44_100, 2, 2.5, 1, 0.98),
    // Nothing in the file says how long the encoder's run-up is: 1,105 frames of it stay.
    ("mp3_no_header.mp3", "MP3", "MP3", 16_000, 1, 2.592, 1_105, 0.97),
    ("flac44.flac", "FLAC", "FLAC", 44_100, 1, 1.0, 0, 0.99),
    ("flac.oga", "Ogg", "FLAC", 16_000, 1, 2.5, 0, 0.9999),
    ("aac.m4a", "MP4", "AAC", 44_100, 2, 2.5, 1, 0.98),
    // Written while it was recorded, so that its length is not in its header, nor its run-up of 1,024 frames.
    ("aac_fragmented.m4a", "MP4", "AAC", 44_100, 1, 2.531, 372, 0.97),
    ("adts.aac", "ADTS", "AAC", 44_100, 1, 2.531, 372, 0.97),
    ("alac.m4a", "MP4", "Apple Lossless", 16_000, 1, 2.5, 0, 0.9999),
    ("alac.caf", "CAF", "Apple Lossless", 16_000, 1, 2.5, 0, 0.9999),
    ("pcm.caf", "CAF", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("pcm.aiff", "AIFF", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("sowt.aifc", "AIFF", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("vorbis.ogg", "Ogg", "Vorbis", 44_100, 2, 2.5, 1, 0.98),
    // The padding of the last packet stays.
    ("vorbis.mka", "Matroska", "Vorbis", 44_100, 2, 2.521, 1, 0.98),
    ("video_vorbis.webm", "Matroska", "Vorbis", 44_100, 2, 2.521, 16, 0.98),
    ("video_aac.mp4", "MP4", "AAC", 44_100, 2, 2.5, 1, 0.98),
    ("aac.mka", "Matroska", "AAC", 44_100, 1, 2.531, 372, 0.97),
    // High byte first, where most files of this kind have the low one first.
    ("pcm24_big_endian.mov", "MP4", "PCM", 16_000, 1, 1.0, 0, 0.9999),
    ("mp3.wav", "WAV", "MP3", 16_000, 1, 2.592, 1_105, 0.97),
    ("video_pcm.mov", "MP4", "PCM", 16_000, 1, 2.5, 0, 0.9999),
];

#[test]
fn every_format_decodes_to_its_place() {
    let (source, ..) = decode(&fixture("speech_en.flac")).unwrap();
    let mut wrong = Vec::new();
    for &(file, container, codec, rate, channels, seconds, off, like) in ROWS {
        let path = fixture("formats").join(file);
        let (samples, info, summary) = match decode(&path) {
            Ok(decoded) => decoded,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let length = samples.len() as f64 / 16_000.0;
        let (lag, likeness) = lag(&source[..samples.len()], &samples, off.max(200) + 100);
        println!("{file}: {length:.3} s, lag {lag}, likeness {likeness:.4}");
        if (info.container.as_str(), info.codec.as_str()) != (container, codec) {
            wrong.push(format!("{file}: {} {}", info.container, info.codec));
        }
        if (info.sample_rate, info.channels, info.video) != (rate, channels, file.starts_with("video")) {
            wrong.push(format!("{file}: {info:?}"));
        }
        if (length - seconds).abs() > 0.001 {
            wrong.push(format!("{file}: {length} s instead of {seconds}"));
        }
        // A run-up that stays makes the sound later, never earlier.
        if lag < -1 || lag > off || lag + 1 < off && off > 100 || likeness < like {
            wrong.push(format!("{file}: lag {lag}, likeness {likeness}"));
        }
        if summary.damaged_packets > 0 || summary.expected.is_some() {
            wrong.push(format!("{file}: {summary:?}"));
        }
        if let Some(duration) = info.duration
            && (duration.seconds() - length).abs() > 0.1
        {
            wrong.push(format!("{file}: the header says {duration}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn samples_of_uncompressed_formats_are_those_of_the_source() {
    let (source, ..) = decode(&fixture("speech_en.flac")).unwrap();
    for file in ["pcm16.wav", "pcm24.wav", "pcm32.wav", "float32.wav", "alac.m4a", "flac.oga", "pcm.aiff", "sowt.aifc"]
    {
        let (samples, ..) = decode(&fixture("formats").join(file)).unwrap();
        assert!(samples == source[..samples.len()], "{file}");
    }
}
