//! Every preset is valid, and its issuer never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};

use super::{FILES, all};
use crate::config::preset::{Identity, InputForm, Preset, Registration, SecretKey, SubjectScope};
use crate::config::{Config, Environment, read};
use crate::upstream::settings::Email;
use crate::upstream::{KINDS, ProviderSettings};

/// The issuer of each preset, with the examples of its inputs. An issuer is a part of every person's identity: if one
/// changes here, everybody who signs in with it becomes a stranger. So none of these lines may ever change.
const ISSUERS: &[(&str, &str)] = &[
    ("amazon", "https://www.amazon.com"),
    ("apple", "https://appleid.apple.com"),
    ("auth0", "https://acme.eu.auth0.com/"),
    ("authentik", "https://sso.example.org/application/o/vestibule/"),
    ("bitbucket", "https://bitbucket.org"),
    ("cognito", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123"),
    ("discord", "https://discord.com"),
    ("facebook", "https://www.facebook.com"),
    ("franceconnect", "https://oidc.franceconnect.gouv.fr/api/v2"),
    ("github", "https://github.com/login/oauth"),
    ("github-enterprise", "https://github.example.org/login/oauth"),
    ("gitlab", "https://gitlab.com"),
    ("google", "https://accounts.google.com"),
    ("kakao", "https://kauth.kakao.com"),
    ("keycloak", "https://sso.example.org/realms/staff"),
    ("line", "https://access.line.me"),
    ("linkedin", "https://www.linkedin.com/oauth"),
    ("login-gov", "https://secure.login.gov/"),
    ("mastodon", "https://social.example.org/"),
    ("microsoft", "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0"),
    ("naver", "https://nid.naver.com"),
    ("okta", "https://acme.okta.com"),
    ("orcid", "https://orcid.org"),
    ("slack", "https://slack.com"),
    ("spotify", "https://accounts.spotify.com"),
    ("twitch", "https://id.twitch.tv/oauth2"),
    ("x", "https://x.com"),
    ("yahoo", "https://api.login.yahoo.com"),
];

/// The security rules that a preset relaxes, as `vestibule check` lists them. All others relax none.
const RELAXED: &[(&str, &[(&str, &str)])] = &[
    ("apple", &[("C12", "issuer_aliases = [\"https://account.apple.com\"]"), ("C15", "verified_strings = true")]),
    ("bitbucket", &[("C4", "pkce = false")]),
    ("google", &[("C12", "issuer_aliases = [\"accounts.google.com\"]")]),
    ("keycloak", &[("C8", "iss_parameter = \"if_sent\"")]),
    ("linkedin", &[("C4", "pkce = false"), ("C13", "nonce = \"not_returned\""), ("C15", "verified_strings = true")]),
    ("naver", &[("C4", "pkce = false")]),
    ("orcid", &[("C4", "pkce = false")]),
    ("slack", &[("C4", "pkce = false")]),
    ("x", &[("C22", "email_verified = true")]),
];

/// The config with one provider: the lines that an operator writes.
fn config(preset: &Preset, lines: &str, more: &str) -> Result<Config<ProviderSettings>, String> {
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    let key = EcKeyPair::generate(EcCurve::P256).map_err(|why| why.to_string())?;
    let secret = match preset.secret {
        SecretKey::ClientSecretFile => b"s3cret\n".to_vec(),
        SecretKey::ClientKeyFile => key.to_pem_private_key(),
    };
    fs::write(folder.path().join(preset.secret_file()), secret).map_err(|why| why.to_string())?;
    let lines = lines.replace('…', "vestibule");
    let text = format!(
        "[server]\npublic_url = \"https://auth.example.org\"\n\n[[provider]]\n{lines}\n{more}\n[[app]]\nid = \
         \"notes\"\nkind = \"plain\"\nname = \"Notes\"\nurl = \"https://notes.example.org/\"\n[[app.allow]]\n"
    );
    let file = folder.path().join("vestibule.toml");
    read(&text, &file, &Environment::default(), &KINDS).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn every_file_is_a_preset_of_a_kind_and_none_has_a_kinds_name() {
    for (name, text) in FILES {
        if let Err(why) = Preset::read(name, text) {
            panic!("{name}.toml: {why}");
        }
    }
    let names: Vec<_> = all().iter().map(|preset| preset.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    let kinds: BTreeSet<_> = KINDS.offered.iter().map(|kind| kind.name()).collect();
    for preset in all() {
        assert!(kinds.contains(&*preset.base), "{}: there is no kind {}", preset.name, preset.base);
        assert!(preset.name == preset.base || !kinds.contains(preset.name), "{} is the name of a kind", preset.name);
        assert!(!KINDS.planned.contains(&preset.name), "{} is not only planned", preset.name);
    }
}

#[test]
fn the_minimal_config_of_every_preset_is_valid_and_its_issuer_never_changes() {
    let mut found = BTreeMap::new();
    for preset in all() {
        let config =
            config(preset, &preset.minimal_config(), "").unwrap_or_else(|why| panic!("{}: {why}", preset.name));
        let provider = &config.providers[0];
        assert_eq!((provider.id.as_str(), &*provider.name), (preset.name, &*preset.title));
        assert!(config.warnings.is_empty(), "{}: {:?}", preset.name, config.warnings);
        found.insert(preset.name, provider.settings.issuer(&provider.id).as_str().to_owned());
    }
    let pinned: BTreeMap<_, _> = ISSUERS.iter().map(|(name, issuer)| (*name, (*issuer).to_owned())).collect();
    assert_eq!(found, pinned);
}

// C4, C8, C10, C13, C15, C22
#[test]
fn the_rules_that_a_preset_relaxes_are_listed_for_the_operator() {
    let mut found = BTreeMap::new();
    for preset in all() {
        let config = config(preset, &preset.minimal_config(), "").unwrap();
        let relaxed = config.providers[0].settings.relaxed_rules();
        let relaxed: Vec<_> = relaxed.into_iter().map(|rule| (rule.rule, rule.setting)).collect();
        if !relaxed.is_empty() {
            found.insert(preset.name, relaxed);
        }
    }
    let owned = |rules: &[(&'static str, &str)]| rules.iter().map(|(rule, set)| (*rule, (*set).to_owned())).collect();
    let expected: BTreeMap<_, Vec<_>> = RELAXED.iter().map(|(name, rules)| (*name, owned(rules))).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_address_that_is_requested_as_a_claim_may_come() {
    let preset = KINDS.preset("twitch").unwrap();
    let provider = &config(preset, &preset.minimal_config(), "").unwrap().providers[0];
    assert_eq!(provider.settings.email(&provider.id), Email::MayCome);
    let none = "claims = { id_token = { preferred_username = {} } }\n";
    let provider = &config(preset, &preset.minimal_config(), none).unwrap().providers[0];
    let fix = "add \"email\" to `scopes` of [provider.twitch]".to_owned();
    assert_eq!(provider.settings.email(&provider.id), Email::NotRequested { fix });
}

#[test]
fn what_the_operator_writes_replaces_what_the_preset_says() {
    let preset = KINDS.preset("discord").unwrap();
    let more = "id = \"games\"\nname = \"Games\"\nscopes = [\"identify\"]\n\
                auth_params = { prompt = \"none\" }\n";
    let config = config(preset, &preset.minimal_config(), more).unwrap();
    let provider = &config.providers[0];
    assert_eq!((provider.id.as_str(), &*provider.name), ("games", "Games"));
    assert_eq!(provider.settings.identity_settings()["scopes"], serde_json::json!(["identify"]));
}

#[test]
fn each_input_is_used_and_a_missing_one_is_the_only_mistake() {
    for preset in all() {
        for input in &preset.inputs {
            let named = format!("{{{}}}", input.key);
            let is_used = preset.config.values().any(|value| value.to_string().contains(&named));
            assert!(is_used || input.form == InputForm::KeyOfKind, "{}: {named}", preset.name);
            assert!(input.form.check(&input.example).is_ok(), "{}: {named}", preset.name);
            let text = preset.minimal_config().replace(&format!("{} = ", input.key), "# ");
            let why = config(preset, &text, "").map(|_| ());
            if input.default.is_none() {
                let mistakes = why.unwrap_err();
                assert_eq!(mistakes.lines().count(), 1, "{mistakes}");
                assert!(mistakes.contains(&format!("`{}` is missing; add", input.key)), "{mistakes}");
            } else {
                assert_eq!(why, Ok(()), "{}", preset.name);
            }
        }
    }
}

/// The claims of a preset's subject are a part of every person's identity, too.
#[test]
fn the_subject_of_a_preset_never_changes() {
    let preset = KINDS.preset("slack").unwrap();
    let settings = config(preset, &preset.minimal_config(), "").unwrap().providers[0].settings.identity_settings();
    assert_eq!(settings["subject_claims"], serde_json::json!(["https://slack.com/team_id", "sub"]));
}

#[test]
fn an_operator_without_an_id_gets_a_mistake_with_the_presets_name() {
    let preset = KINDS.preset("gitlab").unwrap();
    let mistakes = config(preset, &preset.minimal_config(), "host = \"https://git.example.org/\"\n").unwrap_err();
    assert!(mistakes.contains("[provider.gitlab] `host` must be a host without a scheme"), "{mistakes}");
    assert_eq!(mistakes.lines().count(), 1, "{mistakes}");
}

/// The section of docs/presets.md about a preset.
fn documentation(preset: &Preset) -> String {
    let Registration { place, notes, .. } = &preset.registration;
    let Identity { subject, email } = &preset.identity;
    let config: Vec<_> = preset.minimal_config().lines().map(|line| format!("    {line}")).collect();
    let mut lines = vec![format!("### {} (`{}`)\n\n{}\n", preset.title, preset.name, config.join("\n"))];
    for input in &preset.inputs {
        let default = input.default.as_ref().map_or_else(String::new, |default| format!(" Default: `{default}`."));
        lines.push(format!("- `{}`: {}.{default}", input.key, input.meaning));
    }
    lines.push(format!("- Redirect address: {place}"));
    let strangers = match preset.subject_scope {
        SubjectScope::Provider => "",
        SubjectScope::Owner => " A client of another owner makes strangers of everybody.",
        SubjectScope::Client => " Another `client_id` makes strangers of everybody.",
    };
    lines.push(format!("- Subject: {subject}{strangers}"));
    lines.push(format!("- E-mail: {email}"));
    lines.extend(notes.iter().map(|notes| format!("- {notes}")));
    lines.join("\n")
}

/// With `WRITE_PRESET_DOCS=1`, this writes the sections.
#[test]
fn the_documentation_says_of_each_preset_what_its_file_says() {
    const BEGIN: &str = "<!-- From here on, the texts are those of src/upstream/presets/. -->\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/presets.md");
    let written = fs::read_to_string(&file).unwrap();
    let (head, _) = written.split_once(BEGIN).unwrap();
    let sections: Vec<_> = all().iter().map(documentation).collect();
    let expected = format!("{head}{BEGIN}\n{}\n", sections.join("\n\n"));
    if std::env::var_os("WRITE_PRESET_DOCS").is_some() {
        fs::write(&file, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), expected, "write it with WRITE_PRESET_DOCS=1");
}
