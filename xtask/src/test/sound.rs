//! A sound server for the tests that play and record: one of our own, with a loudspeaker and a microphone that are not
//! there, so that no test depends on this computer's devices or is heard by anybody.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use crate::error::Error;
use crate::shell::{command, start};

/// A running server; it ends when this is dropped.
pub struct SoundServer {
    server: Child,
    folder: PathBuf,
}

impl SoundServer {
    /// Starts one and waits until it answers.
    pub fn start() -> Result<Self, Error> {
        let folder = env::temp_dir().join(format!("securetranscribe-sound-{}", process::id()));
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let socket = format!("module-native-protocol-unix auth-anonymous=1 socket={}", folder.join("socket").display());
        let mut pulse = command("pulseaudio");
        pulse.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]);
        // On a busy machine it would take itself for a program that has run wild, and end in the middle of a test.
        pulse.arg("--no-cpu-limit=yes");
        // Clients that are killed while they share memory with it can end it (memblock_replace_import, 16.1).
        pulse.arg("--disable-shm=yes");
        pulse.args(["-L", &socket, "-L", "module-null-sink sink_name=nobody rate=48000 channels=2"]);
        for (name, value) in Self::folders(&folder) {
            pulse.env(name, value);
        }
        // It warns where root runs it, which is what containers do.
        pulse.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = pulse.spawn().map_err(|source| start(&pulse, source))?;
        let running = Self { server, folder };
        let begin = Instant::now();
        let mut ask = command("pactl");
        ask.arg("info").stdout(Stdio::null()).stderr(Stdio::null());
        running.lend(&mut ask);
        while !ask.status().is_ok_and(|status| status.success()) {
            if begin.elapsed() > Duration::from_secs(10) {
                return Err(Error::Missing { what: "A sound server that starts (pulseaudio)".into() });
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(running)
    }

    /// Lets a program play and record here.
    pub fn lend(&self, command: &mut Command) {
        command.env("PULSE_SERVER", format!("unix:{}", self.folder.join("socket").display()));
        command.env("PULSE_COOKIE", self.folder.join("cookie"));
    }

    fn folders(folder: &std::path::Path) -> [(&'static str, OsString); 4] {
        let at = |name| folder.join(name).into_os_string();
        [
            ("PULSE_RUNTIME_PATH", at("run")),
            ("PULSE_STATE_PATH", at("state")),
            ("PULSE_CONFIG_PATH", at("config")),
            ("PULSE_COOKIE", at("cookie")),
        ]
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        // It may have ended by itself, and what stays in the folder for temporary files does no harm.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
