//! Stage 1, "Reading the file": one pass over the whole recording finds its length, its waveform and where somebody
//! speaks, while another thread takes the SHA-256 of the file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::thread;

use sha2::{Digest, Sha256};
use st_audio::{AudioError, Decoder, Summary};
use st_core::sound::Listener;
use st_core::speech::{SpeechOptions, regions};
use st_core::time::{Millis, SAMPLE_RATE};
use st_worker_protocol::Load;

use super::{PipelineError, Shared};
use crate::inference::{InferenceError, Outcome, Supervisor};
use crate::jobs::{CancelFlag, Stage};
use crate::library::{Channels, Scan};

/// Samples that are looked at for speech at a time: a minute, a whole number of VAD frames.
const BLOCK: usize = 60 * SAMPLE_RATE as usize;

/// Values of the waveform a second: at 20 a person sees syllables, and ten hours are 720 kB.
pub const PEAKS_PER_SECOND: usize = 20;

/// Scans the recording, or takes what an earlier job found where the file is still the same.
pub fn scan(shared: &Shared<'_, '_>, supervisor: &Supervisor) -> Result<Outcome<Scan>, PipelineError> {
    let _clock = shared.reporter.stage(Stage::Decode);
    let known = shared
        .library
        .scan(shared.job.recording)?
        .filter(|scan| scan.vad == shared.models.vad.sha256 && scan.channels.count > 0);
    if let Some(known) = known {
        shared.reporter.duration(known.duration);
        match hash(&shared.path, shared.cancel)? {
            Outcome::Done(sha256) if sha256 == known.sha256 => {
                shared.reporter.progress(Stage::Decode, known.duration, 1.0);
                return Ok(Outcome::Done(known));
            }
            Outcome::Done(_) => {}
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
    }
    let (path, stop) = (shared.path.clone(), shared.cancel.child());
    let hashing = stop.clone();
    let (found, sha256) = thread::scope(|scope| {
        let sha256 = scope.spawn(|| hash(&path, &hashing));
        let found = persistently(supervisor, |supervisor| pass(shared, supervisor));
        if !matches!(found, Ok(Outcome::Done(_))) {
            stop.cancel();
        }
        (found, sha256.join())
    });
    let Outcome::Done(scan) = found? else { return Ok(Outcome::Cancelled) };
    let sha256 = match sha256.unwrap_or_else(|panic| std::panic::resume_unwind(panic))? {
        Outcome::Done(sha256) => sha256,
        Outcome::Cancelled => return Ok(Outcome::Cancelled),
    };
    let scan = Scan { sha256, ..scan };
    shared.library.set_scan(shared.job.recording, &scan)?;
    shared.reporter.progress(Stage::Decode, scan.duration, 1.0);
    Ok(Outcome::Done(scan))
}

/// Begins again where a worker dies: the VAD goes on from frame to frame, so nothing less gives the same regions.
pub(super) fn persistently<T>(
    supervisor: &Supervisor,
    mut pass: impl FnMut(&Supervisor) -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    loop {
        match pass(supervisor) {
            Err(PipelineError::Inference(InferenceError::Died(_))) if supervisor.may_go_on() => {}
            other => return other,
        }
    }
}

fn pass(shared: &Shared<'_, '_>, supervisor: &Supervisor) -> Result<Outcome<Scan>, PipelineError> {
    let mut decoder = Decoder::open(&shared.path)?;
    let expected = decoder.info().duration;
    shared.reporter.duration(expected.unwrap_or_default());
    let mut peaks = Peaks::default();
    let mut listener = Listener::default();
    let mut seen = |block: &[f32], position: Millis| {
        peaks.push(block);
        listener.push(block);
        let fraction = expected.map_or(0.5, |whole| position.0 as f32 / whole.0.max(1) as f32);
        // Headers lie; the end is told by the end.
        shared.reporter.progress(Stage::Decode, position, fraction.min(0.99));
    };
    let Outcome::Done(frames) = speech(shared, supervisor, &mut decoder, &mut seen)? else {
        return Ok(Outcome::Cancelled);
    };
    let summary = decoder.summary();
    let duration = summary.duration();
    shared.reporter.duration(duration);
    let regions = regions(&frames, duration, &SpeechOptions::default());
    Ok(Outcome::Done(Scan {
        sha256: String::new(),
        vad: shared.models.vad.sha256.clone(),
        duration,
        level_db: summary.mixed.rms_db(),
        unheard: listener.unheard(&regions, duration),
        regions,
        peaks: peaks.finish(),
        notes: remarks(&summary),
        channels: channels(&summary),
    }))
}

/// Probability of speech in each frame of all that a decoder gives; `seen` takes what was listened to, and its end.
pub(super) fn speech(
    shared: &Shared<'_, '_>,
    supervisor: &Supervisor,
    decoder: &mut Decoder,
    seen: &mut dyn FnMut(&[f32], Millis),
) -> Result<Outcome<Vec<u8>>, PipelineError> {
    let load = Load { vad: Some(shared.models.vad.path.clone()), threads: shared.threads, ..Load::default() };
    if let Outcome::Cancelled = supervisor.load(&load, shared.cancel)? {
        return Ok(Outcome::Cancelled);
    }
    let mut frames: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let block = decoder.read(BLOCK)?;
        if block.is_empty() {
            return Ok(Outcome::Done(frames));
        }
        match supervisor.speech(&block, first, shared.cancel)? {
            Outcome::Done(more) => frames.extend(more),
            Outcome::Cancelled => return Ok(Outcome::Cancelled),
        }
        first = false;
        seen(&block, Millis::from_sample(decoder.position()));
    }
}

fn channels(summary: &Summary) -> Channels {
    let count = u16::try_from(summary.channels.len()).unwrap_or(u16::MAX).max(1);
    Channels { count, separate: summary.separate, tracks: Vec::new() }
}

/// Reads a recording without any model: what [`scan`] finds but for where somebody speaks. A job on it looks for that
/// later, since `vad` names no model.
pub fn read_through(path: &Path) -> Result<Scan, PipelineError> {
    // Nobody cancels it.
    let sha256 = match hash(path, &CancelFlag::new())? {
        Outcome::Done(sha256) => sha256,
        Outcome::Cancelled => String::new(),
    };
    let mut decoder = Decoder::open(path)?;
    let mut peaks = Peaks::default();
    loop {
        let block = decoder.read(BLOCK)?;
        if block.is_empty() {
            break;
        }
        peaks.push(&block);
    }
    let summary = decoder.summary();
    Ok(Scan {
        sha256,
        vad: String::new(),
        duration: summary.duration(),
        level_db: summary.mixed.rms_db(),
        regions: Vec::new(),
        unheard: Vec::new(),
        peaks: peaks.finish(),
        notes: remarks(&summary),
        channels: channels(&summary),
    })
}

/// What is odd about the file and a reader of the transcript should know.
fn remarks(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(expected) = summary.expected {
        notes.push(format!("The file ends at {} of {expected}; it is probably not fully copied.", summary.duration()));
    }
    match summary.damaged_packets {
        0 => {}
        1 => notes.push("One damaged place in the file was replaced by silence.".into()),
        n => notes.push(format!("{n} damaged places in the file were replaced by silence.")),
    }
    notes
}

/// SHA-256 of a file in lower-case hexadecimal.
pub fn hash(path: &Path, cancel: &CancelFlag) -> Result<Outcome<String>, PipelineError> {
    let name = || path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => AudioError::NotFound { file: name() },
        std::io::ErrorKind::PermissionDenied => AudioError::NoPermission { file: name() },
        _ => AudioError::Io { file: name(), source },
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0u8; 1 << 20];
    loop {
        if cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(n) => hasher.update(&block[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error).into()),
        }
    }
    Ok(Outcome::Done(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// The waveform: the highest amplitude of each twentieth of a second, 255 for full scale.
#[derive(Default)]
struct Peaks {
    done: Vec<u8>,
    highest: f32,
    count: usize,
}

impl Peaks {
    const LENGTH: usize = SAMPLE_RATE as usize / PEAKS_PER_SECOND;

    fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.highest = self.highest.max(sample.abs());
            self.count += 1;
            if self.count == Self::LENGTH {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        self.done.push((self.highest.min(1.0) * 255.0).round() as u8);
        (self.highest, self.count) = (0.0, 0);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.end();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(&path, &CancelFlag::new()).unwrap(), Outcome::Done(expected.into()));
    }

    #[test]
    fn peaks_do_not_depend_on_the_blocks() {
        let samples: Vec<f32> = (0..2000).map(|n| n as f32 / 2000.0).collect();
        let mut whole = Peaks::default();
        whole.push(&samples);
        let mut parts = Peaks::default();
        samples.chunks(77).for_each(|part| parts.push(part));
        let whole = whole.finish();
        assert_eq!(whole, parts.finish());
        assert_eq!(whole, [102, 204, 255]);
    }
}
