//! Tests: claims within other claims in the template of a username.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::UsernameTemplate;

fn named(template: &str, claims: Value) -> Result<String, String> {
    let claims: Map<String, Value> = serde_json::from_value(claims).unwrap();
    let name = UsernameTemplate::parse(template).unwrap().name(&claims);
    name.map(|name| name.to_string()).map_err(|why| why.to_string())
}

#[test]
fn a_template_reads_claims_within_others() {
    let sent = json!({
        "kakao_account": { "profile": { "nickname": "Ada", "number": 7 } },
        "data": { "login": "ada", "urn:x/y": "uri" },
        "emails": [{ "value": "a@example.org" }, { "value": "b@example.org" }],
        "names": ["Ada", "L"],
        "given": "Ada",
    });
    for (template, name) in [
        ("{{ data.login }}", "ada"),
        ("{{ claims[\"kakao_account\"].profile.nickname }}", "Ada"),
        ("{{ claims.kakao_account['profile'].nickname | lower }}", "ada"),
        ("{{ kakao_account.profile.nickname[:1] ~ kakao_account.profile.number }}", "A7"),
        ("{{ data['urn:x/y'] }}", "uri"),
        ("{{ emails[1].value | split('@') | first }}", "b"),
        ("{{ names[0] }}.{{ names[1] }}", "Ada.L"),
        ("{{ given[0] }}", "A"),
        ("{{ data.name or data.login }}", "ada"),
        ("{{ data.name | default(data.login) }}", "ada"),
        ("{{ missing.name or names[7] or given }}", "Ada"),
        ("{% if data.login %}{{ data.login }}{% else %}{{ given }}{% endif %}", "ada"),
        ("{% set d = data %}{{ d.login }}", "ada"),
        ("{{ [data.name, data.login] | select | join('.') }}", "ada"),
    ] {
        assert_eq!(named(template, sent.clone()).as_deref(), Ok(name), "{template}");
    }
}

// The same claim as the path `data.login` of `preferred_username` or `groups_claim`.
#[test]
fn a_name_on_the_way_may_hold_dots_and_the_longest_name_takes_precedence() {
    let sent = json!({
        "data": { "login": "inner", "nick.name": "nick" },
        "data.login": "whole",
        "social.example": { "user": { "login": "ada" }, "teams": [{ "name": "staff" }] },
    });
    for (template, name) in [
        ("{{ data.login }}", "whole"),
        ("{{ claims['data.login'] }}", "whole"),
        ("{{ claims['data'].login }}", "whole"),
        ("{{ data.nick.name }}", "nick"),
        ("{{ data['nick.name'] }}", "nick"),
        ("{{ claims['data.nick.name'] }}", "nick"),
        ("{{ social.example.user.login }}", "ada"),
        ("{{ claims['social.example'].user.login }}", "ada"),
        ("{{ social.example.teams[0].name }}", "staff"),
        ("{{ social.example.name or social.example.user.login }}", "ada"),
    ] {
        assert_eq!(named(template, sent.clone()).as_deref(), Ok(name), "{template}");
    }
    let why = named("{{ social.example.user.name }}", sent).unwrap_err();
    assert!(why.contains(" gives no username: no text in social.example.user.name; "), "{why}");
}

#[test]
fn the_error_names_the_whole_path_of_what_is_missing() {
    let sent = json!({ "data": { "login": " ", "ok": true, "deep": {}, "list": [] }, "names": [], "nothing": null });
    for (template, missing) in [
        ("{{ data.login }}", "data.login"),
        ("{{ data.ok }}", "data.ok"),
        ("{{ data.deep }}", "data.deep"),
        ("{{ data.deep.a.b }}", "data.deep.a.b"),
        ("{{ claims['data']['deep'].a }}", "data.deep.a"),
        ("{{ account.profile.nickname[:64] }}", "account.profile.nickname"),
        ("{{ nothing.name }}", "nothing.name"),
        ("{{ names[0] }}", "names.0"),
        ("{{ data.list[3].value }}", "data.list.3.value"),
        ("{{ missing[0].value }}", "missing.0.value"),
        // It may be the first character of a text.
        ("{{ missing[0] }}", "missing"),
        ("{{ missing[0][:3] }}", "missing"),
        ("{{ data }}", "data"),
        ("{{ data }}{{ data.login }}", "data, data.login"),
        ("{{ data.login or data.name }}", "data.login, data.name"),
        ("{% set d = data %}{{ d.login }}{{ d }}", "data, data.login"),
        ("{% if data.ok %}x{% endif %}{{ data.name }}", "data.name"),
        ("{{ claims['data'].ok if claims['data'].ok }}{{ data.name }}", "data.name"),
        ("{{ given[0] if given[0] }}{{ data.name }}", "data.name"),
    ] {
        let why = named(template, sent.clone()).unwrap_err();
        assert!(why.contains(&format!(" gives no username: no text in {missing}; the claims received: ")), "{why}");
    }
}

#[test]
fn a_sample_name_has_a_text_for_each_claim_within_others() {
    for (template, name) in [
        ("{{ data.login }}", "ada"),
        ("{{ claims[\"kakao_account\"].profile.nickname }}", "ada"),
        ("{{ emails[0].email | split('@') | last }}", "example.edu"),
        ("{{ names[0] }}", "a"),
        ("{{ account.profile.nickname[:2] or account.login }}", "ad"),
        ("{{ data.name | default(name) | upper }}", "ADA"),
    ] {
        let sample = UsernameTemplate::parse(template).unwrap().sample();
        assert_eq!(sample.map(|name| name.to_string()), Ok(name.to_owned()), "{template}");
    }
}

proptest! {
    #[test]
    fn no_value_and_no_path_panics(value in "[a-z0-9\\[\\]{}:,\"]{0,20}", path in "[a-c.0\\['\\]]{1,12}") {
        let value = serde_json::from_str(&value).unwrap_or(json!({ "a": [{ "b": "c" }], "b": { "a": 1 } }));
        if let Ok(template) = UsernameTemplate::parse(&format!("{{{{ {path} }}}}")) {
            let claims = serde_json::from_value(json!({ "a": value, "b": value })).unwrap();
            let _names = (template.sample(), template.name(&claims));
        }
    }
}
