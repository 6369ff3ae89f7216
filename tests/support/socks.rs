//! A SOCKS5 server (RFC 1928, 1929) that wants a name and a password, and leads every name to one server.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What it was asked: the name and password of who asked, and the host by its name.
pub type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// Starts one that leads to `target`.
pub fn socks(target: SocketAddr) -> (SocketAddr, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (at, asked) = (listener.local_addr().unwrap(), Asked::default());
    let log = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let log = log.clone();
            std::thread::spawn(move || lead(stream.unwrap(), target, &log));
        }
    });
    (at, asked)
}

fn lead(mut client: TcpStream, target: SocketAddr, log: &Asked) -> Option<()> {
    let take = |client: &mut TcpStream, n: usize| {
        let mut bytes = vec![0; n];
        client.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let methods = take(&mut client, 2)?[1];
    take(&mut client, methods.into())?;
    client.write_all(&[5, 2]).ok()?;
    let length = take(&mut client, 2)?[1];
    let name = take(&mut client, length.into())?;
    let length = take(&mut client, 1)?[0];
    take(&mut client, length.into())?;
    client.write_all(&[1, 0]).ok()?;
    let head = take(&mut client, 5)?;
    assert_eq!(head[3], 3, "the name itself is sent, never an address that was asked for beside the proxy");
    let host = take(&mut client, head[4].into())?;
    take(&mut client, 2)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    log.lock().unwrap().push((text(name), text(host)));
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut server, &mut client).ok();
    Some(())
}
