//! `[[provider]]`: the keys that all kinds share. Each kind reads its own keys.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::AccountSettings;
use super::authoritative_domains::authoritative_domains;
use super::certificates::ca_certificates;
use super::image::image;
use super::preset::Preset;
use super::preset_expansion;
use super::provider_kind::{AccountOrigin, ProviderDefaults, ProviderKind, ProviderKinds, SignInMethod, TYPED_NAME};
use super::reader::{Fault, Section, boolean, integer, non_empty_list, one_of, parsed, text};
use crate::base::ids::{Group, ProviderId};
use crate::signin::challenge::throttle::FREE_TRIES;
use crate::signin::identify::password::OnRefused;
use crate::signin::link::{AskAtFirstLogin, FirstLogin, UsernameTemplate};

/// A provider: where people prove who they are.
#[derive(Debug, Clone)]
pub struct Provider<S> {
    pub id: ProviderId,
    /// The kind whose keys it has.
    pub kind: &'static str,
    /// The preset that has set some of them.
    pub preset: Option<&'static Preset>,
    /// As people read it: "Example University".
    pub name: String,
    /// The image on its button, which the operator chose.
    pub icon: Option<PathBuf>,
    pub enabled: bool,
    pub first_login: FirstLogin,
    /// The domains of the e-mail addresses for which it is authoritative, in the one form of their spellings.
    pub authoritative_domains: Vec<String>,
    pub groups_claim: Option<String>,
    /// Upstream value → local group. Other values are dropped.
    pub groups: BTreeMap<String, Group>,
    pub private_addresses: PrivateAddresses,
    /// Certificates in PEM, at least one, trusted for this provider in addition to the system's.
    pub ca: Option<Vec<u8>>,
    pub method: SignInMethod,
    /// Whether its refusal of a password ends the sign-in. Unused if people are redirected.
    pub on_refused: OnRefused,
    /// How many wrong passwords an account may have before it has to wait. Unused if people are redirected.
    pub free_tries: u32,
    /// The keys of its kind.
    pub settings: S,
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
        if section.optional("allow_private", boolean).unwrap_or(false) { Self::Allowed } else { Self::Refused }
    }
}

impl<S> Provider<S> {
    /// Adds the keys of its preset, and reads it.
    pub(super) fn read(section: Section, kinds: &ProviderKinds<S>, accounts: AccountSettings) -> Option<Self> {
        match preset_expansion::expanded(section.keys(), kinds) {
            Some(keys) => Self::read_expanded(section.with_keys(&keys), kinds, accounts),
            None => Self::read_expanded(section, kinds, accounts),
        }
    }

    fn read_expanded(mut section: Section, kinds: &ProviderKinds<S>, accounts: AccountSettings) -> Option<Self> {
        let id = section.required("id", "\"uni\"", parsed(str::parse::<ProviderId>));
        let kind = section.required("kind", "\"oidc\"", |node| {
            let found = text(node)?;
            kinds.named(&found).ok_or_else(|| kinds.unknown_kind(&found).into())
        });
        let preset = section.kind().and_then(|kind| kinds.preset(&kind));
        if let Some(preset) = preset {
            preset.check_inputs(&mut section);
        }
        let name = section.required("name", "\"Example University\"", text);
        let enabled = section.optional("enabled", boolean).unwrap_or(true);
        // Without a valid kind, reading goes on only to find other mistakes.
        let defaults = kind.map_or(ProviderDefaults::of(SignInMethod::Password), ProviderKind::defaults);
        let first_login = match kind.map(ProviderKind::account_origin) {
            Some(AccountOrigin::Local) => Some(local_first_login(&mut section)),
            Some(AccountOrigin::External) | None => first_login(&mut section, defaults.username, accounts),
        };
        let mut groups_claim = section.optional("groups_claim", text);
        let groups = groups(&mut section);
        let default_claim = kind.and(defaults.groups_claim);
        match (section.has("groups_claim"), section.has("groups")) {
            (false, true) if default_claim.is_some() => groups_claim = default_claim.map(str::to_owned),
            // A wrong value is noted already, and maps nothing.
            (false, true) if !section.has_table("groups") => {}
            (false, true) => {
                section.note_fault("groups", Fault::new("maps groups of no claim").fix("add groups_claim"));
            }
            (true, false) => section.note_fault(
                "groups_claim",
                Fault::new("names groups that are all dropped").fix("add groups = { \"theirs\" = \"ours\" }"),
            ),
            (true, true) | (false, false) => {}
        }
        let private_addresses = PrivateAddresses::read(&mut section);
        let ca = ca_certificates(&mut section);
        let kind = kind?;
        let icon = icon(&mut section, kind.method());
        let on_refused = on_refused(&mut section, kind.method());
        let free_tries = free_tries(&mut section, kind.method());
        let settings = kind.parse(&mut section);
        let authoritative_domains = authoritative_domains(&mut section, id.as_ref().zip(settings.as_ref()), kinds);
        // Keys of some kinds that [[app]] has, too. Its key is another one.
        for key in ["claims", "url"] {
            let fault = Fault::new(format!("is no key of a provider of kind \"{}\"", kind.name()));
            section.reject_unread_key(key, fault.fix("leave it out"));
        }
        section.close();
        Some(Self {
            id: id?,
            kind: kind.name(),
            preset,
            name: name?,
            icon,
            enabled,
            first_login: first_login?,
            authoritative_domains,
            groups_claim,
            groups,
            private_addresses,
            ca,
            method: kind.method(),
            on_refused,
            free_tries,
            settings: settings?,
        })
    }
}

/// Upstream value → local group.
fn groups(section: &mut Section) -> BTreeMap<String, Group> {
    let mut groups = BTreeMap::new();
    for (upstream_group, local_group) in section.texts("groups") {
        match Group::parse(&local_group) {
            Ok(group) => _ = groups.insert(upstream_group, group),
            Err(why) => section
                .note_fault("groups", Fault::new(format!("maps \"{upstream_group}\" to \"{local_group}\": {why}"))),
        }
    }
    groups
}

fn free_tries(section: &mut Section, method: SignInMethod) -> u32 {
    match method {
        SignInMethod::Redirect => {
            reject_password_key(section, "free_tries");
            FREE_TRIES
        }
        SignInMethod::Password => section.optional("free_tries", integer(1..=FREE_TRIES)).unwrap_or(FREE_TRIES),
    }
}

fn icon(section: &mut Section, method: SignInMethod) -> Option<PathBuf> {
    if method == SignInMethod::Password {
        let fault = Fault::new("is for providers with a button; this one has a form");
        section.reject_key("icon", fault.fix("leave it out"));
        return None;
    }
    image(section, "icon")
}

fn reject_password_key(section: &mut Section, key: &str) {
    let fault = Fault::new("is for providers that check passwords");
    section.reject_key(key, fault.fix("leave it out"));
}

fn on_refused(section: &mut Section, method: SignInMethod) -> OnRefused {
    match method {
        SignInMethod::Redirect => {
            reject_password_key(section, "on_refused");
            OnRefused::Stop
        }
        SignInMethod::Password => {
            let words = [("stop", OnRefused::Stop), ("next", OnRefused::Next)];
            section.optional("on_refused", one_of(&words, &[])).unwrap_or_default()
        }
    }
}

/// The provider of local accounts makes none: `vestibule user add` does.
fn local_first_login(section: &mut Section) -> FirstLogin {
    for key in ["first_login", "username", "ask"] {
        let fault = Fault::new("is for providers with accounts of their own; this one checks only local accounts");
        section.reject_key(key, fault.fix("leave it out: `vestibule user add` makes its accounts"));
    }
    FirstLogin::Refuse
}

/// Refuses a second provider of local accounts, since there is only one set of accounts.
pub(super) fn reject_second_local_provider<S>(sections: &[Section], kinds: &ProviderKinds<S>) {
    let local = |kind: &str| kinds.named(kind).is_some_and(|kind| kind.account_origin() == AccountOrigin::Local);
    let mut seen = BTreeSet::new();
    for section in sections {
        if let Some(kind) = section.kind().filter(|kind| local(kind))
            && !seen.insert(kind.clone())
        {
            let fault = Fault::new(format!(
                "= \"{kind}\" is used by another provider already, but there is one set of accounts"
            ));
            section.note_fault("kind", fault.fix("leave one of the two out"));
        }
    }
}

/// What the first login of an identity does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstLoginPolicy {
    Provision,
    Refuse,
    Ask,
}

/// What the page offers that asks at a first login.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskChoice {
    Prove,
    New,
    Request,
}

fn first_login(section: &mut Section, default: &str, accounts: AccountSettings) -> Option<FirstLogin> {
    let words = [
        ("provision", FirstLoginPolicy::Provision),
        ("refuse", FirstLoginPolicy::Refuse),
        ("ask", FirstLoginPolicy::Ask),
    ];
    let policy = section.optional("first_login", one_of(&words, &[])).unwrap_or(FirstLoginPolicy::Provision);
    let given = section.has("username");
    let template = section.optional("username", parsed(template));
    let template = if given { template } else { UsernameTemplate::parse(default).ok() };
    let template = template.map(|template| template.in_scripts(accounts.usernames));
    if policy == FirstLoginPolicy::Ask {
        let words = [("prove", AskChoice::Prove), ("new", AskChoice::New), ("request", AskChoice::Request)];
        let choices = section.optional("ask", non_empty_list(one_of(&words, &[])));
        let choices = choices.unwrap_or_else(|| vec![AskChoice::Prove, AskChoice::New]);
        let offers = |choice| choices.contains(&choice);
        let names_accounts = offers(AskChoice::New) || offers(AskChoice::Request);
        let template = if names_accounts { Some(template?) } else { None };
        let template_of = |choice| template.clone().filter(|_| offers(choice));
        let (new, request) = (template_of(AskChoice::New), template_of(AskChoice::Request));
        return Some(FirstLogin::Ask(AskAtFirstLogin { prove: offers(AskChoice::Prove), new, request }));
    }
    let fault = Fault::new("says what the page offers that asks at a first login");
    section.reject_key("ask", fault.fix("leave it out, or set first_login = \"ask\""));
    match policy {
        FirstLoginPolicy::Refuse => Some(FirstLogin::Refuse),
        FirstLoginPolicy::Provision | FirstLoginPolicy::Ask => template.map(FirstLogin::Provision),
    }
}

fn template(text: &str) -> Result<UsernameTemplate, Fault> {
    if !text.contains("{{") {
        let fault = Fault::new("names no claim: everybody would get the same name");
        let claim = text.trim_matches(|c: char| "{}".contains(c) || c.is_whitespace());
        let is_claim = !claim.is_empty() && claim.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let claim = if is_claim { format!("{{{{ {claim} }}}}") } else { TYPED_NAME.to_owned() };
        return Err(fault.fix(format!("write the name of a claim between two braces: username = \"{claim}\"")));
    }
    UsernameTemplate::parse(text).map_err(|why| {
        let fix = match name_that_is_no_variable(text) {
            Some(claim) => format!("write \"{{{{ claims['{claim}'] }}}}\""),
            None => format!("write \"{TYPED_NAME}\" or another claim"),
        };
        Fault::new(format!("is not a template: {why}")).fix(fix)
    })
}

/// The name of a claim in a template that can't be a variable there, such as `cognito:username`.
fn name_that_is_no_variable(template: &str) -> Option<&str> {
    let mut words = template.split(|c: char| !(c.is_alphanumeric() || "_:/.-".contains(c)));
    words.find(|word| word.contains(':') && word.starts_with(|c: char| c.is_alphabetic()))
}
