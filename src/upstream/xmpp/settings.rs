//! The keys of `kind = "xmpp"`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::jid::{Domain, Domains};
use crate::config::reader::{Fault, Node, Read, Section, boolean, integer, non_empty_list, one_of, parsed};
use crate::upstream::settings::check_timeout;

/// The keys of one XMPP provider.
#[derive(Debug)]
pub struct XmppSettings {
    pub domains: Domains,
    /// The server of all domains, instead of those in DNS.
    pub server: Option<Server>,
    /// `None`: as DNS says.
    pub tls: Option<Tls>,
    /// For one login, the time in the queue included.
    pub timeout: Duration,
    /// After how many failures in a row the server bans an address. `None`: it does not ban ours.
    pub bans_after: Option<u32>,
}

/// `xmpp.example.org:5222`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
}

/// How a connection is encrypted. Every connection is (security rule C45).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (XEP-0368).
    Direct,
    /// After STARTTLS, the first request (RFC 6120 §5).
    StartTls,
}

/// The default of ejabberd's `mod_fail2ban` (`c2s_max_auth_failures`).
const BANS_AFTER: u32 = 20;
/// With 1, the first wrong password would be a ban.
const BANS_AFTER_RANGE: RangeInclusive<u32> = 2..=1000;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the keys of this kind, in addition to those that all kinds share.
pub fn parse(section: &mut Section) -> Option<XmppSettings> {
    let domains = section.required("domains", "[\"example.org\"]", non_empty_list(parsed(domain)));
    let server = section.optional("server", parsed(server));
    let ways = [("direct", Tls::Direct), ("starttls", Tls::StartTls)];
    let tls = section.optional("tls", one_of(&ways, &[]));
    let timeout = section.optional("timeout", check_timeout);
    let bans_after = section.optional("bans_after", bans_after).unwrap_or(Some(BANS_AFTER));
    Some(XmppSettings {
        domains: Domains::new(domains?)?,
        server,
        // Without DNS, STARTTLS is the usual way on port 5222.
        tls: tls.or(section.has("server").then_some(Tls::StartTls)),
        timeout: timeout.unwrap_or(TIMEOUT),
        bans_after,
    })
}

fn bans_after(node: &Node) -> Read<Option<u32>> {
    if boolean(node).is_ok_and(|bans| !bans) {
        return Ok(None);
    }
    integer(BANS_AFTER_RANGE)(node).map(Some).map_err(|_| {
        let (least, most) = (BANS_AFTER_RANGE.start(), BANS_AFTER_RANGE.end());
        let wrong = Fault::new(format!("must be a whole number from {least} to {most}, or false"));
        let fix =
            "write after how many failures in a row the server bans an address, or false if it never bans Vestibule's";
        wrong.fix(fix).into()
    })
}

fn domain(text: &str) -> Result<Domain, Fault> {
    if text.contains('@') || text.contains('/') || text.contains(':') {
        return Err(Fault::new("holds a text that is not a domain").fix("write only the part after the @ of a JID"));
    }
    Domain::parse(text).map_err(|why| Fault::new(format!("holds {text:?}, {why}")))
}

/// Reads a host and a port.
///
/// # Errors
/// When one of them is missing or invalid.
pub fn server(text: &str) -> Result<Server, Fault> {
    let wrong =
        |what: &str| Fault::new(format!("must be host and port, {what}")).fix("write \"xmpp.example.org:5222\"");
    let (host, port) = text.rsplit_once(':').ok_or_else(|| wrong("and names no port"))?;
    let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong("and its port is invalid"))?;
    let host = url::Host::parse(host).map_err(|_| wrong("and its host is invalid"))?;
    let host = match host {
        url::Host::Domain(name) => name,
        url::Host::Ipv4(ip) => ip.to_string(),
        url::Host::Ipv6(ip) => ip.to_string(),
    };
    Ok(Server { host, port })
}
