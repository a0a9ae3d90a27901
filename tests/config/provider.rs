//! Mistakes in any provider, in OIDC and in webhooks.

use super::{APP, PROVIDER, SERVER, good, mistakes, settings_of};
use vestibule::config::reader::Section;
use vestibule::config::{Environment, PrivateAddresses, ProviderKind, ProviderKinds, SignInMethod, read};
use vestibule::signin::identify::Algorithm;
use vestibule::signin::link::FirstLogin;
use vestibule::upstream::KINDS;
use vestibule::upstream::oauth_client::settings::ClientAuth;
use vestibule::upstream::oidc::settings::OidcSettings;
use vestibule::upstream::webhook::settings::WebhookSettings;

/// Mistakes of a config whose provider has these lines in place of lines with the same keys, or at its end.
pub fn mistakes_with_lines(lines: &str) -> String {
    mistakes(&config(lines))
}

pub fn config(lines: &str) -> String {
    let key = |line: &str| line.split_once(" =").map(|(key, _)| key.to_owned());
    let replaced: Vec<_> = lines.lines().filter_map(key).collect();
    let kept: Vec<_> = PROVIDER.lines().filter(|line| key(line).is_none_or(|key| !replaced.contains(&key))).collect();
    [SERVER, &kept.join("\n"), "\n", lines, "\n", APP].concat()
}

#[test]
fn planned_kinds_are_distinguished_from_unknown_ones() {
    assert_eq!(
        mistakes_with_lines("kind = \"saml\""),
        "vestibule.toml:9: [provider.uni] `kind` = \"saml\" is not offered yet; use \"ldap\", \"oauth2\", \
         \"oidc\", \"pam\", \"password\", \"webhook\" or \"xmpp\", or a name that `vestibule preset list` prints"
    );
    for (wrong, right) in [("gitlap", "gitlab"), ("oicd", "oidc")] {
        let message = format!("`kind` does not know \"{wrong}\"; did you mean \"{right}\"?");
        assert!(mistakes_with_lines(&format!("kind = \"{wrong}\"")).ends_with(&message), "{message}");
    }
}

#[test]
fn two_providers_with_one_id_are_refused() {
    assert_eq!(
        mistakes(&[SERVER, PROVIDER, PROVIDER, APP].concat()),
        "vestibule.toml:11: [provider.uni] `id` \"uni\" is taken by another provider; choose another"
    );
}

#[test]
fn an_id_has_only_lower_case_letters_digits_and_hyphens() {
    assert_eq!(
        mistakes_with_lines("id = \"Uni\""),
        "vestibule.toml:9: [provider.Uni] `id` is not usable: an id is 1 to 32 of the characters a-z, 0-9 and -"
    );
}

#[test]
fn a_secret_is_given_once_and_only_if_it_is_used() {
    assert_eq!(
        mistakes_with_lines("client_secret = \"a\"\nclient_secret_file = \"/nowhere/a\""),
        "\
vestibule.toml:10: [provider.uni] `client_secret_file` and `client_secret` exclude each other; keep one
vestibule.toml:10: [provider.uni] `client_secret_file` names a file that does not exist; write the path of a file that \
    exists, relative to the config's folder"
    );
    assert_eq!(
        mistakes_with_lines("client_auth = \"none\""),
        "vestibule.toml:9: [provider.uni] `client_secret` is never sent with client_auth = \"none\"; leave out one of \
         the two"
    );
    assert_eq!(
        mistakes(&[SERVER, &PROVIDER.replace("client_secret = \"s3cret-of-uni\"\n", ""), APP].concat()),
        "vestibule.toml:3: [provider.uni] `client_secret` is missing; add client_secret_file = \"…\", or client_auth \
         = \"none\" for a client without a secret"
    );
    let public =
        [SERVER, &PROVIDER.replace("client_secret = \"s3cret-of-uni\"", "client_auth = \"none\""), APP].concat();
    let oidc = settings_of::<OidcSettings>(&good(&public).providers[0]);
    assert!(oidc.client.auth == ClientAuth::None && oidc.client.secret.is_none());
}

#[test]
fn an_empty_secret_file_is_reported_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uni.secret");
    let text =
        PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret_file = \"{}\"", path.display()));
    for content in ["", "\n"] {
        std::fs::write(&path, content).unwrap();
        let message = mistakes(&[SERVER, &text, APP].concat());
        let expected = format!("[provider.uni] `client_secret_file` names {}, which is empty", path.display());
        assert!(message.ends_with(&expected), "{message}");
    }
}

#[test]
fn an_issuer_is_https_or_an_allowed_loopback_address() {
    for (issuer, what) in [
        ("http://sso.example.edu", "must be https; plain http is for loopback alone, with allow_private = true"),
        (
            "http://127.0.0.1:9",
            "is on this machine itself, which is refused; add allow_private = true if that is meant",
        ),
        ("https://localhost", "is on this machine itself, which is refused; add allow_private = true if that is meant"),
        ("sso.example.edu", "must be an address such as https://sso.example.edu"),
        ("https://sso.example.edu?x", "must be scheme, host, port and path, and nothing more"),
        (
            "https://sso.example.edu/.well-known/openid-configuration",
            "must be the issuer, not its discovery document; leave out /.well-known/ and what follows",
        ),
    ] {
        let message = mistakes_with_lines(&format!("issuer = \"{issuer}\""));
        assert_eq!(message, format!("vestibule.toml:9: [provider.uni] `issuer` {what}"));
    }
    let local = good(&config("issuer = \"http://127.0.0.1:9/a/\"\nallow_private = true"));
    let oidc = settings_of::<OidcSettings>(&local.providers[0]);
    assert_eq!(oidc.issuer.as_str(), "http://127.0.0.1:9/a/");
    assert_eq!(local.providers[0].private_addresses, PrivateAddresses::Allowed);
}

// C4, C5
#[test]
fn parameters_of_the_config_never_replace_those_that_prove_something() {
    for (key, name) in [
        ("auth_params", "state"),
        ("auth_params", "nonce"),
        ("auth_params", "code_challenge"),
        ("auth_params", "redirect_uri"),
        ("token_params", "code_verifier"),
        ("token_params", "client_secret"),
    ] {
        assert_eq!(
            mistakes_with_lines(&format!("{key} = {{ {name} = \"x\", hd = \"example.edu\" }}")),
            format!(
                "vestibule.toml:10: [provider.uni] `{key}` sets \"{name}\", which Vestibule sets itself; leave it out"
            )
        );
    }
    assert_eq!(
        mistakes_with_lines("scope_separator = \"+\""),
        "vestibule.toml:10: [provider.uni] `scope_separator` does not know \"+\"; use \" \" or \",\""
    );
}

// C4
#[test]
fn a_setting_that_relaxes_a_security_rule_names_it() {
    let rules = |lines: &str| {
        let relaxed = good(&config(lines)).providers[0].settings.relaxed_rules();
        relaxed.into_iter().map(|relaxed| (relaxed.rule, relaxed.setting)).collect::<Vec<_>>()
    };
    assert_eq!(rules(""), []);
    assert_eq!(rules("pkce = false"), [("C4", "pkce = false".to_owned())]);
}

// C10
#[test]
fn a_symmetric_algorithm_or_none_is_refused() {
    let message = mistakes_with_lines("algorithms = [\"HS256\", \"none\", \"RS257\"]");
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(lines.len(), 3, "{message}");
    assert!(
        lines[0].starts_with("vestibule.toml:10: [provider.uni] `algorithms` holds \"HS256\", which proves nothing")
    );
    assert!(
        lines[1].starts_with("vestibule.toml:10: [provider.uni] `algorithms` holds \"none\", which proves nothing")
    );
    assert_eq!(
        lines[2],
        "vestibule.toml:10: [provider.uni] `algorithms` does not know \"RS257\"; did you mean \"RS256\"?"
    );
    let oidc = settings_of::<OidcSettings>(&good(&[SERVER, PROVIDER, APP].concat()).providers[0]);
    assert_eq!(oidc.algorithms, [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]);
}

#[test]
fn scopes_contain_openid_and_each_is_one_word() {
    assert_eq!(
        mistakes_with_lines("scopes = [\"profile\"]"),
        "vestibule.toml:10: [provider.uni] `scopes` lack \"openid\", which asks for the identity; add \"openid\""
    );
    assert_eq!(
        mistakes_with_lines("scopes = [\"openid profile\"]"),
        "vestibule.toml:10: [provider.uni] `scopes` holds \"openid profile\", which is not a scope; write each scope \
         by itself"
    );
}

#[test]
fn a_wrong_type_is_reported_with_the_found_and_the_expected_type() {
    assert_eq!(
        mistakes_with_lines(
            "client_id = 7\nuserinfo = \"true\"\nscopes = \"openid\"\nenabled = 1\ngroups_claim = []\ngroups = { a = 1 \
             }"
        ),
        "\
vestibule.toml:9: [provider.uni] `client_id` must be a string, found a whole number
vestibule.toml:10: [provider.uni] `userinfo` must be true or false, found a string; leave out the quotation marks
vestibule.toml:11: [provider.uni] `scopes` must be a list, found a string; put it between [ and ]
vestibule.toml:12: [provider.uni] `enabled` must be true or false, found a whole number
vestibule.toml:13: [provider.uni] `groups_claim` must be a string, found a list
vestibule.toml:14: [provider.uni.groups] `a` must be a string, found a whole number"
    );
}

#[test]
fn groups_need_a_groups_claim() {
    assert_eq!(
        mistakes_with_lines("groups = { a = \"b\" }"),
        "vestibule.toml:10: [provider.uni] `groups` maps groups of no claim; add groups_claim"
    );
    assert_eq!(
        mistakes_with_lines("groups_claim = \"groups\""),
        "vestibule.toml:10: [provider.uni] `groups_claim` names groups that are all dropped; add groups = { \"theirs\" \
         = \"ours\" }"
    );
}

#[test]
fn a_wrong_value_of_groups_causes_no_second_mistake() {
    for value in ["\"a=b\"", "[]", "7"] {
        let message = mistakes_with_lines(&format!("groups = {value}"));
        assert!(message.starts_with("vestibule.toml:10: [provider.uni] `groups` must be a table, found "), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_suspicious_secret_is_accepted_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uni.secret");
    let text =
        PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret_file = \"{}\"", path.display()));
    let warnings = |text: &str| good(&[SERVER, text, APP].concat()).warnings;
    for (content, expected) in [
        ("s3cret-of-uni\ns3cret-of-old\n", "which holds several lines"),
        ("s3cret-of-uni \n", "which holds a space before or after"),
        ("\ts3cret-of-uni", "which holds a space before or after"),
        ("\"s3cret-of-uni\"\n", "which holds quotation marks around the secret"),
        ("'s3cret-of-uni'", "which holds quotation marks around the secret"),
        ("s3cret-of-uni\u{200b}\n", "which holds an invisible character"),
    ] {
        std::fs::write(&path, content).unwrap();
        let [warning] = &warnings(&text)[..] else { panic!("{content:?}") };
        let warning = warning.to_string();
        assert!(warning.starts_with("vestibule.toml:9: [provider.uni] `client_secret_file` names "), "{warning}");
        // C56
        assert!(warning.contains(expected) && !warning.contains("s3cret"), "{warning}");
    }
    for content in ["s3cret-of-uni", "\"s3cret-of'uni'", "s3cret-of-uni\n", "s3cret of uni\r\n"] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(warnings(&text), []);
    }
    let inline = PROVIDER.replace("s3cret-of-uni", "s3cret-of-uni ");
    assert!(warnings(&inline)[0].to_string().contains("`client_secret` holds a space"));
    let environment = [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET", "\"s3cret\"")].into_iter().collect();
    let text = [SERVER, PROVIDER, APP].concat();
    let config = read(&text, std::path::Path::new("vestibule.toml"), &environment, &KINDS).unwrap();
    assert!(config.warnings[0].to_string().contains("`client_secret` holds quotation marks around the secret"));
}

#[test]
fn a_username_template_without_a_claim_is_refused() {
    for (written, fix) in [
        ("{email}", "{{ email }}"),
        ("email", "{{ email }}"),
        ("{ preferred_username }", "{{ preferred_username }}"),
        ("the guest", "{{ preferred_username }}"),
    ] {
        assert_eq!(
            mistakes_with_lines(&format!("username = \"{written}\"")),
            format!(
                "vestibule.toml:10: [provider.uni] `username` names no claim: everybody would get the same name; write \
                 the name of a claim between two braces: username = \"{fix}\""
            )
        );
    }
}

#[test]
fn a_malformed_template_is_reported_and_refuse_needs_no_template() {
    let message = mistakes_with_lines("username = \"{{ preferred_username \"");
    assert!(message.starts_with("vestibule.toml:10: [provider.uni] `username` is not a template: "), "{message}");
    for claim in ["cognito:username", "https://example.edu/name"] {
        let message = mistakes_with_lines(&format!("username = \"{{{{ {claim} | lower }}}}\""));
        assert!(message.ends_with(&format!("; write \"{{{{ claims['{claim}'] }}}}\"")), "{message}");
    }
    assert!(matches!(good(&config("first_login = \"refuse\"")).providers[0].first_login, FirstLogin::Refuse));
}

#[test]
fn a_certificate_file_holds_only_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for (content, what) in [
        ("hello", "holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----; convert one in DER by"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "holds PRIVATE KEY beside certificates; leave only the certificates in it",
        ),
        (
            "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
            "holds a TRUSTED CERTIFICATE, a format that only OpenSSL reads; convert it by `openssl x509`",
        ),
        (CERTIFICATE_CUT, "holds a certificate that can't be read; copy"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "holds PEM that is cut off or damaged; copy"),
    ] {
        std::fs::write(&path, content).unwrap();
        let message = mistakes_with_lines(&format!("ca_file = \"{}\"", path.display()));
        assert!(message.starts_with(&format!("vestibule.toml:10: [provider.uni] `ca_file` {what}")), "{message}");
    }
}

#[test]
fn a_certificate_file_is_read_in_every_usual_form() {
    let plain = include_str!("uni-ca.pem");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let line = format!("ca_file = \"{}\"", path.display());
    let read = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        good(&config(&line)).providers[0].ca.clone().unwrap()
    };
    let as_it_is = read(plain.as_bytes());
    let indented = plain.lines().fold(String::new(), |text, line| text + "      " + line + "\r\n");
    let (marked, old) = (format!("\u{feff}{plain}"), plain.replace(" CERTIFICATE", " X509 CERTIFICATE"));
    for other in [indented, marked, old, format!("Subject: O=Example\n{plain}")] {
        assert_eq!(read(other.as_bytes()), as_it_is, "{other}");
    }
    assert_eq!(read(plain.repeat(2).as_bytes()), as_it_is.repeat(2));
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    std::fs::write(&path, utf16).unwrap();
    assert!(
        mistakes_with_lines(&line).ends_with("`ca_file` names a file in UTF-16; save it in UTF-8"),
        "{}",
        mistakes_with_lines(&line)
    );
}

#[test]
fn certificate_paths_are_relative_to_the_config() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config/vestibule.toml");
    let text = config("ca_file = \"uni-ca.pem\"");
    let config = read(&text, file.as_ref(), &Environment::default(), &KINDS).unwrap();
    assert!(config.providers[0].ca.as_ref().unwrap().starts_with(b"-----BEGIN CERTIFICATE-----"));
}

const CERTIFICATE_CUT: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

#[test]
fn a_kind_that_fails_without_a_mistake_still_stops_the_start() {
    struct Silent;
    impl ProviderKind<()> for Silent {
        fn name(&self) -> &'static str {
            "silent"
        }
        fn method(&self) -> SignInMethod {
            SignInMethod::Redirect
        }
        fn parse(&self, _: &mut Section) -> Option<()> {
            None
        }
    }
    let kinds = ProviderKinds { offered: &[&Silent], planned: &[], presets: || &[], why_unverified: |(), _| None };
    let text = [SERVER, "[[provider]]\nid = \"a\"\nkind = \"silent\"\nname = \"A\"\n", APP].concat();
    let message = read(&text, "vestibule.toml".as_ref(), &Environment::default(), &kinds);
    assert!(message.unwrap_err().to_string().contains("without a reason"));
}

const HOOK: &str = "[[provider]]\nid = \"own\"\nkind = \"webhook\"\nname = \"Our table\"\n";

#[test]
fn a_webhook_needs_a_url_and_a_secret() {
    let hook = |keys: &str| mistakes(&[SERVER, HOOK, keys, APP].concat());
    assert_eq!(
        hook(""),
        "\
vestibule.toml:3: [provider.own] `url` is missing; add url = \"https://hook.example.org/check\"
vestibule.toml:3: [provider.own] `secret` is missing; add secret_file = \"…\": without it anybody could ask the hook \
    about passwords"
    );
    assert_eq!(
        hook("url = \"http://hook.example.org/\"\nsecret = \"s\"\ntimeout = \"1m\"\n"),
        "\
vestibule.toml:7: [provider.own] `url` must be https: passwords go there; plain http is for loopback alone, with \
    allow_private = true
vestibule.toml:9: [provider.own] `timeout` is longer than 30s, and a person waits for it; write at most \"30s\""
    );
    let all = [SERVER, HOOK, "url = \"unix:/run/hook.sock:/check\"\nsecret = \"s\"\ntimeout = \"2s\"\n", APP].concat();
    let settings = settings_of::<WebhookSettings>(&good(&all).providers[0]);
    assert_eq!((settings.timeout.as_secs(), settings.secret_place.as_str()), (2, "provider.own.secret"));
}
