//! Packet after packet out of a container that may be damaged.

use std::io::ErrorKind;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::TrackType;
use symphonia::core::packet::Packet;

use crate::codecs;
use crate::error::AudioError;
use crate::guard::guarded;
use crate::open::Opened;

/// Errors of the container in a row after which nothing more is expected of it.
const MAX_ERRORS_IN_ROW: u32 = 16;

/// What a container gives next.
pub(crate) enum Next {
    /// A packet of the sound track.
    Packet(Packet),
    /// A chained stream goes on with a new header, see [`Opened::chain`].
    Chained,
    /// Something that can't be read; more may come.
    Damaged,
    /// Something that can't be read, and nothing more will come.
    Broken,
    /// The end.
    End,
}

impl Opened {
    /// Reads on to the next packet of the sound track. `file` is its name for people.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn next_packet(&mut self, file: &str) -> Result<Next, AudioError> {
        loop {
            match guarded(|| self.reader.next_packet()) {
                Ok(Ok(Some(packet))) => {
                    self.errors_in_row = 0;
                    if packet.track_id == self.track {
                        return Ok(Next::Packet(packet));
                    }
                }
                Ok(Err(SymphoniaError::ResetRequired)) => return Ok(Next::Chained),
                Ok(Err(SymphoniaError::IoError(source))) if source.kind() != ErrorKind::UnexpectedEof => {
                    return Err(AudioError::Io { file: file.into(), source });
                }
                Ok(Ok(None)) | Ok(Err(SymphoniaError::IoError(_))) => return Ok(Next::End),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "the container is damaged here");
                    self.errors_in_row += 1;
                    return Ok(if self.errors_in_row > MAX_ERRORS_IN_ROW { Next::Broken } else { Next::Damaged });
                }
                Err(_) => return Ok(Next::Broken),
            }
        }
    }

    /// Takes over the new header of a chained stream and gives its decoder; none where there is none.
    pub(crate) fn chain(&mut self) -> Option<Box<dyn AudioDecoder>> {
        let track = self.reader.default_track(TrackType::Audio)?;
        let (id, base) = (track.id, track.time_base);
        let Some(CodecParameters::Audio(params)) = track.codec_params.clone() else { return None };
        let decoder = codecs::make(&params).ok()?;
        self.track = id;
        self.time_base = base;
        self.params = params;
        Some(decoder)
    }

    /// When a packet begins, in seconds on the container's own clock.
    pub(crate) fn seconds(&self, packet: &Packet) -> f64 {
        self.time_base.map_or(0.0, |base| base.calc_time_saturating(packet.pts).as_secs_f64())
    }

    /// How long the sound of a packet is, in seconds.
    pub(crate) fn length(&self, packet: &Packet) -> f64 {
        self.time_base.map_or(0.0, |base| base.calc_duration_saturating(packet.dur).as_secs_f64())
    }
}
