//! Decoded channels to one channel of sane samples, in which no channel is lost.

use symphonia::core::audio::GenericAudioBufferRef;

use crate::balance::Balance;

/// Which channel is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mix {
    /// All channels together, as loud as the loudest of them; one that is the reverse of the others is turned over, so that
    /// they do not cancel each other.
    #[default]
    All,
    /// These channels together, counted from 0, from the first to before the second number; the last one where there are
    /// fewer.
    Part(usize, usize),
}

/// Turns buffers into one channel, reusing its memory.
#[derive(Debug, Default)]
pub(crate) struct Mixer {
    planes: Vec<Vec<f32>>,
    mono: Vec<f32>,
    balance: Balance,
}

impl Mixer {
    /// Makes the one channel of `buffer`, each sample in ±1.
    pub(crate) fn mix(&mut self, buffer: &GenericAudioBufferRef<'_>, mix: Mix) {
        buffer.copy_to_vecs_planar::<f32>(&mut self.planes);
        let count = buffer.num_planes().min(self.planes.len());
        let planes = &mut self.planes[..count];
        for plane in planes.iter_mut() {
            sanitise(plane);
        }
        self.mono.clear();
        let chosen = match mix {
            Mix::Part(from, to) if count > 0 => {
                let from = from.min(count - 1);
                from..to.clamp(from + 1, count)
            }
            Mix::All | Mix::Part(..) => 0..count,
        };
        match &planes[chosen] {
            [] => {}
            [only] => self.mono.extend_from_slice(only),
            some => self.balance.mix(some, buffer.spec().rate(), &mut self.mono),
        }
    }

    /// The one channel of the last buffer.
    pub(crate) fn mono(&self) -> &[f32] {
        &self.mono
    }

    /// Takes the one channel out, to be put back for the next buffer.
    pub(crate) fn mono_mut(&mut self) -> &mut Vec<f32> {
        &mut self.mono
    }

    /// The channels of the last buffer, unmixed.
    pub(crate) fn channels(&self) -> &[Vec<f32>] {
        &self.planes
    }
}

/// Samples that are no numbers become 0, those beyond full scale are clipped.
fn sanitise(samples: &mut [f32]) {
    for sample in samples {
        *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use symphonia::core::audio::{AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels};

    use super::*;

    fn buffer(channels: u16, frames: usize, value: impl Fn(usize, usize) -> f32) -> AudioBuffer<f32> {
        let mut buffer = AudioBuffer::new(AudioSpec::new(8_000, Channels::Discrete(channels)), frames);
        buffer.render_silence(Some(frames));
        for channel in 0..usize::from(channels) {
            for (index, sample) in buffer.plane_mut(channel).unwrap().iter_mut().enumerate() {
                *sample = value(channel, index);
            }
        }
        buffer
    }

    #[test]
    fn all_and_single_channels() {
        let stereo = buffer(2, 3, |_, index| 0.1 * index as f32);
        let mut mixer = Mixer::default();
        let mut mixed = |mix| {
            mixer.mix(&stereo.as_generic_audio_buffer_ref(), mix);
            mixer.mono().to_vec()
        };
        assert_eq!(mixed(Mix::All), [0.0, 0.1, 0.2]);
        assert_eq!(mixed(Mix::Part(1, 2)), [0.0, 0.1, 0.2]);
        assert_eq!(mixed(Mix::Part(9, 10)), [0.0, 0.1, 0.2]);
    }

    #[test]
    fn parts_are_mixed_without_the_others() {
        let four = buffer(4, 64, |channel, index| [0.5, 0.1, 0.1, 0.9][channel] * (index % 2) as f32);
        let mut mixer = Mixer::default();
        let mut loudest = |mix| {
            mixer.mix(&four.as_generic_audio_buffer_ref(), mix);
            mixer.mono().iter().copied().fold(0.0, f32::max)
        };
        for (mix, expected) in [
            (Mix::Part(1, 3), 0.1),
            (Mix::Part(0, 1), 0.5),
            (Mix::Part(3, 4), 0.9),
            (Mix::Part(3, 3), 0.9),
            (Mix::Part(7, 9), 0.9),
        ] {
            assert!((loudest(mix) - expected).abs() < 0.01, "{mix:?}: {}", loudest(mix));
        }
    }

    #[test]
    fn bad_samples_are_silenced_or_clipped_before_mixing() {
        let values = [f32::NAN, f32::INFINITY, 1e30, -7.0];
        let bad = buffer(1, 4, |_, index| values[index]);
        let mut mixer = Mixer::default();
        mixer.mix(&bad.as_generic_audio_buffer_ref(), Mix::All);
        assert_eq!(mixer.mono(), [0.0, 0.0, 1.0, -1.0]);
    }
}
