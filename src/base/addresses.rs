//! IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The IPv4 address that an IPv6 address stands for: an IPv4-mapped one, or one of a translator between both, such as
/// NAT64 (RFC 6052 §2.1).
#[must_use]
pub fn embedded_ipv4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = ip.octets();
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => ip.to_ipv4_mapped(),
    }
}
