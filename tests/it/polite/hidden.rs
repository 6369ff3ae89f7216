//! Feeds behind proxies, and feeds with secrets: no other way, no other eyes.

use super::*;
use crate::support::{server::NOBODY, socks::socks};
use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

#[tokio::test(flavor = "multi_thread")]
async fn each_feed_behind_tor_is_somebody_else_and_names_are_resolved_there() {
    let server = Server::start(|_| Reply::ok(document()));
    let (at, asked) = socks(server.addr());
    let mut watch = Watch::over(&[]);
    for (name, host) in [("a", "a.invalid"), ("b", "b.invalid"), ("onion", "abcdefghijklmnop.onion")] {
        watch.more += &format!("[[feed]]\nname = '{name}'\nurl = 'http://{host}/'\nproxy = 'socks5h://{at}'\n");
    }
    let report = watch.round().await;
    assert_eq!((report.new, report.failed.len()), (3, 0), "{report:?}");
    let mut asked = asked.lock().unwrap().clone();
    asked.sort_by(|a, b| a.1.cmp(&b.1));
    let hosts: Vec<&str> = asked.iter().map(|(_, host)| host.as_str()).collect();
    assert_eq!(hosts, ["a.invalid", "abcdefghijklmnop.onion", "b.invalid"]);
    let names: std::collections::HashSet<_> = asked.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 3, "each feed under a name of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_down_is_no_reason_to_go_around_it() {
    let server = Server::start(|_| Reply::ok(document()));
    for scheme in ["socks5h", "http"] {
        let mut watch = Watch::over(&[]);
        let url = server.url("/feed");
        watch.more = format!("[[feed]]\nname = 'a'\nurl = '{url}'\nallow_private = true\nproxy = '{scheme}://{NOBODY}'\n");
        assert_eq!(watch.round().await.failed.len(), 1);
    }
    assert_eq!(server.accepts(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_for_all_is_used_by_all_but_those_that_say_none() {
    let proxy = Server::start(|seen| match seen.path.as_str() {
        "http://feed.invalid/a?b=c" => Reply::ok(document()),
        _ => Reply::status(502),
    });
    let direct = Server::start(|_| Reply::ok(document()));
    let mut watch = Watch::over(&[]);
    watch.more = format!(
        "[[feed]]\nname = 'a'\nurl = 'http://feed.invalid/a?b=c'\n[[feed]]\nname = 'b'\nurl = '{}'\nallow_private = true\nproxy = 'none'\n",
        direct.url("/")
    );
    watch.poll = format!("proxy = '{}'\n", proxy.url(""));
    let report = watch.round().await;
    assert_eq!((report.new, proxy.requests().len(), direct.requests().len()), (2, 1, 1), "{report:?}");
}

fn secret(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feeds_secrets_go_to_its_own_origin_and_never_along_a_redirect() {
    let other = Server::start(|_| Reply::ok(document()));
    let to = other.url("/elsewhere");
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/out" => Reply::redirect(301, &to),
        "/in" => Reply::redirect(302, "/feed"),
        _ => Reply::ok(document()),
    });
    let mut watch = Watch::over(&[]);
    secret(watch.folder.path(), "password", "pa55\n");
    secret(watch.folder.path(), "headers", "X-Key: k3y\n");
    for path in ["/in", "/out"] {
        let files = watch.folder.path().display();
        watch.more += &format!(
            "[[feed]]\nurl = '{}'\nallow_private = true\nuser = 'me'\npassword_file = '{files}/password'\nheaders_file = '{files}/headers'\n",
            server.url(path)
        );
    }
    for _ in 0..4 {
        watch.round().await;
        watch.later(20 * HOUR_MS);
    }
    let sent = |seen: &Seen| (seen.header("authorization"), seen.header("x-key"));
    let own = (Some("Basic bWU6cGE1NQ==".to_owned()), Some("k3y".to_owned()));
    assert!(server.requests().iter().all(|seen| sent(seen) == own));
    assert!(other.requests().len() == 4 && other.requests().iter().all(|seen| sent(seen) == (None, None)));
    assert_eq!(watch.count("SELECT count(*) FROM feed WHERE url_override IS NOT NULL"), 0, "a feed with secrets never leaves their origin");
}

#[test]
fn no_secret_is_in_the_log_the_answers_or_the_archive_however_a_poll_ends() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/401" => Reply::status(401).header("WWW-Authenticate", "Basic realm=\"CANARY-realm\""),
        "/cut" => Reply::Cut(vec![]),
        "/to" => Reply::redirect(302, "http://10.0.0.1/"),
        "/bad" => Reply::Raw(b"nonsense\r\n\r\n".to_vec()),
        "/page" => Reply::ok("<html>no feed</html>"),
        _ => Reply::ok(document()),
    });
    let mut watch = Watch::over(&[]);
    let folder = watch.folder.path().to_owned();
    secret(&folder, "password", "CANARY-password");
    secret(&folder, "headers", "X-Key: CANARY-key\nAuthorization: Bearer CANARY-token");
    secret(&folder, "open", "CANARY-open");
    std::fs::set_permissions(folder.join("open"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut urls: Vec<String> = ["/401", "/cut", "/to", "/bad", "/page", "/fine"].map(|path| server.url(path)).to_vec();
    urls.push(format!("http://{NOBODY}/"));
    urls.push("http://nowhere.invalid/".into());
    for (at, url) in urls.iter().enumerate() {
        let keys = match at % 2 {
            0 => "user = 'me'\npassword_file = 'password'",
            _ => "headers_file = 'headers'",
        };
        watch.more += &format!("[[feed]]\nname = 'f{at}'\nurl = '{url}'\nallow_private = true\n{keys}\n");
    }
    watch.more += &format!("[[feed]]\nname = 'open'\nurl = '{}'\nallow_private = true\nheaders_file = 'open'\n", server.url("/open"));
    let path = folder.join("marsad.toml");
    std::fs::write(&path, watch.config()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_marsad"))
        .args(["once", "--all", "--json", "--config"])
        .arg(&path)
        .arg("--db")
        .arg(watch.archive())
        .env("MARSAD_LOG", "trace")
        .output()
        .unwrap();
    let mut told = output.stdout.clone();
    told.extend(&output.stderr);
    assert!(String::from_utf8_lossy(&told).contains("others can read secret file"), "{}", String::from_utf8_lossy(&told));
    for file in std::fs::read_dir(folder.join("data")).unwrap() {
        told.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let told = String::from_utf8_lossy(&told);
    for canary in ["CANARY", "Q0FOQVJZ"] {
        assert!(!told.contains(canary), "{canary} was told: {told}");
    }
    assert!(server.requests().iter().any(|seen| seen.header("x-key").is_some()), "they were sent");
    assert!(server.requests().iter().all(|seen| seen.path != "/open"), "without its secrets a feed is not asked");
}
