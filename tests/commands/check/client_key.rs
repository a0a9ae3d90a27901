//! Findings about a client that authenticates by a private key.

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use serde_json::{Value, json};
use support::provider::Behaviour;

use super::{CheckOutput, check, config, provider};
use crate::installation::Installation;

/// Checks a provider that behaves as changed, with a client that has this key.
async fn check_key(pair: &EcKeyPair, change: impl FnOnce(&mut Behaviour)) -> CheckOutput {
    let provider = provider().await;
    provider.behave(change);
    let pem = String::from_utf8(pair.to_pem_private_key()).unwrap();
    let key = format!("client_auth = \"private_key_jwt\"\nclient_key = \"\"\"\n{pem}\"\"\"");
    let text = config(provider.issuer()).replace("client_secret = \"s3cret-of-uni\"", &key);
    let output =
        tokio::task::spawn_blocking(move || check(Installation::with_config(&text).folder(), &[])).await.unwrap();
    assert!(pem.lines().filter(|line| !line.starts_with('-')).all(|line| !output.text.contains(line)));
    output
}

fn public(pair: &EcKeyPair) -> Value {
    json!(pair.to_jwk_public_key().as_ref())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_key_is_accepted_and_its_public_half_is_shown() {
    let pair = EcKeyPair::generate(EcCurve::P256).unwrap();
    let output = check_key(&pair, |provider| {
        provider.client_key = Some(public(&pair));
        provider
            .metadata
            .insert("token_endpoint_auth_methods_supported".to_owned(), json!(["none", "private_key_jwt"]));
    })
    .await;
    assert!(output.succeeded, "{}", output.text);
    output.line("ok   provider uni: client key: ES256, with the JWK thumbprint ");
    let line = output.line("ok   provider uni: the public key to register there: {");
    assert!(line.contains(public(&pair)["x"].as_str().unwrap()), "{line}");
    output.line("ok   provider uni: client authentication: private_key_jwt");
    output.line("ok   provider uni: client key: accepted; a made-up code was refused, as expected");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unregistered_key_is_wrong_and_the_fix_is_to_register_it() {
    let [ours, other] = [(), ()].map(|()| EcKeyPair::generate(EcCurve::P256).unwrap());
    let output = check_key(&ours, |provider| provider.client_key = Some(public(&other))).await;
    assert!(!output.succeeded);
    let line = output.line("BAD  provider uni: client key: refused: invalid_client: signature (status 401); ");
    assert!(line.contains("set client_assertion_audience = \"token_endpoint\"; it is from provider.uni.client_key"));
    assert!(
        line.ends_with(
            " → register its public key there; check that `client_id`, `client_key_id` and `client_auth` are as \
             registered"
        ),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_or_an_algorithm_that_the_provider_does_not_list_is_wrong() {
    let pair = EcKeyPair::generate(EcCurve::P256).unwrap();
    let output = check_key(&pair, |provider| {
        provider.metadata.insert("token_endpoint_auth_methods_supported".to_owned(), json!(["client_secret_post"]));
        provider.metadata.insert("token_endpoint_auth_signing_alg_values_supported".to_owned(), json!(["RS256"]));
    })
    .await;
    assert!(!output.succeeded);
    let line = output.line("BAD  provider uni: client authentication: private_key_jwt is not among its ");
    assert!(line.ends_with("\"client_secret_post\" → set client_auth to one that it accepts"), "{line}");
    output.line("BAD  provider uni: client key: it signs with ES256, which is not among its \"RS256\" → ");
}
