//! The one place where a codec gets its decoder, and the usual names of all that are known.
//!
//! A decoder for a format that symphonia lacks (Opus, HE-AAC) is plugged in in [`make`]: anything that implements
//! symphonia's `AudioDecoder` will do.

use symphonia::core::codecs::audio::well_known::profiles::{
    CODEC_PROFILE_AAC_HE, CODEC_PROFILE_AAC_HE_V2, CODEC_PROFILE_AAC_USAC,
};
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};

use crate::guard::guarded;

/// Why there is no decoder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoDecoder {
    /// Nothing here reads this format.
    Unsupported(String),
    /// The format is known, but its parameters make no sense.
    Damaged,
}

/// A decoder for sound with these parameters.
pub(crate) fn make(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, NoDecoder> {
    if let Some(name) = unread_aac(params) {
        return Err(NoDecoder::Unsupported(name.into()));
    }
    let registry = symphonia::default::get_codecs();
    if registry.get_audio_decoder(params.codec).is_none() {
        return Err(NoDecoder::Unsupported(name(params)));
    }
    if buffer_size(params) > MAX_BUFFER {
        return Err(NoDecoder::Damaged);
    }
    // Decoders of MPEG audio cut the end off by a frame count that may be an estimate; `trim` does it with care.
    let options = AudioDecoderOptions::default().gapless(!is_mpeg_audio(params.codec));
    match guarded(|| registry.make_audio_decoder(params, &options)) {
        Ok(Ok(decoder)) => Ok(decoder),
        Ok(Err(symphonia::core::errors::Error::Unsupported(what))) => {
            tracing::debug!(what, "the decoder refused");
            // Symphonia's AAC has at most two channels.
            let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
            let many = if channels > 2 { format!(" with {channels} channels") } else { String::new() };
            Err(NoDecoder::Unsupported(name(params) + &many))
        }
        Ok(Err(_)) | Err(_) => Err(NoDecoder::Damaged),
    }
}

/// Most samples of all channels together that a packet may hold. FLAC's largest packets have 65,535 frames of 8 channels.
const MAX_BUFFER: u64 = 1 << 22;

/// How many samples a decoder makes room for before it has seen a packet: a number from the file, which may be anything.
fn buffer_size(params: &AudioCodecParameters) -> u64 {
    let channels = params.channels.as_ref().map_or(1, |channels| channels.count().max(1)) as u64;
    let frames = params.max_frames_per_packet.unwrap_or(0).max(params.frames_per_block.unwrap_or(0));
    frames.saturating_mul(channels)
}

/// MP1, MP2 or MP3.
pub(crate) fn is_mpeg_audio(codec: AudioCodecId) -> bool {
    matches!(codec, CODEC_ID_MP1 | CODEC_ID_MP2 | CODEC_ID_MP3)
}

/// Kinds of MPEG-4 audio that symphonia refuses, by name.
///
/// HE-AAC that only says so inside its packets is not among them: its lower half is a plain AAC stream that any decoder
/// plays, and speech is in there.
fn unread_aac(params: &AudioCodecParameters) -> Option<&'static str> {
    if params.codec != CODEC_ID_AAC {
        return None;
    }
    match params.profile {
        Some(CODEC_PROFILE_AAC_HE) => return Some("HE-AAC"),
        Some(CODEC_PROFILE_AAC_HE_V2) => return Some("HE-AAC v2"),
        Some(CODEC_PROFILE_AAC_USAC) => return Some("xHE-AAC"),
        _ => {}
    }
    // The first five bits of the decoder's configuration are the object type; 31 means that six more bits, plus 32, are
    // it (ISO 14496-3, 1.6.2.1).
    let config = params.extra_data.as_deref().unwrap_or_default();
    let (first, second) = (config.first().copied()?, config.get(1).copied().unwrap_or(0));
    let object = match first >> 3 {
        31 => 32 + ((first & 7) << 3 | second >> 5),
        object => object,
    };
    match object {
        5 => Some("HE-AAC"),
        29 => Some("HE-AAC v2"),
        36 => Some("MPEG-4 ALS"),
        42 => Some("xHE-AAC"),
        _ => None,
    }
}

/// The usual name of a format.
pub(crate) fn name(params: &AudioCodecParameters) -> String {
    if let Some(name) = unread_aac(params) {
        return name.into();
    }
    let name = match params.codec {
        CODEC_ID_PCM_ALAW => "A-law",
        CODEC_ID_PCM_MULAW => "µ-law",
        CODEC_ID_ADPCM_G722 => "G.722",
        CODEC_ID_ADPCM_G726 | CODEC_ID_ADPCM_G726LE => "G.726",
        CODEC_ID_ADPCM_MS => "MS ADPCM",
        CODEC_ID_ADPCM_IMA_WAV | CODEC_ID_ADPCM_IMA_QT => "IMA ADPCM",
        CODEC_ID_VORBIS => "Vorbis",
        CODEC_ID_OPUS => "Opus",
        CODEC_ID_SPEEX => "Speex",
        CODEC_ID_MP1 => "MP1",
        CODEC_ID_MP2 => "MP2",
        CODEC_ID_MP3 => "MP3",
        CODEC_ID_AAC => "AAC",
        CODEC_ID_AC3 => "Dolby Digital",
        CODEC_ID_EAC3 => "Dolby Digital Plus",
        CODEC_ID_AC4 => "Dolby AC-4",
        CODEC_ID_DCA => "DTS",
        CODEC_ID_WMA => "WMA",
        CODEC_ID_FLAC => "FLAC",
        CODEC_ID_WAVPACK => "WavPack",
        CODEC_ID_ALAC => "Apple Lossless",
        CODEC_ID_TTA => "True Audio",
        CODEC_ID_TRUEHD => "Dolby TrueHD",
        _ => symphonia::default::get_codecs()
            .get_audio_decoder(params.codec)
            .map_or("unknown", |known| pcm_name(known.codec.info.short_name)),
    };
    name.into()
}

fn pcm_name(short: &'static str) -> &'static str {
    if short.starts_with("pcm_") { "PCM" } else { short }
}

/// The format of a QuickTime track of wide samples: their high byte comes first unless the file says otherwise (QuickTime
/// File Format, `enda`), which symphonia does not look at.
pub(crate) fn with_byte_order(codec: AudioCodecId, entry: [u8; 4], little_endian: bool) -> AudioCodecId {
    if little_endian {
        return codec;
    }
    match (&entry, codec) {
        (b"in24", CODEC_ID_PCM_S24LE) => CODEC_ID_PCM_S24BE,
        (b"in32", CODEC_ID_PCM_S32LE) => CODEC_ID_PCM_S32BE,
        (b"fl32", CODEC_ID_PCM_F32LE) => CODEC_ID_PCM_F32BE,
        (b"fl64", CODEC_ID_PCM_F64LE) => CODEC_ID_PCM_F64BE,
        _ => codec,
    }
}

/// Names of MP4 sample entries that symphonia does not know (mp4ra.org).
pub(crate) fn mp4_entry_name(entry: [u8; 4]) -> String {
    match &entry {
        b"samr" => "AMR".into(),
        b"sawb" | b"sawp" => "AMR-WB".into(),
        b"Opus" => "Opus".into(),
        b"ac-3" => "Dolby Digital".into(),
        b"ec-3" => "Dolby Digital Plus".into(),
        b"ac-4" => "Dolby AC-4".into(),
        b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" => "DTS".into(),
        b"sevc" => "EVRC".into(),
        b"sqcp" | b"Qclp" => "QCELP".into(),
        b"alaw" => "A-law".into(),
        b"ulaw" => "µ-law".into(),
        b"mlpa" => "Dolby TrueHD".into(),
        b"enca" | b"drms" => "copy-protected".into(),
        b"mp4a" => "a kind of MPEG-4 audio".into(),
        _ => printable(&entry),
    }
}

/// Names of WAV formats by `wFormatTag` (mmreg.h).
pub(crate) fn wave_tag_name(tag: u16) -> String {
    let name = match tag {
        0x31 => "GSM",
        0x45 | 0x64 | 0x140 => "G.726",
        0x65 | 0x28f => "G.722",
        0x22 => "TrueSpeech",
        0x42 | 0x14 => "G.723",
        0x83 => "G.729",
        0x92 | 0x2000 => "Dolby Digital",
        0x130..=0x135 => "SIPRO",
        0x160..=0x163 => "WMA",
        0xff | 0x1600..=0x1602 | 0x706d | 0xa106 => "AAC",
        0x2001 => "DTS",
        0x270 => "ATRAC3",
        0xa109 => "Speex",
        0x674f..=0x6771 => "Vorbis",
        0xf1ac => "FLAC",
        0x704f => "Opus",
        _ => return format!("WAV format {tag:#06x}"),
    };
    name.into()
}

/// Bytes as text, with dots for what can't be shown.
pub(crate) fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| if b.is_ascii_graphic() { char::from(b) } else { '.' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn he_aac_is_named() {
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_AAC).with_sample_rate(44_100).with_extra_data(Box::new([5 << 3 | 2, 0x11, 0x88]));
        assert_eq!(make(&params).err(), Some(NoDecoder::Unsupported("HE-AAC".into())));
    }

    #[test]
    fn a_packet_length_without_sense_is_refused() {
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_PCM_S16LE).with_sample_rate(16_000).with_max_frames_per_packet(1 << 40);
        assert_eq!(make(&params).err(), Some(NoDecoder::Damaged));
    }

    #[test]
    fn opus_waits_for_its_decoder() {
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_OPUS).with_sample_rate(48_000);
        assert_eq!(make(&params).err(), Some(NoDecoder::Unsupported("Opus".into())));
    }

    #[test]
    fn names_for_people() {
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_PCM_S24LE);
        assert_eq!(name(&params), "PCM");
        assert_eq!(wave_tag_name(0x31), "GSM");
        assert_eq!(mp4_entry_name(*b"x\0y "), "x.y.");
    }
}
