use super::*;
use st_core::coverage::Coverage;
use st_core::diarization::{Diarization, SpeakerIndex, SpeakerTurn};
use st_core::doubt::{Doubt, DoubtId, DoubtKind, Finding, Verdict};
use st_core::hypothesis::Word;
use st_core::time::TimeSpan;
use st_core::transcript::{RecordingFacts, Speaker, SpeakerId, Transcript, Utterance, UtteranceId};

fn word(text: &str, start: u64, end: u64, confidence: f32) -> Word {
    Word { text: text.into(), span: TimeSpan::new(start, end), confidence, spaced: true }
}

fn utterance(id: u64, speaker: Option<u32>, words: Vec<Word>, overlap: &[u32]) -> Utterance {
    Utterance {
        id: UtteranceId(id),
        speaker: speaker.map(SpeakerId),
        span: TimeSpan::new(words[0].span.start.0, words[words.len() - 1].span.end.0),
        text: st_core::hypothesis::join_words(&words),
        words,
        overlap: overlap.iter().map(|&i| SpeakerId(i)).collect(),
        edited: false,
        checked: false,
        told: false,
    }
}

/// Hostile on purpose: formulas, arrows, markup, quotes, line breaks, names that need escaping.
fn sample() -> Transcript {
    let name = |i: u32, name: Option<&str>| Speaker {
        id: SpeakerId(i),
        label: format!("SPEAKER_{i:02}"),
        name: name.map(str::to_owned),
        colour: None,
    };
    let first = [("Is", 0.987_654), ("a", 1.0), ("-->", 0.5), ("b", f32::NAN), ("<i>", 2.0), ("&", 0.25)];
    let at = |i: usize| 61_000 + i as u64 * 500;
    let first = first.iter().enumerate().map(|(i, (t, c))| word(t, at(i), at(i) + 400, *c)).collect();
    let mut second =
        utterance(2, Some(1), vec![word("=1+1,", 65_000, 65_900, 0.9), word("\"yes\"", 67_000, 67_500, 0.8)], &[]);
    second.text = "=1+1,\n\n\"yes\"".into();
    Transcript {
        recording: RecordingFacts { name: "board meeting.mp3".into(), duration_ms: 70_000, sha256: "ab12".into() },
        language: Some("en".into()),
        speakers: vec![name(0, Some("Lena & <Co>")), name(1, None)],
        utterances: vec![
            utterance(1, Some(0), first, &[1]),
            second,
            utterance(3, None, vec![word("Done.", 3_669_000, 3_669_100, 0.7)], &[]),
        ],
        coverage: Coverage {
            words_ms: 10,
            silence_ms: 69_000,
            speech_without_words_ms: 990,
            speech_without_words: vec![TimeSpan::new(5, 995)],
        },
        doubts: vec![Doubt {
            id: DoubtId(4),
            finding: Finding {
                kind: DoubtKind::Boilerplate,
                span: TimeSpan::new(68_000, 69_000),
                verdict: Verdict::Dropped,
                text: "Thanks for \"watching\"!".into(),
            },
            settled: true,
        }],
        ..Transcript::default()
    }
}

fn written_with(id: &str, transcript: &Transcript, options: &ExportOptions) -> String {
    let source = Source { transcript, origin: &Origin::default(), turns: None, fonts: None };
    let (exporter, mut bytes) = (exporter(id).unwrap(), Vec::new());
    exporter.write(&source, options, &mut bytes).unwrap();
    exporter.check(&mut io::Cursor::new(&bytes)).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn written(id: &str, transcript: &Transcript) -> String {
    written_with(id, transcript, &ExportOptions::default())
}

fn empty() -> Transcript {
    Transcript { recording: sample().recording, ..Transcript::default() }
}

#[test]
fn every_format_can_be_found_by_its_id() {
    let ids: Vec<&str> = EXPORTERS.iter().map(|e| e.id()).collect();
    assert_eq!(
        ids,
        [
            "txt", "md", "html", "pdf", "docx", "csv", "tsv", "json", "srt", "vtt", "rttm", "eaf", "textgrid",
            "research", "otr", "origin"
        ]
    );
    assert!(EXPORTERS.iter().all(|e| !e.name().is_empty() && exporter(e.id()).is_some_and(|f| f.id() == e.id())));
    assert!(exporter("doc").is_none());
}

#[test]
fn text_reads_well() {
    assert_eq!(
        written("txt", &sample()),
        "Lena & <Co> [1:01]\nIs a --> b <i> &\n\nSpeaker 2 [1:05]\n=1+1,\n\"yes\"\n\n[1:01:09]\nDone.\n"
    );
    let plain = ExportOptions { timestamps: false, speakers: false, ..ExportOptions::default() };
    assert_eq!(written_with("txt", &sample(), &plain), "Is a --> b <i> &\n\n=1+1,\n\"yes\"\n\nDone.\n");
    let full = ExportOptions { confidence: true, summary: true, ..plain };
    assert_eq!(
        written_with("txt", &sample(), &full).lines().take(7).collect::<Vec<_>>(),
        [
            "File: board meeting.mp3",
            "Length: 1:10",
            "Speakers: Lena & <Co> (54 %), Speaker 2 (46 %)",
            "Language: en",
            "Average confidence: 68 %",
            "",
            "(62 % sure)"
        ]
    );
    assert_eq!(written("txt", &empty()), "No speech was found in board meeting.mp3.\n");
}

#[test]
fn json_holds_everything() {
    let json: serde_json::Value = serde_json::from_str(&written("json", &sample())).unwrap();
    assert_eq!(json["schema"], "securetranscribe/1");
    assert_eq!(
        json["recording"],
        serde_json::json!({"name": "board meeting.mp3", "duration_ms": 70_000, "sha256": "ab12"})
    );
    assert_eq!(
        json["speakers"][0],
        serde_json::json!({"id": "SPEAKER_00", "label": "SPEAKER_00", "number": 0, "name": "Lena & <Co>", "named": true})
    );
    assert_eq!(json["speakers"][1]["name"], "Speaker 2");
    let first = &json["utterances"][0];
    assert_eq!((&first["id"], &first["speaker"]), (&1.into(), &"SPEAKER_00".into()));
    assert_eq!((&first["start_ms"], &first["end_ms"]), (&61_000.into(), &63_900.into()));
    assert_eq!((&first["overlap"], &first["overlap_speakers"][0]), (&true.into(), &"SPEAKER_01".into()));
    assert_eq!(
        first["words"][0],
        serde_json::json!({"text": "Is", "start_ms": 61_000, "end_ms": 61_400, "confidence": 0.987_654})
    );
    assert_eq!((&first["words"][3]["confidence"], &first["words"][4]["confidence"]), (&0.0.into(), &1.0.into()));
    assert_eq!(json["utterances"][1]["text"], "=1+1,\n\n\"yes\"");
    assert!(json["utterances"][2]["speaker"].is_null());
    assert_eq!(json["coverage"]["speech_without_words"][0]["end_ms"], 995);
    let doubt = &json["doubts"][0];
    assert_eq!((&doubt["kind"], &doubt["verdict"]), (&"boilerplate".into(), &"dropped".into()));
    assert_eq!((&doubt["end_ms"], &doubt["text"]), (&69_000.into(), &"Thanks for \"watching\"!".into()));
    assert!(json["provenance"]["models"].is_array());
    let json: serde_json::Value = serde_json::from_str(&written("json", &empty())).unwrap();
    assert_eq!((&json["utterances"], &json["language"]), (&serde_json::json!([]), &serde_json::Value::Null));
}

#[test]
fn tables_are_quoted_and_harmless() {
    let table = written("csv", &sample());
    assert!(table.starts_with("\u{feff}utterance,start_ms,"));
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(
        lines[1],
        "1,61000,63900,00:01:01.000,00:01:03.900,Lena & <Co>,SPEAKER_00,0.623,Is a --> b <i> &,Speaker 2,false"
    );
    assert_eq!(
        lines[2],
        "2,65000,67500,00:01:05.000,00:01:07.500,Speaker 2,SPEAKER_01,0.85,\"'=1+1,\n\n\"\"yes\"\"\",,false"
    );
    assert_eq!(lines[3..], ["3,3669000,3669100,01:01:09.000,01:01:09.100,,,0.7,Done.,,false", ""]);
    for risky in ["=x", "+1", "-1", "@x", "\tx", "\rx", " =x", "＝x"] {
        let mut transcript = sample();
        transcript.utterances[0].text = risky.into();
        transcript.speakers[0].name = Some(risky.into());
        let table = written("csv", &transcript);
        let mut rows = ::csv::Reader::from_reader(table.as_bytes());
        let row = rows.records().next().unwrap().unwrap();
        assert_eq!((&row[5], &row[8]), (format!("'{risky}").as_str(), format!("'{risky}").as_str()));
    }
    let bare = ExportOptions { csv_bom: false, ..ExportOptions::default() };
    assert!(written_with("csv", &empty(), &bare).starts_with("utterance,"));
    assert_eq!(written("csv", &empty()).matches("\r\n").count(), 1);
}

/// A time of a subtitle in milliseconds, read strictly.
fn time(text: &str, mark: char) -> u64 {
    let (clock, millis) = text.split_once(mark).unwrap();
    let parts: Vec<&str> = clock.split(':').collect();
    assert!(parts.len() == 3 && parts.iter().all(|p| p.len() >= 2) && millis.len() == 3, "{text}");
    let number = |t: &str| t.parse::<u64>().unwrap();
    assert!(number(parts[1]) < 60 && number(parts[2]) < 60);
    ((number(parts[0]) * 60 + number(parts[1])) * 60 + number(parts[2])) * 1000 + number(millis)
}

/// Reads blocks of cues: their texts, after checking numbers, times and order.
fn blocks(text: &str, mark: char) -> Vec<String> {
    let mut texts = Vec::new();
    let mut last = 0;
    for block in text.split("\n\n").filter(|b| !b.trim().is_empty()) {
        let lines: Vec<&str> = block.lines().collect();
        assert_eq!(lines[0], (texts.len() + 1).to_string());
        let (start, end) = lines[1].split_once(" --> ").unwrap();
        let (start, end) = (time(start, mark), time(end, mark));
        assert!(last <= start && start < end);
        last = end;
        assert!(lines.len() > 2 && lines[2..].iter().all(|l| !l.trim().is_empty() && !l.contains("-->")));
        texts.push(lines[2..].join("|"));
    }
    texts
}

#[test]
fn subrip_is_valid() {
    assert_eq!(
        blocks(&written("srt", &sample()), ','),
        ["Lena & ‹Co›: Is a → b ‹i› &", "Speaker 2: =1+1,", "\"yes\"", "Done."]
    );
    assert_eq!(written("srt", &empty()), "");
}

#[test]
fn webvtt_is_valid() {
    let text = written("vtt", &sample());
    let body = text.strip_prefix("WEBVTT\n\n").unwrap();
    assert_eq!(
        blocks(body, '.'),
        ["<v Lena &amp; &lt;Co&gt;>Is a --&gt; b &lt;i&gt; &amp;</v>", "<v Speaker 2>=1+1, \"yes\"</v>", "Done."]
    );
    assert_eq!(written("vtt", &empty()), "WEBVTT\n");
}

#[test]
fn turns_are_those_of_the_words_cut_at_pauses_where_none_are_kept() {
    assert_eq!(
        written("rttm", &sample()),
        "SPEAKER board_meeting 1 61.000 2.900 <NA> <NA> Lena_&_<Co> <NA> <NA>\n\
         SPEAKER board_meeting 1 65.000 0.900 <NA> <NA> SPEAKER_01 <NA> <NA>\n\
         SPEAKER board_meeting 1 67.000 0.500 <NA> <NA> SPEAKER_01 <NA> <NA>\n"
    );
    assert_eq!(written("rttm", &empty()), "");
}

#[test]
fn turns_that_were_found_are_written_with_names_that_mean_one_speaker() {
    let turn = |start, end, speaker| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerIndex(speaker) };
    let turns =
        Diarization::from_turns(vec![turn(60_000, 64_000, 0), turn(63_000, 68_000, 1), turn(69_000, 69_500, 7)]);
    let written = |transcript: &Transcript| {
        let source = Source { transcript, origin: &Origin::default(), turns: Some(&turns), fonts: None };
        let mut bytes = Vec::new();
        exporter("rttm").unwrap().write(&source, &ExportOptions::default(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let fields = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        text.lines().map(fields).map(|f| [&f[3], &f[4], &f[7]].map(String::as_str).join(" ")).collect::<Vec<_>>()
    };
    let mut named = sample();
    let second = "63.000 5.000 SPEAKER_01";
    assert_eq!(written(&named), ["60.000 4.000 Lena_&_<Co>", second, "69.000 0.500 SPEAKER_07"]);
    for name in ["Lena & <Co>", "SPEAKER_00"] {
        named.speakers[1].name = Some(name.into());
        assert_eq!(written(&named)[1], second, "{name} is somebody else");
    }
    assert!(EXPORTERS.iter().all(|format| format.wants_turns() == (format.id() == "rttm")));
}
