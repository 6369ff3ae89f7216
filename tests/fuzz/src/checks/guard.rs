//! The guard against private addresses, held to the registries of IANA as a plain table: every address, every IPv4 address that an
//! IPv6 one carries, and every spelling that the url crate reads as an address.

use super::plan::Plan;
use marsad::{
    config::is_private_address,
    net::guard::{check_literal, is_public, public_only},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::LazyLock,
};
use url::{Host, Url};

/// What is not for the public, as the registries write it (IANA IPv4 and IPv6 Special-Purpose Address Registries, multicast and
/// reserved space, RFC 6890). The parts of 192.0.0.0/24 and 2001::/23 that are globally reachable are for protocols, not for sites.
const SPECIAL: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 \
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 \
    ::1/128 ::/128 ::/96 ::ffff:0:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 \
    fc00::/7 fe80::/10 fec0::/10 ff00::/8";

/// What was ever given out for unicast to the public (IANA IPv6 Address Space).
const GLOBAL_UNICAST: &str = "2000::/3";

/// An address or network in as many bits as an IPv6 address has, which of the two kinds, and the bits that count.
type Network = (bool, u128, u32);

static NETWORKS: LazyLock<Vec<Network>> = LazyLock::new(|| SPECIAL.split_whitespace().map(network).collect());
static UNICAST: LazyLock<Network> = LazyLock::new(|| network(GLOBAL_UNICAST));

fn network(written: &str) -> Network {
    let (address, length) = written.split_once('/').unwrap();
    let (is_v6, bits) = number(address.parse().unwrap());
    (is_v6, bits, length.parse().unwrap())
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, u128::from(v4.to_bits()) << 96),
        IpAddr::V6(v6) => (true, v6.to_bits()),
    }
}

fn within(address: IpAddr, &(is_v6, network, length): &Network) -> bool {
    let (kind, bits) = number(address);
    kind == is_v6 && (length == 0 || bits >> (128 - length) == network >> (128 - length))
}

/// What the table says.
fn public(address: IpAddr) -> bool {
    if let IpAddr::V6(v6) = address {
        let [.., a, b, c, d] = v6.octets();
        let top = v6.to_bits() >> 32;
        // Mapped, and the well-known prefix of NAT64: the connection goes to the IPv4 address.
        if top == 0xffff || top == 0x64_ff9b << 64 {
            return public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)));
        }
        if !within(address, &UNICAST) {
            return false;
        }
    }
    !NETWORKS.iter().any(|network| within(address, network))
}

/// Bytes as an address of some kind, as a spelling of one, or as a host.
pub fn check(data: &[u8]) {
    let mut plan = Plan(data);
    match plan.byte() % 8 {
        0 => judged(IpAddr::V4(v4(&mut plan))),
        1 => judged(IpAddr::V6(Ipv6Addr::from(std::array::from_fn::<u8, 16, _>(|_| plan.byte())))),
        2 => carried(v4(&mut plan), &mut plan),
        3 => beside(&mut plan),
        4 | 5 => spelled(v4(&mut plan), &mut plan),
        6 => {
            let found: Vec<IpAddr> = (0..plan.below(5)).map(|_| any(&mut plan)).collect();
            answer(&found);
        }
        _ => host(&String::from_utf8_lossy(plan.0)),
    }
}

fn v4(plan: &mut Plan<'_>) -> Ipv4Addr {
    Ipv4Addr::from(std::array::from_fn::<u8, 4, _>(|_| plan.byte()))
}

fn any(plan: &mut Plan<'_>) -> IpAddr {
    match plan.byte() % 2 {
        0 => IpAddr::V4(v4(plan)),
        _ => IpAddr::V6(Ipv6Addr::from(std::array::from_fn::<u8, 16, _>(|_| plan.byte()))),
    }
}

fn judged(address: IpAddr) {
    assert_eq!(is_public(address), public(address), "{address}");
    let host = match address {
        IpAddr::V4(v4) => Host::Ipv4(v4),
        IpAddr::V6(v6) => Host::Ipv6(v6),
    };
    assert_eq!(check_literal(&host).is_ok(), public(address), "{address}");
}

/// An IPv4 address in every IPv6 address that is known to carry one: none lets a private one through.
fn carried(inner: Ipv4Addr, plan: &mut Plan<'_>) {
    let bits = u128::from(inner.to_bits());
    let low = u128::from(plan.byte());
    let all = [
        ("mapped", (0xffff << 32) | bits),
        ("compatible", bits),
        ("translated", (0xffff << 48) | bits),
        ("NAT64", (0x64_ff9b << 96) | bits),
        ("NAT64 of one's own", (0x64_ff9b_0001 << 80) | bits),
        ("NAT64 of one's own, /48", (0x64_ff9b_0001 << 80) | ((bits >> 16) << 64) | ((bits & 0xffff) << 40)),
        ("6to4", (0x2002 << 112) | (bits << 80) | low),
        ("Teredo, server", (0x2001_0000 << 96) | (bits << 64) | low),
        ("Teredo, client", (0x2001_0000 << 96) | (bits ^ 0xffff_ffff)),
        ("ISATAP, link-local", (0xfe80 << 112) | (0x5efe << 32) | bits),
    ];
    for (kind, address) in all {
        let address = IpAddr::V6(Ipv6Addr::from_bits(address));
        judged(address);
        assert!(!is_public(address) || public(IpAddr::V4(inner)), "{kind}: {address} carries {inner}");
        assert!(!is_public(address) || matches!(kind, "mapped" | "NAT64"), "{kind}: {address} leads nowhere");
    }
}

/// The addresses at both ends of a network of the table, and beside them.
fn beside(plan: &mut Plan<'_>) {
    let (is_v6, network, length) = NETWORKS[plan.below(NETWORKS.len())];
    let width = if is_v6 { 128 } else { 32 };
    let size = 1u128.checked_shl(width - length).unwrap_or(0);
    let first = if is_v6 { network } else { network >> 96 };
    let last = first.wrapping_add(size).wrapping_sub(1);
    let address = [first, last, first.wrapping_sub(1), last.wrapping_add(1)][plan.below(4)];
    judged(if is_v6 { IpAddr::V6(Ipv6Addr::from_bits(address)) } else { IpAddr::V4(Ipv4Addr::from_bits(address as u32)) });
}

/// An IPv4 address in one to four parts, each decimal, octal or hexadecimal, in letters of three kinds, perhaps with a dot behind it.
fn spelled(address: Ipv4Addr, plan: &mut Plan<'_>) {
    let octets = address.octets();
    let parts = 1 + plan.below(4);
    let mut written = Vec::new();
    for part in 0..parts {
        let last = part + 1 == parts;
        let number =
            if last { octets[part..].iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet)) } else { u64::from(octets[part]) };
        written.push(match plan.below(4) {
            0 => format!("{number}"),
            1 => format!("0{number:o}"),
            2 => format!("0x{number:x}"),
            _ => format!("0X{number:08X}"),
        });
    }
    let mut text = written.join(".");
    let kind = plan.below(4);
    text = text.chars().map(|c| letter(c, kind, plan)).collect();
    if plan.byte() & 1 == 1 {
        text.push('.');
    }
    let url = Url::parse(&format!("http://{text}/a")).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(url.host(), Some(Host::Ipv4(address)), "{text}");
    host(&text);
}

/// A letter of a host as it is, percent-encoded, or of full width.
fn letter(c: char, kind: usize, plan: &mut Plan<'_>) -> String {
    match kind {
        1 if plan.byte() & 1 == 1 => format!("%{:02X}", u32::from(c)),
        2 if plan.byte() & 1 == 1 => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c).to_string(),
        _ => c.to_string(),
    }
}

/// A host as somebody writes it into an address.
fn host(text: &str) {
    let url = format!("http://{text}/");
    let Ok(parsed) = Url::parse(&url) else { return };
    let Some(host) = parsed.host() else { return };
    let address = match host {
        Host::Ipv4(v4) => IpAddr::V4(v4),
        Host::Ipv6(v6) => IpAddr::V6(v6),
        Host::Domain(name) => {
            assert_eq!(check_literal(&host), Ok(()), "{name}");
            // What a resolver would read as an address was read as one before.
            let number = name.strip_suffix('.').unwrap_or(name).parse::<IpAddr>();
            assert!(number.is_err(), "{name} is an address");
            return;
        }
    };
    let refused = check_literal(&host).err();
    assert_eq!(refused.is_none(), public(address), "{url}");
    assert!(refused.is_none_or(|refused| refused.address == address), "{url}");
    // What the config takes for private is never public.
    assert!(!is_private_address(&url) || !public(address), "{url}");
}

/// Of a resolver's answer the public addresses are kept, in their order.
fn answer(found: &[IpAddr]) {
    let sockets: Vec<SocketAddr> = found.iter().map(|address| SocketAddr::new(*address, 0)).collect();
    let wanted: Vec<SocketAddr> = sockets.iter().filter(|socket| public(socket.ip())).copied().collect();
    match public_only("a.example", sockets) {
        Ok(kept) => assert!(kept == wanted && (found.is_empty() || !kept.is_empty()), "{found:?}"),
        Err(private) => assert!(wanted.is_empty() && found.first() == Some(&private.address), "{found:?}"),
    }
}
