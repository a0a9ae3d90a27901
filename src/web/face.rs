//! What an operator shows of themselves, and which proxies speak for a browser.

use std::net::IpAddr;
use std::path::Path;

use http::HeaderMap;
use ipnet::IpNet;

use super::pages::{Brand, Help, Language};
use crate::config::Config;

/// The part of a configuration that pages and headers need.
#[derive(Debug)]
pub struct Face {
    pub brand: Brand,
    /// The default first.
    pub languages: Vec<Language>,
    pub logo: Option<Logo>,
    trusted_proxies: Vec<IpNet>,
}

/// The operator's logo, read once.
#[derive(Debug)]
pub struct Logo {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Where the logo is served.
pub const LOGO: &str = "/brand/logo";

/// Why a checked configuration has no face.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    #[error("[brand] logo: {0} can't be read: {1}")]
    Unreadable(String, std::io::Error),
    #[error("[brand] logo: {0} is neither .svg, .png, .jpg nor .webp")]
    Kind(String),
}

impl Face {
    /// # Errors
    /// When the logo can't be shown.
    pub fn new<K>(config: &Config<K>) -> Result<Self, FaceError> {
        let logo = config.brand.logo.as_deref().map(read_logo).transpose()?;
        let languages = config.server.languages.iter().filter_map(|tag| tag.to_string().parse().ok()).collect();
        Ok(Self {
            brand: Brand {
                name: config.brand.name.clone(),
                logo: logo.as_ref().map(|_| LOGO.to_owned()),
                help: config.brand.help.as_ref().and_then(|help| Help::parse(help.as_str())),
            },
            languages,
            logo,
            trusted_proxies: config.server.trusted_proxies.clone(),
        })
    }

    /// The network that a request comes from: an IPv4 /24 or an IPv6 /64, enough to count by and too little to follow.
    ///
    /// `X-Forwarded-For` is read from the right, past the proxies that the config trusts and no further.
    #[must_use]
    pub fn network(&self, peer: IpAddr, headers: &HeaderMap) -> String {
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|list| list.split(',')).map(str::trim).collect();
        // A socket that speaks IPv6 names an IPv4 peer within it: all of those would be one network, and no proxy trusted.
        let mut client = peer.to_canonical();
        for hop in hops.iter().rev() {
            if !self.trusted_proxies.iter().any(|trusted| trusted.contains(&client)) {
                break;
            }
            match hop.parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        let prefix = if client.is_ipv4() { 24 } else { 64 };
        IpNet::new(client, prefix).map_or_else(|_| client.to_string(), |network| network.trunc().to_string())
    }
}

fn read_logo(path: &Path) -> Result<Logo, FaceError> {
    let shown = path.display().to_string();
    let content_type = match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => return Err(FaceError::Kind(shown)),
    };
    let bytes = std::fs::read(path).map_err(|why| FaceError::Unreadable(shown, why))?;
    Ok(Logo { content_type, bytes })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{Brand, Face, Language};

    fn face(trusted: &[&str]) -> Face {
        Face {
            brand: Brand { name: "Example".into(), logo: None, help: None },
            languages: vec![Language::English],
            logo: None,
            trusted_proxies: trusted.iter().map(|net| net.parse().unwrap()).collect(),
        }
    }

    fn forwarded(value: &str) -> HeaderMap {
        HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_stranger_cannot_choose_the_network_they_are_counted_by() {
        let direct = face(&[]).network("203.0.113.9".parse().unwrap(), &forwarded("198.51.100.1"));
        assert_eq!(direct, "203.0.113.0/24");
        let proxied = face(&["127.0.0.1/32"]);
        let local = "127.0.0.1".parse().unwrap();
        assert_eq!(proxied.network(local, &forwarded("10.9.9.9, 203.0.113.9")), "203.0.113.0/24");
        let mapped = "::ffff:127.0.0.1".parse().unwrap();
        assert_eq!(proxied.network(mapped, &forwarded("203.0.113.9")), "203.0.113.0/24");
        assert_eq!(proxied.network(local, &forwarded("nonsense")), "127.0.0.0/24");
        assert_eq!(proxied.network(local, &forwarded("2001:db8:1:2:3::4")), "2001:db8:1:2::/64");
    }

    #[test]
    fn an_ipv4_address_counts_as_one_where_the_socket_speaks_ipv6() {
        let mapped = |text: &str| format!("::ffff:{text}").parse().unwrap();
        assert_eq!(face(&[]).network(mapped("203.0.113.9"), &HeaderMap::new()), "203.0.113.0/24");
        let proxied = face(&["127.0.0.1/32"]);
        assert_eq!(proxied.network(mapped("127.0.0.1"), &forwarded("::ffff:198.51.100.7")), "198.51.100.0/24");
    }
}
