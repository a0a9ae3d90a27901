//! The keys of `kind = "ldap"`.

use std::collections::BTreeMap;
use std::time::Duration;

use ldap3::Scope;

use super::dn::Dn;
use super::preset::{Defaults, NameForm, PRESETS, Preset};
use super::server::{Encryption, Server, parse_address};
use super::template::{DnTemplate, Filter, is_attribute};
use super::value::{attribute, dn, holds_passwords, subject_attribute, template_fault};
use crate::base::ids::Issuer;
use crate::base::secret::Secret;
use crate::config::reader::{Fault, Section, boolean, integer, non_empty_list, one_of, parsed, text};
use crate::upstream::settings::check_timeout;

/// The keys of one directory.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    pub issuer: Issuer,
    /// In the order of use. At least one.
    pub servers: Vec<Server>,
    pub login_method: LoginMethod,
    pub name_form: NameForm,
    pub subject_attribute: String,
    /// Claim → attribute.
    pub claims: BTreeMap<String, String>,
    pub email_trust: EmailTrust,
    pub member_of: MemberOf,
    pub group_search: Option<GroupSearch>,
    /// For a whole check.
    pub timeout: Duration,
    /// How many checks run at once.
    pub at_once: usize,
}

/// How a name and a password are checked.
#[derive(Debug, Clone)]
pub enum LoginMethod {
    /// A bind as the DN that the template builds from the name.
    Direct(DnTemplate),
    /// A bind as the one entry that a search finds.
    Search(Search),
}

/// How the entry of a person is searched for.
#[derive(Debug, Clone)]
pub struct Search {
    pub base: String,
    pub filter: Filter,
    pub scope: Scope,
    pub searcher: Searcher,
    /// The attribute with the hash to compare with, instead of a bind.
    pub compare: Option<String>,
}

/// Who searches.
#[derive(Debug, Clone)]
pub enum Searcher {
    Account(ServiceAccount),
    /// Anonymously, as the config asks.
    Anonymous,
}

/// The account that searches.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    pub dn: String,
    pub password: Secret<String>,
    /// Where the password is configured: `provider.uni.service_password_file (uni.secret)`.
    pub place: String,
}

/// Whether e-mail addresses count as verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailTrust {
    /// The operator vouches for them: people can't change them in the directory.
    Verified,
    Unverified,
}

/// The attribute of a person's entry that names groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberOf {
    pub attribute: String,
    pub groups: GroupNameForm,
}

/// Which part of a group's DN is the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupNameForm {
    Dn,
    /// The value of its first part: `staff` of `cn=staff,ou=groups,…`.
    Name,
}

/// How groups are searched for. `attribute` holds a group's name.
#[derive(Debug, Clone)]
pub struct GroupSearch {
    pub base: String,
    pub filter: Filter,
    pub attribute: String,
}

impl LdapSettings {
    /// The attributes to read of a person's entry. Servers send the subject's only on request (RFC 4530 §2).
    #[must_use]
    pub fn attributes(&self) -> Vec<String> {
        let compare = match &self.login_method {
            LoginMethod::Search(search) => search.compare.as_ref(),
            LoginMethod::Direct(_) => None,
        };
        let more = [&self.subject_attribute, &self.member_of.attribute];
        more.into_iter().chain(compare).chain(self.claims.values()).cloned().collect()
    }
}

const AT_ONCE: usize = 16;

/// Reads the keys of this kind, in addition to those that all kinds share.
pub fn parse(section: &mut Section) -> Option<LdapSettings> {
    let fault = Fault::new("means nothing here: a directory may be in a private network");
    section.reject_key("allow_private", fault.fix("leave it out"));
    let preset = section.optional("preset", one_of(&PRESETS, &[])).unwrap_or(Preset::OpenLdap);
    let defaults = preset.defaults();
    let servers = servers(section);
    let login_method = login_method(section, &defaults);
    let own_issuer = section.optional("issuer", text);
    let subject_attribute = section.optional("subject_attribute", parsed(subject_attribute));
    let claims = claims(section, &defaults);
    let email_verified = section.optional("email_verified", boolean).unwrap_or(false);
    let member_of = member_of(section);
    let group_search = group_search(section, &defaults);
    let timeout = section.optional("timeout", check_timeout).unwrap_or(Duration::from_secs(5));
    let at_once = section.optional("at_once", integer(1..=256)).map_or(AT_ONCE, |count| count as usize);
    let name_form = name_form(section, preset);
    let login_method = login_method?;
    Some(LdapSettings {
        issuer: Issuer::from(own_issuer.unwrap_or_else(|| issuer(&login_method))),
        servers: servers?,
        login_method,
        name_form,
        subject_attribute: subject_attribute.unwrap_or_else(|| defaults.subject_attribute.to_owned()),
        claims,
        email_trust: if email_verified { EmailTrust::Verified } else { EmailTrust::Unverified },
        member_of,
        group_search,
        timeout,
        at_once,
    })
}

/// Named after the tree with the people, and not after a server: any server may answer, and servers may move. All
/// spellings of a DN give the same issuer.
fn issuer(login_method: &LoginMethod) -> String {
    let base = match login_method {
        LoginMethod::Direct(template) => template.parent(),
        LoginMethod::Search(search) => &search.base,
    };
    format!("ldap:{}", canonical_base(base))
}

/// The same text for all spellings of a DN. Active Directory accepts bases that are no DNs, such as `<GUID=…>`.
pub(super) fn canonical_base(base: &str) -> String {
    Dn::parse(base).map_or_else(|| base.trim().to_lowercase(), |dn| dn.to_string())
}

fn servers(section: &mut Section) -> Option<Vec<Server>> {
    let words = [("required", Encryption::Required), ("none-on-loopback", Encryption::NoneOnLoopback)];
    let encryption = section.optional("encryption", one_of(&words, &[])).unwrap_or(Encryption::Required);
    let read = non_empty_list(parsed(move |text| parse_address(text, encryption)));
    section.required("servers", "[\"ldaps://ldap.example.org\"]", read)
}

fn login_method(section: &mut Section, defaults: &Defaults) -> Option<LoginMethod> {
    if !section.has("bind_dn") {
        return search(section, defaults).map(LoginMethod::Search);
    }
    for key in
        ["base", "filter", "scope", "service_dn", "service_password", "service_password_file", "anonymous", "compare"]
    {
        let fault = Fault::new("is for searching, and with bind_dn there is no search");
        section.reject_key(key, fault.fix(format!("leave out {key}, or bind_dn")));
    }
    let template = |text: &str| {
        DnTemplate::parse(text).map_err(|why| template_fault(why, "\"uid={username},ou=people,dc=example,dc=org\""))
    };
    section.optional("bind_dn", parsed(template)).map(LoginMethod::Direct)
}

fn search(section: &mut Section, defaults: &Defaults) -> Option<Search> {
    let base = section.required("base", "\"ou=people,dc=example,dc=org\", or bind_dn", parsed(dn));
    let filter = section.optional(
        "filter",
        parsed(|text| Filter::of_people(text).map_err(|why| template_fault(why, "\"(uid={username})\""))),
    );
    let given = section.has("filter");
    let scopes = [("subtree", Scope::Subtree), ("one", Scope::OneLevel)];
    let scope = section.optional("scope", one_of(&scopes, &[])).unwrap_or(Scope::Subtree);
    let searcher = searcher(section);
    let compare = section.optional("compare", parsed(attribute));
    let filter = filter.or_else(|| Filter::of_people(defaults.filter).ok().filter(|_| !given));
    Some(Search { base: base?, filter: filter?, scope, searcher: searcher?, compare })
}

fn searcher(section: &mut Section) -> Option<Searcher> {
    let anonymous = section.optional("anonymous", boolean).unwrap_or(false);
    let password = section.secret("service_password");
    let given = ["service_dn", "service_password", "service_password_file"].into_iter().find(|key| section.has(key));
    if anonymous {
        if let Some(key) = given {
            let fault = Fault::new("is never used with anonymous = true");
            section.note_fault(key, fault.fix("leave one of the two out"));
        }
        section.optional("service_dn", text);
        return Some(Searcher::Anonymous);
    }
    let fix = "\"cn=vestibule,ou=services,dc=example,dc=org\", or anonymous = true, or bind_dn";
    let dn = section.required("service_dn", fix, text);
    if !section.has("service_password") && !section.has("service_password_file") {
        section.note_missing("service_password", "add service_password_file = \"…\": the password of service_dn");
    }
    let password = password?;
    Some(Searcher::Account(ServiceAccount { dn: dn?, password: password.value, place: password.place }))
}

fn claims(section: &mut Section, defaults: &Defaults) -> BTreeMap<String, String> {
    let configured = section.texts("claims");
    for (claim, attribute) in &configured {
        let fault = match claim.as_str() {
            "email_verified" => Fault::new("can't take email_verified from an attribute")
                .fix("set email_verified = true beside it, if people can't change their own address there"),
            "groups" => Fault::new("can't take groups from an attribute").fix("use member_of and group_base"),
            "sub" | "iss" => Fault::new(format!("can't set \"{claim}\"")).fix("use subject_attribute or issuer"),
            _ if !is_attribute(attribute) => {
                Fault::new(format!("takes {claim} from {attribute:?}, which names no attribute"))
            }
            _ if holds_passwords(attribute) => {
                Fault::new(format!("takes {claim} from {attribute}, which holds passwords"))
                    .fix("name another attribute, such as \"displayName\"")
            }
            _ => continue,
        };
        section.note_fault("claims", fault);
    }
    let preset_claims = defaults.claims.iter().map(|(claim, attribute)| ((*claim).to_owned(), (*attribute).to_owned()));
    preset_claims.chain(configured).collect()
}

fn member_of(section: &mut Section) -> MemberOf {
    let own = section.optional("member_of", parsed(attribute));
    let words = [("dn", GroupNameForm::Dn), ("name", GroupNameForm::Name)];
    let groups = section.optional("member_of_as", one_of(&words, &[])).unwrap_or(GroupNameForm::Dn);
    MemberOf { attribute: own.unwrap_or_else(|| "memberOf".to_owned()), groups }
}

fn group_search(section: &mut Section, defaults: &Defaults) -> Option<GroupSearch> {
    let base = section.optional("group_base", parsed(dn));
    let filter = section.optional(
        "group_filter",
        parsed(|text| Filter::of_groups(text).map_err(|why| template_fault(why, "\"(member={dn})\""))),
    );
    let attribute = section.optional("group_attribute", parsed(attribute));
    if let Some(key) = ["group_filter", "group_attribute"].into_iter().find(|key| section.has(key))
        && !section.has("group_base")
    {
        section.note_fault(key, Fault::new("is for searching groups").fix("add group_base = \"ou=groups,…\""));
    }
    let filter = filter.or_else(|| Filter::of_groups(defaults.group_filter).ok());
    Some(GroupSearch { base: base?, filter: filter?, attribute: attribute.unwrap_or_else(|| "cn".to_owned()) })
}

fn name_form(section: &mut Section, preset: Preset) -> NameForm {
    match preset {
        Preset::ActiveDirectory => NameForm::DownLevel { domain: section.optional("domain", text) },
        Preset::OpenLdap => {
            let fault = Fault::new("is for preset = \"active-directory\"");
            section.reject_key("domain", fault.fix("leave it out"));
            NameForm::Plain
        }
    }
}
