//! NVIDIA's toolkit, from which the worker for its cards is built.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::before;
use crate::deps::files;
use crate::error::Error;
use crate::paths;
use crate::python::{Environment, Kind};
use crate::shell::{command, has, make_folder, output, run, write};

/// NVIDIA's compiler and libraries as packages of the Python index, for Linux on x86-64: name, version, SHA-256. All of
/// one release: packages of other releases do not fit.
#[rustfmt::skip]
const CUDA: [(&str, &str, &str); 6] = [
    ("nvidia-cublas", "13.0.2.14", "0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c"),
    ("nvidia-cuda-cccl", "13.0.85", "e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649"),
    ("nvidia-cuda-crt", "13.0.88", "2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4"),
    ("nvidia-cuda-nvcc", "13.0.88", "56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03"),
    ("nvidia-cuda-runtime", "13.0.96", "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"),
    ("nvidia-nvvm", "13.0.88", "c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0"),
];

/// cmake's own variable, by which somebody who builds for one card names its compute capability: each takes 50 minutes of a core.
const ARCHITECTURES: &str = "CMAKE_CUDA_ARCHITECTURES";

/// Tells the build where the toolkit is, and gives what has to lie beside the worker.
pub fn set(build: &mut Command) -> Result<Vec<PathBuf>, Error> {
    let toolkit = Toolkit::find()?;
    let named = env::var(ARCHITECTURES).ok().filter(|named| !named.is_empty());
    let architectures = named.unwrap_or_else(|| architectures(toolkit.version));
    println!("CUDA {}.{}, for {architectures}", toolkit.version.0, toolkit.version.1);
    build
        .env("CUDACXX", toolkit.root.join("bin/nvcc"))
        .env("CUDAToolkit_ROOT", &toolkit.root)
        .env(ARCHITECTURES, architectures)
        // Else the worker would need the driver's own library at its start.
        .env("GGML_CUDA_NO_VMM", "ON")
        .env("LIBRARY_PATH", toolkit.search()?);
    toolkit.libraries()
}

/// NVIDIA's compiler and libraries.
struct Toolkit {
    root: PathBuf,
    version: (u32, u32),
    /// Whether it was fetched, so that its libraries are not on the system.
    fetched: bool,
}

impl Toolkit {
    /// The one that is installed, else one from packages.
    fn find() -> Result<Self, Error> {
        let named = ["CUDAToolkit_ROOT", "CUDA_PATH", "CUDA_HOME"].into_iter().filter_map(env::var_os);
        let places = named.map(PathBuf::from).chain(["/usr/local/cuda", "/opt/cuda"].map(PathBuf::from));
        let installed = places.into_iter().find(|root| root.join("bin/nvcc").is_file());
        let fetched = installed.is_none();
        let root = match installed {
            Some(root) => root,
            None => fetch()?,
        };
        let text = output(command(root.join("bin/nvcc")).arg("--version"))?;
        let unreadable = || Error::Unreadable { what: "The version of nvcc".into(), reason: text.trim().to_owned() };
        let version = version(&text).ok_or_else(unreadable)?;
        Ok(Self { root, version, fetched })
    }

    /// Where the linker looks.
    fn search(&self) -> Result<OsString, Error> {
        before("LIBRARY_PATH", &[self.root.join("lib64"), self.root.join("lib64/stubs")])
    }

    /// What has to lie beside the worker.
    fn libraries(&self) -> Result<Vec<PathBuf>, Error> {
        if !self.fetched {
            return Ok(Vec::new());
        }
        let names = ["libcublas.so.", "libcublasLt.so.", "libcudart.so."];
        let all = fs::read_dir(self.root.join("lib")).map_err(Error::file(&self.root))?;
        let all = all.filter_map(|entry| Some(entry.ok()?.path()));
        let wanted = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            names.iter().any(|start| name.starts_with(start))
        };
        Ok(all.filter(wanted).collect())
    }
}

/// The release that `nvcc --version` names.
fn version(text: &str) -> Option<(u32, u32)> {
    let (_, after) = text.split_once("release ")?;
    let (major, rest) = after.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What is compiled for: compute capability 7.5 to 12.0, and 7.0 where the toolkit still knows it.
fn architectures(version: (u32, u32)) -> String {
    // 9.0 also as code that newer cards compile for themselves: ggml makes of 12.0 what no other card can run.
    let mut all = vec!["75-real", "80-real", "86-real", "89-real", "90"];
    if version < (13, 0) {
        all.insert(0, "70-real");
    }
    if version >= (12, 8) {
        all.push("120-real");
    }
    all.join(";")
}

/// Unpacks the packages into one tree and completes it to what cmake takes for an installed toolkit.
fn fetch() -> Result<PathBuf, Error> {
    if (env::consts::OS, env::consts::ARCH) != ("linux", "x86_64") || !has("cc") {
        return Err(Error::Missing { what: "NVIDIA's CUDA toolkit (12.0 or newer)".into() });
    }
    let kept = paths::cache().join(format!("cuda-{}", CUDA[3].1));
    let root = kept.join("nvidia/cu13");
    let done = kept.join("done.txt");
    if done.is_file() {
        return Ok(root);
    }
    println!("Getting NVIDIA's compiler and libraries (500 MB)");
    let python = Environment::ready("python-plain", "")?;
    let pins: Vec<String> =
        CUDA.iter().map(|(name, version, hash)| format!("{name}=={version} --hash=sha256:{hash}")).collect();
    let pins: Vec<&str> = pins.iter().map(String::as_str).collect();
    let download = kept.join("download");
    python.download(&pins, Kind::Wheel, &download)?;
    for wheel in files(&download, "whl")? {
        python.unpack(&wheel, &kept)?;
    }
    complete(&root)?;
    fs::remove_dir_all(&download).map_err(Error::file(&download))?;
    write(&done, "")?;
    Ok(root)
}

/// What packages leave out: rights to run, names without a version, a stand-in for the driver's library to link with.
#[cfg(unix)]
fn complete(root: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for folder in ["bin", "nvvm/bin"] {
        for entry in fs::read_dir(root.join(folder)).map_err(Error::file(root))?.flatten() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755)).map_err(Error::file(entry.path()))?;
        }
    }
    let library = root.join("lib");
    let link = |to: &str, at: PathBuf| {
        if at.exists() { Ok(()) } else { symlink(to, &at).map_err(Error::file(&at)) }
    };
    link("lib", root.join("lib64"))?;
    for name in ["libcublas", "libcublasLt", "libcudart"] {
        link(&format!("{name}.so.13"), library.join(format!("{name}.so")))?;
    }
    let stubs = library.join("stubs");
    make_folder(&stubs)?;
    let empty = stubs.join("empty.c");
    write(&empty, "")?;
    run(command("cc").args(["-shared", "-Wl,-soname,libcuda.so.1", "-o"]).arg(stubs.join("libcuda.so")).arg(&empty))?;
    run(command("ar").arg("rcs").arg(stubs.join("libculibos.a")))
}

#[cfg(not(unix))]
fn complete(_root: &Path) -> Result<(), Error> {
    Err(Error::Missing { what: "NVIDIA's CUDA toolkit (12.0 or newer)".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_is_built_for_the_cards_that_it_knows() {
        let said = "nvcc: NVIDIA (R) Cuda compiler driver\nCuda compilation tools, release 13.0, V13.0.88\n";
        assert_eq!(version(said), Some((13, 0)));
        assert_eq!(version("nothing"), None);
        assert_eq!(architectures((13, 0)), "75-real;80-real;86-real;89-real;90;120-real");
        assert_eq!(architectures((12, 8)), "70-real;75-real;80-real;86-real;89-real;90;120-real");
        assert_eq!(architectures((12, 4)), "70-real;75-real;80-real;86-real;89-real;90");
    }
}
