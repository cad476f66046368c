//! A file as stereo frames at its own rate, from any place on.
//!
//! Frame 0 and all gaps are those of [`crate::Decoder`], so a place in a transcript is the same place here. After a jump
//! the place is taken from the times of the packets; how these lie against the count of decoded frames is measured at
//! the start of the file.

use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::formats::{SeekMode, SeekTo};
use symphonia::core::packet::Packet;
use symphonia::core::units::Time;

use super::Frame;
use crate::clock::{self, Clock};
use crate::codecs;
use crate::error::{AudioError, file_name};
use crate::guard::guarded;
use crate::mix::{Mix, Mixer};
use crate::open::{AudioInfo, MAX_CHANNELS, MAX_LEAD, Opened, open};
use crate::packets::Next;
use crate::resample::Resampler;
use crate::trim::Trim;

/// Silence made at a time, in frames.
static SILENCE: [Frame; 4_096] = [[0.0; 2]; 4_096];
/// Packets read at once after opening, to learn the rate and how packet times lie against decoded frames.
const FIRST_PACKETS: u32 = 8;
/// Seconds decoded and thrown away before the place that was asked for: more than the bit reservoir of an MP3 and the
/// overlap of AAC and Vorbis at any rate.
const RUN_UP: f64 = 0.4;

/// Decodes one file.
pub struct Frames {
    path: PathBuf,
    file: String,
    opened: Opened,
    decoder: Box<dyn AudioDecoder>,
    mixer: Mixer,
    trim: Trim<Frame>,
    clock: Clock,
    /// Frames a second, of all frames given.
    rate: u32,
    /// Whether `rate` is what the decoder gave and not what the header says.
    rate_is_sure: bool,
    /// Frames of silence at the start of the file, and how many of them are still to be given.
    lead: u64,
    lead_left: u64,
    /// What decoded frames lie behind the times of packets, in frames.
    offset: f64,
    /// Packets since the start of the file, as long as it was read without a jump.
    packets: Option<u32>,
    /// Frames of silence to be given before anything else.
    silence: u64,
    waiting: Option<Packet>,
    /// Decoded frames before this one are thrown away.
    drop_until: Option<u64>,
    /// Whether the place of decoded frames is taken from packet times while they are thrown away.
    by_times: bool,
    /// For streams that go on at another rate.
    converters: Option<[Resampler; 2]>,
    ready: Vec<Frame>,
    ended: bool,
}

impl Frames {
    /// Opens a file.
    ///
    /// # Errors
    /// As for [`crate::probe`], and where no sound at all comes out of it.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let opened = open(path)?;
        let file = file_name(path);
        let Ok(decoder) = codecs::make(&opened.params) else {
            return Err(AudioError::Damaged { file, at: None });
        };
        let mut frames = Self {
            path: path.to_path_buf(),
            file,
            decoder,
            mixer: Mixer::default(),
            trim: Trim::new(opened.skip, opened.end),
            clock: Clock::new(if opened.info.container == "FLAC" { clock::EXACT } else { clock::ROUGH }),
            rate: opened.info.sample_rate,
            rate_is_sure: false,
            lead: 0,
            lead_left: 0,
            offset: 0.0,
            packets: Some(0),
            silence: 0,
            waiting: None,
            drop_until: None,
            by_times: false,
            converters: None,
            ready: Vec::new(),
            ended: false,
            opened,
        };
        let mut ready = Vec::new();
        while !frames.ended && (ready.is_empty() || frames.packets.is_some_and(|count| count < FIRST_PACKETS)) {
            frames.step(&mut ready)?;
        }
        frames.ready = ready;
        if frames.rate_is_sure { Ok(frames) } else { Err(AudioError::Empty { file: frames.file }) }
    }

    /// The failure where nothing can be made of it.
    pub(super) fn damaged(&self) -> AudioError {
        AudioError::Damaged { file: self.file.clone(), at: None }
    }

    /// What the header says.
    pub fn info(&self) -> &AudioInfo {
        &self.opened.info
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Appends the next frames, some at a time; false at the end.
    ///
    /// # Errors
    /// When the disk fails. Damaged parts are silence.
    pub fn next(&mut self, out: &mut Vec<Frame>) -> Result<bool, AudioError> {
        if !self.ready.is_empty() {
            out.append(&mut self.ready);
            return Ok(true);
        }
        let before = out.len();
        while out.len() == before && !self.ended {
            self.step(out)?;
        }
        Ok(out.len() > before)
    }

    /// The next frame to be given is number `to`. Beyond the end nothing more will be given.
    ///
    /// # Errors
    /// As for [`Self::open`]: the file may be opened anew.
    pub fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        let sound = to.saturating_sub(self.lead);
        let wanted = sound + self.opened.skip;
        let early = wanted as f64 - RUN_UP * f64::from(self.rate);
        let near_start = early <= self.offset + RUN_UP * f64::from(self.rate);
        if near_start || !self.jump(early, wanted) {
            self.walk(if near_start { f64::MIN } else { early })?;
        }
        self.decoder.reset();
        self.ready.clear();
        self.converters = None;
        self.ended = false;
        self.silence = 0;
        self.lead_left = self.lead.saturating_sub(to);
        self.trim = Trim::behind(sound, self.opened.end);
        self.clock.jump(0);
        self.drop_until = Some(wanted);
        self.by_times = !near_start;
        self.packets = None;
        Ok(())
    }

    /// Lets the container jump to decoded frame `early`. False where it can't, or lands behind `wanted`.
    fn jump(&mut self, early: f64, wanted: u64) -> bool {
        let Some(base) = self.opened.time_base else { return false };
        let seconds = self.clock.base().unwrap_or(0.0) + (early - self.offset) / f64::from(self.rate);
        let Some(ts) = Time::try_from_secs_f64(seconds).and_then(|time| base.calc_timestamp(time)) else {
            return false;
        };
        let to = SeekTo::Timestamp { ts, track_id: self.opened.track };
        if !matches!(guarded(|| self.opened.reader.seek(SeekMode::Accurate, to)), Ok(Ok(_))) {
            return false;
        }
        match self.opened.next_packet(&self.file) {
            Ok(Next::Packet(packet)) if self.place(&packet) <= wanted as f64 => {
                self.waiting = Some(packet);
                true
            }
            _ => false,
        }
    }

    /// Opens the file anew and reads packets, without decoding them, up to the one that reaches decoded frame `early`.
    fn walk(&mut self, early: f64) -> Result<(), AudioError> {
        self.opened = open(&self.path)?;
        self.waiting = None;
        match codecs::make(&self.opened.params) {
            Ok(decoder) => self.decoder = decoder,
            Err(_) => return Err(self.damaged()),
        }
        loop {
            match self.opened.next_packet(&self.file)? {
                Next::Packet(packet) => {
                    let length = self.opened.length(&packet) * f64::from(self.rate);
                    if self.place(&packet) + length > early {
                        self.waiting = Some(packet);
                        return Ok(());
                    }
                }
                Next::Damaged => {}
                // A chained stream has times of its own: from here on it is decoded.
                Next::Chained => return self.chain(),
                Next::Broken | Next::End => return Ok(()),
            }
        }
    }

    /// Which decoded frame a packet begins with, by its time.
    fn place(&self, packet: &Packet) -> f64 {
        let since = self.opened.seconds(packet) - self.clock.base().unwrap_or(0.0);
        since * f64::from(self.rate) + self.offset
    }

    fn step(&mut self, out: &mut Vec<Frame>) -> Result<(), AudioError> {
        if self.lead_left > 0 {
            let count = self.lead_left.min(SILENCE.len() as u64);
            self.lead_left -= count;
            out.extend_from_slice(&SILENCE[..count as usize]);
            return Ok(());
        }
        if self.silence > 0 {
            let count = self.silence.min(SILENCE.len() as u64);
            self.silence -= count;
            self.give(&SILENCE[..count as usize], out);
            return Ok(());
        }
        if self.trim.is_over() {
            self.ended = true;
            return Ok(());
        }
        if let Some(packet) = self.waiting.take() {
            if self.packets.is_none() && self.drop_until.is_some() && self.by_times {
                self.settle(&packet);
            }
            return self.decode(&packet, out);
        }
        match self.opened.next_packet(&self.file)? {
            Next::Packet(packet) => self.receive(packet),
            Next::Chained => return self.chain(),
            Next::Damaged => {}
            Next::Broken | Next::End => self.ended = true,
        }
        Ok(())
    }

    /// Takes the place of a packet's frames from its time, while what is decoded is thrown away.
    fn settle(&mut self, packet: &Packet) {
        let place = self.place(packet).round().max(0.0) as u64;
        if let Some(until) = self.drop_until {
            // Where the place lies in a gap of the recording, the gap's silence begins there.
            self.clock.jump(place.min(until));
            if place > until {
                self.drop_until = None;
                self.silence = self.clock.gap(self.opened.seconds(packet), self.rate);
            }
        }
    }

    fn receive(&mut self, packet: Packet) {
        let time = self.opened.seconds(&packet);
        if !self.clock.is_started() {
            // The sound of a video may begin later than its pictures.
            let late = if self.opened.info.video { time.max(0.0) } else { 0.0 };
            let lead = self.opened.lead + late;
            self.lead = if lead <= MAX_LEAD { (lead * f64::from(self.rate)).round() as u64 } else { 0 };
            self.lead_left = self.lead;
        }
        if !(self.drop_until.is_some() && self.by_times) {
            self.silence = self.clock.gap(time, self.rate);
        }
        if let Some(count) = &mut self.packets {
            *count += 1;
            if *count <= FIRST_PACKETS {
                let since = time - self.clock.base().unwrap_or(time);
                self.offset = (self.clock.frames() + self.silence) as f64 - since * f64::from(self.rate);
            }
        }
        self.waiting = Some(packet);
    }

    fn decode(&mut self, packet: &Packet, out: &mut Vec<Frame>) -> Result<(), AudioError> {
        if self.silence > 0 {
            self.waiting = Some(packet.clone());
            return Ok(());
        }
        let decoded = guarded(|| match self.decoder.decode(packet) {
            Ok(buffer) => {
                self.mixer.mix(&buffer, Mix::All);
                Some((buffer.spec().rate(), buffer.spec().channels().count()))
            }
            Err(error) => {
                tracing::debug!(%error, "a packet is damaged");
                None
            }
        });
        if let Ok(Some((rate, channels))) = decoded {
            return self.take(rate, channels, out);
        }
        self.silence =
            self.clock.bounded((self.opened.length(packet) * f64::from(self.rate)).round() as u64, self.rate);
        if decoded.is_err() {
            // What the decoder holds after a panic can't be trusted.
            match codecs::make(&self.opened.params) {
                Ok(decoder) => self.decoder = decoder,
                Err(_) => self.ended = true,
            }
        }
        Ok(())
    }

    /// Takes what the mixer holds.
    fn take(&mut self, rate: u32, channels: usize, out: &mut Vec<Frame>) -> Result<(), AudioError> {
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(self.damaged());
        }
        if !self.rate_is_sure {
            self.rate = rate;
            self.rate_is_sure = true;
        }
        // More than two channels are microphones around a table or a film's loudspeakers: nobody may be missing.
        let mono = self.mixer.mono();
        let frames: Vec<Frame> = match self.mixer.channels() {
            [left, right, ..] if channels == 2 => left.iter().zip(right).map(|(&l, &r)| [l, r]).collect(),
            _ => mono.iter().map(|&sample| [sample, sample]).collect(),
        };
        let frames = if rate == self.rate { frames } else { self.convert(rate, &frames)? };
        self.give(&frames, out);
        Ok(())
    }

    /// Frames of a stream that goes on at another rate.
    fn convert(&mut self, rate: u32, frames: &[Frame]) -> Result<Vec<Frame>, AudioError> {
        if self.converters.as_ref().is_none_or(|converters| converters[0].rate() != rate) {
            let make = || Resampler::between(rate, self.rate).map_err(|_| self.damaged());
            self.converters = Some([make()?, make()?]);
        }
        let Some(converters) = &mut self.converters else { return Ok(Vec::new()) };
        let mut sides = [Vec::new(), Vec::new()];
        for (side, (converter, out)) in converters.iter_mut().zip(&mut sides).enumerate() {
            let samples: Vec<f32> = frames.iter().map(|frame| frame[side]).collect();
            converter.push(&samples, out);
        }
        Ok(sides[0].iter().zip(&sides[1]).map(|(&l, &r)| [l, r]).collect())
    }

    /// Counts decoded frames or silence, and passes on what is sound and wanted.
    fn give(&mut self, frames: &[Frame], out: &mut Vec<Frame>) {
        let start = self.clock.frames();
        self.clock.advance(frames.len() as u64);
        let mut frames = frames;
        if let Some(until) = self.drop_until {
            let dropped = usize::try_from(until.saturating_sub(start)).unwrap_or(usize::MAX).min(frames.len());
            frames = &frames[dropped..];
            if frames.is_empty() {
                return;
            }
            self.drop_until = None;
        }
        self.trim.push(frames, &mut |part| out.extend_from_slice(part));
    }

    /// A chained stream goes on with a new header.
    fn chain(&mut self) -> Result<(), AudioError> {
        match self.opened.chain() {
            Some(decoder) => {
                self.decoder = decoder;
                self.clock.restart();
                self.trim = Trim::default();
                self.packets = None;
                self.lead = 0;
            }
            None => self.ended = true,
        }
        Ok(())
    }
}
