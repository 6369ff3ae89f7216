//! A TLS server with a certificate that it signed itself; it answers nothing, since no client should get so far.

use rustls::{ServerConfig, ServerConnection, pki_types::PrivateKeyDer};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

/// Serves handshakes on a thread of its own, which ends with the test binary.
pub fn serve_self_signed() -> SocketAddr {
    let cert = include_bytes!("../../fixtures/tls/cert.der").to_vec().into();
    let key = PrivateKeyDer::Pkcs8(include_bytes!("../../fixtures/tls/key.der").to_vec().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // Ends with an error when the client sends its alert.
            let _ = connection.complete_io(&mut stream.unwrap());
        }
    });
    addr
}
