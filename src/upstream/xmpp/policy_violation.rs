//! What a server means by `policy-violation` (RFC 6120 §4.9.3.14). It has one condition for every rule of its own, so
//! only the words of its text tell a ban of our address from a rule about this connection.
//!
//! ejabberd's `mod_fail2ban`: "Too many (20) failed authentications from this IP address (192.0.2.7). The address will
//! be unblocked at …". Prosody's `mod_c2s_conn_throttle`: "You exceeded the number of connections/logins allowed in …".

use std::net::IpAddr;

/// The rule that a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It rejects our address.
    Ban,
    /// It wants an encrypted connection.
    Encryption,
    /// What we sent is too large.
    Size,
    /// We sent too much in a time.
    Traffic,
    Other,
}

impl Policy {
    /// The rule of an error with these texts, and the text that tells it. Without a text, it is a ban: for another
    /// rule, a client needs to know more.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> (Self, Option<&'t str>) {
        let texts = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
        let told: Vec<_> = texts.map(|text| (Self::of_text(text), Some(text))).collect();
        let first = |wanted: fn(Self) -> bool| told.iter().find(|(policy, _)| wanted(*policy)).copied();
        first(|policy| policy == Self::Ban)
            .or_else(|| first(|policy| policy != Self::Other))
            .or_else(|| first(|_| true))
            .unwrap_or((Self::Ban, None))
    }

    fn of_text(text: &str) -> Self {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let any = |of: &[&str]| words.iter().any(|word| of.contains(word));
        let too_many = words.windows(2).any(|pair| pair == ["too", "many"]) || any(&EXCEEDED);
        if any(&BANNED) {
            Self::Ban
        } else if any(&ENCRYPTION) {
            Self::Encryption
        } else if any(&TRAFFIC) {
            Self::Traffic
        } else if any(&SIZE) {
            Self::Size
        } else if (too_many && any(&LOGINS)) || (any(&BLOCKED) && any(&ADDRESS)) || has_address(&text) {
            Self::Ban
        } else {
            Self::Other
        }
    }
}

const BANNED: [&str; 3] = ["ban", "bans", "banned"];
const ENCRYPTION: [&str; 9] =
    ["starttls", "tls", "ssl", "encryption", "encrypted", "unencrypted", "cleartext", "plaintext", "insecure"];
const TRAFFIC: [&str; 3] = ["bandwidth", "traffic", "unacked"];
const SIZE: [&str; 9] = ["stanza", "stanzas", "xml", "size", "big", "large", "bytes", "elements", "depth"];
const EXCEEDED: [&str; 6] = ["exceeded", "exceeds", "limit", "limited", "maximum", "max"];
const LOGINS: [&str; 17] = [
    "login",
    "logins",
    "logon",
    "logons",
    "auth",
    "authentication",
    "authentications",
    "attempt",
    "attempts",
    "try",
    "tries",
    "failed",
    "failure",
    "failures",
    "connection",
    "connections",
    "connects",
];
const BLOCKED: [&str; 8] =
    ["blocked", "unblocked", "blacklisted", "blacklist", "blocklisted", "blocklist", "denied", "rejected"];
const ADDRESS: [&str; 6] = ["address", "addresses", "ip", "ips", "host", "network"];

/// Whether an IP address is in it, as in ejabberd's text in every language.
fn has_address(text: &str) -> bool {
    let parts = text.split(|c: char| !c.is_ascii_hexdigit() && c != '.' && c != ':');
    parts.map(|part| part.trim_end_matches(['.', ':'])).any(|part| part.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn a_text_is_a_ban_only_if_its_words_say_so() {
        for (text, policy) in [
            (
                "Too many (20) failed authentications from this IP address (192.0.2.7). The address will be unblocked \
                 at 12:00:00 01.02.2030 UTC",
                Policy::Ban,
            ),
            ("Zu viele (20) gescheiterte Anmeldungen von dieser Adresse (2001:db8::7).", Policy::Ban),
            ("You exceeded the number of connections/logins allowed in 60 seconds, good bye.", Policy::Ban),
            ("Exceeded max failed authentication attempts, bye.", Policy::Ban),
            ("Login rate limit exceeded", Policy::Ban),
            ("Too many logins", Policy::Ban),
            ("You are banned.", Policy::Ban),
            ("Your IP is blocked", Policy::Ban),
            ("Access denied for your address", Policy::Ban),
            ("Encryption is required before authentication", Policy::Encryption),
            ("Use of STARTTLS required before login", Policy::Encryption),
            ("Cleartext logins are disabled", Policy::Encryption),
            ("Bandwidth exceeded", Policy::Traffic),
            ("Connection bandwidth limit exceeded", Policy::Traffic),
            ("Traffic rate limit is exceeded", Policy::Traffic),
            ("Too many unacked stanzas", Policy::Traffic),
            ("XML stanza is too big", Policy::Size),
            ("Stanza size limit exceeded", Policy::Size),
            ("Urban users only", Policy::Other),
            ("Missing to address in stream header", Policy::Other),
            ("The 'from' address is invalid", Policy::Other),
            ("Your client version is blocked", Policy::Other),
            ("Login disabled at 12:00", Policy::Other),
            ("Too many resources", Policy::Other),
        ] {
            assert_eq!(Policy::of([text]), (policy, Some(text)));
        }
    }

    #[test]
    fn every_text_of_an_error_is_looked_at() {
        let english = "Too many failed logins";
        assert_eq!(Policy::of(["Gesperrt", english]), (Policy::Ban, Some(english)));
        assert_eq!(Policy::of([" \n", "Gesperrt"]), (Policy::Other, Some("Gesperrt")));
        assert_eq!(Policy::of([]), (Policy::Ban, None));
        assert_eq!(Policy::of([" "]), (Policy::Ban, None));
    }
}
