//! A person's change of their own password: the old one first, counted as at any sign-in (security rule C43).

use std::time::Duration;

use time::OffsetDateTime;

use super::context::Context;
use super::outcome::NewSession;
use super::password::counted;
use super::refusal::{Cause, Refusal};
use super::site::Site;
use super::{Broker, Visitor};
use crate::base::ids::AccountId;
use crate::base::secret::Secret;
use crate::passwords::policy::Unfit;
use crate::passwords::{Comparison, HashingError, LocalPasswords};
use crate::signin::account::Account;
use crate::signin::app::WhenUnknown;
use crate::signin::identify::password::{NotAccepted, Typed, Wrong};
use crate::store::{AuditEntry, Event, HeldSession, Lifetimes, SignedIn, StoreError, Transaction};

/// What was typed.
#[derive(Debug)]
pub struct Change {
    pub name: String,
    pub old: Secret<String>,
    pub new: Secret<String>,
}

/// Why a password was not changed. Nothing was.
#[derive(Debug)]
pub enum NotChanged {
    /// The name and the old password are right.
    Unfit(Unfit),
    /// So are they, and the new one is the old one.
    AsBefore,
    Refused(Box<Refusal>),
}

impl From<Refusal> for NotChanged {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// How often a password is written while a sign-in at the same moment hashes the old one anew.
const TIMES: u32 = 3;

impl Site {
    /// Whether there are passwords here that people can change.
    #[must_use]
    pub fn keeps_passwords(&self) -> bool {
        self.own_accounts().is_some()
    }
}

impl Broker {
    /// Changes the password of whoever knows the old one. All their sessions end but this browser's, which goes on
    /// under a new id (security rules C25, C37).
    ///
    /// # Errors
    /// When the old one is wrong, the new one is none, or the database fails.
    pub async fn change_password(
        &self,
        site: &Site,
        change: Change,
        visitor: &Visitor,
    ) -> Result<Option<NewSession>, NotChanged> {
        let own = site.own_accounts();
        let Some((provider, passwords)) = own.and_then(|own| Some((own, own.module.local_passwords()?))) else {
            return Err(Cause::NoSuchPage.refuse(Context::default()).into());
        };
        let context = Context::default().with_provider(provider);
        let Change { name, old, new } = change;
        let typed = Typed::parse(name, old).map_err(|why| Cause::Unusable(why).refuse(context.clone()))?;
        let proved = self.prove(&[provider], &typed, WhenUnknown::Refuse, context.clone(), visitor).await;
        let (proved, turnstile) = proved?;
        let in_trouble = |why| NotChanged::from(Cause::Store(why).refuse(context.clone()));
        let account = self.store.tied(&proved.identity.key).await.map_err(in_trouble)?;
        // C42: whose account is off learns no more than whoever guesses.
        let Some(account) = account.filter(|account| account.disabled.is_none()) else {
            counted(turnstile.went_wrong().await);
            return Err(Cause::PasswordRefused(Wrong::NotAllowed).refuse(context).of_attempt().into());
        };
        counted(turnstile.went_well().await);
        let weighed = passwords.check_policy(&new, &account.username).await;
        let weighed = weighed.map_err(|why| NotChanged::from(not_hashed(why).refuse(context.clone())))?;
        weighed.map_err(NotChanged::Unfit)?;
        if passwords.same(typed.password(), &new) {
            return Err(NotChanged::AsBefore);
        }
        self.write((passwords, site.lifetimes), &account, (typed.password(), &new), visitor)
            .await
            .map_err(|cause| cause.refuse(context).into())
    }

    async fn write(
        &self,
        (passwords, lifetimes): (&LocalPasswords, Lifetimes),
        account: &Account,
        (old, new): (&Secret<String>, &Secret<String>),
        visitor: &Visitor,
    ) -> Result<Option<NewSession>, Cause> {
        let now = self.clock.now();
        let hashed = passwords.hash(new).await.map_err(not_hashed)?;
        for _ in 0..TIMES {
            let kept = self.kept(passwords, &account.id, old).await?;
            let mut transaction = self.store.begin().await?;
            // C25: this browser's session may have ended while the password was hashed.
            let held = match visitor.session {
                Some(session) => transaction.hold_session(session, &account.id).await?,
                None => None,
            };
            if !transaction.change_password(&account.id, &kept, hashed.as_str()).await? {
                continue;
            }
            let session = match &held {
                Some(held) => carry_over(&mut transaction, held, lifetimes, now).await?,
                None => None,
            };
            let others = match &session {
                Some(session) => transaction.end_other_sessions_of(&account.id, session.id).await?,
                None => transaction.end_sessions_of(&account.id).await?,
            };
            let entry = AuditEntry {
                provider: Some(passwords.provider().clone()),
                account: Some(account.id.clone()),
                detail: Some(format!("{}; {others} other sessions ended", account.username)),
                network: visitor.network.clone(),
                ..AuditEntry::new(now, Event::PasswordChanged)
            };
            transaction.audit(&entry).await?;
            transaction.commit().await?;
            tracing::info!(account = %account.id, others, "password changed, and other sessions ended");
            return Ok(session);
        }
        Err(Cause::Busy)
    }

    /// The hash that stands there, if it is still that of this password and the account is still switched on.
    async fn kept(
        &self,
        passwords: &LocalPasswords,
        account: &AccountId,
        old: &Secret<String>,
    ) -> Result<String, Cause> {
        if self.store.account(account).await?.is_none_or(|account| account.disabled.is_some()) {
            return Err(Cause::PasswordRefused(Wrong::NotAllowed));
        }
        let refused = Cause::PasswordRefused(Wrong::ChangedMeanwhile);
        let Some(kept) = self.store.password_of(account).await?.and_then(|kept| kept.hash) else { return Err(refused) };
        match passwords.verify(old, &kept).await.map_err(not_hashed)? {
            Comparison::Match(_) => Ok(kept),
            Comparison::Mismatch | Comparison::Unusable(_) => Err(refused),
        }
    }
}

/// This browser's session goes on under a new id.
async fn carry_over(
    transaction: &mut Transaction,
    held: &HeldSession,
    lifetimes: Lifetimes,
    now: OffsetDateTime,
) -> Result<Option<NewSession>, StoreError> {
    let SignedIn { started_at, provider, .. } = held.signed_in();
    let carried = transaction.carry_over(held, lifetimes.end(*started_at, now)).await?;
    let lives = Duration::try_from(*started_at + lifetimes.absolute - now).unwrap_or_default();
    Ok(carried.map(|id| NewSession { id, provider: provider.clone(), lives }))
}

fn not_hashed(why: HashingError) -> Cause {
    match NotAccepted::from(why) {
        NotAccepted::NotAvailable(why) => Cause::ModuleUnavailable { why, since: None },
        NotAccepted::Busy | NotAccepted::Held(_) | NotAccepted::Refused { .. } | NotAccepted::Unknown => Cause::Busy,
    }
}
