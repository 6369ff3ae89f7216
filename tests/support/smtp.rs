//! A mail server on loopback that speaks enough SMTP (RFC 5321, with STARTTLS, AUTH PLAIN and LOGIN) for a real client, and
//! keeps what it was handed, envelope and letter. It can say no at any command, hang, and cut.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// A letter as it was handed over.
#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub letter: Vec<u8>,
    /// Who had logged in, with which password.
    pub login: Option<(String, String)>,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// What the server does at a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Answers with this line instead of its own.
    Say(&'static str),
    /// Answers nothing any more.
    Hang,
    /// Ends the connection.
    Cut,
}

#[derive(Default)]
struct State {
    /// What to do at a command, once each, in order.
    script: Vec<(&'static str, Act)>,
    received: Vec<Received>,
}

/// The server; it ends with the test's runtime.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Smtp {
    /// A server that offers STARTTLS and a login. At each command of the script (`HELLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// `END`, or `RCPT` with an address) it does as told, once each.
    pub async fn start(script: &[(&'static str, Act)]) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { script: script.to_vec(), received: Vec::new() }));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(greet(stream, shared.clone()));
            }
        });
        Smtp { address, state }
    }

    /// Everything that was handed over and accepted.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }
}

async fn greet(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let _ = stream.write_all(b"220 localhost ESMTP for tests\r\n").await;
    let mut plain = Session { stream: BufReader::new(stream), state, tls: false, login: None, from: String::new(), to: Vec::new() };
    if plain.serve().await == Next::StartTls {
        let stream = plain.stream.into_inner();
        let Ok(stream) = acceptor().accept(stream).await else { return };
        let mut secret =
            Session { stream: BufReader::new(stream), state: plain.state, tls: true, login: None, from: String::new(), to: Vec::new() };
        secret.serve().await;
    }
}

fn acceptor() -> TlsAcceptor {
    let cert = include_bytes!("../fixtures/tls/cert.der").to_vec().into();
    let key = PrivateKeyDer::Pkcs8(include_bytes!("../fixtures/tls/key.der").to_vec().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(vec![cert], key).unwrap()))
}

#[derive(PartialEq, Eq)]
enum Next {
    StartTls,
    End,
}

struct Session<S> {
    stream: BufReader<S>,
    state: Arc<Mutex<State>>,
    tls: bool,
    login: Option<(String, String)>,
    from: String,
    to: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    async fn serve(&mut self) -> Next {
        while let Some(line) = self.line().await {
            let upper = line.to_ascii_uppercase();
            let command = match upper.get(..4).unwrap_or("") {
                "EHLO" | "HELO" => "HELLO",
                "STAR" => {
                    self.say("220 go ahead").await;
                    return Next::StartTls;
                }
                "QUIT" => {
                    self.say("221 bye").await;
                    return Next::End;
                }
                "AUTH" => "AUTH",
                "MAIL" => "MAIL",
                "RCPT" => "RCPT",
                "DATA" => "DATA",
                _ => "",
            };
            let to = format!("{command} {}", path(&line));
            if !self.acted(command).await && !self.acted(&to).await {
                match command {
                    "HELLO" => self.hello().await,
                    "AUTH" => self.auth(&line).await,
                    "MAIL" => {
                        (self.from, self.to) = (path(&line), Vec::new());
                        self.say("250 ok").await;
                    }
                    "RCPT" => {
                        self.to.push(path(&line));
                        self.say("250 ok").await;
                    }
                    "DATA" => self.data().await,
                    _ => self.say("250 ok").await,
                }
            }
        }
        Next::End
    }

    /// Does what the script says at this command, if it does.
    async fn acted(&mut self, command: &str) -> bool {
        let act = {
            let mut state = self.state.lock().unwrap();
            let at = state.script.iter().position(|(name, _)| *name == command);
            at.map(|at| state.script.remove(at).1)
        };
        match act {
            None => false,
            Some(Act::Say(line)) => {
                self.say(line).await;
                true
            }
            Some(Act::Hang) => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                true
            }
            Some(Act::Cut) => {
                let _ = self.stream.shutdown().await;
                true
            }
        }
    }

    async fn hello(&mut self) {
        let offer = if self.tls {
            "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN"
        } else {
            "250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS"
        };
        self.say(offer).await;
    }

    async fn auth(&mut self, line: &str) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let text = |encoded: &str| String::from_utf8(STANDARD.decode(encoded.trim()).unwrap()).unwrap();
        let mut words = line.split(' ').skip(1);
        if words.next() == Some("PLAIN") {
            let given = text(words.next().unwrap_or(""));
            let mut parts = given.split('\0').skip(1).map(str::to_owned);
            self.login = Some((parts.next().unwrap(), parts.next().unwrap()));
        } else {
            self.say("334 VXNlcm5hbWU6").await;
            let user = text(&self.line().await.unwrap());
            self.say("334 UGFzc3dvcmQ6").await;
            self.login = Some((user, text(&self.line().await.unwrap())));
        }
        self.say("235 welcome").await;
    }

    async fn data(&mut self) {
        self.say("354 go on").await;
        let mut letter = Vec::new();
        loop {
            let Some(line) = self.line().await else { return };
            match line.strip_prefix('.') {
                Some("") => break,
                Some(stuffed) => letter.extend_from_slice(stuffed.as_bytes()),
                None => letter.extend_from_slice(line.as_bytes()),
            }
            letter.extend_from_slice(b"\r\n");
        }
        if !self.acted("END").await {
            let received = Received { from: self.from.clone(), to: self.to.clone(), letter, login: self.login.clone(), tls: self.tls };
            self.state.lock().unwrap().received.push(received);
            self.say("250 kept").await;
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        if self.stream.read_until(b'\n', &mut bytes).await.ok()? == 0 {
            return None;
        }
        assert!(bytes.ends_with(b"\r\n"), "a bare line end: {bytes:?}");
        bytes.truncate(bytes.len() - 2);
        Some(String::from_utf8(bytes).unwrap())
    }

    async fn say(&mut self, line: &str) {
        let _ = self.stream.write_all(format!("{line}\r\n").as_bytes()).await;
        let _ = self.stream.flush().await;
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}
