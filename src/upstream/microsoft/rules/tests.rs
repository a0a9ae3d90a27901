//! Microsoft's own rules, one by one.

use serde_json::{Value, json};

use super::{MicrosoftRules, Tenants};
use crate::signin::arrive::Prompt;
use crate::upstream::oidc::own_rules::OwnRules as _;

const ONE: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const OTHER: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

fn rules(tenants: Tenants) -> MicrosoftRules {
    MicrosoftRules { tenants, groups: None, foreign_rights: None }
}

fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

// C22
#[test]
fn an_address_is_verified_only_by_xms_edov() {
    for (edov, verified) in [
        (json!(true), true),
        (json!("1"), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("0"), false),
        (json!("True"), false),
        (json!(1), false),
        (json!([true]), false),
        (json!(null), false),
    ] {
        for said in [json!(true), json!("true"), json!(null)] {
            let claims = json!({ "email": "ada@example.org", "xms_edov": edov, "email_verified": said });
            let Value::Object(mut claims) = claims else { panic!("no object") };
            rules(Tenants::One).read_claims(&mut claims);
            assert_eq!(claims["email_verified"], json!(verified), "{edov}");
        }
    }
    let Value::Object(mut claims) = json!({ "xms_edov": true, "email_verified": true }) else { panic!("no object") };
    rules(Tenants::Any).read_claims(&mut claims);
    assert!(!claims.contains_key("email_verified"));
}

// C12
#[test]
fn the_issuer_of_many_tenants_is_that_of_the_tenant_whom_the_token_names() {
    let of = |tenants: Tenants, tid: Value| {
        let claims = [("tid".to_owned(), tid)].into_iter().collect();
        let issuer = rules(tenants).issuer_of(&claims);
        issuer.map(|issuer| issuer.map(|issuer| issuer.as_str().to_owned())).map_err(|why| why.to_string())
    };
    assert_eq!(of(Tenants::Any, json!(ONE)), Ok(Some(issuer(ONE))));
    assert_eq!(of(Tenants::Listed([OTHER.to_owned()].into()), json!(ONE)), Ok(Some(issuer(ONE))));
    assert_eq!(of(Tenants::One, json!(ONE)), Ok(None));
    for tid in [json!(null), json!("common"), json!("../common"), json!(ONE.to_uppercase()), json!([ONE]), json!("")] {
        let why = of(Tenants::Any, tid.clone()).unwrap_err();
        assert_eq!(why, format!("C12: `tid` of the ID token: expected the id of a tenant, got {tid}"));
    }
    let accepts = |tenants: Tenants, text: &str| rules(tenants).accepts_issuer(text);
    assert!(accepts(Tenants::Any, &issuer(ONE)) && accepts(Tenants::Listed([ONE.to_owned()].into()), &issuer(ONE)));
    assert!(!accepts(Tenants::Listed([OTHER.to_owned()].into()), &issuer(ONE)));
    assert!(!accepts(Tenants::Any, &issuer("{tenantid}")) && !accepts(Tenants::One, &issuer(ONE)));
}

// C14
#[test]
fn a_key_signs_for_its_own_issuer_or_for_a_pattern_that_the_issuer_fits() {
    let fits = |key: &str| rules(Tenants::Any).key_may_sign(&key.into(), &issuer(ONE).as_str().into());
    assert!(fits(&issuer(ONE)) && fits(&issuer("{tenantid}")));
    for other in ["", &issuer(OTHER), "https://login.example/{tenantid}/v2.0", "{tenantid}", "{tenantid}/v2.0"] {
        assert!(!fits(other), "{other}");
    }
}

#[test]
fn a_person_who_chooses_an_account_gets_no_hint() {
    let hint = |prompt| rules(Tenants::One).hints(prompt, Some("ada")).login_hint;
    assert_eq!(hint(Prompt::SelectAccount), None);
    assert_eq!([hint(Prompt::AsNeeded), hint(Prompt::Login)], [Some("ada"); 2]);
}
