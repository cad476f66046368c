//! How several channels become one. A plain mean loses what is on one channel of many (speech in the centre of 5.1 falls by
//! 15 dB) and all of what is the reverse on two (a wrongly wired microphone). So the level follows the loudest channel,
//! and a channel that runs against the others is turned over. Everything is measured on the way, so that a stream of any
//! length needs no second look and gives the same samples each time.

/// Seconds over which levels are measured: longer than a word, shorter than a turn.
const MEMORY_S: f32 = 1.0;
/// A channel is turned over where its correlation with the sum of those before is below this, and back above its negative.
/// Two microphones in a room stay far above it.
const REVERSED: f32 = -0.6;
/// Mean squares below this are silence (−100 dB), by which nothing is judged.
const SILENCE: f32 = 1e-10;

/// What was heard of the channels so far.
#[derive(Debug, Default)]
pub(crate) struct Balance {
    /// Mean square of each channel.
    energy: Vec<f32>,
    /// Mean product of each channel with the sum of those before it, and the mean square of that sum.
    cross: Vec<(f32, f32)>,
    /// 1, or −1 where the channel is turned over.
    sign: Vec<f32>,
    /// Mean square of the sum of all.
    sum: f32,
    /// What the sum is multiplied with.
    gain: f32,
    /// Signs and gain at the end of the last buffer, from which the next ones move on.
    before: Option<(Vec<f32>, f32)>,
}

impl Balance {
    /// Adds the mix of a buffer's channels to `mono`.
    pub(crate) fn mix(&mut self, planes: &[Vec<f32>], rate: u32, mono: &mut Vec<f32>) {
        let frames = planes.iter().map(Vec::len).min().unwrap_or(0);
        if self.energy.len() != planes.len() {
            *self = Self { sign: vec![1.0; planes.len()], gain: 1.0 / planes.len() as f32, ..Self::default() };
            self.energy.resize(planes.len(), 0.0);
            self.cross.resize(planes.len(), (0.0, 0.0));
        }
        if frames == 0 {
            return;
        }
        let share = 1.0 - (-(frames as f32) / (rate.max(1) as f32 * MEMORY_S)).exp();
        self.listen(planes, frames, share);
        let (signs, gain) = self.before.take().unwrap_or_else(|| (self.sign.clone(), self.gain));
        for frame in 0..frames {
            // From the old to the new over the buffer, so that nothing clicks.
            let part = (frame + 1) as f32 / frames as f32;
            let mut sum = 0.0;
            for ((plane, from), to) in planes.iter().zip(&signs).zip(&self.sign) {
                sum += plane[frame] * (from + (to - from) * part);
            }
            mono.push((sum * (gain + (self.gain - gain) * part)).clamp(-1.0, 1.0));
        }
        self.before = Some((self.sign.clone(), self.gain));
    }

    /// Takes a buffer into the measures.
    fn listen(&mut self, planes: &[Vec<f32>], frames: usize, share: f32) {
        let mean = |values: &mut dyn Iterator<Item = f32>| values.sum::<f32>() / frames as f32;
        // The first sound counts in full: there is nothing yet to weigh it against.
        let toward = |old: &mut f32, new: f32, first: bool| *old += (new - *old) * if first { 1.0 } else { share };
        let first = self.energy.iter().all(|energy| *energy < SILENCE);
        let mut sum = vec![0.0f32; frames];
        for (index, plane) in planes.iter().enumerate() {
            let plane = &plane[..frames];
            toward(&mut self.energy[index], mean(&mut plane.iter().map(|x| x * x)), first);
            let (cross, square) = &mut self.cross[index];
            toward(cross, mean(&mut plane.iter().zip(&sum).map(|(x, y)| x * y)), first);
            toward(square, mean(&mut sum.iter().map(|x| x * x)), first);
            let scale = (self.energy[index] * *square).sqrt();
            if scale > SILENCE {
                let correlation = *cross / scale;
                if correlation < REVERSED {
                    self.sign[index] = -1.0;
                } else if correlation > -REVERSED {
                    self.sign[index] = 1.0;
                }
            }
            let sign = self.sign[index];
            sum.iter_mut().zip(plane).for_each(|(sum, x)| *sum += sign * x);
        }
        toward(&mut self.sum, mean(&mut sum.iter().map(|x| x * x)), first);
        let loudest = self.energy.iter().copied().fold(0.0, f32::max);
        if loudest > SILENCE && self.sum > SILENCE {
            self.gain = (loudest / self.sum).sqrt().clamp(1.0 / planes.len() as f32, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    /// Level of `seconds` of channels made by `value(channel, time)`, in dB, mixed in buffers of 20 ms.
    fn mixed(channels: usize, seconds: f32, value: impl Fn(usize, f32) -> f32) -> Vec<f32> {
        let (mut balance, mut mono) = (Balance::default(), Vec::new());
        let frames = RATE as usize / 50;
        for buffer in 0..(seconds * 50.0) as usize {
            let planes: Vec<Vec<f32>> = (0..channels)
                .map(|channel| {
                    (0..frames).map(|at| value(channel, (buffer * frames + at) as f32 / RATE as f32)).collect()
                })
                .collect();
            balance.mix(&planes, RATE, &mut mono);
        }
        mono
    }

    fn level(samples: &[f32]) -> f32 {
        10.0 * (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).log10()
    }

    fn tone(frequency: f32, time: f32) -> f32 {
        0.4 * (std::f32::consts::TAU * frequency * time).sin()
    }

    #[test]
    fn reversed_channels_do_not_cancel_each_other() {
        let mono = mixed(2, 2.0, |channel, time| if channel == 0 { tone(300.0, time) } else { -tone(300.0, time) });
        assert!((level(&mono) - level(&mixed(1, 2.0, |_, time| tone(300.0, time)))).abs() < 0.1);
    }

    #[test]
    fn what_is_on_one_channel_of_six_is_as_loud_as_it_was() {
        let mono = mixed(6, 2.0, |channel, time| if channel == 2 { tone(300.0, time) } else { 0.0 });
        assert!((level(&mono) + 10.97).abs() < 0.1, "{}", level(&mono));
    }

    #[test]
    fn equal_channels_are_what_each_of_them_is() {
        let mono = mixed(2, 1.0, |_, time| tone(200.0, time));
        let only = mixed(1, 1.0, |_, time| tone(200.0, time));
        assert!(mono.iter().zip(&only).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn two_people_on_two_channels_are_both_there_and_nothing_clips() {
        // They take turns of two seconds, and speak together in the end.
        let speak = |channel: usize, time: f32| {
            let on = time >= 6.0 || (time / 2.0) as usize % 2 == channel;
            if on { tone(if channel == 0 { 210.0 } else { 330.0 }, time) } else { 0.0 }
        };
        let mono = mixed(2, 8.0, speak);
        for second in 0..6 {
            let part = level(&mono[second * RATE as usize..(second + 1) * RATE as usize]);
            assert!((-14.5..=-10.5).contains(&part), "{part} dB in second {second}");
        }
        assert!(mono.iter().all(|x| x.abs() < 1.0));
        // The gain moves without steps.
        let most = mono.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(most < 0.25, "{most}");
    }

    #[test]
    fn silence_and_empty_buffers_are_nothing() {
        assert!(mixed(2, 1.0, |_, _| 0.0).iter().all(|x| *x == 0.0));
        let mut mono = Vec::new();
        Balance::default().mix(&[Vec::new(), Vec::new()], RATE, &mut mono);
        assert!(mono.is_empty());
    }
}
