//! Against a server on this machine that breaks off, lies and falls silent.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::models::registry;

/// What the server does with one connection.
#[derive(Debug, Clone)]
enum Act {
    /// Serves as it should, ranges included.
    Serve,
    /// Serves, and breaks off after this many bytes of the body.
    BreakOff(usize),
    /// Serves, and falls silent after this many bytes of the body.
    Stall(usize),
    /// Serves the whole file whatever range is asked for.
    IgnoreRange,
    /// Answers with these lines and this body.
    Say(&'static str, &'static [u8]),
    /// Serves other bytes of the same length.
    Lie,
    /// Claims another range than asked for.
    WrongRange,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Serves `content`; each connection takes the next act, the last one stays.
fn server(content: &[u8], acts: &[Act]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/ggml-tiny.bin", listener.local_addr().expect("bound"));
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (content, seen) = (content.to_vec(), Arc::clone(&requests));
    let mut acts: VecDeque<Act> = acts.iter().cloned().collect();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let act = if acts.len() > 1 { acts.pop_front() } else { acts.front().cloned() };
            let (content, seen) = (content.clone(), Arc::clone(&seen));
            // A client that hangs up is no fault of the server.
            thread::spawn(move || drop(serve(stream, &content, &act.expect("an act"), &seen)));
        }
    });
    Server { url, requests }
}

fn serve(mut stream: TcpStream, content: &[u8], act: &Act, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while reader.read_line(&mut head)? > 2 {}
    let asked =
        head.to_lowercase().lines().find_map(|l| l.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let matching = !head.to_lowercase().contains("if-range:") || head.contains("\"v1\"");
    seen.lock().expect("not poisoned").push(head);
    let total = content.len();
    let from = match act {
        Act::IgnoreRange => 0,
        _ => asked.filter(|_| matching).unwrap_or(0),
    };
    if let Act::Say(head, body) = act {
        write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())?;
        return stream.write_all(body);
    }
    if from > total {
        return write!(stream, "HTTP/1.1 416 Range Not Satisfiable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
    let mut rest = content[from..].to_vec();
    let shown = if matches!(act, Act::WrongRange) { from / 2 } else { from };
    let status = if from > 0 {
        format!("206 Partial Content\r\nContent-Range: bytes {shown}-{}/{total}", total - 1)
    } else {
        "200 OK".into()
    };
    write!(stream, "HTTP/1.1 {status}\r\nETag: \"v1\"\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", rest.len())?;
    match act {
        Act::BreakOff(after) => stream.write_all(&rest[..(*after).min(rest.len())]),
        Act::Stall(after) => {
            stream.write_all(&rest[..(*after).min(rest.len())])?;
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        Act::Lie => {
            rest.iter_mut().for_each(|byte| *byte ^= 1);
            stream.write_all(&rest)
        }
        _ => stream.write_all(&rest),
    }
}

/// Bytes that differ from place to place.
fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

struct Setup {
    dir: tempfile::TempDir,
    order: Order,
    server: Server,
}

fn setup(acts: &[Act]) -> Setup {
    let content = content();
    let dir = tempfile::tempdir().expect("a folder");
    let server = server(&content, acts);
    let sha256 = {
        use sha2::Digest;
        crate::models::verify::hex(sha2::Sha256::new_with_prefix(&content))
    };
    let order = Order {
        name: "tiny".into(),
        url: server.url.clone(),
        file: dir.path().join("models/ggml-tiny.bin"),
        bytes: content.len() as u64,
        sha256,
    };
    Setup { dir, order, server }
}

impl Setup {
    fn fetch(&self) -> Result<Fetched, ModelsError> {
        let options = DownloadOptions {
            mirror: None,
            route: Route::Direct,
            stall: Duration::from_millis(300),
            attempts: 3,
            pause: Duration::from_millis(1),
        };
        fetch(&self.order, &options, &|| false, &mut |_| {})
    }

    /// Leaves what an earlier run would have left.
    fn part(&self, bytes: &[u8], tag: &str) {
        fs::create_dir_all(self.order.file.parent().expect("a folder")).expect("made");
        fs::write(beside(&self.order.file, ".part"), bytes).expect("written");
        fs::write(beside(&self.order.file, ".part.from"), format!("{}\n{tag}\n", self.order.url)).expect("written");
    }

    #[track_caller]
    fn done(&self) {
        assert_eq!(self.fetch().expect("done"), Fetched::Done(self.order.file.clone()));
        assert_eq!(fs::read(&self.order.file).expect("there"), content());
        let left: Vec<_> = fs::read_dir(self.dir.path().join("models")).expect("there").collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[track_caller]
    fn refused(&self, word: &str) {
        let error = self.fetch().expect_err("refused");
        assert!(error.to_string().contains(word), "{error}");
        assert!(!self.order.file.exists() && !beside(&self.order.file, ".part").exists());
    }

    fn requests(&self) -> Vec<String> {
        self.server.requests.lock().expect("not poisoned").clone()
    }
}

#[test]
fn a_model_comes_and_gets_its_name() {
    let setup = setup(&[Act::Serve]);
    let mut seen = Vec::new();
    let options = DownloadOptions { route: Route::Direct, ..DownloadOptions::default() };
    let done = fetch(&setup.order, &options, &|| false, &mut |p| seen.push(p)).expect("done");
    assert_eq!(done, Fetched::Done(setup.order.file.clone()));
    assert_eq!(seen.first().map(|p| p.received), Some(0));
    assert_eq!(seen.last().copied(), Some(DownloadProgress { received: setup.order.bytes, total: setup.order.bytes }));
}

#[test]
fn it_goes_on_where_the_connection_broke() {
    let setup = setup(&[Act::BreakOff(400_000), Act::BreakOff(500_000), Act::Serve]);
    setup.done();
    let requests = setup.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].to_lowercase().contains("range: bytes=400000-"), "{}", requests[1]);
    assert!(requests[1].contains("\"v1\""), "asks for the same version: {}", requests[1]);
    assert!(requests[2].to_lowercase().contains("range: bytes=900000-"), "{}", requests[2]);
}

#[test]
fn a_later_run_goes_on_too() {
    let setup = setup(&[Act::BreakOff(400_000), Act::Say("503 Busy", b""), Act::Say("503 Busy", b""), Act::Serve]);
    let error = setup.fetch().expect_err("given up");
    assert!(matches!(error, ModelsError::Interrupted { received: 400_000, .. }), "{error}");
    assert!(error.to_string().contains("1 MB are kept"), "{error}");
    setup.done();
    assert!(setup.requests()[3].to_lowercase().contains("range: bytes=400000-"));
}

#[test]
fn silence_counts_as_a_break() {
    let setup = setup(&[Act::Stall(100_000), Act::Serve]);
    setup.done();
    assert_eq!(setup.requests().len(), 2);
    let silent = self::setup(&[Act::Stall(0)]);
    let error = silent.fetch().expect_err("given up");
    assert!(error.to_string().contains("fell silent"), "{error}");
}

#[test]
fn a_server_without_ranges_starts_again() {
    setup(&[Act::BreakOff(400_000), Act::IgnoreRange]).done();
    setup(&[Act::BreakOff(400_000), Act::WrongRange, Act::Serve]).done();
}

#[test]
fn a_new_version_on_the_server_starts_again() {
    let setup = setup(&[Act::Serve]);
    setup.part(&[7; 1000], "\"v0\"");
    setup.done();
}

#[test]
fn a_part_that_does_not_fit_starts_again() {
    // Same address, no tag, wrong bytes: only the hash shows it.
    let setup = setup(&[Act::Serve]);
    setup.part(&[7; 1000], "");
    setup.done();
    assert_eq!(setup.requests().len(), 2);
    // Longer than the model.
    let long = self::setup(&[Act::Serve]);
    long.part(&vec![7; 2_000_000], "");
    long.done();
    // From another address.
    let other = self::setup(&[Act::Serve]);
    other.part(&[7; 1000], "");
    fs::write(beside(&other.order.file, ".part.from"), "http://elsewhere/\n").expect("written");
    other.done();
    assert_eq!(other.requests().len(), 1);
}

#[test]
fn a_part_that_is_whole_needs_no_server() {
    let setup = setup(&[Act::Say("500 No", b"")]);
    setup.part(&content(), "\"v1\"");
    setup.done();
    assert!(setup.requests().is_empty());
}

#[test]
fn wrong_content_is_thrown_away() {
    let setup = setup(&[Act::Lie]);
    let error = setup.fetch().expect_err("refused");
    assert!(matches!(error, ModelsError::Mismatch { .. }), "{error}");
    assert!(!setup.order.file.exists() && !beside(&setup.order.file, ".part").exists());
}

#[test]
fn answers_that_are_no_model_are_refused() {
    setup(&[Act::Say("404 Not Found", b"gone")]).refused("no longer has it");
    setup(&[Act::Say("403 Forbidden", b"")]).refused("not give it to everybody");
    setup(&[Act::Say("200 OK\r\nContent-Type: text/html", b"<html>Sign in</html>")]).refused("web page");
    setup(&[Act::Say("200 OK", b"short")]).refused("5 bytes");
    setup(&[Act::Say("416 Range Not Satisfiable", b"")]).refused("as servers do");
    setup(&[Act::Say("302 Found\r\nLocation: /again", b"")]).refused("without end");
}

#[test]
fn a_range_that_the_server_cannot_give_starts_again() {
    let setup = setup(&[Act::Say("416 Range Not Satisfiable", b""), Act::Serve]);
    setup.part(&[7; 1000], "\"v1\"");
    setup.done();
}

#[test]
fn nobody_there_is_said_plainly() {
    let mut setup = setup(&[Act::Serve]);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    setup.order.url = format!("http://{free}/x");
    let error = setup.fetch().expect_err("nobody");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[test]
fn cancelling_ends_a_silent_connection_at_once_and_keeps_what_came() {
    let setup = setup(&[Act::Stall(100_000)]);
    let part = beside(&setup.order.file, ".part");
    let came = || fs::metadata(&part).is_ok_and(|meta| meta.len() > 0);
    let options = DownloadOptions { route: Route::Direct, ..DownloadOptions::default() };
    let began = Instant::now();
    let done = fetch(&setup.order, &options, &came, &mut |_| {});
    assert_eq!(done.expect("no error"), Fetched::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(20), "it waited for the server: {:?}", began.elapsed());
    assert!(came());
}

#[test]
fn two_programs_do_not_get_the_same_model() {
    let setup = setup(&[Act::Serve]);
    let _first = Part::open(&setup.order).expect("free");
    assert!(matches!(setup.fetch(), Err(ModelsError::Busy { .. })));
}

#[test]
fn too_little_room_is_said_before_anything_comes() {
    let mut setup = setup(&[Act::Serve]);
    setup.order.bytes = u64::MAX / 4;
    assert!(matches!(setup.fetch(), Err(ModelsError::NoRoom { .. })));
    assert!(setup.requests().is_empty());
}

#[test]
fn a_store_takes_known_models_from_a_mirror_and_keeps_whole_ones() {
    let setup = setup(&[Act::Serve]);
    let store = ModelStore::with_folders(setup.dir.path().join("own"), Vec::new());
    let info = registry::by_name("tiny").expect("known");
    let mirror = setup.server.url.trim_end_matches("/ggml-tiny.bin").to_owned();
    let options =
        DownloadOptions { mirror: Some(mirror), route: Route::Direct, attempts: 1, ..DownloadOptions::default() };
    // The local server has other bytes under that name, so they are refused by their length.
    let error = store.download(info, &options, &|| false, &mut |_| {}).expect_err("other bytes");
    assert!(matches!(error, ModelsError::Refused { .. }), "{error}");
    assert!(setup.requests()[0].starts_with("GET /ggml-tiny.bin "), "{}", setup.requests()[0]);
}

#[test]
fn a_proxy_is_asked_and_may_refuse() {
    let setup = setup(&[Act::Serve]);
    let proxy = server(b"", &[Act::Say("407 Proxy Authentication Required", b"")]);
    let address = proxy.url.trim_end_matches("/ggml-tiny.bin").to_owned();
    let options = DownloadOptions { route: Route::Proxy(address), attempts: 1, ..DownloadOptions::default() };
    let error = fetch(&setup.order, &options, &|| false, &mut |_| {}).expect_err("refused");
    assert!(error.to_string().contains("the proxy"), "{error}");
    let asked = proxy.requests.lock().expect("not poisoned").clone();
    let host = setup.order.url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    assert!(asked[0].contains(&host), "{asked:?}");
    assert!(setup.requests().is_empty(), "nothing went past the proxy");
}
