//! Providers that an organisation runs or rents for its own people.

use serde_json::json;
use support::provider::{Answer, IssuerInAnswer};

use super::sample::{Auth, Iss, Known, Sample, Sent};

pub fn samples() -> Vec<Sample> {
    vec![auth0(), authentik(), cognito(), gitlab(), keycloak(), okta()]
}

/// The ID token of Auth0's documentation, "ID Token Structure", and its page on consent of third-party applications.
fn auth0() -> Sample {
    Sample {
        preset: "auth0",
        inputs: &[("host", "acme.eu.auth0.com")],
        issuer: "https://acme.eu.auth0.com/",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        id_token: json!({
            "sub": "auth0|123456", "name": "Jane Doe", "given_name": "Jane", "family_name": "Doe", "nickname": "jane",
            "picture": "https://example.com/jane.jpg", "updated_at": "2026-09-12T07:35:23.000Z",
            "email": "jane@example.com", "email_verified": true, "auth_time": null, "at_hash": null,
        }),
        token_answer: json!({ "expires_in": 86400, "scope": "openid profile email" }),
        refusal: &[("error", "access_denied"), ("error_description", "User did not authorize the request")],
        known: Known {
            subject: "auth0|123456",
            username: "jane",
            name: Some("Jane Doe"),
            email: Some(("jane@example.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// The claims of authentik's documentation, "OAuth 2.0 provider", as Auth.js types them; its own code for the refusal.
fn authentik() -> Sample {
    Sample {
        preset: "authentik",
        inputs: &[("host", "sso.example.org"), ("application", "vestibule")],
        issuer: "https://sso.example.org/application/o/vestibule/",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        id_token: json!({ "sub": "f8b6a2c1e4", "acr": "goauthentik.io/providers/oauth2/default", "sid": "a1b2c3" }),
        userinfo: json!({
            "sub": "f8b6a2c1e4", "email": "ada@example.org", "email_verified": false, "name": "Ada Lovelace",
            "given_name": "Ada Lovelace", "preferred_username": "ada", "nickname": "ada",
            "groups": ["authentik Admins", "staff"],
        }),
        refusal: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request"),
        ],
        groups: &[("staff", "teachers")],
        known: Known {
            subject: "f8b6a2c1e4",
            username: "ada",
            name: Some("Ada Lovelace"),
            email: Some(("ada@example.org", false)),
            groups: &["teachers"],
        },
        ..Sample::default()
    }
}

/// The ID token of Amazon's developer guide, "Understanding the identity (ID) token". Its own page has no button to
/// refuse; the refusal is that of a provider behind it.
fn cognito() -> Sample {
    Sample {
        preset: "cognito",
        inputs: &[("region", "us-west-2"), ("user_pool", "us-west-2_example")],
        issuer: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        id_token: json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["test-group-a", "test-group-b"],
            "email_verified": true, "cognito:username": "my-test-user", "token_use": "id",
            "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "event_id": "64f513be", "given_name": "Ada",
            "email": "my-test-user@example.com", "jti": "aaaaaaaa",
            "identities": [{ "userId": "1", "providerName": "ExampleProvider", "primary": "true" }],
        }),
        token_answer: json!({ "refresh_token": "thrown away", "expires_in": 3600 }),
        refusal: &[("error", "access_denied")],
        groups: &[("test-group-a", "teachers")],
        known: Known {
            subject: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            username: "my-test-user",
            email: Some(("my-test-user@example.com", true)),
            groups: &["teachers"],
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// GitLab's documentation, "Shared information" of its OpenID Connect provider; Doorkeeper's texts for the refusal.
fn gitlab() -> Sample {
    Sample {
        preset: "gitlab",
        issuer: "https://gitlab.com",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        id_token: json!({
            "sub": "1417643", "sub_legacy": "5d3c", "email": "ada@example.org", "email_verified": true,
            "groups_direct": ["example/staff", "example/maths"],
        }),
        token_answer: json!({ "token_type": "bearer", "created_at": 1_790_000_000, "refresh_token": "thrown away" }),
        userinfo: json!({
            "sub": "1417643", "name": "Ada Lovelace", "nickname": "ada", "preferred_username": "ada",
            "email": "ada@example.org", "email_verified": true, "website": "", "profile": "https://gitlab.com/ada",
            "picture": "https://gitlab.com/ada.png", "groups": ["example", "example/staff", "example/maths"],
            "https://gitlab.org/claims/groups/owner": ["example"],
        }),
        refusal: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request."),
        ],
        groups: &[("example/staff", "teachers"), ("example", "all")],
        known: Known {
            subject: "1417643",
            username: "ada",
            name: Some("Ada Lovelace"),
            email: Some(("ada@example.org", true)),
            groups: &["teachers"],
        },
        ..Sample::default()
    }
}

/// The claims of Keycloak's own token, as Auth.js types them; its documentation for the refusal.
fn keycloak() -> Sample {
    Sample {
        preset: "keycloak",
        inputs: &[("host", "sso.example.org"), ("realm", "staff")],
        issuer: "https://sso.example.org/realms/staff",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        iss: Iss::Promised,
        id_token: json!({
            "sub": "8c2f3d94-3a57-4a44-a0a6-2d0b7d9a3a52", "typ": "ID", "azp": "vestibule", "sid": "b5c1", "acr": "1",
            "email_verified": true, "name": "Ada Lovelace", "preferred_username": "ada", "given_name": "Ada",
            "family_name": "Lovelace", "email": "ada@example.org", "groups": ["/staff", "/maths"],
        }),
        token_answer: json!({ "refresh_expires_in": 1800, "refresh_token": "thrown away", "not-before-policy": 0 }),
        refusal: &[("error", "access_denied")],
        groups: &[("/staff", "teachers")],
        known: Known {
            subject: "8c2f3d94-3a57-4a44-a0a6-2d0b7d9a3a52",
            username: "ada",
            name: Some("Ada Lovelace"),
            email: Some(("ada@example.org", true)),
            groups: &["teachers"],
        },
        ..Sample::default()
    }
}

/// Okta's documentation, "OpenID Connect & OAuth 2.0 API": the claims of an ID token that came with an access token,
/// and of userinfo.
fn okta() -> Sample {
    Sample {
        preset: "okta",
        inputs: &[("host", "acme.okta.com/oauth2/default")],
        issuer: "https://acme.okta.com/oauth2/default",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        id_token: json!({
            "ver": 1, "sub": "00uid4BxXw6I6TV4m0g3", "amr": ["pwd"], "jti": "ID.4eAWJOCMB3SX8XewDfVR",
            "idp": "00ok1u7AsAkrwdZL3z0g3", "name": "John Doe", "preferred_username": "john.doe@example.com",
        }),
        token_answer: json!({ "scope": "openid email profile", "expires_in": 3600 }),
        userinfo: json!({
            "sub": "00uid4BxXw6I6TV4m0g3", "name": "John Doe", "nickname": "Jimmy", "given_name": "John",
            "family_name": "Doe", "preferred_username": "john.doe@example.com", "email": "john.doe@example.com",
            "email_verified": true, "zoneinfo": "America/Los_Angeles", "locale": "en-US", "updated_at": 1_311_280_970,
            "groups": ["Everyone", "Staff"],
        }),
        refusal: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request."),
        ],
        groups: &[("Staff", "teachers")],
        known: Known {
            subject: "00uid4BxXw6I6TV4m0g3",
            username: "john.doe@example.com",
            name: Some("John Doe"),
            email: Some(("john.doe@example.com", true)),
            groups: &["teachers"],
        },
        ..Sample::default()
    }
}

#[test]
fn they_authenticate_by_basic_unless_their_documentation_says_otherwise() {
    assert!(samples().iter().all(|sample| sample.sent.auth == Auth::Basic));
}

// C8: a client at Keycloak may be set to send no `iss`, and the metadata promise it still.
#[tokio::test]
async fn keycloak_may_leave_out_the_promised_iss_and_never_send_a_wrong_one() {
    let sample = keycloak();
    let server = sample.server().await;
    server.behave(|uni| {
        sample.play(uni);
        uni.iss = IssuerInAnswer::Missing;
    });
    let page = server.browser().sign_in("/auth/notes").await;
    sample.assert_known(&server, &page).await;
    server.behave(|uni| {
        sample.play(uni);
        uni.iss = IssuerInAnswer::Wrong;
    });
    assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
}

/// The developer guide: errors of a provider behind Cognito come as `invalid_request`, in samples without `state`.
#[tokio::test]
async fn an_error_from_behind_cognito_leads_to_a_page_and_not_to_a_session() {
    let sample = cognito();
    let server = sample.server().await;
    let words = "Error in SAML response processing: Audience restriction was not found";
    server.behave(|uni| {
        sample.play(uni);
        uni.answer = Answer::Parameters(vec![("error", "invalid_request"), ("error_description", words)]);
    });
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes").await;
    assert_eq!(server.explain(&page.reference_code()).await.unwrap().row.entry.cause.unwrap(), "client_rejected");
    let without_state =
        format!("/callback/cognito?error=invalid_request&error_description={}", words.replace(' ', "+"));
    assert_eq!(browser.go(&without_state).await.status, 400);
    assert!(browser.session().is_none());
}
