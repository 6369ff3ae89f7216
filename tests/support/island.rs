//! An island: a network of a test's own, where every address of the internet leads to the test itself. What would go to a
//! router, a metadata service or somebody's server goes to a [`Shore`], which counts; names are asked of a [`NameServer`].
//!
//! The island is this test binary again, told to run one test alone within namespaces of network and mounts.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{IpAddr, TcpListener, TcpStream, UdpSocket},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

/// Tells the process that it is on an island.
const MARK: &str = "MARSAD_TEST_ISLAND";

/// Every address is local, and names are asked of 127.0.0.1 alone.
const SETTLE: &str = r#"set -eu
ip link set lo up
ip route add local default dev lo
ip -6 route add local default dev lo
printf 'nameserver 127.0.0.1\nsearch .\noptions timeout:2 attempts:2\n' >"$1/resolv.conf"
printf 'hosts: files dns\n' >"$1/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$1/hosts"
for file in resolv.conf nsswitch.conf hosts; do
  mount --bind "$1/$file" "/etc/$file"
done
exec "$2" --exact "$3" --ignored --nocapture --test-threads=1
"#;

/// Runs an ignored test of this binary on an island; gives what it printed.
#[track_caller]
pub fn visit(test: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--net", "--mount", "sh", "-c", SETTLE, "island"]).arg(folder.path()).arg(std::env::current_exe().unwrap()).arg(test);
    let output = command.env(MARK, "1").output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "an island takes root or user namespaces, unshare and ip (iproute2):\n{told}");
    assert!(told.contains("1 passed"), "{told}");
    told
}

/// Whether this process is on an island; elsewhere the half of a test that belongs there does nothing.
pub fn is_here() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Listens on a port of every address there is, and counts who came to which. It answers one request a connection, as
/// `answer` says for its path and query, with whole bytes.
pub struct Shore {
    pub port: u16,
    reached: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

impl Shore {
    /// Lands at `port`, 0 for any.
    pub fn at(port: u16, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Shore {
        // It takes IPv4 too.
        let listener = TcpListener::bind(("::", port)).unwrap();
        let (port, reached, answer) = (listener.local_addr().unwrap().port(), Arc::<Mutex<BTreeMap<_, _>>>::default(), Arc::new(answer));
        let log = reached.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                *log.lock().unwrap().entry(stream.local_addr().unwrap().ip().to_canonical()).or_default() += 1;
                let answer = answer.clone();
                std::thread::spawn(move || serve(stream, |path| answer(path)));
            }
        });
        Shore { port, reached }
    }

    /// How often each address was reached, connections counted when they are made.
    pub fn reached(&self) -> BTreeMap<IpAddr, usize> {
        self.reached.lock().unwrap().clone()
    }

    /// Connections so far.
    pub fn accepts(&self) -> usize {
        self.reached().values().sum()
    }
}

fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Vec<u8>) -> Option<()> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).ok()? {
            0 => return None,
            n => head.extend_from_slice(&piece[..n]),
        }
    }
    let first = String::from_utf8_lossy(&head).lines().next()?.to_owned();
    stream.write_all(&answer(first.split(' ').nth(1)?)).ok()
}

/// A name server (RFC 1035) on 127.0.0.1 that says of each name what the test wants.
pub struct NameServer {
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// Answers with the addresses that `say` gives for a name; the number tells which of the questions for addresses of
    /// IPv4 it is, counted from 1.
    pub fn start(say: impl Fn(&str, usize) -> Vec<IpAddr> + Send + 'static) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (log, turns) = (asked.clone(), AtomicUsize::new(0));
        std::thread::spawn(move || {
            let mut question = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                let Some((name, kind, end)) = read(&question[..length]) else { continue };
                log.lock().unwrap().push(name.clone());
                let turn = if kind == A { turns.fetch_add(1, SeqCst) + 1 } else { turns.load(SeqCst) };
                let _ = socket.send_to(&reply(&question[..end], kind, &say(&name, turn)), from);
            }
        });
        NameServer { asked }
    }

    /// The names that were asked for, each question by itself.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

const A: u16 = 1;
const AAAA: u16 = 28;

/// The name that is asked for, the type, and where the question ends.
fn read(question: &[u8]) -> Option<(String, u16, usize)> {
    let (mut name, mut at) = (String::new(), 12);
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        name += &String::from_utf8_lossy(question.get(at..at + length)?).to_ascii_lowercase();
        name.push('.');
        at += length;
    }
    let kind = u16::from_be_bytes([*question.get(at)?, *question.get(at + 1)?]);
    Some((name.trim_end_matches('.').to_owned(), kind, at + 4))
}

/// The question again, with the addresses of its type behind it; a name without any is none.
fn reply(question: &[u8], kind: u16, addresses: &[IpAddr]) -> Vec<u8> {
    let fits: Vec<_> = addresses.iter().filter(|address| kind == if address.is_ipv4() { A } else { AAAA }).collect();
    let status = if addresses.is_empty() { 3 } else { 0 };
    let mut out = question.to_vec();
    out[2..4].copy_from_slice(&[0x84, 0x80 | status]);
    out[4..12].copy_from_slice(&[0, 1, 0, fits.len() as u8, 0, 0, 0, 0]);
    for address in fits {
        // The name of the question; its type; class IN; for no time at all.
        out.extend_from_slice(&[0xc0, 12, 0, kind as u8, 0, 1, 0, 0, 0, 0]);
        match address {
            IpAddr::V4(v4) => out.extend([&[0, 4], &v4.octets()[..]].concat()),
            IpAddr::V6(v6) => out.extend([&[0, 16], &v6.octets()[..]].concat()),
        }
    }
    out
}
