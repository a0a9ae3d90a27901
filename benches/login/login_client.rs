//! One person's login, as a browser and the app's page make it, with a verified token.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::jwk::Jwk;
use josekit::jws::alg::ecdsa::EcdsaJwsVerifier;
use josekit::jws::{ES256, JwsVerifier as _};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use url::Url;
use vestibule::base::clock::Clock;

use crate::Failed;
use crate::deployment::{Deployment, PROVIDER, nonce, state};
use crate::http_client::http_client;

/// The first key of a JWKS.
pub async fn published_key(http: &reqwest::Client, at: &str) -> Result<EcdsaJwsVerifier, Failed> {
    let jwks: Value = http.get(at).send().await?.error_for_status()?.json().await?;
    let key = jwks.pointer("/keys/0").and_then(Value::as_object).cloned().ok_or("no key in the JWKS")?;
    Ok(ES256.verifier_from_jwk(&Jwk::from_map(key)?)?)
}

/// Makes logins at a deployment, and verifies their tokens. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct LoginClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    deployment: Deployment,
    key: EcdsaJwsVerifier,
}

/// A login on its way to a provider.
#[derive(Debug)]
pub struct Begun {
    cookie: String,
    to: String,
}

impl LoginClient {
    pub async fn connect(deployment: &Deployment) -> Result<Self, Failed> {
        let http = http_client()?;
        let key = published_key(&http, &format!("{}/.well-known/jwks.json", deployment.origins.vestibule)).await?;
        Ok(Self(Arc::new(Inner { http, deployment: deployment.clone(), key })))
    }

    /// Vestibule's origin.
    pub fn origin(&self) -> &str {
        &self.0.deployment.origins.vestibule
    }

    /// The number of people who sign in.
    pub fn people(&self) -> usize {
        self.0.deployment.people.number
    }

    /// A whole login, from the app's link to the verified token.
    pub async fn login(&self, number: usize) -> Result<(), Failed> {
        let begun = self.begin_at(PROVIDER, number).await?;
        let back = location(&self.0.http.get(begun.to).send().await?)?;
        let answer = self.0.http.get(back).header(COOKIE, begun.cookie).send().await?;
        self.verify(number, &location(&answer)?)
    }

    /// Only the start of a login.
    pub async fn begin(&self, number: usize) -> Result<(), Failed> {
        self.begin_at(PROVIDER, number).await.map(|_| ())
    }

    /// A start with a given provider.
    pub async fn begin_at(&self, provider: &str, number: usize) -> Result<Begun, Failed> {
        let answer = self.0.http.get(self.0.deployment.start(provider, number)).send().await?;
        let cookie = answer.headers().get(SET_COOKIE).ok_or("a start without a cookie")?.to_str()?;
        let (cookie, _) = cookie.split_once(';').ok_or("a cookie without attributes")?;
        Ok(Begun { cookie: cookie.to_owned(), to: location(&answer)? })
    }

    /// A start, and a callback with a code that the provider never issued.
    pub async fn return_from(&self, provider: &str, number: usize) -> Result<(), Failed> {
        let begun = self.begin_at(provider, number).await?;
        let to = Url::parse(&begun.to)?;
        let state = to.query_pairs().find_map(|(name, value)| (name == "state").then_some(value)).ok_or("no state")?;
        let mut back = Url::parse(&format!("{}/callback/{provider}", self.0.deployment.origins.vestibule))?;
        back.query_pairs_mut().append_pair("code", "never-given").append_pair("state", &state);
        self.0.http.get(back).header(COOKIE, begun.cookie).send().await?;
        Ok(())
    }

    pub async fn check_health(&self) -> Result<(), Failed> {
        let origin = &self.0.deployment.origins.vestibule;
        for path in ["/healthz", "/readyz"] {
            self.0.http.get(format!("{origin}{path}")).send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// Checks what the app's page checks: signature, issuer, audience, time, nonce and state.
    fn verify(&self, number: usize, address: &str) -> Result<(), Failed> {
        let (page, fragment) = address.split_once('#').ok_or("a delivery without a fragment")?;
        let parameters: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
        let parameter =
            |name: &str| parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        if parameter("state") != Some(&state(number)) {
            return Err("the state of another login".into());
        }
        let token = parameter("token").ok_or("a delivery without a token")?;
        let claims = claims_of(token, &self.0.key)?;
        let origins = &self.0.deployment.origins;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        let in_time = claims.get("exp").and_then(Value::as_i64) > Some(Clock::system().now().unix_timestamp());
        let right = claim("iss") == Some(&origins.vestibule)
            && claim("aud") == Some(page)
            && page == self.0.deployment.page(number)
            && claim("nonce") == Some(&nonce(number))
            && in_time;
        if right { Ok(()) } else { Err(format!("a token with wrong claims: {claims}").into()) }
    }
}

/// Verifies a token's signature, and returns its claims.
pub fn claims_of(token: &str, key: &EcdsaJwsVerifier) -> Result<Value, Failed> {
    let (signed, signature) = token.rsplit_once('.').ok_or("no token")?;
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)?;
    let (_, claims) = signed.split_once('.').ok_or("no token")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?)
}

fn location(answer: &Response) -> Result<String, Failed> {
    if answer.status() != StatusCode::SEE_OTHER {
        return Err(format!("{} at {}", answer.status(), Url::path(answer.url())).into());
    }
    Ok(answer.headers().get(LOCATION).ok_or("a redirect without a location")?.to_str()?.to_owned())
}
