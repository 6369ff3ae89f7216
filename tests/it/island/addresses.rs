//! No feed, redirect or name server leads to an address that is not public, whatever its range and however it is spelled.

use super::*;
use marsad::{
    config::Poll,
    engine::feed::Validators,
    net::{Fetched, client::Client, fetch::Request},
};
use std::{collections::BTreeSet, time::Duration};

/// The blocks of IANA's registries of special-purpose addresses that are not for the public (RFC 6890), and multicast: the
/// first and the last address of each, and some that are known.
const V4: &str = "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.255 \
                  169.254.0.0 169.254.255.255 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.255 \
                  192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 \
                  203.0.113.255 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255";

/// The same of IPv6, which carry no address of IPv4.
const V6: &str = "::1 :: 64:ff9b:1:: 64:ff9b:1:ffff:ffff:ffff:ffff:ffff 100:: 100::ffff:ffff:ffff:ffff 100:0:0:1:: 2001:: 2001:1:: 2001:2:: \
                  2001:2:0:ffff:ffff:ffff:ffff:ffff 2001:10:: 2001:1f:ffff:ffff:ffff:ffff:ffff:ffff 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: \
                  2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:: 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff \
                  5f00:: 5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff fc00:: fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: fe80::1 \
                  febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ff00:: ff02::1 \
                  ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

fn v4() -> Vec<Ipv4Addr> {
    V4.split_whitespace().map(|address| address.parse().unwrap()).collect()
}

fn v6() -> Vec<Ipv6Addr> {
    V6.split_whitespace().map(|address| address.parse().unwrap()).collect()
}

/// An address of IPv4 as the host of a URL, in the spellings that some resolver or parser reads.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let (n, [a, b, c, d]) = (u32::from(address), address.octets());
    let dotted = address.to_string();
    let wide =
        |text: &str| text.chars().map(|sign| if sign == '.' { '。' } else { char::from_u32(sign as u32 + 0xfee0).unwrap() }).collect();
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    vec![
        dotted.clone(),
        format!("{dotted}."),
        n.to_string(),
        format!("{n:#x}"),
        format!("0X{n:X}"),
        format!("0{n:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0{a:o}.{b:#x}.{c}.{d}"),
        format!("{a}.{}", n & 0xff_ffff),
        format!("{a:#x}.{b}.{}", n & 0xffff),
        format!("00{a:o}.0x{:X}", n & 0xff_ffff),
        dotted.replace('.', "。"),
        dotted.replace('.', "%2E"),
        wide(&dotted),
        percent(&dotted),
        percent(&n.to_string()),
        format!("someone@{dotted}"),
        format!("public.example%40:@{dotted}"),
    ]
}

/// Addresses of IPv6 that carry one of IPv4: a host that meets one may connect to that.
fn carriers(address: Ipv4Addr) -> Vec<Ipv6Addr> {
    let (n, [a, b, c, d]) = (u32::from(address), address.octets());
    let (high, low) = ((n >> 16) as u16, n as u16);
    vec![
        address.to_ipv6_mapped(),
        Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),                // compatible (RFC 4291 2.5.5.1)
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),           // translated (RFC 2765)
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),        // NAT64 (RFC 6052)
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),        // NAT64 of a site (RFC 8215)
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),           // 6to4 (RFC 3056)
        Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0xf7f7, 0xf7f7), // Teredo, its server (RFC 4380)
        Ipv6Addr::new(0x2001, 0, 0x0808, 0x0808, 0, 0xffff, !high, !low), // Teredo, its client
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x5efe, high, low),      // ISATAP (RFC 5214)
        Ipv6Addr::from(u128::from_be_bytes([0x20, 1, 0xd, 0xb8, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0])), // RFC 6052 2.2, for documents
    ]
}

/// Every host that must not be reached: as a URL spells it.
fn literals() -> Vec<String> {
    let four = v4().into_iter().flat_map(|address| {
        let mut hosts = spellings(address);
        hosts.extend(carriers(address).iter().map(|carrier| format!("[{carrier}]")));
        let [high, low] = [u32::from(address) >> 16, u32::from(address) & 0xffff];
        hosts.push(format!("[0:0:0:0:0:FFFF:{high:X}:{low:X}]"));
        hosts
    });
    let six = v6().into_iter().flat_map(|address| {
        let whole = address.segments().map(|part| format!("{part:04X}")).join(":");
        [format!("[{address}]"), format!("[{whole}]")]
    });
    four.chain(six).collect()
}

/// The answers of a name server that lead to no public address.
fn answers() -> Vec<IpAddr> {
    let four = v4().into_iter().flat_map(|address| carriers(address).into_iter().map(IpAddr::V6).chain([IpAddr::V4(address)]));
    four.chain(v6().into_iter().map(IpAddr::V6)).collect()
}

fn client() -> Client {
    Client::new(&Poll { timeout: Duration::from_secs(20), host_gap: Duration::ZERO, ..Poll::default() }).unwrap()
}

async fn fetch(client: &Client, url: &str) -> Fetched {
    static NONE: Validators = Validators { etag: None, last_modified: None };
    let request = Request {
        url,
        validators: &NONE,
        validators_url: None,
        known_hash: None,
        doubted: false,
        allow_private: false,
        now_ms: 0,
        via: None,
        secrets: None,
    };
    client.fetch(&request).await
}

/// Asks for a URL that must lead nowhere.
async fn refused(client: &Client, url: &str) {
    match fetch(client, url).await {
        Fetched::Refused { reason } => assert!(reason.contains("not a public address"), "{url}: {reason}"),
        other => panic!("{url}: {other:?}"),
    }
}

/// What a shore says: a feed, or the redirect that the query asks for.
fn feed_or_redirect(path: &str) -> Vec<u8> {
    match path.split_once("?to=") {
        Some((_, to)) => format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes(),
        None => b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>".to_vec(),
    }
}

#[test]
fn no_spelling_name_or_redirect_leads_to_an_address_that_is_not_public() {
    let told = visit("island::addresses::on_an_island_nothing_but_public_addresses_is_reached");
    let cases: usize = told.lines().find_map(|line| line.strip_suffix(" cases")?.parse().ok()).unwrap();
    assert!(cases >= 400, "{cases} cases");
    println!("{cases} cases");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "one half of a test, which the other half runs on an island"]
async fn on_an_island_nothing_but_public_addresses_is_reached() {
    if !is_here() {
        return;
    }
    let shore = Shore::at(0, feed_or_redirect);
    let port = shore.port;
    let all = answers();
    let named = all.clone();
    // `a7.example` is the seventh of the answers, `m7.example` that beside a public one, `public.example` is public.
    let _names = NameServer::start(move |name, _| {
        let which = |letter| name.strip_prefix(letter)?.strip_suffix(".example")?.parse::<usize>().ok();
        match (which('a'), which('m')) {
            (Some(n), _) => vec![named[n]],
            (_, Some(n)) => vec![named[n], PUBLIC, named[n]],
            _ => vec![PUBLIC],
        }
    });
    let client = client();
    let mut cases = 0;
    let mut expected = 0;
    for host in literals() {
        let (direct, start) = (format!("http://{host}:{port}/"), format!("http://public.example:{port}/feed"));
        refused(&client, &direct).await;
        refused(&client, &format!("{start}?to={direct}")).await;
        refused(&client, &format!("https://{host}:{port}/")).await;
        (cases, expected) = (cases + 3, expected + 1);
    }
    for (n, address) in all.iter().enumerate() {
        let direct = format!("http://a{n}.example:{port}/");
        refused(&client, &direct).await;
        refused(&client, &format!("http://public.example:{port}/?to={direct}")).await;
        // Among several addresses the public one is taken, and no other is tried.
        let mixed = fetch(&client, &format!("http://m{n}.example:{port}/")).await;
        assert!(matches!(mixed, Fetched::Body(_)), "{address}: {mixed:?}");
        (cases, expected) = (cases + 3, expected + 2);
    }
    assert_eq!(shore.reached(), [(PUBLIC, expected)].into(), "addresses that were reached");
    // The shore would have seen it: what is public is reached in every spelling.
    for address in [Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(172, 32, 0, 1)] {
        for host in spellings(address).into_iter().chain([format!("[::ffff:{address}]"), format!("[64:ff9b::{address}]")]) {
            let got = fetch(&client, &format!("http://{host}:{port}/")).await;
            assert!(matches!(got, Fetched::Body(_)), "{host}: {got:?}");
        }
    }
    assert!(shore.reached()[&IpAddr::from([172, 32, 0, 1])] > 15, "{:?}", shore.reached());
    // The harness has begun this line.
    println!("\n{cases} cases");
}

#[test]
fn a_name_that_turns_private_between_two_questions_is_never_connected_to() {
    visit("island::addresses::on_an_island_a_name_flips_between_public_and_private");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "one half of a test, which the other half runs on an island"]
async fn on_an_island_a_name_flips_between_public_and_private() {
    if !is_here() {
        return;
    }
    let shore = Shore::at(0, feed_or_redirect);
    // Public at every second question, and between them another address of those that are not; of both kinds at a few.
    let private = answers();
    let names = NameServer::start(move |_, turn| match turn % 4 {
        1 | 3 => vec![PUBLIC],
        2 => vec![private[turn % private.len()]],
        _ => vec![private[turn % private.len()], PUBLIC, IpAddr::from([127, 0, 0, 1])],
    });
    let client = client();
    let (mut read, mut stopped) = (0, 0);
    for n in 0..1_000 {
        // Every third is led there by a redirect of its own name.
        let url = format!("http://rebind.example:{}/", shore.port);
        let url = if n % 3 == 0 { format!("{url}?to={url}") } else { url };
        match fetch(&client, &url).await {
            Fetched::Body(_) => read += 1,
            Fetched::Refused { reason } if reason.contains("not a public address") => stopped += 1,
            other => panic!("{other:?}"),
        }
    }
    let reached: BTreeSet<IpAddr> = shore.reached().into_keys().collect();
    assert_eq!(reached, [PUBLIC].into(), "{:?}", shore.reached());
    assert!(
        read > 300 && stopped > 200 && names.asked().len() >= 2_000,
        "{read} read, {stopped} refused, {} questions",
        names.asked().len()
    );
}
