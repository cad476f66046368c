//! The list of devices: what the workers can use, with what the drivers say about it. One card is one entry, through
//! however many backends it is seen.

use st_worker_protocol::{DeviceInfo, DeviceKind};

use super::{Card, bus_id, tell_apart};

/// A device that models can run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// What is known of it.
    pub info: DeviceInfo,
    /// Number of the worker program that reaches it.
    pub program: usize,
    /// The other ways to the same card, best first: number of the program, id there.
    pub ways: Vec<(usize, DeviceInfo)>,
}

/// Backends for one card, best first.
const BACKENDS: [&str; 3] = ["cuda", "metal", "vulkan"];

/// All devices, best first: discrete before integrated, compute capability, free memory; then the processor once. What
/// the processor plays comes after it.
///
/// `found` is what each worker program sees, by its number; `cards` what the drivers say; `free` the memory that the
/// machine has left, in bytes.
pub fn merge(found: Vec<(usize, Vec<DeviceInfo>)>, cards: &[Card], free: Option<u64>) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    let (mut processor, mut played) = (None, Vec::new());
    for (program, seen) in found {
        // Of several cards with one name, the first that a backend names is the first that a driver names.
        let mut named: Vec<String> = Vec::new();
        for mut info in seen {
            match info.kind {
                // The plain program, which comes last, is the one made for the processor.
                DeviceKind::Cpu => {
                    info.memory_free = free.unwrap_or(info.memory_free);
                    processor = Some(Device { info, program, ways: Vec::new() });
                    continue;
                }
                DeviceKind::Accelerator => continue,
                // It is not what a driver of a card tells about, and nothing is chosen for it.
                DeviceKind::Software => {
                    played.push(Device { info, program, ways: Vec::new() });
                    continue;
                }
                DeviceKind::Gpu | DeviceKind::IntegratedGpu => {}
            }
            let number = named.iter().filter(|name| **name == info.name).count();
            named.push(info.name.clone());
            describe(&mut info, cards, number);
            let place = |device: &&mut Device| is_same(&device.info, &info) && device.program != program;
            match devices.iter_mut().filter(place).nth(if info.bus.is_some() { 0 } else { number }) {
                Some(known) => known.ways.push((program, info)),
                None => devices.push(Device { info, program, ways: Vec::new() }),
            }
        }
    }
    devices.iter_mut().for_each(best_way_first);
    devices.sort_by_key(|device| std::cmp::Reverse(rank(&device.info)));
    let place = |info: &DeviceInfo| info.bus.clone().unwrap_or_else(|| info.id.clone());
    tell_apart(devices.iter_mut().map(|device| (place(&device.info), &mut device.info.name)).collect());
    for device in &mut devices {
        // The other ways to a card are told by the backend that goes them.
        let Device { info, ways, .. } = device;
        ways.iter_mut().for_each(|(_, way)| way.name = format!("{}, {}", info.name, backend_name(&way.backend)));
    }
    devices.extend(processor.into_iter().chain(played));
    devices
}

/// Whether two backends speak of one card.
fn is_same(a: &DeviceInfo, b: &DeviceInfo) -> bool {
    match (&a.bus, &b.bus) {
        (Some(a), Some(b)) => a == b,
        _ => a.name == b.name,
    }
}

/// Puts in what the driver knows better.
fn describe(info: &mut DeviceInfo, cards: &[Card], number: usize) {
    info.bus = info.bus.as_deref().map(bus_id);
    let by_place = info.bus.as_ref().and_then(|bus| cards.iter().find(|card| card.bus == *bus));
    let by_name = || cards.iter().filter(|card| card.name == info.name).nth(number);
    let Some(card) = by_place.or_else(by_name) else { return };
    info.bus.get_or_insert_with(|| card.bus.clone());
    // What a unit without memory of its own may borrow, its driver tells the worker and nobody else.
    if card.problem.is_none() && card.memory_total > 0 && !card.integrated {
        info.memory_total = card.memory_total;
        info.memory_free = card.memory_free;
    }
    info.driver = Some(card.driver.clone()).filter(|driver| !driver.is_empty()).or(info.driver.take());
    info.capability = card.capability.map(|(major, minor)| format!("{major}.{minor}"));
}

fn best_way_first(device: &mut Device) {
    let place = |info: &DeviceInfo| BACKENDS.iter().position(|name| *name == info.backend).unwrap_or(BACKENDS.len());
    let best = device.ways.iter().enumerate().min_by_key(|(_, (_, info))| place(info)).map(|(index, _)| index);
    if let Some(index) = best.filter(|index| place(&device.ways[*index].1) < place(&device.info)) {
        let (program, info) = &mut device.ways[index];
        std::mem::swap(&mut device.program, program);
        std::mem::swap(&mut device.info, info);
    }
    device.ways.sort_by_key(|(_, info)| place(info));
}

/// A backend in words.
fn backend_name(backend: &str) -> &str {
    match backend {
        "cuda" => "CUDA",
        "metal" => "Metal",
        "vulkan" => "Vulkan",
        other => other,
    }
}

/// The greater, the better.
fn rank(info: &DeviceInfo) -> (bool, (u32, u32), u64) {
    (info.kind == DeviceKind::Gpu, capability(info).unwrap_or((0, 0)), info.memory_free)
}

/// Whether a person who chooses `wanted` means this device: by its id, or by its place on the bus, which stays the same
/// whatever else is plugged in.
pub(crate) fn is_called(info: &DeviceInfo, wanted: &str) -> bool {
    info.id.eq_ignore_ascii_case(wanted.trim()) || info.bus.as_ref().is_some_and(|bus| *bus == bus_id(wanted))
}

/// The compute capability as numbers.
pub(crate) fn capability(info: &DeviceInfo) -> Option<(u32, u32)> {
    let (major, minor) = info.capability.as_deref()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn device(id: &str, name: &str, backend: &str, kind: DeviceKind, gigabytes: u64) -> DeviceInfo {
        DeviceInfo {
            id: id.into(),
            name: name.into(),
            kind,
            memory_total: gigabytes * 1_000_000_000,
            memory_free: gigabytes * 1_000_000_000,
            backend: backend.into(),
            bus: None,
            capability: None,
            driver: None,
            api: None,
        }
    }

    fn cpu(name: &str) -> DeviceInfo {
        device("cpu", name, "cpu", DeviceKind::Cpu, 32)
    }

    fn card(bus: &str, name: &str, gigabytes: u64, capability: (u32, u32)) -> Card {
        Card {
            bus: bus.into(),
            name: name.into(),
            memory_total: gigabytes * 1_000_000_000,
            memory_free: (gigabytes - 1) * 1_000_000_000,
            driver: "550.54".into(),
            capability: Some(capability),
            ..Card::default()
        }
    }

    fn order(devices: &[Device]) -> Vec<(&str, usize)> {
        devices.iter().map(|device| (device.info.id.as_str(), device.program)).collect()
    }

    #[test]
    fn the_processor_is_there_once_and_last() {
        let devices = merge(vec![(0, vec![cpu("a")]), (1, vec![cpu("b")])], &[], Some(5));
        assert_eq!(order(&devices), [("cpu", 1)]);
        assert_eq!(devices[0].info.memory_free, 5);
    }

    #[test]
    fn one_card_through_two_backends_is_one_and_cuda_is_the_way() {
        let cuda =
            DeviceInfo { bus: Some("0000:01:00.0".into()), ..device("CUDA0", "RTX", "cuda", DeviceKind::Gpu, 12) };
        let vulkan =
            DeviceInfo { bus: Some("0000:01:00.0".into()), ..device("Vulkan0", "RTX", "vulkan", DeviceKind::Gpu, 12) };
        for found in [
            vec![(0, vec![cuda.clone(), cpu("")]), (1, vec![vulkan.clone(), cpu("")])],
            vec![(0, vec![vulkan, cpu("")]), (1, vec![cuda, cpu("")])],
        ] {
            let devices = merge(found, &[card("0000:01:00.0", "RTX", 12, (8, 9))], None);
            assert_eq!(devices.len(), 2);
            assert_eq!(devices[0].info.id, "CUDA0");
            let ways: Vec<(&str, &str)> =
                devices[0].ways.iter().map(|(_, info)| (info.id.as_str(), info.name.as_str())).collect();
            assert_eq!(ways, [("Vulkan0", "RTX, Vulkan")]);
            assert_eq!(devices[0].info.capability.as_deref(), Some("8.9"));
            assert_eq!(
                (devices[0].info.memory_free, devices[0].info.driver.as_deref()),
                (11_000_000_000, Some("550.54"))
            );
        }
    }

    #[test]
    fn two_cards_of_one_name_stay_two_without_a_place_too() {
        let gpu = |id: &str, backend: &str| device(id, "RTX", backend, DeviceKind::Gpu, 12);
        let found = vec![
            (0, vec![gpu("CUDA0", "cuda"), gpu("CUDA1", "cuda")]),
            (1, vec![gpu("Vulkan0", "vulkan"), gpu("Vulkan1", "vulkan"), cpu("")]),
        ];
        let devices = merge(found.clone(), &[], None);
        assert_eq!(order(&devices), [("CUDA0", 0), ("CUDA1", 0), ("cpu", 1)]);
        assert!(devices[..2].iter().all(|device| device.ways.len() == 1), "{devices:?}");
        let cards = [card("0000:01:00.0", "RTX", 12, (8, 9)), card("0000:02:00.0", "RTX", 24, (8, 9))];
        let devices = merge(found, &cards, None);
        assert_eq!(order(&devices), [("CUDA1", 0), ("CUDA0", 0), ("cpu", 1)], "more is free on the second");
        assert_eq!(devices[0].ways[0].1.id, "Vulkan1");
        let names: Vec<&str> = devices.iter().map(|device| device.info.name.as_str()).collect();
        assert_eq!(names, ["RTX (2)", "RTX (1)", ""], "numbered by their places, not by their order");
        assert_eq!(devices[0].info.bus.as_deref(), Some("0000:02:00.0"));
    }

    #[test]
    fn discrete_comes_before_integrated_then_capability_then_free_memory() {
        let found = vec![(
            0,
            vec![
                device("Vulkan0", "Intel Iris", "vulkan", DeviceKind::IntegratedGpu, 16),
                device("Vulkan1", "Old", "vulkan", DeviceKind::Gpu, 24),
                device("Vulkan2", "New", "vulkan", DeviceKind::Gpu, 8),
                device("Vulkan3", "Newest", "vulkan", DeviceKind::Gpu, 12),
                device("BLAS", "OpenBLAS", "cpu", DeviceKind::Accelerator, 0),
                cpu(""),
            ],
        )];
        let cards = [card("a", "Old", 24, (6, 1)), card("b", "New", 8, (8, 9)), card("c", "Newest", 12, (8, 9))];
        let devices = merge(found, &cards, None);
        let ids: Vec<&str> = devices.iter().map(|device| device.info.id.as_str()).collect();
        assert_eq!(ids, ["Vulkan3", "Vulkan2", "Vulkan1", "Vulkan0", "cpu"]);
    }

    #[test]
    fn a_card_is_called_by_its_id_or_its_place() {
        let placed =
            DeviceInfo { bus: Some("0000:0a:00.0".into()), ..device("CUDA0", "RTX", "cuda", DeviceKind::Gpu, 12) };
        for (wanted, means) in
            [(" cuda0 ", true), ("00000000:0A:00.0", true), ("CUDA1", false), ("0000:0b:00.0", false)]
        {
            assert_eq!(is_called(&placed, wanted), means, "{wanted}");
        }
        assert!(!is_called(&cpu(""), ""));
    }

    #[test]
    fn what_the_processor_plays_comes_after_it() {
        let found = vec![(0, vec![device("Vulkan0", "llvmpipe", "vulkan", DeviceKind::Software, 16), cpu("")])];
        assert_eq!(order(&merge(found, &[], None)), [("cpu", 0), ("Vulkan0", 0)]);
    }

    #[test]
    fn a_unit_that_borrows_memory_keeps_what_the_worker_said_of_it_and_of_its_driver() {
        let unit = DeviceInfo {
            bus: Some("0000:03:00.0".into()),
            driver: Some("radv Mesa 25.0".into()),
            ..device("Vulkan0", "AMD Radeon 780M", "vulkan", DeviceKind::IntegratedGpu, 16)
        };
        let borrows =
            Card { integrated: true, driver: String::new(), ..card("0000:03:00.0", "AMD graphics", 1, (0, 0)) };
        let devices = merge(vec![(0, vec![unit, cpu("")])], &[borrows], None);
        assert_eq!(devices[0].info.memory_free, 16_000_000_000);
        assert_eq!(devices[0].info.driver.as_deref(), Some("radv Mesa 25.0"));
    }

    #[test]
    fn a_card_that_cannot_be_read_keeps_what_the_worker_said() {
        let lost = Card { problem: Some(super::super::Problem::Lost), ..card("a", "RTX", 12, (8, 9)) };
        let devices = merge(vec![(0, vec![device("CUDA0", "RTX", "cuda", DeviceKind::Gpu, 12)])], &[lost], None);
        assert_eq!(devices[0].info.memory_free, 12_000_000_000);
    }
}
