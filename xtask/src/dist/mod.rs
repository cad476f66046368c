//! The package that people install.

mod check;
mod notices;

use std::fs;
use std::path::PathBuf;

pub use check::check;

use crate::error::Error;
use crate::node::Node;
use crate::shell::{run, write};
use crate::{build, deps, paths};

/// Builds everything and the package of this system; says where it lies.
pub fn package() -> Result<PathBuf, Error> {
    deps::to_build()?;
    build::programs()?;
    write(&paths::target().join("dist/copyright"), notices::text()?)?;
    let folder = paths::target().join("release/bundle");
    // An older package of another name must not be taken for this one.
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
    }
    // From the root, where tauri.conf.json lies, with the program that `ui/` pins.
    let mut bundle = Node::ready()?.npm(&["--prefix", "ui", "exec", "--", "tauri", "bundle", "--ci"]);
    bundle.current_dir(paths::root());
    run(&mut bundle)?;
    let made: Vec<PathBuf> = deps::files_below(&folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| ["deb", "exe", "msi", "dmg"].iter().any(|e| end == *e)))
        .collect();
    for path in &made {
        println!("{}", path.display());
    }
    made.into_iter().next().ok_or(Error::Missing { what: "A package of this system among what was made".into() })
}
