//! Gets a model from its publisher. This module and those below it are the only place in the whole program that opens a
//! network connection, and nothing but models comes through it: no recording, no text, no settings go out.
//!
//! Bytes go into `<file>.part` beside the place of the model, and get the model's name only after their SHA-256 is
//! right. What has come stays when the connection breaks, so that the next try goes on from there.

mod http;
mod part;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ModelsError;
use super::registry::ModelInfo;
use super::store::ModelStore;
use http::{Answer, Line, Trouble};
use part::Part;

/// The way out of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Route {
    /// Through the system's proxy where `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY` names one and `NO_PROXY` does not
    /// except the server.
    #[default]
    System,
    /// Without a proxy, whatever the system says.
    Direct,
    /// Through this proxy: `http://host:port`.
    Proxy(String),
}

/// How models are got.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// Takes files from `<mirror>/<file name>` in place of the publisher; the SHA-256 must be the same.
    pub mirror: Option<String>,
    /// The way out.
    pub route: Route,
    /// A connection that gives nothing for this long has broken.
    pub stall: Duration,
    /// Tries in a row that bring nothing before it is given up.
    pub attempts: u32,
    /// Pause before the second try; doubled before each further one.
    pub pause: Duration,
}

impl Default for DownloadOptions {
    /// Thirty seconds of silence are more than a busy server or a handover between networks needs; five tries with
    /// pauses of 1, 2, 4 and 8 s ride out a short loss of the network.
    fn default() -> Self {
        Self {
            mirror: None,
            route: Route::System,
            stall: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_secs(1),
        }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadProgress {
    /// Bytes that are here.
    pub received: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// How a download ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The whole model is here, checked.
    Done(PathBuf),
    /// It was cancelled; what has come is kept.
    Cancelled,
}

/// What is to be got.
#[derive(Debug, Clone)]
struct Order {
    name: String,
    url: String,
    file: PathBuf,
    bytes: u64,
    sha256: String,
}

impl ModelStore {
    /// Gets a known model into the own folder. A whole file that is there already stays as it is.
    pub fn download(
        &self,
        info: &ModelInfo,
        options: &DownloadOptions,
        cancelled: &(dyn Fn() -> bool + Sync),
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Fetched, ModelsError> {
        let file = self.target(info);
        let url = match &options.mirror {
            Some(mirror) => format!("{}/{}", mirror.trim_end_matches('/'), info.file_name()),
            None => info.url(),
        };
        if let Ok(meta) = std::fs::metadata(&file)
            && info.may_be(meta.len())
            && info.is(meta.len(), &super::verify::sha256(&file)?)
        {
            return Ok(Fetched::Done(file));
        }
        let order = Order { name: info.name.into(), url, file, bytes: info.bytes, sha256: info.sha256.into() };
        fetch(&order, options, cancelled, progress)
    }

    fn target(&self, info: &ModelInfo) -> PathBuf {
        self.own_folder().join(info.file_name())
    }

    /// Bytes of an unfinished download; none where there is none.
    pub fn partial(&self, info: &ModelInfo) -> Option<u64> {
        let meta = std::fs::metadata(beside(&self.target(info), ".part")).ok()?;
        Some(meta.len()).filter(|&length| length > 0)
    }

    /// Throws an unfinished download away.
    pub fn discard_partial(&self, info: &ModelInfo) {
        for ending in [".part", ".part.from"] {
            if let Err(error) = std::fs::remove_file(beside(&self.target(info), ending))
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a part of a download stays behind");
            }
        }
    }
}

/// A byte more than this between two reports of progress: often enough for a bar, rare enough for a terminal.
const REPORT_EVERY: Duration = Duration::from_millis(100);

fn fetch(
    order: &Order,
    options: &DownloadOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Fetched, ModelsError> {
    let mut part = Part::open(order)?;
    part.check_room(order)?;
    let total = order.bytes;
    let mut shown = None;
    let mut show = |received: u64, always: bool| {
        if always || shown.is_none_or(|last: Instant| last.elapsed() >= REPORT_EVERY) {
            shown = Some(Instant::now());
            progress(DownloadProgress { received, total });
        }
    };
    show(part.length(), true);
    let mut resumed = part.length() > 0;
    let mut failures = 0;
    loop {
        if cancelled() {
            return Ok(Fetched::Cancelled);
        }
        let before = part.length();
        let trouble = if before == total {
            None
        } else {
            http::with_line(order, options, cancelled, |line| attempt(line, order, &mut part, &mut show)).err()
        };
        match trouble {
            None if part.sha256() == order.sha256 => break,
            // Part of it came another day, perhaps from another version of the file: from the start, once.
            None if resumed => {
                resumed = false;
                part.clear(order)?;
            }
            None => {
                let found = part.sha256();
                part.discard(order)?;
                return Err(ModelsError::Mismatch { name: order.name.clone(), found });
            }
            Some(_) if cancelled() => return Ok(Fetched::Cancelled),
            Some(Trouble::Broken(reason)) => {
                failures = if part.length() > before { 1 } else { failures + 1 };
                if failures >= options.attempts {
                    return Err(ModelsError::Interrupted { name: order.name.clone(), reason, received: part.length() });
                }
                tracing::debug!(name = order.name, %reason, received = part.length(), "a download goes on after a pause");
                if !wait(options.pause * 2_u32.pow((failures - 1).min(6)), cancelled) {
                    return Ok(Fetched::Cancelled);
                }
            }
            Some(Trouble::Stopped(reason)) => {
                return Err(ModelsError::Interrupted { name: order.name.clone(), reason, received: part.length() });
            }
            Some(Trouble::Refused(reason)) => {
                part.discard(order)?;
                return Err(ModelsError::Refused { name: order.name.clone(), reason });
            }
            Some(Trouble::StartOver) if before == 0 => {
                part.discard(order)?;
                let reason = "the server does not answer as servers do".into();
                return Err(ModelsError::Refused { name: order.name.clone(), reason });
            }
            Some(Trouble::StartOver) => {
                resumed = false;
                part.clear(order)?;
            }
            Some(Trouble::Disk(error)) => return Err(error),
        }
    }
    show(total, true);
    part.finish(order)?;
    Ok(Fetched::Done(order.file.clone()))
}

/// One connection: asks for what lacks and takes what comes.
fn attempt(line: &Line<'_>, order: &Order, part: &mut Part, show: &mut dyn FnMut(u64, bool)) -> Result<(), Trouble> {
    let Answer { mut body, whole, tag } = line.ask(part.length(), part.tag())?;
    if whole && part.length() > 0 {
        part.clear(order).map_err(Trouble::Disk)?;
    }
    part.set_tag(order, tag).map_err(Trouble::Disk)?;
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = line.read(&mut body, &mut buffer)?;
        if count == 0 {
            break;
        }
        if part.length() + count as u64 > order.bytes {
            return Err(Trouble::Refused("the server sends more than the model has".into()));
        }
        part.write(order, &buffer[..count]).map_err(Trouble::Disk)?;
        show(part.length(), false);
    }
    if part.length() < order.bytes {
        return Err(Trouble::Broken("the connection broke off".into()));
    }
    Ok(())
}

/// Waits unless cancelled before or meanwhile; says whether it waited to the end.
fn wait(pause: Duration, cancelled: &(dyn Fn() -> bool + Sync)) -> bool {
    let end = Instant::now() + pause;
    while !cancelled() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(http::LOOK_EVERY));
    }
    false
}

/// The name of a file with something after it.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    file.with_file_name(name)
}
