//! The keys of `kind = "apple"`.

use std::path::Path;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use vestibule::config::{Environment, load};
use vestibule::upstream::KINDS;
use vestibule::upstream::apple::settings::AppleSettings;
use vestibule::upstream::oauth_client::settings::{ClientAuth, Pkce};
use vestibule::upstream::oidc::settings::{ResponseMode, UserInfo};

use super::{APP, SERVER, good, mistakes, settings_of};

const LINES: &str = "kind = \"apple\"\nclient_id = \"org.example.signin\"\nteam_id = \"A1B2C3D4E5\"\n\
                     client_key_id = \"F6G7H8J9K0\"\n";

fn pem(curve: EcCurve) -> String {
    String::from_utf8(EcKeyPair::generate(curve).unwrap().to_pem_private_key()).unwrap()
}

/// A config with these lines, and Apple's key in the file.
fn config(lines: &str) -> String {
    [SERVER, "[[provider]]\n", lines, APP].concat()
}

fn inline(key: &str) -> String {
    format!("client_key = \"\"\"\n{key}\"\"\"\n")
}

fn mistake(lines: &str) -> String {
    mistakes(&config(lines)).replace("[provider.apple] ", "")
}

#[test]
fn the_least_that_an_operator_writes_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    std::fs::write(folder.path().join("apple.p8"), pem(EcCurve::P256)).unwrap();
    std::fs::write(&file, config(&format!("{LINES}client_key_file = \"apple.p8\"\n"))).unwrap();
    let config = load(&file, &Environment::default(), &KINDS).unwrap();
    let provider = &config.providers[0];
    assert_eq!((provider.id.as_str(), &*provider.name, provider.kind), ("apple", "Apple", "apple"));
    let settings = settings_of::<AppleSettings>(provider);
    let (oidc, client) = (&settings.oidc, &settings.oidc.client);
    assert_eq!((oidc.issuer.as_str(), settings.team_id.as_str()), ("https://appleid.apple.com", "A1B2C3D4E5"));
    assert_eq!(oidc.metadata_address(), "https://appleid.apple.com/.well-known/openid-configuration");
    assert_eq!((oidc.response_mode, oidc.userinfo), (ResponseMode::FormPost, UserInfo::Skip));
    assert_eq!((client.scopes.join(" ").as_str(), client.pkce), ("openid name email", Pkce::S256));
    let ClientAuth::SignedSecret(secret) = &client.auth else { panic!("{client:?}") };
    assert_eq!((secret.issuer.as_str(), secret.audience), ("A1B2C3D4E5", "https://appleid.apple.com"));
    assert_eq!(secret.key.public_jwk()["kid"], "F6G7H8J9K0");
    assert_eq!(client.secret_place, "provider.apple.client_key_file (apple.p8)");
    assert!(config.secret_files.iter().any(|file| file.ends_with("apple.p8")), "{:?}", config.secret_files);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_key_that_cannot_be_apples_is_refused_with_the_place_of_the_right_one() {
    let fix =
        "; name the .p8 file that Apple gave you, unchanged; a new one comes from developer.apple.com, under Keys";
    let rsa = String::from_utf8(RsaKeyPair::generate(2048).unwrap().to_pem_private_key()).unwrap();
    let key = pem(EcCurve::P256);
    let damaged = key.replacen("\nM", "\nM!", 1);
    for (key, what) in [
        (rsa, "holds an RSA key, and Apple's keys are EC on the curve P-256"),
        (pem(EcCurve::P384), "holds a key that is neither RSA nor EC on the curve P-256"),
        (damaged, "holds a damaged key"),
        ("s3cret\n".to_owned(), "holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----"),
    ] {
        let message = mistake(&format!("{LINES}{}", inline(&key)));
        assert_eq!(message, format!("vestibule.toml:8: `client_key` {what}{fix}"));
    }
    let message = mistake(&format!("{LINES}client_key_file = \"{}\"\n", path(Path::new("/nowhere/apple.p8"))));
    assert!(message.starts_with("vestibule.toml:8: `client_key_file` "), "{message}");
}

#[test]
fn each_missing_key_is_one_mistake() {
    let lines = format!("{LINES}{}", inline(&pem(EcCurve::P256)));
    for (line, message) in [
        ("client_id = \"org.example.signin\"\n", "`client_id` is missing; add client_id = \"vestibule\""),
        ("team_id = \"A1B2C3D4E5\"\n", "`team_id` is missing; add team_id = \"A1B2C3D4E5\""),
        ("client_key_id = \"F6G7H8J9K0\"\n", "`client_key_id` is missing; add client_key_id = \"F6G7H8J9K0\""),
    ] {
        assert_eq!(mistake(&lines.replace(line, "")), format!("vestibule.toml:3: {message}"));
    }
    assert_eq!(mistake(LINES), "vestibule.toml:3: `client_key_file` is missing; add client_key_file = \"apple.p8\"");
}

#[test]
fn keys_that_apple_would_refuse_or_ignore_are_mistakes() {
    let key = inline(&pem(EcCurve::P256));
    let unused = |key: &str| {
        format!("`{key}` is not for Apple: its secret is made with `client_key_file`, for each request; leave it out")
    };
    for (line, message) in [
        ("client_secret = \"eyJ\"", unused("client_secret")),
        ("client_auth = \"private_key_jwt\"", unused("client_auth")),
        (
            "response_mode = \"query\"",
            "`response_mode` = \"query\" is refused by Apple together with the scopes name and email; leave it out"
                .to_owned(),
        ),
    ] {
        let message = format!("vestibule.toml:8: {message}");
        assert_eq!(mistake(&format!("{LINES}{line}\n{key}")), message);
    }
    for wrong in ["A1B2C3D4E", "a1b2c3d4e5", "Example Org"] {
        assert_eq!(
            mistake(&format!("{}{key}", LINES.replace("A1B2C3D4E5", wrong))),
            "vestibule.toml:6: `team_id` must be ten capital letters and digits; copy it from developer.apple.com"
        );
    }
}

// C27
#[test]
fn another_team_ends_sessions_and_another_key_does_not() {
    let settings = |lines: &str| {
        let config = good(&config(&format!("{lines}{}", inline(&pem(EcCurve::P256)))));
        config.providers[0].settings.identity_settings()
    };
    let before = settings(LINES);
    assert_eq!(settings(&LINES.replace("F6G7H8J9K0", "F6G7H8J9K1")), before);
    assert_ne!(settings(&LINES.replace("A1B2C3D4E5", "A1B2C3D4E6")), before);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
