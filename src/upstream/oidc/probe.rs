//! What `vestibule check` finds at an OpenID provider, by the same discovery as a sign-in.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};
use url::Url;

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::endpoints::{Endpoints, JWKS_URI, ONE_TENANT, is_multi_tenant};
use super::fetch::KEY_SET;
use super::probe_fixes::{UNSUPPORTED_DEMANDS, fix_for_unlisted, http_fix, of_metadata, status_fix};
use super::published_metadata::PublishedMetadata;
use super::settings::{ResponseMode, UserInfo};
use crate::base::counted::counted;
use crate::base::redaction::Redaction;
use crate::signin::identify::{Algorithm, IssParameter};
use crate::upstream::FetchError;
use crate::upstream::answer_words::{error_details, media_type_note};
use crate::upstream::peer_info::{PeerInfo, encoding_in_words};
use crate::upstream::probe::{FindingSink, Reporter};

/// The clock difference that causes a warning, and the one beyond which ID tokens are refused (security rule C12).
const SKEW_WARNED: Duration = Duration::seconds(5);
const SKEW_ALLOWED: Duration = Duration::seconds(60);
/// How long before its expiry a certificate should be renewed.
const RENEWAL_PERIOD: Duration = Duration::days(14);

/// How many of the words that a provider lists are shown, and how many characters of each.
const MOST_SHOWN: usize = 40;
const MOST_CHARACTERS: usize = 80;

impl Oidc {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        reporter.good(format!("the redirect address to register there: {}", self.callback));
        self.show_client_key(&mut reporter);
        let Some((published, peer)) = self.fetch_published(&mut reporter).await else { return };
        let current = match self.metadata.current().await {
            Ok(current) => current,
            Err(outage) => return Self::report_fault(outage.fault, &mut reporter),
        };
        reporter
            .good(format!("discovery: the issuer matches, {} endpoints may be asked", current.endpoints.all().count()));
        self.check_keys(&current, &published, &mut reporter);
        self.check_methods(&current, &published, &mut reporter);
        self.check_certificates(&current.endpoints, peer, &mut reporter).await;
        self.try_registration(&current, &mut reporter).await;
    }

    /// Fetches the metadata as published, and what the answer shows about the server. Reports a failure.
    async fn fetch_published(&self, reporter: &mut Reporter<'_>) -> Option<(PublishedMetadata, PeerInfo)> {
        let address = self.metadata.discovery().address();
        let url = Url::parse(&address).ok()?;
        let before = self.clock.now();
        let answer = match self.http.get(&url, None).await {
            Ok(answer) => answer,
            Err(why) => {
                reporter.wrong(format!("discovery: {why}"), http_fix(&why, "`issuer`"));
                return None;
            }
        };
        let peer = PeerInfo::of(&answer);
        // The server read its clock between `before` and now.
        check_clock(peer, before + (self.clock.now() - before) / 2, reporter);
        if !answer.status().is_success() {
            let beside = error_details(&answer, &Redaction::default());
            let what = format!("discovery: {address} answers with status {}{beside}", answer.status().as_u16());
            reporter.wrong(what, status_fix(answer.status()));
            return None;
        }
        let Some(published) = PublishedMetadata::read(answer.body()) else {
            let what = format!("discovery: {address} is not a JSON object{}", media_type_note(&answer));
            let fix = if encoding_in_words(&answer).is_empty() {
                "check that `issuer` leads to the provider itself"
            } else {
                "have the provider, or a proxy before it, send JSON without an encoding"
            };
            reporter.wrong(what, fix);
            return None;
        };
        // If it is missing or not text, the discovery below reports it.
        let (configured, published_issuer) = (self.settings.issuer.as_str(), published.text("issuer"));
        if let Some(published_issuer) =
            published_issuer.filter(|published_issuer| !published_issuer.is_empty() && *published_issuer != configured)
        {
            let what = format!("discovery: its issuer is {published_issuer:?}, and the config says {configured:?}");
            reporter.wrong(
                what,
                if is_multi_tenant(published_issuer) {
                    ONE_TENANT.to_owned()
                } else {
                    format!("set issuer = {published_issuer:?}, if that is the provider you mean")
                },
            );
            return None;
        }
        Some((published, peer))
    }

    /// Reports why the discovery of a sign-in fails: by the document, an endpoint, or the keys.
    fn report_fault(fault: FetchError, reporter: &mut Reporter<'_>) {
        match fault {
            FetchError::Http { what: KEY_SET, error } => {
                reporter.wrong(format!("keys: the key set at {error}"), http_fix(&error, &of_metadata(JWKS_URI)));
            }
            FetchError::Http { error, .. } => {
                reporter.wrong(format!("discovery: {error}"), http_fix(&error, "`issuer`"));
            }
            FetchError::Endpoint { address, member, error } => reporter.wrong(
                format!("discovery: {address} can't be used: `{member}` is {}", error.why),
                http_fix(&error, &of_metadata(member)),
            ),
            FetchError::Document { what: KEY_SET, address, why } => reporter.wrong(
                format!("keys: {address} can't be used: {why}"),
                "without its keys no sign-in can be checked: see what the provider sends",
            ),
            FetchError::Document { address, why, .. } => {
                reporter.wrong(format!("discovery: {address} can't be used: {why}"), "see what the provider sends");
            }
        }
    }

    fn check_methods(&self, current: &ProviderMetadata, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
        match current.endpoints.iss_promise {
            IssParameter::Required => {
                reporter.good("answers: it promises `iss` in each, so silence is refused (RFC 9207)");
            }
            IssParameter::Optional => {
                reporter.good("answers: no promise of `iss`; its own redirect address tells its answers apart");
            }
        }
        if published.list("response_types_supported").is_some_and(|types| !types.contains("code")) {
            reporter.wrong(
                "code flow: not among its response_types_supported",
                "have the provider allow it for this client",
            );
        }
        match published.list("code_challenge_methods_supported") {
            Some(methods) if methods.contains("S256") => reporter.good("PKCE: S256"),
            Some(_) => reporter.warn("PKCE: S256 is not listed, and always sent", "have the provider switch S256 on"),
            None => {
                reporter.warn("PKCE: it lists no method; S256 is always sent", "check that the provider checks it");
            }
        }
        self.check_client_auth(published, reporter);
        let mode = match self.settings.response_mode {
            ResponseMode::Query => "query",
            ResponseMode::FormPost => "form_post",
        };
        match (published.list("response_modes_supported"), self.settings.response_mode) {
            (Some(modes), _) if modes.contains(mode) => reporter.good(format!("response mode: {mode}")),
            // Discovery §3: the default is `query` and `fragment`.
            (None, ResponseMode::Query) => reporter.good(format!("response mode: {mode}")),
            (Some(modes), _) => reporter.wrong(
                format!("response mode: {mode} is not among its {}", quoted(&modes)),
                fix_for_unlisted("response_mode", &["query", "form_post"], &modes),
            ),
            (None, ResponseMode::FormPost) => {
                reporter.warn(
                    format!("response mode: the metadata does not name {mode}; it may work"),
                    "sign in once to see",
                );
            }
        }
        for (demand, what) in UNSUPPORTED_DEMANDS.into_iter().filter(|(demand, _)| published.is_true(demand)) {
            let what = format!("requests: it demands {what} (`{demand}`), which Vestibule does not send");
            reporter.wrong(what, "have the provider switch that off for this client");
        }
        self.check_scopes(published, reporter);
        // The list helps to write `username` and `groups_claim`. It may be incomplete (Discovery §3).
        if let Some(claims) = published.list("claims_supported") {
            reporter.good(format!("claims: it lists {}", quoted(&claims)));
        }
        if self.settings.userinfo == UserInfo::Ask && current.endpoints.userinfo.is_none() {
            reporter.wrong("userinfo: it has no such endpoint", "leave `userinfo` out");
        }
    }

    fn check_scopes(&self, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
        let asked = self.settings.client.scopes.join(" ");
        // The list may be incomplete (Discovery §3).
        let Some(listed) = published.list("scopes_supported") else { return reporter.good(format!("scopes: {asked}")) };
        let mut unknown: BTreeSet<&str> =
            self.settings.client.scopes.iter().map(String::as_str).filter(|scope| !listed.contains(scope)).collect();
        if unknown.is_empty() {
            return reporter.good(format!("scopes: {asked}"));
        }
        if unknown.remove("openid") {
            let fix = "if a sign-in fails, have the provider switch OpenID Connect on for this client";
            reporter.warn("scopes: it does not list \"openid\", without which there is no ID token", fix);
        }
        if !unknown.is_empty() {
            let what = format!("scopes: it does not list {}", quoted(&unknown));
            reporter.warn(what, format!("leave these out if a sign-in fails; it lists {}", quoted(&listed)));
        }
    }

    /// Checks the certificate of each host once. If we can't reach the sign-in page, that is only a warning, since only
    /// browsers must.
    async fn check_certificates(&self, endpoints: &Endpoints, first: PeerInfo, reporter: &mut Reporter<'_>) {
        let mut seen = BTreeSet::new();
        if let Ok(issuer) = Url::parse(self.settings.issuer.as_str()) {
            seen.insert(issuer.origin().ascii_serialization());
            self.check_certificate(&issuer, first, reporter);
        }
        for (member, address) in endpoints.all().filter(|(_, address)| address.scheme() == "https") {
            if !seen.insert(address.origin().ascii_serialization()) {
                continue;
            }
            match self.http.get(address, None).await {
                Ok(answer) => self.check_certificate(address, PeerInfo::of(&answer), reporter),
                Err(why) if address == endpoints.authorization.url() => {
                    reporter.warn(format!("sign-in page: not reached from here: {why}"), "test it in a browser");
                }
                Err(why) => reporter.wrong(format!("{member}: {why}"), http_fix(&why, &of_metadata(member))),
            }
        }
    }

    fn check_certificate(&self, address: &Url, peer: PeerInfo, reporter: &mut Reporter<'_>) {
        let Some(until) = peer.certificate_expires else { return };
        let (host, left) = (address.host_str().unwrap_or_default(), until - self.clock.now());
        let what = format!(
            "certificate of {host}: {} left, until {}",
            counted(left.whole_days(), "day", "days"),
            until.date()
        );
        if left < RENEWAL_PERIOD { reporter.warn(what, "have it renewed there") } else { reporter.good(what) }
    }
}

fn check_clock(peer: PeerInfo, local_time: OffsetDateTime, reporter: &mut Reporter<'_>) {
    // In whole seconds.
    let Some(server_time) = peer.date else { return };
    let ahead: Duration = local_time - server_time - Duration::milliseconds(500);
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    let what = format!("clock: this machine's is {} s {side} the provider's", ahead.abs().whole_seconds());
    let fix = "set this machine's clock over the network (NTP); if it is right, tell the provider";
    match ahead.abs() {
        off if off > SKEW_WARNED && peer.is_from_cache => reporter.warn(
            format!("{what}, or a cache in front of the provider sends a wrong `Age`"),
            "set this machine's clock over the network (NTP); if it is right, this warning does not matter",
        ),
        off if off > SKEW_ALLOWED => reporter.wrong(what, fix),
        off if off > SKEW_WARNED => reporter.warn(what, fix),
        _ => reporter.good("clock: agrees with the provider's"),
    }
}

pub(super) fn algorithm_names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Vec<_>>().join(", ")
}

/// The provider's words, safe to print in a terminal.
pub(super) fn quoted(words: &BTreeSet<&str>) -> String {
    let shorten = |word: &str| word.chars().take(MOST_CHARACTERS).collect::<String>();
    let shown: Vec<String> = words.iter().take(MOST_SHOWN).map(|word| format!("{:?}", shorten(word))).collect();
    match words.len().saturating_sub(MOST_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
