//! Why a server's certificate is not trusted, and how the operator can fix it.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use rustls::CertificateError;

/// A certificate that does not name the host that we connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMismatch {
    /// It has no subjectAltName. Such certificates often have the host in the CN only.
    NoSubjectAltName { host: String },
    /// Its subjectAltName has other entries only, such as an e-mail address.
    NoHostName { host: String },
    /// It names these hosts.
    OtherNames { host: String, names: Vec<String> },
    /// The names in it are not known.
    UnknownNames { host: String },
}

impl NameMismatch {
    /// `None` when something else is wrong with the certificate.
    #[must_use]
    pub fn of(why: &CertificateError, host: &str) -> Option<Self> {
        let host = host.to_owned();
        match why {
            CertificateError::NotValidForName => Some(Self::UnknownNames { host }),
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
                Some(Self::NoSubjectAltName { host })
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names: Vec<_> = presented.iter().filter(|name| names_host(name)).map(|it| bare_name(it)).collect();
                Some(if names.is_empty() { Self::NoHostName { host } } else { Self::OtherNames { host, names } })
            }
            _ => None,
        }
    }

    /// What to do about it. `usual` is the advice for a certificate of another host.
    #[must_use]
    pub fn fix(&self, usual: &str) -> String {
        match self {
            Self::NoSubjectAltName { host } | Self::NoHostName { host } => {
                let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
                format!("have it reissued with subjectAltName = {kind}:{host}")
            }
            Self::OtherNames { .. } | Self::UnknownNames { .. } => usual.to_owned(),
        }
    }
}

/// RFC 9525 §6.3: TLS clients ignore the CN.
impl fmt::Display for NameMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSubjectAltName { .. } => {
                f.write_str("its certificate has no subjectAltName, and TLS clients no longer read the name in its CN")
            }
            Self::NoHostName { .. } => {
                f.write_str("its certificate names no host in its subjectAltName, but something else")
            }
            Self::OtherNames { host, names } => {
                /// A certificate may hold hundreds of names.
                const SHOWN: usize = 5;
                let more = if names.len() > SHOWN { ", …" } else { "" };
                let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
                write!(f, "its certificate is for another name: for {shown}{more}, not for {host}")
            }
            Self::UnknownNames { host } => write!(f, "its certificate is for another name than {host}"),
        }
    }
}

/// Why our TLS client does not trust a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFailure {
    Name(NameMismatch),
    UnknownIssuer,
    Expired,
    NotYetValid,
    /// The server's certificate is that of an authority, as `openssl req -x509` makes it.
    CaCertificate,
    /// The server answers in another protocol.
    NoTls,
}

/// The parts of a fix that depend on the kind of server and its settings.
#[derive(Debug, Clone, Copy)]
pub struct Fixes<'f> {
    /// For a server that does not speak TLS.
    pub no_tls: &'f str,
    /// For a certificate of another host.
    pub other_name: &'f str,
    /// The config key for a certificate authority: `ca_file`.
    pub ca: &'f str,
}

impl TlsFailure {
    /// What to do about it.
    #[must_use]
    pub fn fix(&self, fixes: Fixes<'_>) -> String {
        let Fixes { no_tls, other_name, ca } = fixes;
        match self {
            Self::NoTls => no_tls.to_owned(),
            Self::Name(wrong) => wrong.fix(other_name),
            Self::UnknownIssuer => format!("name that authority's certificate in {ca}"),
            Self::Expired => "have it renewed there, or set the clock of this machine".to_owned(),
            Self::NotYetValid => "compare the clocks of both machines".to_owned(),
            Self::CaCertificate => {
                format!("have that authority sign one for the server, and name the authority's certificate in {ca}")
            }
        }
    }

    /// `None` if the error has another cause.
    #[must_use]
    pub fn find_in(error: &(dyn Error + 'static), host: &str) -> Option<Self> {
        use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext, UnknownIssuer};
        match find_tls_error(error)? {
            rustls::Error::InvalidCertificate(UnknownIssuer) => Some(Self::UnknownIssuer),
            rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => Some(Self::Expired),
            rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => Some(Self::NotYetValid),
            // rustls has no variant for this cause.
            rustls::Error::InvalidCertificate(CertificateError::Other(why))
                if why.to_string().contains("CaUsedAsEndEntity") =>
            {
                Some(Self::CaCertificate)
            }
            rustls::Error::InvalidCertificate(why) => NameMismatch::of(why, host).map(Self::Name),
            rustls::Error::InvalidMessage(_) => Some(Self::NoTls),
            _ => None,
        }
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(why) => why.fmt(f),
            Self::UnknownIssuer => f.write_str("its certificate is signed by an authority we don't trust"),
            Self::Expired => f.write_str("its certificate has expired"),
            Self::NotYetValid => f.write_str("its certificate is not valid yet, by the clock of this machine"),
            Self::CaCertificate => {
                f.write_str("its certificate is an authority's own, as `openssl req -x509` makes it, not a server's")
            }
            Self::NoTls => f.write_str("it does not speak TLS there"),
        }
    }
}

/// The message of a failed handshake, if [`TlsFailure::find_in`] found no cause. The TLS library's own words for a
/// closed connection explain nothing.
#[must_use]
pub fn handshake_words(why: &str) -> &str {
    if why == "tls handshake eof" { "it closed the connection during the TLS handshake" } else { why }
}

/// An I/O error may hold another error that it does not name as its source.
fn find_tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let inner = inner.and_then(|inner| find_tls_error(inner));
    error.downcast_ref().or(inner).or_else(|| find_tls_error(error.source()?))
}

/// Whether an entry of the subjectAltName names a host. The TLS library writes only the tag of other entries (RFC 5280
/// §4.2.1.6): `Unsupported(0x01)` is an e-mail address.
fn names_host(presented: &str) -> bool {
    presented.starts_with("DnsName(") || presented.starts_with("IpAddress(")
}

/// `hello.example` of `DnsName("hello.example")`, the form of names in these errors, without characters that could
/// forge a line of the log.
fn bare_name(presented: &str) -> String {
    let (_, name) = presented.split_once('(').unwrap_or(("", presented));
    let name = name.trim_end_matches(')').trim_matches('"');
    name.chars().filter(|c| c.is_ascii_graphic() && *c != ';').take(100).collect()
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;
    use rustls::pki_types::ServerName;

    use super::{Fixes, NameMismatch, TlsFailure};

    fn of(names: &[&str], host: &str) -> NameMismatch {
        let expected = ServerName::try_from(host.to_owned()).unwrap();
        let presented = names.iter().map(|name| (*name).to_owned()).collect();
        NameMismatch::of(&CertificateError::NotValidForNameContext { expected, presented }, host).unwrap()
    }

    #[test]
    fn a_certificate_without_names_is_distinguished_from_one_for_other_names() {
        let none = of(&[], "ldap.example.org");
        assert!(none.to_string().contains("no subjectAltName"), "{none}");
        assert_eq!(none.fix("…"), "have it reissued with subjectAltName = DNS:ldap.example.org");
        assert_eq!(of(&[], "192.0.2.1").fix("…"), "have it reissued with subjectAltName = IP:192.0.2.1");
        let email = of(&["Unsupported(0x01)"], "ldap.example.org");
        assert_eq!(email.to_string(), "its certificate names no host in its subjectAltName, but something else");
        assert_eq!(email.fix("…"), "have it reissued with subjectAltName = DNS:ldap.example.org");
        let both = of(&["Unsupported(0x01)", "DnsName(\"a.example\")"], "ldap.example.org").to_string();
        assert_eq!(both, "its certificate is for another name: for a.example, not for ldap.example.org");
        let others = of(&["DnsName(\"a.example\")", "IpAddress(192.0.2.7)", "DnsName(\"x\nb;y\")"], "ldap.example.org");
        assert_eq!(
            others.to_string(),
            "its certificate is for another name: for a.example, 192.0.2.7, xby, not for ldap.example.org"
        );
        assert_eq!(others.fix("usual"), "usual");
        assert_eq!(NameMismatch::of(&CertificateError::UnknownIssuer, "x"), None);
    }

    #[test]
    fn the_cause_is_found_inside_io_errors() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        let error = std::io::Error::other(std::io::Error::other(tls));
        let expected = TlsFailure::Name(NameMismatch::UnknownNames { host: "x".to_owned() });
        assert_eq!(TlsFailure::find_in(&error, "x"), Some(expected));
        assert_eq!(TlsFailure::find_in(&std::io::Error::other("another"), "x"), None);
    }

    #[test]
    fn each_cause_has_the_fix_that_the_settings_of_the_server_allow() {
        let fixes = Fixes { no_tls: "use http://", other_name: "use another name", ca: "`ca_file`" };
        for (why, fix) in [
            (TlsFailure::NoTls, "use http://"),
            (TlsFailure::Name(NameMismatch::UnknownNames { host: "x".into() }), "use another name"),
            (TlsFailure::UnknownIssuer, "name that authority's certificate in `ca_file`"),
            (TlsFailure::Expired, "have it renewed there, or set the clock of this machine"),
            (TlsFailure::NotYetValid, "compare the clocks of both machines"),
            (
                TlsFailure::CaCertificate,
                "have that authority sign one for the server, and name the authority's certificate in `ca_file`",
            ),
        ] {
            assert_eq!(why.fix(fixes), fix);
        }
    }

    #[test]
    fn each_cause_has_a_message_of_our_own() {
        let message = |why| {
            let error = std::io::Error::other(rustls::Error::InvalidCertificate(why));
            TlsFailure::find_in(&error, "x").map(|why| why.to_string()).unwrap_or_default()
        };
        assert!(message(CertificateError::UnknownIssuer).ends_with("signed by an authority we don't trust"));
        assert!(message(CertificateError::Expired).ends_with("has expired"));
        assert!(message(CertificateError::NotValidYet).contains("not valid yet"));
        assert!(message(CertificateError::NotValidForName).contains("for another name than x"));
        assert_eq!(message(CertificateError::BadSignature), "");
        let other = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert_eq!(TlsFailure::find_in(&std::io::Error::other(other), "x"), Some(TlsFailure::NoTls));
    }
}
