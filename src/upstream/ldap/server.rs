//! A server's address, and the way to a connection with it: resolve, connect, TLS. Each step has a name for when it fails.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use url::Url;

use super::connection::Connection;
use super::starttls;
use super::trouble::{Onward, Trouble};
use crate::config::reader::Fault;

/// Where a server listens, and how talk with it is kept from others' ears.
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
    /// None: the server is this machine, and the config says so in words.
    None,
}

/// Whether a server may do without TLS: `encryption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Required,
    NoneOnLoopback,
}

/// Reads `ldaps://ldap.example.org:636`.
pub fn address(text: &str, encryption: Encryption) -> Result<Server, Fault> {
    let example = "write it such as \"ldaps://ldap.example.org\"";
    let wrong = |what: &str| Fault::new(what).mend(example);
    let url = Url::parse(text).map_err(|_| wrong("holds what is no address"))?;
    let (standard, protection) = match (url.scheme(), encryption) {
        ("ldaps", _) => (636, Protection::Tls),
        ("ldap", Encryption::Required) => (389, Protection::StartTls),
        ("ldap", Encryption::NoneOnLoopback) => (389, Protection::None),
        _ => return Err(wrong("must hold ldaps:// and ldap:// addresses")),
    };
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("holds an address without a host"))?;
    if host.starts_with('[') {
        return Err(Fault::new("can't hold an IPv6 address").mend("name the host that has it"));
    }
    let bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
    if !bare || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must hold scheme, host and port, and nothing more"));
    }
    if protection == Protection::None && !is_this_machine(host) {
        return Err(Fault::new(format!("holds {host}, which is not this machine: passwords would travel in the open"))
            .mend("leave out encryption = \"none-on-loopback\", so that it is asked with StartTLS"));
    }
    let (host, port) = (host.to_owned(), url.port().unwrap_or(standard));
    Ok(Server { host, port, protection })
}

fn is_this_machine(host: &str) -> bool {
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

    /// A connection that nobody is signed in on yet.
    pub async fn connect(&self, tls: &Arc<ClientConfig>, until: Instant) -> Result<Connection, Trouble> {
        let mut stream = self.reach(until).await?;
        if self.protection == Protection::StartTls {
            let asked = self.within("TLS", until, starttls::ask(&mut stream)).await?;
            asked.map_err(|why| Trouble::of_opening(self, why))?;
            // From here on it is as if it were TLS from its first byte.
        }
        let opened = match self.protection {
            Protection::None => Connection::open(self.name(), stream).await,
            Protection::Tls | Protection::StartTls => {
                let name =
                    ServerName::try_from(self.host.clone()).map_err(|why| Trouble::of_opening(self, why.into()))?;
                let shaking = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
                let shaken = self.within("TLS", until, shaking).await?;
                let secret = shaken.map_err(|why| Trouble::of_opening(self, why.into()))?;
                Connection::open(self.name(), secret).await
            }
        };
        opened.map_err(|why| Trouble::of_opening(self, why))
    }

    async fn reach(&self, until: Instant) -> Result<TcpStream, Trouble> {
        let looking = tokio::net::lookup_host((self.host.as_str(), self.port));
        let found = self.within("resolve", until, looking).await?;
        let unknown = |why: String| {
            let mend = "see that the name in `servers` is right and that this machine can look it up";
            self.trouble("resolve", format!("{why}; {mend}"))
        };
        let mut found: Vec<SocketAddr> = found.map_err(|why| unknown(why.to_string()))?.collect();
        if self.protection == Protection::None {
            found.retain(|address| address.ip().is_loopback());
        }
        let mut last = unknown("the name has no address that may be asked".to_owned());
        for address in found {
            match self.within("connect", until, TcpStream::connect(address)).await? {
                Ok(stream) => return Ok(stream),
                Err(why) => {
                    let mend = "see that it is up and that this machine may reach it";
                    last = self.trouble("connect", format!("{address}: {why}; {mend}"));
                }
            }
        }
        Err(last)
    }

    async fn within<T>(
        &self,
        phase: &'static str,
        until: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, Trouble> {
        let silent = |_| self.trouble(phase, SILENT.to_owned());
        tokio::time::timeout_at(until, work).await.map_err(silent)
    }

    pub fn trouble(&self, phase: &'static str, why: String) -> Trouble {
        Trouble::new(self.name(), phase, why, Onward::NextServer)
    }
}

/// What is said of a server that does not answer.
pub const SILENT: &str =
    "no answer in time; see that it is not hung, and that nothing between here and there swallows packets";

/// A part of the time that is left.
pub fn share(until: Instant, of: u32) -> Instant {
    let now = Instant::now();
    let left = until.saturating_duration_since(now);
    now + left.checked_div(of.max(1)).unwrap_or(Duration::ZERO)
}
