//! The table of plans.

use super::super::list::tests::device;
use super::*;

/// Base and large-v3-turbo as published and quantised.
fn model(name: &str) -> Candidate {
    let (family, precision) = name.rsplit_once('-').filter(|(_, p)| p.starts_with('q')).unwrap_or((name, "f16"));
    let (width, text_layers, mels, bytes) = match family {
        "base" => (512, 6, 80, 148_000_000),
        "large-v3-turbo" => (1280, 4, 128, 1_624_000_000),
        "large-v3" => (1280, 32, 128, 3_095_000_000_u64),
        other => panic!("{other}"),
    };
    let weights = match precision {
        "q8_0" => bytes * 54 / 100,
        "q5_1" | "q5_0" => bytes * 37 / 100,
        _ => bytes,
    };
    Candidate {
        name: name.into(),
        precision: precision.into(),
        shape: Some(Shape { weights, width, text_layers, vocabulary: 51_866, mels }),
    }
}

fn processor() -> DeviceInfo {
    device("cpu", "Processor", "cpu", DeviceKind::Cpu, 16)
}

fn card(id: &str, backend: &str, total: u64, free: f64, capability: Option<&str>) -> DeviceInfo {
    DeviceInfo {
        memory_free: (free * 1e9) as u64,
        capability: capability.map(Into::into),
        ..device(id, &format!("Card {id}"), backend, DeviceKind::Gpu, total)
    }
}

struct Case {
    devices: Vec<DeviceInfo>,
    wanted: &'static str,
    models: Vec<Candidate>,
    exact: bool,
    threads: u32,
    beam: u32,
    gentle: bool,
    in_flight: Option<u32>,
}

impl Case {
    /// One window at a time.
    fn new(cards: &[DeviceInfo], models: &[&str]) -> Self {
        let mut devices = cards.to_vec();
        devices.push(processor());
        let models = models.iter().map(|name| model(name)).collect();
        Self { devices, wanted: "auto", models, exact: false, threads: 2, beam: 5, gentle: false, in_flight: Some(1) }
    }

    /// As many windows in flight as suits.
    fn free(cards: &[DeviceInfo], models: &[&str]) -> Self {
        Self { in_flight: None, ..Self::new(cards, models) }
    }

    fn steps(&self) -> Steps {
        let Self { devices, wanted, models, exact, threads, beam, gentle, in_flight } = self;
        let (exact, beam, threads, gentle, in_flight) = (*exact, *beam, *threads, *gentle, *in_flight);
        steps(&Asked { devices, wanted, models, exact, beam, in_flight, threads, voices: true, gentle })
    }

    /// `step device model beam` of every plan, `x3` where so many windows are in flight, `+` where voices run beside.
    fn table(&self) -> Vec<String> {
        let row = |plan: &Plan| {
            let step = serde_json::to_value(plan.step).unwrap();
            let beside = if plan.beside { " +" } else { "" };
            let name = &self.models[plan.model].name;
            let in_flight = if plan.in_flight > 1 { format!(" x{}", plan.in_flight) } else { String::new() };
            format!("{} {} {name} {}{in_flight}{beside}", step.as_str().unwrap(), plan.device, plan.beam)
        };
        self.steps().plans.iter().map(row).collect()
    }
}

#[test]
fn a_processor_alone() {
    assert_eq!(Case::new(&[], &["base"]).table(), ["first cpu base 5", "narrow cpu base 1"]);
    let eight = Case { threads: 8, ..Case::new(&[], &["base", "base-q5_1"]) };
    assert_eq!(
        eight.table(),
        [
            "first cpu base 5 +",
            "alone cpu base 5",
            "narrow cpu base 1",
            "smaller cpu base-q5_1 5",
            "narrow cpu base-q5_1 1"
        ]
    );
    let fast = Case { beam: 1, ..Case::new(&[], &["base"]) };
    assert_eq!(fast.table(), ["first cpu base 1", "narrow cpu base 1"]);
    let samples: Vec<u32> = fast.steps().plans.iter().map(|plan| plan.samples).collect();
    assert_eq!(samples, [5, 1], "a doubtful window is tried with fewer samples then");
    let plan = &fast.steps().plans[0];
    assert!(!plan.flash_attention, "twice as slow on a processor");
}

#[test]
fn a_roomy_new_card_takes_the_model_as_published() {
    let case = Case::new(&[card("CUDA0", "cuda", 12, 11.0, Some("8.9"))], &["large-v3-turbo", "large-v3-turbo-q5_0"]);
    assert_eq!(
        case.table(),
        [
            "first CUDA0 large-v3-turbo 5 +",
            "narrow CUDA0 large-v3-turbo 1 +",
            "smaller CUDA0 large-v3-turbo-q5_0 5",
            "narrow CUDA0 large-v3-turbo-q5_0 1",
            "processor cpu large-v3-turbo 5",
            "narrow cpu large-v3-turbo 1",
            "smaller cpu large-v3-turbo-q5_0 5",
            "narrow cpu large-v3-turbo-q5_0 1",
        ]
    );
    assert!(case.steps().plans[0].flash_attention);
}

#[test]
fn small_and_old_cards_take_a_quantised_model_unless_told_otherwise() {
    let models = ["large-v3-turbo", "large-v3-turbo-q8_0"];
    for card in [
        card("CUDA0", "cuda", 6, 5.5, Some("8.6")),
        card("CUDA0", "cuda", 11, 10.0, Some("6.1")),
        card("Vulkan0", "vulkan", 4, 3.9, None),
    ] {
        let id = card.id.clone();
        let case = Case::new(std::slice::from_ref(&card), &models);
        assert_eq!(case.table()[0], format!("first {id} large-v3-turbo-q8_0 5 +"));
        let exact = Case { exact: true, ..Case::new(std::slice::from_ref(&card), &models) };
        assert_eq!(exact.table()[0], format!("first {id} large-v3-turbo 5 +"));
        let only = Case::new(&[card], &models[..1]);
        assert_eq!(only.table()[0], format!("first {id} large-v3-turbo 5 +"), "there is no other");
    }
}

#[test]
fn what_does_not_fit_is_passed_over_and_said() {
    // Another program has most of the card.
    let case = Case::new(&[card("CUDA0", "cuda", 24, 1.5, Some("8.9"))], &["large-v3", "large-v3-q5_0"]);
    let table = case.table();
    assert_eq!(table[0], "first cpu large-v3 5", "{table:?}");
    let steps = case.steps();
    let said: Vec<String> = steps.passed.iter().map(Passed::sentence).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("The model “large-v3” does not fit on Card CUDA0: it needs "), "{said:?}");
    assert!(said[0].ends_with("and 1.5 GB are free."), "{said:?}");
    // A little more, and the quantised one fits.
    let case = Case::new(&[card("CUDA0", "cuda", 24, 3.0, Some("8.9"))], &["large-v3", "large-v3-q5_0"]);
    assert_eq!(case.table()[0], "first CUDA0 large-v3-q5_0 5");
    assert_eq!(case.steps().passed.len(), 1);
}

#[test]
fn a_beam_that_does_not_fit_is_left_out_by_itself() {
    let shape = model("large-v3").shape.unwrap();
    let (wide, narrow) = (Need::new(&shape, 8, true).total(), Need::new(&shape, 1, true).total());
    assert!(wide > narrow);
    let free = (narrow as f64 / USABLE / 1e9) + 0.01;
    let case = Case { beam: 8, ..Case::new(&[card("CUDA0", "cuda", 24, free, Some("8.9"))], &["large-v3"]) };
    assert_eq!(case.table()[0], "first CUDA0 large-v3 1 +");
}

/// How many windows the first plan has in flight.
fn in_flight(case: &Case) -> u32 {
    case.steps().plans[0].in_flight
}

#[test]
fn on_a_processor_threads_say_how_many_windows_are_in_flight() {
    for (threads, count) in [(1, 1), (2, 2), (3, 2), (4, 2), (7, 2), (8, 4), (64, 4)] {
        assert_eq!(in_flight(&Case { threads, ..Case::free(&[], &["base"]) }), count, "{threads} threads");
    }
    let gentle = Case { threads: 8, gentle: true, ..Case::free(&[], &["base"]) };
    assert_eq!(in_flight(&gentle), 2, "half of the threads");
    // A model of 3.1 GB and 1.2 GB a window.
    for (free, count) in [(16.0, 4), (7.5, 3), (4.8, 1)] {
        let mut case = Case { threads: 8, ..Case::free(&[], &["large-v3"]) };
        case.devices[0].memory_free = (free * 1e9) as u64;
        assert_eq!(in_flight(&case), count, "{free} GB");
    }
    let eight = Case { threads: 8, ..Case::free(&[], &["base", "base-q5_1"]) };
    assert_eq!(
        eight.table(),
        [
            "first cpu base 5 x4 +",
            "fewer cpu base 5 x2 +",
            "fewer cpu base 5 +",
            "alone cpu base 5",
            "narrow cpu base 1",
            "smaller cpu base-q5_1 5",
            "narrow cpu base-q5_1 1"
        ]
    );
}

#[test]
fn on_a_card_free_memory_says_how_many_windows_are_in_flight() {
    let on = |free: f64, model: &str| Case::free(&[card("CUDA0", "cuda", 24, free, Some("8.9"))], &[model]);
    // Large-v3 takes 3.1 GB, and 1.05 GB for each window with its beam.
    for (free, count) in [(4.6, 1), (5.7, 2), (6.9, 3), (14.0, 3), (14.7, 4), (19.0, 6), (23.0, 8)] {
        assert_eq!(in_flight(&on(free, "large-v3")), count, "{free} GB");
    }
    assert_eq!(in_flight(&on(22.0, "base")), 8);
    let unknown = on(0.0, "base");
    assert_eq!(in_flight(&unknown), 1, "nobody knows what fits");
    assert_eq!(
        on(22.0, "base").table(),
        [
            "first CUDA0 base 5 x8 +",
            "fewer CUDA0 base 5 x4 +",
            "fewer CUDA0 base 5 x2 +",
            "fewer CUDA0 base 5 +",
            "narrow CUDA0 base 1 +",
            "processor cpu base 5 x2",
            "fewer cpu base 5",
            "narrow cpu base 1"
        ]
    );
    let need = |case: &Case| case.steps().plans[0].need.unwrap();
    let (one, eight) = (need(&Case { in_flight: Some(1), ..on(22.0, "base") }), need(&on(22.0, "base")));
    assert_eq!(eight.total(), one.weights + 8 * (one.total() - one.weights));
}

#[test]
fn a_wish_for_windows_in_flight_is_kept_as_far_as_they_fit() {
    let on = |free: f64, wish| {
        let case = Case::free(&[card("CUDA0", "cuda", 24, free, Some("8.9"))], &["large-v3"]);
        in_flight(&Case { in_flight: Some(wish), ..case })
    };
    assert_eq!((on(22.0, 5), on(22.0, 99), on(6.0, 5), on(0.0, 5)), (5, 8, 2, 5));
    assert_eq!(in_flight(&Case { in_flight: Some(3), ..Case::new(&[], &["base"]) }), 3, "on one or two threads, too");
}

#[test]
fn the_next_card_comes_before_the_processor() {
    let cards = [
        card("CUDA0", "cuda", 24, 22.0, Some("9.0")),
        card("CUDA1", "cuda", 12, 11.0, Some("8.6")),
        DeviceInfo { kind: DeviceKind::IntegratedGpu, ..card("Vulkan1", "vulkan", 8, 8.0, None) },
    ];
    let case = Case { beam: 1, ..Case::new(&cards, &["base"]) };
    assert_eq!(
        case.table(),
        [
            "first CUDA0 base 1 +",
            "narrow CUDA0 base 1 +",
            "device CUDA1 base 1 +",
            "narrow CUDA1 base 1 +",
            "device Vulkan1 base 1 +",
            "narrow Vulkan1 base 1 +",
            "processor cpu base 1",
            "narrow cpu base 1"
        ]
    );
}

/// A laptop with a card, and a unit that is part of its processor.
fn laptop() -> Case {
    let unit = DeviceInfo { kind: DeviceKind::IntegratedGpu, ..card("Vulkan1", "vulkan", 8, 8.0, None) };
    Case { beam: 1, threads: 8, ..Case::new(&[card("CUDA0", "cuda", 8, 7.0, Some("8.9")), unit], &["base"]) }
}

#[test]
fn on_its_battery_a_laptop_leaves_the_card_and_takes_fewer_threads() {
    let devices = |case: &Case| {
        let mut all: Vec<String> = case.steps().plans.into_iter().map(|plan| plan.device).collect();
        all.dedup();
        all
    };
    assert_eq!(devices(&laptop()), ["CUDA0", "Vulkan1", "cpu"]);
    assert_eq!(laptop().steps().plans[0].threads, 8);
    let gentle = Case { gentle: true, ..laptop() };
    assert_eq!(devices(&gentle), ["Vulkan1", "CUDA0", "cpu"]);
    assert!(gentle.steps().plans.iter().all(|plan| plan.threads == 4));
    assert_eq!(gentle.steps().plans[0].step, Step::First);
    // What a person chose is what is taken.
    assert_eq!(devices(&Case { wanted: "CUDA0", ..gentle }), ["CUDA0", "Vulkan1", "cpu"]);
    let one = Case { gentle: true, threads: 1, ..Case::new(&[], &["base"]) };
    assert_eq!(one.steps().plans[0].threads, 1);
}

#[test]
fn what_the_processor_plays_is_used_where_it_is_asked_for_and_nowhere_else() {
    let played = DeviceInfo { kind: DeviceKind::Software, ..card("Vulkan0", "vulkan", 16, 16.0, None) };
    let mut case = Case { beam: 1, ..Case::new(&[], &["base"]) };
    case.devices.push(played);
    assert_eq!(case.table(), ["first cpu base 1", "narrow cpu base 1"]);
    let asked = Case { wanted: "Vulkan0", ..case };
    let entries: Vec<String> = asked.table().into_iter().filter(|row| !row.starts_with("narrow")).collect();
    assert_eq!(entries, ["first Vulkan0 base 1 +", "processor cpu base 1"]);
}

#[test]
fn a_wish_for_a_device_is_kept() {
    let cards = [card("CUDA0", "cuda", 24, 22.0, Some("9.0")), card("CUDA1", "cuda", 12, 11.0, Some("8.6"))];
    let second = Case { wanted: "cuda1", beam: 1, ..Case::new(&cards, &["base"]) };
    let entries: Vec<String> = second.table().into_iter().filter(|row| !row.starts_with("narrow")).collect();
    assert_eq!(entries, ["first CUDA1 base 1 +", "device CUDA0 base 1 +", "processor cpu base 1"]);
    let cpu = Case { wanted: "CPU", beam: 1, ..Case::new(&cards, &["base"]) };
    assert_eq!(cpu.table(), ["first cpu base 1", "narrow cpu base 1"], "who chose the processor gets no card");
    let none = Case { wanted: "CUDA7", ..Case::new(&cards, &["base"]) };
    assert!(none.steps().plans.is_empty());
}

#[test]
fn the_processor_is_tried_even_where_it_looks_too_small() {
    let mut case = Case::new(&[], &["large-v3", "large-v3-q5_0"]);
    case.devices[0].memory_free = 500_000_000;
    assert_eq!(case.table(), ["first cpu large-v3-q5_0 1"]);
    let steps = case.steps();
    assert!(!steps.plans[0].fits && steps.passed.len() == 2);
    assert!(steps.plans[0].sentence(&case.models).ends_with("and 0.5 GB may be too little."));
}

#[test]
fn a_model_of_unknown_shape_is_let_through() {
    let mut case = Case::new(&[card("CUDA0", "cuda", 24, 22.0, Some("9.0"))], &["base"]);
    case.models[0].shape = None;
    assert_eq!(case.table()[0], "first CUDA0 base 5 +");
    assert_eq!(case.steps().plans[0].sentence(&case.models), "The model “base” (f16) runs on Card CUDA0.");
}

#[test]
fn plans_and_steps_are_one_sentence_each() {
    let case = Case::new(&[card("CUDA0", "cuda", 12, 11.0, Some("8.9"))], &["base", "base-q5_1"]);
    let steps = case.steps();
    let first = steps.plans[0].sentence(&case.models);
    assert!(first.starts_with("The model “base” (f16) runs on Card CUDA0: it needs 0."), "{first}");
    assert!(first.ends_with(" GB of 11 GB that are free."), "{first}");
    let fewer = Case { in_flight: Some(4), ..Case::new(&[], &["base"]) };
    assert_eq!(
        fewer.steps().plans[1].told("Memory ran out.", &fewer.models),
        "Memory ran out. The job goes on with fewer parts of the recording at once (2), which needs less memory."
    );
    let told: Vec<String> = steps.plans.iter().map(|plan| plan.told("Memory ran out.", &case.models)).collect();
    assert_eq!(
        told[1..5],
        [
            "Memory ran out. The job goes on with one hypothesis at a time, which needs less memory.",
            "Memory ran out. The job goes on with the smaller model “base-q5_1”.",
            "Memory ran out. The job goes on with one hypothesis at a time, which needs less memory.",
            "Memory ran out. The job goes on with the processor.",
        ]
    );
}
