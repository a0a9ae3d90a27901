//! Reads the answer of a token endpoint: the few members that we use.

mod graph_error;
mod normalized;

use http::StatusCode;

use self::graph_error::GraphFault;
use self::normalized::{Member, NormalizedAnswer, TokenError, normalize};
use super::settings::{ClientAuth, ClientSettings};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::RuleViolation;
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::{error_details, media_type_note};

/// The tokens for a code (OpenID Connect Core §3.1.3.3).
#[derive(Debug)]
pub struct TokenAnswer {
    /// The text that was signed. Empty if none is wanted.
    pub id_token: Secret<String>,
    /// Empty if the provider sent none. Only further requests and `at_hash` need it (security rule C13).
    pub access_token: Secret<String>,
}

/// The tokens that a login needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedTokens {
    IdToken,
    IdTokenAndAccessToken,
    AccessToken,
}

/// The endpoint that we asked, and the secrets that must not reach the log through its answer.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    pub host: &'a str,
    pub settings: &'a ClientSettings,
    pub wanted: WantedTokens,
    /// Leaves out the code, the verifier and our secret: some providers repeat what we sent (security rule C56).
    pub redaction: Redaction,
}

/// The tokens of a good answer, each with the right type.
///
/// Any 2xx is good, with any `Content-Type`. Members that we don't use may be missing or invalid.
///
/// # Errors
/// Each variant shows who can resolve it. No variant means that the provider is silent, since it has answered.
pub fn read(answer: &http::Response<Vec<u8>>, request: &TokenRequest<'_>) -> Result<TokenAnswer, UpstreamError> {
    let status = answer.status();
    let normalized = normalize(answer.body());
    if let Ok(NormalizedAnswer { error: Some(error), .. }) = &normalized {
        return Err(request.oauth_error(status, error));
    }
    if !status.is_success() {
        return Err(request.unexpected_answer(answer));
    }
    let normalized = normalized.map_err(|why| {
        let (host, status, kind) = (request.host, status.as_u16(), media_type_note(answer, &request.redaction));
        UpstreamError::AnswerUnusable(format!(
            "the token answer of {host} is not a JSON object ({why}): status {status}{kind}"
        ))
    })?;
    let NormalizedAnswer { id_token, access_token, token_type, .. } = normalized;
    // Only for an answer without a token: a redaction costs a tenth of a login.
    let none = || format!("none (status {}{})", status.as_u16(), media_type_note(answer, &request.redaction));
    let id_token = match request.wanted {
        WantedTokens::IdToken | WantedTokens::IdTokenAndAccessToken => {
            required_token(id_token, "id_token", "an ID token", &none)?
        }
        WantedTokens::AccessToken => Secret::new(String::new()),
    };
    if request.wanted == WantedTokens::IdToken {
        let access_token = access_token.unwrap_or_default().unwrap_or_default();
        return Ok(TokenAnswer { id_token, access_token: Secret::new(access_token) });
    }
    let access_token = required_token(access_token, "access_token", "an access token", &none)?;
    // RFC 6749 §7.1: a client must not use a token of a type that it does not understand. Core §3.1.3.3 allows only
    // `Bearer`, so a missing type means `Bearer`.
    match token_type? {
        Some(kind) if !kind.is_empty() && !kind.trim().eq_ignore_ascii_case("Bearer") => {
            let tokens = Redaction::of([access_token.expose().as_str(), id_token.expose().as_str()]);
            let rule = RuleViolation::new("C14", "`token_type` of the token answer", "Bearer", request.redacted(&kind));
            Err(rule.without(&tokens).into())
        }
        Some(_) | None => Ok(TokenAnswer { id_token, access_token }),
    }
}

/// A token that we need. `none`: how the log describes an answer without it.
fn required_token(
    member: Member,
    name: &'static str,
    words: &'static str,
    none: &dyn Fn() -> String,
) -> Result<Secret<String>, UpstreamError> {
    let text = member?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| RuleViolation::new("C14", "the token answer", words, none()))?;
    // RFC 6749 appendix A.12. A header must be able to carry it to userinfo.
    if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        let got = "other characters";
        return Err(RuleViolation::new("C14", "the token answer", format!("`{name}` in visible ASCII"), got).into());
    }
    Ok(Secret::new(text))
}

fn code_refused(details: &str) -> UpstreamError {
    UpstreamError::CodeRefused(format!("the provider does not accept its own code: {details}"))
}

impl TokenRequest<'_> {
    /// The error for an OAuth error code (RFC 6749 §5.2, RFC 8628 §3.5, OpenID Connect Core §3.1.2.6).
    fn oauth_error(&self, status: StatusCode, sent: &TokenError) -> UpstreamError {
        let TokenError { code: error, description, .. } = sent;
        let host = self.host;
        let words = description.as_ref().map_or_else(String::new, |words| format!(": {}", self.redacted(words)));
        let details = format!("{}{words} (status {})", self.redacted(error), status.as_u16());
        let rejected = |details: String| match self.settings.auth {
            ClientAuth::Basic | ClientAuth::Post | ClientAuth::SignedSecret(_) | ClientAuth::PrivateKeyJwt(_) => {
                UpstreamError::ClientRejected {
                    place: self.settings.secret_place.clone(),
                    why: format!("{details}{}", self.settings.credential_hint()),
                    fix: match &self.settings.auth {
                        ClientAuth::SignedSecret(secret) => secret.fix,
                        ClientAuth::PrivateKeyJwt(_) => "register its public key with the provider",
                        ClientAuth::Basic | ClientAuth::Post | ClientAuth::None => {
                            "renew it there and with the provider"
                        }
                    },
                }
            }
            ClientAuth::None => UpstreamError::RequestRejected(format!(
                "the token endpoint at {host} refuses our client, which has no secret: {details}; set client_secret, \
                 or register a public client there"
            )),
        };
        match GraphFault::of(sent) {
            Some(GraphFault::Client) => return rejected(details),
            Some(GraphFault::Code) => return code_refused(&details),
            Some(GraphFault::Busy) => return self.busy(&details),
            None => {}
        }
        // Yahoo writes them in capital letters.
        match error.to_ascii_lowercase().as_str() {
            // GitHub and Slack have names of their own for it.
            "invalid_client" | "incorrect_client_credentials" | "bad_client_secret" | "invalid_client_id" => {
                rejected(details)
            }
            // RFC 6749 §5.2: the client may not use this grant type. Keycloak sends it for a wrong secret. Gitea and
            // Forgejo send it for much else too, so only their words show what is wrong.
            "unauthorized_client" => match description.as_deref() {
                Some("client is not authorized" | "failed PKCE code challenge") => code_refused(&details),
                Some("unexpected redirect URI") => self.request_rejected(&details),
                Some(_) | None => rejected(format!("{details}; or our client may not use the code flow there")),
            },
            // Google, GitHub and Slack send the last two for an unregistered redirect address.
            "invalid_scope"
            | "unsupported_grant_type"
            | "invalid_target"
            | "redirect_uri_mismatch"
            | "bad_redirect_uri" => self.request_rejected(&details),
            // GitHub and Slack have names of their own for it.
            "invalid_grant" | "bad_verification_code" | "invalid_code" => code_refused(&details),
            // RFC 6749 §5.2: this status is about the client. Auth0 sends it with `access_denied` for a wrong secret.
            _ if status == StatusCode::UNAUTHORIZED => rejected(details),
            "access_denied" | "login_required" | "consent_required" | "interaction_required" => {
                UpstreamError::Denied(format!("the token endpoint at {host} refuses this person: {details}"))
            }
            "slow_down" | "temporarily_unavailable" | "server_error" => self.busy(&details),
            _ if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => self.busy(&details),
            // One person's code may have caused it.
            _ => {
                UpstreamError::ExchangeRefused(format!("the token endpoint at {host} refuses the exchange: {details}"))
            }
        }
    }

    /// An error answer without an OAuth error.
    fn unexpected_answer(&self, answer: &http::Response<Vec<u8>>) -> UpstreamError {
        let (status, kind) = (answer.status(), media_type_note(answer, &self.redaction));
        let beside = error_details(answer, &self.redaction);
        let details = format!("status {} without an OAuth error in it{kind}{beside}", status.as_u16());
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return self.busy(&details);
        }
        let (host, place) = (self.host, &self.settings.secret_place);
        let more = match status {
            StatusCode::UNAUTHORIZED => format!("; our credential may be wrong: {place}"),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                "; see whether `token_url`, or `token_endpoint` in its metadata, is right".to_owned()
            }
            _ => String::new(),
        };
        UpstreamError::AnswerUnusable(format!("the token endpoint at {host} answers with {details}{more}"))
    }

    fn request_rejected(&self, details: &str) -> UpstreamError {
        UpstreamError::RequestRejected(format!("the token endpoint at {} refuses our request: {details}", self.host))
    }

    fn busy(&self, details: &str) -> UpstreamError {
        UpstreamError::Busy(format!("the token endpoint at {} reports a problem: {details}", self.host))
    }

    /// The provider's own words, without secrets, for one line of the log.
    fn redacted(&self, text: &str) -> String {
        self.redaction.quote(text, 200)
    }
}

#[cfg(test)]
mod tests;
