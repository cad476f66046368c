//! Whether the package does its work where nothing else is: it is installed in an empty Debian, its window opens, and its
//! programs transcribe.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::shell::{command, make_folder, output, place, run, start};
use crate::{deps, models, paths};

/// Words of the sample that even the smallest model writes.
const WORDS: [&str; 2] = ["lobster", "dry toast"];
/// The sample.
const SAMPLE: &str = "tests/fixtures/two_speakers.flac";
/// Number of a screen that nobody has.
const SCREEN: &str = ":97";
/// How long the window may take to come: the first start of a web view on a busy machine.
const WINDOW: Duration = Duration::from_secs(90);

/// Looks at a package for Debian.
pub fn check(package: &Path) -> Result<(), Error> {
    if output(command("id").arg("-u"))?.trim() != "0" {
        return Err(Error::Missing { what: "Root's rights, which installing in a folder of its own takes,".into() });
    }
    deps::check_packages()?;
    models::all()?;
    let root = empty_debian()?;
    let inside = Inside::new(root)?;
    inside.put(package, "package.deb")?;
    run(inside.command("apt-get").args(["install", "--yes", "--no-install-recommends", "/srv/check/package.deb"]))?;
    inside.put(&paths::root().join(SAMPLE), "sample.flac")?;
    for model in ["ggml-tiny.en.bin", "silero_vad.onnx", "segmentation.onnx", "embedding.onnx"] {
        inside.put(&paths::root().join("models").join(model), &format!("models/{model}"))?;
    }
    the_command_line(&inside)?;
    the_window(&inside)?;
    println!("The package works in an empty Debian.");
    Ok(())
}

fn the_command_line(inside: &Inside) -> Result<(), Error> {
    let mut transcribe = inside.command("securetranscribe");
    transcribe.args(["transcribe", "/srv/check/sample.flac", "--model", "tiny.en", "--language", "en"]);
    let text = output(transcribe.args(["--format", "txt", "--output", "-", "--progress", "none"]))?.to_lowercase();
    match WORDS.iter().find(|word| !text.contains(**word)) {
        Some(word) => Err(wrong(format!("“{word}” is not in it: {text}"), "the transcript of the sample")),
        None => Ok(()),
    }
}

/// Opens the window with the sample, as a file manager would, and waits for it and for the transcript.
fn the_window(inside: &Inside) -> Result<(), Error> {
    let mut screen = command("Xvfb");
    screen
        .args([SCREEN, "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _screen = Running::start(&mut screen)?;
    let entry = fs::read_to_string(inside.root.join("usr/share/applications/SecureTranscribe.desktop"))
        .map_err(Error::file("SecureTranscribe.desktop"))?;
    let line = entry.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap_or_default();
    let Some(program) = line.strip_suffix(" %F") else {
        return Err(wrong(format!("it starts “{line}”"), "the desktop entry"));
    };
    if !entry.lines().any(|line| line.starts_with("MimeType=") && line.contains("audio/mpeg;")) {
        return Err(wrong("it opens no MP3".into(), "the desktop entry"));
    }
    let mut window = inside.command(program);
    window.arg("/srv/check/sample.flac").env("DISPLAY", SCREEN).stdout(Stdio::null()).stderr(Stdio::null());
    let mut window = Running::start(&mut window)?;
    window.wait_until("a window", || {
        let mut find = command("xdotool");
        find.args(["search", "--onlyvisible", "--name", "SecureTranscribe"]).env("DISPLAY", SCREEN);
        find.stderr(Stdio::null()).output().is_ok_and(|found| !found.stdout.is_empty())
    })
}

/// An empty Debian of this computer's release, made once and copied.
fn empty_debian() -> Result<PathBuf, Error> {
    let release = fs::read_to_string("/etc/os-release").map_err(Error::file("/etc/os-release"))?;
    let name = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("stable").to_owned();
    let kept = paths::cache().join(format!("debian-{name}"));
    if !kept.join("ready").is_file() {
        // Where this computer's own packages come from.
        let sources = output(command("apt-get").args(["indextargets", "--format", "$(REPO_URI) $(RELEASE)"]))?;
        let source = sources.lines().find_map(|line| line.strip_suffix(&format!(" {name}"))).map(str::to_owned);
        let Some(source) = source else {
            return Err(Error::Missing { what: format!("A source of the packages of Debian's {name}") });
        };
        make_folder(&kept)?;
        let place = kept.join("root");
        run(command("debootstrap").args(["--variant=minbase", &name]).arg(&place).arg(&source))?;
        crate::shell::write(&kept.join("ready"), "")?;
    }
    let root = paths::target().join("dist/root");
    if root.is_dir() {
        fs::remove_dir_all(&root).map_err(Error::file(&root))?;
    }
    make_folder(&paths::target().join("dist"))?;
    run(command("cp").arg("--archive").arg(kept.join("root")).arg(&root))?;
    Ok(root)
}

/// The empty Debian, as long as it is in use.
struct Inside {
    root: PathBuf,
}

impl Inside {
    fn new(root: PathBuf) -> Result<Self, Error> {
        let inside = Self { root };
        // What this computer's own apt knows of where packages are, in place of what debootstrap wrote.
        let list = inside.root.join("etc/apt/sources.list");
        if list.is_file() {
            fs::remove_file(&list).map_err(Error::file(&list))?;
        }
        let apt = inside.root.join("etc/apt");
        run(command("cp").args(["--archive", "--force", "/etc/apt/."]).arg(&apt))?;
        for folder in ["srv/check/models", "tmp/.X11-unix", "proc", "dev/shm"] {
            make_folder(&inside.root.join(folder))?;
        }
        make_folder(&sockets())?;
        run(inside.command("apt-get").args(["--quiet", "update"]))?;
        Ok(inside)
    }

    fn put(&self, from: &Path, name: &str) -> Result<(), Error> {
        place(from, &self.root.join("srv/check").join(name))
    }

    /// A program in there. Mounts are its own and end with it.
    fn command(&self, program: &str) -> Command {
        let mounts = "mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" \
            && mount --bind \"$1\" \"$0$1\" && shift && exec chroot \"$0\" \"$@\"";
        let mut command = command("unshare");
        command.args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", mounts]);
        command.arg(&self.root).arg(sockets()).arg(program).current_dir("/");
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.env_clear().env("PATH", path).env("HOME", "/root").env("LANG", "C.UTF-8");
        command.env("DEBIAN_FRONTEND", "noninteractive").env("SECURETRANSCRIBE_MODELS_DIR", "/srv/check/models");
        // Its own sandbox needs rights that a folder of its own takes away.
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
        for name in ["http_proxy", "https_proxy", "no_proxy"] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }
}

/// Where X servers have their sockets.
fn sockets() -> PathBuf {
    Path::new("/").join("tmp").join(".X11-unix")
}

/// A program that ends with this.
struct Running {
    child: Child,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self, Error> {
        let child = command.spawn().map_err(|source| start(command, source))?;
        Ok(Self { child })
    }

    fn wait_until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), Error> {
        let begin = Instant::now();
        while !is_so() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(wrong(format!("it ended ({status})"), what));
            }
            if begin.elapsed() > WINDOW {
                return Err(wrong("it did not come".into(), what));
            }
            thread::sleep(Duration::from_millis(250));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wrong(reason: String, what: &str) -> Error {
    Error::Unreadable { what: what.to_owned(), reason }
}
