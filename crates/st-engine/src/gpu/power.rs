//! Whether the computer runs on its battery.

/// Whether the computer runs on its battery now. One without a battery, or that says nothing about it, does not.
pub fn on_battery() -> bool {
    system::on_battery()
}

#[cfg(any(windows, target_os = "macos"))]
mod system {
    use starship_battery::{Manager, State};

    /// The library tells batteries, not the mains: where it is not plugged in one of them is emptied.
    pub fn on_battery() -> bool {
        let batteries = Manager::new().and_then(|manager| manager.batteries());
        batteries.is_ok_and(|mut all| all.any(|one| one.is_ok_and(|battery| battery.state() == State::Discharging)))
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
mod system {
    use std::path::Path;

    /// Where Linux lists what feeds the computer (its documentation: "sysfs-class-power").
    const SUPPLIES: &str = "/sys/class/power_supply";

    pub fn on_battery() -> bool {
        emptied(Path::new(SUPPLIES))
    }

    /// Whether a battery feeds the computer, as a folder of Linux says it. Any source that is connected means the mains,
    /// whatever the battery does: a weak charger lets one empty.
    fn emptied(folder: &Path) -> bool {
        let mut emptied = false;
        for supply in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let text = |name: &str| std::fs::read_to_string(supply.path().join(name)).unwrap_or_default();
            // A mouse has a battery, too.
            if text("scope").trim() == "Device" {
                continue;
            }
            match text("type").trim() {
                "Battery" => emptied |= text("status").trim() == "Discharging",
                _ if text("online").trim() == "1" => return false,
                _ => {}
            }
        }
        emptied
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn supply(root: &Path, name: &str, files: &[(&str, &str)]) {
            std::fs::create_dir_all(root.join(name)).unwrap();
            for (file, content) in files {
                std::fs::write(root.join(name).join(file), format!("{content}\n")).unwrap();
            }
        }

        #[test]
        fn a_battery_that_is_emptied_without_a_charger_feeds_the_computer() {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            assert!(!emptied(&root.join("none")));
            supply(root, "hidpp_battery_0", &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging")]);
            assert!(!emptied(root), "a mouse");
            supply(root, "BAT0", &[("type", "Battery"), ("status", "Discharging")]);
            supply(root, "AC", &[("type", "Mains"), ("online", "0")]);
            assert!(emptied(root));
            supply(root, "ucsi-source-psy-1", &[("type", "USB"), ("online", "1")]);
            assert!(!emptied(root), "charged by USB");
        }
    }
}
