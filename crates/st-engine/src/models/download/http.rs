//! The connection: asks for a file from some byte on, reads the answer, and says in plain words what went wrong.

use std::io::{self, Read};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, BodyReader, Error, Proxy};

use super::{DownloadOptions, Order, Route};
use crate::models::error::ModelsError;

/// How long a wish to cancel may go unseen.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Publishers send downloads on to a server near by, once or twice.
const MAX_REDIRECTS: u32 = 5;
/// A server that takes longer to be found or reached is not reached. Cancelling waits this long at the most.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a connection did not bring the rest of the file.
#[derive(Debug)]
pub enum Trouble {
    /// It broke; another try may go on from where it was.
    Broken(String),
    /// Another try would end the same way; what has come stays.
    Stopped(String),
    /// The server has no such file, or something else under its name.
    Refused(String),
    /// The server cannot go on from the bytes that are here.
    StartOver,
    /// What came cannot be written down.
    Disk(ModelsError),
}

/// An answer that holds the file, or the rest of it.
pub struct Answer {
    /// The bytes.
    pub body: BodyReader<'static>,
    /// Whether they begin at the file's first byte.
    pub whole: bool,
    /// The server's name for this version of the file.
    pub tag: Option<String>,
}

/// A way to the server that ends when people cancel.
pub struct Line<'a> {
    agent: Agent,
    order: &'a Order,
}

/// Opens a way to the server for the time of `work`, and closes it as soon as `cancelled` says so, even in the middle
/// of a read.
pub fn with_line<T>(
    order: &Order,
    options: &DownloadOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
    work: impl FnOnce(&Line<'_>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut config = Agent::config_builder()
        .https_only(order.url.starts_with("https://"))
        .max_redirects(MAX_REDIRECTS)
        .max_redirects_will_error(true)
        .http_status_as_error(false)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(options.stall))
        .timeout_per_write(Some(options.stall))
        .user_agent(concat!("securetranscribe/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity");
    // Without a word about a proxy, ureq asks the environment.
    config = match &options.route {
        Route::System => config,
        Route::Direct => config.proxy(None),
        Route::Proxy(address) => match Proxy::new(address) {
            Ok(proxy) => config.proxy(Some(proxy)),
            Err(error) => return Err(trouble(error)),
        },
    };
    let agent = config.build().new_agent();
    let (finished, watched) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watcher = agent.clone();
        scope.spawn(move || {
            while watched.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                if cancelled() {
                    watcher.shutdown();
                    return;
                }
            }
        });
        let done = work(&Line { agent, order });
        drop(finished);
        done
    })
}

impl Line<'_> {
    /// Asks for the file from a byte on. `tag` is the version that the bytes before it are of.
    pub fn ask(&self, from: u64, tag: Option<&str>) -> Result<Answer, Trouble> {
        let mut request = self.agent.get(&self.order.url);
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
            // A weak tag is no promise that the bytes are the same.
            if let Some(tag) = tag.filter(|tag| !tag.starts_with("W/")) {
                request = request.header(header::IF_RANGE, tag);
            }
        }
        let answer = request.call().map_err(trouble)?;
        let (parts, body) = answer.into_parts();
        let whole = match parts.status {
            StatusCode::OK => true,
            StatusCode::PARTIAL_CONTENT if from > 0 => false,
            StatusCode::RANGE_NOT_SATISFIABLE => return Err(Trouble::StartOver),
            status => return Err(refusal(status)),
        };
        if text(&parts.headers, &header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
            let why = "a web page came in place of the model, as in networks that ask for a sign-in first";
            return Err(Trouble::Refused(why.into()));
        }
        let total = if whole {
            text(&parts.headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok())
        } else {
            match text(&parts.headers, &header::CONTENT_RANGE).and_then(range) {
                Some((start, total)) if start == from => total,
                _ => return Err(Trouble::StartOver),
            }
        };
        if total.is_some_and(|total| total != self.order.bytes) {
            let found = total.unwrap_or_default();
            let why = format!("the server has a file of {found} bytes there, the model has {}", self.order.bytes);
            return Err(Trouble::Refused(why));
        }
        let tag = text(&parts.headers, &header::ETAG).map(str::to_owned);
        Ok(Answer { body: body.into_with_config().limit(u64::MAX).reader(), whole, tag })
    }

    /// Reads some bytes; none at the end.
    pub fn read(&self, body: &mut BodyReader<'static>, buffer: &mut [u8]) -> Result<usize, Trouble> {
        loop {
            match body.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| trouble(error.into())),
            }
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Start and total of `bytes 100-999/1000`; the total may be unknown.
fn range(value: &str) -> Option<(u64, Option<u64>)> {
    let (span, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let start = span.split_once('-')?.0.trim().parse().ok()?;
    Some((start, total.trim().parse().ok()))
}

fn refusal(status: StatusCode) -> Trouble {
    let code = status.as_u16();
    match code {
        429 => Trouble::Broken("the server asks to come back later".into()),
        500..=599 | 408 => Trouble::Broken(format!("the server is out of order ({code})")),
        407 => Trouble::Stopped("the proxy asks for a name and a password".into()),
        401 | 403 => Trouble::Refused(format!("the server does not give it to everybody ({code})")),
        404 | 410 => Trouble::Refused(format!("the server no longer has it ({code})")),
        _ => Trouble::Refused(format!("the server does not answer as servers do ({code})")),
    }
}

fn trouble(error: Error) -> Trouble {
    let broken = |why: &str| Trouble::Broken(why.into());
    match error {
        Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) | Error::ConnectionFailed => {
            broken("the server cannot be reached")
        }
        Error::Timeout(_) | Error::BodyStalled => broken("the server fell silent"),
        Error::HostNotFound => broken("the server cannot be found; is this computer online?"),
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => broken("the server cannot be reached"),
            _ => broken("the connection broke off"),
        },
        Error::Protocol(_) => broken("the connection broke off"),
        Error::TooManyRedirects | Error::RedirectFailed => {
            Trouble::Refused("the server sends from one address to the next without end".into())
        }
        Error::RequireHttpsOnly(_) => Trouble::Refused("the server sends on to an address without encryption".into()),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
            Trouble::Stopped("the proxy does not let it through".into())
        }
        Error::Tls(_) | Error::Rustls(_) => {
            Trouble::Stopped("the server cannot prove who it is; a proxy or a wrong clock can cause that".into())
        }
        other => Trouble::Stopped(format!("the connection failed ({other})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(range("bytes 100-999/1000"), Some((100, Some(1000))));
        assert_eq!(range("bytes 100-999/*"), Some((100, None)));
        assert_eq!(range("items 1-2/3"), None);
        assert_eq!(range("bytes */1000"), None);
    }
}
