//! People of several tenants: each tenant has an issuer of its own, and one set of keys signs for all.

use serde_json::{Value, json};
use support::doubles::{FakeMicrosoft, MicrosoftBehaviour};

use super::{NOTES, TENANT, claims, refusal, server, set};

const OTHER: &str = FakeMicrosoft::OTHER_TENANT;
const PERSONAL: &str = FakeMicrosoft::PERSONAL;

// C12, C21
#[tokio::test]
async fn the_same_subject_in_two_tenants_is_two_people() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server(&microsoft, "common", &[("tenants", "\"any\"")]).await;
    let mut subjects = Vec::new();
    for tenant in [TENANT, OTHER, PERSONAL, TENANT] {
        microsoft.behave(tenant, set(json!({ "sub": "AAAA", "preferred_username": format!("ada-{}", &tenant[..4]) })));
        subjects.push(claims(&server).await["sub"].clone());
    }
    assert_eq!(subjects[0], subjects[3]);
    assert!(subjects[0] != subjects[1] && subjects[1] != subjects[2] && subjects[0] != subjects[2], "{subjects:?}");
}

// C27
#[tokio::test]
async fn a_session_holds_while_the_tenant_is_listed() {
    let microsoft = FakeMicrosoft::start().await;
    let both = format!("[\"{TENANT}\", \"{OTHER}\"]");
    let server = server(&microsoft, "organizations", &[("tenants", &both)]).await;
    microsoft.behave(OTHER, |_| ());
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(microsoft.received().authorize.len(), 1);
    server.reconfigure(|config| {
        let table = config.provider("microsoft").set("tenants", &format!("[\"{TENANT}\"]"));
        table.set_text("discovery_url", &microsoft.metadata(TENANT));
    });
    let page = browser.sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You signed in with an account of another organisation at Microsoft.");
}

// C75
#[tokio::test]
async fn a_person_of_a_tenant_that_is_not_listed_is_refused() {
    let microsoft = FakeMicrosoft::start().await;
    for (authority, listed) in
        [(TENANT, &[TENANT][..]), ("consumers", &[PERSONAL]), ("organizations", &[OTHER, TENANT])]
    {
        let server = server(&microsoft, authority, &[("tenants", &json!(listed).to_string())]).await;
        for tenant in [TENANT, OTHER, PERSONAL] {
            microsoft.behave(tenant, set(json!({ "preferred_username": format!("ada-{}", &tenant[..4]) })));
            if listed.contains(&tenant) {
                claims(&server).await;
                continue;
            }
            let (line, heading) = refusal(&server).await;
            assert_eq!(heading, "You signed in with an account of another organisation at Microsoft.");
            let expected = format!("C75: `tid` of the ID token: expected {}, got {tenant}", listed.join(" or "));
            assert!(line.contains(&expected), "{line}");
        }
    }
}

// C12
#[tokio::test]
async fn a_token_whose_issuer_is_not_that_of_its_tenant_is_refused() {
    let microsoft = FakeMicrosoft::start().await;
    for (authority, tenants) in [("common", json!("any")), (TENANT, json!([TENANT]))] {
        let server = server(&microsoft, authority, &[("tenants", &tenants.to_string())]).await;
        let issuer = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
        for (wrong, part) in [
            (json!({ "iss": issuer(OTHER) }), "iss"),
            (json!({ "iss": issuer("{tenantid}") }), "iss"),
            (json!({ "iss": issuer("common") }), "iss"),
            (json!({ "iss": format!("https://sts.windows.net/{TENANT}/") }), "iss"),
            (json!({ "tid": null }), "tid"),
            (json!({ "tid": "common", "iss": issuer("common") }), "tid"),
            (json!({ "tid": TENANT.to_uppercase(), "iss": issuer(&TENANT.to_uppercase()) }), "tid"),
            (json!({ "tid": [TENANT] }), "tid"),
        ] {
            microsoft.behave(TENANT, set(wrong.clone()));
            let (line, heading) = refusal(&server).await;
            assert_eq!(heading, "Microsoft’s answer could not be trusted.", "{wrong}");
            assert!(line.contains(&format!("C12: `{part}` of the ID token")), "{wrong}: {line}");
        }
        microsoft.behave(TENANT, |_| ());
        claims(&server).await;
    }
}

// C14
#[tokio::test]
async fn a_key_of_one_tenant_signs_for_no_other() {
    let issuer = |tenant: &str| Value::from(format!("https://login.microsoftonline.com/{tenant}/v2.0"));
    for (of_key, accepted) in [
        (vec![issuer(TENANT)], true),
        (vec![issuer("{tenantid}")], true),
        (vec![Value::Null], true),
        (vec![issuer(OTHER)], false),
        (vec![json!("https://login.partner.microsoftonline.cn/{tenantid}/v2.0")], false),
        (vec![json!([issuer(TENANT)])], false),
        // The same key, listed for each of its issuers.
        (vec![issuer(OTHER), issuer(TENANT)], true),
        (vec![issuer(TENANT), issuer(OTHER)], true),
        (vec![issuer(OTHER), Value::Null], true),
        (vec![issuer(OTHER), issuer(PERSONAL)], false),
    ] {
        let microsoft = FakeMicrosoft::start().await;
        let with_key = |behaviour: &mut MicrosoftBehaviour| behaviour.key_issuers.clone_from(&of_key);
        microsoft.behave(TENANT, with_key);
        let server = server(&microsoft, "common", &[("tenants", "\"any\"")]).await;
        if accepted {
            claims(&server).await;
            continue;
        }
        let (line, heading) = refusal(&server).await;
        assert_eq!(heading, "Microsoft’s answer could not be trusted.");
        assert!(line.contains("C14: signature of the ID token: expected by a key for https://login"), "{line}");
    }
}
