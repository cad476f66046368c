//! Any transcript gives files that are sound: every plane of Unicode, control characters, marks of direction, markup,
//! empty words, times that are equal, overlap or go backwards.

use std::io::Cursor;

use proptest::prelude::*;
use st_core::coverage::Coverage;
use st_core::hypothesis::Word;
use st_core::time::TimeSpan;
use st_core::transcript::{
    ModelFacts, Provenance, RecordingFacts, Speaker, SpeakerId, Transcript, Utterance, UtteranceId,
};
use st_export::{CueOptions, EXPORTERS, ExportOptions, Origin, Source};

/// Pieces that mean something in one format or another.
const HOSTILE: &[&str] = &[
    "-->",
    "<",
    ">",
    "&",
    "&amp;",
    "<b>",
    "</v>",
    "\"",
    "'",
    "\n",
    "\r\n",
    "\n\n",
    "\r",
    "\t",
    "\0",
    "\u{1}",
    "\u{b}",
    "\u{1f}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{200b}",
    "\u{200e}",
    "\u{200f}",
    "\u{202a}",
    "\u{202e}",
    "\u{202c}",
    "\u{2066}",
    "\u{2069}",
    "]]>",
    "<!--",
    "<![CDATA[",
    "=",
    "=1+1",
    "+",
    "-",
    "@",
    ",",
    ";",
    "|",
    "\\",
    "`",
    "*",
    "_",
    "#",
    "1.",
    "1",
    "00:00:01,000 --> 00:00:02,000",
    "NOTE",
    "WEBVTT",
    "STYLE",
    "{\\an8}",
    "<i>",
    "e\u{301}",
    "👩‍👩‍👧",
    "🇩🇪",
    "مرحبا",
    "שלום",
    "हिन्दी",
    "ไทย",
    "日本語",
    "한국어",
    "word",
    "Wort",
    "Yes.",
    "Why?",
    " ",
    "  ",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-zäöü]{1,12}[.,?]?",
    ];
    let end = prop_oneof![Just(" "), Just("")];
    prop::collection::vec((piece, end), 0..12)
        .prop_map(|all| all.into_iter().flat_map(|(a, b)| [a, b.into()]).collect())
}

/// Times of up to a few days, many of them equal.
fn millis() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0u64..5_000, 1 => prop::sample::select(&[0u64, 1, 1000, 3_599_999, 359_999_999][..])]
}

prop_compose! {
    fn word()(text in text(), start in millis(), length in 0u64..900, confidence in any::<f32>(), spaced: bool) -> Word {
        Word { text, span: TimeSpan::new(start, start + length), confidence, spaced }
    }
}

prop_compose! {
    fn utterance()(
        text in text(),
        words in prop::collection::vec(word(), 0..6),
        fits in prop::bool::weighted(0.7),
        start in millis(),
        length in 0u64..4_000,
        speaker in prop::option::of(0u32..5),
        overlap in prop::collection::vec(0u32..5, 0..3),
        flags: (bool, bool),
    ) -> Utterance {
        let span = TimeSpan::new(start, start + length);
        let words = if fits { st_core::retext::retext(&[], &text, span) } else { words };
        Utterance {
            id: UtteranceId(0),
            speaker: speaker.map(SpeakerId),
            span,
            text,
            words,
            overlap: overlap.into_iter().map(SpeakerId).collect(),
            edited: flags.0,
            checked: flags.1,
            told: false,
        }
    }
}

prop_compose! {
    fn transcript()(
        name in text(),
        language in prop::option::of(prop_oneof![Just("en".to_owned()), Just("de".to_owned()), text()]),
        names in prop::collection::vec(prop::option::of(text()), 4),
        mut utterances in prop::collection::vec(utterance(), 0..8),
        duration_ms in millis(),
        notes in prop::collection::vec(text(), 0..2),
    ) -> Transcript {
        utterances.sort_by_key(|u| u.span.start);
        (1..).zip(&mut utterances).for_each(|(id, u)| u.id = UtteranceId(id));
        let speaker = |(id, name): (u32, Option<String>)| Speaker {
            id: SpeakerId(id), label: format!("SPEAKER_{id:02}"), name, colour: None,
        };
        let model = ModelFacts { role: "asr".into(), name: name.clone(), sha256: "ab".into() };
        Transcript {
            recording: RecordingFacts { name: name.clone(), duration_ms, sha256: "ab12".into() },
            language,
            // The fifth speaker that utterances name is not there.
            speakers: (0..).zip(names).map(speaker).collect(),
            utterances,
            coverage: Coverage::default(),
            doubts: Vec::new(),
            provenance: Provenance {
                models: vec![model],
                settings: [(name.clone(), name)].into(),
                notes,
                ..Provenance::default()
            },
        }
    }
}

prop_compose! {
    fn options()(
        on in any::<[bool; 12]>(),
        limits in (0usize..60, 0usize..6, 0u64..9_000, 0u64..9_000, 0u64..40, 0u64..2_000),
    ) -> ExportOptions {
        let (columns, lines, least_ms, most_ms, reading_speed, gap_ms) = limits;
        ExportOptions {
            timestamps: on[0], speakers: on[1], confidence: on[2], summary: on[3], shares: on[4],
            average_confidence: on[5], questions: on[6], actions: on[7], next_steps: on[8], origin: on[9],
            audio_link: on[10], csv_bom: on[11],
            cues: CueOptions { columns, lines, least_ms, most_ms, reading_speed, gap_ms },
            ..ExportOptions::default()
        }
    }
}

proptest! {
    #[test]
    fn every_file_is_sound(transcript in transcript(), options in options(), program in text()) {
        let origin = Origin { program, exported_at: Some("2026-11-28T10:00:00Z".into()), ..Origin::default() };
        let source = Source { transcript: &transcript, origin: &origin, turns: None, fonts: None };
        // PDF needs the fonts that are shipped with the program.
        for exporter in EXPORTERS.iter().filter(|e| e.id() != "pdf") {
            let mut bytes = Vec::new();
            exporter.write(&source, &options, &mut bytes).unwrap();
            if let Err(error) = exporter.check(&mut Cursor::new(&bytes)) {
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                prop_assert!(false, "{}: {error}\n{shown}", exporter.id());
            }
            // What is cut off is found where the format has an end of its own.
            if matches!(exporter.id(), "json" | "otr" | "html" | "eaf") {
                let cut = &bytes[..bytes.len() * 2 / 3];
                prop_assert!(exporter.check(&mut Cursor::new(cut)).is_err(), "{}", exporter.id());
            }
        }
    }
}
