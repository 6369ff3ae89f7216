//! Behind a SOCKS proxy nothing else is spoken to: no name server, no host, not when the proxy fails.

use super::*;
use crate::support::{
    newsroom::{Item, rss},
    server::{Reply, Server},
    socks::socks,
};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
};

#[test]
fn a_feed_behind_tor_speaks_to_its_proxy_alone_and_to_nobody_when_that_is_down() {
    visit("island::proxies::on_an_island_a_feed_behind_tor_speaks_to_its_proxy_alone");
}

/// A config over feeds `name url`, all behind `proxy`.
fn config(feeds: &[(&str, &str)], proxy: &str) -> String {
    let mut text = String::from("[poll]\nhost_gap = '0s'\ntimeout = '5s'\n[alert]\nsinks = ['journal']\n");
    for (name, url) in feeds {
        text += &format!("[[feed]]\nname = '{name}'\nurl = '{url}'\nproxy = '{proxy}'\n");
    }
    text
}

/// A round of marsad; gives how many polls failed, and every system call by which it spoke to the network or opened a file.
pub fn round(folder: &Path, config: &str) -> (u64, Vec<String>) {
    let (file, trace) = (folder.join("marsad.toml"), folder.join("trace"));
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-s", "200", "-e", "trace=open,openat,openat2,connect,sendto,sendmsg,sendmmsg", "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_marsad")).args(["once", "--all", "--json", "--config"]).arg(&file);
    let output = command.arg("--db").arg(folder.join("data/marsad.db")).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let calls = std::fs::read_to_string(&trace).unwrap().lines().filter(|line| line.contains("(")).map(str::to_owned).collect();
    (report["failed"].as_array().unwrap().len() as u64, calls)
}

/// Where it tried to connect to, and whether it sent anything without a connection.
pub fn spoken_to(calls: &[String]) -> BTreeSet<String> {
    let between = |line: &str, from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0.to_owned());
    let address = |line: &String| {
        let host = between(line, "inet_addr(\"", "\"").or_else(|| between(line, "inet_pton(AF_INET6, \"", "\""))?;
        Some(format!("{host}:{}", between(line, "_port=htons(", ")")?))
    };
    calls.iter().filter_map(address).collect()
}

/// A SOCKS server that hears the greeting and hangs up, or answers nonsense.
fn broken(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(answer);
        }
    });
    at
}

#[test]
#[ignore = "one half of a test, which the other half runs on an island"]
fn on_an_island_a_feed_behind_tor_speaks_to_its_proxy_alone() {
    if !is_here() {
        return;
    }
    let names = NameServer::start(|_, _| vec![PUBLIC]);
    // Wherever a feed might be asked beside the proxy.
    let shores = [80, 443].map(|port| Shore::at(port, |_| b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>".to_vec()));
    let document = rss(&[Item { guid: "1", link: "http://news.example/1", title: "Rain in Idlib", text: "It rains." }]);
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/moved" => Reply::redirect(302, "http://elsewhere.example/feed"),
        _ => Reply::ok(document.clone()),
    });
    let feeds = [
        ("a", "http://a.example/feed"),
        ("b", "http://b.example/feed"),
        ("moved", "http://c.example/moved"),
        ("onion", "http://abcdefghijklmnop.onion/feed"),
        ("tls", "https://d.example/feed"),
        ("literal", "http://93.184.216.34/feed"),
    ];
    let (up, asked) = socks(server.addr());
    let down = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let broken = [b"".as_slice(), b"\x05\xff", b"HTTP/1.1 403 Forbidden\r\n\r\n"].map(|answer| (broken(answer), &feeds[..], 6));
    // Where all is well, TLS cannot be spoken with this server, and its test wants names.
    for (proxy, feeds, failures) in [(up, &feeds[..5], 1), (down, &feeds[..], 6)].into_iter().chain(broken) {
        let folder = tempfile::tempdir().unwrap();
        let (failed, calls) = round(folder.path(), &config(feeds, &format!("socks5h://{proxy}")));
        assert_eq!(spoken_to(&calls), [proxy.to_string()].into(), "{calls:#?}");
        assert_eq!(failed, failures, "behind {proxy}");
    }
    assert_eq!((names.asked(), shores[0].accepts(), shores[1].accepts()), (vec![], 0, 0));
    // Each feed is somebody else, wherever it is led; and two feeds never share a name.
    let asked: BTreeSet<(String, String)> = asked.lock().unwrap().iter().cloned().collect();
    let name_for = |host: &str| asked.iter().filter(|(_, asked)| asked == host).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(name_for("c.example"), name_for("elsewhere.example"), "{asked:?}");
    let who: BTreeSet<&String> = asked.iter().map(|(name, _)| name).collect();
    assert_eq!(who.len(), 5, "{asked:?}");
    // The counters count: without a proxy the same feeds ask for names and are reached.
    let folder = tempfile::tempdir().unwrap();
    let bare: Vec<_> = feeds.into_iter().filter(|(name, _)| *name != "onion").collect();
    let (_, calls) = round(folder.path(), &config(&bare, "none"));
    assert!(names.asked().contains(&"a.example".to_owned()) && shores.iter().all(|shore| shore.accepts() > 0), "{calls:#?}");
    assert!(spoken_to(&calls).contains("127.0.0.1:53") && spoken_to(&calls).contains("93.184.216.34:80"), "{calls:#?}");
}
