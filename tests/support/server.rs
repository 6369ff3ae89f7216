//! A scripted HTTP server on loopback over raw sockets: each request goes to a closure, whose [`Reply`] says what to put
//! on the wire, from a polite answer to a stall, a drip or a reset. It records all that was asked. It runs on a thread
//! of its own, so async and plain tests use it alike, and it ends with its value.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    time::sleep,
};

/// Where nobody listens. A port that the system gave and took back may be another test's a moment later; it never gives this one.
pub const NOBODY: &str = "127.0.0.1:1";

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields in their order, names in lower case, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, by `Content-Length`.
    pub body: Vec<u8>,
    /// When its head was complete.
    pub at: Instant,
    /// Which connection it came over, counted from 1.
    pub connection: usize,
}

impl Seen {
    /// The first value of a header, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = &self.headers.iter().find(|(n, _)| n == name)?.1;
        Some(String::from_utf8_lossy(value).into_owned())
    }
}

/// What to put on the wire.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer with its length; the connection stays open.
    Answer { status: u16, headers: Vec<(String, Vec<u8>)>, body: Vec<u8> },
    /// These bytes as they are; the connection stays open.
    Raw(Vec<u8>),
    /// These bytes, then an orderly end of the connection.
    Cut(Vec<u8>),
    /// These bytes, then a reset.
    Reset(Vec<u8>),
    /// These bytes, then nothing, with the connection open.
    Stall(Vec<u8>),
    /// These bytes one by one with a pause after each, then as `Cut`.
    Drip(Vec<u8>, Duration),
    /// The first bytes, then the second ones again and again until the client leaves.
    Endless(Vec<u8>, Vec<u8>),
    /// The reply after a while.
    After(Duration, Box<Reply>),
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status: 200, headers: vec![], body: body.into() }
    }

    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self::Answer { status, headers: vec![], body: vec![] }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: impl AsRef<[u8]>) -> Self {
        Self::status(status).header("Location", to)
    }

    /// The same answer with one header more.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.as_ref().to_vec()));
        }
        self
    }
}

#[derive(Default)]
struct Log {
    seen: Mutex<Vec<Seen>>,
    accepts: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// A running server.
pub struct Server {
    addr: SocketAddr,
    log: Arc<Log>,
    runtime: Option<Runtime>,
}

type Handler = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

impl Server {
    /// Starts on a free port of 127.0.0.1.
    pub fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0", handler)
    }

    /// Starts on a loopback address of choice (`127.0.0.2:0`).
    pub fn start_on(addr: &str, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = StdListener::bind(addr).unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let log = Arc::new(Log::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(accept(listener, Arc::new(handler), Arc::clone(&log)));
        Self { addr, log, runtime: Some(runtime) }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.log.seen.lock().unwrap().clone()
    }

    /// Connections accepted so far.
    pub fn accepts(&self) -> usize {
        self.log.accepts.load(SeqCst)
    }

    /// The most requests that were being answered at one time.
    pub fn most_at_once(&self) -> usize {
        self.log.most_at_once.load(SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not by its own drop, which would wait, and panics in an async test.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: StdListener, handler: Handler, log: Arc<Log>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let connection = log.accepts.fetch_add(1, SeqCst) + 1;
        tokio::spawn(serve(stream, connection, Arc::clone(&handler), Arc::clone(&log)));
    }
}

async fn serve(mut stream: TcpStream, connection: usize, handler: Handler, log: Arc<Log>) {
    let mut read = Vec::new();
    while let Some(seen) = next_request(&mut stream, &mut read, connection).await {
        log.seen.lock().unwrap().push(seen.clone());
        let now = log.at_once.fetch_add(1, SeqCst) + 1;
        log.most_at_once.fetch_max(now, SeqCst);
        let stays = put(&mut stream, handler(&seen), &log).await;
        if !stays {
            return;
        }
    }
}

/// Reads one request; `None` when the client has left.
async fn next_request(stream: &mut TcpStream, read: &mut Vec<u8>, connection: usize) -> Option<Seen> {
    let end = loop {
        match read.windows(4).position(|w| w == b"\r\n\r\n") {
            Some(at) => break at + 4,
            None if stream.read_buf(read).await.ok()? == 0 => return None,
            None => {}
        }
    };
    let rest = read.split_off(end);
    let head = std::mem::replace(read, rest);
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty());
    let first = String::from_utf8_lossy(lines.next()?).into_owned();
    let mut words = first.split(' ').map(str::to_owned);
    let headers: Vec<_> = lines.filter_map(header).collect();
    let mut seen = Seen { method: words.next()?, path: words.next()?, headers, body: vec![], at: Instant::now(), connection };
    let length = seen.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while read.len() < length {
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
    let rest = read.split_off(length);
    seen.body = std::mem::replace(read, rest);
    Some(seen)
}

fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|b| *b == b':')?;
    let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
    Some((name, line[colon + 1..].trim_ascii().to_vec()))
}

/// Puts a reply on the wire; says whether the connection stays. The request counts as answered just before its last
/// byte, so that a client that waits for the answer is never counted twice.
async fn put(stream: &mut TcpStream, reply: Reply, log: &Log) -> bool {
    let done = || log.at_once.fetch_sub(1, SeqCst);
    match reply {
        Reply::Answer { status, headers, body } => {
            let bytes = answer(status, &headers, &body);
            done();
            stream.write_all(&bytes).await.is_ok()
        }
        Reply::Raw(bytes) => {
            done();
            stream.write_all(&bytes).await.is_ok()
        }
        Reply::Cut(bytes) => {
            done();
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            false
        }
        Reply::Reset(bytes) => {
            done();
            let _ = stream.write_all(&bytes).await;
            // Let the bytes be read before the reset throws them away.
            sleep(Duration::from_millis(50)).await;
            let _ = stream.set_zero_linger();
            false
        }
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            until_gone(stream).await;
            done();
            false
        }
        Reply::Drip(bytes, pause) => {
            for byte in bytes {
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
                sleep(pause).await;
            }
            done();
            false
        }
        Reply::Endless(first, again) => {
            let mut alive = stream.write_all(&first).await.is_ok();
            while alive {
                alive = stream.write_all(&again).await.is_ok();
            }
            done();
            false
        }
        Reply::After(wait, reply) => {
            sleep(wait).await;
            Box::pin(put(stream, *reply, log)).await
        }
    }
}

async fn until_gone(stream: &mut TcpStream) {
    let mut sink = [0; 1024];
    while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
}

fn answer(status: u16, headers: &[(String, Vec<u8>)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status} As Scripted\r\n").into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    // These two have no body by definition, and a length would promise one.
    if !matches!(status, 204 | 304) {
        out.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}
