//! A sound device that plays what it is given, through a ring without locks.
//!
//! The device's own thread only copies, fades and counts: it takes no lock and no memory. Frames are numbered from the
//! opening of the device on; [`Output::heard`] says which of them comes out of the loudspeaker now.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};

use super::Frame;

/// Sound kept ready, in seconds: enough for a busy computer.
const READY: f64 = 0.5;
/// Time in which sound fades in and out at jumps and pauses, in seconds: too short to hear, long enough not to click.
const FADE: f64 = 0.008;
/// Wished length of what the device takes at a time, in seconds.
const PERIOD: f64 = 0.05;
/// A device begins to run once it is filled, which takes two calls; what these say of when they are heard is not so.
const FILLED: u64 = 3;
/// A device that asks for nothing so long is gone.
const SILENT: Duration = Duration::from_secs(3);
/// Reports that are remembered; a device holds fewer periods than that.
const REPORTS: usize = 256;

/// Why nothing is heard.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no device.
    #[error("there is no device to play sound")]
    None,
    /// The device is used by another program alone.
    #[error("the device is in use by another program")]
    Busy,
    /// The device went away while it played.
    #[error("the device went away ({0})")]
    Lost(String),
    /// The device refuses.
    #[error("the device refuses ({0})")]
    Refused(String),
}

impl From<cpal::Error> for DeviceError {
    fn from(error: cpal::Error) -> Self {
        match error.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => Self::None,
            ErrorKind::DeviceBusy => Self::Busy,
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// What both sides read and write.
#[derive(Debug)]
struct Shared {
    /// Bits of the volume, 0 to 1.
    volume: AtomicU32,
    paused: AtomicBool,
    /// Frames before this number are no longer to be heard.
    drop_until: AtomicU64,
}

/// What the device's thread tells after each call.
#[derive(Debug, Clone, Copy)]
struct Report {
    /// When the first frame of the call is heard.
    heard_at: Instant,
    /// Its number.
    first: u64,
    /// How many frames of the call were ours.
    count: u64,
}

/// An open device.
pub struct Output {
    _stream: cpal::Stream,
    rate: u32,
    ring: Producer<Frame>,
    pushed: u64,
    shared: Arc<Shared>,
    incoming: Consumer<Report>,
    reports: VecDeque<Report>,
    /// Calls of the device so far.
    calls: u64,
    errors: Receiver<DeviceError>,
    last_sign: Instant,
}

impl Output {
    /// Opens the default device. Nothing is heard before frames are pushed.
    ///
    /// # Errors
    /// Where there is none, or it does not work.
    pub fn open() -> Result<Self, DeviceError> {
        let device = cpal::default_host().default_output_device().ok_or(DeviceError::None)?;
        let supported = device.default_output_config()?;
        let config = supported.config();
        let wished = (PERIOD * f64::from(config.sample_rate)) as u32;
        let small = StreamConfig { buffer_size: BufferSize::Fixed(wished), ..config };
        // Not every device takes a size of ours.
        Self::start(&device, supported.sample_format(), small)
            .or_else(|_| Self::start(&device, supported.sample_format(), config))
    }

    fn start(device: &cpal::Device, format: SampleFormat, config: StreamConfig) -> Result<Self, DeviceError> {
        match format {
            SampleFormat::F32 => Self::build::<f32>(device, config),
            SampleFormat::F64 => Self::build::<f64>(device, config),
            SampleFormat::I8 => Self::build::<i8>(device, config),
            SampleFormat::I16 => Self::build::<i16>(device, config),
            SampleFormat::I24 => Self::build::<cpal::I24>(device, config),
            SampleFormat::I32 => Self::build::<i32>(device, config),
            SampleFormat::U8 => Self::build::<u8>(device, config),
            SampleFormat::U16 => Self::build::<u16>(device, config),
            SampleFormat::U32 => Self::build::<u32>(device, config),
            other => Err(DeviceError::Refused(format!("samples as {other}"))),
        }
    }

    fn build<T: SizedSample + FromSample<f32>>(
        device: &cpal::Device,
        config: StreamConfig,
    ) -> Result<Self, DeviceError> {
        let rate = config.sample_rate;
        let (ring, taken) = RingBuffer::new((READY * f64::from(rate)) as usize);
        let (reports, incoming) = RingBuffer::new(REPORTS);
        let shared = Arc::new(Shared {
            volume: AtomicU32::new(1.0f32.to_bits()),
            paused: AtomicBool::new(false),
            drop_until: AtomicU64::new(0),
        });
        let mut player = Callback {
            ring: taken,
            reports,
            shared: Arc::clone(&shared),
            channels: usize::from(config.channels),
            step: (1.0 / (FADE * f64::from(rate))) as f32,
            fade: 0.0,
            taken: 0,
        };
        let (errors_in, errors) = channel();
        let stream = device.build_output_stream::<T, _, _>(
            config,
            move |out, info| {
                let times = info.timestamp();
                player.play(out, times.playback.duration_since(times.callback));
            },
            move |error| tell(&errors_in, &error),
            None,
        )?;
        stream.play()?;
        let last_sign = Instant::now();
        let reports = VecDeque::with_capacity(REPORTS);
        Ok(Self { _stream: stream, rate, ring, pushed: 0, shared, incoming, reports, calls: 0, errors, last_sign })
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes frames from the start of `frames`, as many as there is room for, and removes them there.
    pub fn push(&mut self, frames: &mut Vec<Frame>) {
        let (taken, _) = self.ring.push_partial_slice(frames);
        let count = taken.len();
        frames.drain(..count);
        self.pushed += count as u64;
    }

    /// Whether there is room for more.
    pub fn has_room(&self) -> bool {
        self.ring.slots() > 0
    }

    /// Number of the frame that is pushed next.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// What was pushed and not yet given to the device is not to be heard any more.
    pub fn drop_rest(&mut self) {
        self.shared.drop_until.store(self.pushed, Ordering::Release);
    }

    /// 0 is silent, 1 as it is in the file.
    pub fn set_volume(&mut self, volume: f32) {
        self.shared.volume.store(volume.clamp(0.0, 1.0).to_bits(), Ordering::Release);
    }

    /// Fades out and keeps what was pushed, or goes on with it.
    pub fn set_paused(&mut self, paused: bool) {
        self.shared.paused.store(paused, Ordering::Release);
    }

    /// Number of the frame that the device takes next.
    pub fn taken(&mut self) -> u64 {
        self.listen();
        self.reports.back().map_or(0, |report| report.first + report.count)
    }

    /// Number of the frame that is heard now.
    pub fn heard(&mut self) -> u64 {
        self.listen();
        if self.calls < FILLED {
            return 0;
        }
        let now = Instant::now();
        // What comes before the last report that is heard by now is over.
        while self.reports.get(1).is_some_and(|second| second.heard_at <= now) {
            self.reports.pop_front();
        }
        let Some(report) = self.reports.front() else { return 0 };
        let since = now.saturating_duration_since(report.heard_at).as_secs_f64();
        report.first + report.count.min((since * f64::from(self.rate)) as u64)
    }

    /// Why it no longer plays, if so.
    pub fn failure(&mut self) -> Option<DeviceError> {
        self.listen();
        if let Ok(error) = self.errors.try_recv() {
            return Some(error);
        }
        (self.last_sign.elapsed() > SILENT).then(|| DeviceError::Lost("it takes no more sound".into()))
    }

    fn listen(&mut self) {
        while let Ok(report) = self.incoming.pop() {
            if self.reports.len() == REPORTS {
                self.reports.pop_front();
            }
            self.reports.push_back(report);
            self.calls += 1;
            self.last_sign = Instant::now();
        }
    }
}

/// Passes on what ends the playing.
fn tell(errors: &Sender<DeviceError>, error: &cpal::Error) {
    match error.kind() {
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated
        | ErrorKind::PermissionDenied => {
            // Nobody listens where the device was closed already.
            drop(errors.send(DeviceError::Lost(error.to_string())));
        }
        // cpal goes on after all others; where it can't, the device asks for nothing more and that is noticed.
        _ => tracing::debug!(%error, "the sound device hiccuped"),
    }
}

/// The device's thread.
struct Callback {
    ring: Consumer<Frame>,
    reports: Producer<Report>,
    shared: Arc<Shared>,
    channels: usize,
    /// Change of `fade` a frame.
    step: f32,
    /// 0 silent, 1 at the volume.
    fade: f32,
    taken: u64,
}

impl Callback {
    fn play<T: SizedSample + FromSample<f32>>(&mut self, out: &mut [T], delay: Duration) {
        let heard_at = Instant::now() + delay;
        let volume = f32::from_bits(self.shared.volume.load(Ordering::Acquire));
        let paused = self.shared.paused.load(Ordering::Acquire);
        let drop_until = self.shared.drop_until.load(Ordering::Acquire);
        let mut first = self.taken;
        let mut before = 0;
        for (index, slot) in out.chunks_mut(self.channels.max(1)).enumerate() {
            let stale = self.taken < drop_until;
            if stale && self.fade <= 0.0 {
                self.skip(drop_until);
                (first, before) = (self.taken, index);
            }
            let fading_out = paused || self.taken < drop_until;
            self.fade = (self.fade + if fading_out { -self.step } else { self.step }).clamp(0.0, 1.0);
            let frame = if fading_out && self.fade <= 0.0 { None } else { self.ring.pop().ok() };
            if frame.is_some() {
                self.taken += 1;
            } else {
                // What comes after silence begins softly.
                self.fade = 0.0;
            }
            write(slot, frame.unwrap_or_default(), self.fade * volume);
        }
        let passed = Duration::from_secs_f64(before as f64 * f64::from(self.step) * FADE);
        // Where nobody reads them the last one read still holds.
        let _ = self.reports.push(Report { heard_at: heard_at + passed, first, count: self.taken - first });
    }

    /// Throws away frames up to this number.
    fn skip(&mut self, until: u64) {
        let count = usize::try_from(until - self.taken).unwrap_or(usize::MAX).min(self.ring.slots());
        if let Ok(chunk) = self.ring.read_chunk(count) {
            chunk.commit_all();
            self.taken += count as u64;
        }
    }
}

/// Left and right on the first two channels; both on one where there is but one.
fn write<T: SizedSample + FromSample<f32>>(slot: &mut [T], [left, right]: Frame, gain: f32) {
    match slot {
        [only] => *only = T::from_sample((left + right) / 2.0 * gain),
        [first, second, rest @ ..] => {
            *first = T::from_sample(left * gain);
            *second = T::from_sample(right * gain);
            rest.fill(T::EQUILIBRIUM);
        }
        [] => {}
    }
}
