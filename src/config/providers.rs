//! `[[provider]]`: the keys that every kind shares. Its own keys are read by the kind itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Accounts;
use super::certificates::ca;
use super::reader::{Fault, Section, flag, parsed, text, unknown_word, whole, word};
use crate::base::ids::{Group, ProviderId};
use crate::signin::challenge::waits::FREE_TRIES;
use crate::signin::identify::password::OnRefused;
use crate::signin::link::{FirstLogin, UsernameTemplate};

/// Where people may come from.
#[derive(Debug, Clone)]
pub struct Provider<K> {
    pub id: ProviderId,
    pub kind: &'static str,
    /// As people read it: "Example University".
    pub name: String,
    pub enabled: bool,
    pub first_login: FirstLogin,
    pub groups_claim: Option<String>,
    /// Upstream value → local group; what is not named is dropped.
    pub groups: BTreeMap<String, Group>,
    pub private_addresses: PrivateAddresses,
    /// Certificates in PEM, at least one, trusted for this provider beside the system's.
    pub ca: Option<Vec<u8>>,
    pub way: Way,
    /// Whether its no to a password is the last word. Of no meaning where people are sent elsewhere.
    pub on_refused: OnRefused,
    /// How many wrong passwords of one account are free of a wait. Of no meaning where people are sent elsewhere.
    pub free_tries: u32,
    /// What the kind alone knows.
    pub settings: K,
}

/// Whether a provider's addresses may be private or loopback ones, and plain http on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateAddresses {
    Refused,
    Allowed,
}

impl PrivateAddresses {
    /// `allow_private`
    pub fn read(section: &mut Section) -> Self {
        if section.optional("allow_private", flag).unwrap_or(false) { Self::Allowed } else { Self::Refused }
    }
}

/// How people prove there who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By being sent there.
    Redirect,
    /// By a name and a password, on a page of ours or by an app's own.
    Password,
}

/// Whose people a provider knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Its own: somebody new may get an account.
    Theirs,
    /// Ours, the accounts themselves: so there is one such provider, and nobody new comes by it.
    Ours,
}

/// The kinds of provider that there are, each with the parser of its own keys.
pub trait Kinds<K> {
    /// As the config file names them.
    fn names(&self) -> &'static [&'static str];

    /// How people prove who they are at one of that kind.
    fn way(&self, kind: &str) -> Way;

    /// Whose people one of that kind knows.
    fn people(&self, _kind: &str) -> People {
        People::Theirs
    }

    /// Reads what `kind` alone knows; notes in `section` what is wrong with it.
    fn parse(&self, kind: &str, section: &mut Section) -> Option<K>;
}

/// Kinds that we know of and do not offer yet.
const LATER: &[&str] = &["apple", "discord", "facebook", "github", "linkedin", "oauth2", "saml"];

/// What people may take for a kind, and what works as `oidc`.
const OPENID: [&str; 12] = [
    "auth0",
    "authelia",
    "authentik",
    "azure",
    "dex",
    "entra",
    "gitlab",
    "google",
    "keycloak",
    "microsoft",
    "okta",
    "zitadel",
];

impl<K> Provider<K> {
    pub(super) fn read(mut section: Section, kinds: &impl Kinds<K>, accounts: Accounts) -> Option<Self> {
        let id = section.required("id", "\"uni\"", parsed(str::parse::<ProviderId>));
        let names = kinds.names();
        let kind = section.required("kind", "\"oidc\"", |node| {
            let found = text(node)?;
            let known = names.iter().find(|name| **name == found);
            known.copied().ok_or_else(|| {
                if OPENID.contains(&found.as_str()) {
                    let fault = Fault::new(format!("= \"{found}\" is no kind of its own: it speaks OpenID Connect"));
                    return fault.mend("write kind = \"oidc\", and its issuer").into();
                }
                unknown_word(&found, names, LATER).into()
            })
        });
        let name = section.required("name", "\"Example University\"", text);
        let enabled = section.optional("enabled", flag).unwrap_or(true);
        let way = kind.map(|kind| kinds.way(kind));
        let first_login = match kind.map(|kind| kinds.people(kind)) {
            Some(People::Ours) => Some(accounts_alone(&mut section)),
            Some(People::Theirs) | None => first_login(&mut section, way, accounts),
        };
        let mut groups_claim = section.optional("groups_claim", text);
        let groups = groups(&mut section);
        match (section.has("groups_claim"), section.has("groups")) {
            // A module of ours names the claim itself.
            (false, true) if way == Some(Way::Password) => groups_claim = Some(GROUPS.to_owned()),
            (false, true) => section.wrong("groups", Fault::new("maps groups of no claim").mend("add groups_claim")),
            (true, false) => section.wrong(
                "groups_claim",
                Fault::new("names groups that are all dropped").mend("add groups = { \"theirs\" = \"ours\" }"),
            ),
            (true, true) | (false, false) => {}
        }
        let private_addresses = PrivateAddresses::read(&mut section);
        let ca = ca(&mut section);
        let way = way?;
        let on_refused = on_refused(&mut section, way);
        let free_tries = free_tries(&mut section, way);
        let settings = kinds.parse(kind?, &mut section);
        section.close();
        Some(Self {
            id: id?,
            kind: kind?,
            name: name?,
            enabled,
            first_login: first_login?,
            groups_claim,
            groups,
            private_addresses,
            ca,
            way,
            on_refused,
            free_tries,
            settings: settings?,
        })
    }
}

/// Upstream value → local group.
fn groups(section: &mut Section) -> BTreeMap<String, Group> {
    let mut groups = BTreeMap::new();
    for (theirs, ours) in section.texts("groups") {
        match Group::named(&ours) {
            Ok(group) => _ = groups.insert(theirs, group),
            Err(why) => section.wrong("groups", Fault::new(format!("maps \"{theirs}\" to \"{ours}\": {why}"))),
        }
    }
    groups
}

fn free_tries(section: &mut Section, way: Way) -> u32 {
    match way {
        Way::Redirect => {
            for_passwords(section, "free_tries");
            FREE_TRIES
        }
        Way::Password => section.optional("free_tries", whole(1..=FREE_TRIES)).unwrap_or(FREE_TRIES),
    }
}

fn for_passwords(section: &mut Section, key: &str) {
    let fault = Fault::new("is for providers that check passwords");
    section.out_of_place(key, fault.mend("leave it out"));
}

fn on_refused(section: &mut Section, way: Way) -> OnRefused {
    match way {
        Way::Redirect => {
            for_passwords(section, "on_refused");
            OnRefused::Stop
        }
        Way::Password => {
            let words = [("stop", OnRefused::Stop), ("next", OnRefused::Next)];
            section.optional("on_refused", word(&words, &[])).unwrap_or_default()
        }
    }
}

/// Whoever has an account is no stranger, and whoever has none is nobody.
fn accounts_alone(section: &mut Section) -> FirstLogin {
    for key in ["first_login", "username"] {
        let fault = Fault::new("is for providers that bring people of their own; nobody new comes by this one");
        section.out_of_place(key, fault.mend("leave it out: `vestibule user add` makes its accounts"));
    }
    FirstLogin::Refuse
}

/// Of a kind that knows our own people, there is one: there is one set of them.
pub(super) fn no_second<K>(sections: &[Section], kinds: &impl Kinds<K>) {
    let mut seen = BTreeSet::new();
    for section in sections {
        if let Some(kind) = section.kind().filter(|kind| kinds.people(kind) == People::Ours)
            && !seen.insert(kind.clone())
        {
            let fault =
                Fault::new(format!("= \"{kind}\" is another provider's already, and there is one set of accounts"));
            section.wrong("kind", fault.mend("leave one of the two out"));
        }
    }
}

/// What is to happen to somebody new.
#[derive(Clone, Copy)]
enum Policy {
    Provision,
    Refuse,
}

fn first_login(section: &mut Section, way: Option<Way>, accounts: Accounts) -> Option<FirstLogin> {
    let words = [("provision", Policy::Provision), ("refuse", Policy::Refuse)];
    let policy = section.optional("first_login", word(&words, &["ask"])).unwrap_or(Policy::Provision);
    let given = section.has("username");
    let template = section.optional("username", parsed(template));
    let template = match policy {
        Policy::Refuse => return Some(FirstLogin::Refuse),
        Policy::Provision if given => template,
        Policy::Provision => template_of(match way {
            Some(Way::Redirect) => FIRST_OF_SEVERAL,
            Some(Way::Password) | None => USERNAME,
        }),
    };
    template.map(|template| FirstLogin::Provision(template.in_scripts(accounts.usernames)))
}

/// The claim that holds the groups of people whose password we check.
const GROUPS: &str = "groups";

/// The name that people type, at a provider whose passwords we check.
const USERNAME: &str = "{{ preferred_username }}";

/// The first of these that an OpenID provider tells. Never a part of the e-mail address: people who share it can be told
/// apart, and the operator may not want it shown.
const FIRST_OF_SEVERAL: &str = "{{ preferred_username or nickname or name }}";

fn template_of(text: &str) -> Option<UsernameTemplate> {
    UsernameTemplate::parse(text).ok()
}

fn template(text: &str) -> Result<UsernameTemplate, Fault> {
    if !text.contains("{{") {
        let fault = Fault::new("names no claim: everybody would get the same name");
        let claim = text.trim_matches(|c: char| "{}".contains(c) || c.is_whitespace());
        let is_claim = !claim.is_empty() && claim.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let claim = if is_claim { format!("{{{{ {claim} }}}}") } else { USERNAME.to_owned() };
        return Err(fault.mend(format!("write the name of a claim between two braces: username = \"{claim}\"")));
    }
    UsernameTemplate::parse(text).map_err(|why| {
        Fault::new(format!("is no template: {why}")).mend(format!("write \"{USERNAME}\" or another claim"))
    })
}
