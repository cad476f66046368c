//! A finished recording as FLAC. The WAV goes only when the FLAC file is whole, has the same samples, and is known: whatever
//! ends the program before leaves the WAV.

use std::path::{Path, PathBuf};

use st_audio::flac::{FlacError, write};

use crate::failure::{Code, Failure};

/// Writes the FLAC file beside a recording; `known` notes that it takes the recording's place, then the recording goes.
/// Gives its path.
///
/// # Errors
/// Where it cannot be; the recording is as it was then.
pub(crate) fn replace(
    recording: &Path,
    cancelled: &dyn Fn() -> bool,
    known: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<PathBuf, Failure> {
    let (part, flac) = (recording.with_extension("flac.part"), recording.with_extension("flac"));
    let written = write(recording, &part, cancelled).and_then(|()| Ok(std::fs::rename(&part, &flac)?));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&part);
        return Err(failure(recording, &flac, &error));
    }
    known(&flac)?;
    // What stays behind is only in the way of nobody.
    if let Err(error) = std::fs::remove_file(recording) {
        tracing::warn!(%error, "the WAV file of a recording stays beside its FLAC file");
    }
    Ok(flac)
}

fn failure(recording: &Path, flac: &Path, error: &FlacError) -> Failure {
    let name = recording.file_name().unwrap_or_default().to_string_lossy();
    match error {
        FlacError::Io(error) => Failure::record_file(flac, error),
        error => Failure::new(Code::UnsupportedFormat, format!("“{name}” stays WAV: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use st_audio::wav::{SampleKind, WavSpec, WavWriter};

    use super::*;

    fn recording(folder: &Path, kind: SampleKind) -> PathBuf {
        let path = folder.join("talk.wav");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        let mut writer = WavWriter::create(file, WavSpec { rate: 48_000, channels: 1, kind }).unwrap();
        writer.write(&(0..48_000).map(|at| (at as f32 * 0.05).sin() * 0.4).collect::<Vec<_>>()).unwrap();
        writer.finish().unwrap();
        path
    }

    #[test]
    fn the_wav_goes_when_the_flac_is_known_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let wav = recording(folder.path(), SampleKind::I16);
        let names = || -> Vec<String> {
            let entries = std::fs::read_dir(folder.path()).unwrap().flatten();
            let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        };
        let refused = replace(&wav, &|| false, |_| Err(Failure::new(Code::Conflict, "no")));
        assert_eq!((refused.unwrap_err().code, names()), (Code::Conflict, vec!["talk.flac".into(), "talk.wav".into()]));
        std::fs::remove_file(wav.with_extension("flac")).unwrap();
        assert!(replace(&wav, &|| true, |_| Ok(())).is_err());
        assert_eq!(names(), ["talk.wav"]);
        let mut both = false;
        let flac = replace(&wav, &|| false, |flac| {
            both = flac.exists() && wav.exists();
            Ok(())
        });
        assert_eq!((flac.unwrap(), both), (folder.path().join("talk.flac"), true));
        assert_eq!(names(), ["talk.flac"]);
        let float = recording(folder.path(), SampleKind::F32);
        let failure = replace(&float, &|| false, |_| Ok(())).unwrap_err();
        assert_eq!(failure.message, "“talk.wav” stays WAV: it is in a form that FLAC does not hold.");
        assert!(float.exists());
    }
}
