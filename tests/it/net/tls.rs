//! TLS servers that no feed should be read from, and one that it should; the certificates are made by `tests/fixtures/tls/make`.

use super::*;
use rustls::{ServerConfig, ServerConnection, Stream, pki_types::PrivateKeyDer};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::Arc,
};

/// Serves handshakes with the certificate that it signed itself.
pub fn serve_self_signed() -> SocketAddr {
    serve(include_bytes!("../../fixtures/tls/cert.der"), include_bytes!("../../fixtures/tls/key.der"))
}

/// Serves a feed behind this certificate, on a thread of its own, which ends with the test binary.
fn serve(cert: &[u8], key: &[u8]) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.to_vec().into()], PrivateKeyDer::Pkcs8(key.to_vec().into()))
        .unwrap();
    let config = Arc::new(config);
    listen(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut tls = Stream::new(&mut connection, &mut stream);
        // Where the client sends its alert instead, there is nothing to answer.
        if tls.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {
            let _ = tls.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{RSS}", RSS.len()).as_bytes());
        }
    })
}

/// A server that answers whatever greets it with a handshake of an old version (RFC 2246, 4346, 6101), then listens on.
fn serve_old(minor: u8) -> SocketAddr {
    listen(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        // Version, random, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
        let hello = [&[3, minor][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
        let handshake = [&[2, 0, 0, hello.len() as u8][..], &hello].concat();
        let _ = stream.write_all(&[&[22, 3, minor, 0, handshake.len() as u8][..], &handshake].concat());
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn listen(each: impl Fn(std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(|stream| each(stream.unwrap())));
    addr
}

#[test]
fn expired_foreign_early_and_self_signed_certificates_and_old_versions_of_tls_are_refused() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    let file = |name: &str| std::fs::read(fixtures.join(name)).unwrap();
    let vouched = |name: &str| serve(&file(name), &file("leaf-key.der"));
    let feeds = [
        ("good", vouched("good.der"), None),
        ("expired", vouched("expired.der"), Some("certificate expired")),
        ("early", vouched("early.der"), Some("certificate not valid yet (is the clock right?)")),
        ("elsewhere", vouched("elsewhere.der"), Some("certificate is for another host")),
        ("self-signed", serve_self_signed(), Some("certificate from an unknown authority")),
        ("ssl-3", serve_old(0), Some("no secure connection: ")),
        ("tls-1.0", serve_old(1), Some("no secure connection: ")),
        ("tls-1.1", serve_old(2), Some("no secure connection: ")),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut config = String::from("[poll]\nhost_gap = '0s'\n[alert]\nsinks = ['journal']\n");
    for (name, at, _) in &feeds {
        config += &format!("[[feed]]\nname = '{name}'\nurl = 'https://localhost:{}/'\nallow_private = true\n", at.port());
    }
    std::fs::write(folder.path().join("marsad.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_marsad"))
        .args(["once", "--all", "--json", "--config"])
        .arg(folder.path().join("marsad.toml"))
        .arg("--db")
        .arg(folder.path().join("data/marsad.db"))
        // The one authority of this machine.
        .env("SSL_CERT_FILE", fixtures.join("authority.pem"))
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let failed: BTreeMap<String, String> = report["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| (failure["feed"].as_str().unwrap().to_owned(), failure["reason"].as_str().unwrap().to_owned()))
        .collect();
    for (name, _, reason) in &feeds {
        let told = failed.get(*name);
        assert!(told.is_some() == reason.is_some() && told.is_none_or(|told| told.starts_with(reason.unwrap())), "{name}: {failed:#?}");
    }
}
