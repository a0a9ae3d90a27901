//! Every preset is valid, and its issuer never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};

use super::{FILES, all};
use crate::config::preset::{Preset, SecretKey};
use crate::config::{Config, Environment, read};
use crate::upstream::{KINDS, ProviderSettings};

/// The issuer of each preset, with the examples of its inputs. An issuer is a part of every person's identity: if one
/// changes here, everybody who signs in with it becomes a stranger. So none of these lines may ever change.
const ISSUERS: &[(&str, &str)] = &[
    ("discord", "https://discord.com"),
    ("gitlab", "https://gitlab.com"),
    ("google", "https://accounts.google.com"),
    ("keycloak", "https://sso.example.org/realms/staff"),
    ("microsoft", "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0"),
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
            assert!(preset.config.values().any(|value| value.to_string().contains(&named)), "{}: {named}", preset.name);
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

#[test]
fn an_operator_without_an_id_gets_a_mistake_with_the_presets_name() {
    let preset = KINDS.preset("gitlab").unwrap();
    let mistakes = config(preset, &preset.minimal_config(), "host = \"https://git.example.org/\"\n").unwrap_err();
    assert!(mistakes.contains("[provider.gitlab] `host` must be a host without a scheme"), "{mistakes}");
    assert_eq!(mistakes.lines().count(), 1, "{mistakes}");
}
