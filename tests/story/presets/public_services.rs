//! Public services, and an identifier of researchers.

use std::sync::LazyLock;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Value, json};
use support::provider::SigningAlgorithm;

use super::sample::{Auth, Iss, Known, Sample, Sent};

pub fn samples() -> Vec<Sample> {
    vec![franceconnect(), login_gov(), orcid()]
}

/// FranceConnect's documentation of version 2, and its server's code for the refusal. Userinfo is a signed JWT.
fn franceconnect() -> Sample {
    Sample {
        preset: "franceconnect",
        issuer: "https://oidc.franceconnect.gouv.fr/api/v2",
        sent: Sent {
            scope: Some("openid given_name family_name preferred_username email"),
            auth: Auth::Post,
            request: &[("acr_values", Some("eidas1"))],
            ..Sent::default()
        },
        iss: Iss::Promised,
        algorithm: Some(SigningAlgorithm::Es256),
        id_token: json!({
            "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1", "acr": "eidas1",
        }),
        token_answer: json!({ "expires_in": 60, "scope": "openid given_name family_name preferred_username email" }),
        userinfo: json!({
            "given_name": "Angela Claire Louise", "given_name_array": ["Angela", "Claire", "Louise"],
            "family_name": "DUBOIS", "email": "wossewodda-3728@yopmail.com", "acr": null,
        }),
        userinfo_is_signed: true,
        refusal: &[("error", "access_denied"), ("error_description", "User auth aborted")],
        known: Known {
            subject: "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1",
            username: "Angela Claire Louise DUBOIS",
            email: Some(("wossewodda-3728@yopmail.com", false)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// The client's key, in PEM, and its public half.
static KEY: LazyLock<[String; 2]> = LazyLock::new(|| {
    let pair = RsaKeyPair::generate(2048).unwrap();
    let pem = String::from_utf8(pair.to_pem_private_key()).unwrap();
    [pem, json!(pair.to_jwk_public_key().as_ref()).to_string()]
});

/// Login.gov's developer guide: the decoded ID token, and the response if a person declines. The server sends the
/// address in the ID token, too. The token answer has no `scope`.
fn login_gov() -> Sample {
    let [pem, public] = &*KEY;
    Sample {
        preset: "login-gov",
        issuer: "https://secure.login.gov/",
        sent: Sent {
            scope: Some("openid email"),
            auth: Auth::Key(pem, public),
            request: &[("acr_values", Some("urn:acr.login.gov:auth-only"))],
            ..Sent::default()
        },
        metadata: json!({
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": null,
        }),
        id_token: json!({
            "sub": "b2d2d115-1d7e-4579-b9d6-f8e84f4f56ca", "acr": "urn:acr.login.gov:auth-only",
            "jti": "jC7NnU8dNNV5lisQBm1jtA", "c_hash": "hXjq7kOrtQK_za_6tONxcw", "email": "test@example.com",
            "email_verified": true, "ial": "urn:acr.login.gov:auth-only", "auth_time": null,
        }),
        refusal: &[("error", "access_denied")],
        known: Known {
            subject: "b2d2d115-1d7e-4579-b9d6-f8e84f4f56ca",
            username: "test",
            email: Some(("test@example.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// ORCID's documentation of its OpenID Connect, in its source. `amr` is a text there.
fn orcid() -> Sample {
    Sample {
        preset: "orcid",
        issuer: "https://orcid.org",
        sent: Sent { scope: Some("openid"), auth: Auth::Post, request: &[("code_challenge", None)], ..Sent::default() },
        metadata: json!({
            "code_challenge_methods_supported": null, "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }),
        id_token: json!({
            "sub": "0000-0002-2601-8132", "amr": "pwd", "jti": "4d721d3d", "given_name": "Credit",
            "family_name": "Name",
        }),
        token_answer: json!({
            "token_type": "bearer", "expires_in": 631_138_518, "scope": "openid", "name": "Credit Name",
            "orcid": "0000-0002-2601-8132", "refresh_token": "thrown away",
        }),
        userinfo: json!({
            "id": "https://orcid.org/0000-0002-2601-8132", "sub": "0000-0002-2601-8132", "name": "Credit Name",
            "given_name": "Credit", "family_name": "Name",
        }),
        refusal: &[("error", "access_denied"), ("error_description", "User denied access")],
        known: Known {
            subject: "0000-0002-2601-8132",
            username: "Credit Name",
            name: Some("Credit Name"),
            ..Known::default()
        },
        ..Sample::default()
    }
}

#[tokio::test]
async fn a_person_who_hides_the_name_at_orcid_gets_the_orcid_id_as_the_username() {
    let mut sample = orcid();
    sample.userinfo["name"] = Value::Null;
    (sample.known.username, sample.known.name) = ("0000-0002-2601-8132", None);
    sample.assert_sign_in().await;
}

// FranceConnect's "nom d'usage" is optional.
#[tokio::test]
async fn the_name_that_a_person_uses_at_franceconnect_precedes_the_name_at_birth() {
    let mut sample = franceconnect();
    sample.userinfo["preferred_username"] = json!("MARTIN");
    sample.known.username = "Angela Claire Louise MARTIN";
    sample.assert_sign_in().await;
}

// C13
#[tokio::test]
async fn a_weaker_sign_in_than_the_demanded_one_is_refused() {
    for mut sample in [login_gov(), franceconnect()] {
        sample.id_token["acr"] = json!("urn:weaker");
        let (_, page) = sample.sign_in().await;
        assert!(page.heading().starts_with("The way in which you signed in"), "{}", page.heading());
    }
}

// RFC 7523 §3
#[tokio::test]
async fn login_gov_accepts_only_the_registered_key() {
    let mut sample = login_gov();
    let other = json!(RsaKeyPair::generate(2048).unwrap().to_jwk_public_key().as_ref()).to_string();
    sample.sent.auth = Auth::Key(&KEY[0], other.leak());
    assert_eq!(sample.sign_in().await.1.status, 503);
}

// C17: userinfo must be about the person of the ID token.
#[tokio::test]
async fn userinfo_about_somebody_else_is_refused() {
    let mut sample = orcid();
    sample.userinfo["sub"] = json!("0000-0000-0000-0000");
    assert_eq!(sample.sign_in().await.1.status, 400);
}
