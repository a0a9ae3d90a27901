//! Tries our registration at a provider without a person: our credential, and our redirect address.

use http::StatusCode;
use http::header::LOCATION;
use url::Url;

use super::settings::{ClientAuth, ClientSettings};
use super::{AuthorizationRequest, OAuthClient, WantedTokens};
use crate::base::invisible::is_invisible;
use crate::base::random;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::http::{Accept, Http};
use crate::upstream::probe::Reporter;

/// Errors for a request without a session at the provider (OpenID Connect Core §3.1.2.6).
const NO_SESSION_ERRORS: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

/// A browser, which sends the same GET, gets no page either.
const NO_PAGE: [StatusCode; 3] = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::GONE];

/// How our registration is tried.
#[derive(Debug)]
pub struct RegistrationCheck<'c> {
    pub http: &'c Http,
    /// Our redirect address.
    pub callback: &'c str,
    pub wanted: WantedTokens,
    /// More parameters of the request to the sign-in page.
    pub more: &'c [(&'c str, Option<&'c str>)],
}

impl ClientSettings {
    /// Reports the public key to register at the provider, if the client has a key.
    pub fn report_key(&self, reporter: &mut Reporter<'_>) {
        let ClientAuth::PrivateKeyJwt(assertions) = &self.auth else { return };
        let key = &assertions.key;
        reporter.good(format!("client key: {}, with the JWK thumbprint {}", key.algorithm(), key.thumbprint()));
        reporter.good(format!(
            "the public key to register there: {}, or in PEM what `openssl pkey -in KEY_FILE -pubout` prints",
            key.public_jwk()
        ));
    }
}

impl OAuthClient {
    /// Tries our credential and our redirect address, and reports what it finds.
    pub async fn check_registration(&self, check: &RegistrationCheck<'_>, reporter: &mut Reporter<'_>) {
        self.try_credential(check, reporter).await;
        self.try_redirect(check, reporter).await;
    }

    /// RFC 6749 §5.2: the answer to a made-up code is `invalid_grant` if our credential is right, and `invalid_client`
    /// if it is wrong. Some providers have other names for both.
    async fn try_credential(&self, check: &RegistrationCheck<'_>, reporter: &mut Reporter<'_>) {
        let (code, verifier) = (Secret::new(random::token()), self.settings.new_verifier());
        let tried = self.exchange(check.http, &code, verifier.as_ref(), check.wanted).await;
        let (what, fix) = match &self.settings.auth {
            ClientAuth::SignedSecret(secret) => ("client key", secret.fix),
            ClientAuth::Basic | ClientAuth::Post => {
                ("client secret", "renew it there and here; check that `client_id` and `client_auth` are as registered")
            }
            ClientAuth::PrivateKeyJwt(_) => (
                "client key",
                "register its public key there; check that `client_id`, `client_key_id` and `client_auth` are as \
                 registered",
            ),
            ClientAuth::None => ("client_id", "check that `client_id` and `client_auth` are as registered"),
        };
        match tried {
            Err(UpstreamError::CodeRefused(_)) => {
                reporter.good(format!("{what}: accepted; a made-up code was refused, as expected"));
            }
            Err(UpstreamError::ClientRejected { place, why, .. }) => {
                reporter.wrong(format!("{what}: refused: {why}; it is from {place}"), fix);
            }
            Err(UpstreamError::RequestRejected(why)) => {
                reporter.wrong(format!("token endpoint: {why}"), "check our registration there");
            }
            Err(UpstreamError::Unreachable { fault, .. }) => {
                reporter.wrong(fault.to_string(), "check that this machine may reach it");
            }
            Err(
                why @ (UpstreamError::ExchangeRefused(_)
                | UpstreamError::Denied(_)
                | UpstreamError::Busy(_)
                | UpstreamError::AnswerRefused(_)
                | UpstreamError::OtherOrganization(_)
                | UpstreamError::ProofUnknown(_)
                | UpstreamError::ProofTooOld(_)
                | UpstreamError::MethodRefused(_)
                | UpstreamError::GroupsUnknown(_)
                | UpstreamError::AnswerUnusable(_)),
            ) => reporter.warn(format!("{what}: not known whether it is right: {why}"), "sign in once to see"),
            Ok(_) => reporter.wrong("token endpoint: it gives tokens for a made-up code", "see what answers there"),
        }
    }

    /// If the redirect address is not registered, a provider shows its own error page (RFC 6749 §4.1.2.1). If it is,
    /// the provider redirects to it at once: `prompt=none` shows no page, and our request carries no session.
    async fn try_redirect(&self, check: &RegistrationCheck<'_>, reporter: &mut Reporter<'_>) {
        let more: Vec<_> = check.more.iter().copied().chain([("prompt", Some("none"))]).collect();
        let verifier = self.settings.new_verifier();
        let request = AuthorizationRequest { handle: random::token(), verifier: verifier.as_ref(), more: &more };
        let Ok(url) = self.authorization_url(request).parse::<Url>() else { return };
        // `check_certificates` reports it if we can't reach the page.
        let Ok(answer) = check.http.get_as(Accept::Page, &url).await else { return };
        let status = answer.status();
        let location = answer.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
        let location = location.filter(|_| status.is_redirection());
        let own_error = location.as_ref().and_then(error_in);
        let own_error = own_error.filter(|error| !NO_SESSION_ERRORS.contains(&error.as_str()));
        let register = format!("register exactly {} there; check that `client_id` is right", check.callback);
        match location.filter(|to| is_callback(to, check.callback)) {
            Some(back) => match error_in(&back) {
                Some(error) if !NO_SESSION_ERRORS.contains(&error.as_str()) => reporter.wrong(
                    format!("sign-in page: it refuses our request: {error}{}", description_in(&back)),
                    "check our registration there, and `scopes`",
                ),
                Some(_) | None => reporter.good("redirect address: registered there"),
            },
            None if status == StatusCode::BAD_REQUEST => reporter.wrong(
                "redirect address: the sign-in page answers with status 400 instead of a redirect to us",
                register,
            ),
            None if own_error.is_some() => {
                let error = own_error.unwrap_or_default();
                let what = format!("redirect address: the sign-in page leads to an error page of its own: {error}");
                if error.contains("redirect") { reporter.wrong(what, register) } else { reporter.warn(what, register) }
            }
            None if status.is_server_error() || NO_PAGE.contains(&status) => reporter.warn(
                format!("sign-in page: it answers with status {}", status.as_u16()),
                "check `auth_url`, or `authorization_endpoint` in the provider's metadata, and look at its log",
            ),
            None if status.is_client_error() => reporter.warn(
                format!(
                    "redirect address: the sign-in page answers with status {} instead of a redirect to us; perhaps it \
                     is not registered",
                    status.as_u16()
                ),
                register,
            ),
            None => reporter.good(format!(
                "redirect address: not refused (status {}); only a sign-in shows it for sure",
                status.as_u16()
            )),
        }
    }
}

fn is_callback(to: &Url, callback: &str) -> bool {
    let mut bare = to.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    bare.as_str() == callback
}

/// The error in the address, safe to print in a terminal.
fn error_in(back: &Url) -> Option<String> {
    printable(back, "error", 60)
}

/// The provider's own words beside its error. Empty if there are none.
fn description_in(back: &Url) -> String {
    printable(back, "error_description", 200).map_or_else(String::new, |words| format!(": \"{words}\""))
}

fn printable(back: &Url, parameter: &str, length: usize) -> Option<String> {
    let (_, text) = back.query_pairs().find(|(name, _)| name == parameter)?;
    Some(text.chars().filter(|c| !is_invisible(*c)).take(length).collect())
}
