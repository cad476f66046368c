//! The real recogniser: what is planted on purpose is found, and sounds that are no speech give no words. Where worker and
//! models are not there, these tests say so and do nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use st_engine::core::doubt::{DoubtKind, Verdict};
use st_engine::core::transcript::Transcript;
use st_engine::inference::Launch;
use st_engine::inference::spoiled::{Spoil, Spoiled};
use st_engine::inference::worker::WorkerProgram;
use st_engine::{CancelFlag, Engine, EngineOptions, JobSettings, LanguageChoice, Outcome, SpeakerChoice};

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The worker; none, saying so, where something that is needed is not there.
fn worker() -> Option<Arc<dyn Launch>> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree().join("target"), |set| tree().join(set));
    let worker = target.join("release/securetranscribe-worker").with_extension(std::env::consts::EXE_EXTENSION);
    for (needed, how) in
        [(&worker, "cargo xtask build"), (&tree().join("models/ggml-tiny.en.bin"), "cargo xtask models")]
    {
        if !needed.is_file() {
            println!("skipped: {} is missing; make it with {how}", needed.display());
            return None;
        }
    }
    Some(Arc::new(WorkerProgram::new(&worker)))
}

fn run(launch: Arc<dyn Launch>, recording: &Path) -> Transcript {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: Some(folder.path().join("data")),
        models_dir: Some(tree().join("models")),
        ..EngineOptions::default()
    };
    let engine = Engine::open_with(options, launch).unwrap();
    let settings = JobSettings {
        model: "tiny.en".into(),
        language: LanguageChoice::Code("en".into()),
        speakers: SpeakerChoice::Off,
        fast: true,
        threads: Some(2),
        ..JobSettings::default()
    };
    let job = engine.enqueue(recording, &settings).unwrap();
    let Outcome::Done(id) = engine.run_job(job.id, &CancelFlag::new(), &mut |_| {}).unwrap() else {
        panic!("cancelled")
    };
    engine.transcript(id).unwrap().document
}

#[test]
fn what_is_planted_is_found_and_put_right() {
    let Some(worker) = worker() else { return };
    let speech = tree().join("tests/fixtures/speech_en.flac");
    for (spoil, expected) in [
        (Spoil::Empty, (DoubtKind::SpeechWithoutWords, Verdict::Repaired)),
        (Spoil::Loop, (DoubtKind::Loop, Verdict::Repaired)),
        (Spoil::Deaf, (DoubtKind::WordsWithoutSpeech, Verdict::Kept)),
    ] {
        let document = run(Arc::new(Spoiled::new(Arc::clone(&worker), spoil)), &speech);
        let text: String = document.utterances.iter().map(|u| u.text.to_lowercase() + " ").collect();
        assert!(text.contains("what your country can do for you"), "{spoil:?}: {text} {:?}", document.doubts);
        let found: Vec<_> = document.doubts.iter().map(|d| (d.finding.kind, d.finding.verdict)).collect();
        assert!(found.contains(&expected), "{spoil:?}: {found:?}");
    }
}

/// Sound of so many samples a second, as a WAV file.
fn wav(path: &Path, samples: &[f32]) {
    let bytes = samples.len() as u32 * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([16_000u32, 32_000].into_iter().flat_map(u32::to_le_bytes));
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()));
    std::fs::write(path, file).unwrap();
}

/// Sounds of 8 s in which nobody speaks.
fn sounds() -> Vec<(&'static str, Vec<f32>)> {
    let tau = std::f32::consts::TAU;
    let mut state = 0x2545_f491_u32;
    let mut hiss = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    let mut sound = |at: &mut dyn FnMut(f32, f32) -> f32| -> Vec<f32> {
        (0..8 * 16_000).map(|n| at(n as f32 / 16_000.0, hiss())).collect()
    };
    let (mut slow, mut low) = (0.0f32, 0.0f32);
    let chords = [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let melody = [523.0, 587.0, 659.0, 494.0, 440.0, 523.0, 784.0, 659.0];
    vec![
        ("silence", sound(&mut |_, _| 0.0)),
        ("noise", sound(&mut |_, noise| 0.3 * noise)),
        ("tone", sound(&mut |t, _| 0.3 * (tau * 440.0 * t).sin())),
        ("engaged tone", sound(&mut |t, _| if t % 1.0 < 0.5 { 0.3 * (tau * 425.0 * t).sin() } else { 0.0 })),
        (
            "breathing",
            sound(&mut |t, noise| {
                slow += 0.25 * (noise - slow);
                0.6 * slow * (tau * t / 3.2).sin().max(0.0).powf(1.5) + 0.002 * noise
            }),
        ),
        (
            "applause",
            sound(&mut |t, noise| {
                let clap = |every: f32| (-(t % every) * 90.0).exp();
                low += 0.5 * (noise - low);
                0.5 * low * (clap(0.031) + clap(0.047) + clap(0.113))
            }),
        ),
        (
            "hold music",
            sound(&mut |t, _| {
                let chord = chords[(t / 2.0) as usize % 4].iter().map(|f| (tau * f * t).sin()).sum::<f32>();
                let note = (tau * melody[(t * 2.0) as usize % 8] * t).sin() * (-(t % 0.5) * 4.0).exp();
                0.1 * chord + 0.3 * note
            }),
        ),
    ]
}

#[test]
fn sounds_without_speech_give_no_words() {
    let Some(worker) = worker() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, samples) in sounds() {
        let path = folder.path().join(format!("{name}.wav"));
        wav(&path, &samples);
        let document = run(Arc::clone(&worker), &path);
        assert!(document.utterances.is_empty(), "{name}: {:?}", document.utterances);
    }
}
