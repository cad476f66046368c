//! Who speaks when, from what the models heard in the sample recordings (`tests/fixtures`).

use std::path::Path;

use st_core::clustering::{ClusterOptions, cluster};
use st_core::diarization::{Diarization, SpeakerCount, SpeakerEvidence};
use st_core::metrics::der::{DerOptions, der};
use st_core::rttm;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn speakers_of(name: &str, count: SpeakerCount) -> Diarization {
    let evidence: SpeakerEvidence = serde_json::from_str(&fixture(&format!("{name}.evidence.json"))).unwrap();
    cluster(&evidence, &[], &ClusterOptions { count, ..ClusterOptions::default() }).diarization
}

#[test]
fn two_readers_are_told_apart() {
    let reference = &rttm::read(&fixture("two_speakers.rttm")).unwrap()[0].diarization;
    let found = speakers_of("two_speakers", SpeakerCount::Auto);
    let score = der(reference, &found, &DerOptions { collar_ms: 250, ..DerOptions::default() });
    assert_eq!(score.hypothesis_speakers, 2);
    assert_eq!(score.confusion_ms, 0, "{score:?}");
    // Measured: 4.0 %.
    assert!(score.rate() < 0.06, "{score:?}");
    assert_eq!(speakers_of("two_speakers", SpeakerCount::Exact(2)), found);
}

#[test]
fn one_speaker_is_one() {
    assert_eq!(speakers_of("speech_en", SpeakerCount::Auto).speakers().len(), 1);
    assert_eq!(speakers_of("two_speakers", SpeakerCount::Exact(1)).speakers().len(), 1);
}

#[test]
fn what_is_written_as_rttm_scores_as_before() {
    let found = speakers_of("two_speakers", SpeakerCount::Auto);
    let text = rttm::write("two speakers", &found, |speaker| speaker.label());
    let read = rttm::read(&text).unwrap();
    assert_eq!(der(&found, &read[0].diarization, &DerOptions::default()).rate(), 0.0);
}
