//! Each bad input gives one plain sentence that names it and says what to do, and exit 1; a command that makes no
//! sense gives exit 2. Never a panic, never a trace.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use st_e2e::{Cli, Run, fixture, models, transcribe_args};

/// Fails unless one line on stderr names all of `words`.
#[track_caller]
fn refused(run: Run, words: &[&str]) {
    let run = run.status(1);
    assert_eq!(run.stdout, "", "nothing on standard output");
    let lines: Vec<&str> = run.stderr.lines().filter(|l| !l.trim().is_empty()).collect();
    assert_eq!(lines.len(), 1, "one line:\n{}", run.stderr);
    for word in words {
        assert!(lines[0].contains(word), "“{word}” is missing in: {}", lines[0]);
    }
    // Or with a command to type, which a full stop would spoil.
    assert!(lines[0].ends_with('.') || lines[0].contains(": securetranscribe "), "a sentence ends: {}", lines[0]);
    for bad in ["!", "please", "Please", "error:", "Error:"] {
        assert!(!lines[0].contains(bad), "“{bad}” in: {}", lines[0]);
    }
}

fn quiet(recording: &Path) -> Vec<OsString> {
    let mut args = transcribe_args(recording);
    args.extend(["--progress", "none"].map(Into::into));
    args
}

#[test]
fn files_that_are_no_recordings() {
    let cli = Cli::new();
    let folder = cli.scratch();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    refused(cli.run(&quiet(&folder.join("gone.wav"))), &["gone.wav"]);
    refused(cli.run(&quiet(&folder)), &["scratch", "folder"]);
    refused(cli.run(&quiet(&write("empty.wav", b""))), &["empty.wav", "empty"]);
    refused(cli.run(&quiet(&write("notes.mp3", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n"))), &["notes.mp3", "PDF"]);
    refused(cli.run(&quiet(&write("page.wav", b"<!DOCTYPE html><title>x</title>"))), &["page.wav"]);
    refused(cli.run(&quiet(&write("random.m4a", &[0x5a; 4096]))), &["random.m4a"]);
    let half = std::fs::read(fixture("speech_en.flac")).unwrap();
    refused(cli.run(&quiet(&write("head.flac", &half[..30]))), &["head.flac"]);
}

#[test]
fn a_video_without_sound_says_so() {
    // The smallest MP4 that has a video track and nothing else: ftyp, moov with one trak whose handler is `vide`.
    fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(content.len() + 8).unwrap().to_be_bytes().to_vec();
        out.extend_from_slice(kind);
        out.extend_from_slice(content);
        out
    }
    let join = |parts: &[Vec<u8>]| parts.concat();
    let mut mvhd = vec![0; 100];
    mvhd[12..16].copy_from_slice(&1000u32.to_be_bytes());
    mvhd[16..20].copy_from_slice(&1000u32.to_be_bytes());
    let mut tkhd = vec![0; 84];
    tkhd[3] = 7;
    tkhd[15] = 1;
    let mut mdhd = vec![0; 24];
    mdhd[12..16].copy_from_slice(&1000u32.to_be_bytes());
    mdhd[16..20].copy_from_slice(&1000u32.to_be_bytes());
    let mut hdlr = vec![0; 25];
    hdlr[8..12].copy_from_slice(b"vide");
    let mut avc1 = vec![0; 78];
    avc1[7] = 1;
    (avc1[25], avc1[27]) = (16, 16);
    let mut stsd = vec![0, 0, 0, 0, 0, 0, 0, 1];
    stsd.extend(atom(b"avc1", &avc1));
    let table = |kind: &[u8; 4], zeros: usize| atom(kind, &vec![0; zeros]);
    let stbl = atom(
        b"stbl",
        &join(&[atom(b"stsd", &stsd), table(b"stts", 8), table(b"stsc", 8), table(b"stsz", 12), table(b"stco", 8)]),
    );
    let minf = atom(b"minf", &join(&[table(b"vmhd", 12), stbl]));
    let mdia = atom(b"mdia", &join(&[atom(b"mdhd", &mdhd), atom(b"hdlr", &hdlr), minf]));
    let trak = atom(b"trak", &join(&[atom(b"tkhd", &tkhd), mdia]));
    let moov = atom(b"moov", &join(&[atom(b"mvhd", &mvhd), trak]));
    let file = join(&[atom(b"ftyp", b"isom\0\0\x02\0isomiso2"), moov, atom(b"mdat", b"")]);

    let cli = Cli::new();
    let path = cli.scratch().join("drone.mp4");
    std::fs::write(&path, file).unwrap();
    refused(cli.run(&quiet(&path)), &["drone.mp4", "sound track"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let cli = Cli::new();
    let path = cli.scratch().join("secret.flac");
    std::fs::copy(fixture("speech_en.flac"), &path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user (root) may read every file");
        return;
    }
    refused(cli.run(&quiet(&path)), &["secret.flac", "permission"]);
}

#[test]
fn models_that_are_missing_or_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let link = |name: &str| std::fs::copy(models().join(name), folder.path().join(name)).unwrap();
    for name in ["silero_vad.onnx", "segmentation.onnx", "embedding.onnx"] {
        link(name);
    }
    let cli = Cli::with_models(folder.path());
    // The programs also look beside themselves and into the tree, so ask for one that is nowhere.
    let recording = fixture("speech_en.flac");
    let with = |model: &str| {
        let mut args = vec!["transcribe".into(), recording.as_os_str().to_os_string()];
        args.extend(["--model", model, "--progress", "none"].map(Into::into));
        args
    };
    refused(cli.run(&with("large-v3")), &["large-v3", "models get"]);
    refused(cli.run(&with("no-such-model")), &["no-such-model", "models list"]);

    let whole = std::fs::read(models().join("ggml-tiny.en-q5_1.bin")).unwrap();
    std::fs::write(folder.path().join("ggml-tiny.en-q5_1.bin"), &whole[..whole.len() / 2]).unwrap();
    refused(cli.run(&with("tiny.en-q5_1")), &["tiny.en-q5_1", "damaged"]);
    std::fs::write(folder.path().join("mine.bin"), b"GGUF and more").unwrap();
    let mine = folder.path().join("mine.bin");
    refused(cli.run(&with(mine.to_str().unwrap())), &["mine.bin", "GGUF"]);
}

#[test]
fn output_folders_that_cannot_be_written() {
    let cli = Cli::new();
    let recording = fixture("speech_en.flac");
    let to = |folder: &Path| {
        let mut args = quiet(&recording);
        args.extend(["--format".into(), "txt".into(), "--output".into(), folder.as_os_str().to_os_string()]);
        args
    };
    refused(cli.run(&to(&cli.scratch().join("nowhere"))), &["nowhere"]);
    refused(cli.run(&to(&fixture("speech_en.txt"))), &["speech_en.txt"]);
    if cfg!(target_os = "linux") {
        // Nobody, root included, makes a file there.
        refused(cli.run(&to(Path::new("/proc"))), &["/proc"]);
    }
}

#[test]
fn settings_that_make_no_sense() {
    let cli = Cli::new();
    let with = |more: &[&str]| {
        let mut args = vec!["transcribe".into(), fixture("speech_en.flac").into_os_string()];
        args.extend(["--progress", "none"].iter().chain(more).map(Into::into));
        cli.run(&args)
    };
    for (more, words) in [
        (&["--language", "klingon"][..], &["klingon", "language"][..]),
        (&["--speakers", "0"], &["“0”", "speakers"]),
        (&["--speakers", "5-2"], &["“5-2”"]),
        (&["--speakers", "1000"], &["“1000”"]),
        (&["--format", "docx1"], &["docx1", "txt"]),
        (&["--device", "CUDA7"], &["CUDA7", "devices"]),
        (&["--threads", "0"], &["threads"]),
    ] {
        refused(with(more), words);
    }
}

#[test]
fn commands_that_make_no_sense() {
    let cli = Cli::new();
    for args in
        [&["transcribe"][..], &["fly"], &["library", "show"], &["transcribe", "a.wav", "--format", "txt,srt"], &[]]
    {
        let run = cli.run(args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked") && !run.stderr.is_empty());
    }
    for args in [
        &["export", "999", "--format", "txt", "--output", "-"][..],
        &["library", "show", "999"],
        &["library", "delete", "999"],
    ] {
        refused(cli.run(args), &["999"]);
    }
}

#[test]
fn one_bad_file_does_not_stop_the_rest() {
    let cli = Cli::new();
    let out = cli.scratch();
    let mut args = transcribe_args(&out.join("gone.wav"));
    args.push(fixture("speech_en.flac").into());
    args.extend(["--progress", "none", "--speakers", "off", "--output"].map(Into::into));
    args.push(out.clone().into());
    let run = cli.run(&args).status(1);
    assert!(run.stderr.contains("gone.wav"), "{}", run.stderr);
    assert!(out.join("speech_en.txt").is_file());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let cli = Cli::new();
    let program = st_e2e::program("securetranscribe");
    let line = format!("'{}' models list | head -n 1; exit ${{PIPESTATUS[0]}}", program.display());
    let output =
        Command::new("bash").args(["-c", &line]).env("SECURETRANSCRIBE_DATA_DIR", cli.data()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !stderr.contains("panicked"), "{stderr}");
}
