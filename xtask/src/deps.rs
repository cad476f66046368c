//! Everything that the build needs and a fresh Debian 12 lacks. What is there already is left alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::paths;
use crate::python::{Environment, Kind};
use crate::shell::{command, has, output, place, run, write};
use crate::{fonts, node, shell};

/// To build: compilers and whisper.cpp's build tool, Tauri's libraries, sound, and Python for the models.
const BUILD: &[&str] = &[
    "build-essential",
    "cmake",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libasound2-dev",
    "python3-venv",
];
/// To test: a screen, a window manager and a driver for the window, a browser for its page; FFmpeg and strace for tests
/// of the programs; a sound server and the way of ALSA's programs to it; a graphics card that the processor plays; readers of
/// PDF and DOCX.
const TEST: &[&str] = &[
    "xvfb",
    "openbox",
    "xdotool",
    "webkit2gtk-driver",
    "dbus-x11",
    "chromium",
    "imagemagick",
    "ffmpeg",
    "strace",
    "python3-gi",
    "gir1.2-gtk-3.0",
    "at-spi2-core",
    "gir1.2-atspi-2.0",
    "fonts-dejavu-core",
    "pulseaudio",
    "pulseaudio-utils",
    "libasound2-plugins",
    "libvulkan1",
    "mesa-vulkan-drivers",
    "poppler-utils",
    "qpdf",
    "libreoffice-writer-nogui",
    "libreoffice-calc-nogui",
];
/// To look at a finished package: a Debian without anything in it.
const CHECK: &[&str] = &["debootstrap"];

/// ONNX Runtime and sherpa-onnx for this machine: the package of their makers, by platform.
#[rustfmt::skip]
const SHERPA: &[(&str, &str, &str)] = &[
    ("linux", "x86_64", "f4ee0ab91c4ae596e0e49d7de32522a946295e038a652f1c1884d89014ee4ec2"),
    ("linux", "aarch64", "4a855a5c89c89885111e4e9c570e5da1aed63373c031b757d8046792d95fe8fe"),
    ("macos", "aarch64", "82ab505a835e616f568ba6804555969e1b5699341d2b18eb27f0083b068b61ff"),
    ("macos", "x86_64", "fe43986eff8ccdfbb7fc851ee1b40e6df9869ff14da2de6b70302872e555480d"),
    ("windows", "x86_64", "08890e9ea23ed2f59f81d5840c63b6b5cc8674d0f6e48d9069126a848aa0e022"),
];
const SHERPA_VERSION: &str = "2.0.1";

/// All of it.
pub fn all() -> Result<(), Error> {
    system_packages(&[BUILD, TEST].concat())?;
    to_build()
}

/// What building and starting the programs needs.
pub fn to_build() -> Result<(), Error> {
    system_packages(BUILD)?;
    native_libraries()?;
    fonts::all()?;
    node::user_interface()
}

/// What making the models needs.
pub fn python_packages() -> Result<(), Error> {
    system_packages(&["python3-venv"])
}

/// What looking at a finished package needs.
pub fn check_packages() -> Result<(), Error> {
    system_packages(&[TEST, CHECK].concat())
}

fn system_packages(wanted: &[&str]) -> Result<(), Error> {
    if !has("dpkg-query") {
        if env::consts::OS == "linux" {
            println!("Not a Debian system: these must be there under the names of this one: {}", wanted.join(" "));
        }
        return Ok(());
    }
    let missing = missing_packages(wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    println!("Installing {}", missing.join(" "));
    let superuser = output(command("id").arg("-u"))?.trim() == "0";
    if !superuser && !has("sudo") {
        return Err(Error::Missing { what: format!("Root's rights, or sudo, or: {}", missing.join(" ")) });
    }
    let apt = || {
        let mut apt = command(if superuser { "env" } else { "sudo" });
        apt.args(if superuser { &[][..] } else { &["env"] });
        apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]);
        apt
    };
    run(apt().arg("update"))?;
    run(apt().args(["install", "--no-install-recommends"]).args(&missing))
}

fn missing_packages<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>, Error> {
    let mut query = command("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status} ${Package}\\n"]).args(wanted);
    // It ends with 1 where a package is unknown, and lists the others all the same.
    let listed = query.output().map_err(|source| shell::start(&query, source))?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(wanted.iter().filter(|name| !text.lines().any(|line| line == format!("installed {name}"))).copied().collect())
}

/// Puts the native libraries where `.cargo/config.toml` says that they are.
fn native_libraries() -> Result<(), Error> {
    let place_of = paths::root().join("deps/sherpa-onnx/lib");
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    let Some((.., hash)) = SHERPA.iter().find(|(o, a, _)| (*o, *a) == (os, arch)) else {
        return Err(Error::Missing { what: format!("A package of sherpa-onnx for {os} on {arch}") });
    };
    let stamp = place_of.join("package.txt");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == *hash) {
        return Ok(());
    }
    let kept = paths::cache().join(format!("sherpa-onnx-{SHERPA_VERSION}"));
    let done = kept.join("package.txt");
    if !fs::read_to_string(&done).is_ok_and(|text| text == *hash) {
        println!("Getting sherpa-onnx {SHERPA_VERSION} and ONNX Runtime");
        let python = Environment::ready("python-plain", "")?;
        let pin = format!("sherpa-onnx-core=={SHERPA_VERSION} --hash=sha256:{hash}");
        let download = kept.join("download");
        python.download(&[&pin], Kind::Wheel, &download)?;
        for wheel in files(&download, "whl")? {
            python.unpack(&wheel, &kept)?;
        }
        write(&done, hash)?;
    }
    for library in files_below(&kept)? {
        let name = library.file_name().unwrap_or_default();
        let text = name.to_string_lossy();
        if [".so", ".dylib", ".dll", ".lib"].iter().any(|end| text.ends_with(end)) || text.contains(".so.") {
            place(&library, &place_of.join(name))?;
        }
    }
    write(&stamp, hash)
}

/// Files of a folder with this extension.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Error> {
    Ok(files_below(folder)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == extension)).collect())
}

/// Every file in a folder and in those below it, sorted.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(Error::file(&next))? {
            let path = entry.map_err(Error::file(&next))?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
