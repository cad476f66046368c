//! Cards of other makers on Linux, through the files that the system keeps about them (`/sys/class/drm`).
//!
//! AMD's driver tells memory and load there (Linux documentation, "AMDGPU: GPU power/thermal controls and monitoring");
//! Intel's older one tells next to nothing, and such a card is then only known by its place.

use std::fs;
use std::path::Path;

use super::{Card, bus_id};

/// Where Linux lists cards.
pub const DRM: &str = "/sys/class/drm";

/// The makers' numbers on the bus.
const AMD: &str = "0x1002";
const INTEL: &str = "0x8086";

/// Memory of its own below which a unit is part of the processor: AMD's built-in ones borrow 64 MB to 2 GB.
const OWN_MEMORY: u64 = 3 << 30;

/// Every card of AMD or Intel that `drm` lists, by its place. NVIDIA's are asked through its own library.
pub fn cards(drm: &Path) -> Vec<Card> {
    let mut cards: Vec<Card> = fs::read_dir(drm)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_card(&entry.file_name().to_string_lossy()))
        .filter_map(|entry| card(&entry.path().join("device")))
        .collect();
    cards.sort_by(|a, b| a.bus.cmp(&b.bus));
    cards
}

/// `card0`, not its outputs (`card0-HDMI-A-1`).
fn is_card(name: &str) -> bool {
    name.strip_prefix("card").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn card(device: &Path) -> Option<Card> {
    let vendor = text(device, "vendor")?;
    let maker = match vendor.as_str() {
        AMD => "AMD graphics",
        INTEL => "Intel graphics",
        _ => return None,
    };
    let bus = fs::canonicalize(device).ok()?.file_name().map(|name| bus_id(&name.to_string_lossy()))?;
    let memory_total = number(device, "mem_info_vram_total").unwrap_or(0);
    let used = number(device, "mem_info_vram_used").unwrap_or(0);
    let sensors = sensors(device);
    Some(Card {
        bus,
        name: text(device, "product_name").filter(|name| !name.is_empty()).unwrap_or_else(|| maker.into()),
        memory_total,
        memory_free: memory_total.saturating_sub(used),
        memory_ours: None,
        utilisation: number(device, "gpu_busy_percent").map(|percent| (percent as f32 / 100.0).clamp(0.0, 1.0)),
        temperature: sensors.as_deref().and_then(|s| number(s, "temp1_input")).map(|milli| milli as f32 / 1000.0),
        power: sensors.as_deref().and_then(|s| number(s, "power1_average")).map(|micro| micro as f32 / 1_000_000.0),
        driver: text(device, "driver/module/version").unwrap_or_default(),
        capability: None,
        integrated: memory_total < OWN_MEMORY,
        problem: None,
    })
}

/// The folder of the card's sensors.
fn sensors(device: &Path) -> Option<std::path::PathBuf> {
    fs::read_dir(device.join("hwmon")).ok()?.flatten().map(|entry| entry.path()).min()
}

fn text(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned())
}

fn number(folder: &Path, name: &str) -> Option<u64> {
    text(folder, name)?.parse().ok()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A card as Linux lays it out: the files lie with the device, and the list has a link to it.
    fn lay_out(root: &Path, name: &str, bus: &str, files: &[(&str, &str)]) {
        let device = root.join("devices").join(bus);
        for (file, content) in files {
            let path = device.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{content}\n")).unwrap();
        }
        let listed = root.join("drm").join(name);
        fs::create_dir_all(&listed).unwrap();
        symlink(&device, listed.join("device")).unwrap();
    }

    #[test]
    fn a_card_is_read_from_its_files_and_others_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        lay_out(
            root,
            "card1",
            "0000:0B:00.0",
            &[
                ("vendor", "0x1002"),
                ("product_name", "Radeon RX 7800 XT"),
                ("mem_info_vram_total", "17163091968"),
                ("mem_info_vram_used", "1163091968"),
                ("gpu_busy_percent", "37"),
                ("hwmon/hwmon3/temp1_input", "54000"),
                ("hwmon/hwmon3/power1_average", "91500000"),
            ],
        );
        lay_out(root, "card0", "0000:00:02.0", &[("vendor", "0x8086")]);
        lay_out(root, "card2", "0000:01:00.0", &[("vendor", "0x10de")]);
        lay_out(root, "card1-HDMI-A-1", "0000:0c:00.0", &[("vendor", "0x1002")]);
        let cards = cards(&root.join("drm"));
        let places: Vec<&str> = cards.iter().map(|card| card.bus.as_str()).collect();
        assert_eq!(places, ["0000:00:02.0", "0000:0b:00.0"]);
        let radeon = &cards[1];
        assert_eq!((radeon.name.as_str(), radeon.integrated), ("Radeon RX 7800 XT", false));
        assert_eq!((radeon.memory_total, radeon.memory_free), (17_163_091_968, 16_000_000_000));
        assert_eq!((radeon.utilisation, radeon.temperature, radeon.power), (Some(0.37), Some(54.0), Some(91.5)));
        assert!(cards[0].integrated && cards[0].memory_total == 0);
    }

    #[test]
    fn a_system_without_such_a_list_has_no_cards() {
        assert_eq!(cards(Path::new("/nowhere/drm")), []);
    }
}
