//! Signing in with Apple, at a double that behaves as Apple's documentation says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::doubles::apple::{Behaviour, CLIENT_ID, FakeApple, ISSUER, KEY_ID, OTHER_ISSUER, TEAM_ID};
use support::provider::{Fields, Person};
use support::{Browser, FormOrigin, Log, Page, Table, TestServer};
use time::Duration;
use vestibule::base::clock::Clock;
use vestibule::base::secret::Secret;
use vestibule::upstream::oauth_client::client_key::ClientKey;

const NOTES: &str = "https://notes.example.org/signed-in";

/// A server whose only provider is Apple's preset, with changes to its keys.
async fn server(change: impl FnOnce(&mut Table)) -> (TestServer, FakeApple) {
    let apple = FakeApple::start().await;
    let server = TestServer::with(|config| {
        let provider = config.only_provider_of_preset("apple");
        apple.configure(provider);
        change(provider);
    })
    .await;
    apple.register(format!("{}/callback/apple", server.base));
    apple.behave(|behaviour| behaviour.clock = server.clock());
    (server, apple)
}

/// The claims of the token of a sign-in in this browser. A page may first say which username the account got.
async fn claims_in(server: &TestServer, browser: &Browser) -> Value {
    let page = browser.sign_in("/auth/notes").await;
    server.verify_token(&page.token_at(NOTES)).await.1
}

/// The claims of the token of a sign-in in a new browser.
async fn claims(server: &TestServer) -> Value {
    claims_in(server, &server.browser()).await
}

async fn detail(server: &TestServer, page: &Page) -> String {
    server.explain(&page.reference_code()).await.unwrap().detail.unwrap()
}

// C38: the answer is posted from another site, and the name that comes once is in the page that reposts it.
#[tokio::test]
async fn a_person_signs_in_by_a_form_of_another_site_with_the_name_that_comes_once() {
    let (server, apple) = server(|_| ()).await;
    let browser = server.browser();
    let at_apple = browser.go(&browser.go("/auth/notes").await.redirect_target()).await;
    let sent = Fields::of_form(&at_apple.body);
    assert!(sent.get("user").unwrap().contains("Lovelace"));
    let reposting = browser.post(&at_apple.form_action(), &sent.0, FormOrigin::AnotherSite).await;
    let reposted = Fields::of_form(&reposting.body);
    assert_eq!(
        ["code", "state", "user"].map(|name| reposted.get(name)),
        ["code", "state", "user"].map(|n| sent.get(n))
    );
    let page = browser.follow(reposting).await;
    let (_, first) = server.verify_token(&page.token_at(NOTES)).await;
    let read = ["preferred_username", "name", "email", "email_verified", "idp"].map(|name| first[name].clone());
    let username = first["preferred_username"].clone();
    let ada = [username.clone(), json!("Ada Lovelace"), json!("ada@example.org"), json!(true), json!("apple")];
    assert_eq!(read, ada);
    assert_eq!(
        username,
        json!("001234.0a1b2c3d4e5f60718293a4b5c6d7e8f9.0815"),
        "nobody signs the name, so it gives no username"
    );
    // No name comes again. It is the same account, and apps get the username in place of the name.
    let second = claims(&server).await;
    assert_eq!((&second["sub"], &second["preferred_username"]), (&first["sub"], &username));
    assert_eq!(second["name"], username);
    let requests = apple.authorization_requests();
    assert_eq!(requests[0].get("scope"), Some("openid name email"));
    assert!(requests.iter().all(|request| request.has("nonce") && request.has("code_challenge")));
}

#[tokio::test]
async fn each_token_request_has_a_secret_of_its_own_and_none_expires_for_the_operator() {
    let (server, apple) = server(|_| ()).await;
    claims(&server).await;
    claims(&server).await;
    server.advance_clock(Duration::days(400));
    claims(&server).await;
    let sent = apple.token_requests();
    let secrets: Vec<_> = sent.iter().map(|request| request.form.get("client_secret").unwrap()).collect();
    assert!(secrets.len() == 3 && secrets[0] != secrets[1] && secrets[1] != secrets[2], "{secrets:?}");
    for request in &sent {
        assert!(!request.headers.contains_key("authorization") && !request.form.has("client_assertion"));
    }
    let payload = josekit::jwt::decode_header(secrets[0]).unwrap();
    assert_eq!(payload.claim("kid"), Some(&json!(KEY_ID)));
    // It was made 400 days ago, and was valid for five minutes.
    assert!(apple.accepts_secret(secrets[0]).unwrap_err().starts_with("iat "));
}

// Apple's page "Creating a client secret". A secret that somebody else reads is of use for five minutes at most.
#[tokio::test]
async fn a_secret_names_the_team_the_client_and_apple_and_is_valid_for_five_minutes() {
    let (server, apple) = server(|_| ()).await;
    let begun = server.now().unix_timestamp();
    claims(&server).await;
    let sent = apple.token_requests();
    let secret = sent[0].form.get("client_secret").unwrap();
    let part = |number: usize| {
        let part = URL_SAFE_NO_PAD.decode(secret.split('.').nth(number).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&part).unwrap()
    };
    let [header, claims] = [0, 1].map(part);
    assert_eq!([&header["alg"], &header["kid"]], ["ES256", KEY_ID]);
    let issued = claims["iat"].as_i64().unwrap();
    assert!((begun..=server.now().unix_timestamp()).contains(&issued), "{issued}");
    let expected = json!({ "iss": TEAM_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": issued, "exp": issued + 300 });
    assert_eq!(claims, expected);
}

// The double itself: Apple's page "Creating a client secret".
#[tokio::test]
async fn apple_accepts_a_secret_only_with_its_algorithm_its_key_id_its_claims_and_for_six_months() {
    let apple = FakeApple::start().await;
    let now = Clock::system().now().unix_timestamp();
    let sign = |pem: &str, kid: &str, change: fn(&mut Value)| {
        let mut claims =
            json!({ "iss": TEAM_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": now, "exp": now + 15_776_000 });
        change(&mut claims);
        let key = ClientKey::read(&Secret::new(pem.to_owned()), Some(kid.to_owned())).unwrap();
        key.sign(&claims).unwrap().expose().clone()
    };
    let key = apple.client_key();
    assert_eq!(apple.accepts_secret(&sign(&key, KEY_ID, |_| ())), Ok(()));
    let rsa = josekit::jwk::alg::rsa::RsaKeyPair::generate(2048).unwrap();
    let rsa = String::from_utf8(josekit::jwk::KeyPair::to_pem_private_key(&rsa)).unwrap();
    let other = FakeApple::start().await.client_key();
    for (wrong, secret) in [
        ("alg", sign(&rsa, KEY_ID, |_| ())),
        ("kid", sign(&key, "ZZZZZZZZZZ", |_| ())),
        ("key", sign(&other, KEY_ID, |_| ())),
        ("iss", sign(&key, KEY_ID, |claims| claims["iss"] = json!("Z9Y8X7W6V5"))),
        ("sub", sign(&key, KEY_ID, |claims| claims["sub"] = json!("org.example.other"))),
        ("aud", sign(&key, KEY_ID, |claims| claims["aud"] = json!(OTHER_ISSUER))),
        (
            "six months",
            sign(&key, KEY_ID, |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 15_777_100)),
        ),
        ("expired", sign(&key, KEY_ID, |claims| claims["exp"] = claims["iat"].clone())),
    ] {
        assert!(apple.accepts_secret(&secret).is_err(), "{wrong}");
    }
}

// C56
#[tokio::test]
async fn a_refused_key_is_named_as_the_cause_with_everything_that_apple_answers_alike() {
    let log = Log::open();
    for (key, value) in [("team_id", "Z9Y8X7W6V5"), ("client_key_id", "Z9Y8X7W6V5")] {
        let (server, apple) = server(|provider| _ = provider.set_text(key, value)).await;
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, "Apple can’t be used right now."));
        let (line, detail) = (log.line(&page.reference_code()), detail(&server, &page).await);
        for words in
            ["refuses our credential provider.apple.client_key: invalid_client", "an expired or wrong Apple key"]
        {
            assert!(line.contains("client_rejected") && line.contains(words) && detail.contains(words), "{line}");
        }
        let secret = apple.token_requests()[0].form.get("client_secret").unwrap().to_owned();
        assert!(!log.text().contains(&secret));
    }
    let other = FakeApple::start().await.client_key();
    let (server, _apple) = server(|provider| _ = provider.set("client_key", &format!("\"\"\"\n{other}\"\"\""))).await;
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(detail(&server, &page).await.contains("an expired or wrong Apple key"));
}

// C15, C22
#[tokio::test]
async fn an_address_is_verified_by_true_in_both_forms_and_by_nothing_else() {
    let (server, apple) = server(|_| ()).await;
    for (sent, verified) in [
        (json!("true"), true),
        (json!(true), true),
        (json!("false"), false),
        (json!(false), false),
        (Value::Null, false),
    ] {
        apple.behave(|behaviour| _ = behaviour.claims.insert("email_verified".into(), sent.clone()));
        assert_eq!(claims(&server).await["email_verified"], json!(verified), "{sent}");
    }
    for sent in [json!("TRUE"), json!("1"), json!(1), json!(["true"])] {
        apple.behave(|behaviour| _ = behaviour.claims.insert("email_verified".into(), sent.clone()));
        let page = server.browser().sign_in("/auth/notes").await;
        assert!(detail(&server, &page).await.starts_with("C15: "), "{sent}");
    }
}

#[tokio::test]
async fn apple_refuses_its_answer_in_the_query_together_with_a_name_or_an_address() {
    let (server, _apple) = server(|_| ()).await;
    let browser = server.browser();
    let to = browser.go("/auth/notes").await.redirect_target();
    for changed in [to.replace("form_post", "query"), to.replace("response_mode=form_post", "")] {
        let page = browser.go(&changed).await;
        assert!(page.status == 400 && page.body.contains("response_mode must be form_post"), "{}", page.body);
    }
    server.reconfigure(|config| {
        config.provider("apple").set("scopes", "[\"openid\"]").set_text("response_mode", "query");
    });
    let (claims, sub) = (claims(&server).await, Behaviour::default().person.sub);
    assert_eq!((&claims["preferred_username"], claims.get("email")), (&json!(sub), None));
}

// C12, C21
#[tokio::test]
async fn a_person_stays_the_same_while_apple_changes_its_issuer() {
    let (server, apple) = server(|_| ()).await;
    let before = claims(&server).await;
    apple.behave(|behaviour| behaviour.issuer = OTHER_ISSUER);
    assert_eq!(claims(&server).await["sub"], before["sub"]);
    // With the metadata, after they are fetched again.
    apple.behave(|behaviour| behaviour.metadata_issuer = OTHER_ISSUER);
    server.reconfigure(|_| ());
    assert_eq!(claims(&server).await["sub"], before["sub"]);
    apple.behave(|behaviour| behaviour.issuer = "https://account.apple.com.example.org");
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(detail(&server, &page).await.starts_with("C12: `iss` of the ID token"));
}

// C76
#[tokio::test]
async fn the_unsigned_field_gives_a_name_and_neither_a_subject_nor_an_address_nor_a_group() {
    let (server, apple) = server(|provider| {
        provider.set_text("groups_claim", "name").set("groups", "{ \"Eve\" = \"staff\" }");
        provider.set_text("username", "{{ name or sub }}");
    })
    .await;
    let ada = claims(&server).await;
    let forged = json!({
        "sub": ada["sub"], "email": "root@example.org", "email_verified": true, "groups": ["admins"],
        "preferred_username": "root", "iss": ISSUER, "aud": CLIENT_ID,
        "name": { "firstName": "Eve", "lastName": "", "email": "root@example.org" },
    });
    let eve = Person::new("009999.eve.0001").with("email", "eve@example.org").with("email_verified", "false");
    apple.behave(|behaviour| (behaviour.person, behaviour.user_field) = (eve, Some(forged.to_string())));
    let claims = claims(&server).await;
    assert_ne!(claims["sub"], ada["sub"]);
    let read = ["preferred_username", "name", "email", "email_verified", "groups"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("009999.eve.0001"), json!("Eve"), json!("eve@example.org"), json!(false), json!([])]);
}

// C76
#[tokio::test]
async fn a_broken_field_ends_no_sign_in_and_the_account_is_named_after_the_subject() {
    let (server, apple) = server(|_| ()).await;
    let long = json!({ "name": { "firstName": "a".repeat(5000) } }).to_string();
    let broken = ["{", "Ada", "[]", r#"{"name":"Ada"}"#, r#"{"name":{"firstName":1}}"#, &long];
    for (number, field) in broken.into_iter().enumerate() {
        let sub = format!("00000{number}.ada.0001");
        let person = Person::new(&sub);
        apple.behave(|behaviour| (behaviour.person, behaviour.user_field) = (person, Some(field.to_owned())));
        let claims = claims(&server).await;
        assert_eq!((&claims["preferred_username"], &claims["name"]), (&json!(sub), &json!(sub)), "{field}");
    }
    // A name never breaks a line or changes the text direction.
    let name = json!({ "name": { "firstName": "Ada\u{202e}\n", "lastName": "<b>" } }).to_string();
    apple.behave(|behaviour| behaviour.user_field = Some(name));
    assert_eq!(claims(&server).await["name"], json!("Ada <b>"));
}

#[tokio::test]
async fn a_person_who_cancels_at_apple_may_try_again() {
    let (server, apple) = server(|_| ()).await;
    apple.behave(|behaviour| behaviour.is_cancelled = true);
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You did not finish signing in with Apple.");
    assert_eq!(detail(&server, &page).await, "the provider answered user_cancelled_authorize");
    assert!(browser.session().is_none());
    apple.behave(|behaviour| behaviour.is_cancelled = false);
    assert_eq!(claims_in(&server, &browser).await["name"], json!("Ada Lovelace"));
}

// C13, C2
#[tokio::test]
async fn an_answer_needs_the_nonce_and_the_browser_of_its_login() {
    let (server, apple) = server(|_| ()).await;
    let browser = server.browser();
    let at_apple = browser.go(&browser.go("/auth/notes").await.redirect_target()).await;
    let sent = Fields::of_form(&at_apple.body).0;
    let other = server.browser();
    let page = other.follow(other.post(&at_apple.form_action(), &sent, FormOrigin::AnotherSite).await).await;
    assert!(page.status == 400 && other.session().is_none() && apple.token_requests().is_empty());
    for nonce in [Value::Null, json!(""), json!("another")] {
        apple.behave(|behaviour| _ = behaviour.claims.insert("nonce".into(), nonce.clone()));
        let page = server.browser().sign_in("/auth/notes").await;
        assert!(detail(&server, &page).await.starts_with("C13: `nonce`"), "{nonce}");
    }
}

// C13: the key holds in both places that ask for a fresh proof.
#[tokio::test]
async fn another_account_needs_no_time_of_the_sign_in_if_the_operator_trusts_apple() {
    let (server, apple) = server(|provider| _ = provider.set_text("reauth", "trust")).await;
    apple.behave(|behaviour| _ = behaviour.claims.insert("auth_time".into(), Value::Null));
    let browser = server.browser();
    claims_in(&server, &browser).await;
    browser.post("/logout", &[], FormOrigin::OurPage).await;
    browser.sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
}
