//! Exported files, read by parsers that are not ours: Python's csv, jsonschema, webvtt-py, ffmpeg, pympi, praatio,
//! html5lib (strict) and markdown-it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use st_core::hypothesis::Word;
use st_core::retext::retext;
use st_core::time::TimeSpan;
use st_core::transcript::{RecordingFacts, Speaker, SpeakerId, Transcript, Utterance, UtteranceId};
use st_e2e::processes::Dice;
use st_e2e::root;
use st_export::{EXPORTERS, ExportOptions, Exporter, Origin, Source};

/// A sentence in each script that is written in another way.
const SCRIPTS: &[&str] = &[
    "Well, “Tom & Ann” said: x < y, 50 % *off* [now] #1, 3 > 2; it's `fine` | ok.",
    "Съешь же ещё этих мягких французских булок.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "שלום עולם, זה היה OK לגמרי.",
    "قال الطبيب إن المريض وصل إلى المستشفى.",
    "नमस्ते दुनिया, क्षत्रिय कार्यक्रम में आपका स्वागत है।",
    "สวัสดีชาวโลกวันนี้อากาศดีมาก",
    "你好，世界。这是一个中文句子。",
    "こんにちは世界。カタカナもあります。",
    "안녕하세요 세계. 이것은 한국어 문장입니다.",
    "Faces 😀 👩‍👩‍👧 and e\u{301} → ∞.",
];

/// Formats that have a reader in `tests/readers/read.py`; the file's ending chooses it.
fn read_by_others() -> Vec<&'static dyn Exporter> {
    let ids = ["csv", "tsv", "json", "srt", "vtt", "eaf", "textgrid", "html", "otr", "md", "rttm", "research"];
    EXPORTERS.iter().copied().filter(|e| ids.contains(&e.id())).collect()
}

fn speaker(id: u32, name: &str) -> Speaker {
    Speaker { id: SpeakerId(id), label: format!("SPEAKER_{id:02}"), name: Some(name.into()), colour: None }
}

fn utterance(id: u64, speaker: Option<u32>, span: TimeSpan, text: &str, words: Vec<Word>) -> Utterance {
    let (speaker, text) = (speaker.map(SpeakerId), text.into());
    let id = UtteranceId(id);
    Utterance { id, speaker, span, text, words, overlap: Vec::new(), edited: false, checked: false, told: false }
}

fn facts(name: &str, duration_ms: u64) -> RecordingFacts {
    RecordingFacts { name: name.into(), duration_ms, sha256: "00ff".into() }
}

/// Two people who take turns, ten seconds for each sentence.
fn every_script() -> Transcript {
    let utterances = (0..).zip(SCRIPTS).map(|(n, text)| {
        let span = TimeSpan::new(n * 10_000, n * 10_000 + 9_000);
        utterance(n + 1, Some(n as u32 % 2), span, text, retext(&[], text, span))
    });
    Transcript {
        recording: facts("Gespräch: a&b.mp3", 120_000),
        language: Some("en".into()),
        speakers: vec![speaker(0, "Lena “L.” & <Co>"), speaker(1, "田中")],
        utterances: utterances.collect(),
        ..Transcript::default()
    }
}

/// Text of pieces that mean something to a parser, and of characters of every plane.
fn hostile(dice: &mut Dice) -> String {
    const PIECES: &[&str] = &[
        "-->",
        "<",
        ">",
        "&",
        "&lt;",
        "<b>",
        "</v>",
        "\"",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        "\0",
        "\u{1}",
        "\u{b}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{200f}",
        "\u{202e}",
        "\u{2066}",
        "]]>",
        "<!--",
        "=",
        "=1+1",
        "-",
        "@",
        ",",
        "|",
        "\\",
        "`",
        "*",
        "_",
        "#",
        "1.",
        "NOTE",
        "{\\an8}",
        "e\u{301}",
        "👩‍👩‍👧",
        "مرحبا",
        "word",
        "Yes.",
        "Why?",
        " ",
        "",
    ];
    let mut text = String::new();
    for _ in 0..dice.below(14) {
        match dice.below(4) {
            0 => text.extend(char::from_u32(dice.below(0x11_0000) as u32)),
            _ => text.push_str(PIECES[dice.below(PIECES.len() as u64) as usize]),
        }
        text.push_str(if dice.below(2) == 0 { " " } else { "" });
    }
    text
}

/// Overlaps, equal times, empty texts and names, words that are not those of the text.
fn hostile_transcript(seed: u64) -> Transcript {
    let mut dice = Dice(seed);
    let mut utterances = Vec::new();
    for id in 0..dice.below(12) {
        let start = dice.below(6_000);
        let span = TimeSpan::new(start, start + dice.below(4_000));
        let text = hostile(&mut dice);
        let words = match dice.below(3) {
            0 => vec![Word { text: hostile(&mut dice), span, confidence: f32::NAN, spaced: dice.below(2) == 0 }],
            _ => retext(&[], &text, span),
        };
        let speaker = Some(dice.below(4) as u32).filter(|s| *s < 3);
        utterances.push(utterance(id + 1, speaker, span, &text, words));
    }
    utterances.sort_by_key(|u| u.span.start);
    Transcript {
        recording: facts(&hostile(&mut dice), dice.below(9_000)),
        speakers: (0..3).map(|id| speaker(id, &hostile(&mut dice))).collect(),
        utterances,
        ..Transcript::default()
    }
}

fn write(folder: &Path, stem: &str, transcript: &Transcript, options: &ExportOptions) {
    let origin = Origin { program: "SecureTranscribe".into(), ..Origin::default() };
    let source = Source { transcript, origin: &origin, turns: None, fonts: None };
    for exporter in read_by_others() {
        let mut bytes = Vec::new();
        exporter.write(&source, options, &mut bytes).unwrap();
        std::fs::write(folder.join(format!("{stem}.{}", exporter.extension())), bytes).unwrap();
    }
}

/// The Python with the readers: what `cargo xtask test` names, or what it made before.
fn python() -> PathBuf {
    const VARIABLE: &str = "SECURETRANSCRIBE_READERS";
    let made = || {
        std::env::var_os("HOME")
            .map(|home| Path::new(&home).join(".cache/securetranscribe-build/python-readers/bin/python"))
    };
    let python = std::env::var_os(VARIABLE).map(PathBuf::from).or_else(made).filter(|path| path.is_file());
    python.unwrap_or_else(|| {
        panic!("There is no Python with the readers ({VARIABLE}). Make it with: cargo xtask test e2e")
    })
}

fn read(folder: &Path) -> Value {
    let (script, schema) = (root().join("tests/readers/read.py"), root().join("docs/json-schema.json"));
    let run = Command::new(python()).arg("-B").arg(script).arg(schema).arg(folder).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Letters without white space: where lines break is the format's business. SRT has other brackets in place of those that
/// are markup in it.
fn letters(text: &str) -> String {
    text.replace('‹', "<").replace('›', ">").chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn text_of_every_script_comes_back_from_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let transcript = every_script();
    write(folder.path(), "a", &transcript, &ExportOptions::default());
    let found = read(folder.path());
    for exporter in read_by_others() {
        let id = exporter.id();
        let entries = found[format!("a.{}", exporter.extension())].as_array();
        let entries = entries.unwrap_or_else(|| panic!("{id}: {found}"));
        let text: String = entries.iter().map(|e| letters(e[3].as_str().unwrap())).collect();
        let said = |u: &Utterance| match id {
            "srt" => letters(&format!("{}: {}", transcript.speaker_name(u).unwrap(), u.text)),
            "rttm" => String::new(),
            _ => letters(&u.text),
        };
        assert_eq!(text, transcript.utterances.iter().map(said).collect::<String>(), "{id}");
        // Cues are cut, and a turn at a pause; the others have an entry an utterance.
        if !matches!(id, "srt" | "vtt" | "rttm") {
            let starts: Vec<Option<u64>> = entries.iter().map(|e| e[0].as_u64()).collect();
            let names: Vec<&str> = entries.iter().filter_map(|e| e[2].as_str()).collect();
            assert_eq!(entries.len(), transcript.utterances.len(), "{id}");
            for (at, utterance) in transcript.utterances.iter().enumerate() {
                assert!(starts[at].is_none_or(|start| start == utterance.span.start.0), "{id}");
                assert_eq!(names[at], transcript.speaker_name(utterance).unwrap(), "{id}");
            }
        }
    }
}

#[test]
fn no_transcript_makes_a_file_that_its_reader_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        confidence: true,
        summary: true,
        shares: true,
        questions: true,
        origin: true,
        audio_link: true,
        ..ExportOptions::default()
    };
    for seed in 1..=40 {
        let options = if seed % 2 == 0 { &options } else { &ExportOptions::default() };
        // With all its parts Markdown has more paragraphs than its reader knows; that it is text it checks all the same.
        write(folder.path(), &seed.to_string(), &hostile_transcript(seed * 7919), options);
    }
    write(folder.path(), "empty", &Transcript::default(), &ExportOptions::default());
    let found = read(folder.path());
    assert_eq!(found.as_object().unwrap().len(), 41 * read_by_others().len());
    for (file, answer) in found.as_object().unwrap() {
        assert!(
            answer.get("refused").is_none(),
            "{file}: {answer}\n{}",
            std::fs::read_to_string(folder.path().join(file)).unwrap()
        );
    }
}

/// Texts of the cues that ffmpeg reads, written by it as SRT.
fn through_ffmpeg(file: &Path) -> Vec<String> {
    let run = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args(["-f", "srt", "-"]).output().unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap().replace("\r\n", "\n");
    let cues = text.split("\n\n").filter(|cue| !cue.trim().is_empty());
    cues.map(|cue| letters(&cue.splitn(3, '\n').nth(2).unwrap_or_default().replace("\\h", " "))).collect()
}

#[test]
fn ffmpeg_reads_every_cue_of_the_subtitles() {
    let folder = tempfile::tempdir().unwrap();
    let transcript = every_script();
    let options = ExportOptions { speakers: false, ..ExportOptions::default() };
    write(folder.path(), "a", &transcript, &options);
    let wanted = st_export::cues(&transcript, &options.cues, false);
    for file in ["a.srt", "a.vtt"] {
        let found = through_ffmpeg(&folder.path().join(file));
        assert_eq!(found.len(), wanted.len(), "{file}");
        for (found, cue) in found.iter().zip(&wanted) {
            assert_eq!(*found, letters(&cue.lines.join(" ")), "{file}");
        }
    }
}
