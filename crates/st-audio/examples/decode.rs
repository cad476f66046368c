//! Decodes files and prints what came out of each: `cargo run --release -p st-audio --example decode -- FILE…`

use std::path::Path;
use std::time::Instant;

use st_audio::{AudioError, Decoder};

fn main() {
    for name in std::env::args().skip(1) {
        let start = Instant::now();
        match decode(Path::new(&name)) {
            Ok(line) => println!("{name}\t{line}\t{:.2} s", start.elapsed().as_secs_f32()),
            Err(error) => println!("{name}\t{error}"),
        }
    }
}

fn decode(path: &Path) -> Result<String, AudioError> {
    let mut decoder = Decoder::open(path)?;
    while decoder.next_block()?.is_some() {}
    let (info, summary) = (decoder.info(), decoder.summary());
    let expected = summary.expected.map(|length| format!(" of {:.3} s", length.seconds())).unwrap_or_default();
    Ok(format!(
        "{} {} {} Hz {} ch{}\t{:.3} s{expected}\t{:.1} dB\t{} damaged",
        info.container,
        info.codec,
        info.sample_rate,
        info.channels,
        if info.video { " video" } else { "" },
        summary.samples as f64 / 16_000.0,
        summary.mixed.rms_db(),
        summary.damaged_packets,
    ))
}
