//! Private addresses, in every disguise, are refused before a connection is made.

use super::*;

async fn guarded(url: &str) -> String {
    refusal(client().fetch(&Request { allow_private: false, ..ask(url) }).await)
}

#[tokio::test]
async fn loopback_is_refused_in_every_spelling_before_connecting() {
    let server = Server::start(|_| Reply::ok("secret"));
    let port = server.addr().port();
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.0x0.0x0.0x1",
        "0x7f.1",
        "0177.0.0.1",
        "0177.1",
        "017700000001",
        "127.0.0.1.",
        "127。0。0。1",
        "１２７.0.0.1",
        "%31%32%37.0.0.1",
        "127.0.0.2",
        "0",
        "0.0.0.0",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let reason = guarded(&format!("http://{host}:{port}/")).await;
        assert!(reason.contains("not a public address") && reason.contains("allow_private = true"), "{host}: {reason}");
    }
    assert_eq!(server.accepts(), 0);
}

#[tokio::test]
async fn name_that_leads_to_loopback_is_refused_before_connecting() {
    let server = Server::start(|_| Reply::ok("secret"));
    for host in ["localhost", "LOCALHOST"] {
        let reason = guarded(&format!("http://{host}:{}/", server.addr().port())).await;
        assert!(reason.contains("not a public address") && reason.contains("allow_private = true"), "{host}: {reason}");
    }
    assert_eq!(server.accepts(), 0);
}

#[tokio::test]
async fn name_that_leads_to_loopback_is_fine_where_the_user_says_so() {
    let server = Server::start(|_| Reply::ok(RSS));
    body(client().fetch(&ask(&format!("http://localhost:{}/", server.addr().port()))).await);
}

#[tokio::test]
async fn another_name_of_the_same_private_machine_is_another_host() {
    let server = Server::start(|seen| {
        Reply::redirect(302, format!("http://127.0.0.1:{}/", seen.header("host").unwrap().rsplit(':').next().unwrap()))
    });
    refusal(client().fetch(&ask(&format!("http://localhost:{}/", server.addr().port()))).await);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn other_schemes_and_garbage_are_refused() {
    for url in ["ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:1", "feed", "", "http://", "https://[::1"]
    {
        refusal(client().fetch(&ask(url)).await);
    }
}
