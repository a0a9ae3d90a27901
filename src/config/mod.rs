//! The config file: one TOML text becomes checked values, or a list of all its mistakes.
//!
//! Each part asks a [`reader::Section`] for its keys. A kind of provider reads its own keys with the same reader, by
//! [`ProviderKind`].

mod access_requests;
mod admin;
mod app;
mod app_addresses;
mod authserver;
mod authoritative_domains;
mod certificates;
mod database;
mod environment;
mod galene;
mod image;
mod known_providers;
mod mistakes;
pub mod preset;
mod preset_expansion;
mod provider_kind;
mod providers;
pub mod reader;
mod rules;
mod server;
mod unregistered;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use access_requests::AccessRequestSettings;
pub use admin::{AdminSettings, RoleGrant};
pub use database::{DatabaseUrl, Synchronous};
pub use environment::{Environment, KNOWN_VARIABLES};
pub use galene::GaleneApi;
pub use mistakes::{Mistake, MistakePlace, Mistakes};
pub use preset_expansion::{Expanded, expansions};
pub use provider_kind::{AccountOrigin, ProviderDefaults, ProviderKind, ProviderKinds, SignInMethod};
pub use providers::{PrivateAddresses, Provider};
pub use server::{AccountSettings, AuditSettings, Brand, LogFormat, LogSettings, ServerSettings, SessionLifetimes};
pub use unregistered::{UnregisteredError, UnregisteredProvider, Wanted, unregistered_provider};

use crate::apps::{self, AppKinds};
use crate::base::shell;
use crate::base::text_file::{self, TextFileError};
use crate::signin::app::App;
use environment::UnusedVariable;
use known_providers::KnownProviders;
use reader::{Fault, Reader, Section, Table};

/// The whole config. `S`: the settings that a kind of provider reads itself.
#[derive(Debug, Clone)]
pub struct Config<S> {
    /// As the command named it, for messages.
    pub file: PathBuf,
    pub server: ServerSettings,
    pub database: DatabaseUrl,
    pub session: SessionLifetimes,
    pub accounts: AccountSettings,
    pub admin: AdminSettings,
    pub access_requests: AccessRequestSettings,
    pub audit: AuditSettings,
    pub log: LogSettings,
    pub brand: Brand,
    /// In the order of the file; never empty.
    pub providers: Vec<Provider<S>>,
    /// In the order of the file; never empty.
    pub apps: Vec<Arc<App>>,
    /// One for each app whose Galène groups get our keys.
    pub galene_apis: Vec<Arc<GaleneApi>>,
    /// The files that secrets were read from: `client_secret_file` and its like. Absolute paths.
    pub secret_files: BTreeSet<PathBuf>,
    /// The keys of the file that hold a secret themselves: `provider.uni.client_secret`.
    pub secrets_inline: Vec<String>,
    /// Variables that begin like ours but are unknown. They are probably misspelt.
    pub unknown_variables: Vec<Mistake>,
    /// Valid settings that may be a mistake, for the log and for `vestibule check`.
    pub warnings: Vec<Mistake>,
}

/// Reads the config file and what it names.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn load<S>(file: &Path, environment: &Environment, kinds: &ProviderKinds<S>) -> Result<Config<S>, Mistakes> {
    match text_file::read_bytes(file).and_then(text_file::decode) {
        Ok(text) => read(&text, file, environment, kinds),
        Err(why) => Err(unreadable(file, &why)),
    }
}

fn unreadable(file: &Path, why: &TextFileError) -> Mistakes {
    let fix = match why {
        TextFileError::Missing => {
            let word = shell::argument(&file.to_string_lossy()).unwrap_or_else(|| "FILE".to_owned());
            format!("`vestibule init --config {word}` writes one")
        }
        TextFileError::Folder => format!("name the file in it: --config {}", file.join("vestibule.toml").display()),
        TextFileError::Denied => "let the user that runs Vestibule read it".to_owned(),
        TextFileError::UnusablePath(_) => "write another path".to_owned(),
        TextFileError::Io(_) => "check its disk".to_owned(),
        TextFileError::Utf16 | TextFileError::Encoding { .. } => "save it in UTF-8".to_owned(),
        TextFileError::Special | TextFileError::TooLarge | TextFileError::Binary { .. } => {
            "name a config file: --config FILE".to_owned()
        }
    };
    Mistakes::of_file(file, why.to_string(), fix)
}

/// Reads the `text` of `file`; paths in it are relative to the file's folder.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn read<S>(
    text: &str,
    file: &Path,
    environment: &Environment,
    kinds: &ProviderKinds<S>,
) -> Result<Config<S>, Mistakes> {
    read_with_app_kinds(text, file, environment, kinds, &apps::KINDS)
}

/// As [`read`], for a server that offers other kinds of app.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn read_with_app_kinds<S>(
    text: &str,
    file: &Path,
    environment: &Environment,
    kinds: &ProviderKinds<S>,
    app_kinds: &AppKinds,
) -> Result<Config<S>, Mistakes> {
    let Tree { root, reader, unused } = Tree::read(text, file, environment, kinds);
    let config = read_sections(reader.root(&root), file, kinds, app_kinds);

    let noted = |unused: Vec<UnusedVariable>| {
        let place = |it: &UnusedVariable| MistakePlace::Variable(it.variable.clone());
        let noted = unused.into_iter().map(|it| note(file, place(&it), it.what, Some(it.fix)));
        noted.collect::<Vec<_>>()
    };
    let others = environment::not_overrides(&root, environment, &|section| reader.keys_of(section));
    let found = reader.into_mistakes(noted(unused.into_iter().chain(others.misspelt).collect()));
    match config {
        Some(config) if found.is_empty() => Ok(Config { unknown_variables: noted(others.unknown), ..config }),
        None if found.is_empty() => Err(Mistakes::of_file(
            file,
            "a provider is refused without a reason".into(),
            "remove one provider after another to find it".into(),
        )),
        Some(_) | None => Err(Mistakes::sorted(found)),
    }
}

/// The tables of the file, with the variables of the environment in them, before presets add their keys.
struct Tree {
    root: Table,
    reader: Reader,
    /// Variables that override nothing.
    unused: Vec<UnusedVariable>,
}

impl Tree {
    fn read<S>(text: &str, file: &Path, environment: &Environment, kinds: &ProviderKinds<S>) -> Self {
        let (mut root, faults) = reader::parse(text);
        let broken = faults.into_iter().map(|fault| note(file, fault.place, format!("not TOML: {}", fault.what), None));
        let reader = Reader::new(file, text, broken.collect());
        for key in ["provider", "app"] {
            for fault in reader::list_named_tables(&mut root, key) {
                reader.note(note(file, fault.place, fault.what, Some(fault.fix)));
            }
        }
        preset_expansion::name_after_presets(&mut root, kinds);
        let unused = environment::overlay(&mut root, environment);
        Self { root, reader, unused }
    }
}

/// A mistake outside of the tables.
fn note(file: &Path, place: MistakePlace, what: String, fix: Option<String>) -> Mistake {
    Mistake { file: file.to_owned(), place, section: String::new(), key: None, what, fix }
}

fn read_sections<S>(
    mut root: Section,
    file: &Path,
    kinds: &ProviderKinds<S>,
    app_kinds: &AppKinds,
) -> Option<Config<S>> {
    let server = read_section(&mut root, "server", ServerSettings::read);
    let database = read_section(&mut root, "database", DatabaseUrl::read);
    let session = read_section(&mut root, "session", SessionLifetimes::read);
    let accounts = read_section(&mut root, "accounts", AccountSettings::read);
    let access_requests = read_section(&mut root, "access_requests", AccessRequestSettings::read);
    let audit = read_section(&mut root, "audit", AuditSettings::read);
    let log = read_section(&mut root, "log", LogSettings::read);
    let brand = read_section(&mut root, "brand", Brand::read);

    let sections = unique_sections(&mut root, "provider", "add [[provider]]: without one nobody can sign in");
    let method = |section: &Section| Some(kinds.named(&section.kind()?)?.method());
    let known = KnownProviders(sections.iter().filter_map(|section| Some((section.id()?, method(section)))).collect());
    let admin = read_section(&mut root, "admin", |section| AdminSettings::read(section, &known));
    providers::reject_second_local_provider(&sections, kinds);
    let providers: Vec<_> = sections.into_iter().map(|section| Provider::read(section, kinds, accounts)).collect();
    let sections = unique_sections(&mut root, "app", "add [[app]]: without one nobody can sign in");
    let read: Vec<_> = sections.into_iter().map(|section| app::read(section, app_kinds, &known)).collect();
    let (secret_files, secrets_inline, warnings) = (root.secret_files(), root.secrets_inline(), root.warnings());
    root.close();
    let read: Option<Vec<_>> = read.into_iter().collect();
    let (apps, galene_apis): (Vec<_>, Vec<_>) = read?.into_iter().unzip();

    Some(Config {
        file: file.to_owned(),
        server: server?,
        database: database?,
        session,
        accounts,
        admin,
        access_requests,
        audit,
        log,
        brand,
        providers: providers.into_iter().collect::<Option<_>>()?,
        galene_apis: galene_apis.into_iter().flatten().map(Arc::new).collect(),
        apps: apps.into_iter().map(Arc::new).collect(),
        secret_files,
        secrets_inline,
        unknown_variables: Vec::new(),
        warnings,
    })
}

fn read_section<T>(root: &mut Section, key: &str, read: impl Fn(&mut Section) -> T) -> T {
    let mut section = root.table(key);
    let value = read(&mut section);
    section.close();
    value
}

/// The tables of one list, at least one, no two with the same id.
fn unique_sections<'r>(root: &mut Section<'r>, key: &str, fix: &str) -> Vec<Section<'r>> {
    let sections = root.some_tables(key, fix);
    let mut seen = BTreeSet::new();
    for section in &sections {
        if let Some(id) = section.id().filter(|id| !seen.insert(id.clone())) {
            section.note_fault("id", Fault::new(format!("\"{id}\" is taken by another {key}")).fix("choose another"));
        }
    }
    sections
}
