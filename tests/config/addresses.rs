//! Addresses that contain a password: every key refuses them, and no message shows a part of the password.

use std::path::Path;

use super::{APP, PROVIDER, SERVER};
use vestibule::config::{Environment, read};
use vestibule::upstream::KINDS;

/// A config for each key that takes an address: `{}` is the address.
const KEYS: [(&str, &str); 15] = [
    ("public_url", "[server]\npublic_url = \"{}\"\n{provider}{app}"),
    ("listen", "{server}listen = \"{}\"\n{provider}{app}"),
    ("help", "{server}help = \"{}\"\n{provider}{app}"),
    ("trusted_proxies", "{server}trusted_proxies = [\"{}\"]\n{provider}{app}"),
    ("database", "{server}[database]\nurl = \"{}\"\n{provider}{app}"),
    ("issuer", "{server}{of oidc}issuer = \"{}\"\nclient_id = \"v\"\nclient_secret = \"x\"\n{app}"),
    ("webhook", "{server}{of webhook}url = \"{}\"\nsecret = \"x\"\n{app}"),
    ("ldap", "{server}{of ldap}servers = [\"{}\"]\nbind_dn = \"uid={username},dc=x\"\n{app}"),
    (
        "unencrypted ldap",
        "{server}{of ldap}servers = [\"{}\"]\nencryption = \"none-on-loopback\"\nbind_dn \
         = \"uid={username},dc=x\"\n{app}",
    ),
    ("xmpp server", "{server}{of xmpp}domains = [\"example.org\"]\nserver = \"{}\"\n{app}"),
    ("xmpp domain", "{server}{of xmpp}domains = [\"{}\"]\n{app}"),
    ("app", "{server}{provider}{of plain}url = \"{}\"\n[[app.allow]]\n"),
    ("locations", "{server}{provider}{of plain}url = \"https://a.example/\"\nlocations = [\"{}\"]\n[[app.allow]]\n"),
    (
        "room_location",
        "{server}{provider}{of plain}url = \"https://a.example/\"\nroom_location = \"{}\"\nrooms = \
         [\"*\"]\n[[app.allow]]\n",
    ),
    (
        "galene_api",
        "{server}{provider}{of galene}url = \"https://a.example/\"\n[app.galene_api]\nusername = \"root\"\npassword \
         = \"x\"\nrooms = [\"maths\"]\nurl = \"{}\"\n[[app.allow]]\n",
    ),
];

/// A config with an address at this place.
fn config(template: &str, address: &str) -> String {
    let mut config = template.replace("{server}", SERVER).replace("{provider}", PROVIDER).replace("{app}", APP);
    for kind in ["oidc", "webhook", "ldap", "xmpp"] {
        let head = format!("[[provider]]\nid = \"uni\"\nkind = \"{kind}\"\nname = \"U\"\n");
        config = config.replace(&format!("{{of {kind}}}"), &head);
    }
    for kind in ["plain", "galene"] {
        let head = format!("[[app]]\nid = \"notes\"\nkind = \"{kind}\"\nname = \"Notes\"\n");
        config = config.replace(&format!("{{of {kind}}}"), &head);
    }
    config.replace("{}", address)
}

/// Names and passwords as people write them before a host. Each part of a password contains `sesame`.
const SECRETS: [&str; 12] = [
    "dee:sesame@",
    "sesame@",
    ":sesame@",
    "dee:sesame@sesame@",
    "dee:sesame/sesame@",
    "dee:12/sesame@",
    "dee:/sesame@",
    "dee:sesame#sesame@",
    "dee:12#sesame@",
    "dee:12?sesame@",
    "dee:sesame:sesame@",
    "dee:sesame%zz@",
];

const SCHEMES: [&str; 11] = [
    "https://",
    "http://",
    "ldaps://",
    "ldap://",
    "postgres://",
    "xmpp://",
    "sqlite:",
    "unix:/",
    "mailto:",
    "http:/",
    "",
];

// C56
#[test]
fn a_password_in_an_address_is_refused_at_every_key_and_never_shown() {
    let mut shown = Vec::new();
    for (key, template) in KEYS {
        for scheme in SCHEMES {
            for secret in SECRETS {
                let address = format!("{scheme}{secret}host.example/");
                let config = config(template, &address);
                let message = match read(&config, Path::new("vestibule.toml"), &Environment::default(), &KINDS) {
                    // Only the address of PostgreSQL takes a password. A path may have any name.
                    Ok(_) if key == "database" || scheme == "unix:/" || scheme == "mailto:" => continue,
                    Ok(_) => "accepted".to_owned(),
                    Err(mistakes) => format!("{mistakes} {mistakes:?}"),
                };
                if message == "accepted" || message.contains("sesame") || message.contains("dee:") {
                    shown.push(format!("{key}: {address}: {message}"));
                }
            }
        }
    }
    assert!(shown.is_empty(), "{}, such as {:?}", shown.len(), &shown[..shown.len().min(3)]);
}
