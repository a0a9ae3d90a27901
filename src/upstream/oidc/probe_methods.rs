//! What `vestibule check` finds about the methods of an OpenID provider: its metadata beside our settings.

use std::collections::BTreeSet;

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::probe::quoted;
use super::probe_fixes::{UNSUPPORTED_DEMANDS, fix_for_unlisted};
use super::published_metadata::PublishedMetadata;
use super::settings::{IssPromise, ResponseMode, UserInfo};
use crate::signin::identify::IssParameter;
use crate::upstream::oauth_client::settings::Pkce;
use crate::upstream::probe::Reporter;

impl Oidc {
    pub(super) fn check_methods(
        &self,
        current: &ProviderMetadata,
        published: &PublishedMetadata,
        reporter: &mut Reporter<'_>,
    ) {
        match (current.endpoints.iss_promise, self.settings.iss_parameter) {
            (IssParameter::Required, IssPromise::Kept) => {
                reporter.good("answers: it promises `iss` in each, so silence is refused (RFC 9207)");
            }
            (IssParameter::Required, IssPromise::Broken) => {
                reporter.good("answers: it promises `iss` in each, and iss_parameter = \"if_sent\" accepts silence");
            }
            (IssParameter::Optional, IssPromise::Kept | IssPromise::Broken) => {
                reporter.good("answers: no promise of `iss`; its own redirect address tells its answers apart");
            }
        }
        if published.list("response_types_supported").is_some_and(|types| !types.contains("code")) {
            reporter.wrong(
                "code flow: not among its response_types_supported",
                "have the provider allow it for this client",
            );
        }
        self.check_pkce(published, reporter);
        self.check_client_auth(published, reporter);
        self.check_response_mode(published, reporter);
        self.check_demands(published, reporter);
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

    fn check_pkce(&self, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
        // `relaxed_rules` warns of it.
        if self.settings.client.pkce == Pkce::Off {
            return;
        }
        match published.list("code_challenge_methods_supported") {
            Some(methods) if methods.contains("S256") => reporter.good("PKCE: S256"),
            Some(_) => reporter.warn("PKCE: S256 is not listed, and always sent", "have the provider switch S256 on"),
            None => {
                reporter.warn("PKCE: it lists no method; S256 is always sent", "check that the provider checks it");
            }
        }
    }

    fn check_response_mode(&self, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
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
    }

    /// What the config demands of each sign-in. Both lists of the metadata may be incomplete (Discovery §3).
    fn check_demands(&self, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
        let demands = &self.settings.demands;
        let ours: BTreeSet<&str> = demands.acr_values.iter().map(String::as_str).collect();
        match published.list("acr_values_supported") {
            _ if ours.is_empty() => {}
            Some(listed) if ours.is_disjoint(&listed) => reporter.warn(
                format!("acr_values: it lists none of {}", quoted(&ours)),
                format!("nobody gets in if it sends none of these; it lists {}", quoted(&listed)),
            ),
            Some(_) | None => {
                reporter.good(format!("acr_values: a sign-in with another `acr` than {} is refused", quoted(&ours)));
            }
        }
        if let Some(age) = demands.max_age {
            reporter.good(format!(
                "max_age: a sign-in without `auth_time`, or with a proof more than {} s old, is refused",
                age.as_secs()
            ));
        }
        match (&demands.claims, published.is_true("claims_parameter_supported")) {
            (None, _) => {}
            (Some(claims), true) => reporter.good(format!("claims: each request asks for {claims}")),
            (Some(claims), false) => reporter.warn(
                format!("claims: each request asks for {claims}, and it does not list support for that"),
                "sign in once to see whether they come",
            ),
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
}
