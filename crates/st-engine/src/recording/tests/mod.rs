//! The recorder over inputs that give sound faster than it is heard.

mod stage;

use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use st_audio::capture::InputKind;
use st_core::time::Millis;

use self::stage::{STEPS, Stage, input, sample};
use super::journal::Journal;
use super::*;
use crate::inference::scripted::{Script, Scripted, Turn};
use crate::{Engine, EngineOptions, Event};

/// An engine over a stage.
struct Setup {
    folder: tempfile::TempDir,
    stage: Stage,
    engine: Engine,
    events: Receiver<Event>,
    /// What was told besides how it stands.
    others: RefCell<Vec<Event>>,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        let stage = Stage::new();
        engine.record_from(Arc::new(stage.clone()));
        let events = engine.subscribe();
        Self { folder, stage, engine, events, others: RefCell::default() }
    }

    fn start(&self, sources: Sources) {
        let options = RecordOptions { preview: false, transcribe: false, ..RecordOptions::live(sources) };
        self.engine.record_start(options).unwrap();
    }

    /// How it stands once everything that came was taken.
    fn state(&self) -> RecorderState {
        self.others.borrow_mut().extend(self.events.try_iter());
        let mut states = Vec::new();
        // The first that comes may have been on its way before.
        while states.len() < 2 {
            match self.events.recv_timeout(Duration::from_secs(60)).expect("the state") {
                Event::Recorder { state } => states.push(state),
                other => self.others.borrow_mut().push(other),
            }
        }
        states.swap_remove(1)
    }

    fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("recordings")
    }
}

fn open(folder: &Path) -> Engine {
    let options = EngineOptions { data_dir: Some(folder.into()), ..EngineOptions::default() };
    Engine::open_with(options, Arc::new(Scripted::new(Script::new(|_| Turn::Answer)))).unwrap()
}

/// The samples of a 16-bit file, channel by channel.
fn read(path: &Path, channels: usize) -> Vec<Vec<i16>> {
    let bytes = std::fs::read(path).unwrap();
    let data = bytes.windows(4).position(|id| id == b"data").unwrap() + 8;
    let samples: Vec<i16> = bytes[data..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    (0..channels).map(|channel| samples.iter().skip(channel).step_by(channels).copied().collect()).collect()
}

/// Places at which a frame does not follow the one before.
fn breaks(samples: &[i16]) -> Vec<usize> {
    let step = |sample: i16| (i64::from(sample) + 10_000) as u64;
    let follows = |pair: &[i16]| (step(pair[0]) + 31) % STEPS == step(pair[1]);
    samples.windows(2).enumerate().filter(|(_, pair)| !follows(pair)).map(|(at, _)| at + 1).collect()
}

#[test]
fn all_that_is_heard_is_in_the_file_from_before_the_start_on() {
    let setup = Setup::new();
    setup.engine.record_ready(Some(Sources::default())).unwrap();
    setup.stage.pass(2_000);
    let state = setup.state();
    assert_eq!((state.phase, state.input.as_deref()), (RecorderPhase::Idle, Some("mic")));
    assert!(state.level_db.is_some_and(|level| level > -30.0), "{state:?}");
    setup.start(Sources::default());
    setup.stage.pass(10_000);
    let recorded = setup.engine.record_stop(Some("A talk")).unwrap();
    assert_eq!(recorded.duration, Millis(10_500), "half a second before the start");
    let samples = &read(&recorded.file, 1)[0];
    assert_eq!((samples.len(), breaks(samples)), (168_000, vec![]));
    assert_eq!(samples[0], (sample(24_000) * 32_768.0) as i16);
    let kept = setup.engine.recording(recorded.recording.unwrap()).unwrap();
    assert_eq!((kept.name.as_str(), kept.copied), ("A talk", true));
    assert_eq!(setup.engine.recordings_left(), []);
    assert_eq!(setup.engine.record_state().phase, RecorderPhase::Idle);
    // Gone from the library, gone from the disk, with its marks.
    setup.engine.delete_recording(kept.id).unwrap();
    assert!(!recorded.file.exists());
    assert_eq!(Journal::all(&setup.folder()).len(), 0);
}

#[test]
fn pauses_and_marks_are_noted_where_they_are() {
    let setup = Setup::new();
    setup.start(Sources::default());
    setup.stage.pass(3_000);
    setup.engine.record_pause().unwrap();
    setup.stage.pass(5_000);
    let state = setup.state();
    assert_eq!((state.phase, state.elapsed_ms), (RecorderPhase::Paused, 3_000));
    assert!(state.level_db.is_some(), "the level is told in a pause too");
    setup.engine.record_resume().unwrap();
    setup.stage.pass(1_000);
    let mark = setup.engine.record_mark().unwrap();
    setup.engine.record_note(mark.id, "the council".into()).unwrap();
    assert!(setup.engine.record_note(99, String::new()).is_err());
    setup.stage.pass(1_000);
    let state = setup.state();
    let gap = RecordingGap { at_ms: 3_000, length_ms: 5_000, why: GapReason::Paused };
    assert_eq!(state.gaps, [gap]);
    assert_eq!(state.markers, [Marker { id: 1, at_ms: 4_000, note: "the council".into() }]);
    let recorded = setup.engine.record_stop(None).unwrap();
    assert_eq!(recorded.duration, Millis(5_000));
    assert_eq!(breaks(&read(&recorded.file, 1)[0]), [48_000]);
    let journal = &Journal::all(&setup.folder())[0];
    assert_eq!((journal.finished, journal.markers.len(), &journal.gaps[..]), (true, 1, &[gap][..]));
    assert!(setup.engine.record_pause().is_err() && setup.engine.record_stop(None).is_err());
}

#[test]
fn an_input_that_goes_is_waited_for_or_replaced() {
    let setup = Setup::new();
    setup.start(Sources::default());
    setup.stage.pass(2_000);
    setup.stage.unplug("mic");
    setup.stage.pass(4_000);
    let state = setup.state();
    assert_eq!((state.phase, state.input.clone(), state.elapsed_ms), (RecorderPhase::Waiting, None, 2_000));
    assert_eq!(state.warnings, [RecorderWarning::DeviceGone { name: "The mic".into(), at_ms: 2_000 }]);
    // Another comes: at another rate, with more channels.
    setup.stage.plug(input("headset", InputKind::Microphone, 48_000, 2));
    setup.stage.pass(2_000);
    let state = setup.state();
    assert_eq!((state.phase, state.input.as_deref()), (RecorderPhase::Recording, Some("headset")));
    assert_eq!(state.warnings, [RecorderWarning::DeviceChanged { name: "The headset".into(), at_ms: 2_000 }]);
    let [gap] = state.gaps[..] else { panic!("{:?}", state.gaps) };
    assert_eq!((gap.at_ms, gap.why), (2_000, GapReason::Device));
    assert!((3_900..=4_100).contains(&gap.length_ms), "{gap:?}");
    // The usual one is back, and taken again.
    setup.stage.plug(input("mic", InputKind::Microphone, 16_000, 1));
    setup.stage.pass(2_000);
    assert_eq!(setup.state().input.as_deref(), Some("mic"));
    let recorded = setup.engine.record_stop(None).unwrap();
    // What the filter of the other rate held back is not heard.
    assert!((5_800..=6_000).contains(&recorded.duration.0), "{}", recorded.duration);
    assert!(setup.others.borrow().contains(&Event::Inputs));
}

#[test]
fn what_was_lost_is_silent_and_said() {
    let setup = Setup::new();
    setup.start(Sources::default());
    setup.stage.pass(1_000);
    setup.stage.lose(160);
    setup.stage.pass(1_000);
    let state = setup.state();
    assert_eq!((state.overruns, state.elapsed_ms), (1, 2_000));
    assert_eq!(state.warnings, [RecorderWarning::Overrun { lost_ms: 10 }]);
    let recorded = setup.engine.record_stop(None).unwrap();
    let samples = &read(&recorded.file, 1)[0];
    assert!(samples[16_000..16_160].iter().all(|sample| *sample == 0));
    assert!(breaks(&samples[16_160..]).is_empty());
    assert_eq!(Journal::all(&setup.folder())[0].lost_frames, 160);
}

#[test]
fn what_is_played_has_channels_of_its_own() {
    let setup = Setup::new();
    setup.stage.plug(input("monitor", InputKind::System, 48_000, 2));
    setup.start(Sources { input: None, system: Some("monitor".into()) });
    setup.stage.pass(5_000);
    assert_eq!(setup.state().system.as_deref(), Some("monitor"));
    setup.stage.unplug("monitor");
    setup.stage.pass(2_000);
    let recorded = setup.engine.record_stop(None).unwrap();
    let channels = read(&recorded.file, 3);
    assert!(breaks(&channels[0]).is_empty(), "the microphone is as it was");
    assert_eq!(channels[0].len(), 7 * 16_000);
    let loud = |part: &[i16]| part.iter().filter(|sample| sample.abs() > 100).count() * 10 > part.len() * 9;
    assert!(loud(&channels[1][16_000..64_000]) && loud(&channels[2][16_000..64_000]));
    assert!(channels[1][7 * 16_000 - 8_000..].iter().all(|sample| *sample == 0));
    let parts = &Journal::all(&setup.folder())[0].parts;
    assert_eq!(
        parts.iter().map(|part| (part.system, part.first_channel, part.channels)).collect::<Vec<_>>(),
        [(false, 0, 1), (true, 1, 2)]
    );
}

#[test]
fn a_device_at_another_rate_than_it_says_is_found_out() {
    let setup = Setup::new();
    setup.stage.plug(input("odd", InputKind::Microphone, 48_000, 1));
    setup.stage.give("odd", 44_100);
    setup.start(Sources { input: Some("odd".into()), system: None });
    setup.stage.pass(60_000);
    let recorded = setup.engine.record_stop(None).unwrap();
    assert_eq!((recorded.measured_rate, recorded.duration), (Some(44_100), Millis(60_000)));
    let info = st_audio::probe(&recorded.file).unwrap();
    assert_eq!((info.sample_rate, info.duration), (44_100, Some(Millis(60_000))));
}

#[test]
fn what_is_discarded_can_be_brought_back() {
    let setup = Setup::new();
    setup.start(Sources::default());
    setup.stage.pass(2_000);
    let id = setup.engine.record_discard().unwrap();
    assert_eq!(setup.engine.recordings().unwrap(), []);
    let [left] = &setup.engine.recordings_left()[..] else { panic!() };
    assert_eq!((left.id.as_str(), left.duration_ms, left.discarded_at.is_some()), (id.as_str(), 2_000, true));
    setup.engine.purge_removed();
    assert!(left.path.exists(), "it is kept for a day");
    let recorded = setup.engine.record_undo_discard(&id).unwrap();
    assert_eq!((recorded.duration, recorded.recording.is_some()), (Millis(2_000), true));
    assert_eq!(setup.engine.recordings_left(), []);
    assert!(setup.engine.record_undo_discard("../x").is_err());
    // After a day it is gone.
    setup.start(Sources::default());
    setup.stage.pass(1_000);
    let id = setup.engine.record_discard().unwrap();
    let mut journal = Journal::read(&setup.folder(), &id).unwrap();
    journal.discarded_at = Some("2026-01-01T00:00:00Z".into());
    journal.write(&setup.folder()).unwrap();
    setup.engine.purge_removed();
    assert!(!journal.file.exists() && setup.engine.recordings_left().is_empty());
}

#[test]
fn what_a_crash_leaves_is_offered_and_mended() {
    let setup = Setup::new();
    setup.start(Sources::default());
    setup.stage.pass(10_000);
    let mark = setup.engine.record_mark().unwrap();
    assert_eq!(setup.engine.recordings_left(), [], "it is still running");
    // As a crash leaves it: whatever is in the files at this moment.
    let crashed = tempfile::tempdir().unwrap();
    let engine = open(crashed.path());
    let to = engine.dirs().recordings();
    std::fs::create_dir_all(&to).unwrap();
    let mut journal = Journal::all(&setup.folder())[0].clone();
    let file = to.join(journal.file.file_name().unwrap());
    std::fs::copy(&journal.file, &file).unwrap();
    journal.file = file;
    journal.write(&to).unwrap();
    let [left] = &engine.recordings_left()[..] else { panic!() };
    assert_eq!((left.id.as_str(), left.discarded_at.as_deref()), (journal.id.as_str(), None));
    let recorded = engine.record_adopt(&left.id.clone()).unwrap();
    assert!(recorded.recording.is_some());
    assert!(breaks(&read(&recorded.file, 1)[0]).is_empty());
    assert_eq!(Journal::all(&to)[0].markers, [mark]);
    assert_eq!(engine.recordings_left(), []);
    assert!(engine.record_adopt("nothing").is_err());
}

#[test]
fn one_records_at_a_time() {
    let setup = Setup::new();
    setup.start(Sources::default());
    let second = open(setup.folder.path());
    second.record_from(Arc::new(Stage::new()));
    let failure = second.record_start(RecordOptions::live(Sources::default())).unwrap_err();
    assert_eq!(failure.code, Code::Conflict, "{failure}");
    let nobody = Setup::new();
    nobody.stage.unplug("mic");
    let failure = nobody.engine.record_start(RecordOptions::live(Sources::default())).unwrap_err();
    assert_eq!(failure.code, Code::NoInput, "{failure}");
    assert_eq!(nobody.engine.record_state().phase, RecorderPhase::Idle);
}

/// What this process holds in memory, in kB.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// By the same way as any recording, but for the device.
#[test]
#[cfg(target_os = "linux")]
fn three_hours_need_no_more_memory_than_ten_minutes() {
    const HOURS: u64 = 3;
    let setup = Setup::new();
    let limit = Some(Millis(HOURS * 3_600_000));
    let live = RecordOptions::live(Sources::default());
    setup.engine.record_start(RecordOptions { preview: false, transcribe: false, limit, ..live }).unwrap();
    setup.stage.pass(600_000);
    let before = memory();
    setup.stage.pass(HOURS * 3_600_000 - 601_000);
    let after = memory();
    setup.stage.run_on(2_000);
    let ended = |event| match event {
        Event::RecordEnded { recorded, .. } => recorded,
        _ => None,
    };
    let mut last = None;
    while last.is_none() {
        last = ended(setup.events.recv_timeout(Duration::from_secs(60)).expect("the end"));
    }
    let recorded = last.unwrap();
    assert_eq!(recorded.duration, Millis(HOURS * 3_600_000));
    println!("{HOURS} hours: {before} kB after ten minutes, {after} kB at the end");
    // Other tests run beside this one.
    assert!(after < before + 60_000, "{before} kB, then {after} kB");
    let mut file = std::io::BufReader::new(std::fs::File::open(&recorded.file).unwrap());
    let header = std::fs::metadata(&recorded.file).unwrap().len() - HOURS * 3_600 * 16_000 * 2;
    file.seek(SeekFrom::Start(header)).unwrap();
    let (mut bytes, mut last) = (vec![0; 1 << 20], Vec::new());
    while let Ok(count @ 1..) = file.read(&mut bytes) {
        assert!(count.is_multiple_of(2));
        last.extend(bytes[..count].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])));
        assert!(breaks(&last).is_empty());
        last.drain(..last.len() - 1);
    }
}
