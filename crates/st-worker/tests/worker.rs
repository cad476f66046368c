//! The real worker program, driven over its standard input and output.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use st_core::hypothesis::{WindowHypothesis, join_words};
use st_core::time::{Millis, TimeSpan};
use st_worker_protocol::{
    Asked, AsrModel, DecodeParams, Event, Frame, Load, MOST_IN_FLIGHT, PROTOCOL_VERSION, Request, Said, Wanted,
    WorkerError, exit, read_frame, write_json, write_pcm,
};
use symphonia::core::formats::TrackType;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::MediaSourceStream;

struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Requests so far.
    asked: u64,
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
        let mut worker = Self { child, input, output, asked: 0 };
        let Said { to: None, event: Event::Hello(hello) } = worker.next() else { panic!("no hello") };
        assert_eq!(hello.protocol, PROTOCOL_VERSION);
        worker
    }

    fn next(&mut self) -> Said {
        match read_frame(&mut self.output).unwrap() {
            Some(Frame::Json(json)) => serde_json::from_slice(&json).unwrap(),
            other => panic!("{other:?} is no event"),
        }
    }

    /// Sends a request with its audio; gives its number.
    fn tell(&mut self, pcm: &[f32], request: &Request) -> u64 {
        let input = self.input.as_mut().unwrap();
        if !pcm.is_empty() {
            write_pcm(input, pcm).unwrap();
        }
        let asked = Asked { id: self.asked, request: request.clone() };
        write_json(input, &asked).unwrap();
        self.asked += 1;
        asked.id
    }

    /// The event that ends a request, where no other one runs.
    fn ask(&mut self, pcm: &[f32], request: &Request) -> Event {
        let id = self.tell(pcm, request);
        let (to, event) = self.end();
        assert_eq!(to, id, "{event:?}");
        event
    }

    /// The text of one window, where no other one is decoded.
    fn text(&mut self, pcm: &[f32], request: &Request) -> WindowHypothesis {
        match self.ask(pcm, request) {
            Event::Window { window } => window,
            other => panic!("{other:?} is no window"),
        }
    }

    /// The next event that ends a request, and the number of that.
    fn end(&mut self) -> (u64, Event) {
        loop {
            let Said { to, event } = self.next();
            match event {
                Event::Alive => assert_eq!(to, None),
                event => return (to.expect("a number"), event),
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

fn transcribe(start: u64, speech: &[TimeSpan]) -> Request {
    by_threads(start, speech, 1)
}

fn by_threads(start: u64, speech: &[TimeSpan], threads: u32) -> Request {
    Request::Transcribe(Wanted { start: Millis(start), speech: speech.to_vec(), params: params(5), threads })
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

/// Windows of different lengths, so that they are done in another order than they are asked for.
#[test]
fn windows_beside_each_other_give_what_each_gives_alone() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm = speech();
    let parts = [&pcm[..], &pcm[..16_000 * 4], &pcm[16_000 * 5..], &pcm[16_000 * 2..16_000 * 9]];
    let alone: Vec<WindowHypothesis> = parts.iter().map(|part| worker.text(part, &transcribe(60_000, &[]))).collect();
    for in_flight in [2, 3] {
        let mut left = (0..8).map(|number| number % parts.len());
        let mut flying = std::collections::HashMap::new();
        loop {
            // The next one is asked for in the moment in which another ends.
            while flying.len() < in_flight
                && let Some(part) = left.next()
            {
                flying.insert(worker.tell(parts[part], &transcribe(60_000, &[])), part);
            }
            if flying.is_empty() {
                break;
            }
            let (to, Event::Window { window }) = worker.end() else { panic!("no window") };
            assert_eq!(window, alone[flying.remove(&to).expect("asked for, and answered once")], "{in_flight}");
        }
    }
    // How many threads a window has depends on who is in flight beside it.
    assert_eq!(worker.text(parts[1], &by_threads(60_000, &[], 2)), alone[1]);
}

#[test]
fn a_window_that_fails_leaves_those_beside_it_alone() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm = speech();
    let alone = worker.text(&pcm, &transcribe(0, &[]));
    let bad = |event: &Event| matches!(event, Event::Failed { error: WorkerError::BadRequest { .. } });
    let whole = worker.tell(&pcm, &transcribe(0, &[]));
    let language = DecodeParams { language: "xx".into(), ..params(5) };
    let odd = Wanted { start: Millis(0), speech: Vec::new(), params: language, threads: 1 };
    let silent = worker.tell(&[], &transcribe(0, &[]));
    let odd = worker.tell(&pcm, &Request::Transcribe(odd));
    // A piece of audio too many.
    write_pcm(worker.input.as_mut().unwrap(), &pcm).unwrap();
    let two = worker.tell(&pcm, &transcribe(0, &[]));
    // What is about no window waits for all of them.
    let devices = worker.tell(&[], &Request::Devices);
    let mut ends: Vec<(u64, Event)> = (0..5).map(|_| worker.end()).collect();
    assert!(ends.pop().is_some_and(|(to, event)| to == devices && matches!(event, Event::Devices { .. })));
    ends.sort_by_key(|(to, _)| *to);
    assert_eq!(ends[0], (whole, Event::Window { window: alone }));
    assert_eq!([ends[1].0, ends[2].0, ends[3].0], [silent, odd, two]);
    assert!(ends[1..].iter().all(|(_, event)| bad(event)), "{ends:?}");
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
fn a_cancel_ends_what_came_before_it_and_nothing_else() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm: Vec<f32> = speech().into_iter().cycle().take(16_000 * 30).collect();
    let text = worker.text(&speech(), &transcribe(0, &[]));
    for in_flight in 1..4 {
        let mut before: Vec<u64> = (0..in_flight).map(|_| worker.tell(&pcm, &transcribe(0, &[]))).collect();
        worker.tell(&[], &Request::Cancel);
        // One that is asked for at once, while the others still end.
        let after = worker.tell(&speech(), &transcribe(0, &[]));
        for _ in 0..=in_flight {
            match worker.end() {
                (to, Event::Cancelled) => before.retain(|id| *id != to),
                (to, event) => assert_eq!((to, event), (after, Event::Window { window: text.clone() })),
            }
        }
        assert_eq!(before, Vec::<u64>::new());
        // A cancel when nothing runs is forgotten.
        worker.tell(&[], &Request::Cancel);
        assert_eq!(worker.text(&speech(), &transcribe(0, &[])), text);
    }
}

#[test]
fn more_requests_than_are_agreed_on_are_refused() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm: Vec<f32> = speech().into_iter().cycle().take(16_000 * 30).collect();
    let first: Vec<u64> = (0..MOST_IN_FLIGHT).map(|_| worker.tell(&pcm, &transcribe(0, &[]))).collect();
    let more = worker.tell(&pcm, &transcribe(0, &[]));
    let (to, event) = worker.end();
    assert!(matches!(event, Event::Failed { error: WorkerError::BadRequest { .. } }), "{event:?}");
    assert_eq!(to, more);
    worker.tell(&[], &Request::Cancel);
    let mut ended: Vec<u64> = first.iter().map(|_| worker.end().0).collect();
    ended.sort_unstable();
    assert_eq!(ended, first);
    assert!(!worker.text(&speech(), &transcribe(0, &[])).segments.is_empty());
}

#[test]
fn the_end_of_standard_input_ends_it_in_mid_request() {
    let Some(mut worker) = loaded(("ggml-tiny.en.bin", None)) else { return };
    let pcm: Vec<f32> = speech().into_iter().cycle().take(16_000 * 30).collect();
    for _ in 0..2 {
        worker.tell(&pcm, &transcribe(0, &[]));
    }
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
