//! The models: which there are ([`registry`]), which are on this computer ([`ModelStore`]), getting them
//! (`download`, the one place in the whole program that opens a network connection), taking them from a file
//! (`import`) and telling whole files from broken ones ([`inspect`], [`verify`]).
//!
//! Loading and running models is left to the worker.

mod error;
mod ggml;
pub mod inspect;
mod onnx;
pub mod registry;
mod store;
pub mod verify;

pub use error::ModelsError;
pub use registry::{Languages, ModelInfo, Precision, Role};
pub use store::{Check, InstalledModel, ModelStore};
