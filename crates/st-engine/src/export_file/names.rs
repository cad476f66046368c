//! Names that no file can have, told before anything is written.

use std::path::Path;

/// Longest name of a file on the file systems in use: 255 bytes on Linux, 255 UTF-16 units on Windows and macOS.
const LONGEST: usize = 255;

/// What is wrong with the file name of a path, as the end of a sentence; none where it can be.
pub(super) fn unfit(path: &Path) -> Option<&'static str> {
    let Some(name) = path.file_name() else { return Some("a file name is missing") };
    let name = name.to_string_lossy();
    let length = if cfg!(windows) { name.encode_utf16().count() } else { name.len() };
    if length > LONGEST {
        return Some("the name is too long");
    }
    if cfg!(windows) { unfit_on_windows(&name) } else { None }
}

/// Names that Windows keeps for devices, with any ending, and characters that it refuses
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
fn unfit_on_windows(name: &str) -> Option<&'static str> {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let port = numbered.is_some_and(|n| matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"));
    if port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") {
        return Some("Windows keeps this name for a device");
    }
    if name.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']) || name.chars().any(char::is_control) {
        return Some("the name has characters that Windows does not allow");
    }
    name.ends_with(['.', ' ']).then_some("the name ends with a dot or a space, which Windows does not allow")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_are_told() {
        for name in ["con", "NUL.txt", "Com1.a.b", "lpt9", "a:b", "what?", "end.", "a\u{1}"] {
            assert!(unfit_on_windows(name).is_some(), "{name}");
        }
        for name in ["contract.txt", "COM10.txt", "com.txt", "日本語.txt", "a b.txt"] {
            assert_eq!(unfit_on_windows(name), None, "{name}");
        }
        assert!(unfit(Path::new("/")).is_some() && unfit(Path::new(&"é".repeat(128))).is_some());
        assert_eq!(unfit(Path::new("a/talk.txt")), None);
    }
}
