//! Social networks, and places where people stream, chat and listen.

use serde_json::{Value, json};

use super::sample::{Auth, Iss, Known, Sample, Sent};

pub fn samples() -> Vec<Sample> {
    vec![discord(), linkedin(), mastodon(), spotify(), twitch(), x()]
}

/// Discord's documentation, "User object" and "OAuth 2.0". Its refusal is not documented; the words are those of RFC
/// 6749.
fn discord() -> Sample {
    Sample {
        preset: "discord",
        issuer: "https://discord.com",
        sent: Sent { scope: Some("identify email"), ..Sent::default() },
        iss: Iss::Sent,
        token_answer: json!({
            "id_token": null, "expires_in": 604_800, "refresh_token": "thrown away", "scope": "identify email",
        }),
        userinfo: json!({
            "id": "80351110224678912", "username": "nelly", "discriminator": "0", "global_name": "Nelly",
            "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": "nelly@discord.com", "flags": 64,
            "banner": null, "accent_color": 16_711_680, "public_flags": 64, "mfa_enabled": false,
        }),
        refusal: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request"),
        ],
        known: Known {
            subject: "80351110224678912",
            username: "nelly",
            name: Some("Nelly"),
            email: Some(("nelly@discord.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Microsoft's documentation of "Sign In with LinkedIn using OpenID Connect", and of the authorization code flow. The
/// ID token has no nonce, `email_verified` is a text there, and `locale` is an object in userinfo.
fn linkedin() -> Sample {
    Sample {
        preset: "linkedin",
        issuer: "https://www.linkedin.com/oauth",
        sent: Sent {
            scope: Some("openid profile email"),
            auth: Auth::Post,
            request: &[("code_challenge", None)],
            ..Sent::default()
        },
        metadata: json!({ "code_challenge_methods_supported": null, "token_endpoint_auth_methods_supported": null }),
        id_token: json!({
            "sub": "782bbtaQ", "nonce": null, "auth_time": null, "at_hash": null, "email": "doe@email.com",
            "email_verified": "true", "name": "John Doe", "locale": "en_US",
        }),
        token_answer: json!({ "expires_in": 5_184_000, "scope": "email,openid,profile" }),
        userinfo: json!({
            "sub": "782bbtaQ", "name": "John Doe", "given_name": "John", "family_name": "Doe",
            "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/0/",
            "locale": { "country": "US", "language": "en" }, "email": "doe@email.com", "email_verified": true,
        }),
        refusal: &[
            ("error", "user_cancelled_authorize"),
            ("error_description", "The user cancelled the authorization"),
        ],
        known: Known {
            subject: "782bbtaQ",
            username: "John Doe",
            name: Some("John Doe"),
            email: Some(("doe@email.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Mastodon's documentation, "Retrieve user information"; Doorkeeper's texts for the refusal.
fn mastodon() -> Sample {
    Sample {
        preset: "mastodon",
        inputs: &[("host", "social.example")],
        issuer: "https://social.example/",
        sent: Sent { scope: Some("profile"), ..Sent::default() },
        token_answer: json!({
            "id_token": null, "expires_in": null, "scope": "profile", "created_at": 1_573_979_017,
        }),
        userinfo: json!({
            "iss": "https://social.example/", "sub": "https://social.example/users/john_mastodon",
            "name": "John Mastodon", "preferred_username": "john_mastodon",
            "profile": "https://social.example/@john_mastodon",
            "picture": "https://cdn.social.example/media/accounts/avatars/original/d746f9fb43a5705f.jpg",
        }),
        refusal: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request."),
        ],
        known: Known {
            subject: "https://social.example/users/john_mastodon",
            username: "john_mastodon",
            name: Some("John Mastodon"),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Spotify's documentation, "Get Current User's Profile" and "Authorization Code Flow".
fn spotify() -> Sample {
    Sample {
        preset: "spotify",
        issuer: "https://accounts.spotify.com",
        sent: Sent { scope: Some("user-read-email"), ..Sent::default() },
        token_answer: json!({
            "id_token": null, "scope": "user-read-email", "expires_in": 3600, "refresh_token": "thrown away",
        }),
        userinfo: json!({
            "country": "DE", "display_name": "Ada", "email": "ada@example.org",
            "href": "https://api.spotify.com/v1/users/smedjan",
            "external_urls": { "spotify": "https://open.spotify.com/user/smedjan" }, "id": "smedjan",
            "images": [{ "url": "https://i.scdn.co/image/ab", "height": 300, "width": 300 }], "type": "user",
            "followers": { "href": null, "total": 0 }, "product": "premium", "uri": "spotify:user:smedjan",
        }),
        refusal: &[("error", "access_denied")],
        known: Known {
            subject: "smedjan",
            username: "Ada",
            name: Some("Ada"),
            email: Some(("ada@example.org", false)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Twitch's documentation, "Get OIDC ID tokens". `scope` of the token answer is a list. Twitch ignores the challenge.
fn twitch() -> Sample {
    Sample {
        preset: "twitch",
        issuer: "https://id.twitch.tv/oauth2",
        sent: Sent {
            scope: Some("openid user:read:email"),
            auth: Auth::Post,
            request: &[(
                "claims",
                Some(r#"{"id_token":{"email":null,"email_verified":null,"preferred_username":null}}"#),
            )],
            ..Sent::default()
        },
        metadata: json!({ "code_challenge_methods_supported": null }),
        id_token: json!({
            "sub": "713936733", "azp": "vestibule", "email": "scarlet@example.com", "email_verified": true,
            "preferred_username": "scarletdragon", "at_hash": null, "auth_time": null,
        }),
        token_answer: json!({
            "token_type": "bearer", "scope": ["openid", "user:read:email"], "refresh_token": "thrown away",
        }),
        refusal: &[("error", "access_denied"), ("error_description", "The user denied you access")],
        known: Known {
            subject: "713936733",
            username: "scarletdragon",
            email: Some(("scarlet@example.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// X's documentation, "OAuth 2.0 Authorization Code Flow with PKCE" and the data dictionary.
fn x() -> Sample {
    Sample {
        preset: "x",
        issuer: "https://x.com",
        sent: Sent {
            scope: Some("users.read tweet.read users.email"),
            request: &[("code_challenge_method", Some("S256"))],
            userinfo: &[("user.fields", "confirmed_email")],
            ..Sent::default()
        },
        token_answer: json!({
            "id_token": null, "token_type": "bearer", "expires_in": 7200, "scope": "users.read tweet.read users.email",
        }),
        userinfo: json!({
            "data": {
                "id": "2244994945", "name": "X Dev", "username": "TwitterDev", "confirmed_email": "dev@example.org",
            },
        }),
        refusal: &[("error", "access_denied")],
        known: Known {
            subject: "2244994945",
            username: "TwitterDev",
            name: Some("X Dev"),
            email: Some(("dev@example.org", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

#[tokio::test]
async fn a_person_without_an_address_at_x_has_none_here() {
    let mut sample = x();
    sample.userinfo["data"]["confirmed_email"] = Value::Null;
    sample.known.email = None;
    sample.assert_sign_in().await;
}

#[tokio::test]
async fn a_person_without_a_name_at_spotify_gets_the_id_as_the_username() {
    let mut sample = spotify();
    sample.userinfo["display_name"] = Value::Null;
    (sample.known.username, sample.known.name) = ("smedjan", None);
    sample.assert_sign_in().await;
}

// C22
#[tokio::test]
async fn an_address_at_discord_is_verified_only_if_discord_says_so() {
    let mut sample = discord();
    sample.userinfo["verified"] = json!(false);
    sample.known.email = Some(("nelly@discord.com", false));
    sample.assert_sign_in().await;
}

// C13: LinkedIn returns no nonce. A wrong one is refused all the same.
#[tokio::test]
async fn a_wrong_nonce_in_a_token_of_linkedin_is_refused() {
    let mut sample = linkedin();
    sample.id_token["nonce"] = json!("another");
    assert_eq!(sample.sign_in().await.1.status, 400);
}

// Before version 4.4, Mastodon has no userinfo. Its API has ids that are unique at one instance.
#[tokio::test]
async fn an_older_mastodon_serves_people_by_their_ids() {
    let mut sample = mastodon();
    sample.inputs = &[
        ("host", "social.example"),
        ("subject", "id"),
        ("display_name", "display_name"),
        ("preferred_username", "username"),
    ];
    sample.userinfo = json!({
        "id": "23634", "username": "noiob", "acct": "noiob", "display_name": "Noiob", "locked": false, "bot": false,
        "url": "https://social.example/@noiob", "source": { "privacy": "public", "note": "" },
    });
    sample.known = Known { subject: "23634", username: "noiob", name: Some("Noiob"), ..Known::default() };
    sample.assert_sign_in().await;
}
