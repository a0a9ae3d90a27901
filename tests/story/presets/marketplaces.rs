//! Portals and marketplaces.

use serde_json::{Value, json};
use support::provider::SigningAlgorithm;

use super::sample::{Auth, Known, Sample, Sent};

pub fn samples() -> Vec<Sample> {
    vec![amazon(), kakao(), line(), naver(), yahoo()]
}

/// Amazon's documentation, "Obtain customer profile information" and "Authorization code grant".
fn amazon() -> Sample {
    Sample {
        preset: "amazon",
        issuer: "https://www.amazon.com",
        sent: Sent { scope: Some("profile"), ..Sent::default() },
        token_answer: json!({
            "id_token": null, "token_type": "bearer", "expires_in": 3600, "refresh_token": "thrown away",
        }),
        userinfo: json!({
            "user_id": "amzn1.account.K2LI23KL2LK2", "email": "mhashimoto-04@plaxo.com", "name": "Mork Hashimoto",
            "postal_code": "98052",
        }),
        refusal: &[("error", "access_denied")],
        known: Known {
            subject: "amzn1.account.K2LI23KL2LK2",
            username: "Mork Hashimoto",
            name: Some("Mork Hashimoto"),
            email: Some(("mhashimoto-04@plaxo.com", false)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Kakao's documentation, "Retrieve user information" of its REST API. The id is a number.
fn kakao() -> Sample {
    Sample {
        preset: "kakao",
        issuer: "https://kauth.kakao.com",
        sent: Sent {
            scope: Some("account_email profile_nickname"),
            auth: Auth::Post,
            request: &[("code_challenge_method", Some("S256"))],
            ..Sent::default()
        },
        token_answer: json!({
            "id_token": null, "token_type": "bearer", "expires_in": 21599, "refresh_token": "thrown away",
            "refresh_token_expires_in": 5_183_999, "scope": "account_email profile_nickname",
        }),
        userinfo: json!({
            "id": 123_456_789, "connected_at": "2026-04-11T01:45:28Z",
            "kakao_account": {
                "profile_nickname_needs_agreement": false,
                "profile": { "nickname": "홍길동", "is_default_nickname": false },
                "has_email": true, "email_needs_agreement": false, "is_email_valid": true, "is_email_verified": true,
                "email": "sample@sample.com",
            },
            "properties": { "nickname": "홍길동카톡" },
        }),
        refusal: &[("error", "access_denied"), ("error_description", "User denied access")],
        known: Known {
            subject: "123456789",
            username: "홍길동",
            name: Some("홍길동"),
            email: Some(("sample@sample.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// LINE's documentation, "Get profile information from ID tokens" and "Receive the authorization code". The error code
/// is in capital letters.
fn line() -> Sample {
    Sample {
        preset: "line",
        issuer: "https://access.line.me",
        sent: Sent {
            scope: Some("openid profile email"),
            auth: Auth::Post,
            token: &[("id_token_key_type", "JWK")],
            ..Sent::default()
        },
        metadata: json!({ "id_token_signing_alg_values_supported": ["ES256"] }),
        algorithm: Some(SigningAlgorithm::Es256),
        id_token: json!({
            "sub": "U1234567890abcdef1234567890abcdef", "auth_time": null, "at_hash": null, "amr": ["linesso"],
            "name": "Taro Line", "picture": "https://sample_line.me/aBcdefg123456", "email": "taro.line@example.com",
        }),
        token_answer: json!({
            "expires_in": 2_592_000, "refresh_token": "thrown away", "scope": "openid profile",
        }),
        refusal: &[("error", "ACCESS_DENIED"), ("error_description", "The resource owner denied the request.")],
        known: Known {
            subject: "U1234567890abcdef1234567890abcdef",
            username: "Taro Line",
            name: Some("Taro Line"),
            email: Some(("taro.line@example.com", false)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Naver's developer guide, the table of the profile API, and its own page for the refusal. `expires_in` is a text.
fn naver() -> Sample {
    Sample {
        preset: "naver",
        issuer: "https://nid.naver.com",
        sent: Sent { auth: Auth::Post, request: &[("code_challenge", None)], ..Sent::default() },
        token_answer: json!({
            "id_token": null, "token_type": "bearer", "expires_in": "3600", "refresh_token": "thrown away",
        }),
        userinfo: json!({
            "resultcode": "00", "message": "success",
            "response": {
                "id": "32742776", "nickname": "OpenAPI", "name": "오픈 API", "email": "openapi@naver.com",
                "gender": "F",
                "age": "40-49", "birthday": "10-01", "birthyear": "1900", "mobile": "010-0000-0000",
                "profile_image": "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
            },
        }),
        refusal: &[("error", "access_denied"), ("error_description", "Canceled By User")],
        known: Known {
            subject: "32742776",
            username: "OpenAPI",
            name: Some("오픈 API"),
            email: Some(("openapi@naver.com", false)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

/// Yahoo's documentation, "Get user info" of its OpenID Connect guide. Its metadata list ES256 and RS256.
fn yahoo() -> Sample {
    Sample {
        preset: "yahoo",
        issuer: "https://api.login.yahoo.com",
        sent: Sent { scope: Some("openid profile email"), ..Sent::default() },
        metadata: json!({
            "id_token_signing_alg_values_supported": ["ES256", "RS256"], "code_challenge_methods_supported": null,
        }),
        algorithm: Some(SigningAlgorithm::Es256),
        id_token: json!({ "sub": "FSVIDUW3D7FSVIDUW3D72F2F", "auth_time": null }),
        token_answer: json!({ "token_type": "bearer", "expires_in": 3600, "refresh_token": "thrown away" }),
        userinfo: json!({
            "sub": "FSVIDUW3D7FSVIDUW3D72F2F", "name": "Jane Doe", "given_name": "Jane", "family_name": "Doe",
            "preferred_username": "j.doe", "email": "janedoe@example.com", "email_verified": true, "locale": "en-US",
            "picture": "http://example.com/janedoe/me.jpg", "profile_images": { "image64": "" },
        }),
        refusal: &[("error", "access_denied")],
        known: Known {
            subject: "FSVIDUW3D7FSVIDUW3D72F2F",
            username: "j.doe",
            name: Some("Jane Doe"),
            email: Some(("janedoe@example.com", true)),
            ..Known::default()
        },
        ..Sample::default()
    }
}

// C22: Kakao no longer calls an address valid if somebody else has it now.
#[tokio::test]
async fn an_address_at_kakao_is_verified_only_if_it_is_valid_too() {
    for (valid, verified, counts) in [
        (json!(true), json!(false), false),
        (json!(false), json!(true), false),
        (Value::Null, json!(true), false),
        (json!(true), Value::Null, false),
        (json!(true), json!(true), true),
    ] {
        let mut sample = kakao();
        let account = &mut sample.userinfo["kakao_account"];
        (account["is_email_valid"], account["is_email_verified"]) = (valid, verified);
        sample.known.email = Some(("sample@sample.com", counts));
        sample.assert_sign_in().await;
    }
}

// C15
#[tokio::test]
async fn a_text_does_not_say_that_an_address_at_kakao_is_verified() {
    for member in ["is_email_valid", "is_email_verified"] {
        let mut sample = kakao();
        sample.userinfo["kakao_account"][member] = json!("true");
        assert_eq!(sample.sign_in().await.1.status, 400, "{member}");
    }
}

#[tokio::test]
async fn a_person_who_hides_the_nickname_at_kakao_gets_the_id_as_the_username() {
    let mut sample = kakao();
    sample.userinfo["kakao_account"]["profile"] = Value::Null;
    (sample.known.username, sample.known.name) = ("123456789", None);
    sample.assert_sign_in().await;
}

// C10: LINE and Yahoo have keys for one algorithm.
#[tokio::test]
async fn a_token_with_another_algorithm_than_the_providers_is_refused() {
    for sample in [line(), yahoo()] {
        let sample = Sample { algorithm: None, ..sample };
        assert_eq!(sample.sign_in().await.1.status, 400, "{}", sample.preset);
    }
}
