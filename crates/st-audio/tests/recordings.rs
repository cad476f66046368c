//! The large test recordings against what their index says of them.

mod support;

use std::fs;
use std::path::Path;

use st_audio::AudioError;
use support::{data, decode};

/// Formats of the index that are not read, and must be refused by name.
const REFUSED: &[&str] = &["opus", "wmav2", "amr_nb", "amr_wb", "mp4als", "adpcm_g722", "gsm", "ac3", "wavpack"];

struct Row {
    file: String,
    kind: String,
    seconds: Option<f64>,
    channels: u32,
    codec: String,
    mean_db: Option<f64>,
}

fn rows(folder: &Path) -> Vec<Row> {
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut lines = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let column = |name: &str| names.iter().position(|&n| n == name).unwrap();
    let (file, kind, seconds, channels, codec, mean) = (
        column("file"),
        column("kind"),
        column("seconds_decoded"),
        column("channels"),
        column("codec"),
        column("mean_dB"),
    );
    lines
        .map(|line| Row {
            file: line[file].into(),
            kind: line[kind].into(),
            seconds: line[seconds].parse().ok(),
            channels: line[channels].parse().unwrap_or(0),
            codec: line[codec].into(),
            mean_db: line[mean].parse().ok(),
        })
        .collect()
}

#[test]
fn lengths_and_levels_are_those_of_the_index() {
    let Some(data) = data() else { return };
    let mut wrong = Vec::new();
    let mut read = 0;
    for row in rows(&data) {
        let wanted = row.kind == "format" || row.kind == "der" || row.kind.starts_with("made-");
        let path = data.join(&row.file);
        if !wanted || row.kind == "made-broken" || !path.is_file() {
            continue;
        }
        let container_unread = [".ts", ".flv", ".g722", ".gsm"].iter().any(|end| row.file.ends_with(end));
        match decode(&path) {
            Ok((samples, _, summary)) => {
                read += 1;
                let length = samples.len() as f64 / 16_000.0;
                // The index has what another program decodes, which cuts less at the edges of AAC.
                if row.seconds.is_some_and(|seconds| (length - seconds).abs() > 0.05) {
                    wrong.push(format!("{}: {length} s, not {:?}", row.file, row.seconds));
                }
                // Mixing changes the level where there are several channels, resampling where there is much above 8 kHz.
                let level = f64::from(summary.mixed.rms_db());
                if row.channels == 1 && row.mean_db.is_some_and(|mean| mean > -80.0 && (level - mean).abs() > 0.6) {
                    wrong.push(format!("{}: {level:.1} dB, not {:?}", row.file, row.mean_db));
                }
            }
            Err(AudioError::UnsupportedCodec { .. }) if REFUSED.contains(&row.codec.as_str()) || container_unread => {}
            // Raw G.722 and GSM have no header at all.
            Err(AudioError::NotAudio { .. }) if container_unread => {}
            Err(error) => wrong.push(error.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(read > 30, "only {read} files found");
}
