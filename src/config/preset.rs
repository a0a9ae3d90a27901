//! Presets: what a well-known provider needs, as the keys of the config that an operator would write by hand.
//!
//! `kind = "google"` stands for the kind and the keys of Google's preset. A key that the file has is never replaced.

mod input;

pub use input::{Input, InputForm, is_guid};

use serde::{Deserialize, Serialize};

use super::reader::Section;

/// One well-known provider. Each is a file of TOML, with these keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// As the config names it, `kind = "google"`. It is the file's name.
    #[serde(skip)]
    pub name: &'static str,
    /// The provider's own name. It is the default of the key `name`.
    pub title: String,
    /// The kind of provider whose keys it sets.
    pub base: String,
    /// What only the operator knows, such as the address of their own server.
    #[serde(default, rename = "input")]
    pub inputs: Vec<Input>,
    /// Keys of the config. `{host}` in a text stands for the input `host`.
    pub config: toml::Table,
    /// Keys in place of these, if the file maps groups: an app should ask for no right that it doesn't use.
    #[serde(default)]
    pub with_groups: toml::Table,
    /// A key that must be there and that no default can fill, beside `client_id`; mostly `client_secret_file`.
    #[serde(default)]
    pub secret: SecretKey,
    pub identity: Identity,
    pub button: Button,
    pub registration: Registration,
    #[serde(default)]
    pub subject_scope: SubjectScope,
}

/// Within what a person has one subject. Another one makes strangers of all people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectScope {
    #[default]
    Provider,
    /// All clients of one owner: a team of developers, an account, an agency.
    Owner,
    Client,
}

/// What proves to the provider who our client is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretKey {
    #[default]
    ClientSecretFile,
    /// A private key, with which Vestibule signs.
    ClientKeyFile,
}

/// The button of the sign-in page. Some providers prescribe its words and its looks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Button {
    /// The name of an image among our own: `google`. `None`: the first letter of the name.
    pub icon: Option<String>,
    pub wording: Wording,
    pub colors: Colors,
    /// A second line, which says who has an account there.
    pub audience: Option<Audience>,
    /// Whether it stands before the others and a search never hides it, so that nobody has to scroll.
    pub always_in_view: bool,
}

/// The words of a button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wording {
    #[default]
    ContinueWith,
    SignInWith,
}

/// The colours of a button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colors {
    /// Those of the page.
    #[default]
    Page,
    /// Black on white, with a black outline, in light and in dark mode.
    BlackOnWhite,
}

/// Who has an account at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    WorkOrSchool,
}

/// What the provider says about people, in words for operators.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// What the subject is, and what it is not.
    pub subject: String,
    /// When an e-mail address counts as verified.
    pub email: String,
}

/// Where an operator registers Vestibule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The place in the provider's own words: menus and the name of the field for the redirect address.
    pub place: String,
    /// What people stumble over.
    pub notes: Option<String>,
    /// The path of an API that registers clients as Mastodon's does, on the server of `token_url`.
    pub clients_api: Option<String>,
}

impl Preset {
    /// Reads a preset's file.
    ///
    /// # Errors
    /// When it has another form.
    pub fn read(name: &'static str, text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text).map(|preset| Self { name, ..preset })
    }

    /// Reads the inputs, to report wrong or missing ones. [`super::preset_expansion`] has put them into the other keys.
    pub(super) fn check_inputs(&self, section: &mut Section) {
        for input in self.inputs.iter().filter(|input| input.form != InputForm::KeyOfKind) {
            let read = |node: &super::reader::Node| super::reader::parsed(|text| input.form.check(text))(node);
            let is_replaced = input.unless.as_ref().is_some_and(|key| section.has(key));
            if input.default.is_some() || is_replaced {
                section.optional(&input.key, read);
            } else {
                section.required(&input.key, &format!("{:?}", input.example), read);
            }
        }
    }

    /// The lines of config that an operator writes: the kind, the inputs without a default, the client and its secret.
    #[must_use]
    pub fn minimal_config(&self) -> String {
        self.minimal_config_with(|input| &input.example)
    }

    /// As [`Self::minimal_config`], with other values of the inputs than their examples.
    pub fn minimal_config_with<'p>(&'p self, value_of: impl Fn(&'p Input) -> &'p str) -> String {
        let mut lines = vec![format!("kind = {:?}", self.name)];
        let required = self.inputs.iter().filter(|input| input.default.is_none());
        lines.extend(required.map(|input| format!("{} = {:?}", input.key, value_of(input))));
        lines.push("client_id = \"…\"".to_owned());
        lines.push(format!("{} = {:?}", self.secret.key(), self.secret_file()));
        lines.join("\n")
    }

    /// All keys that it sets, as a config has them.
    #[must_use]
    pub fn keys(&self) -> String {
        let mut keys = toml::Table::new();
        keys.insert("kind".to_owned(), self.base.clone().into());
        keys.insert("name".to_owned(), self.title.clone().into());
        keys.extend(self.config.clone());
        as_config(&keys)
    }

    /// The keys that it sets if the file maps groups, and else doesn't. Empty if there is none.
    #[must_use]
    pub fn keys_with_groups(&self) -> String {
        as_config(&self.with_groups)
    }

    /// The name of the file that holds the secret, in examples.
    #[must_use]
    pub fn secret_file(&self) -> String {
        match self.secret {
            SecretKey::ClientSecretFile => format!("{}.secret", self.name),
            SecretKey::ClientKeyFile => format!("{}.pem", self.name),
        }
    }
}

/// The keys, each with its value on one line.
fn as_config(keys: &toml::Table) -> String {
    let lines: Vec<_> = keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    lines.join("\n")
}

impl SecretKey {
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ClientSecretFile => "client_secret_file",
            Self::ClientKeyFile => "client_key_file",
        }
    }
}
