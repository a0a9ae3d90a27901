//! What `vestibule check` finds at an OpenID provider, by the same discovery as a sign-in.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};
use url::Url;

use super::Oidc;
use super::endpoints::{Endpoints, JWKS_URI, is_multi_tenant, one_tenant};
use super::fetch::KEY_SET;
use super::probe_fixes::{MetadataAddress, issuer_fix, of_metadata, status_fix};
use super::published_metadata::PublishedMetadata;
use crate::base::random;
use crate::base::redaction::Redaction;
use crate::signin::identify::Algorithm;
use crate::upstream::FetchError;
use crate::upstream::answer_words::{error_details, media_type_note};
use crate::upstream::oauth_client::{RegistrationCheck, WantedTokens};
use crate::upstream::peer_info::{PeerInfo, encoding_in_words};
use crate::upstream::probe::{FindingSink, Reporter};
use crate::upstream::probe_addresses::{http_fix, report_certificate};

/// The clock difference that causes a warning, and the one beyond which ID tokens are refused (security rule C12).
const SKEW_WARNED: Duration = Duration::seconds(5);
const SKEW_ALLOWED: Duration = Duration::seconds(60);

/// How many of the words that a provider lists are shown, and how many characters of each.
const MOST_SHOWN: usize = 40;
const MOST_CHARACTERS: usize = 80;

impl Oidc {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        reporter.good(format!("the redirect address to register there: {}", self.callback));
        self.settings.client.report_key(&mut reporter);
        let Some((published, peer)) = self.fetch_published(&mut reporter).await else { return };
        let current = match self.metadata.current().await {
            Ok(current) => current,
            Err(outage) => return self.report_fault(outage.fault, &mut reporter),
        };
        reporter
            .good(format!("discovery: the issuer matches, {} endpoints may be asked", current.endpoints.all().count()));
        self.check_keys(&current, &published, &mut reporter);
        self.check_methods(&current, &published, &mut reporter);
        self.check_certificates(&current.endpoints, peer, &mut reporter).await;
        let nonce = random::token();
        let check = RegistrationCheck {
            http: &self.http,
            callback: &self.callback,
            wanted: WantedTokens::IdToken,
            more: &[&[("nonce", Some(nonce.as_str()))], self.settings.demands.parameters().as_slice()].concat(),
        };
        current.relying_party.client.check_registration(&check, &mut reporter).await;
    }

    /// Fetches the metadata as published, and what the answer shows about the server. Reports a failure.
    async fn fetch_published(&self, reporter: &mut Reporter<'_>) -> Option<(PublishedMetadata, PeerInfo)> {
        let address = self.settings.metadata_address();
        let url = Url::parse(&address).ok()?;
        let before = self.clock.now();
        let answer = match self.http.get(&url, None).await {
            Ok(answer) => answer,
            Err(why) => {
                reporter.wrong(format!("discovery: {why}"), http_fix(&why, &self.metadata_key().server_key()));
                return None;
            }
        };
        let peer = PeerInfo::of(&answer);
        // The server read its clock between `before` and now.
        check_clock(peer, before + (self.clock.now() - before) / 2, reporter);
        if !answer.status().is_success() {
            let beside = error_details(&answer, &Redaction::default());
            let what = format!("discovery: {address} answers with status {}{beside}", answer.status().as_u16());
            reporter.wrong(what, status_fix(answer.status(), self.metadata_key()));
            return None;
        }
        let Some(published) = PublishedMetadata::read(answer.body()) else {
            let what =
                format!("discovery: {address} is not a JSON object{}", media_type_note(&answer, &Redaction::default()));
            let fix = if encoding_in_words(&answer, &Redaction::default()).is_empty() {
                format!("check that {} leads to the provider itself", self.metadata_key().server_key())
            } else {
                "have the provider, or a proxy before it, send JSON without an encoding".to_owned()
            };
            reporter.wrong(what, fix);
            return None;
        };
        // If it is missing or not text, the discovery below reports it.
        let (configured, issuers) = (self.settings.issuer.as_str(), self.settings.issuers());
        let other = |issuer: &&str| !issuer.is_empty() && !issuers.contain(issuer);
        if let Some(published_issuer) = published.text("issuer").filter(other) {
            let what = format!("discovery: its issuer is {published_issuer:?}, and the config says {configured:?}");
            let keys = &self.settings.issuer_keys;
            reporter.wrong(
                what,
                if is_multi_tenant(published_issuer) { one_tenant(keys) } else { issuer_fix(keys, published_issuer) },
            );
            return None;
        }
        Some((published, peer))
    }

    /// Where the config has the address of the metadata.
    fn metadata_key(&self) -> MetadataAddress<'_> {
        match self.settings.discovery_url {
            Some(_) => MetadataAddress::Own,
            None => MetadataAddress::BelowIssuer(&self.settings.issuer_keys),
        }
    }

    /// Reports why the discovery of a sign-in fails: by the document, an endpoint, or the keys.
    fn report_fault(&self, fault: FetchError, reporter: &mut Reporter<'_>) {
        match fault {
            FetchError::Http { what, error } if what == KEY_SET => {
                reporter.wrong(format!("keys: the key set at {error}"), http_fix(&error, &of_metadata(JWKS_URI)));
            }
            FetchError::Http { error, .. } => {
                reporter.wrong(format!("discovery: {error}"), http_fix(&error, &self.metadata_key().server_key()));
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

    /// Checks the certificate of each host once. If we can't reach the sign-in page, that is only a warning, since only
    /// browsers must.
    async fn check_certificates(&self, endpoints: &Endpoints, first: PeerInfo, reporter: &mut Reporter<'_>) {
        let mut seen = BTreeSet::new();
        if let Ok(metadata) = Url::parse(&self.settings.metadata_address()) {
            seen.insert(metadata.origin().ascii_serialization());
            report_certificate(&metadata, first, self.clock.now(), reporter);
        }
        for (member, address) in endpoints.all().filter(|(_, address)| address.scheme() == "https") {
            if !seen.insert(address.origin().ascii_serialization()) {
                continue;
            }
            match self.http.get(address, None).await {
                Ok(answer) => report_certificate(address, PeerInfo::of(&answer), self.clock.now(), reporter),
                Err(why) if address == endpoints.authorization.url() => {
                    reporter.warn(format!("sign-in page: not reached from here: {why}"), "test it in a browser");
                }
                Err(why) => reporter.wrong(format!("{member}: {why}"), http_fix(&why, &of_metadata(member))),
            }
        }
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
