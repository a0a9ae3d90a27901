//! Reports refusals: each is logged once, and audited if its row is due.

use std::ops::Deref;

use time::OffsetDateTime;

use super::audit_coalescer::Grouping;
use super::context::Context;
use super::refusal::{AuditRow, Cause, LogLevel, Refusal};
use super::{Broker, Public, Visitor};
use crate::base::ids::{AccountId, LoginId, ProviderId, ReferenceCode, Subject};
use crate::base::shell;
use crate::signin::challenge::LOGIN_TIMEOUT;
use crate::signin::challenge::throttle::ThrottledBy;
use crate::signin::identify::RETURNED_PASSWORD_FIX;
use crate::signin::link::UsernameError;
use crate::signin::permit::Denied;
use crate::store::{AuditDetail, AuditEntry, Event, ReplayKey, SingleUse, SpendOutcome, StoreError};

/// A refusal that was logged, and audited if its row was due. Only this type shows the reference code, so the log has
/// every code that a visitor sees.
#[derive(Debug)]
pub struct ReportedRefusal(Refusal);

impl ReportedRefusal {
    /// The reference code, which the log has, too.
    #[must_use]
    pub fn code(&self) -> &ReferenceCode {
        &self.0.code
    }
}

impl Deref for ReportedRefusal {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl Broker {
    /// Logs a refusal, and writes its audit row if that is still due. Anybody can cause many such rows, so beyond a
    /// limit only their count is written.
    pub async fn report(&self, refusal: Refusal, visitor: &Visitor) -> ReportedRefusal {
        if let Some((entry, grouping)) = self.log(&refusal, visitor)
            && let Err(why) = self.store.audit(&entry).await
        {
            self.audit_coalescer.count_failed(entry, grouping);
            let (code, cause) = (&refusal.code, "store_unavailable");
            tracing::error!(%code, cause, error = %why, "a refusal could not be written to the audit log");
        }
        ReportedRefusal(refusal)
    }

    /// Logs a refusal of a password that an error of the database replaces, and counts its audit row. The count is
    /// written later: another statement that fails would show, by its time, that the password was wrong (security rule
    /// C42).
    pub(super) fn report_replaced(&self, refusal: &Refusal, visitor: &Visitor) {
        if let Some((entry, grouping)) = self.log(refusal, visitor) {
            self.audit_coalescer.count_failed(entry, grouping);
        }
    }

    /// Logs a refusal. Returns its audit row, if that is still due and is to be written now.
    fn log(&self, refusal: &Refusal, visitor: &Visitor) -> Option<(AuditEntry, Grouping)> {
        refusal.log();
        if refusal.audit_row != AuditRow::Due {
            return None;
        }
        let mut entry = refusal_entry(refusal, self.clock.now());
        entry.network.clone_from(&visitor.network);
        let grouping = grouping(&refusal.cause);
        Some((self.audit_coalescer.add(entry, grouping)?, grouping))
    }

    /// Ends the login of a redirect with a refusal: one transaction spends the login and writes the audit row. If the
    /// database fails, the row stays due, and [`Self::report`] tries again.
    ///
    /// # Errors
    /// C3: the login ended before. This refusal replaces the given one.
    pub(super) async fn audit_refusal(
        &self,
        login: LoginId,
        refusal: Refusal,
        visitor: &Visitor,
    ) -> Result<Refusal, Refusal> {
        let mut entry = refusal_entry(&refusal, self.clock.now());
        entry.network.clone_from(&visitor.network);
        let recorded = async {
            let mut transaction = self.store.begin().await?;
            let single = SingleUse { key: ReplayKey::Login(login), expires_at: self.clock.now() + LOGIN_TIMEOUT };
            let spent = transaction.spend(single).await?;
            if let SpendOutcome::First = spent {
                transaction.audit(&entry).await?;
                transaction.commit().await?;
            }
            Ok::<_, StoreError>(spent)
        };
        match recorded.await {
            Ok(SpendOutcome::First) => Ok(refusal.with_row_written()),
            Ok(SpendOutcome::Replayed { first_at }) => {
                Err(Cause::LoginReplayed { first: first_at }.refuse(refusal.context))
            }
            // If `report` can't write the row either, it logs why.
            Err(_) => Ok(refusal.with_row_due()),
        }
    }

    /// Writes the refusals that were only counted. Call it periodically and at shutdown.
    ///
    /// # Errors
    /// When the database fails. Then the counts are kept for the next call.
    pub async fn write_coalesced_audit(&self) -> Result<(), StoreError> {
        let unwritten = self.audit_coalescer.unwritten();
        if !unwritten.is_empty() {
            let mut transaction = self.store.begin().await?;
            for unwritten_row in &unwritten {
                transaction
                    .audit_times(&AuditEntry { code: None, ..unwritten_row.last.clone() }, unwritten_row.times)
                    .await?;
            }
            transaction.commit().await?;
        }
        self.audit_coalescer.mark_written(&unwritten, self.clock.now());
        Ok(())
    }
}

/// Groups refusals that look alike from outside (security rule C42).
fn grouping(cause: &Cause) -> Grouping {
    match cause.public() {
        _ if cause.is_shown_as_wrong_password() => Grouping::ByPage(Public::WrongPassword),
        page @ (Public::WrongPassword | Public::TooManyAttempts) => Grouping::ByPage(page),
        _ => Grouping::ByCause,
    }
}

impl Refusal {
    fn log(&self) {
        let Self { cause, context, code, .. } = self;
        let app = context.destination.app().map_or("", |app| app.id.as_str());
        let provider = context.provider.as_ref().map_or("", |(id, _)| id.as_str());
        let account = self.account();
        let account = account.as_ref().map_or("", AccountId::as_str);
        let (row, detail) = (cause.row(), self.detail() + &self.provider_refusal());
        match row.level {
            LogLevel::Warn => tracing::warn!(%code, cause = row.name, app, provider, account, "{detail}"),
            LogLevel::Debug => tracing::debug!(%code, cause = row.name, app, provider, account, "{detail}"),
        }
    }

    /// The provider's refusal, if the answer belongs to no login here. Only the log gets it, because anybody can make
    /// up such an answer.
    fn provider_refusal(&self) -> String {
        let text = |declined| format!("; if this answer is the provider's, {declined}");
        self.context.declined.as_ref().map_or_else(String::new, text)
    }

    /// Cause and fix, and the person whom the provider named, if they have no account here.
    fn detail(&self) -> String {
        let detail = match (&self.cause, &self.context.refused_subject) {
            (Cause::Throttled(throttled), _) => {
                format!("{throttled}; {}", advice_to_end_wait(throttled.by, &self.context))
            }
            (_, None) => self.cause.to_string(),
            (_, Some(subject)) => format!("{}; {}", self.cause, without_account(subject)),
        };
        detail + &self.other_refusals() + &self.left_out_claims()
    }

    /// The other providers that refused the password. The line's `provider` is the one whose answer counts.
    fn other_refusals(&self) -> String {
        let others: Vec<_> = self.context.also_refused_by.iter().map(ProviderId::as_str).collect();
        if others.is_empty() { String::new() } else { format!("; not accepted at {} either", others.join(", ")) }
    }

    /// The claims that were left out because they are the typed password, if the lack of a claim may be the cause.
    fn left_out_claims(&self) -> String {
        let left_out = &self.context.left_out;
        match &self.cause {
            _ if left_out.is_empty() => String::new(),
            Cause::NoName(UsernameError::Missing { .. }) => {
                format!(
                    "; left out, because it is the typed password: {}; {RETURNED_PASSWORD_FIX}",
                    left_out.join(", ")
                )
            }
            // C56: this line names the account. With the name of the claim, it would tell what the password is.
            Cause::NotPermitted(Denied::NoRule { .. }) => {
                format!("; a claim was left out, because it is the typed password; {RETURNED_PASSWORD_FIX}")
            }
            _ => String::new(),
        }
    }
}

/// How an admin ends a wait. A typed name is never logged: it may be a password.
fn advice_to_end_wait(by: ThrottledBy, context: &Context) -> String {
    match (by, &context.account, &context.refused_subject) {
        (ThrottledBy::AttemptsInFlight, ..) => "the wait ends when these sign-ins have ended".to_owned(),
        (ThrottledBy::Network, ..) => "`vestibule user release --everybody` ends the wait".to_owned(),
        (ThrottledBy::NetworkAtServer | ThrottledBy::Server, ..) => {
            "let the server exempt that address, then write bans_after = false under this provider; otherwise wait, \
             because the server still counts its failures, and `vestibule user release` changes nothing there"
                .to_owned()
        }
        (ThrottledBy::Account, Some((_, username)), _) => {
            format!("`vestibule user release {}` ends the wait", shell::operand(username))
        }
        (ThrottledBy::Account, None, Some(subject)) => {
            let name = shell::argument(subject.as_str()).unwrap_or_else(|| "NAME".to_owned());
            format!("{}; `vestibule user release --name={name}` ends the wait", without_account(subject))
        }
        (ThrottledBy::Account, None, None) => {
            "no account is known for the name, and typed names are not logged: ask the person which name they typed, \
             then `vestibule user release --name NAME` ends the wait"
                .to_owned()
        }
    }
}

/// Names a person without an account, for `vestibule user release --name`.
fn without_account(subject: &Subject) -> String {
    let subject = shell::quoted(subject.as_str()).unwrap_or_else(|| format!("{:?}", subject.as_str()));
    format!("the provider calls them {subject}; they have no account here")
}

/// The audit entry of a refusal, without the network.
pub(super) fn refusal_entry(refusal: &Refusal, now: OffsetDateTime) -> AuditEntry {
    let mut entry = AuditEntry::new(now, Event::Refused);
    entry.app = refusal.context.destination.app().map(|app| app.id.clone());
    entry.provider = refusal.context.provider.as_ref().map(|(id, _)| id.clone());
    entry.account = refusal.account();
    entry.cause = Some(refusal.cause.name().to_owned());
    // It quotes names, and what providers say about people.
    entry.detail = Some(AuditDetail::new().personal("explanation", refusal.detail()));
    entry.code = Some(refusal.code.clone());
    entry
}
