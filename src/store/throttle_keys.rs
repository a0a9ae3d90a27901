//! The keys of the login throttle: MACs of names, accounts, networks and servers.

use ipnet::Ipv6Net;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::base::ids::ProviderId;
use crate::base::secret::MacKey;
use crate::base::username::folded;

/// The key of a row: a MAC. Without the master key, it does not show which name or network it stands for.
pub type ThrottleKey = [u8; 32];

/// The name or account that an attempt is counted for. Each provider has its own counts: one name may mean different
/// people at two providers.
#[derive(Debug, Clone, Copy)]
pub enum ThrottleSubject<'w> {
    /// A name as it was typed, whether or not an account has it.
    TypedName(&'w ProviderId, &'w str),
    /// A name exactly as it is sent to the server, for servers where two spellings may be two people. All spellings
    /// share the count of [`Self::TypedName`], but a successful sign-in resets only the failures with its own spelling.
    SentName(&'w ProviderId, &'w str),
    /// The account that the typed name leads to.
    Account(&'w ProviderId, &'w str),
}

/// The keys of one name or account, for attempts from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleKeys {
    /// The row exists if the person has signed in from this network before.
    pub known: ThrottleKey,
    /// Attempts from this network.
    pub this_network: ThrottleKey,
    /// Attempts from all networks that are not known for the person.
    pub all_networks: ThrottleKey,
    /// The attempts among `all_networks` with this spelling of the name. Only for [`ThrottleSubject::SentName`].
    pub spelling: Option<ThrottleKey>,
}

/// The key of all attempts from one network at one provider.
#[must_use]
pub fn throttle_key_of_network(mac_key: &MacKey, provider: &ProviderId, network: &str) -> ThrottleKey {
    mac_key.mac(&["network", provider.as_str(), network])
}

/// The keys for a provider's server that bans addresses. Here an IPv6 network is a /48: an end site may have one (RFC
/// 6177 §2), so one attacker may use 65,536 networks of /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerThrottleKeys {
    /// All attempts at this server.
    pub all: ThrottleKey,
    /// Attempts at this server from one network.
    pub network: ThrottleKey,
}

impl ServerThrottleKeys {
    #[must_use]
    pub fn of(mac_key: &MacKey, provider: &ProviderId, network: &str) -> Self {
        let all = mac_key.mac(&["server", provider.as_str()]);
        let site = ipv6_site(network);
        Self { all, network: mac_key.mac(&["server", provider.as_str(), site.as_deref().unwrap_or(network)]) }
    }
}

/// The IPv6 /48 that a network lies in.
fn ipv6_site(network: &str) -> Option<String> {
    let network: Ipv6Net = network.parse().ok()?;
    Ipv6Net::new(network.addr(), 48).ok().map(|site| site.trunc().to_string())
}

impl ThrottleKeys {
    #[must_use]
    pub fn of(mac_key: &MacKey, subject: ThrottleSubject<'_>, network: &str) -> Self {
        let (name, kind_and_provider): (String, &[&str]) = match subject {
            ThrottleSubject::TypedName(provider, typed) => (fold_spelling(typed), &["typed", provider.as_str()]),
            ThrottleSubject::SentName(provider, sent) => (sent.to_owned(), &["sent", provider.as_str()]),
            ThrottleSubject::Account(provider, account) => (account.to_owned(), &["account", provider.as_str()]),
        };
        let key =
            |kind: &[&str], more: &[&str]| mac_key.mac(&[kind, kind_and_provider, &[name.as_str()], more].concat());
        let (known, this_network) = (key(&["known"], &[network]), key(&["here"], &[network]));
        let (all_networks, spelling) = match subject {
            ThrottleSubject::SentName(provider, sent) => (
                Self::of(mac_key, ThrottleSubject::TypedName(provider, sent), network).all_networks,
                Some(key(&["anywhere"], &[])),
            ),
            ThrottleSubject::TypedName(..) | ThrottleSubject::Account(..) => (key(&["anywhere"], &[]), None),
        };
        Self { known, this_network, all_networks, spelling }
    }

    pub fn all(&self) -> impl Iterator<Item = ThrottleKey> + use<> {
        [self.known, self.this_network, self.all_networks].into_iter().chain(self.spelling)
    }
}

/// Folds all spellings of a name that some server may treat as one name. Ignores case, width, spaces (RFC 4518 §2.6.1),
/// and accents as the usual collations of SQL databases do. Two people with such similar names share the count of
/// failures from unknown networks.
fn fold_spelling(name: &str) -> String {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c) && !is_mapped_to_nothing(*c)).collect();
    folded(&plain).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that directories ignore in a name (RFC 4518 §2.2), beside those that `folded` leaves out.
fn is_mapped_to_nothing(c: char) -> bool {
    matches!(c, '\u{6dd}' | '\u{70f}' | '\u{1806}' | '\u{fff9}'..='\u{fffc}') || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::fold_spelling;

    // C43
    #[test]
    fn characters_that_a_directory_ignores_make_no_other_name() {
        for ignored in
            ['\u{1}', '\u{7f}', '\u{ad}', '\u{34f}', '\u{6dd}', '\u{70f}', '\u{1806}', '\u{180b}', '\u{200d}']
        {
            assert_eq!(fold_spelling(&format!("a{ignored}da")), "ada", "{ignored:?}");
        }
        for ignored in ['\u{2063}', '\u{206f}', '\u{fe0f}', '\u{feff}', '\u{fff9}', '\u{fffb}', '\u{fffc}', '\u{e0041}']
        {
            assert_eq!(fold_spelling(&format!("a{ignored}da")), "ada", "{ignored:?}");
        }
        assert_eq!(fold_spelling("a\tda"), "a da");
    }
}
