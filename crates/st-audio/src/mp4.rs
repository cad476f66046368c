//! What symphonia's MP4 reader leaves out: the edit list, which says how much of a track's start is the encoder's
//! run-up and how late the track begins, and the kinds of the tracks that it does not know.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// One track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Track {
    /// Track id as symphonia reports it.
    pub id: u32,
    /// `soun`, `vide`, …
    pub handler: [u8; 4],
    /// Sample entry: `mp4a`, `samr`, `alac`, …
    pub entry: [u8; 4],
    /// Whether the sample entry says that the low byte of its samples comes first.
    pub little_endian: bool,
    /// Ticks a second of the track's own clock.
    pub timescale: u32,
    /// The edits, in file order.
    pub edits: Vec<Edit>,
}

/// One entry of an edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Length in ticks of the movie's clock.
    pub duration: u64,
    /// First tick of the track's clock that is shown; -1 means that nothing is.
    pub media_time: i64,
}

/// The tracks of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Movie {
    /// Ticks a second of the movie's clock.
    pub timescale: u32,
    pub tracks: Vec<Track>,
}

/// What the edit list of a track comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Timing {
    /// Seconds of nothing before the track begins.
    pub lead: f64,
    /// Seconds of the track's start that are not shown.
    pub skip: f64,
    /// Seconds that are shown, if the list says so.
    pub length: Option<f64>,
}

/// Most boxes looked at in one level; real files have some hundred, a hostile one may have millions.
const MAX_BOXES: usize = 4_096;
/// Bytes read of a sample entry; those of sound have some hundred.
const MAX_ENTRY: usize = 1_024;
/// Most edits read of a track.
const MAX_EDITS: usize = 1_024;

impl Movie {
    /// Reads the track list of an MP4 file. A damaged part is left out: symphonia is the judge of that.
    pub(crate) fn read(file: &mut File) -> io::Result<Self> {
        let end = file.metadata()?.len();
        let mut movie = Self::default();
        let Some(moov) = find(file, 0, end, b"moov")? else { return Ok(movie) };
        for part in boxes(file, moov.start, moov.end)? {
            match &part.name {
                b"mvhd" => movie.timescale = timescale(file, &part)?,
                b"trak" => movie.tracks.push(track(file, &part)?),
                _ => {}
            }
        }
        Ok(movie)
    }

    /// The track with symphonia's id.
    pub(crate) fn track(&self, id: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// What the edit list of `track` comes to. Lists that show more than one stretch are not followed: their sound is
    /// taken as it lies in the file, as symphonia does.
    pub(crate) fn timing(&self, track: &Track) -> Timing {
        let seconds = |ticks: u64, scale: u32| if scale == 0 { 0.0 } else { ticks as f64 / f64::from(scale) };
        let lead = track.edits.iter().take_while(|edit| edit.media_time < 0);
        let lead = seconds(lead.fold(0, |sum, edit| edit.duration.saturating_add(sum)), self.timescale);
        let mut shown = track.edits.iter().filter(|edit| edit.media_time >= 0);
        match (shown.next(), shown.next()) {
            (Some(edit), None) => Timing {
                lead,
                skip: seconds(edit.media_time.unsigned_abs(), track.timescale),
                length: Some(seconds(edit.duration, self.timescale)).filter(|&length| length > 0.0),
            },
            _ => Timing { lead, ..Timing::default() },
        }
    }
}

fn track(file: &mut File, trak: &Part) -> io::Result<Track> {
    let mut track = Track::default();
    for part in boxes(file, trak.start, trak.end)? {
        match &part.name {
            // Full box header, two times, then the id (ISO 14496-12, 8.3.2).
            b"tkhd" => {
                let bytes = part.read(file, 24)?;
                let at = if bytes.first() == Some(&1) { 20 } else { 12 };
                track.id = u32_at(&bytes, at);
            }
            b"edts" => {
                if let Some(list) = find(file, part.start, part.end, b"elst")? {
                    track.edits = edits(&list.read(file, 8 + 20 * MAX_EDITS)?);
                }
            }
            b"mdia" => media(file, &part, &mut track)?,
            _ => {}
        }
    }
    Ok(track)
}

fn media(file: &mut File, mdia: &Part, track: &mut Track) -> io::Result<()> {
    for part in boxes(file, mdia.start, mdia.end)? {
        match &part.name {
            b"mdhd" => track.timescale = timescale(file, &part)?,
            b"hdlr" => track.handler = name_at(&part.read(file, 12)?, 8),
            b"minf" => {
                let Some(stbl) = find(file, part.start, part.end, b"stbl")? else { continue };
                let Some(stsd) = find(file, stbl.start, stbl.end, b"stsd")? else { continue };
                // Full box header, entry count, then the first entry's size and name.
                let entry = stsd.read(file, MAX_ENTRY)?;
                track.entry = name_at(&entry, 12);
                // A box inside the entry, with two bytes that are 1 for low byte first.
                track.little_endian = entry.windows(6).any(|bytes| bytes == b"enda\0\x01");
            }
            _ => {}
        }
    }
    Ok(())
}

/// `mvhd` and `mdhd` begin alike: full box header, two times, the timescale.
fn timescale(file: &mut File, part: &Part) -> io::Result<u32> {
    let bytes = part.read(file, 24)?;
    Ok(u32_at(&bytes, if bytes.first() == Some(&1) { 20 } else { 12 }))
}

fn edits(bytes: &[u8]) -> Vec<Edit> {
    let long = bytes.first() == Some(&1);
    let count = (u32_at(bytes, 4) as usize).min(MAX_EDITS);
    let size = if long { 20 } else { 12 };
    bytes
        .get(8..)
        .unwrap_or_default()
        .chunks_exact(size)
        .take(count)
        .map(|entry| {
            if long {
                Edit { duration: u64_at(entry, 0), media_time: u64_at(entry, 8) as i64 }
            } else {
                Edit { duration: u64::from(u32_at(entry, 0)), media_time: i64::from(u32_at(entry, 4) as i32) }
            }
        })
        .collect()
}

/// A box: its name, and where its content lies in the file.
#[derive(Debug, Clone, Copy)]
struct Part {
    name: [u8; 4],
    start: u64,
    end: u64,
}

impl Part {
    /// The first bytes of the content, at most `most`.
    fn read(&self, file: &mut File, most: usize) -> io::Result<Vec<u8>> {
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.take((self.end - self.start).min(most as u64)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn find(file: &mut File, start: u64, end: u64, name: &[u8; 4]) -> io::Result<Option<Part>> {
    Ok(boxes(file, start, end)?.into_iter().find(|part| &part.name == name))
}

/// The boxes between two positions, up to the first that makes no sense.
fn boxes(file: &mut File, start: u64, end: u64) -> io::Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = start;
    while parts.len() < MAX_BOXES && at.saturating_add(8) <= end {
        let header = Part { name: [0; 4], start: at, end }.read(file, 16)?;
        let mut content = at + 8;
        let next = match u32_at(&header, 0) {
            // To the end of the file.
            0 => Some(end),
            1 => {
                content = at + 16;
                at.checked_add(u64_at(&header, 8))
            }
            size => at.checked_add(u64::from(size)),
        };
        // A box that the file ends in is cut to what is there.
        let next = next.map_or(end, |next| next.min(end));
        if next < content {
            break;
        }
        parts.push(Part { name: name_at(&header, 4), start: content, end: next });
        at = next;
    }
    Ok(parts)
}

fn name_at(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).unwrap_or_default()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(name_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(edits: &[(u64, i64)]) -> Timing {
        let edits = edits.iter().map(|&(duration, media_time)| Edit { duration, media_time }).collect();
        let track = Track { timescale: 44_100, edits, ..Track::default() };
        Movie { timescale: 1_000, tracks: Vec::new() }.timing(&track)
    }

    #[test]
    fn edit_lists_say_what_is_cut_and_what_comes_late() {
        assert_eq!(timing(&[]), Timing::default());
        assert_eq!(timing(&[(2_500, 4_410)]), Timing { lead: 0.0, skip: 0.1, length: Some(2.5) });
        assert_eq!(timing(&[(700, -1), (2_500, 0)]), Timing { lead: 0.7, skip: 0.0, length: Some(2.5) });
        // A file written while it was recorded: the length is not known.
        assert_eq!(timing(&[(0, 44_100)]), Timing { lead: 0.0, skip: 1.0, length: None });
        // Two stretches: taken as they lie in the file.
        assert_eq!(timing(&[(500, -1), (100, 0), (100, 44_100)]), Timing { lead: 0.5, skip: 0.0, length: None });
    }

    #[test]
    fn both_forms_of_the_list_are_read() {
        let short = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2, 188, 255, 255, 255, 255, 0, 0, 0, 9, 0, 0, 4, 0];
        let expected = [Edit { duration: 700, media_time: -1 }, Edit { duration: 9, media_time: 1_024 }];
        assert_eq!(edits(&short)[..1], expected[..1]);
        assert_eq!(
            edits(&[1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0]),
            [expected[1]]
        );
        assert_eq!(edits(&[]), []);
        assert_eq!(edits(&[0, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3]), []);
    }
}
