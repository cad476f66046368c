//! Where sound could be speech that the voice detector did not hear: judged by loudness, pitch and how both move, without
//! any model. It is a reason to listen, no proof that somebody speaks.

use crate::clustering::dot;
use crate::coverage::{union, without};
use crate::speech::FRAME_MS;
use crate::time::{Millis, SAMPLE_RATE, TimeSpan};

/// Samples of a frame: what the voice detector takes.
const FRAME: usize = (SAMPLE_RATE as u64 * FRAME_MS / 1000) as usize;
/// Pitch is looked for at 4 kHz: enough for voices, and a sixteenth of the work.
const STEP: usize = 4;
/// Lags at 4 kHz between which the pitch of a voice lies: 67 to 400 Hz.
const LAGS: std::ops::RangeInclusive<usize> = 10..=60;
/// Correlation at a lag from which a frame has a pitch.
const VOICED: f32 = 0.6;
/// A frame is loud from so many dB above the floor on.
const LOUD_DB: f32 = 8.0;
/// Below this nothing is loud, in dB of full scale: the noise of 16 bits lies at -98.
const LEAST_DB: f32 = -85.0;
/// The floor is the level that so many per cent of the frames of three minutes stay below.
const FLOOR_PERCENT: usize = 10;
/// Frames of the stretches that are judged (2 s), and how far one begins after the other (0.5 s).
const STRETCH: usize = 63;
const HOP: usize = 16;
/// Frames of a minute.
const MINUTE: usize = 60_000 / FRAME_MS as usize;

/// A stretch could be speech where so much of it is loud, ...
const LEAST_LOUD: f32 = 0.25;
/// ... so much of what is loud has a pitch, ...
const LEAST_VOICED: f32 = 0.3;
/// ... the pitch glides in so many pairs of frames in a row: that of speech does in a quarter to nine tenths of them, that of
/// tones and instruments in none, ...
const LEAST_GLIDE: f32 = 0.2;
/// ... and the level goes up and down by so many dB (standard deviation): noise has 1, music 3, speech 7 and more.
const LEAST_MOVEMENT_DB: f32 = 4.0;
/// A glide is a change of the lag from one frame to the next by a ratio between these: less is how exactly it can be told,
/// more is another note.
const GLIDE: std::ops::RangeInclusive<f32> = 1.008..=1.19;

/// Added on both sides of what is found, in milliseconds.
const PADDING_MS: u64 = 300;

/// What is known of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    /// Level in dB of full scale.
    level: f32,
    /// Lag of its pitch in samples at 4 kHz; 0 where it has none.
    lag: f32,
}

/// Listens to a recording, block by block.
#[derive(Debug, Default)]
pub struct Listener {
    frames: Vec<Frame>,
    /// Samples of the frame that is not full yet.
    open: Vec<f32>,
    /// The frame before, at 4 kHz.
    before: Vec<f32>,
}

impl Listener {
    /// Takes the next samples, at 16 kHz.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, rest) = samples.split_at((FRAME - self.open.len()).min(samples.len()));
            self.open.extend_from_slice(now);
            samples = rest;
            if self.open.len() == FRAME {
                self.end_frame();
            }
        }
    }

    fn end_frame(&mut self) {
        let power = self.open.iter().map(|s| s * s).sum::<f32>() / FRAME as f32;
        let slow: Vec<f32> = self.open.chunks_exact(STEP).map(|c| c.iter().sum::<f32>() / STEP as f32).collect();
        let mut both = std::mem::replace(&mut self.before, slow.clone());
        both.extend(slow);
        let level = 10.0 * power.max(1e-12).log10();
        self.frames.push(Frame { level, lag: if level > LEAST_DB { lag(&both) } else { 0.0 } });
        self.open.clear();
    }

    /// Stretches of 2 s and more that could be speech, where `speech` has none; ordered, not touching.
    pub fn unheard(&self, speech: &[TimeSpan], duration: Millis) -> Vec<TimeSpan> {
        let mut found = Vec::new();
        for rest in without(&[TimeSpan { start: Millis(0), end: duration }], speech) {
            self.search(rest.start.0, rest.end.0, &mut found);
        }
        union(found)
    }

    /// Whether a part of what was heard has sound with a pitch that stands out: so much of it that a word can be in it.
    pub fn has_voice(&self, part: TimeSpan) -> bool {
        let index = |at: Millis| (at.0 / FRAME_MS) as usize;
        let frames = &self.frames[index(part.start).min(self.frames.len())..index(part.end).min(self.frames.len())];
        let loud = self.loud_from(0);
        frames.iter().filter(|f| f.level > loud && f.lag > 0.0).count() >= 3
    }

    fn search(&self, from: u64, to: u64, found: &mut Vec<TimeSpan>) {
        let (first, last) = (from.div_ceil(FRAME_MS) as usize, (to / FRAME_MS) as usize);
        let last = last.min(self.frames.len());
        if first + STRETCH > last {
            return;
        }
        let mut at = first;
        let mut loud = (first / MINUTE, self.loud_from(first));
        while at + STRETCH <= last {
            if loud.0 != at / MINUTE {
                loud = (at / MINUTE, self.loud_from(at));
            }
            if could_be_speech(&self.frames[at..at + STRETCH], loud.1) {
                let start = (at as u64 * FRAME_MS).saturating_sub(PADDING_MS).max(from);
                let end = ((at + STRETCH) as u64 * FRAME_MS + PADDING_MS).min(to);
                found.push(TimeSpan::new(start, end));
            }
            at += HOP;
        }
    }

    /// The level from which a frame is loud, in the minute of frame `at` and those beside it.
    fn loud_from(&self, at: usize) -> f32 {
        let minute = at / MINUTE;
        let around = minute.saturating_sub(1) * MINUTE..((minute + 2) * MINUTE).min(self.frames.len());
        let mut levels: Vec<f32> = self.frames[around].iter().map(|f| f.level).collect();
        let place = levels.len() * FLOOR_PERCENT / 100;
        if levels.is_empty() {
            return LEAST_DB;
        }
        let (_, floor, _) = levels.select_nth_unstable_by(place, f32::total_cmp);
        (*floor + LOUD_DB).max(LEAST_DB)
    }
}

/// The lag of the highest peak of the correlation, told between samples by the parabola through it; 0 where none is high.
fn lag(samples: &[f32]) -> f32 {
    let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
    let level: Vec<f32> = samples.iter().map(|s| s - mean).collect();
    // Powers of all beginnings, so that those of both parts at each lag are at hand.
    let powers: Vec<f32> = std::iter::once(0.0)
        .chain(level.iter().scan(0.0, |sum, x| {
            *sum += x * x;
            Some(*sum)
        }))
        .collect();
    let correlation = |lag: usize| {
        let Some(late) = level.get(lag..) else { return 0.0 };
        let power = f32::sqrt(powers[late.len()] * (powers[level.len()] - powers[lag]).max(0.0));
        if power > f32::MIN_POSITIVE { dot(&level[..late.len()], late) / power } else { 0.0 }
    };
    let around: Vec<f32> = (LAGS.start() - 1..=LAGS.end() + 1).map(correlation).collect();
    let (mut best, mut found) = (VOICED, 0.0);
    for (lag, peak) in LAGS.zip(around.windows(3)) {
        let (before, here, behind) = (peak[0], peak[1], peak[2]);
        if here > best && here > before && here >= behind {
            let bend = before - 2.0 * here + behind;
            (best, found) = (here, lag as f32 + 0.5 * (before - behind) / bend);
        }
    }
    found
}

fn could_be_speech(frames: &[Frame], loud_from: f32) -> bool {
    let count = frames.len() as f32;
    let is_voiced = |f: &Frame| f.level > loud_from && f.lag > 0.0;
    let loud = frames.iter().filter(|f| f.level > loud_from).count() as f32;
    let voiced = frames.iter().filter(|f| is_voiced(f)).count() as f32;
    let (mut pairs, mut glides) = (0.0f32, 0.0);
    for pair in frames.windows(2).filter(|pair| pair.iter().all(is_voiced)) {
        let (a, b) = (pair[0].lag, pair[1].lag);
        let ratio = a.max(b) / a.min(b);
        pairs += 1.0;
        if GLIDE.contains(&ratio) {
            glides += 1.0;
        }
    }
    let mean = frames.iter().map(|f| f.level).sum::<f32>() / count;
    let movement = (frames.iter().map(|f| (f.level - mean).powi(2)).sum::<f32>() / count).sqrt();
    loud >= LEAST_LOUD * count
        && voiced >= LEAST_VOICED * loud
        && pairs > 0.0
        && glides >= LEAST_GLIDE * pairs
        && movement >= LEAST_MOVEMENT_DB
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = SAMPLE_RATE as f32;

    /// Samples of so many seconds.
    fn sound(seconds: usize, mut at: impl FnMut(f32) -> f32) -> Vec<f32> {
        (0..seconds * SAMPLE_RATE as usize).map(|n| at(n as f32 / RATE)).collect()
    }

    fn unheard(samples: &[f32], speech: &[TimeSpan]) -> Vec<TimeSpan> {
        let mut listener = Listener::default();
        samples.chunks(997).for_each(|block| listener.push(block));
        listener.unheard(speech, Millis::from_sample(samples.len() as u64))
    }

    /// Noise of -1 to 1, always the same.
    fn noise() -> impl FnMut() -> f32 {
        let mut state = 0x2545_f491_u32;
        move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        }
    }

    /// A buzz whose pitch and level move as those of a voice do: four syllables a second.
    fn voice(gain: f32) -> impl FnMut(f32) -> f32 {
        let mut phase = 0.0f32;
        move |t| {
            let pitch = 140.0 + 35.0 * (t * 5.0).sin();
            phase = (phase + pitch / RATE).fract();
            let syllable = (t * 4.0 * std::f32::consts::PI).sin().max(0.0);
            gain * syllable * (phase * 2.0 - 1.0)
        }
    }

    #[test]
    fn sound_that_moves_as_speech_does_is_found_where_nothing_was_heard() {
        for gain in [0.3, 0.003] {
            let (mut voice, mut noise) = (voice(gain), noise());
            let samples = sound(20, |t| gain * 0.01 * noise() + if (5.0..12.0).contains(&t) { voice(t) } else { 0.0 });
            let found = unheard(&samples, &[]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].start.0.abs_diff(5_000) < 1_800 && found[0].end.0.abs_diff(12_000) < 1_800, "{found:?}");
            assert!(unheard(&samples, &[TimeSpan::new(4_000, 13_000)]).is_empty(), "it was heard");
        }
    }

    #[test]
    fn noise_tones_breath_clicks_and_chords_are_no_speech() {
        let mut hiss = noise();
        let tau = std::f32::consts::TAU;
        let mut noises: Vec<(&str, Vec<f32>)> = vec![("silence", vec![0.0; 10 * SAMPLE_RATE as usize])];
        noises.push(("white noise", sound(10, |_| 0.2 * hiss())));
        noises.push(("tone", sound(10, |t| 0.2 * (tau * 440.0 * t).sin())));
        noises.push(("beeps", sound(10, |t| if t % 1.0 < 0.4 { 0.2 * (tau * 425.0 * t).sin() } else { 0.0 })));
        noises.push(("breath", sound(10, |t| 0.1 * (t * 2.0).sin().max(0.0) * hiss())));
        noises.push(("claps", sound(10, |t| 0.5 * hiss() * (-(t % 0.13) * 60.0).exp())));
        let chord = |t: f32, note: f32| (tau * 220.0 * note * t).sin() + 0.5 * (tau * 440.0 * note * t).sin();
        let held = |t: f32| chord(t, [1.0, 1.2, 1.5, 1.335][(t * 2.0) as usize % 4]) * (-(t % 0.5) * 3.0).exp();
        noises.push(("notes", sound(10, |t| 0.2 * held(t))));
        for (name, samples) in noises {
            assert_eq!(unheard(&samples, &[]), [], "{name}");
        }
    }

    #[test]
    fn a_voice_is_told_from_the_noise_below_it() {
        let (mut voice, mut noise) = (voice(0.2), noise());
        let mut listener = Listener::default();
        listener.push(&sound(10, |t| 0.002 * noise() + if t > 7.0 { voice(t) } else { 0.0 }));
        assert!(listener.has_voice(TimeSpan::new(7_500, 8_500)));
        assert!(!listener.has_voice(TimeSpan::new(1_000, 4_000)));
        assert!(!listener.has_voice(TimeSpan::new(60_000, 70_000)), "nothing was heard there");
    }
}
