//! The config of a [`TestServer`](crate::TestServer), as TOML.

use std::collections::BTreeMap;
use std::fmt;

use vestibule::apps::{self, AppKinds};
use vestibule::config::ProviderKinds;
use vestibule::upstream::{KINDS, ProviderSettings};

/// The client secret in every config.
pub const CLIENT_SECRET: &str = "a-client-secret-that-nobody-may-read";

/// A config that a test may change before the server starts, or later.
pub struct TestConfig {
    head: String,
    /// The kinds of provider that the config may name.
    pub kinds: ProviderKinds<ProviderSettings>,
    /// The kinds of app that the config may name.
    pub app_kinds: AppKinds,
    pub session: Section,
    providers: Vec<Section>,
    apps: Vec<Section>,
    lab: Section,
}

/// One table: its keys with their values in TOML, and what follows it.
#[derive(Clone)]
pub struct Section {
    keys: BTreeMap<&'static str, String>,
    allow: Vec<String>,
}

impl TestConfig {
    pub fn new(base: &str, uni: &str, lab: &str) -> Self {
        Self {
            head: format!(
                "[server]\npublic_url = \"{base}\"\nlisten = \"127.0.0.1:1\"\nlanguages = [\"en\", \"fr\", \"de\"]\n\
                 trusted_proxies = [\"127.0.0.1\"]\n\
                 [brand]\nname = \"Example\"\nhelp = \"mailto:help@example.org\"\n"
            ),
            kinds: KINDS,
            app_kinds: apps::KINDS,
            session: Section::new(&[("idle", "1h"), ("absolute", "3h")]),
            providers: vec![provider("uni", "Example University", uni)],
            apps: vec![notes(), meet(), galene()],
            lab: provider("lab", "Example Lab", lab),
        }
    }

    /// Sets another `public_url`.
    pub fn set_public_url(&mut self, base: &str) {
        let (before, rest) = self.head.split_once("public_url = \"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        self.head = format!("{before}public_url = \"{base}\"{after}");
    }

    /// Adds the second fake provider.
    pub fn add_lab(&mut self) {
        self.providers.push(self.lab.clone());
    }

    /// Adds a webhook that checks passwords.
    pub fn add_webhook(&mut self, url: &str) {
        let mut hook = Section::new(&[("id", "hook"), ("kind", "webhook"), ("name", "Example Table"), ("url", url)]);
        hook.text("secret", CLIENT_SECRET).set("allow_private", "true");
        self.providers.push(hook);
    }

    /// Adds local accounts.
    pub fn add_passwords(&mut self) {
        self.providers.push(Section::new(&[("id", "local"), ("kind", "password"), ("name", "Passwords")]));
    }

    /// Adds local accounts, and removes the university.
    pub fn passwords_without_uni(&mut self) {
        self.add_passwords();
        self.providers.remove(0);
    }

    /// Removes a provider.
    pub fn remove_provider(&mut self, id: &str) {
        self.providers.retain(|section| !section.is(id));
    }

    /// An XMPP server that does not answer, and no other provider.
    pub fn only_xmpp(&mut self) {
        let mut chat = Section::new(&[("id", "chat"), ("kind", "xmpp"), ("name", "Chat"), ("server", "127.0.0.1:9")]);
        chat.set("domains", "[\"example.org\"]");
        self.providers = vec![chat];
    }

    /// One provider of a kind in this table, and no other.
    pub fn only_kind(&mut self, kinds: ProviderKinds<ProviderSettings>, keys: &[(&'static str, &str)]) {
        self.kinds = kinds;
        self.providers = vec![Section::new(keys)];
    }

    /// A directory, and no other provider.
    pub fn only_directory(&mut self, address: &str) {
        let mut directory = Section::new(&[("id", "directory"), ("kind", "ldap"), ("name", "Directory")]);
        directory.set("servers", &format!("[\"{address}\"]")).text("encryption", "none-on-loopback");
        directory.text("base", "dc=example,dc=org").text("service_dn", "cn=vestibule,dc=example,dc=org");
        directory.text("service_password", CLIENT_SECRET);
        self.providers = vec![directory];
    }

    /// Adds providers, all of them the university under other names.
    pub fn add_many(&mut self, names: &[(&str, &str)]) {
        for (id, name) in names {
            let mut another = self.providers[0].clone();
            another.text("id", id).text("name", name);
            self.providers.push(another);
        }
    }

    /// One more app, of a kind in this table.
    pub fn know_an_app(&mut self, kinds: AppKinds, keys: &[(&'static str, &str)]) -> &mut Section {
        self.app_kinds = kinds;
        self.apps.push(Section::new(keys));
        self.apps.last_mut().unwrap()
    }

    pub fn provider(&mut self, id: &str) -> &mut Section {
        self.providers.iter_mut().find(|section| section.is(id)).unwrap()
    }

    pub fn app(&mut self, id: &str) -> &mut Section {
        self.apps.iter_mut().find(|section| section.is(id)).unwrap()
    }
}

impl Section {
    fn new(texts: &[(&'static str, &str)]) -> Self {
        let mut section = Self { keys: BTreeMap::new(), allow: Vec::new() };
        for (key, value) in texts {
            section.text(key, value);
        }
        section
    }

    pub fn set(&mut self, key: &'static str, value: &str) -> &mut Self {
        self.keys.insert(key, value.to_owned());
        self
    }

    pub fn unset(&mut self, key: &str) -> &mut Self {
        self.keys.remove(key);
        self
    }

    pub fn text(&mut self, key: &'static str, value: &str) -> &mut Self {
        self.set(key, &format!("\"{value}\""))
    }

    /// The rules of an app in place of those it had, each as the keys of one `[[app.allow]]`.
    pub fn allow(&mut self, rules: &[&str]) -> &mut Self {
        self.allow = rules.iter().map(|rule| (*rule).to_owned()).collect();
        self
    }

    fn is(&self, id: &str) -> bool {
        self.keys.get("id") == Some(&format!("\"{id}\""))
    }
}

fn provider(id: &str, name: &str, issuer: &str) -> Section {
    let mut section = Section::new(&[
        ("id", id),
        ("kind", "oidc"),
        ("name", name),
        ("issuer", issuer),
        ("client_id", "vestibule"),
        ("client_secret", CLIENT_SECRET),
    ]);
    section.set("allow_private", "true");
    section
}

/// A plain app with one address; everyone may enter.
fn notes() -> Section {
    let mut notes =
        Section::new(&[("id", "notes"), ("kind", "plain"), ("name", "Notes"), ("url", "https://notes.example.org/")]);
    notes.set("locations", "[\"https://notes.example.org/signed-in\"]");
    notes.set("claims", "[\"preferred_username\", \"name\", \"email\", \"groups\"]");
    notes.allow(&["permissions = [\"read\"]"]);
    notes
}

/// A plain app with rooms: `maths` for all, `staff` for staff.
fn meet() -> Section {
    let mut meet =
        Section::new(&[("id", "meet"), ("kind", "plain"), ("name", "Meetings"), ("url", "https://meet.example.org/")]);
    meet.text("room_location", "https://meet.example.org/r/{room}/");
    meet.allow(&[
        "rooms = [\"maths\", \"seminars/*\"]\npermissions = [\"speak\"]",
        "rooms = [\"*\"]\ngroups = [\"staff\"]\npermissions = [\"moderate\"]",
    ]);
    meet
}

fn galene() -> Section {
    let mut galene = Section::new(&[
        ("id", "galene"),
        ("kind", "galene"),
        ("name", "Conference"),
        ("url", "https://galene.example.org:8443/"),
        ("delivery", "query"),
        ("lifetime", "120s"),
    ]);
    galene.set("claims", "[\"name\"]");
    galene.allow(&["rooms = [\"maths\"]\npermissions = [\"op\"]"]);
    galene
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|(key, value)| writeln!(f, "{key} = {value}"))?;
        self.allow.iter().try_for_each(|rule| writeln!(f, "[[app.allow]]\n{rule}"))
    }
}

impl fmt::Display for TestConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[session]\n{}", self.head, self.session)?;
        self.providers.iter().try_for_each(|section| write!(f, "[[provider]]\n{section}"))?;
        self.apps.iter().try_for_each(|section| write!(f, "[[app]]\n{section}"))
    }
}
