//! Makes the worker find sherpa-onnx and ONNX Runtime beside itself, and puts them there for programs in the target
//! folder. A dependency's run path does not reach our own executables, so it is set here.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=SHERPA_ONNX_LIB_DIR");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // `lib` beside `bin` is where the Linux packages put libraries.
        Ok("linux") => {
            println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN");
            println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib");
        }
        Ok("macos") => {
            println!("cargo:rustc-link-arg=-Wl,-rpath,@loader_path");
            println!("cargo:rustc-link-arg=-Wl,-rpath,@loader_path/../Frameworks");
        }
        _ => {}
    }
    let (Some(libraries), Some(out)) = (env::var_os("SHERPA_ONNX_LIB_DIR"), env::var_os("OUT_DIR")) else {
        return Ok(());
    };
    let libraries = PathBuf::from(libraries);
    println!("cargo:rerun-if-changed={}", libraries.display());
    // OUT_DIR is <profile>/build/<crate>/out; programs are built into <profile>, unit tests into <profile>/deps.
    if let Some(profile) = Path::new(&out).ancestors().nth(3) {
        for folder in [profile.to_path_buf(), profile.join("deps")] {
            copy_libraries(&libraries, &folder)?;
        }
    }
    Ok(())
}

/// Copies every shared library of `from` that `to` does not hold in the same size.
fn copy_libraries(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let shared = path.extension().is_some_and(|e| e == "so" || e == "dylib" || e == "dll");
        let Some(name) = path.file_name().filter(|_| shared) else { continue };
        let target = to.join(name);
        let size = fs::metadata(&path)?.len();
        if fs::metadata(&target).is_ok_and(|m| m.len() == size) {
            continue;
        }
        // Written under another name first: a program that is running keeps the file that it has mapped.
        let unfinished = to.join(format!("{}.new", name.to_string_lossy()));
        fs::copy(&path, &unfinished)?;
        fs::rename(&unfinished, &target)?;
    }
    Ok(())
}
