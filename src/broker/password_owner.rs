//! The account whose password was refused, for the log and the audit.
//!
//! Each refusal of a name or a password makes one look-up, whether or not an account is known. So the time does not
//! show whether there is an account (security rule C42).

use std::sync::Arc;

use super::Broker;
use super::context::Context;
use super::live_config::Provider;
use super::refusal::Cause;
use super::throttle::LoginThrottle;
use crate::base::ids::{AccountId, Subject};
use crate::base::redaction::Redaction;
use crate::base::username::folded;
use crate::signin::account::Account;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::store::StoreError;

/// The person whose password was refused.
#[derive(Debug)]
pub(super) enum PasswordOwner {
    /// The owner of this account.
    Account(Box<Account>),
    /// A person without an account here, whom the provider calls by this subject.
    Named(Subject),
    Unknown,
}

impl Broker {
    /// Finds the person whose password this provider refused, if known.
    pub(super) async fn owner_of_password(
        &self,
        throttle: &LoginThrottle<'_>,
        typed: &Credentials,
        provider: &Arc<Provider>,
        rejection: &NotAccepted,
    ) -> PasswordOwner {
        let subject = match rejection {
            NotAccepted::Refused { why: RefusalReason::AccountDisabledHere, .. } => {
                match throttle.disabled_account(&provider.id) {
                    // It was looked up after the module accepted the password.
                    Some(account) => return PasswordOwner::Account(Box::new(account)),
                    None => return PasswordOwner::Unknown,
                }
            }
            // Some providers don't say whose password was wrong, but an earlier answer did.
            NotAccepted::Refused { subject: None, .. } if provider.module.local_passwords().is_none() => {
                throttle.subject(&provider.id)
            }
            NotAccepted::Refused { subject, .. } => subject.clone(),
            NotAccepted::Unknown => None,
            NotAccepted::Throttled(Throttled { by: ThrottledBy::Account, .. }) => {
                match throttle.subject(&provider.id) {
                    // After a restart, only the name itself leads to the account.
                    None if provider.module.local_passwords().is_some() => return self.owner_of_name(typed).await,
                    named => named,
                }
            }
            NotAccepted::Throttled(Throttled {
                by:
                    ThrottledBy::Network
                    | ThrottledBy::NetworkAtServer
                    | ThrottledBy::Server
                    | ThrottledBy::AttemptsInFlight,
                ..
            })
            | NotAccepted::NotAvailable(_)
            | NotAccepted::Busy(_) => return PasswordOwner::Unknown,
        };
        let Some(subject) = subject else {
            self.read_dummy_account(provider).await;
            return PasswordOwner::Unknown;
        };
        match self.account_of_subject(provider, subject.clone()).await {
            Ok(Some(account)) => PasswordOwner::Account(Box::new(account)),
            Ok(None) if !contains_typed_words(subject.as_str(), typed) => PasswordOwner::Named(subject),
            Ok(None) | Err(_) => PasswordOwner::Unknown,
        }
    }

    /// Why nobody may sign in to the account of this right password, which an admin disabled, removed or unlinked while
    /// the password was being checked.
    pub(super) async fn closed_meanwhile(&self, identity: &ExternalIdentity) -> Cause {
        match self.store.account(&AccountId::stored(identity.key.subject.as_str().to_owned())).await {
            Ok(Some(account)) => match account.disabled.clone() {
                Some(disabled) => Cause::AccountDisabled(Box::new(account), disabled),
                None => Cause::unlinked(identity),
            },
            Ok(None) => Cause::PasswordRefused(RefusalReason::RemovedMeanwhile),
            Err(why) => Cause::Store(why),
        }
    }

    /// The account that has the typed name. A name without an account is never logged: it may be a password.
    async fn owner_of_name(&self, typed: &Credentials) -> PasswordOwner {
        let Ok(name) = typed.name().expose().trim().parse() else { return PasswordOwner::Unknown };
        match self.store.account_by_name(&name).await {
            Ok(Some(account)) => PasswordOwner::Account(Box::new(account)),
            Ok(None) | Err(_) => PasswordOwner::Unknown,
        }
    }

    /// Takes as long as the look-up of an account. No account has an empty subject.
    pub(super) async fn read_dummy_account(&self, provider: &Provider) {
        let _nobody = self.account_of_subject(provider, Subject::from("")).await;
    }

    async fn account_of_subject(&self, provider: &Provider, subject: Subject) -> Result<Option<Account>, StoreError> {
        if provider.module.local_passwords().is_some() {
            // The subject is the account's id. The account may be linked to no identity of this provider.
            return self.store.account(&AccountId::stored(subject.as_str().to_owned())).await;
        }
        let issuer = provider.module.issuer().clone();
        self.store.account_by_identity(&IdentityKey { provider: provider.id.clone(), issuer, subject }).await
    }
}

/// Whether a subject contains the typed name or password, which must not be logged (C56). Some subjects contain the
/// name, and a broken webhook may send the password.
fn contains_typed_words(subject: &str, typed: &Credentials) -> bool {
    folded(subject).contains(folded(typed.name().expose()).trim())
        || Redaction::of([typed.password().expose().as_str()]).is_in(subject)
}

impl PasswordOwner {
    /// The cause for a disabled account: who disabled it, and when.
    pub fn into_disabled_cause(self) -> Cause {
        match self {
            Self::Account(account) => match account.disabled.clone() {
                Some(disabled) => Cause::AccountDisabled(account, disabled),
                None => Cause::PasswordRefused(RefusalReason::AccountDisabledHere),
            },
            Self::Named(_) | Self::Unknown => Cause::PasswordRefused(RefusalReason::AccountDisabledHere),
        }
    }
}

impl Context {
    /// Adds the person whose password was refused.
    pub(super) fn with_password_owner(self, owner: &PasswordOwner) -> Self {
        match owner {
            PasswordOwner::Account(account) => Self { account: Some(account.id_and_username()), ..self },
            PasswordOwner::Named(subject) => Self { refused_subject: Some(subject.clone()), ..self },
            PasswordOwner::Unknown => self,
        }
    }
}
