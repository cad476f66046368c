use proptest::prelude::*;
use st_core::coverage::Coverage;
use st_core::doubt::{Doubt, DoubtId, DoubtKind, Finding, Verdict};
use st_core::transcript::RecordingFacts;

use super::*;
use crate::{ExportOptions, Origin, Source, exporter};

/// `start-end speaker: text` of each utterance.
fn shown(transcript: &Transcript) -> Vec<String> {
    let show = |u: &Utterance| {
        let name = transcript.speaker_name(u).unwrap_or_else(|| "?".into());
        format!("{}-{} {name}: {}", u.span.start.0, u.span.end.0, u.text.replace('\n', " / "))
    };
    transcript.utterances.iter().map(show).collect()
}

fn taken(text: &str) -> Vec<String> {
    shown(&import(text.as_bytes()).unwrap())
}

#[test]
fn subrip_is_read_as_players_do() {
    let text = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\nLena: <i>Good</i> morning\r\n{\\an8}to all.\r\n\r\n\
                2\r\n00:00:02,500 --> 00:00:03,000\r\n3 < 4 & so on\r\n\r\n\r\n\
                00:00:04.000 --> 00:00:05.000 X1:1\nOmar: Yes.\n9\n00:00:06,000 --> 00:00:07,000\nNo blank line\n";
    assert_eq!(
        taken(text),
        [
            "1000-2500 Lena: Good morning / to all.",
            "2500-3000 Lena: 3 < 4 & so on",
            "4000-5000 Omar: Yes. / 9",
            "6000-7000 Omar: No blank line"
        ]
    );
}

#[test]
fn webvtt_is_read_with_its_voices() {
    let text = "WEBVTT - title\nKind: captions\n\nNOTE\nnot --> said\n\nSTYLE\n::cue { color: red }\n\nintro\n\
                00:01.000 --> 00:02.000 align:start\n<v.loud Lena &amp; Co>Tom &lt;3 <b>you</b></v>\n\n\
                00:00:02.000 --> 00:00:04.000\n<v Lena>Why?</v> <v Omar>Just so<00:00:03.500> it is</v>\n\n\
                00:00:04.000 --> 00:00:05.000\nNobody.\n";
    assert_eq!(
        taken(text),
        [
            "1000-2000 Lena & Co: Tom <3 you",
            "2000-2470 Lena: Why?",
            "2470-4000 Omar: Just so it is",
            "4000-5000 ?: Nobody."
        ]
    );
}

#[test]
fn text_with_times_is_read_in_the_forms_that_people_use() {
    for text in [
        "Lena [0:01]\nGood morning.\n\nOmar [1:01:09] (93 % sure)\nYes,\nI do.\n",
        "[00:00:01.0] Lena: Good morning.\n\n[01:01:09.0] Omar: Yes,\nI do.\n",
        "00:00:01 Lena\nGood morning.\n\n01:01:09 Omar\nYes,\nI do.\n",
        "#00:00:01-0# Lena: Good morning.\n#01:01:09-0# Omar: Yes,\nI do.\n",
        "(0:01) - Lena: Good morning.\n(1:01:09) - Omar: Yes,\nI do.\n",
        "Interview of Tuesday\n\nLena: [00:01]\nGood morning.\n\nOmar: [01:01:09]\nYes,\nI do.\n",
    ] {
        assert_eq!(taken(text), ["1000-1866 Lena: Good morning.", "3669000-3669666 Omar: Yes, / I do."], "{text}");
    }
    assert_eq!(
        taken("[1:00 - 1:05] We met at 10:30.\n[1:02] He"),
        ["60000-65000 ?: We met at 10:30.", "62000-62250 ?: He"]
    );
}

#[test]
fn what_cannot_be_taken_in_says_why() {
    for (bytes, expected) in [
        (&b""[..], ImportError::Empty),
        (b" \n", ImportError::Empty),
        (b"\xff\xfe\x00\xd8", ImportError::NotText),
        (b"RIFF\0\0", ImportError::NotText),
        (b"caf\xe9 0:01", ImportError::NotText),
        (b"Just text.", ImportError::NoTimes),
        (b"{\"a\": 1}", ImportError::ForeignJson),
        (b"[0:01]\n\n[0:02]", ImportError::NoText),
        (b"WEBVTT\n", ImportError::NoText),
        (b"1\n00:00:02,000 --> 00:00:01,000\nx", ImportError::Times { line: 2 }),
    ] {
        assert_eq!(import(bytes).unwrap_err(), expected);
    }
    let cut = "{\"schema\": \"securetranscribe/1\", \"utterances\": [";
    assert!(matches!(import(cut.as_bytes()), Err(ImportError::DamagedJson(_))));
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("[0:01] Grüße".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(shown(&import(&utf16).unwrap()), ["1000-1333 ?: Grüße"]);
}

fn exported(transcript: &Transcript, format: &str) -> Vec<u8> {
    let source = Source { transcript, origin: &Origin::default(), turns: None, fonts: None };
    let mut bytes = Vec::new();
    exporter(format).unwrap().write(&source, &ExportOptions::default(), &mut bytes).unwrap();
    bytes
}

prop_compose! {
    fn utterance(id: u64)(
        text in "[ -~äß日م\n]{0,40}",
        span in (0u64..1_000_000, 0u64..10_000),
        speaker in prop::option::of(0u32..3),
        overlap in prop::collection::vec(0u32..3, 0..2),
        sure in any::<f32>(),
        flags: (bool, bool),
    ) -> Utterance {
        let span = TimeSpan::new(span.0, span.0 + span.1);
        let mut words = retext(&[], &text, span);
        words.iter_mut().for_each(|w| w.confidence = if sure.is_finite() { sure.clamp(0.0, 1.0) } else { 0.5 });
        Utterance {
            id: UtteranceId(id * 3 + 1),
            speaker: speaker.map(|n| SpeakerId(n * 2)),
            span, text, words,
            overlap: overlap.into_iter().map(|n| SpeakerId(n * 2)).collect(),
            edited: flags.0,
            checked: flags.1,
            told: false,
        }
    }
}

proptest! {
    #[test]
    fn json_loses_nothing(
        mut utterances in (0u64..6).prop_flat_map(|count| (0..count).map(utterance).collect::<Vec<_>>()),
        names in prop::collection::vec((prop::option::of("[A-Z][a-z\"\\\\]{0,8}"), prop::option::of(0u8..12)), 3),
        gap in (0u64..100, 0u64..100),
        language in prop::option::of("[a-z]{2}"),
        note in ".{0,20}",
    ) {
        utterances.sort_by_key(|u| (u.span.start, u.id));
        let speakers = (0..).zip(names).map(|(n, (name, colour))| Speaker {
            id: SpeakerId(n * 2), label: format!("SPEAKER_{n:02}"), name, colour,
        });
        let mut transcript = Transcript {
            recording: RecordingFacts { name: "a\"b.wav".into(), duration_ms: 7, sha256: "00ff".into() },
            language,
            speakers: speakers.collect(),
            utterances,
            coverage: Coverage {
                words_ms: 1, silence_ms: 2, speech_without_words_ms: 3,
                speech_without_words: vec![TimeSpan::new(gap.0, gap.0 + gap.1)],
            },
            doubts: vec![Doubt {
                id: DoubtId(7),
                finding: Finding {
                    kind: DoubtKind::Loop,
                    span: TimeSpan::new(gap.0, gap.0 + gap.1),
                    verdict: Verdict::Repaired,
                    text: note.clone(),
                },
                settled: gap.0 > 50,
            }],
            ..Transcript::default()
        };
        transcript.provenance.notes.push(note);
        transcript.provenance.stage_ms.insert("decode".into(), 5);
        let bytes = exported(&transcript, "json");
        prop_assert_eq!(&import(&bytes).unwrap(), &transcript);
    }

    #[test]
    fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "([0-9:\\[\\]#<>{}&; \n-]|-->|WEBVTT|<v A>|Aé){0,60}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(transcript) = import(bytes) {
                prop_assert!(!transcript.utterances.is_empty());
                prop_assert!(transcript.utterances.windows(2).all(|p| p[0].span.start <= p[1].span.start));
            }
        }
    }

    #[test]
    fn subtitles_and_text_come_back_with_their_words(
        texts in prop::collection::vec("[A-Z][a-z]{1,8}( [a-z]{1,9}){0,9}[.?!]", 1..6),
    ) {
        let utterances = (0..).zip(&texts).map(|(at, text)| {
            let span = TimeSpan::new(at * 20_000, at * 20_000 + 9_000);
            Utterance {
                id: UtteranceId(at), speaker: Some(SpeakerId(at as u32 % 2)), span, text: text.clone(),
                words: retext(&[], text, span), overlap: vec![], edited: false, checked: false, told: false,
            }
        });
        let speaker = |(n, name): (u32, &str)| Speaker {
            id: SpeakerId(n), label: format!("SPEAKER_{n:02}"), name: Some(name.into()), colour: None,
        };
        let transcript = Transcript {
            utterances: utterances.collect(),
            speakers: (0..).zip(["Lena", "Omar"]).map(speaker).collect(),
            ..Transcript::default()
        };
        let spoken = |transcript: &Transcript| {
            let one = |u: &Utterance| format!("{} {}", transcript.speaker_name(u).unwrap_or_default(), u.text);
            // A cue of its own is an utterance of its own.
            let mut words: Vec<String> = Vec::new();
            for text in transcript.utterances.iter().map(one) {
                let (name, said) = text.split_once(' ').unwrap();
                words.extend(said.split_whitespace().map(|word| format!("{name} {word}")));
            }
            words
        };
        for format in ["srt", "vtt", "txt", "research"] {
            let back = import(&exported(&transcript, format)).unwrap();
            prop_assert_eq!(spoken(&back), spoken(&transcript), "{}", format);
        }
    }
}
