//! The forms of a merge of two accounts and of its undoing, and the lines about merges on the page of an account.

use super::{ID, path_with, within_return_to};
use crate::accounts::AccountRef;
use crate::admin::ViewerAccess;
use crate::base::ids::{AccountId, OperationId};
use crate::base::parameters::Parameters;
use crate::base::urls::{ADMIN_ACCOUNT, ADMIN_MERGE, ADMIN_UNDO, query};
use crate::store::Merge;
use crate::web::own_form::{FieldError, FormFields, required_values};
use crate::web::pages::MergeLine;

pub const VERSION: &str = "version";
pub const INTO: &str = "into";
pub const OPERATION: &str = "operation";
const SURE: &str = "sure";

/// The form of a merge: the one on the page of the account that is closed, and the one that asks.
pub struct MergeForm {
    pub id: AccountId,
    pub version: u64,
    /// The username of the account that stays, or its id.
    pub into: String,
    pub is_sure: bool,
}

impl FormFields for MergeForm {
    const NAMES: &'static [&'static str] = &[ID, VERSION, INTO, SURE];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, version, into] = required_values(form, [ID, VERSION, INTO]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name two accounts and a version",
        })?;
        let version = version.parse().map_err(|_| "a form with something that is no version")?;
        Ok(Self { id: AccountId::stored(id), version, into, is_sure: is_sure(form) })
    }
}

impl MergeForm {
    pub fn path(&self) -> String {
        let version = self.version.to_string();
        format!("{ADMIN_MERGE}?{}", query(&[(ID, self.id.as_str()), (VERSION, &version), (INTO, &self.into)]))
    }

    pub fn way_back(&self) -> String {
        within_return_to(self.path(), || account_path(&self.id))
    }

    pub fn from(&self) -> AccountRef {
        AccountRef::Id(self.id.clone())
    }
}

/// The form that undoes a merge. `id`: the account whose page it leads back to.
pub struct UndoForm {
    pub id: AccountId,
    pub operation: OperationId,
}

impl FormFields for UndoForm {
    const NAMES: &'static [&'static str] = &[ID, OPERATION];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, operation] = required_values(form, [ID, OPERATION]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one account and one merge",
        })?;
        let operation = operation.parse().map_err(|_| "a form with something that is no id of a merge")?;
        Ok(Self { id: AccountId::stored(id), operation })
    }
}

impl UndoForm {
    pub fn path(&self) -> String {
        undo_path(&self.id, &self.operation)
    }
}

fn is_sure(form: &Parameters) -> bool {
    form.pairs().iter().any(|(name, _)| name == SURE)
}

fn undo_path(id: &AccountId, operation: &OperationId) -> String {
    format!("{ADMIN_UNDO}?{}", query(&[(ID, id.as_str()), (OPERATION, operation.as_str())]))
}

/// A merge on the page of one of its accounts. Only an admin gets a link to undo it.
pub fn line(access: &ViewerAccess, shown_on: &AccountId, merge: &Merge) -> MergeLine {
    let is_closed = merge.from == *shown_on;
    let other = if is_closed { &merge.into_username } else { &merge.from_username };
    let can_undo = merge.undone_at.is_none() && access.admin().is_some();
    MergeLine {
        other: other.to_string(),
        other_href: account_path(if is_closed { &merge.into } else { &merge.from }),
        is_closed,
        merged_on: merge.at.into(),
        undone_on: merge.undone_at.map(Into::into),
        undo_href: can_undo.then(|| undo_path(shown_on, &merge.id)),
    }
}

fn account_path(id: &AccountId) -> String {
    path_with(ADMIN_ACCOUNT, id.as_str(), None)
}
