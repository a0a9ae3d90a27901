//! Tests: which account a login gets, and the names of new accounts.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Decision, FirstLogin, MAX_SUFFIX, UsernameError, UsernameTemplate, candidates, decide};
use crate::base::lookalike::Scripts;
use crate::base::redaction::Redaction;
use crate::base::username::{Username, folded};
use crate::signin::samples::dee;

fn claims(value: Value) -> Map<String, Value> {
    let Value::Object(claims) = value else { panic!("claims are an object") };
    claims
}

fn provision(template: &str) -> FirstLogin {
    FirstLogin::Provision(UsernameTemplate::parse(template).unwrap())
}

/// The name that `template` makes from the claims, or the message for the admin.
fn named(template: &str, value: Value) -> Result<String, String> {
    match decide(None, &provision(template), &claims(value)) {
        Ok(Decision::Provision { wished }) => Ok(wished.to_string()),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why.to_string()),
    }
}

// C21
#[test]
fn a_linked_identity_signs_in_to_its_account_whatever_its_claims_are() {
    let account = dee().account;
    for policy in [FirstLogin::Refuse, provision("{{ preferred_username }}"), provision("{{ missing }}")] {
        for sent in [
            json!({}),
            json!({"preferred_username": "ann", "email": "ann@example.edu", "email_verified": true}),
            json!({"preferred_username": ["?"], "name": null}),
        ] {
            let decision = decide(Some(account.clone()), &policy, &claims(sent));
            assert_eq!(decision, Ok(Decision::SignIn(account.clone())));
        }
    }
}

// C21, C22: nOAuth, homographs of a name, an expired domain: claims are never used to find an account
#[test]
fn an_unknown_identity_never_gets_an_account_by_its_mail_or_name() {
    for sent in [
        json!({"preferred_username": "dee", "email": "dee@example.edu", "email_verified": true}),
        json!({"preferred_username": "DEE", "name": "Dee", "hd": "example.edu", "upn": "dee@example.edu"}),
        json!({"preferred_username": "ｄｅｅ", "sub": "0123456789abcdefghjkmnpqrs"}),
    ] {
        assert_eq!(decide(None, &FirstLogin::Refuse, &claims(sent.clone())), Ok(Decision::Refuse));
        let made = decide(None, &provision("{{ preferred_username }}"), &claims(sent)).unwrap();
        assert!(matches!(made, Decision::Provision { .. }), "{made:?}");
    }
}

#[test]
fn a_name_in_mixed_scripts_makes_no_account_unless_the_config_allows_it() {
    let mixed = json!({"preferred_username": "аda"});
    let why = named("{{ preferred_username }}", mixed.clone()).unwrap_err();
    assert!(why.contains("mixes Cyrillic and Latin") && !why.contains("аda"), "{why}");
    let template = UsernameTemplate::parse("{{ preferred_username }}").unwrap().in_scripts(Scripts::Mixed);
    let made = decide(None, &FirstLogin::Provision(template), &claims(mixed.clone())).unwrap();
    assert!(matches!(made, Decision::Provision { wished } if wished.as_str() == "аda"));
    // A linked identity can sign in nevertheless.
    let account = dee().account;
    let known = decide(Some(account.clone()), &provision("{{ preferred_username }}"), &claims(mixed));
    assert_eq!(known, Ok(Decision::SignIn(account)));
}

// C27: the account is found, so that permit can say why it may not be used, and no second account is made
#[test]
fn a_disabled_account_is_still_found() {
    let mut account = dee().account;
    account.disabled =
        Some(crate::signin::account::Disabled { by: "ann".into(), at: time::OffsetDateTime::UNIX_EPOCH });
    let decision = decide(Some(account.clone()), &provision("{{ preferred_username }}"), &claims(json!({})));
    assert_eq!(decision, Ok(Decision::SignIn(account)));
}

#[test]
fn the_template_makes_the_name_from_the_claims() {
    assert_eq!(named("{{ preferred_username }}", json!({"preferred_username": "dee"})).unwrap(), "dee");
    assert_eq!(named("{{ given }}.{{ family }}", json!({"given": "Dee", "family": "Ó"})).unwrap(), "Dee.Ó");
    assert_eq!(named("u{{ number }}", json!({"number": 42})).unwrap(), "u42");
    assert_eq!(named("{{ email|replace('@', '-at-') }}", json!({"email": "d@a"})).unwrap(), "d-at-a");
    assert_eq!(named("{{ nick | default(preferred) }}", json!({"preferred": "dee"})).unwrap(), "dee");
    assert_eq!(named("{{ name }}", json!({"name": "  Dee \n"})).unwrap(), "Dee");
}

#[test]
fn a_blank_claim_is_passed_over_like_an_empty_one() {
    let default = "{{ preferred_username or nickname or name }}";
    for blank in ["", "   ", "\t\n", "\u{a0}", "\u{200b}", "\u{3164}"] {
        let sent = json!({"preferred_username": blank, "nickname": blank, "name": "Dee"});
        assert_eq!(named(default, sent).unwrap(), "Dee", "{blank:?}");
        let why = named(default, json!({"preferred_username": blank})).unwrap_err();
        assert!(why.contains("no text in preferred_username, nickname, name; "), "{blank:?}: {why}");
    }
    assert_eq!(named(default, json!({"preferred_username": " dee ", "name": "Dee"})).unwrap(), "dee");
}

#[test]
fn a_claim_is_plain_text_and_never_a_template_or_markup() {
    assert_eq!(named("{{ n }}", json!({"n": "{{ n }}{% if %}"})).unwrap(), "{{ n }}{% if %}");
    assert_eq!(named("{{ n }}", json!({"n": "{{ x }}"})).unwrap(), "{{ x }}");
    assert_eq!(named("{{ n }}", json!({"n": "<b>&"})).unwrap(), "<b>&");
}

#[test]
fn a_missing_claim_is_named_to_the_admin() {
    assert_eq!(
        named("{{ preferred_username }}", json!({"sub": "1", "email": "dee@example.edu"})).unwrap_err(),
        "{{ preferred_username }} gives no username: no text in preferred_username; the claims received: email, sub"
    );
}

// C15: a claim of the wrong type is neither a name nor a part of one
#[test]
fn a_claim_of_the_wrong_type_gives_no_name() {
    for wrong in [json!(true), json!(null), json!(["dee"]), json!({"name": "dee"})] {
        let why = named("{{ preferred_username }}", json!({"preferred_username": wrong})).unwrap_err();
        assert!(why.contains("no text in preferred_username"), "{why}");
    }
}

// C56: the log names claims, and never holds their values
#[test]
fn the_value_of_a_claim_never_reaches_the_log() {
    for template in ["{{ a }}/{{ b }}", "{{ a }}{{ missing }}", "{{ a.b.c }}", "{{ a | int(strict=true) }}"] {
        let why = named(template, json!({"a": "secret-one", "b": "secret-two"})).unwrap_err();
        assert!(!why.contains("secret-"), "{why}");
    }
}

// C56
#[test]
fn no_piece_of_a_secret_stays_where_the_name_of_a_claim_is_cut() {
    let secret = "s3cr3t-".repeat(30);
    let template = UsernameTemplate::parse("{{ n }}").unwrap();
    for name in [secret.clone(), format!("{}\u{200b}{}", &secret[..50], &secret[50..])] {
        let why = template.name(&claims(json!({ "sub": "ada", name: 1 }))).unwrap_err();
        for secrets in [Redaction::of([&*secret]), Redaction::of_typed([&*secret])] {
            let shown = why.clone().without(&secrets).to_string();
            assert!(shown.ends_with(&format!("received: {}, sub", secrets.replacement())), "{shown}");
        }
    }
}

#[test]
fn a_name_that_breaks_a_rule_for_usernames_creates_no_account() {
    for bad in ["a/b", "DOMAIN\\dee", ".", "..", "a\u{202e}b", "a\nb", &"x".repeat(65)] {
        let why = named("{{ n }}", json!({"n": bad})).unwrap_err();
        let length = bad.chars().count();
        let s = if length == 1 { "" } else { "s" };
        let start =
            format!("{{{{ n }}}} gives a name of {length} character{s} that can't be a username here: a username ");
        assert!(why.starts_with(&start), "{why}");
        // C56
        assert!(!why.contains(bad) || bad.len() < 3, "{why}");
    }
    for (template, name, holds, corrected, gives) in [
        (
            "{{ n[:64] | replace('/', '-') }}",
            "a\\b",
            "holds no / and no \\, and this one holds \\; ",
            r"{{ (n[:64] | replace('/', '-')) | replace('\u005c', '-') }}",
            "a-b",
        ),
        (
            "{{ n }}",
            "b\u{200b}o",
            "control or direction characters, and this one holds U+200B; ",
            r"{{ (n) | replace('\u200b', '') }}",
            "bo",
        ),
        ("{{ n ~ '/x' }}", "a", ", and this one holds /; ", "{{ (n ~ '/x') | replace('/', '-') }}", "a-x"),
    ] {
        let why = named(template, json!({"n": name})).unwrap_err();
        assert!(why.ends_with(&format!("{holds}write username = '''{corrected}'''")), "{why}");
        assert_eq!(named(corrected, json!({"n": name})).unwrap(), gives);
    }
    let long = "x".repeat(65);
    let why = named("{{ n }}", json!({"n": long})).unwrap_err();
    assert!(why.ends_with("; write username = '''{{ (n)[:64] }}'''"), "{why}");
    assert_eq!(named("{{ (n)[:64] }}", json!({"n": long})).unwrap(), "x".repeat(64));
    let why = named("{{ n }}/{{ n }}", json!({"n": "a"})).unwrap_err();
    assert!(
        why.ends_with("; shorten and replace inside its parts, as in {{ name[:64] | replace('/', '-') }}"),
        "{why}"
    );
    for none in ["", "  ", "\u{200b}"] {
        let why = named("{{ n }}", json!({"n": none})).unwrap_err();
        assert_eq!(why, "{{ n }} gives no username: no text in n; the claims received: n");
        let why = named("{{ n | default('') }}", json!({"n": none})).unwrap_err();
        assert!(why.ends_with("no text in n; the claims received: n"), "{why}");
    }
}

#[test]
fn a_missing_claim_gives_no_name_however_the_template_uses_it() {
    for template in [
        "{{ n[:64] }}",
        "{{ n[-3:] }}",
        "{{ [given, n]|join('.') }}",
        "{{ [n, given]|join }}",
        "{{ given ~ '.' ~ n }}",
        "{{ given }}.{{ n }}",
        "{{ given }}.{{ n|string }}",
        "{{ given }}{{ n|lower }}",
        "{{ given }}{{ n|trim }}",
        "{{ given }}{{ n|replace('a', 'b') }}",
        "{{ given|replace('d', n) }}",
        "{{ given }}{{ n|first }}",
        "{{ given }}{{ n|length }}",
        "{{ given }}{{ n.part }}",
        "{{ given }}{{ n['part'][:3] }}",
        "{{ claims['n'][:64] }}",
        "{{ given }}{{ claims['n'].part }}",
        "{{ [given, claims['n']]|join('.') }}",
        "{{ '%s.%s'|format(given, n) }}",
        "{% for part in [given, n] %}{{ part }}{% endfor %}",
        "{% set whole = given ~ n %}{{ whole }}",
        "{{ n + given }}",
        "{{ (n or m)[:3] }}",
        "{{ n or m }}",
        "{{ given[:0] ~ n }}",
    ] {
        for claims in [
            json!({"given": "Ada"}),
            json!({"given": "Ada", "n": null}),
            json!({"given": "Ada", "n": ["x"]}),
            json!({"given": "Ada", "n": " "}),
        ] {
            let why = named(template, claims).unwrap_err();
            assert!(why.contains("gives no username: no text in n"), "{template}: {why}");
        }
    }
    // A template may say what to use instead. An empty claim is a missing one.
    for (template, name) in [
        ("{{ n or given }}", "Ada"),
        ("{{ n or m or given }}", "Ada"),
        ("{{ n | default(given) }}", "Ada"),
        ("{{ n | d(given) | lower }}", "ada"),
        ("{{ (n | default(given))[:2] }}", "Ad"),
        ("{{ n if n else given }}", "Ada"),
        ("{{ n if n is defined else given }}", "Ada"),
        ("{% if n is undefined %}{{ given }}{% endif %}", "Ada"),
        ("{% if n %}{{ n }}.{% endif %}{{ given }}", "Ada"),
        ("{{ [n, given]|select|join('.') }}", "Ada"),
        ("{{ given[:64] }}", "Ada"),
        ("{{ n or (given | split('d') | first) }}", "A"),
        ("{{ (n or given)[:64] | replace('d', '-') }}", "A-a"),
        ("{{ [given, given]|join('.') }}", "Ada.Ada"),
    ] {
        for claims in [json!({"given": "Ada"}), json!({"given": "Ada", "n": "", "m": "\u{200b}"})] {
            assert_eq!(named(template, claims).as_deref(), Ok(name), "{template}");
        }
    }
}

#[test]
fn the_error_names_the_claims_that_the_name_needs_and_not_those_that_are_only_tested() {
    let optional = "{% if given %}{{ given }}.{% endif %}{{ family }}";
    for (template, claims, missing) in [
        (optional, json!({"family": ""}), "family"),
        (optional, json!({"given": "Ada", "family": " "}), "family"),
        ("{{ given ~ '.' if given else '' }}{{ family }}", json!({"given": ""}), "family"),
        ("{% if given is defined %}{{ given }}.{% endif %}{{ family }}", json!({}), "family"),
        ("{% if given %}{{ given }}{% endif %}", json!({}), "given"),
        ("{% if given %}{{ given }}{% else %}x{{ given }}{{ family }}{% endif %}", json!({}), "given, family"),
        ("{{ given[0] }}{{ family }}", json!({"given": "", "family": "L"}), "given"),
        ("{{ claims['a:b'] if claims['a:b'] }}{{ family }}", json!({}), "family"),
    ] {
        let why = named(template, claims).unwrap_err();
        assert!(why.contains(&format!("gives no username: no text in {missing}; ")), "{template}: {why}");
    }
}

#[test]
fn a_value_that_is_not_text_gives_no_name() {
    for template in ["{{ n[:1] and [n] }}", "{{ [n] }}", "{{ {'a': n} }}", "{{ n == 'x' }}", "{{ none }}"] {
        let why = named(template, json!({"n": "x"})).unwrap_err();
        assert_eq!(
            why,
            format!("{template} gives no username: a part of the result is not text; the claims received: n")
        );
    }
}

#[test]
fn a_filter_that_does_not_fit_a_claim_is_not_called_a_missing_claim() {
    let template = UsernameTemplate::parse("{{ n | int }}").unwrap();
    let claims = |value: Value| json!({ "n": value }).as_object().unwrap().clone();
    let why = template.name(&claims(json!("ada"))).unwrap_err();
    assert!(matches!(why, UsernameError::NotApplicable { .. }), "{why}");
    let expected = "{{ n | int }} gives no username: a filter or an operation of the template does not fit the value \
                    of a claim (invalid operation); leave it out, or use another claim in the template";
    assert_eq!(why.to_string(), expected);
    assert!(matches!(template.name(&claims(json!(""))), Err(UsernameError::Missing { .. })));
    assert_eq!(template.name(&claims(json!("12"))).unwrap().as_str(), "12");
}

#[test]
fn a_claim_whose_name_is_not_an_identifier_can_be_used() {
    let sent = json!({"cognito:username": "ada", "https://example.edu/name": "Ada", "claims": "c", "range": "r"});
    assert_eq!(named("{{ claims[\"cognito:username\"] }}", sent.clone()).unwrap(), "ada");
    assert_eq!(named("{{ claims['https://example.edu/name'] | lower }}", sent.clone()).unwrap(), "ada");
    assert_eq!(named("{{ claims['claims'] }}{{ claims.range }}", sent).unwrap(), "cr");
    let why = named("{{ claims['cognito:username'] }}", json!({"sub": "1"})).unwrap_err();
    assert!(why.contains("no text in cognito:username; the claims received: sub"), "{why}");
    assert_eq!(UsernameTemplate::parse("{{ claims['cognito:username'] }}").unwrap().sample().unwrap().as_str(), "ada");
}

proptest! {
    // Whatever a provider sends: the name is a valid username, and holds only what was sent.
    #[test]
    fn a_name_contains_only_text_that_was_sent(
        given in proptest::option::of("\\PC{0,70}"),
        family in proptest::option::of("[a-z\u{202e}\u{fdd0} /]{0,5}"),
        other in any::<bool>(),
    ) {
        let sent = json!({ "given": given, "family": family, "other": other });
        for template in ["{{ given }}.{{ family }}", "{{ [given, family]|join('.') }}", "{{ given ~ '.' ~ family }}"] {
            // The oracle: both parts, a dot between them, and the rules of usernames. A part without a visible
            // character counts as missing.
            let part = |text: &Option<String>| text.clone().filter(|text| !folded(text).trim().is_empty());
            let whole = part(&given).zip(part(&family)).map(|(given, family)| format!("{given}.{family}"));
            let wished = whole.and_then(|whole| whole.trim().parse::<Username>().ok()).map(|name| name.to_string());
            // A provider that sends the markers of missing claims gets no name.
            let wished = wished.filter(|name| !name.contains(['\u{fdd0}', '\u{fdd1}']));
            let wished = wished.filter(|name| Scripts::One.admit(name).is_ok());
            prop_assert_eq!(named(template, sent.clone()).ok(), wished);
            prop_assert!(named("{{ other }}", sent.clone()).is_err());
        }
    }

    // Text without a visible character is rare among arbitrary texts.
    #[test]
    fn a_part_without_a_visible_character_counts_as_missing(blank in "[ \u{ad}\u{200b}\u{202e}\u{3164}]{0,5}") {
        let sent = json!({ "given": "Ada", "family": blank });
        for template in ["{{ given }}.{{ family }}", "{{ [family, given]|join('.') }}", "{{ family }}-m12"] {
            let why = named(template, sent.clone()).unwrap_err();
            prop_assert!(why.contains("gives no username: no text in family; "), "{}", why);
        }
        prop_assert_eq!(named("{{ [given, family] | select | join('.') }}", sent.clone()).unwrap(), "Ada");
        prop_assert_eq!(named("{{ family or given }}", sent).unwrap(), "Ada");
    }

    #[test]
    fn arbitrary_text_as_a_template_never_panics(
        text in "\\PC{0,40}",
        inner in "[a-z\\[\\]:|.'~() 0-9]{0,20}",
    ) {
        for text in [text, format!("{{{{ {inner} }}}}")] {
            if let Ok(template) = UsernameTemplate::parse(&text) {
                let _sample = template.sample();
                let _name = template.name(&claims(json!({"a": "b", "n": 1})));
            }
        }
    }
}

#[test]
fn a_wrong_template_is_refused_before_anybody_signs_in() {
    for bad in ["{{ name", "{% if x %}", "{{ name | nofilter }}", "{{ nofunction() }}", "{% include 'x' %}"] {
        assert!(UsernameTemplate::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_template_that_fits_only_some_claims_is_accepted() {
    for good in ["{{ number | int }}", "{{ name.first }}", "{{ names[0] }}", "{% if nick %}{{ nick }}{% endif %}", "x"]
    {
        assert!(UsernameTemplate::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn a_claim_with_a_hostile_name_cannot_write_a_log_line() {
    let mut hostile = claims(json!({"a\nERROR all is lost": 1, "\u{1b}[2J": 2}));
    hostile.extend((0..1000).map(|number| (format!("{number}{}", "x".repeat(1000)), Value::Null)));
    let why = decide(None, &provision("{{ n }}"), &hostile).unwrap_err().to_string();
    assert!(!why.contains(char::is_control) && why.len() < 2500, "{why}");
}

#[test]
fn after_a_taken_name_the_same_name_with_a_number_is_tried() {
    let names: Vec<_> = candidates(&"dee".parse().unwrap()).map(|name| name.to_string()).collect();
    assert_eq!(names[..3], ["dee", "dee-2", "dee-3"]);
    assert_eq!(names.last().map(String::as_str), Some("dee-99"));
    assert_eq!(names.len(), usize::try_from(MAX_SUFFIX).unwrap());
    let long = "x".repeat(64).parse().unwrap();
    assert!(candidates(&long).all(|name| name.as_str().parse::<crate::base::username::Username>().is_ok()));
}
