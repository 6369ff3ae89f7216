//! A receiver of webhooks on loopback that answers as it was told and keeps what it was sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Request line and header fields, names in lower case.
    pub head: Vec<String>,
    pub body: String,
}

impl Request {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The receiver; it ends with the test's runtime.
pub struct Hook {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Hook {
    /// Answers every request with `head` (a status line and fields, `\n` between), or never when it is empty.
    pub async fn start(head: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, head) = (requests.clone(), head.replace('\n', "\r\n"));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, kept.clone(), head.clone()));
            }
        });
        Hook { address, requests }
    }

    /// What it was sent.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(mut stream: TcpStream, kept: Arc<Mutex<Vec<Request>>>, head: String) {
    let mut bytes = Vec::new();
    let request = loop {
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            return;
        }
        if let Some(request) = whole(&String::from_utf8_lossy(&bytes)) {
            break request;
        }
    };
    kept.lock().unwrap().push(request);
    if head.is_empty() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

fn whole(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let head: Vec<String> = head.lines().map(str::to_owned).collect();
    let request = Request { head, body: body.to_owned() };
    let length: usize = request.header("content-length")?.parse().unwrap();
    (body.len() >= length).then_some(request)
}
