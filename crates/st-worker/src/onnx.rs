//! ONNX Runtime for the models that run without sherpa-onnx. It is the same library file that sherpa-onnx is linked
//! to, so a process has one runtime.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::environment::Environment;
use ort::session::Session;
use st_worker_protocol::WorkerError;

/// ONNX Runtime's library is not there, or does not start.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
struct NoRuntime(String);

static ENVIRONMENT: OnceLock<Result<Environment, NoRuntime>> = OnceLock::new();

/// The one environment of this process, made at the first call.
fn environment() -> Result<&'static Environment, NoRuntime> {
    let made = ENVIRONMENT.get_or_init(|| {
        let builder = ort::init_from(library()).map_err(|e| NoRuntime(e.to_string()))?;
        // Microsoft's builds send telemetry on Windows unless told not to.
        builder.with_name("securetranscribe").with_telemetry(false).build().map_err(|e| NoRuntime(e.to_string()))
    });
    made.as_ref().map_err(Clone::clone)
}

/// The runtime's file: beside the executable or in `../lib` as the packages have it. Otherwise its bare name, by which
/// the loader finds the copy that sherpa-onnx brought into the process.
fn library() -> PathBuf {
    let name = format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}");
    let folder = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    let beside = folder.iter().flat_map(|f| [f.join(&name), f.join("../lib").join(&name)]).find(|path| path.is_file());
    beside.unwrap_or_else(|| PathBuf::from(&name))
}

/// Opens a model with `threads` threads (at least 1).
pub fn session(path: &Path, threads: u32) -> Result<Session, WorkerError> {
    let failed = |reason: String| WorkerError::ModelLoad { path: path.to_path_buf(), reason };
    let environment = environment().map_err(|e| failed(e.to_string()))?;
    let threads = usize::try_from(threads.max(1)).unwrap_or(1);
    let open = || -> ort::Result<Session> {
        Session::builder(environment)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?
            // Idle threads that spin would take the processor away from the recogniser.
            .with_intra_op_spinning(false)?
            .commit_from_file(path)
    };
    open().map_err(|e| failed(e.to_string()))
}

/// Checks an entry of a model's own description; a model made for something else is refused by it.
pub fn require(session: &Session, path: &Path, key: &str, accepted: &[&str]) -> Result<(), WorkerError> {
    let failed = |reason: String| WorkerError::ModelLoad { path: path.to_path_buf(), reason };
    let found = session.metadata().map_err(|e| failed(e.to_string()))?.custom(key);
    match found {
        Some(value) if accepted.contains(&value.as_str()) => Ok(()),
        Some(value) => Err(failed(format!("its {key} is {value}, not {}", accepted.join(" or ")))),
        None => Err(failed(format!("its description has no {key}"))),
    }
}
