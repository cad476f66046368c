//! Helpers for the tests of the real programs: where they are, how to run them, and what no output may ever hold.

pub mod processes;
pub mod sound;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.to_path_buf(), Path::to_path_buf)
}

/// Folder of the release programs.
pub fn programs() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    root().join(target).join("release")
}

/// One of the programs.
///
/// # Panics
/// Where it is not built: these tests build nothing themselves.
pub fn program(name: &str) -> PathBuf {
    let path = programs().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not built. Build it with: cargo xtask build", path.display());
    path
}

/// The folder with the development models.
///
/// # Panics
/// Where they are not there.
pub fn models() -> PathBuf {
    let folder = root().join("models");
    for name in ["ggml-tiny.en.bin", "ggml-base.bin", "silero_vad.onnx", "segmentation.onnx", "embedding.onnx"] {
        assert!(folder.join(name).is_file(), "models/{name} is not there. Get it with: cargo xtask models");
    }
    folder
}

/// A sample recording or reference in `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    let path = root().join("tests/fixtures").join(name);
    assert!(path.is_file(), "{} is not there", path.display());
    path
}

/// What a run of a program gave.
#[derive(Debug)]
pub struct Run {
    /// Exit status; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Run {
    /// Fails unless everything was done.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.plain()
    }

    /// Fails unless the status is this one; nothing that a person cannot read may be shown in any case.
    #[track_caller]
    pub fn status(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.plain()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in:\n{}", self.stdout))
    }

    #[track_caller]
    fn plain(self) -> Self {
        for bad in
            ["panicked", "RUST_BACKTRACE", "stack backtrace", "os error", "Err(", "Error {", "assertion", "core dumped"]
        {
            assert!(!self.stderr.contains(bad), "“{bad}” is not for people:\n{}", self.stderr);
        }
        self
    }
}

/// The command line on a data folder of its own, which goes with it.
pub struct Cli {
    folder: tempfile::TempDir,
    models: PathBuf,
}

impl Default for Cli {
    fn default() -> Self {
        Self::new()
    }
}

impl Cli {
    /// With the development models.
    pub fn new() -> Self {
        Self::with_models(&models())
    }

    /// With the models of a folder.
    pub fn with_models(models: &Path) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), models: models.to_path_buf() }
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for what the test writes.
    pub fn scratch(&self) -> PathBuf {
        let path = self.folder.path().join("scratch");
        std::fs::create_dir_all(&path).expect("a scratch folder");
        path
    }

    /// The command, ready to run or to change further.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(program("securetranscribe"));
        command
            .args(args)
            .env("SECURETRANSCRIBE_DATA_DIR", self.data())
            .env("SECURETRANSCRIBE_MODELS_DIR", &self.models)
            .env_remove("RUST_BACKTRACE")
            .env_remove("RUST_LOG")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        self.command(args).output().expect("the program starts").into()
    }

    /// Starts it with its output kept.
    pub fn spawn<S: AsRef<OsStr>>(&self, args: &[S]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Transcribes with the small English model and gives the JSON.
    #[track_caller]
    pub fn transcribe(&self, recording: &Path, more: &[&str]) -> Value {
        let mut args = transcribe_args(recording);
        args.extend(["--format", "json", "--output", "-", "--progress", "none"].map(Into::into));
        args.extend(more.iter().map(Into::into));
        self.run(&args).ok().json()
    }
}

/// `transcribe FILE --model tiny.en --language en`
pub fn transcribe_args(recording: &Path) -> Vec<std::ffi::OsString> {
    let mut args = vec!["transcribe".into(), recording.as_os_str().to_os_string()];
    args.extend(["--model", "tiny.en", "--language", "en"].map(Into::into));
    args
}

/// What two runs over one recording must agree in: all but how the result came about.
pub fn content(transcript: &Value) -> Value {
    let mut content = transcript.clone();
    if let Some(map) = content.as_object_mut() {
        map.remove("provenance");
    }
    content
}

/// The text of all utterances.
pub fn text(transcript: &Value) -> String {
    let utterances = transcript["utterances"].as_array().expect("utterances");
    utterances.iter().filter_map(|u| u["text"].as_str()).collect::<Vec<_>>().join(" ")
}
