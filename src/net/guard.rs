//! Which addresses a feed may be fetched from, and a resolver that hands out no others.
//!
//! A feed's address, and above all the target of a redirect, is a stranger's word: without this guard it could make
//! marsad ask the router, the cloud's metadata service or a database on loopback. The names are checked where they are
//! resolved, so the checked address is the connected one. It never decides by the spelling of a name.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};
use tokio::sync::Semaphore;
use url::Host;

/// A host that leads to no public address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} leads to {address}, which is not a public address")]
pub struct Private {
    /// The host as the URL names it.
    pub host: String,
    /// The first of its addresses.
    pub address: IpAddr,
}

/// Whether an address belongs to the public internet: globally reachable unicast by the special-purpose registries of
/// IANA (RFC 6890). Addresses that carry an IPv4 address to connect to (mapped, NAT64) are judged by that one; the
/// retired tunnels (6to4, Teredo) are refused whatever they carry.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _) // this network, private, loopback, multicast, reserved and broadcast
            | (100, 64..=127, _)         // shared by carriers (RFC 6598)
            | (169, 254, _)              // link-local, with the metadata services
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)            // protocol assignments, documentation
            | (192, 88, 99)              // 6to4 relays
            | (192, 168, _)
            | (198, 18..=19, _)          // benchmarks
            | (198, 51, 100)             // documentation
            | (203, 0, 113) // documentation
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let carried = || Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) => is_public_v4(carried()),
        // NAT64 (RFC 6052): how a host with IPv6 alone reaches every IPv4 site.
        (0x64, 0xff9b, 0, 0, 0, 0) => is_public_v4(carried()),
        // Only 2000::/3 is given out for global unicast, so whatever lies outside is refused without a list.
        (0x2000..=0x3fff, ..) => !is_special_v6(a, b),
        _ => false,
    }
}

/// The parts of 2000::/3 that are not for the public: protocol assignments with Teredo and benchmarks (2001::/23),
/// documentation (2001:db8::/32, 3fff::/20), 6to4 (2002::/16).
fn is_special_v6(a: u16, b: u16) -> bool {
    match a {
        0x2001 => b < 0x0200 || b == 0x0db8,
        0x2002 => true,
        0x3fff => b < 0x1000,
        _ => false,
    }
}

/// Checks a host that is an address itself: no resolver is asked for those. The `url` crate has read every spelling
/// (decimal, octal, hexadecimal, short) into the one address.
///
/// # Errors
/// [`Private`] when the address is not public.
pub fn check_literal(host: &Host<&str>) -> Result<(), Private> {
    let address = match host {
        Host::Domain(_) => return Ok(()),
        Host::Ipv4(v4) => IpAddr::V4(*v4),
        Host::Ipv6(v6) => IpAddr::V6(*v6),
    };
    if is_public(address) { Ok(()) } else { Err(Private { host: host.to_string(), address }) }
}

/// Keeps the public ones of the addresses of a name.
///
/// # Errors
/// [`Private`] when there were addresses and none is public.
pub fn public_only(host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Private> {
    let first = found.first().map(SocketAddr::ip);
    let kept: Vec<_> = found.into_iter().filter(|a| is_public(a.ip())).collect();
    match first {
        Some(address) if kept.is_empty() => Err(Private { host: host.to_owned(), address }),
        _ => Ok(kept),
    }
}

/// Names that are looked up at once. Each look-up takes a thread, for as long as a name server that does not answer is waited for,
/// whoever has given up meanwhile; documents are read by threads of the same pool.
const LOOKUPS: usize = 32;

/// The system's resolver, with every address that is not public taken out of its answers.
#[derive(Debug, Clone)]
pub struct GuardedResolver {
    lookups: Arc<Semaphore>,
}

impl Default for GuardedResolver {
    fn default() -> GuardedResolver {
        GuardedResolver { lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookups = self.lookups.clone();
        Box::pin(async move {
            let (turn, asked) = (lookups.acquire_owned().await?, name.as_str().to_owned());
            let looking = tokio::task::spawn_blocking(move || {
                // Held by the thread: the future may be dropped long before.
                let _turn = turn;
                (asked.as_str(), 0).to_socket_addrs().map(|found| found.collect::<Vec<_>>())
            });
            let found = looking.await??;
            let kept = public_only(name.as_str(), found)?;
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_public_internet_pass() {
        for address in "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
             169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 \
             192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 \
             198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2000::1 2001:200::1 2001:4860:4860::8888 \
             2003::1 2606:4700:4700::1111 2620:fe::fe 2a00:1450::1 2c0f::1 3ffe::1 3fff:1000:: ::ffff:8.8.8.8 \
             64:ff9b::8.8.8.8"
            .split_whitespace()
        {
            assert!(verdict(address), "{address}");
        }
    }

    #[test]
    fn special_purpose_addresses_are_refused() {
        for address in "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 \
             169.254.0.0 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 \
             192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.255 224.0.0.1 \
             239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:0.0.0.0 \
             ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1 ::ffff:0:10.0.0.1 \
             64:ff9b::127.0.0.1 64:ff9b::10.1.2.3 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b:1::1 \
             64:ff9b:0:1::8.8.8.8 100::1 100:0:0:1::1 200::1 400::1 1000::1 2001::1 \
             2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:3::1 2001:10::1 2001:20::1 2001:30::1 \
             2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff::1 2002::1 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 \
             2002:808:808::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 e000::1 fc00::1 fd00::1 fdff:ffff::1 \
             fe80::1 febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1"
            .split_whitespace()
        {
            assert!(!verdict(address), "{address}");
        }
    }

    #[test]
    fn mixed_answer_keeps_only_the_public_addresses() {
        let all = ["10.0.0.1:0", "8.8.8.8:0", "[::1]:0"].map(|a| a.parse().unwrap()).to_vec();
        assert_eq!(public_only("a.example", all).unwrap(), ["8.8.8.8:0".parse().unwrap()]);
        let none = vec!["10.0.0.1:0".parse().unwrap()];
        assert_eq!(public_only("b.example", none).unwrap_err().address, IpAddr::from([10, 0, 0, 1]));
        assert_eq!(public_only("c.example", vec![]), Ok(vec![]));
    }
}
