//! Makes unknown names, and errors of single accounts, look like a wrong password (security rule C42).

use tokio::time::Instant;

use super::results::BindOutcome;
use super::saslprep::{as_many_forms, canonical};
use super::servers::{BindAttempt, BindError};
use super::settings::Search;
use super::template::DnTemplate;
use super::{Ldap, compare};
use crate::base::ids::Subject;
use crate::base::random;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::upstream::attempt::{Attempt, CountedBy};

impl Ldap {
    /// Takes the same steps and the same time as a wrong password, including retries and errors (security rule C42).
    /// Sends a random password, since the typed one may be another person's.
    pub(super) async fn try_unknown_name(
        &self,
        search: &Search,
        index: usize,
        name: &str,
        attempt: &Attempt<'_>,
        deadline: Instant,
    ) -> Result<(), NotAccepted> {
        let account = canonical(name);
        let password = as_many_forms(attempt.password_for(&account).await?, &random::token());
        if search.compare.is_some() {
            let compared = compare::with_dummy(&self.compare_pool, &password, deadline).await;
            return compared.map_err(|busy| attempt.mark_unsent(busy));
        }
        let dn = format!("cn={},{}", random::token(), search.base);
        let bind_attempt = BindAttempt {
            attempt,
            counted_by: CountedBy::Account(&account),
            password: &password,
            wrong: RefusalReason::Password,
        };
        match self.servers.bind(Some(index), &dn, &bind_attempt, deadline).await {
            Ok(_) => Ok(()),
            Err(BindError::Unsent(why)) => Err(attempt.mark_unsent(why).into()),
            Err(BindError::Sent { index, .. }) if self.accepts_binds(index, deadline).await => Ok(()),
            Err(BindError::Sent { why, .. }) => Err(why.into()),
        }
    }

    /// Whether a server accepts the service account's bind now. If it does, an error of another bind is due to that
    /// account.
    pub(super) async fn accepts_binds(&self, index: usize, deadline: Instant) -> bool {
        self.servers.for_service(index, deadline).await.is_ok()
    }

    /// As [`Self::accepts_binds`], without a service account: whether the server refuses an unknown name.
    pub(super) async fn refuses_unknown_names(
        &self,
        template: &DnTemplate,
        index: usize,
        attempt: &Attempt<'_>,
        deadline: Instant,
    ) -> bool {
        let (name, password) = (random::token(), Secret::new(random::token()));
        let dn = template.for_name(&name);
        let counted_by = CountedBy::Name(&name);
        let bind_attempt =
            BindAttempt { attempt, counted_by, password: &password, wrong: RefusalReason::NameOrPassword };
        matches!(self.servers.bind(Some(index), &dn, &bind_attempt, deadline).await, Ok((BindOutcome::Refused(_), _)))
    }

    /// Makes an error of one account look like a wrong password, since an unknown name never causes it (security rule
    /// C42). The log names the cause.
    pub(super) fn hide_account_error(&self, why: &NotAvailable, who: Option<Subject>) -> NotAccepted {
        let subject = who.as_ref().map(tracing::field::display);
        tracing::error!(provider = %self.id, subject, "a password could not be tried on one account: {why}");
        NotAccepted::Refused { why: RefusalReason::NotChecked, subject: who }
    }
}
