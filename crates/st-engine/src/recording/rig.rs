//! The inputs that are open, and the frames that they make together: those of the first input at its own pace, with the
//! channels of the second behind them.

use st_audio::capture::{CaptureError, Devices, Elastic, Input, InputKind, Source};
use st_audio::resample::Resampler;
use st_audio::wav::{SampleKind, WavSpec};

use super::journal::Part;
use super::types::Sources;

/// What frames look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Frames a second.
    pub rate: u32,
    /// Channels of the first input.
    pub main: u16,
    /// Channels of the second one, behind them; 0 where there is none.
    pub second: u16,
    /// How the first input's samples are.
    pub kind: SampleKind,
}

impl Shape {
    /// The file for them.
    pub(super) fn spec(self) -> WavSpec {
        WavSpec { rate: self.rate, channels: self.main + self.second, kind: self.kind }
    }
}

/// Open inputs.
pub(super) struct Rig {
    /// What is recorded.
    pub input: Input,
    /// What is recorded beside it.
    pub second: Option<Input>,
    shape: Shape,
    source: Box<dyn Source>,
    fit: Fit,
    beside: Option<Beside>,
    raw: Vec<f32>,
    main: Vec<f32>,
}

/// The second input.
struct Beside {
    source: Box<dyn Source>,
    from: u16,
    elastic: Elastic,
    raw: Vec<f32>,
    fitted: Vec<f32>,
}

/// The input that is meant: the one of this id, or the system's usual microphone.
pub(super) fn choose<'a>(inputs: &'a [Input], wanted: Option<&str>) -> Option<&'a Input> {
    match wanted {
        Some(id) => inputs.iter().find(|input| input.id == id),
        None => {
            let mut microphones = inputs.iter().filter(|input| input.kind == InputKind::Microphone);
            microphones.clone().find(|input| input.usual).or_else(|| microphones.next())
        }
    }
}

impl Rig {
    /// Opens inputs; in a given shape where a recording runs already.
    pub(super) fn open(
        devices: &dyn Devices,
        input: &Input,
        second: Option<&Input>,
        shape: Option<Shape>,
    ) -> Result<Self, CaptureError> {
        let source = devices.open(&input.id, shape.map(|shape| (shape.rate, shape.main)))?;
        let format = source.format();
        let mut shape =
            shape.unwrap_or(Shape { rate: format.rate, main: format.channels, second: 0, kind: format.kind });
        let beside = match second {
            Some(second) => {
                // Two channels are what people hear; more of what a computer plays are copies.
                let channels = if shape.second > 0 { shape.second } else { second.channels.unwrap_or(2).clamp(1, 2) };
                let source = devices.open(&second.id, Some((shape.rate, channels)))?;
                shape.second = channels;
                let format = source.format();
                Some(Beside {
                    from: format.channels,
                    elastic: Elastic::new(channels, format.rate, shape.rate),
                    source,
                    raw: Vec::new(),
                    fitted: Vec::new(),
                })
            }
            None => None,
        };
        let fit = Fit::new(format.rate, format.channels, shape.rate, shape.main)?;
        let second = second.cloned();
        let (raw, main) = (Vec::new(), Vec::new());
        Ok(Self { input: input.clone(), second, shape, source, fit, beside, raw, main })
    }

    /// What its frames look like.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// What the channels are.
    pub(super) fn parts(&self) -> Vec<Part> {
        let part = |input: &Input, system, first_channel, channels| Part {
            name: input.name.clone(),
            input: input.id.clone(),
            system,
            first_channel,
            channels,
        };
        let mut parts = vec![part(&self.input, self.input.kind == InputKind::System, 0, self.shape.main)];
        if let Some(second) = &self.second {
            parts.push(part(second, second.kind == InputKind::System, self.shape.main, self.shape.second));
        }
        parts
    }

    /// Frames of the first input that were lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.source.lost()
    }

    /// Puts what came into `frames`; gives the first input's own samples of them.
    ///
    /// # Errors
    /// Where the first input went away. Without the second one its channels are silent.
    pub(super) fn read(&mut self, frames: &mut Vec<f32>) -> Result<&[f32], CaptureError> {
        frames.clear();
        self.raw.clear();
        self.main.clear();
        self.source.read(&mut self.raw)?;
        self.fit.push(&self.raw, &mut self.main);
        let (main, second) = (usize::from(self.shape.main), usize::from(self.shape.second));
        if let Some(beside) = &mut self.beside {
            beside.raw.clear();
            beside.fitted.clear();
            if let Err(error) = beside.source.read(&mut beside.raw) {
                tracing::warn!(%error, "the second input is gone");
                (self.beside, self.second) = (None, None);
            } else {
                map(&beside.raw, beside.from, self.shape.second, &mut beside.fitted);
                beside.elastic.push(&beside.fitted);
            }
        }
        match &mut self.beside {
            _ if second == 0 => frames.extend_from_slice(&self.main),
            Some(beside) => {
                let mut own = self.main.chunks_exact(main);
                beside.elastic.take(self.main.len() / main, |other| {
                    frames.extend_from_slice(own.next().unwrap_or_default());
                    frames.extend_from_slice(other);
                });
            }
            None => {
                for own in self.main.chunks_exact(main) {
                    frames.extend_from_slice(own);
                    frames.resize(frames.len() + second, 0.0);
                }
            }
        }
        Ok(&self.main)
    }
}

/// Fits an input to a recording that began with another one.
struct Fit {
    resamplers: Vec<Resampler>,
    from: u16,
    to: u16,
    same: bool,
}

impl Fit {
    fn new(from_rate: u32, from: u16, to_rate: u32, to: u16) -> Result<Self, CaptureError> {
        let same = from_rate == to_rate;
        let count = if same { 0 } else { to };
        let resampler = |_| Resampler::between(from_rate, to_rate);
        let resamplers: Result<Vec<_>, _> = (0..count).map(resampler).collect();
        let resamplers = resamplers.map_err(|error| CaptureError::Refused(error.to_string()))?;
        Ok(Self { resamplers, from, to, same })
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        if self.same {
            return map(samples, self.from, self.to, out);
        }
        let mut mapped = Vec::new();
        map(samples, self.from, self.to, &mut mapped);
        let channels = usize::from(self.to.max(1));
        let mut converted: Vec<Vec<f32>> = Vec::new();
        for (channel, resampler) in self.resamplers.iter_mut().enumerate() {
            let plane: Vec<f32> = mapped.iter().skip(channel).step_by(channels).copied().collect();
            let mut to = Vec::new();
            resampler.push(&plane, &mut to);
            converted.push(to);
        }
        let frames = converted.first().map_or(0, Vec::len);
        out.extend((0..frames).flat_map(|frame| converted.iter().map(move |plane| plane[frame])));
    }
}

/// Other channels than there are: one goes to all, and of too many the first are taken.
fn map(samples: &[f32], from: u16, to: u16, out: &mut Vec<f32>) {
    if from == to {
        return out.extend_from_slice(samples);
    }
    for frame in samples.chunks_exact(usize::from(from.max(1))) {
        out.extend((0..usize::from(to)).map(|channel| frame[channel.min(frame.len() - 1)]));
    }
}

/// The inputs that are meant, as they are now.
pub(super) fn wanted(inputs: &[Input], sources: &Sources) -> (Option<Input>, Option<Input>) {
    let second = sources.system.as_deref().and_then(|id| choose(inputs, Some(id)));
    (choose(inputs, sources.input.as_deref()).cloned(), second.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_fitted() {
        let mapped = |from, to| {
            let mut out = Vec::new();
            map(&[1.0, 2.0, 3.0, 4.0], from, to, &mut out);
            out
        };
        assert_eq!(mapped(1, 2), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
        assert_eq!(mapped(2, 1), [1.0, 3.0]);
        assert_eq!(mapped(2, 3), [1.0, 2.0, 2.0, 3.0, 4.0, 4.0]);
    }

    #[test]
    fn another_rate_keeps_the_length() {
        let mut fit = Fit::new(44_100, 1, 48_000, 2).unwrap();
        let mut out = Vec::new();
        for _ in 0..100 {
            fit.push(&[0.25; 441], &mut out);
        }
        assert!(out.len().is_multiple_of(2));
        // What the filter holds back is less than a block of it.
        assert!((88_000..=96_000).contains(&out.len()), "{}", out.len());
    }
}
