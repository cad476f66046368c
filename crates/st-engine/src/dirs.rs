//! Where things lie on disk.

use std::path::{Path, PathBuf};

/// Environment variable that names the data folder.
pub const DATA_DIR_VARIABLE: &str = "SECURETRANSCRIBE_DATA_DIR";
/// Environment variable that names a folder with models.
pub const MODELS_DIR_VARIABLE: &str = "SECURETRANSCRIBE_MODELS_DIR";

/// The data folder and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    data: PathBuf,
}

impl Dirs {
    /// This folder.
    pub fn at(data: PathBuf) -> Self {
        Self { data: std::path::absolute(&data).unwrap_or(data) }
    }

    /// The folder given, else the one of the environment.
    pub fn named(given: Option<PathBuf>) -> Option<Self> {
        let named = || std::env::var_os(DATA_DIR_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
        given.or_else(named).map(Self::at)
    }

    /// The folder of the platform; none where there is no home folder.
    pub fn of_platform() -> Option<Self> {
        let found = directories::ProjectDirs::from("", "", "SecureTranscribe")?;
        Some(Self::at(found.data_dir().to_path_buf()))
    }

    /// The data folder itself.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The library.
    pub fn library(&self) -> PathBuf {
        self.data.join("library.sqlite3")
    }

    /// Copies of recordings.
    pub fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// Lock files of running jobs.
    pub fn jobs(&self) -> PathBuf {
        self.data.join("jobs")
    }

    /// Log files.
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// Settings.
    pub fn settings(&self) -> PathBuf {
        self.data.join("settings.json")
    }
}

/// The models folder that was chosen: the one given, else the one of the environment.
pub fn chosen_models(given: Option<PathBuf>) -> Option<PathBuf> {
    given.or_else(|| std::env::var_os(MODELS_DIR_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from))
}

/// Folder of the running executable, links resolved.
pub fn program_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let program = program.canonicalize().unwrap_or(program);
    program.parent().map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_folder_comes_first_and_holds_everything() {
        let dirs = Dirs::named(Some(PathBuf::from("/some/where"))).unwrap();
        assert_eq!(dirs.library(), Path::new("/some/where/library.sqlite3"));
        assert_eq!(dirs.jobs(), Path::new("/some/where/jobs"));
    }
}
