//! The settings file: small, readable, and never the reason that the program does not start.

mod preferences;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use preferences::{LogLevel, Preferences, Theme};

use crate::jobs::JobSettings;
use crate::json_file;

/// What a person chose once for all.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What a new job starts from.
    pub job: JobSettings,
    /// How the window looks and behaves.
    pub preferences: Preferences,
    /// What this version does not know; kept for the one that wrote it.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Why settings could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct SettingsError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

impl Settings {
    /// Reads them. A file that cannot be read as settings is put aside (`settings.damaged.json`) and the defaults are
    /// taken.
    pub fn read(path: &Path) -> Self {
        let Ok(text) = std::fs::read(path) else { return Self::default() };
        match serde_json::from_slice::<Self>(&text) {
            Ok(settings) => Self { preferences: settings.preferences.within_range(), ..settings },
            Err(error) => {
                tracing::warn!(line = error.line(), "the settings are damaged and were put aside");
                if let Err(error) = std::fs::rename(path, path.with_extension("damaged.json")) {
                    tracing::warn!(%error, "the damaged settings stay where they are");
                }
                Self::default()
            }
        }
    }

    /// Writes them: beside the old ones first, then in their place.
    pub fn write(&self, path: &Path) -> Result<(), SettingsError> {
        let failed = |source| SettingsError { path: path.to_path_buf(), source };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).and_then(|()| json_file::write(path, self)).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_survive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, r#"{"job":{"fast":true},"theme":"dark"}"#).unwrap();
        let mut settings = Settings::read(&path);
        assert!(settings.job.fast);
        settings.job.fast = false;
        settings.write(&path).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("dark"));
        assert_eq!(Settings::read(&path), settings);
    }

    #[test]
    fn damaged_settings_are_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for damaged in ["{\"job\":", r#"{"job":{"speakers":"5-2"}}"#] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(Settings::read(&path), Settings::default());
            assert_eq!(std::fs::read_to_string(folder.path().join("settings.damaged.json")).unwrap(), damaged);
        }
        assert_eq!(Settings::read(&path), Settings::default(), "no file at all");
    }
}
