//! Names of files: which no file can have, which one a title makes, and the next free one.

use std::path::{Path, PathBuf};

/// Longest name of a file on the file systems in use: 255 bytes on Linux, 255 UTF-16 units on Windows and macOS.
const LONGEST: usize = 255;
/// Longest stem that is made from a title, in bytes: an ending and a number may follow.
const LONGEST_STEM: usize = 200;

/// What is wrong with the file name of a path, as the end of a sentence; none where it can be.
pub(crate) fn unfit(path: &Path) -> Option<&'static str> {
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
    if is_device(name) {
        return Some("Windows keeps this name for a device");
    }
    if name.chars().any(refused) {
        return Some("the name has characters that Windows does not allow");
    }
    name.ends_with(['.', ' ']).then_some("the name ends with a dot or a space, which Windows does not allow")
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let port = numbered.is_some_and(|n| matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"));
    port || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
}

/// Characters that a system refuses in names.
fn refused(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
}

/// A title as the stem of a file name that every system takes.
pub(crate) fn stem(title: &str) -> String {
    let mut stem: String = title.chars().map(|c| if refused(c) { '-' } else { c }).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    match stem.trim().trim_end_matches('.').trim_start_matches('.').trim() {
        "" => "Transcript".to_owned(),
        device if is_device(device) => format!("{device}_"),
        stem => stem.to_owned(),
    }
}

/// `talk.txt`, `talk (2).txt`, `talk (3).txt`, …
pub(crate) fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_path_buf();
    }
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
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

    #[test]
    fn every_title_makes_a_name_that_every_system_takes() {
        for (title, expected) in [
            ("Talk", "Talk"),
            ("a/b: c?", "a-b- c-"),
            ("..", "Transcript"),
            ("  ", "Transcript"),
            (".hidden", "hidden"),
            ("end. ", "end"),
            ("CON", "CON_"),
            ("nul.old", "nul.old_"),
            ("COM1", "COM1_"),
            ("comedy", "comedy"),
            ("com", "com"),
            ("日本語", "日本語"),
        ] {
            assert_eq!(stem(title), expected, "{title:?}");
        }
        let long = stem(&"ü".repeat(400));
        assert!(long.len() <= LONGEST_STEM && long.starts_with('ü'));
    }

    #[test]
    fn names_get_numbers_before_their_ending() {
        assert_eq!(numbered(Path::new("a.b.txt"), 2), Path::new("a.b (2).txt"));
        assert_eq!(numbered(Path::new("a"), 3), Path::new("a (3)"));
    }
}
