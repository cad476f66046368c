//! From a path to a reader, the sound track in it, and what its container says about times.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::LazyLock;

use st_core::time::Millis;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_CAF, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3,
};
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Duration, TimeBase};
use symphonia::default::formats::{
    AdtsReader, AiffReader, CafReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader, WavReader,
};

use crate::codecs::{self, NoDecoder};
use crate::declared;
use crate::error::{AudioError, file_name};
use crate::guard::guarded;
use crate::mp4::Movie;
use crate::mpeg;
use crate::riff::{self, Wave, WaveError};
use crate::sniff::{self, Kind};
use crate::source::Window;
use crate::trim::End;

/// Most channels that are taken; real recorders write up to 32.
pub(crate) const MAX_CHANNELS: usize = 64;
/// Longest pause at the start of a track that is believed, in seconds.
pub(crate) const MAX_LEAD: f64 = 600.0;

/// What a file is. Everything here is what its header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// Container: `WAV`, `MP4`, `Ogg`, …
    pub container: String,
    /// Format of the sound: `PCM`, `MP3`, `AAC`, …
    pub codec: String,
    /// Samples a second in the file.
    pub sample_rate: u32,
    /// Channels in the file.
    pub channels: u16,
    /// Length as the header says it or as estimated from the file's size; decoding gives the true one.
    pub duration: Option<Millis>,
    /// Whether there are pictures that move.
    pub video: bool,
}

/// An opened file, ready to give packets.
pub(crate) struct Opened {
    pub reader: Box<dyn FormatReader>,
    pub track: u32,
    pub time_base: Option<TimeBase>,
    pub params: AudioCodecParameters,
    pub info: AudioInfo,
    /// Seconds of silence before the sound.
    pub lead: f64,
    /// Frames to cut at the start.
    pub skip: u64,
    pub end: End,
    /// The length that a whole file has, where the header is to be believed.
    pub expected: Option<Millis>,
    /// Errors of the container since its last good packet.
    pub errors_in_row: u32,
}

/// Opens a file and finds its sound track.
pub(crate) fn open(path: &Path) -> Result<Opened, AudioError> {
    let file = || file_name(path);
    let mut handle = open_file(path)?;
    let start = after_id3(&mut handle).map_err(|error| AudioError::io(path, error))?;
    let head = read_head(&mut handle, start).map_err(|error| AudioError::io(path, error))?;
    match sniff::recognise(&head) {
        Kind::Foreign(what) => Err(AudioError::NotAudio { file: file(), looks_like: Some(what.into()) }),
        Kind::Unsupported(name) => Err(AudioError::UnsupportedCodec { file: file(), name: name.into() }),
        Kind::Wave => open_wave(path, handle, start),
        Kind::Mp4 => open_mp4(path, handle),
        Kind::Known => open_known(path, handle, start),
        Kind::Frames => choose(path, probe(path, window(path, handle, start)?)?, None),
        Kind::Unknown => {
            let frames = mpeg::find_frames(&mut handle, start).map_err(|error| AudioError::io(path, error))?;
            let reader = probe(path, window(path, handle, start)?)?;
            // Frames of MPEG audio are found in any bytes, if one looks long enough.
            let format = reader.format_info().format;
            let by_frames = [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_ADTS].contains(&format);
            if by_frames && frames.is_none() {
                return Err(AudioError::NotAudio { file: file(), looks_like: None });
            }
            choose(path, reader, None)
        }
    }
}

/// A file whose container was recognised. It may have been cut off.
fn open_known(path: &Path, mut handle: File, start: u64) -> Result<Opened, AudioError> {
    let io = |error| AudioError::io(path, error);
    let len = handle.metadata().map_err(io)?.len();
    if let Some(cut) = declared::cut_caf(&mut handle).map_err(io)? {
        let sound = cut.head.len() as u64;
        let reader = probe(path, Window::new(handle, cut.head, sound, len)).map_err(as_damaged)?;
        let mut opened = choose(path, reader, None)?;
        opened.expected = opened.expected.map(|there| Millis::from_seconds(there.seconds() * cut.promised));
        return Ok(opened);
    }
    let cut = declared::end(&mut handle).map_err(io)? > len;
    let window = Window::new(handle, Vec::new(), start, len);
    let reader = probe(path, if cut { window.forward_only() } else { window });
    choose(path, reader.map_err(as_damaged)?, None)
}

/// The file from byte `start` on.
fn window(path: &Path, handle: File, start: u64) -> Result<Window, AudioError> {
    let len = handle.metadata().map_err(|error| AudioError::io(path, error))?.len();
    Ok(Window::new(handle, Vec::new(), start, len))
}

/// The container was recognised, so what symphonia refuses is a damaged file of its kind.
fn as_damaged(error: AudioError) -> AudioError {
    match error {
        AudioError::NotAudio { file, .. } => AudioError::Damaged { file, at: None },
        other => other,
    }
}

fn open_file(path: &Path) -> Result<File, AudioError> {
    let file = || file_name(path);
    let about = fs::metadata(path).map_err(|error| AudioError::io(path, error))?;
    if about.is_dir() {
        return Err(AudioError::IsFolder { file: file() });
    }
    // A pipe or a device could wait for ever.
    if !about.is_file() {
        return Err(AudioError::NotAudio { file: file(), looks_like: Some("a device".into()) });
    }
    let handle = File::open(path).map_err(|error| AudioError::io(path, error))?;
    if about.len() == 0 { Err(AudioError::Empty { file: file() }) } else { Ok(handle) }
}

/// Where the content begins: after an ID3v2 tag, if there is one (ten bytes of header, four of them the size in 7-bit
/// steps; id3.org).
fn after_id3(file: &mut File) -> io::Result<u64> {
    let mut start = 0;
    // Some taggers put a second tag behind the first.
    for _ in 0..4 {
        let head = read_head(file, start)?;
        match head.get(..10) {
            Some([b'I', b'D', b'3', _, _, flags, a, b, c, d]) if (a | b | c | d) & 0x80 == 0 => {
                let size = [a, b, c, d].iter().fold(0u64, |sum, &&byte| sum << 7 | u64::from(byte));
                let footer = if flags & 0x10 != 0 { 10 } else { 0 };
                start += 10 + size + footer;
            }
            _ => break,
        }
    }
    Ok(start)
}

fn read_head(file: &mut File, start: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut head = Vec::with_capacity(sniff::HEAD_LEN);
    file.take(sniff::HEAD_LEN as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn open_wave(path: &Path, mut handle: File, start: u64) -> Result<Opened, AudioError> {
    let damaged = || AudioError::Damaged { file: file_name(path), at: None };
    let wave = match riff::read(&mut handle, start) {
        Ok(wave) => wave,
        Err(WaveError::Damaged) => return Err(damaged()),
        Err(WaveError::Io(error)) => return Err(AudioError::io(path, error)),
    };
    let prefix = match wave.tag {
        riff::TAG_MPEG | riff::TAG_MP3 => Vec::new(),
        riff::TAG_PCM
        | riff::TAG_FLOAT
        | riff::TAG_ALAW
        | riff::TAG_MULAW
        | riff::TAG_MS_ADPCM
        | riff::TAG_IMA_ADPCM => wave.plain_header(),
        tag => {
            return Err(AudioError::UnsupportedCodec { file: file_name(path), name: codecs::wave_tag_name(tag) });
        }
    };
    if wave.data_end == wave.data_start {
        return Err(AudioError::Empty { file: file_name(path) });
    }
    let source = Window::new(handle, prefix, wave.data_start, wave.data_end);
    let reader = probe(path, source).map_err(as_damaged)?;
    choose(path, reader, Some(&wave))
}

fn open_mp4(path: &Path, mut handle: File) -> Result<Opened, AudioError> {
    let file = || file_name(path);
    let movie = Movie::read(&mut handle).map_err(|error| AudioError::io(path, error))?;
    let end = declared::end(&mut handle).map_err(|error| AudioError::io(path, error))?;
    let of_kind = |kind: &[u8; 4]| movie.tracks.iter().find(|track| &track.handler == kind);
    let sound = of_kind(b"soun");
    if sound.is_none() && of_kind(b"vide").is_some() {
        return Err(AudioError::NoSoundTrack { file: file() });
    }
    // The usual reason for a refusal is that the end is missing, and the index with it.
    let reader = probe(path, Window::new(handle, Vec::new(), 0, end)).map_err(as_damaged)?;
    let known = reader.first_track_known_codec(TrackType::Audio).is_some();
    if let (Some(sound), false) = (sound, known) {
        return Err(AudioError::UnsupportedCodec { file: file(), name: codecs::mp4_entry_name(sound.entry) });
    }
    let mut opened = choose(path, reader, None)?;
    if let Some(track) = movie.track(opened.track) {
        opened.params.codec = codecs::with_byte_order(opened.params.codec, track.entry, track.little_endian);
        let timing = movie.timing(track);
        let rate = f64::from(opened.info.sample_rate);
        opened.lead = timing.lead.min(MAX_LEAD);
        opened.skip = (timing.skip * rate).round() as u64;
        if let Some(length) = timing.length {
            opened.end = End::Hard((length * rate).round() as u64);
            let length = Millis::from_seconds(length + opened.lead);
            opened.info.duration = Some(length);
            opened.expected = Some(length);
        }
    }
    opened.info.video |= of_kind(b"vide").is_some();
    Ok(opened)
}

/// The formats, without the tags: those before the sound are left out of the window, those behind it are of no use, and
/// looking for them fails on a file that was cut off.
fn formats() -> &'static Probe {
    static FORMATS: LazyLock<Probe> = LazyLock::new(|| {
        let mut probe = Probe::new();
        probe.register_format::<AdtsReader<'_>>();
        probe.register_format::<AiffReader<'_>>();
        probe.register_format::<CafReader<'_>>();
        probe.register_format::<FlacReader<'_>>();
        probe.register_format::<IsoMp4Reader<'_>>();
        probe.register_format::<MkvReader<'_>>();
        probe.register_format::<MpaReader<'_>>();
        probe.register_format::<OggReader<'_>>();
        probe.register_format::<WavReader<'_>>();
        probe
    });
    &FORMATS
}

/// Lets symphonia find out what the bytes are.
fn probe(path: &Path, source: Window) -> Result<Box<dyn FormatReader>, AudioError> {
    let file = || file_name(path);
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    let found = guarded(|| formats().probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default()));
    match found {
        Ok(Ok(reader)) => Ok(reader),
        Ok(Err(SymphoniaError::IoError(error))) if error.kind() != ErrorKind::UnexpectedEof => {
            Err(AudioError::io(path, error))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "no format found");
            Err(AudioError::NotAudio { file: file(), looks_like: None })
        }
        Err(_) => Err(AudioError::Damaged { file: file(), at: None }),
    }
}

/// Takes the default sound track, or the first.
fn choose(path: &Path, reader: Box<dyn FormatReader>, wave: Option<&Wave>) -> Result<Opened, AudioError> {
    let file = || file_name(path);
    let video = reader.tracks().iter().any(|track| track.track_type() == Some(TrackType::Video));
    let Some(track) = reader.default_track(TrackType::Audio) else {
        let unknown = reader.tracks().iter().any(|track| track.codec_params.is_none());
        return Err(match (video, unknown) {
            // Symphonia says no more of such a track; it may be sound or subtitles.
            (_, true) => AudioError::UnsupportedCodec { file: file(), name: "unknown".into() },
            (true, false) => AudioError::NoSoundTrack { file: file() },
            (false, false) => AudioError::Damaged { file: file(), at: None },
        });
    };
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return Err(AudioError::Damaged { file: file(), at: None });
    };
    let params = params.clone();
    let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
    if channels > MAX_CHANNELS {
        return Err(AudioError::Damaged { file: file(), at: None });
    }
    match codecs::make(&params) {
        Ok(_) => {}
        Err(NoDecoder::Unsupported(name)) => return Err(AudioError::UnsupportedCodec { file: file(), name }),
        Err(NoDecoder::Damaged) => return Err(AudioError::Damaged { file: file(), at: None }),
    }
    let rate = params.sample_rate.unwrap_or(0);
    let mpeg = codecs::is_mpeg_audio(params.codec);
    let media = reader.media_info();
    let mut duration = millis(track.time_base, track.duration).or_else(|| millis(media.time_base, media.duration));
    let mut expected = duration;
    let mut end = End::Open;
    let mut skip = 0;
    if mpeg {
        // Only a LAME tag counts the frames for sure; all else may be an estimate from the bit rate.
        match (track.delay, track.num_frames) {
            (Some(delay), Some(frames)) => {
                skip = u64::from(delay);
                end = End::Soft { frames, slack: MPEG_SLACK };
            }
            _ => expected = None,
        }
    }
    if reader.format_info().format == FORMAT_ID_CAF {
        skip = u64::from(track.delay.unwrap_or(0));
        if let (Some(frames), Some(padding)) = (track.num_frames, track.padding) {
            end = End::Soft { frames, slack: padding as usize + CAF_SLACK };
        }
    }
    if let Some(wave) = wave {
        let declared = wave.data_declared.and_then(|bytes| wave.frames(bytes));
        if let Some(frames) = declared {
            expected = Some(Millis(frames.saturating_mul(1000) / u64::from(wave.rate)));
        }
        if let (Some(frames), false) = (wave.frames(wave.data_end - wave.data_start), mpeg) {
            end = End::Hard(frames);
            // Symphonia is told no length that 32 bits cannot say.
            duration = duration.or(Some(Millis(frames.saturating_mul(1000) / u64::from(wave.rate))));
        }
    }
    let info = AudioInfo {
        container: if wave.is_some() { "WAV".into() } else { container(reader.format_info().short_name) },
        codec: codecs::name(&params),
        sample_rate: rate,
        channels: channels as u16,
        duration,
        video,
    };
    let (track, time_base) = (track.id, track.time_base);
    Ok(Opened { track, time_base, params, info, lead: 0.0, skip, end, expected, errors_in_row: 0, reader })
}

/// The padding field of a LAME tag has 12 bits; one more MPEG frame may hold nothing but it.
const MPEG_SLACK: usize = 4_095 + 1_152;

/// One packet of the longest that CAF files hold: 4,096 frames of Apple Lossless.
const CAF_SLACK: usize = 4_096;

fn millis(base: Option<TimeBase>, duration: Option<Duration>) -> Option<Millis> {
    let time = base?.calc_duration(duration?)?;
    u64::try_from(time.as_millis()).ok().filter(|&millis| millis > 0).map(Millis)
}

fn container(short: &str) -> String {
    match short {
        "isomp4" => "MP4",
        "mkv" | "matroska" => "Matroska",
        "ogg" => "Ogg",
        "flac" => "FLAC",
        "mp3" => "MP3",
        "mp2" => "MP2",
        "mp1" => "MP1",
        "aac" | "adts" => "ADTS",
        "aiff" => "AIFF",
        "caf" => "CAF",
        "wave" => "WAV",
        other => other,
    }
    .into()
}
