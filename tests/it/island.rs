//! Where marsad connects to, in a network where every address of the internet leads to the test, which counts: never to an
//! address that is not public, and never past a proxy.

mod addresses;
mod entities;
mod proxies;

use crate::support::island::{NameServer, Shore, is_here, visit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of a feed that is public, for what is no attack.
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34));
