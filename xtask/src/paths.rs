//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What is fetched and made once and used by every clone: `SECURETRANSCRIBE_BUILD_CACHE`, or the user's cache folder.
pub fn cache() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("SECURETRANSCRIBE_BUILD_CACHE").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(|| root().join("target"))
            .join("securetranscribe-build")
    })
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// A release program.
pub fn program(name: &str) -> PathBuf {
    target().join("release").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Test recordings that lie beside the repository on some machines.
pub fn shared_data() -> Option<PathBuf> {
    Some(root().join("../shared/data")).filter(|path| path.is_dir())
}
