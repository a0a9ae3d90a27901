//! The config of a [`TestServer`](crate::TestServer), as TOML.

use std::collections::BTreeMap;
use std::fmt;

use vestibule::apps::{self, AppKinds};
use vestibule::config::ProviderKinds;
use vestibule::upstream::{KINDS, ProviderSettings};

/// The client secret in every config.
pub const CLIENT_SECRET: &str = "a-client-secret-that-nobody-may-read";

/// A config that a test can change before the server starts, or later.
pub struct TestConfig {
    head: String,
    /// The provider kinds that the config can name.
    pub kinds: ProviderKinds<ProviderSettings>,
    /// The app kinds that the config can name.
    pub app_kinds: AppKinds,
    pub session: Table,
    providers: Vec<Table>,
    apps: Vec<Table>,
    lab: Table,
}

/// One table: its keys with TOML values, and the `[[app.allow]]` tables after it.
#[derive(Clone)]
pub struct Table {
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
            session: Table::new(&[("idle", "1h"), ("absolute", "3h")]),
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

    /// Sets how many access requests may wait.
    pub fn set_most_access_requests(&mut self, most: u32) {
        self.head = format!("{}[access_requests]\nmost = {most}\n", self.head);
    }

    /// Sets which parts of a profile the database keeps.
    pub fn set_remember(&mut self, parts: &[&str]) {
        self.head = format!("{}[admin]\nremember = {parts:?}\n", self.head);
    }

    /// Adds the second fake provider.
    pub fn add_lab(&mut self) {
        self.providers.push(self.lab.clone());
    }

    /// Adds a webhook that checks passwords.
    pub fn add_webhook(&mut self, url: &str) {
        let mut hook = Table::new(&[("id", "hook"), ("kind", "webhook"), ("name", "Example Table"), ("url", url)]);
        hook.set_text("secret", CLIENT_SECRET).set("allow_private", "true");
        self.providers.push(hook);
    }

    /// Adds local accounts.
    pub fn add_passwords(&mut self) {
        self.providers.push(Table::new(&[("id", "local"), ("kind", "password"), ("name", "Passwords")]));
    }

    /// Adds local accounts, and removes the university.
    pub fn passwords_without_uni(&mut self) {
        self.add_passwords();
        self.providers.remove(0);
    }

    /// Removes a provider.
    pub fn remove_provider(&mut self, id: &str) {
        self.providers.retain(|table| !table.has_id(id));
    }

    /// Sets an unreachable XMPP server as the only provider.
    pub fn only_xmpp(&mut self) {
        let mut chat = Table::new(&[("id", "chat"), ("kind", "xmpp"), ("name", "Chat"), ("server", "127.0.0.1:9")]);
        chat.set("domains", "[\"example.org\"]");
        self.providers = vec![chat];
    }

    /// Sets one provider, of a kind in `kinds`, as the only one.
    pub fn only_provider(&mut self, kinds: ProviderKinds<ProviderSettings>, keys: &[(&'static str, &str)]) {
        self.kinds = kinds;
        self.providers = vec![Table::new(keys)];
    }

    /// Sets a well-known provider as the only one. `keys` lead to its double, and have TOML values.
    pub fn only_preset(&mut self, name: &str, keys: &[(&'static str, String)]) -> &mut Table {
        self.providers.clear();
        self.add_preset(name, keys)
    }

    /// Adds a well-known provider. `keys` are those of [`Self::only_preset`].
    pub fn add_preset(&mut self, name: &str, keys: &[(&'static str, String)]) -> &mut Table {
        let mut table =
            Table::new(&[("id", name), ("kind", name), ("client_id", "vestibule"), ("client_secret", CLIENT_SECRET)]);
        table.set("allow_private", "true");
        for (key, value) in keys {
            table.set(key, value);
        }
        self.providers.push(table);
        self.provider(name)
    }

    /// Sets a well-known provider as the only one, by its preset. Returns its table, to add the other keys.
    pub fn only_provider_of_preset(&mut self, name: &'static str) -> &mut Table {
        self.only_provider(self.kinds, &[("id", name), ("kind", name)]);
        self.provider(name)
    }

    /// Sets an LDAP directory as the only provider.
    pub fn only_directory(&mut self, address: &str) {
        let mut directory = Table::new(&[("id", "directory"), ("kind", "ldap"), ("name", "Directory")]);
        directory.set("servers", &format!("[\"{address}\"]")).set_text("encryption", "none-on-loopback");
        directory.set_text("base", "dc=example,dc=org").set_text("service_dn", "cn=vestibule,dc=example,dc=org");
        directory.set_text("service_password", CLIENT_SECRET);
        self.providers = vec![directory];
    }

    /// Makes the university a provider that speaks OAuth 2.0 without OpenID Connect. Returns it.
    pub fn uni_without_openid(&mut self) -> &mut Table {
        let uni = self.provider("uni");
        let issuer = uni.text("issuer").unwrap();
        for (key, path) in [("auth_url", "authorize"), ("token_url", "token"), ("userinfo_url", "userinfo")] {
            uni.set_text(key, &format!("{issuer}/{path}"));
        }
        uni.set_text("kind", "oauth2").set_text("subject", "sub")
    }

    /// Adds copies of the university under other ids and names.
    pub fn add_providers(&mut self, names: &[(&str, &str)]) {
        for (id, name) in names {
            let mut another = self.providers[0].clone();
            another.set_text("id", id).set_text("name", name);
            self.providers.push(another);
        }
    }

    /// Adds an app of a kind in `kinds`.
    pub fn add_app_of_kind(&mut self, kinds: AppKinds, keys: &[(&'static str, &str)]) -> &mut Table {
        self.app_kinds = kinds;
        self.apps.push(Table::new(keys));
        self.apps.last_mut().unwrap()
    }

    pub fn provider(&mut self, id: &str) -> &mut Table {
        self.providers.iter_mut().find(|table| table.has_id(id)).unwrap()
    }

    pub fn app(&mut self, id: &str) -> &mut Table {
        self.apps.iter_mut().find(|table| table.has_id(id)).unwrap()
    }
}

impl Table {
    fn new(texts: &[(&'static str, &str)]) -> Self {
        let mut table = Self { keys: BTreeMap::new(), allow: Vec::new() };
        for (key, value) in texts {
            table.set_text(key, value);
        }
        table
    }

    pub fn set(&mut self, key: &'static str, value: &str) -> &mut Self {
        self.keys.insert(key, value.to_owned());
        self
    }

    /// The value of a key that is text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.keys.get(key).map(|value| value.trim_matches('"').to_owned())
    }

    pub fn unset(&mut self, key: &str) -> &mut Self {
        self.keys.remove(key);
        self
    }

    pub fn set_text(&mut self, key: &'static str, value: &str) -> &mut Self {
        self.set(key, &format!("\"{value}\""))
    }

    /// Replaces the rules of an app. Each rule is the keys of one `[[app.allow]]`.
    pub fn allow(&mut self, rules: &[&str]) -> &mut Self {
        self.allow = rules.iter().map(|rule| (*rule).to_owned()).collect();
        self
    }

    fn has_id(&self, id: &str) -> bool {
        self.keys.get("id") == Some(&format!("\"{id}\""))
    }
}

fn provider(id: &str, name: &str, issuer: &str) -> Table {
    let mut table = Table::new(&[
        ("id", id),
        ("kind", "oidc"),
        ("name", name),
        ("issuer", issuer),
        ("client_id", "vestibule"),
        ("client_secret", CLIENT_SECRET),
    ]);
    table.set("allow_private", "true");
    table
}

/// A plain app with one address; everyone may enter.
fn notes() -> Table {
    let mut notes =
        Table::new(&[("id", "notes"), ("kind", "plain"), ("name", "Notes"), ("url", "https://notes.example.org/")]);
    notes.set("locations", "[\"https://notes.example.org/signed-in\"]");
    notes.set("claims", "[\"preferred_username\", \"name\", \"email\", \"groups\"]");
    notes.allow(&["permissions = [\"read\"]"]);
    notes
}

/// A plain app with rooms: `maths` for all, `staff` for staff.
fn meet() -> Table {
    let mut meet =
        Table::new(&[("id", "meet"), ("kind", "plain"), ("name", "Meetings"), ("url", "https://meet.example.org/")]);
    meet.set_text("room_location", "https://meet.example.org/r/{room}/");
    meet.allow(&[
        "rooms = [\"maths\", \"seminars/*\"]\npermissions = [\"speak\"]",
        "rooms = [\"*\"]\ngroups = [\"staff\"]\npermissions = [\"moderate\"]",
    ]);
    meet
}

fn galene() -> Table {
    let mut galene = Table::new(&[
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

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|(key, value)| writeln!(f, "{key} = {value}"))?;
        self.allow.iter().try_for_each(|rule| writeln!(f, "[[app.allow]]\n{rule}"))
    }
}

impl fmt::Display for TestConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[session]\n{}", self.head, self.session)?;
        self.providers.iter().try_for_each(|table| write!(f, "[[provider]]\n{table}"))?;
        self.apps.iter().try_for_each(|table| write!(f, "[[app]]\n{table}"))
    }
}
