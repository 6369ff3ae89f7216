//! A web server for the demo: GET of a handful of pages on loopback, with `ETag` and 304 (RFC 9110 section 13.1.2). It
//! listens nowhere else, keeps no connection open, and ends when it is dropped.

use sha2::{Digest, Sha256};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The longest request head that is read.
const MAX_HEAD: usize = 16 * 1024;

/// How long one exchange may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    path: &'static str,
    content_type: &'static str,
    etag: String,
    body: Vec<u8>,
}

impl Page {
    /// A page at `path`; its tag is the hash of its body.
    pub fn new(path: &'static str, content_type: &'static str, body: Vec<u8>) -> Page {
        let hash: String = Sha256::digest(&body).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Page { path, content_type, etag: format!("\"{hash}\""), body }
    }
}

/// The server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    pages: Arc<Mutex<Arc<[Page]>>>,
    _listening: JoinSet<()>,
}

impl Server {
    /// Serves `pages` on a port of 127.0.0.1 that the system chooses.
    ///
    /// # Errors
    /// When there is no loopback to listen on.
    pub async fn start(pages: Vec<Page>) -> std::io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let pages = Arc::new(Mutex::new(Arc::from(pages)));
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, pages.clone()));
        Ok(Server { address, pages, _listening: listening })
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves these pages from now on.
    pub fn publish(&self, pages: Vec<Page>) {
        *self.pages.lock().unwrap_or_else(PoisonError::into_inner) = Arc::from(pages);
    }
}

async fn listen(listener: TcpListener, pages: Arc<Mutex<Arc<[Page]>>>) {
    let mut exchanges = JoinSet::new();
    loop {
        tokio::select! {
            // A connection that was gone before it was taken is no matter.
            Ok((stream, _)) = listener.accept() => {
                let pages = pages.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // What fails here fails on the other side too, and is told there.
                exchanges.spawn(async move { drop(tokio::time::timeout(DEADLINE, serve(stream, &pages)).await) });
            }
            Some(_) = exchanges.join_next() => {}
            else => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn serve(mut stream: TcpStream, pages: &[Page]) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(&answer(&String::from_utf8_lossy(&head), pages)).await?;
    stream.shutdown().await
}

/// The whole answer to a request's head.
fn answer(head: &str, pages: &[Page]) -> Vec<u8> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let page = pages.iter().find(|page| method == "GET" && page.path == target);
    let tag = lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("if-none-match"));
    match page {
        None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        Some(page) if tag.is_some_and(|(_, tag)| tag.trim() == page.etag) => {
            format!("HTTP/1.1 304 Not Modified\r\nETag: {}\r\nConnection: close\r\n\r\n", page.etag).into_bytes()
        }
        Some(Page { content_type, etag, body, .. }) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nETag: {etag}\r\nConnection: close\r\n\r\n"
            );
            [head.into_bytes(), body.clone()].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_is_answered_without_a_body() {
        let pages = [Page::new("/a", "text/xml", b"body".to_vec())];
        let ask = |head: &str| String::from_utf8(answer(head, &pages)).unwrap();
        let whole = ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(whole.starts_with("HTTP/1.1 200") && whole.ends_with("\r\n\r\nbody"), "{whole}");
        let again = ask(&format!("GET /a HTTP/1.1\r\nif-none-match: {}\r\n\r\n", pages[0].etag));
        assert!(again.starts_with("HTTP/1.1 304") && again.ends_with("\r\n\r\n"), "{again}");
        assert!(ask("GET /b HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        assert!(ask("POST /a HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    }
}
