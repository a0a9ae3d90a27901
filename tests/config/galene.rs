//! Mistakes in `authserver` and `galene_api`.

use std::path::Path;

use super::{PROVIDER, SERVER};
use vestibule::base::ids::ProviderId;
use vestibule::config::reader::Section;
use vestibule::config::{Config, Environment, Mistakes, ProviderKind, ProviderKinds, SignInMethod, read};
use vestibule::signin::app::{App, Room, WhenUnknown};

/// A provider kind that redirects.
struct Redirecting;
/// A provider kind that checks passwords.
struct Accounts;

const KINDS: ProviderKinds<()> =
    ProviderKinds { offered: &[&Redirecting, &Accounts], planned: &[], presets: || &[], why_unverified: |(), _| None };

impl ProviderKind<()> for Redirecting {
    fn name(&self) -> &'static str {
        "oidc"
    }
    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }
    fn parse(&self, section: &mut Section) -> Option<()> {
        for key in ["issuer", "client_id", "client_secret"] {
            section.optional(key, |_| Ok(()));
        }
        Some(())
    }
}

impl ProviderKind<()> for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }
    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }
    fn parse(&self, _: &mut Section) -> Option<()> {
        Some(())
    }
}

const ACCOUNTS: &str = "\
[[provider]]\nid = \"local\"\nkind = \"accounts\"\nname = \"Here\"
[[provider]]\nid = \"ldap\"\nkind = \"accounts\"\nname = \"There\"
";
const GALENE: &str = "[[app]]\nid = \"galene\"\nkind = \"galene\"\nname = \"Conference\"\n";
const URL: &str = "url = \"https://galene.example.org/\"\n";
const ALLOW: &str = "[[app.allow]]\n";

fn result(app: &[&str]) -> Result<Config<()>, Mistakes> {
    let text = [SERVER, PROVIDER, ACCOUNTS, &app.concat()].concat();
    read(&text, Path::new("vestibule.toml"), &Environment::default(), &KINDS)
}

fn mistakes_in(app: &[&str]) -> String {
    result(app).expect_err("a mistake").to_string()
}

fn app(app: &[&str]) -> App {
    App::clone(&result(app).unwrap().apps[0])
}

#[test]
fn the_authserver_asks_the_listed_providers_in_order() {
    assert_eq!(app(&[GALENE, URL, ALLOW]).authserver, None);
    let named = app(&[GALENE, URL, "authserver = [\"ldap\", \"local\"]\n", ALLOW]).authserver.unwrap();
    assert_eq!(named.providers.iter().map(ProviderId::as_str).collect::<Vec<_>>(), ["ldap", "local"]);
    // C51: a 204 makes the page send the password to Galène, so it must be configured.
    assert_eq!(named.unknown, WhenUnknown::Refuse);
    let keys = "authserver = [\"local\"]\nauthserver_unknown = \"no_opinion\"\n";
    assert_eq!(app(&[GALENE, URL, keys, ALLOW]).authserver.unwrap().unknown, WhenUnknown::NoOpinion);
}

#[test]
fn the_authserver_takes_only_providers_that_check_passwords() {
    let with = |key: &str| mistakes_in(&[GALENE, URL, key, "\n", ALLOW]);
    let at = "vestibule.toml:23: [app.galene]";
    assert_eq!(
        with("authserver = [\"uni\"]"),
        format!(
            "{at} `authserver` names \"uni\", which redirects people and checks no passwords; name one that \
             does: \"ldap\", \"local\""
        )
    );
    assert_eq!(
        with("authserver = [\"locale\"]"),
        format!("{at} `authserver` names \"locale\", which is not a provider; did you mean \"local\"?")
    );
    assert_eq!(
        with("providers = [\"uni\"]\nauthserver = [\"local\"]"),
        "vestibule.toml:24: [app.galene] `authserver` names \"local\", which this app does not offer; add it to \
         the app's `providers`"
    );
    assert_eq!(with("authserver = [\"local\", \"local\"]"), format!("{at} `authserver` holds \"local\" twice"));
    assert_eq!(
        with("authserver = []"),
        format!("{at} `authserver` is an empty list; name at least one, or leave the key out")
    );
    assert_eq!(
        with("authserver_unknown = \"no_opinion\""),
        format!("{at} `authserver_unknown` has no effect without authserver; add authserver, or leave it out")
    );
}

#[test]
fn authserver_and_galene_api_are_only_for_galene_apps() {
    let plain = GALENE.replace("\"galene\"\nname", "\"plain\"\nname");
    let keys = "authserver = [\"local\"]\nauthserver_unknown = \"refuse\"\ngalene_api = { username = \"root\" }\n";
    let message = mistakes_in(&[&plain, URL, keys, ALLOW]);
    assert_eq!(message.lines().count(), 3, "{message}");
    for line in message.lines() {
        assert!(line.contains("is for apps of kind \"galene\""), "{line}");
    }
}

#[test]
fn an_app_with_its_own_page_cannot_have_an_authserver() {
    let page = "delivery = \"fragment\"\nroom_location = \"https://galene.example.org/page/?group={room}\"\n\
                audience = \"https://galene.example.org/group/{room}/\"\nauthserver = [\"local\"]\n";
    assert_eq!(
        mistakes_in(&[GALENE, URL, page, ALLOW]),
        "vestibule.toml:26: [app.galene] `authserver` is for Galène's own page, but this app has another page, at \
         `room_location`; give it to an app without room_location"
    );
}

#[test]
fn the_galene_api_has_a_user_a_password_and_rooms() {
    let api = "[app.galene_api]\nusername = \"root\"\npassword = \"hush\"\nrooms = [\"maths\", \"deep/room\"]\n";
    let config = result(&[GALENE, URL, api, ALLOW]).unwrap();
    let [api] = config.galene_apis.as_slice() else { panic!("{:?}", config.galene_apis) };
    assert_eq!(
        (api.app.as_str(), api.url.as_str(), api.username.as_str()),
        ("galene", "https://galene.example.org/", "root")
    );
    assert_eq!(api.rooms.iter().map(Room::as_str).collect::<Vec<_>>(), ["maths", "deep/room"]);
    // C56
    assert_eq!(api.password.value.expose(), "hush");
    assert!(!format!("{config:?}").contains("hush"));
    let elsewhere = "[app.galene_api]\nurl = \"https://localhost:8443/\"\nusername = \"root\"\npassword \
                     = \"hush\"\nrooms = [\"maths\"]\n";
    assert_eq!(
        result(&[GALENE, URL, elsewhere, ALLOW]).unwrap().galene_apis[0].url.as_str(),
        "https://localhost:8443/"
    );
}

#[test]
fn the_galene_api_password_may_come_from_the_environment() {
    let api = "[app.galene_api]\nusername = \"root\"\npassword_file = \"missing.secret\"\nrooms = [\"maths\"]\n";
    let text = [SERVER, PROVIDER, GALENE, URL, api, ALLOW].concat();
    let with = |variable: &str| {
        let environment = [(variable, "hush")].into_iter().collect::<Environment>();
        read(&text, Path::new("vestibule.toml"), &environment, &KINDS)
    };
    let config = with("VESTIBULE_APP__GALENE__GALENE_API__PASSWORD").unwrap();
    assert_eq!(config.galene_apis[0].password.value.expose(), "hush");
    assert_eq!(config.galene_apis[0].password.place, "VESTIBULE_APP__GALENE__GALENE_API__PASSWORD");
    let message = with("VESTIBULE_APP__GALENE__GALENE_API__PASWORD").unwrap_err().to_string();
    assert!(message.contains("[app.galene.galene_api] unknown key `pasword`; did you mean `password`?"), "{message}");
    let message = with("VESTIBULE_APP__GALENE__NAME__PASSWORD").unwrap_err().to_string();
    assert!(
        message.contains("VESTIBULE_APP__GALENE__NAME__PASSWORD: sets a key within `name`, which is not a table"),
        "{message}"
    );
}

#[test]
fn all_mistakes_of_a_galene_api_are_reported_together() {
    let api =
        "[app.galene_api]\nurl = \"https://localhost:8443\"\nusername = \"ro:ot\"\nrooms = [\"seminars/*\", \"..\"]\n";
    let at = |line: u32| format!("vestibule.toml:{line}: [app.galene.galene_api]");
    let message = mistakes_in(&[GALENE, URL, api, ALLOW]);
    for line in [
        format!("{} `password` is missing; add password_file = \"galene.secret\"", at(23)),
        format!("{} `username` holds a :, where HTTP's Basic authentication ends a name; choose another user", at(25)),
        format!(
            "{} `rooms` holds \"..\", which is not the name of a group: no part between slashes may be empty or begin \
             with a dot",
            at(26)
        ),
    ] {
        assert!(message.lines().any(|message| message == line), "{line}\n{message}");
    }
}

#[test]
fn the_address_of_one_group_is_not_accepted_as_galenes_root() {
    let url = "url = \"https://galene.example.org/below/group/maths/\"\n";
    assert_eq!(
        mistakes_in(&[GALENE, url, ALLOW]),
        "vestibule.toml:22: [app.galene] `url` is the address of one group, and must be Galène's root; write \
         \"https://galene.example.org/below/\""
    );
    let api = "[app.galene_api]\nusername = \"root\"\npassword = \"p\"\nrooms = [\"maths\"]\n";
    let of_api = mistakes_in(&[GALENE, URL, api, url, ALLOW]);
    assert!(of_api.contains("[app.galene.galene_api] `url` is the address of one group"), "{of_api}");
    let audience = "audience = \"https://galene.example.org/group/{room}/\"\n";
    assert!(app(&[GALENE, &URL.replace("example.org/", "example.org/groups/"), audience, ALLOW]).enabled);
}
