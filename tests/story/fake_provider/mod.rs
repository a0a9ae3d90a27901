//! The fake provider behaves as configured, judged by an independent client library: openidconnect.

mod endpoints;
mod tokens;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreUserInfoJsonWebToken, CoreUserInfoVerifier,
};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, ClientSecret, IssuerUrl, Nonce};
use reqwest::header::LOCATION;
use reqwest::{Client, Response};
use serde_json::Value;
use support::provider::{FakeProvider, Fields};
use vestibule::base::secret::sha256;
use vestibule::base::urls::query;

const REDIRECT_URI: &str = "http://localhost:1/callback/uni";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

/// A client that signs people in at the fake provider and verifies its tokens with openidconnect.
struct RelyingParty {
    provider: FakeProvider,
    http: Client,
}

impl RelyingParty {
    async fn new() -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { provider: FakeProvider::start().await, http }
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.provider.issuer())).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    async fn begin(&self, more: &[(&str, &str)]) -> Response {
        let challenge = URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()));
        let mut asked = vec![
            ("client_id", "vestibule"),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "st\"<&te"),
            ("nonce", "n-once"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        asked.extend_from_slice(more);
        self.get(&format!("/authorize?{}", query(&asked))).await
    }

    /// The parameters of the redirect back to the client.
    async fn answer(&self) -> Fields {
        let response = self.begin(&[]).await;
        let to = response.headers()[LOCATION].to_str().unwrap().strip_prefix(REDIRECT_URI).unwrap().to_owned();
        Fields::read(&to.as_bytes()[1..])
    }

    async fn redeem(&self, code: &str, verifier: &str) -> Response {
        let form = [("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", verifier)];
        self.http.post(format!("{}/token", self.provider.issuer())).form(&form).send().await.unwrap()
    }

    async fn exchange(&self) -> Response {
        self.redeem(self.answer().await.get("code").unwrap(), VERIFIER).await
    }

    async fn tokens(&self) -> Value {
        self.exchange().await.json().await.unwrap()
    }

    async fn userinfo(&self) -> Response {
        let tokens = self.tokens().await;
        let request = self.http.get(format!("{}/userinfo", self.provider.issuer()));
        request.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap()
    }

    /// The claims of signed userinfo, verified by openidconnect.
    async fn verified_userinfo(&self) -> Result<(), String> {
        let text = self.userinfo().await.text().await.unwrap();
        let token: CoreUserInfoJsonWebToken =
            serde_json::from_value(Value::String(text)).map_err(|why| format!("parse: {why:?}"))?;
        let verifier = CoreUserInfoVerifier::new(
            ClientId::new("vestibule".into()),
            IssuerUrl::new(self.provider.issuer().into()).unwrap(),
            self.keys().await,
            None,
        );
        token.claims(&verifier).map(drop).map_err(|why| format!("claims: {why:?}"))
    }

    async fn keys(&self) -> CoreJsonWebKeySet {
        self.get("/jwks").await.json().await.unwrap()
    }

    /// A fresh ID token, and whether openidconnect accepts it.
    async fn verified(&self) -> (String, Result<(), String>) {
        let tokens = self.tokens().await;
        let text = tokens["id_token"].as_str().unwrap().to_owned();
        let verifier = CoreIdTokenVerifier::new_confidential_client(
            ClientId::new("vestibule".into()),
            ClientSecret::new("secret".into()),
            IssuerUrl::new(self.provider.issuer().into()).unwrap(),
            self.keys().await,
        );
        let access = AccessToken::new(tokens["access_token"].as_str().unwrap().into());
        let outcome = check_id_token(&text, &verifier, &access);
        (text, outcome)
    }
}

fn check_id_token(text: &str, verifier: &CoreIdTokenVerifier<'_>, access: &AccessToken) -> Result<(), String> {
    let token: CoreIdToken = text.parse().map_err(|why| format!("parse: {why:?}"))?;
    let nonce = Nonce::new("n-once".into());
    let claims = token.claims(verifier, &nonce).map_err(|why| format!("claims: {why:?}"))?;
    if let Some(hash) = claims.access_token_hash() {
        let key = token.signing_key(verifier).map_err(|why| format!("key: {why:?}"))?;
        let own = AccessTokenHash::from_token(access, token.signing_alg().unwrap(), key).unwrap();
        if own != *hash {
            return Err("at_hash".into());
        }
    }
    Ok(())
}
