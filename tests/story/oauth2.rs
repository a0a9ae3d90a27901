//! Signing in at a provider that speaks OAuth 2.0 without OpenID Connect.

use reqwest::StatusCode;
use serde_json::{Value, json};
use support::provider::{Answer, IssuerInAnswer, Person, UserinfoEndpoint};
use support::{Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";

// C4, C5, C17
#[tokio::test]
async fn a_person_signs_in_by_the_members_that_the_config_names() {
    let server = TestServer::with(|config| {
        let uni = config.uni_without_openid();
        uni.set_text("subject", "data.id").set_text("display_name", "data.display").set("scopes", "[\"me\", \"mail\"]");
        uni.set_text("email", "data.mail").set_text("email_verified", "data.mail_ok");
        uni.set_text("preferred_username", "data.handle");
        uni.set_text("groups_claim", "data.teams").set("groups", "{ \"42\" = \"staff\" }");
    })
    .await;
    let data = json!({
        "id": 9_007_199_254_740_993_u64, "display": "Ada L.", "handle": "ada", "teams": ["42", "admins"],
        "mail": "ada@example.org", "mail_ok": true,
    });
    server.behave(|uni| uni.person = Person::new("ignored").with("data", data).with("name", "Not this"));
    let browser = server.browser();
    let token = browser.sign_in("/auth/notes").await.token_at(NOTES);
    let claims = server.verify_token(&token).await.1;
    let read = ["preferred_username", "name", "email", "email_verified", "groups"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("ada"), json!("Ada L."), json!("ada@example.org"), json!(true), json!(["staff"])]);
    let received = server.uni.received();
    assert_eq!(received.authorize[0].get("scope"), Some("me mail"));
    assert_eq!(received.authorize[0].get("code_challenge_method"), Some("S256"));
    assert!(!received.authorize[0].has("nonce") && received.token[0].form.has("code_verifier"));
    // Another number, which is the same as a floating-point number, is another person.
    let other = json!({ "id": 9_007_199_254_740_992_u64, "handle": "ada" });
    server.behave(|uni| uni.person = Person::new("ignored").with("data", other));
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(page.text().contains("ada-2"), "{}", page.text());
}

// C22
#[tokio::test]
async fn an_address_counts_as_verified_only_if_all_listed_members_say_so() {
    let server = TestServer::with(|config| {
        let uni = config.uni_without_openid();
        uni.set("email_verified", "[\"valid\", \"checked\"]").set("verified_strings", "true");
    })
    .await;
    for (valid, checked, expected) in [
        (json!(true), json!("true"), json!(true)),
        (json!("true"), json!(true), json!(true)),
        (json!("true"), json!("false"), json!(false)),
        (json!("true"), Value::Null, json!(false)),
        (json!(false), json!(true), json!(false)),
    ] {
        let case = format!("{valid} {checked}");
        server.behave(|uni| {
            let ada = Person::ada().with("email_verified", Value::Null);
            uni.person = ada.with("valid", valid).with("checked", checked);
        });
        let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
        assert_eq!(server.verify_token(&token).await.1["email_verified"], expected, "{case}");
    }
}

// C21
#[tokio::test]
async fn a_new_subject_that_equals_an_old_one_of_somebody_else_signs_nobody_in() {
    let server = TestServer::with(|config| _ = config.uni_without_openid().set_text("subject", "data.id")).await;
    let is = async |name: &str, data: u32, other: u32| {
        server.behave(|uni| {
            let person = Person::new(name).with("preferred_username", name);
            uni.person = person.with("data", json!({ "id": data })).with("id", other);
        });
        server.browser().sign_in("/auth/notes").await
    };
    is("ada", 5, 9).await.token_at(NOTES);
    let userinfo = format!("{}/userinfo", server.uni.issuer());
    for (change, current) in [("subject", "id"), ("calls", "data.id of a call")] {
        server.reconfigure(|config| {
            let uni = config.provider("uni");
            match change {
                "subject" => uni.set_text("subject", "id"),
                // The answer of this call hides the member of userinfo.
                _ => uni.set_text("subject", "data.id").set("calls", &format!("{{ data = \"{userinfo}\" }}")),
            };
        });
        let page = is("grace", 9, 5).await;
        assert_eq!((page.status, page.heading()), (StatusCode::FORBIDDEN, "You have no access here yet.".to_owned()));
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        let issuer = server.uni.issuer();
        let expected = format!(
            "the identity was linked when its subject was data.id; it is {current} now, so this may be another \
             person. Put back the setting that gave data.id; or, if this is the same person, link it: vestibule \
             identity link -- uni {issuer} '5' USERNAME"
        );
        assert_eq!(detail, expected);
        // Another person of the new kind is new.
        is(change, 9, if change == "subject" { 70 } else { 71 }).await.token_at(NOTES);
    }
    server.reconfigure(|config| _ = config.provider("uni").unset("calls"));
    is("ada", 5, 9).await.token_at(NOTES);
}

// C15, C16
#[tokio::test]
async fn a_subject_that_is_missing_or_of_another_type_signs_nobody_in() {
    let server = TestServer::with(|config| _ = config.uni_without_openid().set_text("subject", "id")).await;
    for (id, got) in [
        (Value::Null, "none"),
        (json!(""), "a text of 0 bytes"),
        (json!(" "), "white space alone"),
        (json!(true), "another type"),
        (json!({ "a": 1 }), "another type"),
        (json!(1.5), "another number"),
    ] {
        server.behave(|uni| uni.person = Person::new("ada").with("id", id.clone()));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, 400, "{id}");
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert_eq!(detail, format!("C15: the subject: expected text or a whole number at `id`, got {got}"));
        assert!(browser.session().is_none());
    }
}

// C15, C22
#[tokio::test]
async fn an_address_is_verified_only_by_the_member_that_the_config_names() {
    let ada = || Person::ada().with("email", "ada@example.org").with("email_verified", true);
    let server = TestServer::with(|config| _ = config.uni_without_openid()).await;
    server.behave(|uni| uni.person = ada());
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["email_verified"], json!(false));
    server.reconfigure(|config| _ = config.provider("uni").set_text("email_verified", "email_verified"));
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["email_verified"], json!(true));
    server.behave(|uni| uni.person = ada().with("email_verified", "true"));
    let page = server.browser().sign_in("/auth/notes").await;
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.starts_with("C15: type of a claim: expected `email_verified`"), "{detail}");
}

// C15, C22
#[tokio::test]
async fn the_member_that_says_verified_may_be_text_only_with_verified_strings() {
    let server = TestServer::with(|config| {
        config.uni_without_openid().set_text("email_verified", "mail.ok").set("verified_strings", "true");
    })
    .await;
    let refused = "C15: type of a claim: expected `email_verified` as true or false, got another type";
    for (sent, expected) in [
        (json!("true"), Ok(true)),
        (json!("false"), Ok(false)),
        (json!(true), Ok(true)),
        (Value::Null, Ok(false)),
        (json!("True"), Err(refused)),
        (json!("1"), Err(refused)),
        (json!(1), Err(refused)),
    ] {
        // A member of the claim's own name counts for nothing.
        let ada = Person::ada().with("email", "ada@example.org").with("email_verified", "true");
        server.behave(|uni| uni.person = ada.with("mail", json!({ "ok": sent })));
        let page = server.browser().sign_in("/auth/notes").await;
        match expected {
            Ok(verified) => {
                let claims = server.verify_token(&page.token_at(NOTES)).await.1;
                assert_eq!(claims["email_verified"], json!(verified), "{sent}");
            }
            Err(why) => {
                let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
                assert_eq!(detail, why, "{sent}");
            }
        }
    }
}

// C8
#[tokio::test]
async fn an_iss_that_comes_must_be_the_configured_issuer() {
    let server = TestServer::with(|config| _ = config.uni_without_openid()).await;
    for (iss, works) in [(IssuerInAnswer::Right, true), (IssuerInAnswer::Missing, true), (IssuerInAnswer::Wrong, false)]
    {
        server.behave(|uni| uni.iss = iss);
        let page = server.browser().sign_in("/auth/notes").await;
        if works {
            page.token_at(NOTES);
        } else {
            assert_eq!(page.status, 400);
            let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
            assert!(detail.starts_with("C8: `iss` of the answer"), "{detail}");
        }
    }
    // C9: an error with a wrong `iss` changes nothing, and one with the right `iss` is the provider's.
    server.behave(|uni| (uni.iss, uni.answer) = (IssuerInAnswer::Wrong, Answer::Denied("no".to_owned())));
    assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
    server.behave(|uni| (uni.iss, uni.answer) = (IssuerInAnswer::Right, Answer::Denied("no".to_owned())));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You did not finish signing in with Example University.");
}

// C5
#[tokio::test]
async fn a_code_of_another_login_is_refused_by_its_challenge() {
    let server = TestServer::with(|config| _ = config.uni_without_openid()).await;
    let (victim, attacker) = (server.browser(), server.browser());
    let theirs = attacker.callback_url("/auth/notes").await;
    let own = victim.callback_url("/auth/notes").await;
    let code = |url: &str| url.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap().to_owned();
    let page = victim.go(&own.replace(&code(&own), &code(&theirs))).await;
    assert_eq!(page.status, 400);
    assert!(victim.session().is_none());
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert!(detail.contains("does not accept its own code: invalid_grant"), "{detail}");
}

// C56
#[tokio::test]
async fn an_error_of_the_api_is_told_with_its_status_and_without_the_token() {
    let (log, server) = (Log::open(), TestServer::with(|config| _ = config.uni_without_openid()).await);
    for (endpoint, status, words) in [
        (UserinfoEndpoint::Broken, 503, "userinfo at 127.0.0.1 answers with status 500"),
        (UserinfoEndpoint::Redirects, 400, "userinfo at 127.0.0.1 answers with status 302, a redirect to 127.0.0.1"),
        (UserinfoEndpoint::NotJson, 400, "userinfo is not JSON"),
        (UserinfoEndpoint::Huge, 400, "userinfo of 127.0.0.1"),
        (UserinfoEndpoint::SubTwice, 400, "C16: the subject"),
    ] {
        server.behave(|uni| uni.userinfo = endpoint);
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{endpoint:?}");
        let line = log.line(&page.reference_code());
        assert!(line.contains(words), "{endpoint:?}: {line}");
    }
    let received = server.uni.received();
    assert_eq!(received.stray_requests, 0);
    let text = log.text();
    assert!(received.userinfo.iter().flatten().all(|token| !text.contains(token.as_str())));
    server.behave(|uni| uni.userinfo = UserinfoEndpoint::Echoes);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
}

#[tokio::test]
async fn the_answers_of_further_calls_join_the_claims() {
    let server = TestServer::with(|config| {
        let uni = config.uni_without_openid();
        let me = uni.text("userinfo_url").unwrap();
        uni.set("calls", &format!("{{ profile = \"{me}?full=1\" }}"));
        uni.set_text("display_name", "profile.name").set_text("preferred_username", "profile.nested.handle");
    })
    .await;
    let nested = json!({ "handle": "ada" });
    server.behave(|uni| uni.person = Person::new("ada").with("name", "Ada L.").with("nested", nested));
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let claims = server.verify_token(&token).await.1;
    assert_eq!([&claims["name"], &claims["preferred_username"]], [&json!("Ada L."), &json!("ada")]);
    assert_eq!(server.uni.received().userinfo.len(), 2);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_shown_as_silent_until_it_answers() {
    let server = TestServer::with(|config| {
        config.uni_without_openid();
        config.add_lab();
    })
    .await;
    let module = || server.broker.config().provider(&"uni".parse().unwrap()).unwrap().module.clone();
    let callback = server.browser();
    let begun = callback.callback_url("/auth/notes?provider=uni").await;
    server.uni.stop().await;
    assert_eq!(callback.go(&begun).await.status, 503);
    assert!(matches!(module().availability(), vestibule::upstream::Availability::Silent { .. }));
    server.uni.restart().await;
    server.broker.config().refresh().await;
    assert_eq!(module().availability(), vestibule::upstream::Availability::Unknown);
}

// C13
#[tokio::test]
async fn a_demand_to_sign_in_again_is_refused_unless_the_config_trusts_the_provider() {
    let server = TestServer::with(|config| _ = config.uni_without_openid()).await;
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes?prompt=login").await;
    assert_eq!(page.heading(), "Example University does not say when you last signed in there.");
    assert_eq!(server.uni.received().authorize[0].get("prompt"), Some("login"));
    assert!(browser.session().is_none());
    server.reconfigure(|config| _ = config.provider("uni").set_text("reauth", "trust"));
    let token = server.browser().sign_in("/auth/notes?prompt=login").await.token_at(NOTES);
    assert!(server.verify_token(&token).await.1.get("auth_time").is_none());
}

#[tokio::test]
async fn a_username_may_come_from_a_claim_within_others_at_both_kinds_of_provider() {
    let (log, server) = (Log::open(), TestServer::with(|_| ()).await);
    let account = json!({ "profile": { "nickname": "ada" } });
    let ada = |sub: &str| Person::new(sub).with("kakao_account", account.clone());
    let template = "'{{ claims[\"kakao_account\"].profile.nickname }}'";
    for (kind, name) in [("oidc", "ada"), ("oauth2", "ada-2")] {
        server.reconfigure(|config| {
            if kind == "oauth2" {
                config.uni_without_openid();
            }
            config.provider("uni").set("username", template);
        });
        server.behave(|uni| uni.person = ada(kind));
        let page = server.browser().sign_in("/auth/notes").await;
        assert!(name == "ada" || page.text().contains(name), "{kind}: {}", page.text());
        server.behave(|uni| uni.person = Person::new("eve").with("kakao_account", json!({ "profile": {} })));
        let page = server.browser().sign_in("/auth/notes").await;
        let line = log.line(&page.reference_code());
        assert!(line.contains("no text in kakao_account.profile.nickname; "), "{line}");
    }
}

// docs/config.md: the template and `groups_claim` find a nested claim as the paths of the mapping do.
#[tokio::test]
async fn one_path_leads_to_the_same_claim_in_the_mapping_in_groups_and_in_the_template() {
    let server = TestServer::with(|config| {
        let uni = config.uni_without_openid();
        uni.set_text("display_name", "account.full.name").set_text("groups_claim", "account.in.teams");
        uni.set("groups", "{ \"42\" = \"staff\" }").set("username", "'{{ account.login }}'");
    })
    .await;
    let account = json!({ "full": { "name": "Ada L." }, "in.teams": ["42"] });
    let ada = Person::new("ada").with("account", account).with("account.login", "ada-of-the-forge");
    server.behave(|uni| uni.person = ada);
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let claims = server.verify_token(&token).await.1;
    let read = ["preferred_username", "name", "groups"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("ada-of-the-forge"), json!("Ada L."), json!(["staff"])]);
}
