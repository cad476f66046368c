//! How the window looks and behaves. What a wrong hand-made file says is brought into range, not refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use st_export::ExportOptions;

use crate::recording::Sources;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what is odd.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how; with paths of files.
    Debug,
}

impl LogLevel {
    /// Its name in a filter.
    pub fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// What a person chose about the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Code of the interface's language, or `system`.
    pub interface_language: String,
    /// Size of a transcript's text in px, 13 to 22.
    pub text_size: f32,
    /// Words less sure than this are marked, 0 to 1.
    pub unsure_below: f32,
    /// Seconds that playing steps back when it goes on, 0 to 5.
    pub back_step: f32,
    /// How much is logged, from the next start on.
    pub log_level: LogLevel,
    /// Tell the system when a long job ends.
    pub notify: bool,
    /// Offer the names of voices that were remembered.
    pub remember_voices: bool,
    /// What was chosen for each export format.
    pub exports: BTreeMap<String, ExportOptions>,
    /// The export format that was chosen last.
    pub last_export: Option<String>,
    /// The formats that several transcripts were last exported in.
    pub many_exports: Vec<String>,
    /// Keep what is recorded as FLAC, a half of the size of WAV.
    pub record_flac: bool,
    /// What was recorded last.
    pub sources: Sources,
    /// Keys that differ from the usual ones: command to combination.
    pub keys: BTreeMap<String, String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            interface_language: "system".into(),
            text_size: 15.0,
            unsure_below: 0.55,
            back_step: 1.0,
            log_level: LogLevel::Info,
            notify: true,
            remember_voices: false,
            exports: BTreeMap::new(),
            last_export: None,
            many_exports: Vec::new(),
            record_flac: false,
            sources: Sources::default(),
            keys: BTreeMap::new(),
        }
    }
}

impl Preferences {
    /// The same with every number within its range.
    #[must_use]
    pub fn within_range(mut self) -> Self {
        let usual = Self::default();
        let within = |value: f32, low: f32, high: f32, usual: f32| {
            if value.is_finite() { value.clamp(low, high) } else { usual }
        };
        self.text_size = within(self.text_size, 13.0, 22.0, usual.text_size);
        self.unsure_below = within(self.unsure_below, 0.0, 1.0, usual.unsure_below);
        self.back_step = within(self.back_step, 0.0, 5.0, usual.back_step);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brought_into_range() {
        let wild = Preferences { text_size: 900.0, unsure_below: f32::NAN, back_step: -1.0, ..Preferences::default() };
        let tame = wild.within_range();
        assert_eq!((tame.text_size, tame.unsure_below, tame.back_step), (22.0, 0.55, 0.0));
    }

    #[test]
    fn a_part_of_them_is_enough() {
        let read: Preferences =
            serde_json::from_str(r#"{"theme":"dark","exports":{"txt":{"speakers":false}}}"#).unwrap();
        assert_eq!(read.theme, Theme::Dark);
        assert!(!read.exports["txt"].speakers && read.exports["txt"].timestamps);
        assert_eq!(read.text_size, 15.0);
    }
}
