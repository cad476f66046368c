//! The sources of PulseAudio and PipeWire: microphones by their own names, and the monitors of what is played.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use alsa::pcm::{Access, Format as AlsaFormat, HwParams, PCM};
use alsa::{Direction, ValueOr};

use super::ring::{Feeder, Taker, ring};
use super::system::Watch;
use super::{CaptureError, Format, Input, InputKind, Source};
use crate::wav::SampleKind;

/// What ids of these inputs begin with.
pub(super) const PREFIX: &str = "pulse:";
/// A sound server that does not answer for so long is none.
const PATIENCE: Duration = Duration::from_secs(2);
/// What the device gives at a time, in microseconds.
const PERIOD: u32 = 20_000;
/// What may wait in the device, in microseconds.
const BUFFER: u32 = 1_000_000;
/// How long the device is waited for before the thread looks whether it is to end, in milliseconds.
const WAIT: u32 = 100;
/// Shortest time between two looks at a device that gave nothing.
const PAUSE: Duration = Duration::from_millis(5);
/// A source that gives nothing for so long is gone; one that goes away as it should says so itself.
const STILL: Duration = Duration::from_secs(4);
/// The first sound may take longer: a source that nobody listened to sleeps for up to two seconds at a time
/// (`module-null-sink` of PulseAudio), and longer on a busy machine.
const FIRST: Duration = Duration::from_secs(10);

/// A source as `pactl` tells of it.
#[derive(Debug, Default)]
struct Told {
    name: String,
    description: String,
    format: String,
    channels: u16,
    rate: u32,
    monitor_of: Option<String>,
    muted: bool,
    silent: bool,
}

/// What the sound server has; none where there is no sound server, or nothing to ask it with.
pub(super) fn inputs() -> Option<Vec<Input>> {
    let (usual, speaker) = defaults(&pactl(&["info"])?);
    let sources = parse(&pactl(&["list", "sources"])?);
    let input = |source: Told| {
        let kind = if source.monitor_of.is_some() { InputKind::System } else { InputKind::Microphone };
        let usual = match &source.monitor_of {
            Some(sink) => speaker.as_ref() == Some(sink),
            None => usual.as_ref() == Some(&source.name),
        };
        Input {
            id: format!("{PREFIX}{}", source.name),
            name: if source.description.is_empty() { source.name } else { source.description },
            kind,
            usual,
            rate: Some(source.rate).filter(|rate| *rate > 0),
            channels: Some(source.channels).filter(|channels| *channels > 0),
            off: source.muted || source.silent,
        }
    };
    let mut inputs: Vec<Input> = sources.into_iter().map(input).collect();
    // Microphones first, the usual one before all others.
    inputs.sort_by_key(|input| (input.kind == InputKind::System, !input.usual));
    Some(inputs)
}

/// Opens a source as it is, or at the rate and with the channels that are wished for: the server converts.
pub(super) fn open(name: &str, wished: Option<(u32, u16)>) -> Result<Box<dyn Source>, CaptureError> {
    let listed = pactl(&["list", "sources"]).ok_or(CaptureError::None)?;
    let told = parse(&listed).into_iter().find(|source| source.name == name).ok_or(CaptureError::None)?;
    let (alsa, kind) = sample_format(&told.format);
    let (rate, channels) = wished.unwrap_or((told.rate, told.channels));
    let format = Format { rate, channels, kind };
    let (feeder, taker) = ring(rate, channels);
    let stop = Arc::new(AtomicBool::new(false));
    let (ready, opened) = channel();
    let (ended, end) = channel();
    let stopped = Arc::clone(&stop);
    let device = format!("{PREFIX}DEVICE='{name}'");
    let thread = thread::Builder::new()
        .name("recording device".into())
        .spawn(move || {
            let outcome = run(&device, alsa, format, feeder, &stopped, || {
                // Whoever opened it may have given up.
                let _ = ready.send(());
            });
            // Whoever opened it may be gone.
            drop(ended.send(outcome.err().unwrap_or(CaptureError::Lost("it ended".into()))));
        })
        .map_err(|error| CaptureError::Refused(error.to_string()))?;
    let source = Stream { format, taker, stop, end, thread: Some(thread) };
    match opened.recv_timeout(PATIENCE * 2) {
        Ok(()) => Ok(Box::new(source)),
        Err(_) => Err(source.end.recv_timeout(PATIENCE).unwrap_or(CaptureError::Lost("it does not answer".into()))),
    }
}

/// An open source.
struct Stream {
    format: Format,
    taker: Taker,
    stop: Arc<AtomicBool>,
    end: Receiver<CaptureError>,
    thread: Option<JoinHandle<()>>,
}

impl Source for Stream {
    fn format(&self) -> Format {
        self.format
    }

    fn read(&mut self, into: &mut Vec<f32>) -> Result<(), CaptureError> {
        let ended = self.end.try_recv();
        let before = into.len();
        self.taker.take(into);
        match ended {
            // The last of it first, the end by the next call.
            Ok(error) if into.len() > before => {
                let (again, end) = channel();
                drop(again.send(error));
                self.end = end;
                Ok(())
            }
            Ok(error) => Err(error),
            Err(_) => Ok(()),
        }
    }

    fn lost(&self) -> u64 {
        self.taker.lost()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // A thread that the sound server does not let go is left to itself.
        if let Some(thread) = self.thread.take()
            && !self.end_is_late()
        {
            drop(thread.join());
        }
    }
}

impl Stream {
    fn end_is_late(&self) -> bool {
        self.end.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
    }
}

/// The device's thread.
fn run(
    device: &str,
    alsa: AlsaFormat,
    format: Format,
    mut feeder: Feeder,
    stop: &AtomicBool,
    ready: impl FnOnce(),
) -> Result<(), CaptureError> {
    // Without it the library writes its complaints to standard error.
    let _quiet = alsa::Output::local_error_handler();
    let pcm = PCM::new(device, Direction::Capture, true).map_err(refused)?;
    configure(&pcm, alsa, format).map_err(refused)?;
    pcm.start().map_err(refused)?;
    ready();
    let io = pcm.io_bytes();
    let width = bytes_of(alsa);
    let frame = width * usize::from(format.channels);
    let mut bytes = vec![0u8; frame * format.rate as usize / 10];
    let (mut last, mut patience) = (Instant::now(), FIRST);
    while !stop.load(Ordering::Acquire) {
        // The plug-in tells of a source that is gone only where it is asked, and not always then.
        if last.elapsed() > patience {
            return Err(CaptureError::Lost("it gives no more sound".into()));
        }
        match pcm.wait(Some(WAIT)) {
            Ok(true) => {}
            // The plug-in does not always wake who waits, so it is asked for sound all the same.
            Ok(false) => {
                if let Err(error) = pcm.avail() {
                    return Err(CaptureError::Lost(error.to_string()));
                }
            }
            Err(error) => recover(&pcm, error, &feeder)?,
        }
        loop {
            match io.readi(&mut bytes) {
                Ok(0) => break,
                Ok(frames) => {
                    (last, patience) = (Instant::now(), STILL);
                    let read = &bytes[..frames * frame];
                    feeder.push(read.chunks_exact(width).map(|sample| decode(alsa, sample)));
                }
                Err(error) if error.errno() == EAGAIN => {
                    // Where it says that there is something and there is nothing, it must not be asked without end.
                    thread::sleep(PAUSE);
                    break;
                }
                Err(error) => {
                    recover(&pcm, error, &feeder)?;
                    break;
                }
            }
        }
    }
    Ok(())
}

/// `EAGAIN`, `EPIPE` and `ESTRPIPE` of Linux (asm-generic/errno.h), as ALSA gives them.
const EAGAIN: i32 = 11;
const EPIPE: i32 = 32;
const ESTRPIPE: i32 = 86;

/// Goes on after an overrun, which it counts; all else is the end.
fn recover(pcm: &PCM, error: alsa::Error, feeder: &Feeder) -> Result<(), CaptureError> {
    let lost = || CaptureError::Lost(error.to_string());
    if !matches!(error.errno(), EPIPE | ESTRPIPE) {
        return Err(lost());
    }
    // How much the system threw away it does not say; it is at least what the device held.
    feeder.lost(pcm.hw_params_current().and_then(|params| params.get_buffer_size()).unwrap_or(0).unsigned_abs());
    pcm.try_recover(error, true).and_then(|()| pcm.start()).map_err(|_| lost())
}

fn configure(pcm: &PCM, alsa: AlsaFormat, format: Format) -> alsa::Result<()> {
    let params = HwParams::any(pcm)?;
    params.set_access(Access::RWInterleaved)?;
    params.set_format(alsa)?;
    params.set_channels(u32::from(format.channels))?;
    params.set_rate(format.rate, ValueOr::Nearest)?;
    params.set_buffer_time_near(BUFFER, ValueOr::Nearest)?;
    params.set_period_time_near(PERIOD, ValueOr::Nearest)?;
    pcm.hw_params(&params)
}

fn refused(error: alsa::Error) -> CaptureError {
    // `ENOENT`, `EBUSY`, `EACCES` and `EPERM` of Linux.
    match error.errno() {
        2 => CaptureError::None,
        16 => CaptureError::Busy,
        13 | 1 => CaptureError::NoPermission(error.to_string()),
        _ => CaptureError::Refused(error.to_string()),
    }
}

/// The source's own samples where ALSA passes them unchanged, else floats.
fn sample_format(told: &str) -> (AlsaFormat, SampleKind) {
    match told {
        "u8" => (AlsaFormat::U8, SampleKind::I16),
        "s16le" | "s16be" | "ulaw" | "alaw" => (AlsaFormat::S16LE, SampleKind::I16),
        // The plug-in knows 24 bits packed in three bytes; what fills four comes as 32 bits and loses nothing.
        "s24le" | "s24be" => (AlsaFormat::S243LE, SampleKind::I24),
        "s24-32le" | "s24-32be" => (AlsaFormat::S32LE, SampleKind::I24),
        "s32le" | "s32be" => (AlsaFormat::S32LE, SampleKind::I32),
        _ => (AlsaFormat::FloatLE, SampleKind::F32),
    }
}

fn bytes_of(format: AlsaFormat) -> usize {
    match format {
        AlsaFormat::U8 => 1,
        AlsaFormat::S16LE => 2,
        AlsaFormat::S243LE => 3,
        _ => 4,
    }
}

fn decode(format: AlsaFormat, bytes: &[u8]) -> f32 {
    match (format, bytes) {
        (AlsaFormat::U8, [a]) => (f32::from(*a) - 128.0) / 128.0,
        (AlsaFormat::S16LE, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
        (AlsaFormat::S243LE, [a, b, c]) => (i32::from_le_bytes([0, *a, *b, *c]) >> 8) as f32 / 8_388_608.0,
        (AlsaFormat::S32LE, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
        (_, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0.0,
    }
}

/// Tells of every change of a source or of the usual one, until the server goes away or nobody wants to know; false where
/// there is no server.
pub(super) fn watch(watch: &Watch) -> bool {
    let mut command = Command::new("pactl");
    command.arg("subscribe").env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let Some(out) = child.stdout.take() else { return false };
    watch.keep(Some(child));
    let mut told = false;
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        told = true;
        if watch.is_over() {
            break;
        }
        // Streams come and go all the time, this program's own too.
        if line.contains(" on source #") || line.contains(" on server") {
            watch.bump();
        }
    }
    watch.keep(None);
    told
}

/// What `pactl` prints, in English; none where it is not there or the server does not answer.
fn pactl(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("pactl");
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut out = child.stdout.take()?;
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        out.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let begin = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            _ => {
                drop(child.kill());
                drop(child.wait());
                break false;
            }
        }
    };
    let text = reader.join().ok()?.ok()?;
    status.then_some(text)
}

/// Names of the usual source and of the usual loudspeaker.
fn defaults(info: &str) -> (Option<String>, Option<String>) {
    let of = |key: &str| info.lines().find_map(|line| line.trim().strip_prefix(key)).map(|name| name.trim().to_owned());
    (of("Default Source:"), of("Default Sink:"))
}

fn parse(listed: &str) -> Vec<Told> {
    let mut sources: Vec<Told> = Vec::new();
    for line in listed.lines() {
        if line.starts_with("Source #") {
            sources.push(Told::default());
            continue;
        }
        // Properties stand deeper, and their keys may be named likewise.
        let line = line.strip_prefix('\t').filter(|line| !line.starts_with(['\t', ' ']));
        let (Some(source), Some((key, value))) = (sources.last_mut(), line.and_then(|line| line.split_once(": ")))
        else {
            continue;
        };
        match key {
            "Name" => source.name = value.trim().into(),
            "Description" => source.description = value.trim().into(),
            "Mute" => source.muted = value.trim() == "yes",
            "Monitor of Sink" => source.monitor_of = Some(value.trim().to_owned()).filter(|sink| sink != "n/a"),
            "Volume" => {
                source.silent = !value.contains('/') || value.split('/').skip(1).step_by(2).all(|v| v.trim() == "0%")
            }
            "Sample Specification" => specification(value, source),
            _ => {}
        }
    }
    // ALSA has no way to write these in the name of a device.
    sources.retain(|source| !source.name.is_empty() && !source.name.contains(['\'', '"', '\\']));
    sources
}

/// `s16le 2ch 44100Hz`
fn specification(text: &str, source: &mut Told) {
    let mut words = text.split_whitespace();
    source.format = words.next().unwrap_or_default().into();
    for word in words {
        if let Some(channels) = word.strip_suffix("ch") {
            source.channels = channels.parse().unwrap_or(0);
        } else if let Some(rate) = word.strip_suffix("Hz") {
            source.rate = rate.parse().unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "Source #0\n\tState: SUSPENDED\n\tName: out.monitor\n\tDescription: Monitor of Built-in Audio\n\t\
        Sample Specification: s24-32le 2ch 96000Hz\n\tMute: no\n\tVolume: front-left: 65536 / 100% / 0.00 dB,   front-right: \
        0 /   0% / -inf dB\n\t        balance 0.00\n\tMonitor of Sink: out\n\tProperties:\n\t\tName: \"not this\"\n\nSource #3\n\t\
        Name: alsa_input.usb-Röde\n\tDescription: RØDE NT-USB: Mini\n\tSample Specification: s16le 1ch 48000Hz\n\tMute: yes\n\t\
        Volume: mono: 0 /   0% / -inf dB\n\tMonitor of Sink: n/a\n";

    #[test]
    fn what_pactl_prints_is_understood() {
        let sources = parse(LISTED);
        assert_eq!(sources.len(), 2);
        let [monitor, microphone] = &sources[..] else { panic!() };
        assert_eq!((monitor.name.as_str(), monitor.monitor_of.as_deref()), ("out.monitor", Some("out")));
        assert_eq!((monitor.format.as_str(), monitor.channels, monitor.rate), ("s24-32le", 2, 96_000));
        assert!(!monitor.silent && !monitor.muted);
        assert_eq!((microphone.description.as_str(), microphone.monitor_of.as_deref()), ("RØDE NT-USB: Mini", None));
        assert!(microphone.silent && microphone.muted);
        let defaults = defaults("Server Name: x\nDefault Sink: out\nDefault Source: alsa_input.usb-Röde\n");
        assert_eq!(defaults, (Some("alsa_input.usb-Röde".into()), Some("out".into())));
    }

    #[test]
    fn samples_are_exact() {
        assert_eq!(decode(AlsaFormat::S16LE, &(-32_768i16).to_le_bytes()), -1.0);
        assert_eq!(decode(AlsaFormat::S243LE, &[1, 0, 0]), 1.0 / 8_388_608.0);
        assert_eq!(decode(AlsaFormat::S243LE, &[0xff, 0xff, 0xff]), -1.0 / 8_388_608.0);
        assert_eq!(decode(AlsaFormat::S32LE, &i32::MIN.to_le_bytes()), -1.0);
        assert_eq!(decode(AlsaFormat::U8, &[128]), 0.0);
    }
}
