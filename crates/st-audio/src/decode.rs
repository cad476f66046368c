//! A file as a stream of 16 kHz mono samples.
//!
//! Time is counted in decoded samples. Where a packet can't be decoded, or packets are missing and the container says
//! how much, silence takes their place, so that what follows keeps its time.

use std::path::Path;

use st_core::channels::ChannelMeter;
use st_core::time::{Millis, SAMPLE_RATE};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::packet::Packet;

use crate::clock::{self, Clock};
use crate::codecs;
use crate::error::{AudioError, file_name};
use crate::guard::guarded;
use crate::level::Level;
use crate::mix::{Mix, Mixer};
use crate::open::{AudioInfo, MAX_CHANNELS, MAX_LEAD, Opened, open};
use crate::packets::Next;
use crate::resample::Resampler;
use crate::trim::Trim;

/// Least length of a block, in samples: half a second.
const BLOCK: usize = SAMPLE_RATE as usize / 2;
/// A header that promises more milliseconds than a month is damaged itself.
const MAX_PROMISE: u64 = 30 * 24 * 3_600 * 1_000;
/// Silence made at a time, in frames, so that a long gap needs no memory.
const SILENCE: [f32; 4_096] = [0.0; 4_096];
/// What came out of a file once its end was reached.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Samples at 16 kHz given out.
    pub samples: u64,
    /// Places where packets could not be decoded or are missing; silence took their place.
    pub damaged_packets: u64,
    /// The length that the header promised, where there is less: the file was cut off.
    pub expected: Option<Millis>,
    /// Level of each channel of the file.
    pub channels: Vec<Level>,
    /// Whether each channel in which something is heard is somebody of his own, as on the two sides of a call. Only where
    /// all channels are mixed; nobody looks otherwise.
    pub separate: bool,
    /// Level of the samples given out. Far below that of the channels, they cancel each other out.
    pub mixed: Level,
}

impl Summary {
    /// Length of what came out.
    pub fn duration(&self) -> Millis {
        Millis::from_sample(self.samples)
    }
}

/// Decodes one file from start to end.
///
/// # Examples
/// ```no_run
/// # fn main() -> Result<(), st_audio::AudioError> {
/// let mut decoder = st_audio::Decoder::open("talk.m4a".as_ref())?;
/// while let Some(block) = decoder.next_block()? {
///     println!("{} samples", block.len());
/// }
/// println!("{}", decoder.summary().duration());
/// # Ok(())
/// # }
/// ```
pub struct Decoder {
    file: String,
    opened: Opened,
    decoder: Box<dyn AudioDecoder>,
    mix: Mix,
    mixer: Mixer,
    trim: Trim,
    resampler: Option<Resampler>,
    clock: Clock,
    /// Frames of silence at the very start, at the file's rate.
    lead: u64,
    /// Frames of silence to be given before anything else, at the file's rate.
    silence: u64,
    /// A packet that comes after that silence.
    waiting: Option<Packet>,
    /// Given-out samples, of which the first `read` were handed to the caller.
    out: Vec<f32>,
    read: usize,
    position: u64,
    ended: bool,
    heard: bool,
    damaged: u64,
    channels: Vec<Level>,
    meter: ChannelMeter,
    mixed: Level,
}

impl Decoder {
    /// Opens a file; all channels are mixed to their mean.
    ///
    /// # Errors
    /// As for [`crate::probe`].
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Self::open_with(path, Mix::All)
    }

    /// Opens a file.
    ///
    /// # Errors
    /// As for [`crate::probe`].
    pub fn open_with(path: &Path, mix: Mix) -> Result<Self, AudioError> {
        let opened = open(path)?;
        let file = file_name(path);
        let Ok(decoder) = codecs::make(&opened.params) else {
            return Err(AudioError::Damaged { file, at: None });
        };
        Ok(Self {
            file,
            decoder,
            mix,
            mixer: Mixer::default(),
            trim: Trim::new(opened.skip, opened.end),
            resampler: None,
            clock: Clock::new(if opened.info.container == "FLAC" { clock::EXACT } else { clock::ROUGH }),
            lead: 0,
            silence: 0,
            waiting: None,
            out: Vec::new(),
            read: 0,
            position: 0,
            ended: false,
            heard: false,
            damaged: 0,
            channels: Vec::new(),
            meter: ChannelMeter::default(),
            mixed: Level::new(),
            opened,
        })
    }

    /// What the header says.
    pub fn info(&self) -> &AudioInfo {
        &self.opened.info
    }

    /// How many samples were given out.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next samples, half a second or more except at the end; `None` at the end.
    ///
    /// # Errors
    /// When the disk fails, or when there is no sound at all in the file. A damaged part is no error, see [`Summary`].
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        self.fill(BLOCK)?;
        let from = self.read;
        self.read = self.out.len();
        Ok(self.give(from))
    }

    /// The next `count` samples, or fewer at the end.
    ///
    /// # Errors
    /// As for [`Self::next_block`].
    pub fn read(&mut self, count: usize) -> Result<Vec<f32>, AudioError> {
        let mut samples = Vec::new();
        while samples.len() < count {
            self.fill(BLOCK)?;
            let from = self.read;
            self.read = self.out.len().min(from + (count - samples.len()));
            let Some(block) = self.give(from) else { break };
            samples.extend_from_slice(block);
        }
        Ok(samples)
    }

    /// Decodes up to sample `position` and drops what lies before it. A position already passed changes nothing.
    ///
    /// # Errors
    /// As for [`Self::next_block`].
    pub fn skip_to(&mut self, position: u64) -> Result<(), AudioError> {
        while self.position < position {
            self.fill(BLOCK)?;
            let from = self.read;
            let missing = usize::try_from(position - self.position).unwrap_or(usize::MAX);
            self.read = self.out.len().min(from.saturating_add(missing));
            if self.give(from).is_none() {
                break;
            }
        }
        Ok(())
    }

    /// What came out so far; complete once the end was reached.
    pub fn summary(&self) -> Summary {
        let length = Millis::from_sample(self.position);
        // Containers count in packets or whole seconds, so half a second and half a per cent are no loss.
        let promised = self.opened.expected.filter(|expected| {
            let missing = expected.0.saturating_sub(length.0);
            self.ended && expected.0 < MAX_PROMISE && missing > 500 + expected.0 / 200
        });
        Summary {
            samples: self.position,
            damaged_packets: self.damaged,
            expected: promised,
            channels: self.channels.clone(),
            separate: self.meter.separate(),
            mixed: self.mixed.clone(),
        }
    }

    fn give(&mut self, from: usize) -> Option<&[f32]> {
        let block = &self.out[from..self.read];
        self.position += block.len() as u64;
        self.mixed.push(block);
        if block.is_empty() { None } else { Some(block) }
    }

    /// Decodes until `count` samples wait in `out`, or the end.
    fn fill(&mut self, count: usize) -> Result<(), AudioError> {
        self.out.drain(..self.read);
        self.read = 0;
        while self.out.len() < count && !self.ended {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), AudioError> {
        if self.lead > 0 {
            let count = self.lead.min(SILENCE.len() as u64) as usize;
            self.lead -= count as u64;
            return self.resample(self.opened.info.sample_rate, |resampler, out| {
                resampler.push(&SILENCE[..count], out);
            });
        }
        if self.silence > 0 {
            let count = self.silence.min(SILENCE.len() as u64) as usize;
            self.silence -= count as u64;
            return self.push_silence(count);
        }
        if self.trim.is_over() {
            return self.finish();
        }
        if let Some(packet) = self.waiting.take() {
            return self.decode(&packet);
        }
        match self.opened.next_packet(&self.file)? {
            Next::Packet(packet) => self.receive(packet),
            Next::Chained => return self.restart(),
            Next::Damaged => self.damaged += 1,
            Next::Broken => {
                self.damaged += 1;
                return self.finish();
            }
            Next::End => return self.finish(),
        }
        Ok(())
    }

    /// Takes a packet from the container, and puts silence before it where its time asks for that.
    fn receive(&mut self, packet: Packet) {
        let rate = self.opened.info.sample_rate;
        let time = self.opened.seconds(&packet);
        if !self.clock.is_started() {
            // The sound of a video may begin later than its pictures.
            let late = if self.opened.info.video { time.max(0.0) } else { 0.0 };
            let lead = self.opened.lead + late;
            self.lead = if lead <= MAX_LEAD { (lead * f64::from(rate)).round() as u64 } else { 0 };
        }
        self.silence = self.clock.gap(time, rate);
        self.damaged += u64::from(self.silence > 0);
        self.waiting = Some(packet);
    }

    fn decode(&mut self, packet: &Packet) -> Result<(), AudioError> {
        let decoded = guarded(|| match self.decoder.decode(packet) {
            Ok(buffer) => {
                self.mixer.mix(&buffer, self.mix);
                Some((buffer.spec().rate(), buffer.spec().channels().count()))
            }
            Err(error) => {
                tracing::debug!(%error, "a packet is damaged");
                None
            }
        });
        if let Ok(Some((rate, channels))) = decoded {
            return self.take(rate, channels);
        }
        self.damaged += 1;
        let rate = self.opened.info.sample_rate;
        self.silence = self.clock.bounded((self.opened.length(packet) * f64::from(rate)).round() as u64, rate);
        if decoded.is_err() {
            // What the decoder holds after a panic can't be trusted.
            match codecs::make(&self.opened.params) {
                Ok(decoder) => self.decoder = decoder,
                Err(_) => return self.finish(),
            }
        }
        Ok(())
    }

    /// Takes what the mixer holds.
    fn take(&mut self, rate: u32, channels: usize) -> Result<(), AudioError> {
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(self.damaged_here());
        }
        self.opened.info.sample_rate = rate;
        self.opened.info.channels = channels as u16;
        if self.channels.len() < channels {
            self.channels.resize(channels, Level::new());
        }
        for (level, plane) in self.channels.iter_mut().zip(self.mixer.channels()) {
            level.push(plane);
        }
        if self.mix == Mix::All {
            self.meter.push(self.mixer.channels(), rate);
        }
        self.heard |= !self.mixer.mono().is_empty();
        self.clock.advance(self.mixer.mono().len() as u64);
        let mono = std::mem::take(self.mixer.mono_mut());
        let result = self.push(rate, &mono);
        *self.mixer.mono_mut() = mono;
        result
    }

    fn push_silence(&mut self, count: usize) -> Result<(), AudioError> {
        self.clock.advance(count as u64);
        self.push(self.opened.info.sample_rate, &SILENCE[..count])
    }

    /// Frames at the file's rate, through the trimmer and the resampler.
    fn push(&mut self, rate: u32, frames: &[f32]) -> Result<(), AudioError> {
        let mut trim = std::mem::take(&mut self.trim);
        let result = self.resample(rate, |resampler, out| {
            trim.push(frames, &mut |part| resampler.push(part, out));
        });
        self.trim = trim;
        result
    }

    /// Runs `work` with a resampler for `rate`. The rate may change in the middle of a chained stream.
    fn resample(&mut self, rate: u32, work: impl FnOnce(&mut Resampler, &mut Vec<f32>)) -> Result<(), AudioError> {
        let mut resampler = match self.resampler.take() {
            Some(resampler) if resampler.rate() == rate => resampler,
            other => {
                if let Some(mut old) = other {
                    old.finish(&mut self.out);
                }
                Resampler::new(rate).map_err(|_| self.damaged_here())?
            }
        };
        work(&mut resampler, &mut self.out);
        self.resampler = Some(resampler);
        Ok(())
    }

    /// A chained stream goes on with a new header.
    fn restart(&mut self) -> Result<(), AudioError> {
        let Some(decoder) = self.opened.chain() else { return self.finish() };
        self.decoder = decoder;
        self.clock.restart();
        // Nothing of the first stream's length or cuts holds for the rest.
        self.trim = Trim::default();
        self.opened.expected = None;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), AudioError> {
        self.ended = true;
        if let Some(mut resampler) = self.resampler.take() {
            resampler.finish(&mut self.out);
        }
        if self.heard {
            Ok(())
        } else if self.damaged > 0 {
            Err(AudioError::Damaged { file: self.file.clone(), at: None })
        } else {
            Err(AudioError::Empty { file: self.file.clone() })
        }
    }

    fn damaged_here(&self) -> AudioError {
        let done = self.position + (self.out.len() - self.read) as u64;
        AudioError::Damaged { file: self.file.clone(), at: (done > 0).then(|| Millis::from_sample(done)) }
    }
}
