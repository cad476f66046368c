//! The main job on real recordings: text, times, speakers, and every format.

use std::sync::OnceLock;

use serde_json::Value;
use st_e2e::sound;
use st_e2e::{Cli, content, fixture, text, transcribe_args};

/// One transcript of the two speakers with the base model, shared by the tests that only look at it.
fn two_speakers() -> &'static (Cli, Value) {
    static DONE: OnceLock<(Cli, Value)> = OnceLock::new();
    DONE.get_or_init(|| {
        let cli = Cli::new();
        let json = cli.run(&[
            "transcribe".as_ref(),
            fixture("two_speakers.flac").as_os_str(),
            "--model".as_ref(),
            "base".as_ref(),
            "--format".as_ref(),
            "json".as_ref(),
        ]);
        let json = json.ok().json();
        (cli, json)
    })
}

/// Number of a recording in the library.
fn id_of(cli: &Cli, name: &str) -> String {
    let listed = cli.run(&["library", "list", "--json"]).ok().json();
    let all = listed["recordings"].as_array().expect("recordings");
    all.iter().find(|r| r["name"] == name).expect("the recording")["id"].to_string()
}

#[test]
fn speech_becomes_its_words() {
    let (cli, _) = two_speakers();
    let folder = cli.scratch();
    let mut args = transcribe_args(&fixture("speech_en.flac"));
    args.extend(["--format", "txt", "--output"].map(Into::into));
    args.push(folder.as_os_str().to_os_string());
    cli.run(&args).ok();
    let measured = cli
        .run(&[
            "eval".as_ref(),
            "wer".as_ref(),
            "--reference".as_ref(),
            fixture("speech_en.txt").as_os_str(),
            "--hypothesis".as_ref(),
            folder.join("speech_en.txt").as_os_str(),
            "--normalize".as_ref(),
            "english".as_ref(),
            "--json".as_ref(),
        ])
        .ok()
        .json();
    let wer = measured["total"]["wer"].as_f64().expect("a rate");
    // 22 words of clear speech; whisper.cpp with tiny.en makes no mistake in them. One is allowed.
    assert!(wer <= 0.05, "{measured}");
}

#[test]
fn the_first_and_the_last_sentence_are_there_and_nothing_goes_round_in_a_loop() {
    let (cli, json) = two_speakers();
    let reference = std::fs::read_to_string(fixture("two_speakers.txt")).unwrap();
    let sentences: Vec<Vec<String>> = reference.lines().map(plain).filter(|words| !words.is_empty()).collect();
    let said = plain(&text(json));
    let (first, last) = (&sentences[0], &sentences[sentences.len() - 1]);
    // A word that was misheard does not make a sentence missing; two more at its edge belong to its neighbour.
    let there = |sentence: &[String], said: &[String]| {
        let found = sentence.iter().filter(|word| said.contains(word)).count();
        assert!(found * 4 >= sentence.len() * 3, "“{}” is missing in “{}”", sentence.join(" "), said.join(" "));
    };
    there(first, &said[..first.len() + 2]);
    there(last, &said[said.len() - last.len() - 2..]);
    let file = cli.scratch().join("two_speakers.json");
    std::fs::write(&file, json.to_string()).unwrap();
    let reference = fixture("two_speakers.txt");
    let arguments = ["eval", "wer", "--json", "--reference"].map(std::ffi::OsStr::new);
    let arguments = [&arguments[..], &[reference.as_os_str(), "--hypothesis".as_ref(), file.as_os_str()]].concat();
    let measured = cli.run(&arguments).ok().json();
    assert_eq!(measured["repeated"], serde_json::json!([]), "said once, written twice");
}

/// The words of a text without case and marks.
fn plain(text: &str) -> Vec<String> {
    let word =
        |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    text.split_whitespace().map(word).filter(|word| !word.is_empty()).collect()
}

#[test]
fn words_have_times_that_only_grow_and_confidences_that_are_parts_of_one() {
    let (_, json) = two_speakers();
    assert_eq!(json["schema"], "securetranscribe/1");
    let duration = json["recording"]["duration_ms"].as_u64().expect("a length");
    assert!(duration.abs_diff(37_400) < 100, "{duration}");
    assert_eq!(json["language"], "en");
    let mut last = 0;
    let mut seen = 0;
    for utterance in json["utterances"].as_array().expect("utterances") {
        for word in utterance["words"].as_array().expect("words") {
            let (start, end) = (word["start_ms"].as_u64().unwrap(), word["end_ms"].as_u64().unwrap());
            assert!(last <= start && start < end && end <= duration, "{word} after {last}");
            let confidence = word["confidence"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&confidence), "{word}");
            last = end;
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} words");
    let coverage = &json["coverage"];
    let sum: u64 =
        ["words_ms", "silence_ms", "speech_without_words_ms"].iter().map(|k| coverage[k].as_u64().unwrap()).sum();
    assert_eq!(sum, duration, "{coverage}");
}

#[test]
fn the_text_of_two_readers_is_theirs() {
    let (cli, json) = two_speakers();
    let hypothesis = cli.scratch().join("two.json");
    std::fs::write(&hypothesis, json.to_string()).unwrap();
    let measure = |what: &str, reference: &str| {
        cli.run(&[
            "eval".as_ref(),
            what.as_ref(),
            "--reference".as_ref(),
            fixture(reference).as_os_str(),
            "--hypothesis".as_ref(),
            hypothesis.as_os_str(),
            "--normalize".as_ref(),
            "english".as_ref(),
            "--json".as_ref(),
        ])
        .ok()
        .json()
    };
    let wer = measure("wer", "two_speakers.txt")["total"]["wer"].as_f64().expect("a rate");
    assert!(wer < 0.25, "WER {wer} of {}", text(json));
    let cpwer = measure("cpwer", "two_speakers.stm")["total"]["wer"].as_f64().expect("a rate");
    // Words at the wrong speaker count twice here: the bound is the text's own errors and a few words more.
    assert!(cpwer < wer + 0.15, "cpWER {cpwer}, WER {wer}");
}

#[test]
fn two_speakers_are_told_apart() {
    let (cli, json) = two_speakers();
    assert_eq!(json["speakers"].as_array().expect("speakers").len(), 2, "{}", json["speakers"]);
    let rttm = cli.scratch().join("two.rttm");
    let id = id_of(cli, "two_speakers.flac");
    cli.run(&[
        "export".as_ref(),
        id.as_ref(),
        "--format".as_ref(),
        "rttm".as_ref(),
        "--output".as_ref(),
        rttm.as_os_str(),
    ])
    .ok();
    let measured = cli
        .run(&[
            "eval".as_ref(),
            "der".as_ref(),
            "--reference".as_ref(),
            fixture("two_speakers.rttm").as_os_str(),
            "--hypothesis".as_ref(),
            rttm.as_os_str(),
            "--collar".as_ref(),
            "0.25".as_ref(),
            "--json".as_ref(),
        ])
        .ok()
        .json();
    let der = measured["total"]["der"].as_f64().expect("a rate");
    assert!(der < 0.15, "{measured}");
}

#[test]
fn every_format_is_valid() {
    let (cli, json) = two_speakers();
    let id = id_of(cli, "two_speakers.flac");
    let get = |format: &str| cli.run(&["export", &id, "--format", format, "--output", "-"]).ok().stdout;
    let utterances = json["utterances"].as_array().unwrap().len();

    let txt = get("txt");
    assert!(txt.contains("Speaker 1 [0:0"), "{txt}");

    let csv = get("csv");
    assert!(csv.starts_with('\u{feff}') && csv.lines().count() == utterances + 1, "{csv}");

    let srt = get("srt");
    for (at, block) in srt.trim_end().split("\n\n").enumerate() {
        let mut lines = block.lines();
        assert_eq!(lines.next(), Some((at + 1).to_string().as_str()), "{block}");
        let (from, to) = lines.next().and_then(|l| l.split_once(" --> ")).expect("times");
        assert!(from.len() == 12 && from.as_bytes()[8] == b',' && from < to, "{block}");
        assert!(lines.next().is_some_and(|l| !l.is_empty()), "{block}");
    }

    let vtt = get("vtt");
    assert!(
        vtt.starts_with("WEBVTT\n\n")
            && vtt.contains(" --> ")
            && !vtt.contains(','.to_string().as_str().repeat(2).as_str())
    );

    for line in get("rttm").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!((fields[0], fields.len()), ("SPEAKER", 10), "{line}");
        assert!(fields[3].parse::<f64>().is_ok() && fields[4].parse::<f64>().is_ok_and(|d| d > 0.0), "{line}");
    }

    let again: Value = serde_json::from_str(&get("json")).unwrap();
    assert_eq!(&again, json);
}

#[test]
fn what_is_no_speech_gives_no_words() {
    let cli = Cli::new();
    let folder = cli.scratch();
    let sounds = [
        ("silence", sound::silence(8)),
        ("noise", sound::noise(8, 0.05)),
        ("loud_noise", sound::noise(8, 0.4)),
        ("tone", sound::tone(8, 0.3)),
        ("music", sound::music(8, 0.4)),
    ];
    for (name, samples) in sounds {
        let path = folder.join(format!("{name}.wav"));
        sound::write_wav(&path, &samples).unwrap();
        let json = cli.transcribe(&path, &[]);
        assert_eq!(text(&json), "", "words in {name}");
        assert_eq!(json["coverage"]["words_ms"], 0);
    }
    let mut args = transcribe_args(&folder.join("silence.wav"));
    args.extend(["--progress", "none"].map(Into::into));
    assert!(cli.run(&args).ok().stdout.contains("No speech was found"));
}

/// Three sections, the second of several windows.
#[test]
fn how_many_parts_are_worked_on_at_once_changes_nothing_of_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long talk.wav");
    let mut samples = Vec::new();
    for clip in ["speech_en.flac", "two_speakers.flac", "speech_en.flac"] {
        samples.extend(sound::samples(&fixture(clip)));
        samples.extend(sound::silence(4));
    }
    sound::write_wav(&path, &samples).unwrap();
    let with = |count: &str| {
        let json = Cli::new().transcribe(&path, &["--speakers", "off", "--in-flight", count]);
        assert_eq!(json["provenance"]["settings"]["in_flight"], count);
        content(&json).to_string()
    };
    let alone = with("1");
    assert!(alone.matches("ask not").count() >= 2, "{alone}");
    for count in ["2", "3"] {
        assert_eq!(with(count), alone, "{count} at once");
    }
}

#[test]
fn speech_after_a_long_silence_has_its_true_time() {
    let cli = Cli::new();
    let path = cli.scratch().join("late.wav");
    let mut samples = sound::silence(40);
    samples.extend(sound::samples(&fixture("speech_en.flac")));
    sound::write_wav(&path, &samples).unwrap();
    let json = cli.transcribe(&path, &["--speakers", "off"]);
    let first = json["utterances"][0]["start_ms"].as_u64().expect("an utterance");
    assert!((40_000..41_500).contains(&first), "{first}");
    assert!(json["speakers"].as_array().is_some_and(Vec::is_empty), "{}", json["speakers"]);
}

#[test]
fn files_get_names_of_their_own() {
    let cli = Cli::new();
    let (a, b, out) = (cli.scratch().join("a"), cli.scratch().join("b"), cli.scratch().join("out"));
    for folder in [&a, &b, &out] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for folder in [&a, &b] {
        std::fs::copy(fixture("speech_en.flac"), folder.join("talk.flac")).unwrap();
    }
    let mut args = transcribe_args(&a.join("talk.flac"));
    args.push(b.join("talk.flac").into());
    args.extend(["--format", "txt,srt", "--output"].map(Into::into));
    args.push(out.clone().into());
    cli.run(&args).ok();
    let mut names: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["talk (2).srt", "talk (2).txt", "talk.srt", "talk.txt"]);

    let before = std::fs::read(out.join("talk.txt")).unwrap();
    cli.run(&args).ok();
    assert_eq!(std::fs::read(out.join("talk.txt")).unwrap(), before);
    assert!(out.join("talk (4).txt").is_file());
}
