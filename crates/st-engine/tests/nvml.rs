//! NVIDIA's library as it answers in six situations, played by a library that is built here and loaded by its path.
#![cfg(target_os = "linux")]

mod support {
    pub mod nvml;
}

use std::ffi::OsStr;

use st_engine::gpu::Problem;
use st_engine::gpu::list::{Device, merge};
use st_engine::gpu::need::Shape;
use st_engine::gpu::nvml::{Nvml, NvmlError};
use st_engine::gpu::plan::{Asked, Candidate, Steps, steps};
use st_engine::{DeviceInfo, DeviceKind};
use support::nvml::Fake;

const GB: u64 = 1_000_000_000;
const ONE: &str = "card 0|NVIDIA GeForce RTX 4070|00000000:01:00.0|12000000000|3000000000|41|55|88000|8|9";

#[test]
fn a_machine_without_a_driver_has_nothing_and_nothing_is_wrong() {
    assert_eq!(Nvml::open(OsStr::new("libnvidia-ml-that-is-not-there.so.1")).unwrap_err(), NvmlError::Absent);
    let fake = Fake::new("init 9");
    assert_eq!(fake.open().unwrap_err(), NvmlError::Absent, "the library without the driver in the kernel");
}

#[test]
fn one_card_is_read_whole() {
    let fake =
        Fake::new(&format!("init 0\ndriver 550.54.14\n{ONE}\nprocess 0 4711 2000000000\nprocess 0 99 500000000"));
    let nvml = fake.open().unwrap();
    assert_eq!(nvml.driver(), "550.54.14");
    let cards = nvml.cards(&[4711, 1]);
    assert_eq!(cards.len(), 1);
    let card = &cards[0];
    assert_eq!((card.name.as_str(), card.bus.as_str()), ("NVIDIA GeForce RTX 4070", "0000:01:00.0"));
    assert_eq!((card.memory_total, card.memory_free, card.memory_ours), (12 * GB, 9 * GB, Some(2 * GB)));
    assert_eq!(card.memory_others(), GB);
    assert_eq!((card.utilisation, card.temperature, card.power), (Some(0.41), Some(55.0), Some(88.0)));
    assert_eq!((card.capability, card.problem, card.integrated), (Some((8, 9)), None, false));
}

#[test]
fn four_cards_keep_their_order_and_one_without_a_sensor_is_no_trouble() {
    let fake = Fake::new(&format!(
        "init 0\ndriver 580.82\n{ONE}\n\
         card 0|NVIDIA H100 80GB HBM3|00000000:C1:00.0|85000000000|0|0|30|70000|9|0\n\
         card 0|Tesla V100|00000001:02:00.0|16000000000|1000000000|0|41|40000|7|0\n\
         card 0|NVIDIA GeForce GTX 1650|00000000:41:00.0|4000000000|100000000|0|38|0|7|5\nprocess 1 7 1000"
    ));
    let cards = fake.open().unwrap().cards(&[7]);
    let places: Vec<&str> = cards.iter().map(|card| card.bus.as_str()).collect();
    assert_eq!(places, ["0000:01:00.0", "0000:c1:00.0", "0001:02:00.0", "0000:41:00.0"]);
    assert_eq!(cards.iter().map(|card| card.memory_ours).collect::<Vec<_>>(), [Some(0), Some(1000), Some(0), Some(0)]);
    assert_eq!(cards[3].power, None);
    assert!(cards.iter().all(|card| card.problem.is_none()));
}

#[test]
fn memory_that_fills_is_seen_filling() {
    let with = |used: u64| {
        format!(
            "init 0\ndriver 550.1\ncard 0|Card|0000:01:00.0|{}|{used}|9|50|1000|8|0\nprocess 0 5 {}",
            8 * GB,
            used / 2
        )
    };
    let fake = Fake::new(&with(GB));
    let nvml = fake.open().unwrap();
    for used in [GB, 3 * GB, 7 * GB, 8 * GB] {
        fake.play(&with(used));
        let card = &nvml.cards(&[5])[0];
        assert_eq!(
            (card.memory_free, card.memory_ours, card.memory_others()),
            (8 * GB - used, Some(used / 2), used / 2)
        );
    }
}

#[test]
fn a_card_that_is_lost_is_said_to_be_and_its_neighbour_goes_on() {
    let fake = Fake::new(&format!("init 0\ndriver 550.1\n{ONE}\n{ONE}"));
    let nvml = fake.open().unwrap();
    assert!(nvml.cards(&[]).iter().all(|card| card.problem.is_none()));
    // NVML_ERROR_GPU_IS_LOST
    fake.play(&format!("init 0\ndriver 550.1\n{}\n{ONE}", ONE.replacen("card 0", "card 15", 1)));
    let cards = nvml.cards(&[]);
    assert_eq!((cards[0].problem, cards[1].problem), (Some(Problem::Lost), None));
    assert_eq!(cards[1].memory_total, 12 * GB);
    assert!(Problem::Lost.sentence().contains("does not answer"));
}

#[test]
fn an_old_driver_is_said_to_be_old() {
    let fake = Fake::old(&format!("init 0\ndriver 470.42.01\n{ONE}"));
    let cards = fake.open().unwrap().cards(&[]);
    assert_eq!(cards[0].problem, Some(Problem::DriverTooOld));
    assert_eq!((cards[0].name.as_str(), cards[0].driver.as_str()), ("NVIDIA GeForce RTX 4070", "470.42.01"));
    // NVML_ERROR_LIB_RM_VERSION_MISMATCH: the library is of another version than the driver in the kernel.
    assert_eq!(Fake::new("init 18").open().unwrap_err(), NvmlError::TooOld);
}

/// What a worker sees of these cards, by id, name and place, and a processor behind them.
fn seen(cards: &[(&str, &str, &str)]) -> Vec<DeviceInfo> {
    let device = |id: &str, name: &str, bus: Option<&str>, kind: DeviceKind| DeviceInfo {
        id: id.into(),
        name: name.into(),
        kind,
        memory_total: 16 * GB,
        memory_free: 16 * GB,
        backend: if bus.is_some() { "cuda" } else { "cpu" }.into(),
        bus: bus.map(Into::into),
        capability: None,
        driver: None,
        api: None,
    };
    let mut all: Vec<_> = cards.iter().map(|(id, name, bus)| device(id, name, Some(bus), DeviceKind::Gpu)).collect();
    all.push(device("cpu", "Processor", None, DeviceKind::Cpu));
    all
}

/// The plan for a model of the size of large-v3-turbo on what is seen, with what the library says.
fn planned(nvml: &Nvml, cards: &[(&str, &str, &str)]) -> (Vec<Device>, Steps) {
    let devices = merge(vec![(0, seen(cards))], &nvml.cards(&[]), None);
    let infos: Vec<DeviceInfo> = devices.iter().map(|device| device.info.clone()).collect();
    let shape = Shape { weights: 1_624_000_000, width: 1280, text_layers: 4, vocabulary: 51_866, mels: 128 };
    let model = Candidate { name: "large-v3-turbo".into(), precision: "f16".into(), shape: Some(shape) };
    let steps = steps(&Asked {
        devices: &infos,
        wanted: "auto",
        models: &[model],
        exact: false,
        beam: 5,
        in_flight: None,
        threads: 2,
        voices: false,
        gentle: false,
    });
    (devices, steps)
}

#[test]
fn list_and_plan_follow_what_the_library_says() {
    let four = |used: u64| {
        format!(
            "init 0\ndriver 580.82\n{ONE}\n\
             card 0|NVIDIA H100|00000000:C1:00.0|85000000000|{used}|0|30|70000|9|0\n\
             card 0|Tesla V100|00000001:02:00.0|16000000000|1000000000|0|41|40000|7|0\n\
             card 0|GTX 1650|00000000:41:00.0|4000000000|3500000000|0|38|0|7|5"
        )
    };
    let cards = [
        ("CUDA0", "NVIDIA H100", "0000:c1:00.0"),
        ("CUDA1", "NVIDIA GeForce RTX 4070", "0000:01:00.0"),
        ("CUDA2", "Tesla V100", "0001:02:00.0"),
        ("CUDA3", "GTX 1650", "0000:41:00.0"),
    ];
    let fake = Fake::new(&four(0));
    let nvml = fake.open().unwrap();
    let (devices, steps) = planned(&nvml, &cards);
    let facts: Vec<_> =
        devices.iter().map(|d| (d.info.id.as_str(), d.info.capability.as_deref(), d.info.memory_free / GB)).collect();
    assert_eq!(
        facts,
        [
            ("CUDA0", Some("9.0"), 85),
            ("CUDA1", Some("8.9"), 9),
            ("CUDA3", Some("7.5"), 0),
            ("CUDA2", Some("7.0"), 15),
            ("cpu", None, 16)
        ]
    );
    assert!(devices[..4].iter().all(|device| device.info.driver.as_deref() == Some("580.82")));
    assert_eq!(steps.plans[0].device, "CUDA0");
    assert_eq!(steps.passed.iter().map(|passed| passed.device.as_str()).collect::<Vec<_>>(), ["GTX 1650"]);
    // Another program fills the best card.
    fake.play(&four(84 * GB));
    assert_eq!(planned(&nvml, &cards).1.plans[0].device, "CUDA1");
    // The only card is lost between two looks: what the worker said of it is all there is.
    let one = [("CUDA0", "NVIDIA GeForce RTX 4070", "0000:01:00.0")];
    fake.play(&format!("init 0\ndriver 550.1\n{}", ONE.replacen("card 0", "card 15", 1)));
    let (devices, _) = planned(&nvml, &one);
    assert_eq!((devices.len(), devices[0].info.capability.as_deref()), (2, None));
}

#[test]
fn of_two_cards_of_one_name_each_has_its_own_memory_and_the_freer_one_is_planned_for() {
    let card = |place: &str, used: u64| format!("card 0|RTX 4090|{place}|24000000000|{used}|0|40|50000|8|9");
    let play = |first: u64, second: u64| {
        format!("init 0\ndriver 580.82\n{}\n{}", card("00000000:01:00.0", first), card("00000000:02:00.0", second))
    };
    let cards = [("CUDA0", "RTX 4090", "0000:01:00.0"), ("CUDA1", "RTX 4090", "0000:02:00.0")];
    let fake = Fake::new(&play(20 * GB, GB));
    let nvml = fake.open().unwrap();
    for (busy, planned_for, free) in [((20 * GB, GB), "RTX 4090 (2)", 23), ((2 * GB, 20 * GB), "RTX 4090 (1)", 22)] {
        fake.play(&play(busy.0, busy.1));
        let (devices, steps) = planned(&nvml, &cards);
        assert_eq!((devices[0].info.name.as_str(), devices[0].info.memory_free / GB), (planned_for, free));
        assert_eq!(steps.plans[0].device_name, planned_for);
    }
}
