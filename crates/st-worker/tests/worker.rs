//! The real worker program, driven over its standard input and output.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use st_core::hypothesis::{WindowHypothesis, join_words};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{
    AsrModel, DecodeParams, Event, Frame, Load, PROTOCOL_VERSION, Request, Wanted, WorkerError, exit, read_frame,
    write_json, write_pcm,
};
use symphonia::core::formats::TrackType;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::MediaSourceStream;

struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_securetranscribe-worker"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut worker = Self { child, input, output };
        let Event::Hello(hello) = worker.next() else { panic!("no hello") };
        assert_eq!(hello.protocol, PROTOCOL_VERSION);
        worker
    }

    fn next(&mut self) -> Event {
        match read_frame(&mut self.output).unwrap() {
            Some(Frame::Json(json)) => serde_json::from_slice(&json).unwrap(),
            other => panic!("{other:?} is no event"),
        }
    }

    fn tell(&mut self, request: &Request) {
        write_json(self.input.as_mut().unwrap(), request).unwrap();
    }

    /// The text of one window.
    fn text(&mut self, pcm: &[f32], request: &Request) -> WindowHypothesis {
        let Event::Window { index: 0, window } = self.ask(pcm, request) else { panic!("no window") };
        assert_eq!(self.next(), Event::Transcribed);
        window
    }

    /// The event that ends a request, or the first window.
    fn ask(&mut self, pcm: &[f32], request: &Request) -> Event {
        if !pcm.is_empty() {
            write_pcm(self.input.as_mut().unwrap(), pcm).unwrap();
        }
        self.tell(request);
        self.end()
    }

    fn end(&mut self) -> Event {
        loop {
            match self.next() {
                Event::Segment { .. } | Event::Progress { .. } | Event::Alive => {}
                event => return event,
            }
        }
    }

    /// The exit status, which must come within `limit`.
    fn status_within(&mut self, limit: Duration) -> Option<i32> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the worker still runs after {limit:?}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A development model, or `None` with a word about it.
fn model(name: &str) -> Option<PathBuf> {
    let path = root().join("models").join(name);
    if !path.is_file() {
        eprintln!("skipped: models/{name} is missing (cargo xtask models gets it)");
        return None;
    }
    Some(path)
}

fn loaded(names: (&str, Option<&str>)) -> Option<Worker> {
    let asr = AsrModel { path: model(names.0)?, device: "cpu".into() };
    let vad = match names.1 {
        Some(name) => Some(model(name)?),
        None => None,
    };
    let mut worker = Worker::start();
    let answer = worker.ask(&[], &Request::Load(Load { asr: Some(asr), vad, threads: 1, ..Load::default() }));
    assert!(matches!(answer, Event::Loaded { multilingual: false, .. }), "{answer:?}");
    Some(worker)
}

/// 11 s of clear speech.
fn speech() -> Vec<f32> {
    let file = std::fs::File::open(root().join("tests/fixtures/speech_en.flac")).unwrap();
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut reader =
        symphonia::default::get_probe().probe(&Hint::new(), stream, Default::default(), Default::default()).unwrap();
    let track = reader.default_track(TrackType::Audio).unwrap();
    let params = track.codec_params.as_ref().unwrap().audio().unwrap().clone();
    let mut decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &Default::default()).unwrap();
    let (mut all, mut some) = (Vec::new(), Vec::new());
    while let Some(packet) = reader.next_packet().unwrap() {
        decoder.decode(&packet).unwrap().copy_to_vec_interleaved(&mut some);
        all.append(&mut some);
    }
    all
}

fn params(beam: u32) -> DecodeParams {
    DecodeParams { language: "en".into(), translate: false, beam, words: Vec::new(), temperature: 0.0 }
}

fn wanted(start: u64, speech: &[TimeSpan]) -> Wanted {
    Wanted { start: Millis(start), speech: speech.to_vec(), params: params(5) }
}

fn transcribe(start: u64, speech: &[TimeSpan]) -> Request {
    Request::Transcribe { windows: vec![wanted(start, speech)] }
}

#[test]
fn a_clip_becomes_words_in_time() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", Some("silero_vad.onnx"))) else { return };
    let pcm = speech();
    let Event::Speech { frames } = worker.ask(&pcm, &Request::Vad { reset: true }) else { panic!("no frames") };
    assert_eq!(frames.len(), pcm.len().div_ceil(512));
    let length = Millis::from_sample(pcm.len() as u64);
    let regions = st_core::speech::regions(&frames, length, &Default::default());
    assert!(!regions.is_empty());

    let shift = 60_000;
    let shifted: Vec<TimeSpan> = regions.iter().map(|r| TimeSpan::new(r.start.0 + shift, r.end.0 + shift)).collect();
    let window = worker.text(&pcm, &transcribe(shift, &shifted));
    let words: Vec<_> = window.segments.iter().flat_map(|s| &s.words).collect();
    let text = join_words(words.iter().copied()).to_lowercase();
    assert!(text.contains("ask not what your country can do for you"), "{text}");
    assert_eq!(window.decoded_until, window.span.end);
    for pair in words.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{pair:?}");
    }
    for word in &words {
        assert!(!word.span.is_empty() && word.span.start >= window.span.start && word.span.end <= window.span.end);
        assert!((0.0..=1.0).contains(&word.confidence));
        assert!(!word.text.is_empty() && !word.text.contains("<|") && !word.text.contains("[_"), "{}", word.text);
    }
    assert_eq!(worker.text(&pcm, &transcribe(shift, &shifted)), window, "the same window gives the same text");
}

#[test]
fn windows_at_once_give_what_each_gives_alone() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm = speech();
    // Of different lengths, so that they are done in another order than they are asked for.
    let parts = [&pcm[..], &pcm[..16_000 * 4], &pcm[16_000 * 5..]];
    let alone: Vec<WindowHypothesis> =
        parts.iter().enumerate().map(|(n, part)| worker.text(part, &transcribe(n as u64 * 60_000, &[]))).collect();
    parts.iter().for_each(|part| write_pcm(worker.input.as_mut().unwrap(), part).unwrap());
    let windows: Vec<Wanted> = (0..3).map(|n| wanted(n * 60_000, &[])).collect();
    worker.tell(&Request::Transcribe { windows: windows.clone() });
    let mut found = vec![None; 3];
    for _ in 0..3 {
        let Event::Window { index, window } = worker.end() else { panic!("no window") };
        assert!(found[index].replace(window).is_none());
    }
    assert_eq!(worker.end(), Event::Transcribed);
    assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), alone);
    // As many pieces of audio as windows; and one that cannot be decoded does not take the others with it.
    let answer = worker.ask(&pcm, &Request::Transcribe { windows: windows.clone() });
    assert!(matches!(answer, Event::Failed { error: WorkerError::BadRequest { .. } }), "{answer:?}");
    let mut odd = windows;
    odd[1].params.language = "xx".into();
    parts.iter().for_each(|part| write_pcm(worker.input.as_mut().unwrap(), part).unwrap());
    worker.tell(&Request::Transcribe { windows: odd });
    let mut done = [worker.end(), worker.end()].map(|event| match event {
        Event::Window { index, window } => (index, window),
        other => panic!("{other:?}"),
    });
    done.sort_by_key(|(index, _)| *index);
    assert_eq!(done, [(0, alone[0].clone()), (2, alone[2].clone())]);
    assert!(matches!(worker.end(), Event::Failed { error: WorkerError::BadRequest { .. } }));
}

#[test]
fn silence_gives_no_words() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", Some("silero_vad.onnx"))) else { return };
    let silence = vec![0.0; 16_000 * 10];
    let Event::Speech { frames } = worker.ask(&silence, &Request::Vad { reset: true }) else { panic!("no frames") };
    assert!(st_core::speech::regions(&frames, Millis(10_000), &Default::default()).is_empty());
    let window = worker.text(&silence, &transcribe(0, &[]));
    assert!(window.segments.is_empty(), "{window:?}");
    assert_eq!(window.decoded_until, window.span.end);
}

#[test]
fn a_cancel_in_mid_window_ends_it() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm: Vec<f32> = speech().into_iter().cycle().take(16_000 * 30).collect();
    write_pcm(worker.input.as_mut().unwrap(), &pcm).unwrap();
    worker.tell(&transcribe(0, &[]));
    worker.tell(&Request::Cancel);
    assert_eq!(worker.end(), Event::Cancelled);
    // It lives on, and a cancel when nothing runs is forgotten.
    worker.tell(&Request::Cancel);
    assert!(!worker.text(&speech(), &transcribe(0, &[])).segments.is_empty());
    // Several end together.
    let windows = vec![wanted(0, &[]), wanted(60_000, &[])];
    windows.iter().for_each(|_| write_pcm(worker.input.as_mut().unwrap(), &pcm).unwrap());
    worker.tell(&Request::Transcribe { windows });
    worker.tell(&Request::Cancel);
    assert_eq!(worker.end(), Event::Cancelled);
}

#[test]
fn the_end_of_standard_input_ends_it_in_mid_request() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm: Vec<f32> = speech().into_iter().cycle().take(16_000 * 30).collect();
    write_pcm(worker.input.as_mut().unwrap(), &pcm).unwrap();
    worker.tell(&transcribe(0, &[]));
    drop(worker.input.take());
    assert_eq!(worker.status_within(Duration::from_secs(2)), Some(exit::OK));
}

#[test]
fn bad_requests_are_answered_and_bad_frames_end_it() {
    let mut worker = Worker::start();
    let answer = worker.ask(&[0.0; 512], &transcribe(0, &[]));
    assert!(matches!(answer, Event::Failed { error: WorkerError::NotLoaded { .. } }), "{answer:?}");
    let answer = worker.ask(&[], &Request::Devices);
    assert!(
        matches!(&answer, Event::Devices { devices } if devices.last().is_some_and(|d| d.id == "cpu")),
        "{answer:?}"
    );
    worker.input.as_mut().unwrap().write_all(b"hello, worker").unwrap();
    assert_eq!(worker.status_within(Duration::from_secs(2)), Some(exit::PROTOCOL));
}

#[test]
fn bad_model_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("model.bin");
    std::fs::write(&text, b"this is no model").unwrap();
    let missing = folder.path().join("missing.bin");
    let mut worker = Worker::start();
    for path in [&text, &missing] {
        let asr = Some(AsrModel { path: path.clone(), device: "cpu".into() });
        let answer = worker.ask(&[], &Request::Load(Load { asr, threads: 1, ..Load::default() }));
        assert!(matches!(&answer, Event::Failed { error: WorkerError::ModelLoad { .. } }), "{answer:?}");
        let load = Load { vad: Some(path.clone()), threads: 1, ..Load::default() };
        let answer = worker.ask(&[], &Request::Load(load));
        assert!(matches!(&answer, Event::Failed { error: WorkerError::ModelLoad { .. } }), "{answer:?}");
    }
    let Some(whole) = model("ggml-tiny.en-q5_1.bin") else { return };
    let cut = folder.path().join("cut.bin");
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() * 3 / 4]).unwrap();
    let asr = Some(AsrModel { path: cut, device: "cpu".into() });
    let answer = worker.ask(&[], &Request::Load(Load { asr, threads: 1, ..Load::default() }));
    assert!(matches!(&answer, Event::Failed { error: WorkerError::ModelLoad { .. } }), "{answer:?}");
}

/// A shell stands between this test and the worker and is killed: the worker's standard input stays open.
#[cfg(unix)]
#[test]
fn it_dies_with_its_parent() {
    use std::io::{BufRead, Read};
    let program = env!("CARGO_BIN_EXE_securetranscribe-worker");
    let mut shell = Command::new("sh")
        .args(["-c", "exec 3<&0; \"$0\" <&3 3<&- >/dev/null 2>&1 & echo $!; wait", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(shell.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let worker: i32 = line.trim().parse().unwrap();
    let held_open = shell.stdin.take();
    // SAFETY: kill with signal 0 only asks whether the process is there.
    let alive = || unsafe { libc::kill(worker, 0) } == 0;
    std::thread::sleep(Duration::from_millis(300));
    assert!(alive(), "it runs as long as its parent");
    shell.kill().unwrap();
    shell.wait().unwrap();
    let begin = Instant::now();
    while alive() {
        assert!(begin.elapsed() < Duration::from_secs(5), "the worker outlives its parent");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(held_open);
    let _ = output.read(&mut [0; 8]);
}
