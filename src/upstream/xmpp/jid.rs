//! Turns a typed name into a JID, in the form that servers compare (RFC 6120 §2.1, RFC 6122).

use std::fmt;

use rustls::pki_types::ServerName;
use tokio_xmpp::jid::{BareJid, DomainPart, NodePart};

use crate::signin::identify::MAX_SUBJECT_LENGTH;

/// The domains of a provider, at least one.
#[derive(Debug)]
pub struct Domains {
    first: Domain,
    others: Vec<Domain>,
}

/// One domain.
#[derive(Debug, Clone)]
pub struct Domain {
    jid: DomainPart,
    /// As DNS and certificates write it.
    ascii: String,
    /// The name that the server's certificate must have: the domain, not the host that DNS names (RFC 6120 §13.7.2).
    certificate: ServerName<'static>,
}

/// An account, the same for all spellings of its name.
#[derive(Debug)]
pub struct Account<'d> {
    pub domain: &'d Domain,
    pub local: NodePart,
    pub jid: BareJid,
}

impl Domains {
    /// `None` for an empty list.
    #[must_use]
    pub fn new(domains: Vec<Domain>) -> Option<Self> {
        let mut domains = domains.into_iter();
        Some(Self { first: domains.next()?, others: domains.collect() })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Domain> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The account of a typed name: a JID, or only its local part at the first domain. `None` if it is not a JID, or of
    /// another domain, or too long for a subject (security rule C15).
    #[must_use]
    pub fn account(&self, typed: &str) -> Option<Account<'_>> {
        let (local, domain) = match typed.split_once('@') {
            Some((local, domain)) => (local, self.named(domain)?),
            None => (typed, &self.first),
        };
        let local = NodePart::new(local).ok()?.into_owned();
        let jid = local.with_domain(&domain.jid);
        (jid.as_str().len() <= MAX_SUBJECT_LENGTH).then_some(Account { domain, local, jid })
    }

    fn named(&self, domain: &str) -> Option<&Domain> {
        let ascii = ascii(&domain.parse().ok()?)?;
        self.iter().find(|known| known.ascii == ascii)
    }
}

impl Domain {
    /// # Errors
    /// Why it is not a domain, as the end of a sentence that begins with the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let jid = DomainPart::new(text).map_err(|_| "which is not a domain")?.into_owned();
        if jid.as_str().split('.').any(|label| label.starts_with("xn--")) {
            // RFC 7622 §3.2: JIDs are compared in their Unicode form, and that form must never change.
            return Err("which must be written in Unicode, not as xn--");
        }
        let ascii = ascii(&jid).ok_or("which is an address and not a domain")?;
        let certificate = ServerName::try_from(ascii.clone()).map_err(|_| "which can't be in a certificate")?;
        Ok(Self { jid, ascii, certificate })
    }

    /// As JIDs write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jid.as_str()
    }

    /// As DNS writes it.
    #[must_use]
    pub fn ascii(&self) -> &str {
        &self.ascii
    }

    #[must_use]
    pub fn certificate(&self) -> &ServerName<'static> {
        &self.certificate
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn ascii(domain: &DomainPart) -> Option<String> {
    match url::Host::parse(domain.as_str()).ok()? {
        url::Host::Domain(name) => Some(name),
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, Domains};

    fn means(typed: &str) -> Option<String> {
        let domains = ["example.org", "münchen.example"].map(|domain| Domain::parse(domain).unwrap());
        Domains::new(domains.into()).unwrap().account(typed).map(|account| account.jid.to_string())
    }

    // C43
    #[test]
    fn all_spellings_of_a_jid_give_the_same_jid() {
        for typed in ["ada", "Ada", "ada@example.org", "ADA@Example.ORG", "ada@example.org.", "ａｄａ", "a\u{ad}da"]
        {
            assert_eq!(means(typed).as_deref(), Some("ada@example.org"), "{typed:?}");
        }
        for typed in ["jürgen@münchen.example", "JÜRGEN@MÜNCHEN.example", "ju\u{308}rgen@xn--mnchen-3ya.example"] {
            assert_eq!(means(typed).as_deref(), Some("jürgen@münchen.example"), "{typed:?}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_jid_of_our_domains_gives_no_account() {
        for typed in [
            "ada@example.com",
            "ada@sub.example.org",
            "ada@example.org/phone",
            "ada@example.org@example.org",
            "ada＠example.org",
            "@example.org",
            "ada@",
            "a da",
            "ada ",
            "a/da",
            "<ada>",
            "ada\u{0}",
            "ada\u{e000}",
            "ada@127.0.0.1",
            "",
        ] {
            assert_eq!(means(typed), None, "{typed:?}");
        }
        assert_eq!(means(&"a".repeat(1024)), None);
    }

    // C15
    #[test]
    fn a_jid_of_more_than_255_bytes_gives_no_account() {
        let domain = "@example.org".len();
        assert!(means(&"a".repeat(255 - domain)).is_some_and(|jid| jid.len() == 255));
        assert_eq!(means(&"a".repeat(256 - domain)), None);
        assert_eq!(means(&"é".repeat(128)), None);
    }

    #[test]
    fn a_domain_must_be_written_in_unicode() {
        for bad in ["xn--mnchen-3ya.example", "127.0.0.1", "[::1]", "", "exa mple", "a..b"] {
            assert!(Domain::parse(bad).is_err(), "{bad}");
        }
        let domain = Domain::parse("MÜNCHEN.example").unwrap();
        assert_eq!((domain.as_str(), domain.ascii()), ("münchen.example", "xn--mnchen-3ya.example"));
    }
}
