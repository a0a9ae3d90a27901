//! The keys of a client that authenticates by a private key.

use std::path::Path;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use vestibule::config::{Config, Environment, load};
use vestibule::upstream::oauth_client::client_assertion::AssertionAudience;
use vestibule::upstream::oauth_client::settings::ClientAuth;
use vestibule::upstream::oidc::settings::OidcSettings;
use vestibule::upstream::{KINDS, ProviderSettings};

use super::{APP, PROVIDER, SERVER, good, mistakes, settings_of};

const SECRET: &str = "client_secret = \"s3cret-of-uni\"\n";
const METHOD: &str = "client_auth = \"private_key_jwt\"\n";

/// A config whose provider has these lines in place of the secret.
fn config(lines: &str) -> String {
    [SERVER, &PROVIDER.replace(SECRET, lines), APP].concat()
}

fn key() -> String {
    String::from_utf8(EcKeyPair::generate(EcCurve::P256).unwrap().to_pem_private_key()).unwrap()
}

fn auth(config: &Config<ProviderSettings>) -> ClientAuth {
    settings_of::<OidcSettings>(&config.providers[0]).client.auth.clone()
}

#[test]
fn a_key_is_read_from_its_file_which_counts_as_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let read = || load(&file, &Environment::default(), &KINDS);
    write("uni.pem", &key());
    write("vestibule.toml", &config(&format!("{METHOD}client_key_file = \"uni.pem\"\nclient_key_id = \"k1\"\n")));
    let config = read().unwrap();
    let settings = settings_of::<OidcSettings>(&config.providers[0]);
    let ClientAuth::PrivateKeyJwt(assertions) = auth(&config) else { panic!("{settings:?}") };
    assert_eq!((assertions.key.algorithm(), assertions.audience), ("ES256", AssertionAudience::Issuer));
    assert_eq!(assertions.key.public_jwk()["kid"], "k1");
    assert_eq!(settings.client.secret_place, "provider.uni.client_key_file (uni.pem)");
    assert!(config.secret_files.iter().any(|file| file.ends_with("uni.pem")), "{:?}", config.secret_files);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);

    write("uni.pem", "s3cret");
    let message = read().unwrap_err().to_string();
    assert!(
        message.contains(
            "vestibule.toml:10: [provider.uni] `client_key_file` holds no private key in PEM, which begins with \
             -----BEGIN PRIVATE KEY-----; `openssl genpkey -algorithm EC"
        ) && !message.contains("s3cret"),
        "{message}"
    );
}

#[test]
fn a_key_may_stand_in_the_config_and_the_audience_may_be_the_token_endpoint() {
    let lines =
        format!("{METHOD}client_key = \"\"\"\n{}\"\"\"\nclient_assertion_audience = \"token_endpoint\"\n", key());
    let config = good(&config(&lines));
    let ClientAuth::PrivateKeyJwt(assertions) = auth(&config) else { panic!("{config:?}") };
    assert_eq!(assertions.audience, AssertionAudience::TokenEndpoint);
    assert_eq!(config.secrets_inline, ["provider.uni.client_key"]);
}

#[test]
fn a_client_has_a_secret_or_a_key_as_its_method_says() {
    for (lines, message) in [
        (
            METHOD,
            "vestibule.toml:3: [provider.uni] `client_key_file` is missing; add client_key_file = \"…\"; `openssl \
             genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` prints a new one",
        ),
        (
            "client_secret = \"s3cret\"\nclient_key_id = \"k1\"\n",
            "vestibule.toml:10: [provider.uni] `client_key_id` is used only with client_auth = \"private_key_jwt\"; \
             set that, or leave this key out",
        ),
        (
            "client_auth = \"none\"\nclient_assertion_audience = \"issuer\"\n",
            "vestibule.toml:10: [provider.uni] `client_assertion_audience` is used only with client_auth = \
             \"private_key_jwt\"; set that, or leave this key out",
        ),
        (
            "client_auth = \"private_key_jtw\"\nclient_key_id = \"k1\"\n",
            "vestibule.toml:9: [provider.uni] `client_auth` does not know \"private_key_jtw\"; did you mean \
             \"private_key_jwt\"?",
        ),
    ] {
        assert_eq!(mistakes(&config(lines)), message);
    }
    let both = format!("{METHOD}client_secret = \"s3cret\"\nclient_key = \"\"\"\n{}\"\"\"\n", key());
    assert_eq!(
        mistakes(&config(&both)),
        "vestibule.toml:10: [provider.uni] `client_secret` is never sent with client_auth = \"private_key_jwt\"; leave \
         out one of the two"
    );
    let without_method = format!("client_key = \"\"\"\n{}\"\"\"\n", key());
    assert_eq!(
        mistakes(&config(&without_method)),
        "vestibule.toml:9: [provider.uni] `client_key` is used only with client_auth = \"private_key_jwt\"; set that, \
         or leave this key out"
    );
}

// C56
#[test]
fn a_key_appears_neither_in_debug_output_nor_in_a_mistake() {
    let key = key();
    let piece = key.lines().nth(1).unwrap();
    let good = good(&config(&format!("{METHOD}client_key = \"\"\"\n{key}\"\"\"\n")));
    assert!(!format!("{good:?}").contains(piece));
    let damaged = key.replace("-----END", "---END");
    for lines in [
        format!("{METHOD}client_key = \"\"\"\n{damaged}\"\"\"\n"),
        format!("{METHOD}client_key = \"{}\n", key.replace('\n', " ")),
        format!("{METHOD}client_key = \"\n{key}\"\n"),
        format!("{METHOD}client_key_file = \"\"\"\n{key}\"\"\"\n"),
        format!("{METHOD}client_key = \"a\"\nclient_key_file = \"{piece}\"\n"),
    ] {
        let message = mistakes(&config(&lines));
        for piece in key.lines().filter(|line| !line.starts_with('-')) {
            assert!(!message.contains(&piece[..6]), "{message}");
        }
    }
}

#[test]
fn a_key_that_openssl_encodes_in_binary_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let der = folder.path().join("uni.der");
    std::fs::write(&der, EcKeyPair::generate(EcCurve::P256).unwrap().to_der_private_key()).unwrap();
    let message = mistakes(&config(&format!("{METHOD}client_key_file = \"{}\"\n", path(&der))));
    assert!(message.contains("which is not text") && message.ends_with("and a private key in PEM"), "{message}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
