//! Mistakes in an OAuth 2.0 provider.

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::signin::identify::ClaimPath;
use vestibule::upstream::oauth2::settings::{EmailVerified, OAuth2Settings};
use vestibule::upstream::settings::Email;

const SOCIAL: &str = "[[provider]]\nid = \"social\"\nkind = \"oauth2\"\nname = \"Example Social\"\n";
const ADDRESSES: &str = "issuer = \"https://social.example\"\nauth_url = \"https://social.example/authorize?v=2\"\n\
                         token_url = \"https://social.example/token\"\n\
                         userinfo_url = \"https://api.social.example/me\"\n";
const CLIENT: &str = "client_id = \"vestibule\"\nclient_secret = \"s3cret\"\nsubject = \"data.id\"\n";

fn config(keys: &str) -> String {
    [SERVER, SOCIAL, ADDRESSES, CLIENT, keys, APP].concat()
}

fn right(keys: &str) -> OAuth2Settings {
    settings_of::<OAuth2Settings>(&good(&config(keys)).providers[0]).as_ref().clone()
}

fn wrong(keys: &str) -> String {
    mistakes(&config(keys))
}

#[test]
fn a_provider_needs_its_addresses_its_client_and_the_subject() {
    assert_eq!(
        mistakes(&[SERVER, SOCIAL, APP].concat()),
        "\
vestibule.toml:3: [provider.social] `issuer` is missing; add issuer = \"https://social.example\"
vestibule.toml:3: [provider.social] `client_id` is missing; add client_id = \"vestibule\"
vestibule.toml:3: [provider.social] `client_secret` is missing; add client_secret_file = \"…\", or client_auth = \
    \"none\" for a client without a secret
vestibule.toml:3: [provider.social] `auth_url` is missing; add auth_url = \"https://social.example/oauth/authorize\"
vestibule.toml:3: [provider.social] `token_url` is missing; add token_url = \"https://social.example/oauth/token\"
vestibule.toml:3: [provider.social] `userinfo_url` is missing; add userinfo_url = \"https://api.social.example/me\"
vestibule.toml:3: [provider.social] `subject` is missing; add subject = \"id\", the member with an id that never \
    changes"
    );
}

fn claim_paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| ClaimPath::parse(text).unwrap()).collect()
}

#[test]
fn a_key_of_other_kinds_is_not_called_one_of_an_app() {
    for (key, value) in [("claims", "{ a = \"b\" }"), ("url", "\"https://social.example/\"")] {
        let expected = "is no key of a provider of kind \"oauth2\"; leave it out";
        assert_eq!(
            wrong(&format!("{key} = {value}\n")),
            format!("vestibule.toml:14: [provider.social] `{key}` {expected}")
        );
    }
}

#[test]
fn claims_have_default_paths_and_an_address_counts_as_verified_only_by_a_member() {
    let settings = right("");
    let mapping = &settings.mapping;
    assert_eq!(mapping.subject.as_str(), "data.id");
    let paths = [&mapping.email, &mapping.name, &mapping.preferred_username];
    let paths = paths.map(|path| path.as_ref().unwrap().as_str());
    assert_eq!(paths, ["email", "name", "preferred_username"]);
    assert_eq!(mapping.email_verified, EmailVerified::Never);
    assert!(settings.client.scopes.is_empty());
    let mapping = right("email_verified = \"data.verified\"\n").mapping;
    assert_eq!(mapping.email_verified, EmailVerified::If(claim_paths(&["data.verified"])));
    let mapping = right("email_verified = [\"a.valid\", \"a.verified\"]\n").mapping;
    assert_eq!(mapping.email_verified, EmailVerified::If(claim_paths(&["a.valid", "a.verified"])));
    for wrong_value in ["[]", "7", "[\"a\", true]", "\".\""] {
        assert_eq!(
            wrong(&format!("email_verified = {wrong_value}\n")),
            "vestibule.toml:14: [provider.social] `email_verified` must be a string with a path, a list of them, true \
             or false; write \"verified\", or false"
        );
    }
    for empty in [".", "a..b"] {
        assert_eq!(
            wrong(&format!("display_name = \"a\"\nemail = \"{empty}\"\n")).lines().last().unwrap(),
            "vestibule.toml:15: [provider.social] `email` must be a name, or names with a dot between them; write \
             \"data.id\""
        );
    }
    assert_eq!(good(&config("")).providers[0].settings.email(&"social".parse().unwrap()), Email::MayCome);
}

// L3
#[test]
fn a_provider_without_verified_addresses_is_authoritative_for_no_domain() {
    let domains = "authoritative_domains = [\"Example.edu\"]\n";
    for verified in ["email_verified = \"verified\"\n", "email_verified = [\"a\", \"b\"]\n"] {
        let read = good(&config(&format!("{domains}{verified}")));
        assert_eq!(read.providers[0].authoritative_domains, ["example.edu"]);
    }
    for verified in ["", "email_verified = false\n", "email_verified = true\n"] {
        assert_eq!(
            wrong(&format!("{domains}{verified}")),
            "vestibule.toml:14: [provider.social] `authoritative_domains` needs addresses that the provider has \
             verified, and none come from this one; name the member that says whether an address is verified: \
             email_verified = \"verified\"; or leave it out"
        );
    }
    let wildcard = wrong("email_verified = \"verified\"\nauthoritative_domains = [\"*.edu\"]\n");
    assert!(wildcard.contains("there are no wildcards"), "{wildcard}");
}

#[test]
fn parameters_join_the_userinfo_address_and_headers_and_calls_are_checked() {
    let keys = "userinfo_params = { fields = \"id,name\" }\nuserinfo_headers = { \"Client-Id\" = \"x\" }\n\
                calls = { emails = \"https://api.social.example/me/emails?per_page=100\" }\n";
    let settings = right(keys);
    assert_eq!(settings.userinfo_url.as_str(), "https://api.social.example/me?fields=id%2Cname");
    assert_eq!(settings.headers["client-id"], "x");
    assert_eq!(
        settings.calls.iter().map(|(name, url)| (name.as_str(), url.path())).collect::<Vec<_>>(),
        [("emails", "/me/emails")]
    );
    for (line, message) in [
        ("userinfo_headers = { Authorization = \"x\" }", "`userinfo_headers` sets authorization, which Vestibule sets"),
        ("userinfo_headers = { \"a b\" = \"x\" }", "`userinfo_headers` holds \"a b\", which is no header's name"),
        ("userinfo_headers = { a = \"x\\ny\" }", "`userinfo_headers` gives a a value that a header can't have"),
        ("calls = { email = \"https://a.example/\" }", "`calls` names a call email, which is the name of a claim"),
        ("calls = { \"a.b\" = \"https://a.example/\" }", "`calls` names a call \"a.b\", and a path has dots"),
        ("calls = { a = \"http://a.example/\" }", "`calls` holds an address for a that must be https; plain http is"),
        (
            "calls = { a = \"https://u:p@a.example/\" }",
            "`calls` holds an address for a that holds a name or a password",
        ),
    ] {
        let found = wrong(&format!("{line}\n"));
        assert!(found.starts_with(&format!("vestibule.toml:14: [provider.social] {message}")), "{found}");
    }
}

// C22
#[test]
fn a_list_of_addresses_has_a_place_and_member_names_and_paths_take_precedence() {
    let list = right("email_list = { at = \"emails.values\", primary = \"is_primary\" }\n").mapping.email_list.unwrap();
    assert_eq!(list.text(), "emails.values email is_primary verified");
    for path in ["email = \"mail\"", "email_verified = \"ok\""] {
        assert_eq!(right(&format!("email_list = {{ at = \"emails\" }}\n{path}\n")).mapping.email_list, None);
    }
    for (rows, message) in [
        ("{ primary = \"x\" }", "does not say where the list is; add at = \"emails\""),
        ("{ at = \"a..b\" }", "does not say where the list is"),
        ("{ at = \"emails\", confirmed = \"x\" }", "has the row \"confirmed\", which it does not know; write at,"),
        ("7", "must be a table"),
    ] {
        let found = wrong(&format!("email_list = {rows}\n"));
        assert!(found.starts_with(&format!("vestibule.toml:14: [provider.social] `email_list` {message}")), "{found}");
    }
}

// C19
#[test]
fn each_address_is_https_or_an_allowed_loopback_address() {
    for (key, address, what) in [
        ("auth_url", "http://social.example/authorize", "must be https"),
        ("token_url", "http://127.0.0.1:9/token", "is on this machine itself, which is refused"),
        ("userinfo_url", "https://api.social.example/me#x", "holds a #"),
        ("issuer", "https://social.example/?a", "must be scheme, host, port and path, and nothing more"),
    ] {
        let text = config("");
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        let found = mistakes(&text.replace(line, &format!("{key} = \"{address}\"")));
        assert!(found.contains(&format!("`{key}` {what}")), "{found}");
    }
}

// C15
#[test]
fn verified_strings_names_the_rule_that_it_relaxes_and_needs_a_member() {
    let keys = "email_verified = \"mail_ok\"\nverified_strings = true\n";
    let relaxed = good(&config(keys)).providers[0].settings.relaxed_rules();
    let [relaxed] = relaxed.as_slice() else { panic!("{relaxed:?}") };
    assert_eq!((relaxed.rule, relaxed.setting.as_str()), ("C15", "verified_strings = true"));
    assert!(good(&config("verified_strings = false\n")).providers[0].settings.relaxed_rules().is_empty());
    let no_effect = "[provider.social] `verified_strings` has no effect, since `email_verified` names no member; name \
                     the member there, or leave this key out";
    assert_eq!(wrong("verified_strings = true\n"), format!("vestibule.toml:14: {no_effect}"));
    let all = wrong("email_verified = true\nverified_strings = true\n");
    assert_eq!(all, format!("vestibule.toml:15: {no_effect}"));
}

// C4
#[test]
fn a_provider_without_pkce_has_nothing_but_the_state() {
    let relaxed = good(&config("pkce = false\n")).providers[0].settings.relaxed_rules();
    let [relaxed] = relaxed.as_slice() else { panic!("{relaxed:?}") };
    assert_eq!((relaxed.rule, relaxed.setting.as_str()), ("C4", "pkce = false"));
    assert!(relaxed.consequence.starts_with("only `state` and our credential"), "{}", relaxed.consequence);
}

// C22
#[test]
fn a_provider_whose_addresses_all_count_as_verified_relaxes_a_rule() {
    let settings = right("email_verified = true\n");
    assert_eq!(settings.mapping.email_verified, EmailVerified::Always);
    let relaxed = settings.relaxed_rules();
    let [relaxed] = relaxed.as_slice() else { panic!("{relaxed:?}") };
    assert_eq!((relaxed.rule, relaxed.setting.as_str()), ("C22", "email_verified = true"));
    assert!(relaxed.consequence.starts_with("every e-mail address that it sends"), "{}", relaxed.consequence);
    for none in ["", "email_verified = false\n", "email_verified = \"verified\"\n"] {
        assert_eq!(right(none).relaxed_rules(), []);
    }
}

// C21
#[test]
fn a_subject_that_another_person_may_get_is_refused_or_warned_of() {
    let with = |subject: &str, keys: &str| config(keys).replace("\"data.id\"", &format!("\"{subject}\""));
    for (subject, keys, key) in [
        ("email", "", "email"),
        ("name", "", "display_name"),
        ("preferred_username", "", "preferred_username"),
        ("data.login", "preferred_username = \"data.login\"\n", "preferred_username"),
        ("id", "display_name = \"id\"\n", "display_name"),
    ] {
        assert_eq!(
            mistakes(&with(subject, keys)),
            format!(
                "vestibule.toml:13: [provider.social] `subject` is the same member as `{key}`, which another person \
                 may get one day; name the member with an id that never changes, such as \"id\"; if this is one, \
                 give `{key}` another member"
            )
        );
    }
    let others = "email = \"a.b\"\ndisplay_name = \"c\"\npreferred_username = \"d\"\n";
    let warned = "email preferred_username name login data.username emails.0.email Display-Name userLogin \
                  confirmed_email e-mail mailAddress nick_name screen_name upn unique_name handle acct phone_number";
    for subject in warned.split(' ') {
        let warnings = good(&with(subject, others)).warnings;
        let [warning] = &warnings[..] else { panic!("{subject}: {warnings:?}") };
        let expected =
            format!("vestibule.toml:13: [provider.social] `subject` is \"{subject}\", which looks like a name");
        let warning = warning.to_string();
        assert!(warning.starts_with(&expected) && warning.contains("account; name the member with an id"), "{warning}");
    }
    for subject in ["id", "sub", "data.id", "user_id", "uuid", "response.id", "accounts.0.id", "ids.0", "name.id"] {
        assert_eq!(good(&with(subject, "")).warnings, [], "{subject}");
    }
}
