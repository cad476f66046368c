//! The models: which there are ([`registry`]), which are on this computer ([`ModelStore`]), getting them
//! ([`download`], the one place in the whole program that opens a network connection), taking them from a file
//! ([`import`]) and telling whole files from broken ones ([`inspect`], [`verify`]).
//!
//! Loading and running models is left to the worker.

pub mod download;
mod error;
pub(crate) mod ggml;
pub mod import;
pub mod inspect;
mod onnx;
pub mod registry;
mod store;
pub mod verify;

pub use download::{DownloadOptions, DownloadProgress, Fetched, Route};
pub use error::ModelsError;
pub use import::Imported;
pub use registry::{Languages, ModelInfo, Precision, Role};
pub use store::{Check, InstalledModel, ModelStore};

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::{ggml, onnx};

    /// Fills a folder with small but whole models of every role.
    pub(crate) fn small_models(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let embedding =
            onnx::tests::small_onnx(&["x"], &[("output_dim", "192"), ("feature_normalize_type", "global-mean")]);
        for (name, content) in [
            ("ggml-base.bin", ggml::tests::small_model()),
            ("ggml-base.en.bin", ggml::tests::small_model()),
            ("silero_vad.onnx", onnx::tests::small_onnx(&["input", "state", "sr"], &[])),
            ("segmentation.onnx", onnx::tests::small_onnx(&["x"], &[("model_type", "pyannote-segmentation-3.0")])),
            ("embedding.onnx", embedding),
        ] {
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
}
