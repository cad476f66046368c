//! Inputs through cpal: all there are on Windows and macOS, and those of a Linux without a sound server.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, DeviceDirection, ErrorKind, FromSample, Sample, SampleFormat, SizedSample, StreamConfig,
    SupportedStreamConfig,
};

use super::ring::{Feeder, Taker, ring};
use super::{CaptureError, Format, Input, InputKind, Source};
use crate::wav::SampleKind;

/// Wished length of what the device gives at a time, in seconds.
const PERIOD: f64 = 0.02;
/// A device that gives nothing for so long is gone.
const SILENT: Duration = Duration::from_secs(3);
/// What an id begins with that names a device for sound out: what it plays is recorded.
const PLAYED: &str = "played:";

impl From<cpal::Error> for CaptureError {
    fn from(error: cpal::Error) -> Self {
        match error.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => Self::None,
            ErrorKind::DeviceBusy => Self::Busy,
            ErrorKind::PermissionDenied => Self::NoPermission(error.to_string()),
            ErrorKind::StreamInvalidated => Self::Lost(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// What the system has.
pub(super) fn inputs() -> Result<Vec<Input>, CaptureError> {
    let host = cpal::default_host();
    let name_of = |device: &cpal::Device| device.id().map(|id| id.to_string()).ok();
    let usual = host.default_input_device().and_then(|device| name_of(&device));
    let mut inputs = Vec::new();
    for device in host.devices()? {
        let Some(id) = name_of(&device).filter(|id| is_real(id)) else { continue };
        // ALSA would have to open a card to tell more, and one that is in use would be missing.
        let config = if cfg!(target_os = "linux") {
            if device.description().is_ok_and(|told| told.direction() == DeviceDirection::Output) {
                continue;
            }
            None
        } else {
            let Ok(config) = device.default_input_config() else { continue };
            Some(config)
        };
        inputs.push(input(&device, usual.as_ref() == Some(&id), id, InputKind::Microphone, config.as_ref()));
    }
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        let usual = host.default_output_device().and_then(|device| name_of(&device));
        for device in host.output_devices()? {
            let (Some(id), Ok(config)) = (name_of(&device), device.default_output_config()) else { continue };
            let played = format!("{PLAYED}{id}");
            inputs.push(input(&device, usual.as_ref() == Some(&id), played, InputKind::System, Some(&config)));
        }
    }
    inputs.sort_by_key(|input| (input.kind == InputKind::System, !input.usual));
    Ok(inputs)
}

fn input(
    device: &cpal::Device,
    usual: bool,
    id: String,
    kind: InputKind,
    config: Option<&SupportedStreamConfig>,
) -> Input {
    let named = device.description().map(|description| description.name().to_owned());
    Input {
        name: named.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone()),
        id,
        kind,
        usual,
        rate: config.map(SupportedStreamConfig::sample_rate),
        channels: config.map(SupportedStreamConfig::channels),
        off: false,
    }
}

/// ALSA names much that is no input: converters and plug-ins of its own. Cards come as `hw:` and `plughw:` too; the
/// second converts, so it always works.
fn is_real(id: &str) -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let name = id.split_once(':').map_or(id, |(_, name)| name);
    name == "default" || name.starts_with("plughw:")
}

/// Opens one, with the rate and channels that are wished for where it has them.
pub(super) fn open(id: &str, wished: Option<(u32, u16)>) -> Result<Box<dyn Source>, CaptureError> {
    let host = cpal::default_host();
    let (id, played) = id.strip_prefix(PLAYED).map_or((id, false), |id| (id, true));
    let mut devices = host.devices()?;
    let device = devices.find(|device| device.id().is_ok_and(|known| known.to_string() == id));
    let device = device.ok_or(CaptureError::None)?;
    let usual = if played { device.default_output_config()? } else { device.default_input_config()? };
    let suits = wished.and_then(|(rate, channels)| {
        let mut ranges = device.supported_input_configs().ok()?;
        let suits = |range: &cpal::SupportedStreamConfigRange| {
            range.channels() == channels && (range.min_sample_rate()..=range.max_sample_rate()).contains(&rate)
        };
        ranges.find(suits).map(|range| range.with_sample_rate(rate))
    });
    let supported = suits.unwrap_or(usual);
    let config = supported.config();
    let small =
        StreamConfig { buffer_size: BufferSize::Fixed((PERIOD * f64::from(config.sample_rate)) as u32), ..config };
    // Not every device takes a size of ours.
    start(&device, supported.sample_format(), small).or_else(|_| start(&device, supported.sample_format(), config))
}

fn start(device: &cpal::Device, format: SampleFormat, config: StreamConfig) -> Result<Box<dyn Source>, CaptureError> {
    match format {
        SampleFormat::F32 => build::<f32>(device, config, SampleKind::F32),
        SampleFormat::F64 => build::<f64>(device, config, SampleKind::F32),
        SampleFormat::I8 => build::<i8>(device, config, SampleKind::I16),
        SampleFormat::I16 => build::<i16>(device, config, SampleKind::I16),
        SampleFormat::I24 => build::<cpal::I24>(device, config, SampleKind::I24),
        SampleFormat::I32 => build::<i32>(device, config, SampleKind::I32),
        SampleFormat::U8 => build::<u8>(device, config, SampleKind::I16),
        SampleFormat::U16 => build::<u16>(device, config, SampleKind::I16),
        SampleFormat::U32 => build::<u32>(device, config, SampleKind::I32),
        other => Err(CaptureError::Refused(format!("samples as {other}"))),
    }
}

fn build<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    kind: SampleKind,
) -> Result<Box<dyn Source>, CaptureError>
where
    f32: FromSample<T>,
{
    let format = Format { rate: config.sample_rate, channels: config.channels, kind };
    let (mut feeder, taker) = ring(format.rate, format.channels);
    let (errors_in, errors) = channel();
    let take = move |samples: &[T], _: &cpal::InputCallbackInfo| move_in(&mut feeder, samples);
    let stream = device.build_input_stream::<T, _, _>(config, take, move |error| tell(&errors_in, &error), None)?;
    stream.play()?;
    Ok(Box::new(Open { _stream: stream, format, taker, errors, last: Instant::now() }))
}

fn move_in<T: Sample>(feeder: &mut Feeder, samples: &[T])
where
    f32: FromSample<T>,
{
    feeder.push(samples.iter().map(|sample| f32::from_sample(*sample)));
}

/// Passes on what ends the recording.
fn tell(errors: &Sender<CaptureError>, error: &cpal::Error) {
    match error.kind() {
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated
        | ErrorKind::PermissionDenied => {
            // Nobody listens where the device was closed already.
            drop(errors.send(CaptureError::Lost(error.to_string())));
        }
        _ => tracing::debug!(%error, "the input hiccuped"),
    }
}

struct Open {
    _stream: cpal::Stream,
    format: Format,
    taker: Taker,
    errors: Receiver<CaptureError>,
    last: Instant,
}

impl Source for Open {
    fn format(&self) -> Format {
        self.format
    }

    fn read(&mut self, into: &mut Vec<f32>) -> Result<(), CaptureError> {
        let before = into.len();
        self.taker.take(into);
        if into.len() > before {
            self.last = Instant::now();
            return Ok(());
        }
        match self.errors.try_recv() {
            Ok(error) => Err(error),
            Err(_) if self.last.elapsed() > SILENT => Err(CaptureError::Lost("it gives no more sound".into())),
            Err(_) => Ok(()),
        }
    }

    fn lost(&self) -> u64 {
        self.taker.lost()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn plug_ins_are_no_inputs() {
        for (id, real) in [
            ("alsa:default", true),
            ("alsa:plughw:CARD=1,DEV=0", true),
            ("alsa:hw:CARD=1,DEV=0", false),
            ("alsa:null", false),
            ("alsa:samplerate", false),
            ("alsa:upmix", false),
        ] {
            assert_eq!(is_real(id), real, "{id}");
        }
    }
}
