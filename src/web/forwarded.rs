//! `X-Forwarded-For`: the network that a request comes from, according to trusted proxies.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use ipnet::IpNet;

use crate::base::addresses::embedded_ipv4;

const HEADER: &str = "x-forwarded-for";

/// The proxies whose `X-Forwarded-For` counts, and the warnings that were already logged.
#[derive(Debug, Default)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    /// Whether every request must come through a proxy. We speak plain HTTP, so an https address needs one for TLS.
    expected: bool,
    warned: [AtomicBool; 5],
}

/// What is wrong between the proxy and us. Each is logged once per config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProxyMisconfiguration {
    UntrustedLoopback,
    UntrustedPrivate,
    UntrustedPublic,
    NoHeader,
    NoAddress,
}

impl Proxies {
    pub fn new(trusted: Vec<IpNet>, public_url: &str) -> Self {
        Self { trusted, expected: public_url.starts_with("https:"), warned: Default::default() }
    }

    /// The network that a request comes from: an IPv4 /24 or an IPv6 /64. That is exact enough to count attempts, and
    /// does not identify a person. All visitors that a translator shows as IPv6 would be one /64, so their IPv4 address
    /// counts.
    pub fn network(&self, peer: IpAddr, headers: &HeaderMap) -> String {
        let (client, misconfiguration) = self.client(peer, headers);
        if let Some(misconfiguration) = misconfiguration {
            self.warn_once(misconfiguration, peer.to_canonical());
        }
        let client = match client {
            IpAddr::V6(ip) => embedded_ipv4(ip).map_or(client, IpAddr::V4),
            IpAddr::V4(_) => client,
        };
        let prefix = if client.is_ipv4() { 24 } else { 64 };
        IpNet::new(client, prefix).map_or_else(|_| client.to_string(), |network| network.trunc().to_string())
    }

    /// The client's address: the first one, from the peer and then leftwards in the header, that is no trusted proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, Option<ProxyMisconfiguration>) {
        // An IPv6 socket shows an IPv4 peer as a mapped address. Without this step, all of those would count as one
        // network, and no IPv4 proxy would be trusted.
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return (client, headers.contains_key(HEADER).then(|| untrusted(client)));
        }
        let mut hops = 0;
        for hop in hops_from_the_right(headers) {
            if !self.trusts(client) {
                return (client, None);
            }
            let Some(address) = address(hop) else { return (client, Some(ProxyMisconfiguration::NoAddress)) };
            client = address;
            hops += 1;
        }
        (client, (hops == 0 && self.expected).then_some(ProxyMisconfiguration::NoHeader))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|trusted| trusted.contains(&address))
    }

    fn warn_once(&self, misconfiguration: ProxyMisconfiguration, peer: IpAddr) {
        let Some(warned) = self.warned.get(misconfiguration as usize) else { return };
        if !warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(cause = "proxy_unclear", %peer, "{}", misconfiguration.message(peer));
        }
    }
}

impl ProxyMisconfiguration {
    fn message(self, peer: IpAddr) -> String {
        const CONSEQUENCE: &str =
            "everybody behind it counts as one network, so the wrong passwords of one person make all of them wait";
        match self {
            Self::UntrustedLoopback | Self::UntrustedPrivate => format!(
                "requests come from {peer} with X-Forwarded-For, and `trusted_proxies` does not list it: \
                 {CONSEQUENCE}. If it is your proxy, write trusted_proxies = [\"{peer}\"] under [server]"
            ),
            Self::UntrustedPublic => format!(
                "a request came from {peer} with X-Forwarded-For, and `trusted_proxies` does not list it: the header \
                 is ignored. If it is your proxy, {CONSEQUENCE}: write trusted_proxies = [\"{peer}\"] under [server]. \
                 If not, a visitor forged the header: put a proxy in front of Vestibule"
            ),
            Self::NoHeader => format!(
                "requests come from {peer}, which `trusted_proxies` lists, without X-Forwarded-For: {CONSEQUENCE}. Let \
                 the proxy set it to the address of its client (nginx: proxy_set_header X-Forwarded-For $remote_addr;)"
            ),
            Self::NoAddress => format!(
                "the X-Forwarded-For that comes from {peer} has no address of the proxy's client: \
                 {CONSEQUENCE}. Let the proxy set it to the address of its client"
            ),
        }
    }
}

fn untrusted(peer: IpAddr) -> ProxyMisconfiguration {
    let private = match peer {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    match peer {
        _ if peer.is_loopback() => ProxyMisconfiguration::UntrustedLoopback,
        _ if private => ProxyMisconfiguration::UntrustedPrivate,
        _ => ProxyMisconfiguration::UntrustedPublic,
    }
}

/// The header is split as bytes, before it is decoded: bytes that a visitor sent must not hide the address that the
/// proxy added. Empty entries don't count (RFC 9110 §5.6.1.2).
fn hops_from_the_right(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(HEADER).iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    hops.map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty())
}

/// An address as proxies write it: bare, with a port, in brackets, in quotes, with an IPv6 zone.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?;
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let without_zone = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address = without_zone.parse::<IpAddr>().ok();
    address
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use http::{HeaderMap, HeaderValue};
    use proptest::collection::vec;
    use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::{Proxies, ProxyMisconfiguration};

    fn proxies(trusted: &[&str]) -> Proxies {
        let trusted = trusted.iter().map(|net| net.parse().unwrap_or_else(|_| net.parse::<IpAddr>().unwrap().into()));
        Proxies::new(trusted.collect(), "https://auth.example.org")
    }

    fn forwarded<T: AsRef<[u8]>>(lines: &[T]) -> HeaderMap {
        let line = |line: &T| ("x-forwarded-for".parse().unwrap(), HeaderValue::from_bytes(line.as_ref()).unwrap());
        lines.iter().map(line).collect()
    }

    const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    // C43
    #[test]
    fn a_visitor_cannot_choose_the_network_that_their_requests_count_for() {
        let direct = proxies(&[]).network("203.0.113.9".parse().unwrap(), &forwarded(&["198.51.100.1"]));
        assert_eq!(direct, "203.0.113.0/24");
        let proxied = proxies(&["127.0.0.1/32"]);
        assert_eq!(proxied.network(LOCAL, &forwarded(&["10.9.9.9, 203.0.113.9"])), "203.0.113.0/24");
        assert_eq!(proxied.network(LOCAL, &forwarded(&["10.9.9.9", "203.0.113.9"])), "203.0.113.0/24");
        let mapped = "::ffff:127.0.0.1".parse().unwrap();
        assert_eq!(proxied.network(mapped, &forwarded(&["203.0.113.9"])), "203.0.113.0/24");
        assert_eq!(proxied.network(LOCAL, &forwarded(&["nonsense"])), "127.0.0.0/24");
        assert_eq!(proxied.network(LOCAL, &forwarded(&["2001:db8:1:2:3::4"])), "2001:db8:1:2::/64");
    }

    // C43: bytes that are not UTF-8, in the part that the visitor sent
    #[test]
    fn entries_that_the_visitor_sent_do_not_hide_the_entry_of_the_proxy() {
        let proxied = proxies(&["127.0.0.1/32"]);
        let lines: [&[u8]; 2] = [b"198.51.100.1", b"\xfc, 203.0.113.9"];
        assert_eq!(proxied.network(LOCAL, &forwarded(&lines)), "203.0.113.0/24");
        for forged in ["é", "\"", "\"a, b", ",", " ", "[", "198.51.100.1;", "for=198.51.100.1"] {
            let line = format!("{forged},203.0.113.9");
            assert_eq!(proxied.network(LOCAL, &forwarded(&[line])), "203.0.113.0/24", "{forged}");
        }
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        let proxied = proxies(&["127.0.0.1/32", "10.0.0.0/8"]);
        for (written, network) in [
            ("203.0.113.9:1234", "203.0.113.0/24"),
            ("  203.0.113.9  ", "203.0.113.0/24"),
            ("\"203.0.113.9:1234\"", "203.0.113.0/24"),
            ("203.0.113.9, 10.1.2.3:80, 127.0.0.1:9", "203.0.113.0/24"),
            ("203.0.113.9,,", "203.0.113.0/24"),
            ("[2001:db8:1:2::3]:443", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::3]", "2001:db8:1:2::/64"),
            ("\"[2001:db8:1:2::3]:443\"", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::ffff:203.0.113.9", "203.0.113.0/24"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.0/24"),
            ("64:ff9b::203.0.113.9", "203.0.113.0/24"),
            ("64:ff9b:1::203.0.113.9", "64:ff9b:1::/64"),
            ("unknown", "127.0.0.0/24"),
            ("203.0.113.9:", "127.0.0.0/24"),
            ("203.0.113.9:99999", "127.0.0.0/24"),
            ("203.0.113", "127.0.0.0/24"),
            ("example.org", "127.0.0.0/24"),
        ] {
            assert_eq!(proxied.network(LOCAL, &forwarded(&[written])), network, "{written}");
        }
    }

    #[test]
    fn an_ipv4_address_on_an_ipv6_socket_counts_as_ipv4() {
        let mapped = |text: &str| format!("::ffff:{text}").parse().unwrap();
        assert_eq!(proxies(&[]).network(mapped("203.0.113.9"), &HeaderMap::new()), "203.0.113.0/24");
        let proxied = proxies(&["127.0.0.1/32"]);
        assert_eq!(proxied.network(mapped("127.0.0.1"), &forwarded(&["::ffff:198.51.100.7"])), "198.51.100.0/24");
    }

    #[test]
    fn only_a_misconfigured_proxy_causes_a_warning() {
        let misconfiguration = |trusted: &[&str], peer: &str, lines: &[&str]| {
            proxies(trusted).client(peer.parse().unwrap(), &forwarded(lines)).1
        };
        assert_eq!(
            misconfiguration(&[], "127.0.0.1", &["203.0.113.9"]),
            Some(ProxyMisconfiguration::UntrustedLoopback)
        );
        assert_eq!(
            misconfiguration(&["127.0.0.1"], "::1", &["203.0.113.9"]),
            Some(ProxyMisconfiguration::UntrustedLoopback)
        );
        assert_eq!(
            misconfiguration(&["127.0.0.1"], "10.0.0.2", &["203.0.113.9"]),
            Some(ProxyMisconfiguration::UntrustedPrivate)
        );
        assert_eq!(
            misconfiguration(&[], "203.0.113.9", &["198.51.100.1"]),
            Some(ProxyMisconfiguration::UntrustedPublic)
        );
        assert_eq!(misconfiguration(&["127.0.0.1"], "127.0.0.1", &[]), Some(ProxyMisconfiguration::NoHeader));
        assert_eq!(misconfiguration(&["127.0.0.1"], "127.0.0.1", &["unknown"]), Some(ProxyMisconfiguration::NoAddress));
        assert_eq!(misconfiguration(&["127.0.0.1"], "127.0.0.1", &["203.0.113.9"]), None);
        assert_eq!(
            misconfiguration(&["127.0.0.1"], "127.0.0.1", &["unknown, 203.0.113.9"]),
            None,
            "entries before the proxy's are not read"
        );
        assert_eq!(misconfiguration(&[], "203.0.113.9", &[]), None);
        let plain = Proxies::new(vec!["127.0.0.1/32".parse().unwrap()], "http://localhost:8080");
        assert_eq!(plain.client(LOCAL, &HeaderMap::new()).1, None, "without TLS, no proxy is needed");
    }

    #[test]
    fn the_warning_names_the_peer_and_the_line_to_write() {
        let message = ProxyMisconfiguration::UntrustedLoopback.message(IpAddr::V6(Ipv6Addr::LOCALHOST));
        assert!(message.contains("come from ::1") && message.contains("trusted_proxies = [\"::1\"]"), "{message}");
    }

    proptest! {
        // C43: whatever a visitor sends before it, the address that the proxy added decides.
        #[test]
        fn the_entry_of_a_trusted_proxy_decides_whatever_comes_before_it(
            forged in vec(
                vec(any::<u8>().prop_filter("of a header", |byte| *byte >= 0x20 && *byte != 0x7f), 0..30),
                0..3,
            ),
            client in prop_oneof![any::<Ipv4Addr>().prop_map(IpAddr::V4), any::<Ipv6Addr>().prop_map(IpAddr::V6)],
            port in any::<Option<u16>>(),
        ) {
            let proxied = proxies(&["192.0.2.1"]);
            let peer = "192.0.2.1".parse().unwrap();
            let expected = proxies(&[]).network(client, &HeaderMap::new());
            let added = match (port, client) {
                (Some(port), client) => std::net::SocketAddr::from((client, port)).to_string(),
                (None, client) => client.to_string(),
            };
            let mut lines = forged;
            match lines.last_mut() {
                Some(line) => line.extend(format!(", {added}").bytes()),
                None => lines.push(added.into_bytes()),
            }
            if client.to_canonical() != peer {
                prop_assert_eq!(proxied.network(peer, &forwarded(&lines)), expected);
            }
        }
    }
}
