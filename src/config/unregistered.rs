//! What a config says about a provider whose client is not registered yet. Such a config is not valid: it lacks the
//! client id and the secret. So only the keys are read that the registration needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;

use super::certificates::ca_certificates;
use super::environment::Environment;
use super::mistakes::{MistakePlace, Mistakes};
use super::preset::Preset;
use super::preset_expansion::{expanded, preset_of, providers, text_at};
use super::provider_kind::ProviderKinds;
use super::providers::PrivateAddresses;
use super::reader::{Node, Section, Table, Value, list, parsed, text, web_address};
use super::server::public_url;
use super::{Tree, unreadable};
use crate::base::ids::ProviderId;
use crate::base::text_file::{self, TextFileError};
use crate::base::urls::PublicUrl;

/// Which provider a command is about.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    pub preset: &'static Preset,
    /// `None`: the only provider with this preset; if there is none, a new one with the preset's name.
    pub id: Option<&'w ProviderId>,
    /// The value of the preset's input `host`, in place of the file's.
    pub host: Option<&'w str>,
}

/// A provider whose client is not registered yet.
#[derive(Debug)]
pub struct UnregisteredProvider {
    pub id: ProviderId,
    /// Whether the file has this provider. If not, its keys are those of the preset.
    pub is_in_file: bool,
    pub public_url: Option<PublicUrl>,
    pub token_url: Url,
    pub scopes: Vec<String>,
    pub private_addresses: PrivateAddresses,
    /// As in [`super::Provider`].
    pub ca: Option<Vec<u8>>,
    /// Where the client secret belongs. An absolute path.
    pub secret_file: PathBuf,
    /// As the config names it, relative to its folder.
    pub secret_file_name: String,
}

/// Why the config does not say enough.
#[derive(Debug, thiserror::Error)]
pub enum UnregisteredError {
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The file has several providers with this preset.
    #[error("several providers: {}", .0.join(", "))]
    Several(Vec<String>),
    #[error("{0} is the id of another kind of provider")]
    OtherKind(String),
    /// The file has no such provider, and no host is known.
    #[error("no provider and no host")]
    NoHost,
}

/// Reads what the config says about the provider. The file need not exist.
///
/// # Errors
/// When it does not say enough, or has mistakes in what it says.
pub fn unregistered_provider<S>(
    file: &Path,
    environment: &Environment,
    kinds: &ProviderKinds<S>,
    wanted: Wanted<'_>,
) -> Result<UnregisteredProvider, UnregisteredError> {
    let text = match text_file::read_bytes(file).and_then(text_file::decode) {
        Ok(text) => text,
        Err(TextFileError::Missing) => String::new(),
        Err(why) => return Err(unreadable(file, &why).into()),
    };
    let Tree { mut root, reader, unused: _ } = Tree::read(&text, file, environment, kinds);
    let found = select(&mut root, kinds, wanted)
        .map(|(id, is_in_file)| read(reader.root(&root), kinds, &id, is_in_file, wanted.preset));
    let mistakes = reader.into_mistakes(Vec::new());
    // A line that is not TOML may be the reason why no provider was found.
    if !mistakes.is_empty() {
        return Err(Mistakes::sorted(mistakes).into());
    }
    // No section is left out without a mistake.
    found?.ok_or_else(|| Mistakes::sorted(mistakes).into())
}

/// The id of the wanted provider, and whether the file has it. If not, its table is added.
fn select<S>(
    root: &mut Table,
    kinds: &ProviderKinds<S>,
    wanted: Wanted<'_>,
) -> Result<(String, bool), UnregisteredError> {
    let Wanted { preset, id, host } = wanted;
    let has_preset = |table: &Table| preset_of(table, kinds).is_some_and(|(found, _)| found.name == preset.name);
    let with_preset = providers(root).filter(|table| has_preset(table));
    let ids: Vec<String> = with_preset.filter_map(|table| text_at(table, "id").map(str::to_owned)).collect();
    let id = match (id, ids.as_slice()) {
        (Some(id), _) => id.to_string(),
        (None, []) => preset.name.to_owned(),
        (None, [only]) => only.clone(),
        (None, _) => return Err(UnregisteredError::Several(ids)),
    };
    let is_in_file = ids.contains(&id);
    if !is_in_file {
        if providers(root).any(|table| text_at(table, "id") == Some(&id)) {
            return Err(UnregisteredError::OtherKind(id));
        }
        if host.is_none() {
            return Err(UnregisteredError::NoHost);
        }
        let table = BTreeMap::from([("id".to_owned(), node(&id)), ("kind".to_owned(), node(preset.name))]);
        let list = root.entry("provider".to_owned()).or_insert_with(|| in_no_line(Value::List(Vec::new())));
        if let Value::List(items) = &mut list.value {
            items.push(in_no_line(Value::Table(table)));
        }
    }
    if let Some(host) = host {
        for table in providers(root).filter(|table| text_at(table, "id") == Some(&id)) {
            table.insert("host".to_owned(), node(host));
        }
    }
    Ok((id, is_in_file))
}

fn node(text: &str) -> Node {
    in_no_line(Value::Text(text.to_owned()))
}

fn in_no_line(value: Value) -> Node {
    Node { place: MistakePlace::File, value, inputs: Vec::new() }
}

fn read<S>(
    mut root: Section,
    kinds: &ProviderKinds<S>,
    id: &str,
    is_in_file: bool,
    preset: &Preset,
) -> Option<UnregisteredProvider> {
    let public_url = root.table("server").optional("public_url", parsed(public_url));
    let section = root.tables("provider").into_iter().find(|section| section.id().as_deref() == Some(id))?;
    let keys = expanded(section.keys(), kinds)?;
    let mut section = section.with_keys(&keys);
    preset.check_inputs(&mut section);
    let id = section.required("id", "\"uni\"", parsed(str::parse::<ProviderId>));
    let token_url = section.required("token_url", "\"https://social.example/oauth/token\"", parsed(web_address));
    let scopes = section.optional("scopes", list(text)).unwrap_or_default();
    let secret_file_name = section.optional("client_secret_file", text);
    let private_addresses = PrivateAddresses::read(&mut section);
    let ca = ca_certificates(&mut section);
    let id = id?;
    let secret_file_name = secret_file_name.unwrap_or_else(|| format!("{id}.secret"));
    Some(UnregisteredProvider {
        is_in_file,
        public_url,
        token_url: token_url?,
        scopes,
        private_addresses,
        ca,
        secret_file: section.folder().join(&secret_file_name),
        secret_file_name,
        id,
    })
}
