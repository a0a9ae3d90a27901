//! The address of a server, as the config names it.

use std::net::IpAddr;

use url::Url;

use crate::config::reader::Fault;

/// Where a server listens, and how connections with it are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
    pub protection: Protection,
}

/// How a connection is encrypted (security rule C45).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from its first byte.
    Tls,
    /// TLS after `StartTLS` (RFC 4511 §4.14), or no connection at all.
    StartTls,
    /// None: the server is on this machine, and the config allows it.
    None,
}

/// Whether a server may do without TLS: `encryption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Required,
    NoneOnLoopback,
}

/// Reads `ldaps://ldap.example.org:636`.
pub fn parse_address(text: &str, encryption: Encryption) -> Result<Server, Fault> {
    let example = "write it such as \"ldaps://ldap.example.org\"";
    let wrong = |what: &str| Fault::new(what).fix(example);
    let url = Url::parse(text).map_err(|_| wrong("holds a text that is not an address"))?;
    let (standard, protection) = match (url.scheme(), encryption) {
        ("ldaps", _) => (636, Protection::Tls),
        ("ldap", Encryption::Required) => (389, Protection::StartTls),
        ("ldap", Encryption::NoneOnLoopback) => (389, Protection::None),
        _ => return Err(wrong("must hold ldaps:// and ldap:// addresses")),
    };
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("holds an address without a host"))?;
    if host.starts_with('[') {
        return Err(Fault::new("can't hold an IPv6 address").fix("name the host that has it"));
    }
    let bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
    if !bare || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must hold scheme, host and port, and nothing more"));
    }
    if protection == Protection::None && !is_loopback_host(host) {
        return Err(Fault::new(format!(
            "holds {host}, which is not this machine: passwords would be sent unencrypted"
        ))
        .fix("leave out encryption = \"none-on-loopback\", so that the connection uses StartTLS"));
    }
    let (host, port) = (host.to_owned(), url.port().unwrap_or(standard));
    Ok(Server { host, port, protection })
}

fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Server {
    /// `ldap.example.org:636`
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// `ldap.example.org`
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}
