//! Which addresses are public, and a name look-up that returns only those.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::base::addresses::embedded_ipv4;

/// The error of a look-up that found only private addresses.
pub const NO_PUBLIC_ADDRESS: &str = "the name has no public address; `allow_private` permits private ones";

/// Looks names up with the system's resolver.
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(found.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}

/// Returns only the public addresses of a look-up, so that a name can't be pointed at an internal service.
pub struct PublicResolver<R>(pub R);

impl<R: Resolve> Resolve for PublicResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let looked_up = self.0.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = looked_up.await?.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NO_PUBLIC_ADDRESS.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is reachable from anywhere (the IANA registries of special-purpose addresses, RFC 6890).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let benchmark = a == 198 && (18..20).contains(&b);
            let protocol = a == 192 && b == 0 && c == 0;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || shared
                || benchmark
                || protocol)
        }
        IpAddr::V6(ip) => {
            // Through NAT64, a network without IPv4 has no other address for a host with only IPv4. 64:ff9b:1::/48 is
            // for private use (RFC 8215).
            if let Some(v4) = embedded_ipv4(ip) {
                return is_public(IpAddr::V4(v4));
            }
            let [a, b, ..] = ip.segments();
            // Only 2000::/3 is assigned. In it, 2001::/23 is for protocols, 2001:db8::/32 for documentation, and
            // 2002::/16 (6to4) embeds an IPv4 address that may be private.
            let global = (a & 0xe000) == 0x2000;
            let protocol = a == 0x2001 && (b < 0x0200 || b == 0x0db8);
            global && !protocol && a != 0x2002
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    // C19
    #[test]
    fn private_and_special_addresses_are_not_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "64:ff9b:0:1::808:808",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
