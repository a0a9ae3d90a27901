//! OpenID Connect, the code flow with PKCE: challenge and identify.

mod document;
mod exchange;
mod fetch;
mod key_set;
mod keys;
pub(super) mod kind;
mod metadata;
mod probe;
mod probe_keys;
mod refetches;
pub mod settings;
mod token_answer;
mod tools;
mod trial;
mod userinfo;

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use openidconnect::ClaimsVerificationError;
use serde_json::{Map, Value};

use self::exchange::{TokenAnswer, exchange};
use self::fetch::told_beside;
use self::keys::{Signature, judge};
use self::metadata::{Known, Metadata};
use self::settings::{OidcSettings, ResponseMode, UserInfo};
use self::tools::Tools;
use super::http::{Http, Phase};
use super::probe::Tell;
use super::{Answered, Ask, Challenge, Due, Fault, LoginModule, Redirects, Standing, UpstreamError};
use crate::base::clock::{Clock, when};
use crate::base::ids::{Issuer, ProviderId};
use crate::base::redaction::Redaction;
use crate::signin::arrive::Prompt;
use crate::signin::challenge::Redeemed;
use crate::signin::identify::{
    Broken, Expected, ExternalIdentity, Jws, at_hash_agrees, attested, issuer_agrees, same_subject,
};

/// One OpenID provider.
#[derive(Debug)]
pub struct Oidc {
    id: ProviderId,
    settings: Arc<OidcSettings>,
    /// Where it returns: registered with the provider.
    callback: String,
    http: Http,
    metadata: Metadata,
    clock: Clock,
}

impl Oidc {
    #[must_use]
    pub fn new(id: ProviderId, settings: Arc<OidcSettings>, callback: String, http: Http, clock: Clock) -> Self {
        let metadata = Metadata::new(settings.issuer.clone(), settings.userinfo, http.clone(), clock.clone());
        Self { id, settings, callback, http, metadata, clock }
    }

    async fn known(&self) -> Result<Arc<Known>, UpstreamError> {
        let unreachable = |fault| UpstreamError::Unreachable { fault, since: self.metadata.silent_since() };
        self.metadata.known().await.map_err(unreachable)
    }

    fn tools<'k>(&self, known: &'k Known) -> Result<&'k Tools, UpstreamError> {
        if let Some(made) = known.tools.get() {
            return Ok(made);
        }
        let made = Tools::new(&self.settings, &known.endpoints, &self.callback, self.clock.clone())?;
        Ok(known.tools.get_or_init(|| made))
    }
}

#[async_trait]
impl LoginModule for Oidc {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Redirect(self)
    }

    fn standing(&self) -> Standing {
        self.metadata.standing()
    }

    fn due(&self) -> Option<Due> {
        self.metadata.due()
    }

    async fn refresh(&self) {
        self.metadata.refresh().await;
    }

    async fn probe(&self, tell: Tell<'_>) {
        self.look(tell).await;
    }
}

#[async_trait]
impl Redirects for Oidc {
    fn heard_from(&self, iss: Option<&str>) -> Result<(), Broken> {
        issuer_agrees(&self.settings.issuer, self.metadata.promise(), iss)
    }

    /// OpenID Connect Core §3.1.2.1 with RFC 7636: a fresh state, nonce and S256 challenge for each (security rule C4).
    async fn send(&self, ask: Ask<'_>) -> Result<String, UpstreamError> {
        let known = self.known().await?;
        let request = ask.login.request();
        let verifier = PkceCodeVerifier::new(ask.login.verifier().expose().clone());
        let client = &self.tools(&known)?.client;
        let mut url = client
            .authorize_url(|| CsrfToken::new(ask.state))
            .add_scopes(self.settings.scopes.iter().cloned().map(oauth2::Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("nonce", ask.login.nonce().expose());
        if self.settings.response_mode == ResponseMode::FormPost {
            url = url.add_extra_param("response_mode", "form_post");
        }
        if let Some(prompt) = request.prompt.as_parameter() {
            url = url.add_extra_param("prompt", prompt);
        }
        // Core §3.1.2.1: with max_age the ID token must say when the person proved who they are, so we can check it.
        if request.prompt == Prompt::Login {
            url = url.add_extra_param("max_age", "0");
        }
        if let Some(hint) = &request.login_hint {
            url = url.add_extra_param("login_hint", hint);
        }
        if let Some(locales) = &request.ui_locales {
            url = url.add_extra_param("ui_locales", locales);
        }
        Ok(url.url().0.into())
    }

    async fn identify(&self, login: Redeemed, answer: Answered) -> Result<ExternalIdentity, UpstreamError> {
        let identified = self.ask_who(login, answer).await;
        match &identified {
            Ok(_) => self.metadata.answered(),
            Err(UpstreamError::Unreachable { fault: fault @ Fault::Http(why), .. }) => match why.phase {
                Phase::Resolve | Phase::Connect | Phase::Tls => self.metadata.went_silent(fault),
                // The provider got the request, and one person's code may be why it hung up or took too long. Everybody
                // else must not read that it is silent. So we ask it soon for what it publishes, which nobody can make
                // hang by a code, and that decides. A token endpoint that hangs alone is not told on the page of
                // choices: each person waits ten seconds and reads that the provider is not answering, as they would if
                // it was.
                Phase::Read => self.metadata.doubt(),
                // Our own request can't be made, or may not go there.
                Phase::Address | Phase::Size => {}
            },
            // Its endpoints may have moved since we read its metadata.
            Err(UpstreamError::AnswerUnusable(_)) => self.metadata.doubt(),
            // It has answered. What one person brought may be why the answer is of no use.
            Err(_) => {}
        }
        identified
    }
}

impl Oidc {
    /// The code for tokens, the ID token for an identity, and userinfo where the config asks for it.
    async fn ask_who(&self, login: Redeemed, answer: Answered) -> Result<ExternalIdentity, UpstreamError> {
        let known = self.known().await?;
        issuer_agrees(&self.settings.issuer, known.endpoints.promise, answer.iss.as_deref())?;
        let verifier = PkceCodeVerifier::new(login.pending().verifier().expose().clone());
        let client = &self.tools(&known)?.client;
        let tokens = exchange(client, answer.code, verifier, &self.http, &self.settings).await?;
        let mut identity = self.read_id_token(&login, &tokens, &known).await?;
        if self.settings.userinfo == UserInfo::Ask {
            let userinfo = self.userinfo(&known, &tokens).await?;
            same_subject(&mut identity, userinfo)?;
        }
        Ok(identity)
    }

    /// Two readers: openidconnect's checks of the claims that decide, and our own. Both must be content.
    ///
    /// The signature comes before every claim (security rule C14); where both refuse, ours names the rule.
    async fn read_id_token(
        &self,
        login: &Redeemed,
        tokens: &TokenAnswer,
        known: &Known,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let compact = tokens.id_token.expose();
        let jws = Jws::read(compact, &self.settings.algorithms)?;
        self.check_signature(&jws, known).await?;
        at_hash_agrees(&jws.payload, jws.algorithm, tokens.access_token.expose())?;
        let nonce = login.pending().nonce();
        let verdict = self.tools(known)?.verify(compact, &jws, nonce);
        let expected = Expected {
            provider: &self.id,
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce,
            proof_since: (login.pending().request().prompt == Prompt::Login).then(|| login.begun()),
            now: self.clock.now(),
        };
        let identity = attested(jws.payload, &expected)?;
        verdict.map_err(|why| match why {
            ClaimsVerificationError::Other(_) => {
                Broken::new("C15", "claims of the ID token", "the standard's types", "another type")
            }
            why => Broken::new("C12", "claims of the ID token", "those of this login", why.to_string()),
        })?;
        Ok(identity)
    }

    /// By a key that we know, or one that the provider has published since (security rules C14, C20). A provider may
    /// publish another key under the same `kid`, so a wrong signature makes us look for newer keys too.
    async fn check_signature(&self, jws: &Jws, known: &Known) -> Result<(), UpstreamError> {
        let kid = jws.kid.as_deref();
        let by = |known: &Known| judge(&known.keys, (jws.algorithm, kid), jws.signed.as_bytes(), &jws.signature);
        let refused = |verdict: Signature, known: &Known| {
            let (kid, when) = (kid.unwrap_or("none"), when(known.keys_fetched));
            let got = match verdict {
                Signature::Right => return Ok(()),
                Signature::NoKey => {
                    let (count, skipped) = (known.keys.len(), known.keys.skipped_in_words());
                    format!("no key for it among the {count} fetched at {when} (kid {kid}){skipped}")
                }
                Signature::OtherUse => format!(
                    "a key for something else: the key {kid} fetched at {when} has a `kty`, `use`, `alg` or `key_ops` that \
                     does not fit {}",
                    jws.algorithm.as_str()
                ),
                Signature::NotAKey => format!("a key whose numbers make no key: the key {kid} fetched at {when}"),
                Signature::Wrong => format!("another signature than that key makes, fetched at {when} (kid {kid})"),
            };
            Err(Broken::new("C14", "signature of the ID token", "by a key of the provider", got).into())
        };
        let verdict = by(known);
        if verdict == Signature::Right {
            return Ok(());
        }
        let since = self.metadata.silent_since();
        let newer = self.metadata.look_for_new_keys(known).await;
        match newer.map_err(|fault| UpstreamError::Unreachable { fault, since })? {
            Some(newer) => refused(by(&newer), &newer),
            None => refused(verdict, known),
        }
    }

    /// Core §5.3.
    async fn userinfo(&self, known: &Known, tokens: &TokenAnswer) -> Result<Map<String, Value>, UpstreamError> {
        let Some(endpoint) = &known.endpoints.userinfo else {
            let got = "none; leave `userinfo` out";
            return Err(Broken::new("C17", "userinfo", "an endpoint in the metadata", got).into());
        };
        let answer =
            self.http.get(endpoint, Some(tokens.access_token.expose())).await.map_err(|why| match why.phase {
                Phase::Size => UpstreamError::AnswerUnusable(format!("userinfo of {why}")),
                Phase::Address | Phase::Resolve | Phase::Connect | Phase::Tls | Phase::Read => why.into(),
            })?;
        let redaction = Redaction::of([tokens.access_token.expose().as_str()]);
        let status = answer.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let host = endpoint.host_str().unwrap_or_default();
            let beside = told_beside(&answer, &redaction);
            let said = format!("userinfo at {host} answers with status {}{beside}", status.as_u16());
            return Err(UpstreamError::Busy(said));
        }
        userinfo::read(&answer, &self.id, &redaction)
    }
}
