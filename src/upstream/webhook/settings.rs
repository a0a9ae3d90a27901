//! The keys of `kind = "webhook"`.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::base::ids::{Issuer, ProviderId};
use crate::base::secret::Secret;
use crate::base::urls::{is_loopback, may_hide_a_password};
use crate::config::PrivateAddresses;
use crate::config::reader::{Fault, Section, integer, parsed, text};
use crate::upstream::settings::check_timeout;

/// The address of a hook, and the secret by which it recognises us.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    pub endpoint: Endpoint,
    pub secret: Secret<String>,
    /// Where the secret is configured: `provider.hook.secret_file (hook.secret)`.
    pub secret_place: String,
    /// Without one the issuer is `webhook:` and the provider's id.
    pub issuer: Option<Issuer>,
    /// For a whole check, including the time in the queue.
    pub timeout: Duration,
    /// How many requests it gets at once.
    pub at_once: usize,
    /// How many more may wait for their turn.
    pub queue: usize,
}

/// Where a hook listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    Network(Url),
    /// `url` is requested through the socket. Its host is not used.
    Socket {
        socket: PathBuf,
        url: Url,
    },
}

impl Endpoint {
    #[must_use]
    pub fn url(&self) -> &Url {
        match self {
            Self::Network(url) | Self::Socket { url, .. } => url,
        }
    }
}

/// Short, since a person waits.
const TIMEOUT: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 16;
const QUEUE: usize = 64;

impl WebhookSettings {
    /// The issuer of the provider `id`.
    #[must_use]
    pub fn issuer_of(&self, id: &ProviderId) -> Issuer {
        self.issuer.clone().unwrap_or_else(|| Issuer::from(format!("webhook:{id}")))
    }
}

/// Reads the keys of this kind, in addition to those that all kinds share.
pub fn parse(section: &mut Section) -> Option<WebhookSettings> {
    let private = PrivateAddresses::read(section);
    let endpoint =
        section.required("url", "\"https://hook.example.org/check\"", parsed(|text| parse_endpoint(text, private)));
    let secret = section.secret("secret");
    if !section.has("secret") && !section.has("secret_file") {
        section
            .note_missing("secret", "add secret_file = \"…\": without it anybody could ask the hook about passwords");
    }
    let issuer = section.optional("issuer", text).map(Issuer::from);
    let timeout = section.optional("timeout", check_timeout);
    let at_once = section.optional("at_once", integer(1..=256));
    let queue = section.optional("queue", integer(0..=10_000));
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let secret = secret?;
    Some(WebhookSettings {
        endpoint: endpoint?,
        secret: secret.value,
        secret_place: secret.place,
        issuer,
        timeout: timeout.unwrap_or(TIMEOUT),
        at_once: at_once.map_or(AT_ONCE, count),
        queue: queue.map_or(QUEUE, count),
    })
}

/// `https://host/path`, `http://localhost/path`, `unix:/run/hook.sock`, `unix:/run/hook.sock:/path`.
fn parse_endpoint(text: &str, private: PrivateAddresses) -> Result<Endpoint, Fault> {
    if let Some(socket) = text.strip_prefix("unix:") {
        return socket_endpoint(socket);
    }
    let begins_like_a_socket = |scheme: &str| text.trim_start().to_ascii_lowercase().starts_with(scheme);
    if begins_like_a_socket("unix:") {
        return Err(Fault::new("must begin with unix: in small letters, without a space before it")
            .fix("write unix:/run/hook.sock"));
    }
    if begins_like_a_socket("file:") {
        return Err(Fault::new("names a file").fix("write unix:/run/hook.sock for a socket on this machine"));
    }
    let Ok(url) = Url::parse(text) else {
        return Err(Fault::new("must be an address such as https://hook.example.org/check")
            .fix("or unix:/run/hook.sock, for a hook on this machine"));
    };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Fault::new("must hold no name, no password and no #").fix("`secret` proves who we are"));
    }
    if may_hide_a_password(text) {
        return Err(Fault::new("holds an @ after the port").fix("write %40 for it; `secret` proves who we are"));
    }
    match (url.scheme(), is_loopback(&url), private) {
        ("https", false, _) | ("https" | "http", true, PrivateAddresses::Allowed) => Ok(Endpoint::Network(url)),
        ("https" | "http", true, PrivateAddresses::Refused) => {
            Err(Fault::new("is on this machine itself, which is refused")
                .fix("add allow_private = true if that is meant"))
        }
        _ => Err(Fault::new("must be https: passwords go there")
            .fix("plain http is for loopback alone, with allow_private = true")),
    }
}

fn socket_endpoint(text: &str) -> Result<Endpoint, Fault> {
    let (socket, path) = text.split_once(":/").unwrap_or((text, ""));
    let url = Url::parse(&format!("http://localhost/{path}"));
    let fault = match url {
        _ if !socket.is_empty() && !socket.starts_with('/') => Fault::new("names a socket by a relative path"),
        _ if socket.contains(':') => Fault::new("has a colon that no / follows"),
        _ if socket.len() > MAX_SOCKET_PATH => {
            return Err(Fault::new(format!("names a socket whose path has more than {MAX_SOCKET_PATH} bytes"))
                .fix("let the hook make its socket in another folder, such as /run"));
        }
        Ok(url) if !socket.is_empty() && url.fragment().is_none() => {
            return Ok(Endpoint::Socket { socket: PathBuf::from(socket), url });
        }
        Ok(_) | Err(_) => Fault::new("names no socket"),
    };
    Err(fault.fix("write unix:/run/hook.sock, or unix:/run/hook.sock:/path"))
}

/// The longest path that the system takes for a socket (unix(7)).
const MAX_SOCKET_PATH: usize = 107;

#[cfg(test)]
mod tests {
    use super::{Endpoint, parse_endpoint};
    use crate::config::PrivateAddresses::{Allowed, Refused};

    // C19
    #[test]
    fn passwords_are_sent_only_over_https_or_within_this_machine() {
        for (text, private) in [
            ("http://hook.example.org/check", Allowed),
            ("http://127.0.0.1:8000/", Refused),
            ("https://localhost/", Refused),
            ("http://10.0.0.1/", Allowed),
            ("https://a:b@hook.example.org/", Refused),
            ("https://hook.example.org/#x", Refused),
            ("ftp://hook.example.org/", Refused),
            ("hook.example.org", Refused),
            ("unix:hook.sock", Refused),
            ("unix:", Refused),
        ] {
            assert!(parse_endpoint(text, private).is_err(), "{text}");
        }
        assert!(parse_endpoint("https://hook.example.org/check?of=staff", Refused).is_ok());
        assert!(parse_endpoint("http://127.0.0.1:8000/", Allowed).is_ok());
    }

    #[test]
    fn an_address_that_is_no_socket_gets_a_message_of_its_own() {
        for (text, expected) in [
            ("unix:hook.sock", "names a socket by a relative path"),
            ("UNIX:/run/hook.sock", "must begin with unix: in small letters"),
            (" unix:/run/hook.sock", "must begin with unix: in small letters"),
            ("file:/run/hook.sock", "names a file"),
            ("unix:/run/hook.sock:check", "has a colon that no / follows"),
            (&format!("unix:/{}", "a".repeat(107)), "more than 107 bytes"),
            ("unix:", "names no socket"),
            ("unix:/run/hook.sock:/#x", "names no socket"),
        ] {
            let fault = format!("{:?}", parse_endpoint(text, Refused).unwrap_err());
            assert!(fault.contains(expected), "{text}: {fault}");
        }
        assert!(parse_endpoint(&format!("unix:/{}", "a".repeat(106)), Refused).is_ok());
    }

    #[test]
    fn a_socket_may_be_followed_by_a_path() {
        let socket = |text: &str| match parse_endpoint(text, Refused).unwrap() {
            Endpoint::Socket { socket, url } => (socket.display().to_string(), url.path().to_owned()),
            Endpoint::Network(url) => panic!("{url}"),
        };
        assert_eq!(socket("unix:/run/hook.sock"), ("/run/hook.sock".into(), "/".into()));
        assert_eq!(socket("unix:/run/hook.sock:/check"), ("/run/hook.sock".into(), "/check".into()));
    }
}
