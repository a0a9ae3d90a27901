//! What `vestibule check` finds at an OpenID provider, by the same discovery as a sign-in.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use url::Url;

use super::Oidc;
use super::document::{Endpoints, ONE_TENANT, is_of_many};
use super::fetch::{KEY_SET, said_type, told_beside};
use super::metadata::Known;
use super::settings::{ClientAuth, ResponseMode, UserInfo};
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::Members;
use crate::signin::identify::{Algorithm, Promise};
use crate::upstream::Fault;
use crate::upstream::http::{HttpError, Phase};
use crate::upstream::peer_info::{PeerInfo, encoding_in_words};
use crate::upstream::probe::{Speaker, Tell};

/// The difference of clocks that is worth a warning, and the one from which ID tokens are refused (security rule C12).
const SKEW_WARNED: Duration = Duration::seconds(5);
const SKEW_ALLOWED: Duration = Duration::seconds(60);
/// How long before its expiry a certificate should be renewed.
const RENEWAL: Duration = Duration::days(14);

/// How many of the claims that a provider lists are shown.
const MOST_SHOWN: usize = 40;

/// The metadata as published. Only advice follows from it.
pub(super) struct Published(Map<String, Value>);

impl Oidc {
    pub(super) async fn check_provider(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        to.good(format!("the redirect address to register there: {}", self.callback));
        let Some((published, peer)) = self.fetch_published(&mut to).await else { return };
        let known = match self.metadata.known().await {
            Ok(known) => known,
            Err(fault) => return Self::report_fault(fault, &mut to),
        };
        to.good(format!("discovery: the issuer is equal, {} endpoints may be asked", known.endpoints.all().count()));
        self.check_keys(&known, &published, &mut to);
        self.check_methods(&known, &published, &mut to);
        self.check_certificates(&known.endpoints, peer, &mut to).await;
        self.try_registration(&known, &mut to).await;
    }

    /// Fetches the metadata as published, with what the answer says of the server. Reports what went wrong.
    async fn fetch_published(&self, to: &mut Speaker<'_>) -> Option<(Published, PeerInfo)> {
        let address = self.metadata.address();
        let url = Url::parse(&address).ok()?;
        let before = self.clock.now();
        let answer = match self.http.get(&url, None).await {
            Ok(answer) => answer,
            Err(why) => {
                to.wrong(format!("discovery: {why}"), fix(&why));
                return None;
            }
        };
        let peer = PeerInfo::of(&answer);
        if let Some(theirs) = peer.date {
            check_clock(theirs, before, self.clock.now(), to);
        }
        if !answer.status().is_success() {
            let beside = told_beside(&answer, &Redaction::default());
            let what = format!("discovery: {address} answers with status {}{beside}", answer.status().as_u16());
            to.wrong(what, "see that `issuer` is exactly what the provider calls itself");
            return None;
        }
        let Some(published) = Published::read(answer.body()) else {
            let what = format!("discovery: {address} is no JSON object{}", said_type(&answer));
            let fix = if encoding_in_words(&answer).is_empty() {
                "see that `issuer` leads to the provider itself"
            } else {
                "have the provider, or a proxy before it, send JSON without an encoding"
            };
            to.wrong(what, fix);
            return None;
        };
        // If it is missing or not text, the discovery below says so.
        let (ours, theirs) = (self.settings.issuer.as_str(), published.text("issuer"));
        if let Some(theirs) = theirs.filter(|theirs| !theirs.is_empty() && *theirs != ours) {
            let what = format!("discovery: it calls itself {theirs:?}, and the config says {ours:?}");
            to.wrong(
                what,
                if is_of_many(theirs) {
                    ONE_TENANT.to_owned()
                } else {
                    format!("set issuer = {theirs:?}, if that is the provider you mean")
                },
            );
            return None;
        }
        Some((published, peer))
    }

    /// Reports why the discovery of a sign-in fails: by the document, an endpoint, or the keys.
    fn report_fault(fault: Fault, to: &mut Speaker<'_>) {
        match fault {
            Fault::Http(why) => to.wrong(format!("discovery: {why}"), fix(&why)),
            Fault::Document { what: KEY_SET, address, why } => to.wrong(
                format!("keys: {address} can't be used: {why}"),
                "without its keys no sign-in can be checked: look at it there",
            ),
            Fault::Document { address, why, .. } => {
                to.wrong(format!("discovery: {address} can't be used: {why}"), "look at it there");
            }
        }
    }

    fn check_methods(&self, known: &Known, published: &Published, to: &mut Speaker<'_>) {
        match known.endpoints.promise {
            Promise::Kept => to.good("answers: it promises `iss` in each, so silence is refused (RFC 9207)"),
            Promise::None => to.good("answers: no promise of `iss`; its own redirect address keeps it apart"),
        }
        if published.list("response_types_supported").is_some_and(|types| !types.contains("code")) {
            to.wrong("code flow: not among its response_types_supported", "have the provider allow it for this client");
        }
        match published.list("code_challenge_methods_supported") {
            Some(methods) if methods.contains("S256") => to.good("PKCE: S256"),
            Some(_) => to.warn("PKCE: S256 is not listed, and always sent", "have the provider switch S256 on"),
            None => to.warn("PKCE: it says nothing of it; S256 is always sent", "see that the provider checks it"),
        }
        let (ours, secret) = match self.settings.client_auth {
            ClientAuth::Basic => ("client_secret_basic", true),
            ClientAuth::Post => ("client_secret_post", true),
            ClientAuth::None => ("none", false),
        };
        match (published.list("token_endpoint_auth_methods_supported"), secret) {
            (Some(methods), _) if methods.contains(ours) => to.good(format!("client authentication: {ours}")),
            // Discovery §3: the default.
            (None, _) if self.settings.client_auth == ClientAuth::Basic => {
                to.good(format!("client authentication: {ours}"));
            }
            (Some(methods), true) => to.wrong(
                format!("client authentication: {ours} is not among its {}", quoted(&methods)),
                "set client_auth to one that it takes",
            ),
            (Some(methods), false) => to.warn(
                format!("client authentication: none is not among its {}", quoted(&methods)),
                "see that this client is registered as a public one",
            ),
            (None, _) => to.warn(
                format!("client authentication: the metadata does not name {ours}; it may work"),
                "sign in once to see",
            ),
        }
        let mode = match self.settings.response_mode {
            ResponseMode::Query => "query",
            ResponseMode::FormPost => "form_post",
        };
        match (published.list("response_modes_supported"), self.settings.response_mode) {
            (Some(modes), _) if modes.contains(mode) => to.good(format!("response mode: {mode}")),
            // Discovery §3: the default is `query` and `fragment`.
            (None, ResponseMode::Query) => to.good(format!("response mode: {mode}")),
            (Some(modes), _) => to.wrong(
                format!("response mode: {mode} is not among its {}", quoted(&modes)),
                "set response_mode to one that it takes",
            ),
            (None, ResponseMode::FormPost) => {
                to.warn(
                    format!("response mode: the metadata does not name {mode}; it may work"),
                    "sign in once to see",
                );
            }
        }
        self.check_scopes(published, to);
        // They help to write `username` and `groups_claim`. A provider need not list all (Discovery §3).
        if let Some(claims) = published.list("claims_supported") {
            let shown: BTreeSet<&str> = claims.into_iter().take(MOST_SHOWN).collect();
            to.good(format!("claims: it lists {}", quoted(&shown)));
        }
        if self.settings.userinfo == UserInfo::Ask && known.endpoints.userinfo.is_none() {
            to.wrong("userinfo: it has no such endpoint", "leave `userinfo` out");
        }
    }

    fn check_scopes(&self, published: &Published, to: &mut Speaker<'_>) {
        let asked = self.settings.scopes.join(" ");
        // A provider need not list all (Discovery §3).
        let Some(listed) = published.list("scopes_supported") else { return to.good(format!("scopes: {asked}")) };
        let unknown: BTreeSet<&str> =
            self.settings.scopes.iter().map(String::as_str).filter(|scope| !listed.contains(scope)).collect();
        if unknown.is_empty() {
            to.good(format!("scopes: {asked}"));
        } else {
            let what = format!("scopes: {} not among those it lists", quoted(&unknown));
            to.warn(what, format!("it lists {}", quoted(&listed)));
        }
    }

    /// Checks the certificate of each host once. Browsers must reach the sign-in page. If we can't, that is only a
    /// hint.
    async fn check_certificates(&self, endpoints: &Endpoints, first: PeerInfo, to: &mut Speaker<'_>) {
        let mut seen = BTreeSet::new();
        if let Ok(issuer) = Url::parse(self.settings.issuer.as_str()) {
            seen.insert(issuer.origin().ascii_serialization());
            self.check_certificate(&issuer, first, to);
        }
        for address in endpoints.all().filter(|address| address.scheme() == "https") {
            if !seen.insert(address.origin().ascii_serialization()) {
                continue;
            }
            match self.http.get(address, None).await {
                Ok(answer) => self.check_certificate(address, PeerInfo::of(&answer), to),
                Err(why) if address == endpoints.authorization.url() => {
                    to.warn(format!("sign-in page: not reached from here: {why}"), "see that browsers reach it");
                }
                Err(why) => to.wrong(format!("{address}: {why}"), fix(&why)),
            }
        }
    }

    fn check_certificate(&self, address: &Url, peer: PeerInfo, to: &mut Speaker<'_>) {
        let Some(until) = peer.certificate_expires else { return };
        let (host, left) = (address.host_str().unwrap_or_default(), until - self.clock.now());
        let what = format!("certificate of {host}: {} days left, until {}", left.whole_days(), until.date());
        if left < RENEWAL { to.warn(what, "have it renewed there") } else { to.good(what) }
    }
}

/// `theirs` is in whole seconds, and was read between `before` and `after`.
fn check_clock(theirs: OffsetDateTime, before: OffsetDateTime, after: OffsetDateTime, to: &mut Speaker<'_>) {
    let ours = before + (after - before) / 2;
    let ahead: Duration = ours - (theirs + Duration::milliseconds(500));
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    let what = format!("clock: this machine's is {} s {side} the provider's", ahead.abs().whole_seconds());
    let fix = "let this machine's clock be set over the network; where it is, tell the provider";
    match ahead.abs() {
        off if off > SKEW_ALLOWED => to.wrong(what, fix),
        off if off > SKEW_WARNED => to.warn(what, fix),
        _ => to.good("clock: agrees with the provider's"),
    }
}

impl Published {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = readable(bytes);
        let members = Members::read(&bytes).ok()?;
        let member = |name: &str| Some((name.to_owned(), members.get(name).ok()??));
        Some(Self(members.names().filter_map(member).collect()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(super) fn list(&self, name: &str) -> Option<BTreeSet<&str>> {
        // An empty list says as much as none.
        let list: BTreeSet<&str> = self.0.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect();
        (!list.is_empty()).then_some(list)
    }
}

fn fix(why: &HttpError) -> String {
    let fix = match why.phase {
        Phase::Address => "give it a public https address, or add allow_private = true if this one is meant",
        Phase::Resolve => "see that the name in `issuer` is right and that this machine can look it up",
        Phase::Connect => "see that it is up and that this machine may reach it",
        Phase::Tls => return why.tls_fix("`issuer`", "ca_file"),
        Phase::Read | Phase::Size => "look at it there",
    };
    fix.to_owned()
}

pub(super) fn names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Vec<_>>().join(", ")
}

/// The provider's words, fit for a terminal.
pub(super) fn quoted(words: &BTreeSet<&str>) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}
