//! PDF and DOCX, read by programs that are not ours: poppler, qpdf, LibreOffice, and Python's strict XML reader.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use st_core::time::TimeSpan;
use st_core::transcript::{
    ModelFacts, Provenance, RecordingFacts, Speaker, SpeakerId, Transcript, Utterance, UtteranceId,
};
use st_export::{ExportOptions, Origin, Paper, Source, exporter};

/// A sentence or two in every script that the recogniser writes, long enough for more than one line where that shows
/// something.
const SCRIPTS: &[(&str, &str)] = &[
    ("en", "Well — the “office waffle” was café-sized, naïve & <b>bold</b>, 50 % off: f(x) = x² + ½."),
    ("ru", "Съешь же ещё этих мягких французских булок, да выпей чаю. Ґанок, її, Ђорђе."),
    ("el", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, είπε ο γιατρός στις 9:30."),
    ("vi", "Tiếng Việt có nhiều dấu thanh: bữa, được, những, ngoẻo, quỹ."),
    ("pl", "Zażółć gęślą jaźń; příliš žluťoučký kůň; İstanbul’da ığdır; þæð œuvre ß."),
    ("he", "שלום עולם, זה היה OK לגמרי ונגמר אחרי 123 שעות."),
    ("ar", "قال الطبيب إن المريض وصل إلى المستشفى في الساعة الثامنة صباحا ولا يعرف لماذا."),
    ("fa", "این یک جمله فارسی است و پژوهشگران چیزی گفتند."),
    ("ur", "یہ اردو زبان کا ایک جملہ ہے اور ڈاکٹر نے ٹیلی فون کیا۔"),
    ("hi", "नमस्ते दुनिया, क्षत्रिय कार्यक्रम में आपका स्वागत है।"),
    ("bn", "আমি বাংলায় কথা বলি।"),
    ("ta", "தமிழ் மொழி மிகவும் பழமையானது."),
    ("te", "తెలుగు భాష చాలా అందమైనది."),
    ("gu", "ગુજરાતી ભાષા બોલાય છે."),
    ("pa", "ਪੰਜਾਬੀ ਬੋਲੀ ਸੋਹਣੀ ਹੈ।"),
    ("kn", "ಕನ್ನಡ ನಾಡು ನುಡಿ."),
    ("ml", "മലയാളം ഭാഷ സുന്ദരമാണ്."),
    ("si", "සිංහල භාෂාව කතා කරයි."),
    ("ka", "ქართული ენა ძველია."),
    ("hy", "Հայերենը գեղեցիկ լեզու է։"),
    ("am", "አማርኛ የኢትዮጵያ ቋንቋ ነው።"),
    ("km", "ភាសាខ្មែរជាភាសាផ្លូវការ"),
    ("lo", "ພາສາລາວເປັນພາສາທາງການ"),
    ("my", "မြန်မာဘာသာစကား"),
    ("bo", "བོད་སྐད་ནི་བོད་ཀྱི་སྐད་ཡིག་ཡིན།"),
    ("th", "สวัสดีชาวโลกวันนี้อากาศดีมาก"),
    ("zh", "你好，世界。这是一个中文句子。"),
    ("ja", "こんにちは世界。これは日本語のテスト文章です。カタカナもあります。"),
    ("ko", "안녕하세요 세계. 이것은 한국어 문장입니다."),
    ("en", "Faces 😀 and a check ✓ and music ♫ and sums ∑ → ∞."),
];

fn transcript(said: impl IntoIterator<Item = String>) -> Transcript {
    let name = |id: u32, name: Option<&str>| Speaker {
        id: SpeakerId(id),
        label: format!("SPEAKER_{id:02}"),
        name: name.map(str::to_owned),
        colour: None,
    };
    let utterances = said.into_iter().zip(0..).map(|(text, n)| Utterance {
        id: UtteranceId(n),
        speaker: Some(SpeakerId((n % 3) as u32)),
        span: TimeSpan::new(n * 6000, n * 6000 + 5000),
        text,
        words: Vec::new(),
        overlap: Vec::new(),
        edited: false,
        checked: false,
        told: false,
    });
    Transcript {
        recording: RecordingFacts { name: "board meeting.mp3".into(), duration_ms: 70_000, sha256: "ab12".repeat(16) },
        language: Some("en".into()),
        speakers: vec![name(0, Some("Lena Brandt & <Co>")), name(1, None), name(2, Some("יוסי כהן"))],
        utterances: utterances.collect(),
        provenance: Provenance {
            program: "SecureTranscribe 0.1.0".into(),
            models: vec![ModelFacts { role: "asr".into(), name: "base".into(), sha256: "cd34".repeat(16) }],
            device: "CPU, 2 threads".into(),
            finished_at: "2026-11-28T10:00:00Z".into(),
            ..Provenance::default()
        },
        ..Transcript::default()
    }
}

fn everything() -> ExportOptions {
    ExportOptions {
        confidence: true,
        summary: true,
        shares: true,
        average_confidence: true,
        questions: true,
        actions: true,
        next_steps: true,
        origin: true,
        line_numbers: true,
        ..ExportOptions::default()
    }
}

/// The file, which its own exporter finds sound.
fn written(format: &str, transcript: &Transcript, options: &ExportOptions) -> Vec<u8> {
    let fonts = st_e2e::root().join("deps/fonts");
    let origin = Origin {
        program: "SecureTranscribe 0.1.0".into(),
        exported_at: Some("2026-11-28T12:00:00Z".into()),
        ..Origin::default()
    };
    let source = Source { transcript, origin: &origin, turns: None, fonts: Some(&fonts) };
    let (exporter, mut bytes) = (exporter(format).expect("a format"), Vec::new());
    exporter.write(&source, options, &mut bytes).expect("the file is made");
    exporter.check(&mut Cursor::new(&bytes)).expect("the file is sound");
    bytes
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path
}

#[track_caller]
fn run(program: &str, args: &[&str]) -> Output {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{program} does not start ({e}). Get it with: cargo xtask deps"));
    assert!(
        output.status.success(),
        "{program} {args:?}: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Text for comparing: readers put marks of direction around words from right to left, and break lines where they like.
fn plain(text: &str) -> String {
    let text = text.replace(['\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words of a text, without the signs at their ends: readers move those to the other end of a text from right to left.
fn words(text: &str) -> Vec<String> {
    let text = plain(text);
    let words = text.split(' ').map(|w| w.trim_matches(|c: char| c.is_ascii_punctuation() || "،؛؟۔".contains(c)));
    words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn pdf_text(path: &Path) -> String {
    String::from_utf8(run("pdftotext", &[utf8(path), "-"]).stdout).expect("UTF-8")
}

#[test]
fn text_of_every_script_comes_back_from_a_pdf() {
    let folder = tempfile::tempdir().expect("a folder");
    for &(language, said) in SCRIPTS {
        let transcript = Transcript { language: Some(language.into()), ..transcript([said.to_owned()]) };
        let path = file(folder.path(), "a.pdf", &written("pdf", &transcript, &ExportOptions::default()));
        let text = pdf_text(&path);
        if ["he", "ar", "fa", "ur"].contains(&language) {
            let found = words(&text);
            let lost: Vec<String> = words(said).into_iter().filter(|word| !found.contains(word)).collect();
            assert!(lost.is_empty(), "{language}: {lost:?} of {text}");
        } else if ["lo", "bo"].contains(&language) {
            // poppler sees spaces around marks that the font raises or lowers.
            let dense = |text: &str| plain(text).replace(' ', "");
            assert!(dense(&text).contains(&dense(said)), "{language}: {said}\nin\n{text}");
        } else {
            assert!(plain(&text).contains(&plain(said)), "{language}: {said}\nin\n{text}");
        }
        let fonts = String::from_utf8(run("pdffonts", &[utf8(&path)]).stdout).expect("UTF-8");
        for font in fonts.lines().skip(2) {
            let columns: Vec<&str> = font.split_whitespace().collect();
            assert!(columns[0].contains("+Noto") || columns[0].contains("+Amiri"), "not ours: {font}");
            assert!(font.contains("yes yes yes"), "neither embedded, in part, and with its characters: {font}");
        }
    }
}

#[test]
fn a_pdf_has_all_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = (0..200).map(|n| format!("Sentence {n} is here. Can you do it? I will send the report by Monday."));
    let transcript = transcript(said);
    let bytes = written("pdf", &transcript, &everything());
    assert_eq!(bytes, written("pdf", &transcript, &everything()), "the same input gives the same bytes");
    let path = file(folder.path(), "a.pdf", &bytes);
    run("qpdf", &["--check", utf8(&path)]);
    let info = String::from_utf8(run("pdfinfo", &[utf8(&path)]).stdout).expect("UTF-8");
    for line in ["board meeting.mp3", "Tagged:          yes", "(A4)", "SecureTranscribe 0.1.0", "Nov 28 12:00:00 2026"]
    {
        assert!(info.contains(line), "{line} is not in\n{info}");
    }
    let pages: usize = info.lines().find_map(|l| l.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok()).unwrap();
    assert!(pages > 5);
    let text = plain(&pdf_text(&path));
    for n in 1..=pages {
        assert!(text.contains(&format!("Page {n} of {pages}")), "page {n}");
    }
    for words in ["Shares of time and words", "Questions asked", "Record of origin", &"cd34".repeat(16)[..40]] {
        assert!(text.contains(words), "{words}");
    }
    let json = run("qpdf", &["--json=1", utf8(&path)]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let titles: Vec<&str> = json["outlines"].as_array().unwrap().iter().filter_map(|o| o["title"].as_str()).collect();
    assert!(titles.contains(&"Record of origin") && titles.contains(&"10:00  Speaker 2"), "{titles:?}");
    assert!(json.to_string().contains("/Lang"), "no language");
    let letter = ExportOptions { paper: Paper::Letter, ..ExportOptions::default() };
    let path = file(folder.path(), "b.pdf", &written("pdf", &transcript, &letter));
    assert!(String::from_utf8_lossy(&run("pdfinfo", &[utf8(&path)]).stdout).contains("(letter)"));
}

/// Text of DOCX files as LibreOffice reads them, in the order of the paths.
fn office_text(folder: &Path, paths: &[PathBuf]) -> Vec<String> {
    let home = format!("-env:UserInstallation=file://{}", utf8(&folder.join("office")));
    let mut args = vec![&home[..], "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", utf8(folder)];
    args.extend(paths.iter().map(|path| utf8(path)));
    run("soffice", &args);
    let read = |path: &PathBuf| std::fs::read_to_string(path.with_extension("txt"));
    paths.iter().map(|p| read(p).unwrap_or_else(|e| panic!("LibreOffice refused {}: {e}", p.display()))).collect()
}

/// Whether all parts of a package are well-formed XML, by a reader that forgives nothing.
fn check_package(paths: &[PathBuf]) {
    let script = "import sys, zipfile, xml.dom.minidom as xml
for name in sys.argv[1:]:
    with zipfile.ZipFile(name) as package:
        assert package.testzip() is None
        for part in package.namelist():
            xml.parseString(package.read(part))";
    let mut args = vec!["-c", script];
    args.extend(paths.iter().map(|path| utf8(path)));
    run("python3", &args);
}

#[test]
fn text_of_every_script_comes_back_from_a_docx() {
    let folder = tempfile::tempdir().expect("a folder");
    let transcript = transcript(SCRIPTS.iter().map(|(_, said)| (*said).to_owned()));
    let bytes = written("docx", &transcript, &everything());
    assert_eq!(bytes, written("docx", &transcript, &everything()), "the same input gives the same bytes");
    let path = file(folder.path(), "a.docx", &bytes);
    check_package(std::slice::from_ref(&path));
    let text = office_text(folder.path(), &[path]).remove(0);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (_, said) in SCRIPTS {
        assert!(lines.contains(said), "{said}\nis not in\n{text}");
    }
    assert!(lines.contains(&"Record of origin") && text.contains("Lena Brandt & <Co>") && text.contains("יוסי כהן"));
}

#[test]
fn a_table_is_read_by_a_spreadsheet_program_and_no_cell_is_a_formula() {
    let folder = tempfile::tempdir().expect("a folder");
    let dangerous = ["=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=HYPERLINK(\"x\")", "a, \"b\"; c"];
    let said = SCRIPTS.iter().map(|(_, said)| *said).chain(dangerous);
    let path =
        file(folder.path(), "a.csv", &written("csv", &transcript(said.clone().map(str::to_owned)), &everything()));
    let home = format!("-env:UserInstallation=file://{}", utf8(&folder.path().join("office")));
    let out = folder.path().join("out");
    // Comma, quote, UTF-8 and the first line, both ways (filter options of LibreOffice Calc).
    let args =
        ["--headless", "--infilter=CSV:44,34,76,1", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1"];
    run("soffice", &[&[&home[..]], &args[..], &["--outdir", utf8(&out), utf8(&path)]].concat());
    let table = std::fs::read_to_string(out.join("a.csv")).expect("what LibreOffice Calc read");
    for said in said {
        let quoted = said.replace('"', "\"\"");
        assert!(table.contains(&quoted), "{said}\nis not in\n{table}");
    }
}

/// Text of any plane, with all that is forbidden, invisible or turns the direction.
fn wild() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        1 => "[a-z]{1,9}",
        1 => "[א-ת]{1,8}",
        1 => "[\u{0}-\u{20}]",
        1 => "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2028}\u{2029}\u{2066}-\u{2069}\u{fe0f}\u{feff}\u{fffe}\u{ffff}]",
        1 => prop_oneof![Just("-->"), Just("<"), Just("]]>"), Just("&amp;"), Just("\""), Just("")].prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn no_text_makes_a_file_that_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut runner = TestRunner::deterministic();
    let texts = proptest::collection::vec(wild(), 1..12);
    let mut packages = Vec::new();
    for n in 0..60 {
        let mut said = texts.new_tree(&mut runner).expect("texts").current();
        let name = said.pop().unwrap_or_default();
        let mut transcript = transcript(said);
        transcript.speakers[0].name = Some(name.clone());
        transcript.language = (n % 2 == 0).then(|| name.clone());
        transcript.recording.name = name;
        for utterance in &mut transcript.utterances {
            // Equal times and ends before the beginning.
            utterance.span.end.0 = utterance.span.start.0.saturating_sub(n % 3);
        }
        let path = file(folder.path(), "a.pdf", &written("pdf", &transcript, &everything()));
        pdf_text(&path);
        run("qpdf", &["--check", utf8(&path)]);
        packages.push(file(folder.path(), &format!("{n}.docx"), &written("docx", &transcript, &everything())));
    }
    check_package(&packages);
    office_text(folder.path(), &packages);
}
