//! The account that a refused password was tried at, for the log and for an admin who is asked.

use std::sync::Arc;

use super::Broker;
use super::context::Context;
use super::refusal::Cause;
use super::site::Provider;
use super::throttle::LoginThrottle;
use crate::base::ids::Subject;
use crate::base::username::folded;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};
use crate::signin::identify::IdentityKey;
use crate::signin::identify::password::{NotAccepted, Typed, Wrong};

impl Broker {
    /// Who refused, and whose account it is where that is known: for the log, and for an admin who is asked.
    pub(super) async fn context_of_no(
        &self,
        context: Context,
        throttle: &LoginThrottle<'_>,
        typed: &Typed,
        provider: &Arc<Provider>,
        no: &NotAccepted,
    ) -> Context {
        let context = context.with_provider(provider);
        let subject = match no {
            NotAccepted::Refused { who, .. } => who.clone(),
            NotAccepted::Throttled(Throttled { by: ThrottledBy::Account, .. }) => {
                match throttle.subject(&provider.id) {
                    // After a restart nothing tells whose name it is but the name itself.
                    None if provider.module.local_passwords().is_some() => {
                        return self.context_of_name(context, typed).await;
                    }
                    // Nobody has an empty subject. Looking for it takes as long (security rule C42).
                    named => named.or_else(|| Some(Subject::from(""))),
                }
            }
            NotAccepted::Throttled(Throttled { by: ThrottledBy::Network | ThrottledBy::Server, .. })
            | NotAccepted::Unknown
            | NotAccepted::NotAvailable(_)
            | NotAccepted::Busy => None,
        };
        let Some(subject) = subject else { return context };
        let issuer = provider.module.issuer().clone();
        let key = IdentityKey { provider: provider.id.clone(), issuer, subject: subject.clone() };
        match self.store.tied(&key).await {
            Ok(Some(account)) => Context { account: Some((account.id, account.username.to_string())), ..context },
            // What was typed is never logged, and some subjects are that.
            Ok(None) if subject.as_str().is_empty() => context,
            Ok(None) if !folded(subject.as_str()).contains(folded(typed.name().expose()).trim()) => {
                Context { refused: Some(subject), ..context }
            }
            Ok(None) | Err(_) => context,
        }
    }

    /// The account that has the typed name. A name without an account is never logged: it may be a password.
    async fn context_of_name(&self, context: Context, typed: &Typed) -> Context {
        let Ok(name) = typed.name().expose().trim().parse() else { return context };
        match self.store.account_by_name(&name).await {
            Ok(Some(account)) => Context { account: Some((account.id, account.username.to_string())), ..context },
            Ok(None) | Err(_) => context,
        }
    }

    /// Who switched the account off, and when.
    pub(super) async fn switched_off(&self, provider: &Provider, subject: Subject) -> Cause {
        let key = IdentityKey { provider: provider.id.clone(), issuer: provider.module.issuer().clone(), subject };
        let account = self.store.tied(&key).await.ok().flatten();
        let disabled = account.and_then(|account| Some((account.disabled.clone()?, account)));
        match disabled {
            Some((disabled, account)) => Cause::AccountDisabled(Box::new(account), disabled),
            None => Cause::PasswordRefused(Wrong::SwitchedOff),
        }
    }
}
