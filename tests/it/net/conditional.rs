//! Validators, 304, and bodies known by their hash.

use super::*;
use sha2::{Digest, Sha256};

fn hash(wire: &[u8]) -> [u8; 16] {
    Sha256::digest(wire)[..16].try_into().unwrap()
}

#[tokio::test]
async fn validators_come_back_byte_for_byte() {
    let etag = b"W/ not \"quoted'\xe4\xff".as_slice();
    let server = Server::start(move |seen| match seen.header("if-none-match") {
        None => Reply::ok(RSS).header("ETag", etag).header("Last-Modified", "yesterday, about noon"),
        Some(_) => Reply::status(304),
    });
    let url = server.url("/feed");
    let first = body(client().fetch(&ask(&url)).await);
    assert_eq!(first.validators.etag.as_deref(), Some(etag));
    assert_eq!((first.url.as_str(), first.body_hash, first.wire.bytes.as_slice()), (url.as_str(), hash(RSS.as_bytes()), RSS.as_bytes()));

    let again = Request { validators: &first.validators, validators_url: Some(&first.url), ..ask(&url) };
    let second = client().fetch(&again).await;
    let Fetched::Unchanged { validators, wire_bytes: 0, body_hash: None, .. } = second else { panic!("{second:?}") };
    assert_eq!(validators, first.validators);
    let sent = &server.requests()[1].headers;
    assert!(sent.contains(&("if-none-match".to_owned(), etag.to_vec())), "{sent:?}");
    assert!(sent.contains(&("if-modified-since".to_owned(), b"yesterday, about noon".to_vec())), "{sent:?}");
}

#[tokio::test]
async fn not_modified_replaces_only_the_validators_it_names() {
    let server = Server::start(|_| Reply::status(304).header("ETag", "\"new\"").header("Cache-Control", "max-age=70"));
    let stored = Validators { etag: Some(b"\"old\"".to_vec()), last_modified: Some(b"then".to_vec()) };
    let url = server.url("/");
    let got = client().fetch(&Request { validators: &stored, ..ask(&url) }).await;
    let Fetched::Unchanged { validators, hints, .. } = got else { panic!("{got:?}") };
    assert_eq!((validators.etag.unwrap(), validators.last_modified.unwrap()), (b"\"new\"".to_vec(), b"then".to_vec()));
    assert_eq!(hints.fresh_s, Some(70));
}

#[tokio::test]
async fn a_doubted_304_is_asked_about_again_without_conditions_and_what_comes_then_counts() {
    let stored = Validators { etag: Some(b"\"stuck\"".to_vec()), last_modified: None };
    for status in [200, 304, 500] {
        let server = Server::start(move |seen| match seen.header("if-none-match") {
            Some(_) => Reply::status(304),
            None if status == 200 => Reply::ok(RSS).header("ETag", "\"new\""),
            None => Reply::status(status),
        });
        let url = server.url("/");
        let doubting = Request { validators: &stored, doubted: true, ..ask(&url) };
        let got = client().fetch(&doubting).await;
        assert_eq!((server.requests().len(), server.requests()[1].header("a-im")), (2, None));
        if status != 200 {
            assert!(failure(got).contains(&status.to_string()), "nobody has its document");
            continue;
        }
        let found = body(got);
        assert!(found.denied && found.validators.etag.as_deref() == Some(b"\"new\""), "{found:?}");
        let known = client().fetch(&Request { known_hash: Some(found.body_hash), ..doubting }).await;
        assert!(matches!(known, Fetched::Unchanged { body_hash: Some(_), .. }), "it was right: {known:?}");
        let same = client().fetch(&Request { doubted: false, ..doubting }).await;
        assert!(matches!(same, Fetched::Unchanged { body_hash: None, .. }), "{same:?}");
        assert!(
            !body(client().fetch(&Request { doubted: true, ..ask(&url) }).await).denied,
            "a body that comes at once is no contradiction"
        );
        assert_eq!(server.requests().len(), 6);
    }
}

#[tokio::test]
async fn not_modified_without_a_condition_is_a_failure() {
    assert!(failure(answer(Reply::status(304)).await).contains("304"));
}

#[tokio::test]
async fn not_modified_with_a_body_does_not_spoil_the_next_answer() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/odd" => Reply::Answer { status: 304, headers: vec![], body: b"HTTP/1.1 200 OK\r\n\r\nforged".to_vec() },
        _ => Reply::ok(RSS),
    });
    let stored = Validators { etag: Some(b"\"a\"".to_vec()), last_modified: None };
    let client = client();
    let odd = client.fetch(&Request { validators: &stored, ..ask(&server.url("/odd")) }).await;
    assert!(matches!(odd, Fetched::Unchanged { .. }), "{odd:?}");
    assert_eq!(document(client.fetch(&ask(&server.url("/next"))).await), RSS.as_bytes());
}

#[tokio::test]
async fn body_known_by_its_hash_is_never_unpacked() {
    let wire = b"\x1f\x8b\x08 and then nothing that any gzip could read".to_vec();
    let (known, length) = (Some(hash(&wire)), wire.len() as u64);
    let server = Server::start(move |_| Reply::ok(wire.clone()).header("Content-Encoding", "gzip").header("ETag", "\"2\""));
    let url = server.url("/");
    let got = client().fetch(&Request { known_hash: known, ..ask(&url) }).await;
    let Fetched::Unchanged { validators, body_hash, wire_bytes, .. } = got else { panic!("{got:?}") };
    assert_eq!((validators.etag.unwrap(), body_hash, wire_bytes), (b"\"2\"".to_vec(), known, length));
    assert!(failure(client().fetch(&ask(&url)).await).contains("gzip"));
}

#[tokio::test]
async fn validators_go_to_the_address_that_gave_them_and_to_no_other() {
    let stored = Validators { etag: Some(b"\"a\"".to_vec()), last_modified: Some(b"then".to_vec()) };
    let conditions = |server: &Server| -> Vec<bool> {
        server.requests().iter().map(|s| s.header("if-none-match").is_some() || s.header("if-modified-since").is_some()).collect()
    };
    let start = || {
        Server::start(|seen| match seen.path.as_str() {
            "/old" => Reply::redirect(302, "/new"),
            _ => Reply::ok(RSS),
        })
    };
    let server = start();
    client().fetch(&Request { validators: &stored, ..ask(&server.url("/old")) }).await;
    assert_eq!(conditions(&server), [true, false]);

    let server = start();
    let target = server.url("/new");
    client().fetch(&Request { validators: &stored, validators_url: Some(&target), ..ask(&server.url("/old")) }).await;
    assert_eq!(conditions(&server), [false, true]);

    let server = start();
    client().fetch(&Request { validators: &stored, validators_url: Some("http://gone.example/"), ..ask(&server.url("/old")) }).await;
    assert_eq!(conditions(&server), [false, false]);
}

#[tokio::test]
async fn empty_and_foreign_bodies_are_handed_on_as_they_are() {
    assert_eq!(document(answer(Reply::ok("").header("Content-Encoding", "gzip")).await), b"");
    let html = body(answer(Reply::ok("<html>Log in").header("Content-Type", "text/html; charset=cp1256")).await);
    assert_eq!((html.wire.bytes.as_slice(), html.content_type.as_deref()), (b"<html>Log in".as_slice(), Some("text/html; charset=cp1256")));
}

#[tokio::test]
async fn gone_is_gone_unless_a_passing_redirect_led_there() {
    assert_eq!(answer(Reply::status(410)).await, Fetched::Gone);
    let server = Server::start(|seen| match seen.path.as_str() {
        "/for-good" => Reply::redirect(301, "/end"),
        "/today" => Reply::redirect(302, "/end"),
        _ => Reply::status(410),
    });
    assert_eq!(client().fetch(&ask(&server.url("/for-good"))).await, Fetched::Gone);
    assert!(failure(client().fetch(&ask(&server.url("/today"))).await).contains("410"));
}
