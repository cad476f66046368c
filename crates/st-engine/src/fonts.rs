//! Where the fonts that come with the program lie.

use std::path::{Path, PathBuf};

use crate::dirs::program_folder;

/// Folders of fonts as seen from the program: on Linux where packages keep what nobody calls by name, on Windows beside
/// the program, on macOS in its bundle.
const INSTALLED: &[&str] = &["../lib/securetranscribe/fonts", "fonts", "../Resources/fonts"];
/// The folder in the repository, of which the program lies at most so many folders below the root: `target/release/deps`
/// for tests.
const REPOSITORY: (&str, usize) = ("deps/fonts", 4);

/// The folder of fonts; none where they are not installed.
pub fn folder() -> Option<PathBuf> {
    near(&program_folder()?)
}

fn near(program: &Path) -> Option<PathBuf> {
    let installed = INSTALLED.iter().map(|folder| program.join(folder));
    let (name, depth) = REPOSITORY;
    let in_repository = program.ancestors().take(depth).map(|folder| folder.join(name));
    installed.chain(in_repository).find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_found_where_packages_and_the_build_put_them() {
        for (program, fonts) in [
            ("usr/bin", "usr/lib/securetranscribe/fonts"),
            ("program", "program/fonts"),
            ("App/Contents/MacOS", "App/Contents/Resources/fonts"),
            ("target/release", "deps/fonts"),
            ("target/release/deps", "deps/fonts"),
        ] {
            let root = tempfile::tempdir().unwrap();
            let (program, fonts) = (root.path().join(program), root.path().join(fonts));
            std::fs::create_dir_all(&program).unwrap();
            assert_eq!(near(&program), None);
            std::fs::create_dir_all(&fonts).unwrap();
            let found = near(&program).unwrap();
            assert_eq!(found.canonicalize().unwrap(), fonts.canonicalize().unwrap());
        }
    }
}
