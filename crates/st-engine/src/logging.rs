//! The log: a file a day in the data folder, seven at most.
//!
//! Only this program's own lines are written. Lines of libraries are left out: what they say about a file could be a
//! part of its content. Never logged: words of a transcript. Only at debug level: paths.

use std::path::Path;

use tracing_subscriber::EnvFilter;

use crate::settings::LogLevel;

/// Environment variable that raises the level: `SECURETRANSCRIBE_LOG=debug`.
pub const LEVEL_VARIABLE: &str = "SECURETRANSCRIBE_LOG";

/// Files that are kept; the oldest goes when a new day begins.
const FILES: usize = 7;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be written: {0}")]
pub struct LogError(String);

/// Begins to log into `folder` at a level that the environment may raise. Called once by a program; a second call is
/// refused and changes nothing.
pub fn start(folder: &Path, level: LogLevel) -> Result<(), LogError> {
    // The appender would complain on standard error of a folder that it then makes itself.
    std::fs::create_dir_all(folder).map_err(|e| LogError(e.to_string()))?;
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("securetranscribe")
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(folder)
        .map_err(|e| LogError(e.to_string()))?;
    let level = match std::env::var(LEVEL_VARIABLE).as_deref() {
        Ok(level @ ("error" | "warn" | "info" | "debug" | "trace")) => level.to_owned(),
        _ => level.id().to_owned(),
    };
    let own = ["st_engine", "st_audio", "st_core", "st_cli", "securetranscribe", "securetranscribe_app"];
    let filter: Vec<String> = own.iter().map(|name| format!("{name}={level}")).collect();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(filter.join(",")))
        .with_writer(std::sync::Mutex::new(file))
        .finish();
    // Not `init()`: that would also take in what libraries say through the crate `log`.
    tracing::subscriber::set_global_default(subscriber).map_err(|e| LogError(e.to_string()))
}
