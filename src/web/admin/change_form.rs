//! What the forms of a change of an account say.

use super::ID;
use crate::accounts::AccountDetails;
use crate::base::ids::{AccountId, Group, ProviderId};
use crate::base::parameters::Parameters;
use crate::base::urls::{ADMIN_CHANGE, query};
use crate::base::username::Username;
use crate::broker::LiveConfig;
use crate::signin::identify::IdentityKey;
use crate::web::own_form::{FieldError, FormFields, required_values};
use crate::web::pages::ChangeKind;

const VERSION: &str = "version";
const ACT: &str = "act";
const VALUE: &str = "value";
/// The tick of an admin who unlinks the last identity that works.
const SURE: &str = "sure";

/// A change of an account, as a form says it: the one on the page of the account, and the one that asks.
pub struct ChangeForm {
    pub id: AccountId,
    /// The version of the account that the page has shown.
    pub version: u64,
    pub kind: ChangeKind,
    pub value: String,
    pub is_sure: bool,
}

/// A change whose values can be used.
pub enum Wanted {
    Join(Group),
    Leave(Group),
    Link { key: IdentityKey, subject_source: String },
    Unlink(IdentityKey),
    Rename(Username),
}

impl FormFields for ChangeForm {
    const NAMES: &'static [&'static str] = &[ID, VERSION, ACT, VALUE, SURE];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, version, act, value] =
            required_values(form, [ID, VERSION, ACT, VALUE]).map_err(|error| match error {
                FieldError::NotUtf8 => "a form that is not UTF-8",
                FieldError::Missing => "a form that does not name one account, its version, one change and its value",
            })?;
        let kind = ChangeKind::ALL.into_iter().find(|known| known.as_str() == act);
        Ok(Self {
            id: AccountId::stored(id),
            version: version.parse().map_err(|_| "a form with something that is no version")?,
            kind: kind.ok_or("a form with an unknown change")?,
            value,
            is_sure: form.pairs().iter().any(|(name, _)| name == SURE),
        })
    }
}

impl ChangeForm {
    /// The page that says what the change would do.
    pub fn path(&self) -> String {
        path(&self.id, self.version, self.kind, &self.value)
    }

    /// `None`: the value can't be used.
    pub fn wanted(&self, config: &LiveConfig, account: &AccountDetails) -> Option<Wanted> {
        let value = self.value.trim();
        match self.kind {
            ChangeKind::Join => Group::parse(value).ok().map(Wanted::Join),
            ChangeKind::Leave => {
                let group = account.groups.iter().find(|group| group.as_str() == self.value);
                group.cloned().map(Wanted::Leave)
            }
            ChangeKind::Link => {
                let (provider, subject) = value.split_once(':')?;
                let (key, subject_source) = config.linkable(&provider.parse::<ProviderId>().ok()?, subject)?;
                Some(Wanted::Link { key, subject_source })
            }
            ChangeKind::Unlink => {
                let keys = account.identities.iter().flatten().map(crate::accounts::Identity::key);
                keys.into_iter().find(|key| key.tag() == self.value).map(Wanted::Unlink)
            }
            ChangeKind::Rename => value.parse().ok().map(Wanted::Rename),
        }
    }
}

pub fn path(id: &AccountId, version: u64, kind: ChangeKind, value: &str) -> String {
    let version = version.to_string();
    let parameters = [(ID, id.as_str()), (VERSION, &version), (ACT, kind.as_str()), (VALUE, value)];
    format!("{ADMIN_CHANGE}?{}", query(&parameters))
}
