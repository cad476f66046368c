//! Real playing: through a sound server to a loudspeaker whose sound is recorded and compared. `cargo xtask test` starts
//! the server; without one these tests say so and end.

mod support {
    pub mod sound;
}

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use st_engine::core::time::{Millis, TimeSpan};
use st_engine::library::{FileStamp, Library};
use st_engine::{Code, Engine, EngineOptions, Event, PlayerState, RecordingId};
use support::sound::{Heard, Loudspeaker, RATE, level, pactl, pitch};

/// Length of the test recording in seconds.
const SECONDS: u32 = 40;
/// Rate of the test recording.
const FILE_RATE: u32 = 44_100;

/// A recording whose left side tells the pitch, and whose right side tells the place: one click each second, at a
/// level that falls by 1 dB a second.
fn write_recording(path: &Path) {
    let mut data = Vec::new();
    for frame in 0..SECONDS * FILE_RATE {
        let (second, within) = (frame / FILE_RATE, frame % FILE_RATE);
        let time = f64::from(frame) / f64::from(FILE_RATE);
        let left = (std::f64::consts::TAU * 440.0 * time).sin() * 0.25;
        let click = if within < FILE_RATE / 50 { 10f64.powf(-f64::from(second) / 20.0) } else { 0.0 };
        let right = click * 0.9 * (std::f64::consts::TAU * 1_000.0 * time).sin();
        for side in [left, right] {
            data.extend_from_slice(&((side * 32_767.0) as i16).to_le_bytes());
        }
    }
    let length = data.len() as u32;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(length + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&FILE_RATE.to_le_bytes());
    file.extend_from_slice(&(FILE_RATE * 4).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&data);
    std::fs::write(path, file).unwrap();
}

/// An engine that knows the recording.
struct Setup {
    _folder: tempfile::TempDir,
    engine: Engine,
    recording: RecordingId,
    events: Receiver<Event>,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clicks.wav");
        write_recording(&path);
        let options = EngineOptions { data_dir: Some(folder.path().join("data")), ..Default::default() };
        let engine = Engine::open(options).unwrap();
        let library = Library::open(&engine.dirs().library()).unwrap();
        let stamp = FileStamp::of(&std::fs::metadata(&path).unwrap());
        let recording = library.add_recording(&path, stamp).unwrap();
        let events = engine.subscribe();
        Self { _folder: folder, engine, recording, events }
    }

    /// States that were told since the last look.
    fn told(&self) -> Vec<PlayerState> {
        let states = self.events.try_iter().filter_map(|event| match event {
            Event::Player { state } => Some(state),
            _ => None,
        });
        states.collect()
    }

    /// Waits until the state is so, however long the machine takes for it.
    #[track_caller]
    fn wait(&self, what: &str, so: impl Fn(&PlayerState) -> bool) -> PlayerState {
        let begin = Instant::now();
        loop {
            let state = self.engine.player_state();
            if so(&state) {
                return state;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "{what} did not come: {state:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Tries until it is so. What a busy machine delays is so a little later; what is wrong never is.
#[track_caller]
fn eventually<T: std::fmt::Debug>(what: &str, mut measure: impl FnMut() -> (T, bool)) {
    let begin = Instant::now();
    loop {
        let (measured, right) = measure();
        if right {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(15), "{what}: {measured:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whether there is a sound server to test with.
fn has_server() -> bool {
    let found = std::env::var_os("PULSE_SERVER").is_some();
    if !found {
        println!("skipped: no sound server of our own (PULSE_SERVER); cargo xtask test starts one");
    }
    found
}

/// The click after frame `from`: which second of the recording it tells, and the frame that it begins with.
fn click(heard: &Heard, from: usize) -> (f32, usize) {
    let frames = heard.between(from, from + RATE * 5 / 2);
    // Inside a click already: the next one counts.
    let quiet = frames.windows(RATE / 100).position(|part| part.iter().all(|frame| frame[1].abs() < 0.001)).unwrap();
    let start = quiet + frames[quiet..].iter().position(|frame| frame[1].abs() > 0.003).expect("a click");
    let peak = frames[start..start + RATE / 200].iter().fold(0.0f32, |peak, frame| peak.max(frame[1].abs()));
    (-20.0 * (peak / 0.9).log10(), from + start)
}

/// Compares where the player says it is with where the loudspeaker is, in milliseconds of the recording.
fn error_of_position(setup: &Setup, heard: &Heard) -> f64 {
    let (frame, state) = (heard.now(), setup.engine.player_state());
    let (second, at) = click(heard, frame);
    let until = (at - frame) as f64 / RATE as f64 * f64::from(state.rate);
    let place = state.position.seconds() * 1000.0 + until * 1000.0;
    if state.rate == 1.0 {
        return place - f64::from(second.round()) * 1000.0;
    }
    // At other speeds windows fade into the click, so its level no longer tells the second, and its start still does.
    place - (place / 1000.0).round() * 1000.0
}

#[test]
fn a_recording_is_heard_as_it_is_and_where_the_player_says() {
    if !has_server() {
        return;
    }
    let speaker = Loudspeaker::plug_in("st_playback");
    let heard = speaker.record();
    let setup = Setup::new();
    let engine = &setup.engine;
    engine.player_load(setup.recording).unwrap();
    let state = engine.player_state();
    assert_eq!((state.playing, state.position, state.duration), (false, Millis(0), Millis(u64::from(SECONDS) * 1000)));

    // The sound itself, and ten positions a second.
    engine.player_play(None).unwrap();
    setup.wait("the first second", |state| state.position.0 > 1_000);
    setup.told();
    let from = heard.now();
    let sound = heard.between(from, from + RATE);
    assert!((pitch(&sound) - 440.0).abs() < 1.0, "{} Hz", pitch(&sound));
    let loud = level(&sound, 0);
    assert!((loud + 15.05).abs() < 0.3, "{loud} dB");
    let places: Vec<u64> = setup.told().iter().map(|state| state.position.0).collect();
    let mut steps: Vec<u64> = places.windows(2).map(|pair| pair[1].checked_sub(pair[0]).expect("forwards")).collect();
    steps.sort_unstable();
    // The middle one of the steps between them, in ms of the recording.
    assert!((70..=150).contains(&steps[steps.len() / 2]), "{places:?}");

    // Positions at every speed, and the pitch stays.
    for rate in [1.0, 0.5, 0.75, 1.5, 2.0, 3.0] {
        engine.player_rate(rate);
        // Half of it is what the recorder itself does not know.
        let most = 25.0 + 15.0 * f64::from(rate);
        eventually("position and pitch", || {
            engine.player_seek(Millis(4_000));
            thread::sleep(Duration::from_millis(700));
            let from = heard.now();
            let mut errors: Vec<f64> = (0..3).map(|_| error_of_position(&setup, &heard).abs()).collect();
            let tone = pitch(&heard.between(from, from + RATE));
            println!("{rate}x: positions off by {errors:.1?} ms, {tone:.2} Hz");
            // The middle one: on a busy machine the sound server may leave some sound out while one is measured.
            errors.sort_by(f64::total_cmp);
            ((rate, errors.clone(), tone), errors[1] < most && (tone - 440.0).abs() < 4.4)
        });
    }
    engine.player_rate(1.0);

    // Volume.
    engine.player_seek(Millis(10_000));
    engine.player_volume(0.5);
    eventually("half the volume", || {
        let from = heard.now();
        let quiet = level(&heard.between(from, from + RATE / 2), 0);
        ((loud, quiet), (loud - quiet - 6.02).abs() < 0.3)
    });
    engine.player_volume(1.0);

    // Pause: silence, and it goes on where it was.
    engine.player_pause();
    eventually("silence", || {
        let from = heard.now();
        let rest = level(&heard.between(from, from + RATE / 2), 0);
        (rest, rest < -90.0)
    });
    let paused = engine.player_state();
    assert!(!paused.playing);
    setup.told();
    let begin = Instant::now();
    engine.player_play(None).unwrap();
    let state = setup.wait("going on", |state| state.playing && state.position > paused.position);
    let (moved, most) = (state.position.0 - paused.position.0, begin.elapsed().as_millis() as u64 + 50);
    assert!(moved <= most, "{moved} ms in {most} after the pause");

    // A loop stays inside, over and over.
    let span = TimeSpan::new(20_000, 20_700);
    engine.player_loop(Some(span));
    setup.wait("the loop", |state| (span.start..=span.end).contains(&state.position));
    setup.told();
    let mut places = Vec::new();
    eventually("three rounds", || {
        places.extend(setup.told().iter().map(|state| state.position));
        let rounds = places.windows(2).filter(|pair| pair[1] < pair[0]).count();
        (rounds, rounds >= 3)
    });
    assert!(places.iter().all(|place| (span.start..=span.end).contains(place)), "{places:?}");
    engine.player_loop(None);

    // The end, and from there to the start again.
    engine.player_seek(Millis(u64::from(SECONDS) * 1000 - 700));
    let state = setup.wait("the end", |state| !state.playing);
    assert_eq!((state.position, state.problem), (state.duration, None));
    engine.player_play(None).unwrap();
    setup.wait("the start", |state| state.playing && (1..1_000).contains(&state.position.0));

    // The loudspeaker goes away while it plays, and comes back.
    drop(heard);
    let others = pactl(&["list", "short", "sinks"]).lines().count() > 1;
    drop(speaker);
    if !others {
        let state = setup.wait("the loss of the loudspeaker", |state| !state.playing);
        assert_eq!(state.problem.map(|problem| problem.code), Some(Code::NoSoundOutput));
    }
    let speaker = Loudspeaker::plug_in("st_playback_again");
    let heard = speaker.record();
    engine.player_play(Some(Millis(5_000))).unwrap();
    eventually("the tone on the new loudspeaker", || {
        let from = heard.now();
        let tone = pitch(&heard.between(from, from + RATE / 2));
        (tone, (tone - 440.0).abs() < 4.4)
    });
    assert_eq!(engine.player_state().problem, None);
    engine.player_unload();
    setup.wait("nothing to be loaded", |state| state.recording.is_none());
}

/// Runs by itself only in the process that the next test starts, whose sound system leads nowhere.
#[test]
fn nothing_to_play_on_is_said_and_the_rest_works() {
    if std::env::var_os("SECURETRANSCRIBE_TEST_NO_SOUND").is_none() {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let nowhere = tempfile::tempdir().unwrap();
        again.args(["--exact", "nothing_to_play_on_is_said_and_the_rest_works", "--nocapture"]);
        again.env("SECURETRANSCRIBE_TEST_NO_SOUND", "1").env("XDG_RUNTIME_DIR", nowhere.path());
        again.env("PULSE_SERVER", format!("unix:{}", nowhere.path().join("none").display()));
        assert!(again.status().unwrap().success());
        return;
    }
    let setup = Setup::new();
    setup.engine.player_load(setup.recording).unwrap();
    let failure = setup.engine.player_play(None).unwrap_err();
    assert_eq!(failure.code, Code::NoSoundOutput, "{failure:?}");
    let state = setup.engine.player_state();
    assert_eq!((state.playing, state.problem), (false, Some(failure)));
    setup.engine.player_seek(Millis(3_000));
    setup.engine.player_rate(2.0);
    // Two messages: the player may have taken the first and not yet the second.
    setup.wait("the place and the speed", |state| state.position == Millis(3_000) && state.rate == 2.0);
    assert_eq!(setup.engine.recordings().unwrap().len(), 1);
}

#[test]
fn a_recording_without_a_file_is_said_by_name() {
    let setup = Setup::new();
    let path = setup.engine.recording(setup.recording).unwrap().path;
    std::fs::remove_file(path).unwrap();
    let failure = setup.engine.player_load(setup.recording).unwrap_err();
    assert_eq!(failure.code, Code::FileNotFound);
    assert!(failure.message.contains("clicks.wav"), "{failure}");
    assert_eq!(setup.engine.player_play(None).unwrap_err().code, Code::NotFound);
}
