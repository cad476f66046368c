//! Recordings made for a test: sounds without speech, and long ones from short ones.

use std::io;
use std::path::Path;

use st_audio::Decoder;

/// Samples a second.
pub const RATE: u32 = 16_000;

/// Writes 16-bit mono WAV at [`RATE`].
pub fn write_wav(path: &Path, samples: &[f32]) -> io::Result<()> {
    write_wav_of(path, samples, RATE, 1)
}

/// Writes 16-bit WAV, samples of the channels in turn.
pub fn write_wav_of(path: &Path, samples: &[f32], rate: u32, channels: u16) -> io::Result<()> {
    let data: Vec<u8> =
        samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32767.0).round() as i16).to_le_bytes()).collect();
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(length + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend_from_slice(&channels.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * 2 * u32::from(channels)).to_le_bytes());
    file.extend_from_slice(&(2 * channels).to_le_bytes());
    file.extend_from_slice(b"\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&data);
    std::fs::write(path, file)
}

/// A recording as samples.
///
/// # Panics
/// Where it cannot be read.
pub fn samples(recording: &Path) -> Vec<f32> {
    let mut decoder = Decoder::open(recording).expect("the recording opens");
    let mut all = Vec::new();
    while let Some(block) = decoder.next_block().expect("the recording can be read") {
        all.extend_from_slice(block);
    }
    all
}

/// A longer recording: another one several times over, with a second of silence between.
///
/// # Panics
/// Where it cannot be read or written.
pub fn repeat(recording: &Path, times: usize, to: &Path) {
    let once = samples(recording);
    let mut all = Vec::new();
    for _ in 0..times {
        all.extend_from_slice(&once);
        all.extend(std::iter::repeat_n(0.0, RATE as usize));
    }
    write_wav(to, &all).expect("the recording is written");
}

/// Digital silence.
pub fn silence(seconds: u32) -> Vec<f32> {
    vec![0.0; (seconds * RATE) as usize]
}

/// White noise at an even level, always the same.
pub fn noise(seconds: u32, level: f32) -> Vec<f32> {
    let mut dice = crate::processes::Dice(0x2545_F491_4F6C_DD1D);
    (0..seconds * RATE).map(|_| (dice.below(20_001) as f32 / 10_000.0 - 1.0) * level).collect()
}

/// A tone of 440 Hz.
pub fn tone(seconds: u32, level: f32) -> Vec<f32> {
    (0..seconds * RATE).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / RATE as f32).sin() * level).collect()
}

/// A chord that changes each second: the least that music is.
pub fn music(seconds: u32, level: f32) -> Vec<f32> {
    const ROOTS: [f32; 4] = [220.0, 174.61, 261.63, 196.0];
    let chord = |n: u32| {
        let root = ROOTS[(n / RATE) as usize % ROOTS.len()];
        let fade = 1.0 - (n % RATE) as f32 / RATE as f32 * 0.7;
        let voice = |ratio: f32| (n as f32 * root * ratio * std::f32::consts::TAU / RATE as f32).sin();
        (voice(1.0) + voice(1.25) + voice(1.5)) / 3.0 * fade
    };
    (0..seconds * RATE).map(|n| chord(n) * level).collect()
}
