//! The end of a login whose person is known: link, session and permit in one transaction, then the token.

use std::sync::Arc;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::context::Context;
use super::outcome::{Finished, NameGiven, NewSession, Outcome};
use super::record::refused_entry;
use super::refusal::{Cause, Refusal};
use super::site::{Provider, Site};
use super::{Broker, Visitor};
use crate::base::ids::LoginId;
use crate::base::username::Username;
use crate::signin::arrive::{App, LoginRequest};
use crate::signin::challenge::PATIENCE;
use crate::signin::identify::password::Wrong;
use crate::signin::identify::{ExternalIdentity, profile};
use crate::signin::link::{Decision, decide};
use crate::signin::permit::{Account, Grant, Person, Profile, permit};
use crate::signin::send::SignedToken;
use crate::store::{
    AuditEntry, Event, KnownLogin, Lifetimes, Opens, Provisioned, SignedIn, Spending, Spends, StoreError, Transaction,
};

/// A login whose person is known.
pub(super) struct Identified {
    pub app: Arc<App>,
    pub provider: Arc<Provider>,
    pub request: LoginRequest,
    /// Of a login that was begun elsewhere; a password typed here began none.
    pub id: Option<LoginId>,
    pub identity: ExternalIdentity,
    pub leaves: Leaves,
}

/// What a login leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    Session,
    /// Nothing but the token: an app asked for its user, and no browser of theirs is there.
    Token,
}

impl Broker {
    /// Link, session and permit, in one transaction and with one commit; then the token.
    pub(super) async fn conclude(
        &self,
        site: &Site,
        login: Identified,
        context: Context,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let ended = match self.try_conclude(site, &login, context.clone(), visitor).await {
            Ok(ended) => ended,
            Err(Ended::Before(cause)) => return Err(cause.refuse(context)),
            Err(Ended::Refused(cause)) => {
                let refusal = cause.refuse(context);
                self.record(login.id, &refusal, visitor).await;
                return Ok(Finished::refused(refusal));
            }
        };
        let Concluded { session, grant, name_given } = ended;
        let outcome = match (grant, name_given) {
            (Err(refusal), _) => Outcome::Refused(Box::new(refusal)),
            (Ok(_), Some((wished, given))) => {
                let request = login.request.as_needed();
                Outcome::NameGiven(Box::new(NameGiven { app: login.app, request, wished, given }))
            }
            (Ok(grant), None) => match self.deliver(site, &login.app, &grant, &login.request, login.identity.auth_time)
            {
                Ok(delivery) => Outcome::Deliver(delivery),
                Err(cause) => Outcome::Refused(Box::new(cause.refuse(context))),
            },
        };
        Ok(Finished { session, outcome })
    }

    /// Link and permit, in one transaction and with one commit; then the token, and no session.
    pub(super) async fn conclude_token(
        &self,
        site: &Site,
        login: &Identified,
        context: Context,
        visitor: &Visitor,
    ) -> Result<SignedToken, Refusal> {
        let ended = match self.try_conclude(site, login, context.clone(), visitor).await {
            Ok(ended) => ended,
            Err(Ended::Before(cause)) => return Err(cause.refuse(context)),
            Err(Ended::Refused(cause)) => {
                let refusal = cause.refuse(context);
                self.record(None, &refusal, visitor).await;
                return Err(refusal);
            }
        };
        let signed = self.sign(site, &login.app, &ended.grant?, &login.request, login.identity.auth_time);
        signed.map_err(|cause| cause.refuse(context))
    }

    async fn try_conclude(
        &self,
        site: &Site,
        login: &Identified,
        context: Context,
        visitor: &Visitor,
    ) -> Result<Concluded, Ended> {
        let now = self.clock.now();
        let described = profile(&login.identity.claims, &login.provider.groups)
            .map_err(|why| Ended::Refused(Cause::Upstream(why.into())))?;
        login.provider.notice(&described);
        let profile = described.profile;
        if let Some(concluded) = self.conclude_known(site, login, &profile, visitor).await? {
            return Ok(concluded);
        }
        let mut transaction = self.store.begin().await.map_err(|why| Ended::Before(why.into()))?;
        if let Some(id) = login.id
            && let Spending::Already { first_at } = transaction.spend(id, now + PATIENCE).await?
        {
            return Err(Ended::Before(Cause::PendingSpent { first: first_at }));
        }
        let (account, name_given) = self.link(&mut transaction, login).await?;
        // C25: the password was compared before this transaction began.
        if let Some(compared) = login.identity.password
            && !transaction.has_password(&account.id, compared).await?
        {
            return Err(Ended::Refused(Cause::PasswordRefused(Wrong::ChangedMeanwhile)));
        }
        let lifetimes = site.lifetimes;
        let signed_in = login.signed_in(&account, &profile, now);
        let session = match login.leaves {
            Leaves::Session => {
                // C37: a new id at each login, and the old one is dead.
                if let Some(old) = visitor.session {
                    transaction.end_session(old).await?;
                }
                Some(transaction.open_session(&signed_in, lifetimes.end(now, now)).await?)
            }
            Leaves::Token => None,
        };
        let person = Person { account, provider: login.provider.id.clone(), profile };
        let context = context.with_account(&person);
        let account = person.account.id.clone();
        let grant = permit(&login.app, person, login.request.location.clone())
            .map_err(|why| Cause::NotPermitted(why).refuse(context));
        let mut entry = match &grant {
            Ok(_) => AuditEntry::new(now, Event::SignedIn),
            Err(refusal) => refused_entry(refusal, now),
        };
        entry.app = Some(login.app.id.clone());
        entry.provider = Some(login.provider.id.clone());
        entry.account = Some(account);
        entry.network.clone_from(&visitor.network);
        if let Some((wished, given)) = &name_given {
            entry.detail = Some(format!("username_suffixed: wished {wished}, given {given}"));
        }
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        Ok(Concluded { session: login.session(session, lifetimes), grant, name_given })
    }

    /// The way of nearly every login: somebody known, whom the rules let in. There is nothing to ask between its writes,
    /// so it makes one of them. `None` for everything else, and for what changed a moment ago: the long way decides.
    async fn conclude_known(
        &self,
        site: &Site,
        login: &Identified,
        profile: &Profile,
        visitor: &Visitor,
    ) -> Result<Option<Concluded>, StoreError> {
        let Some(account) = self.store.tied_as_seen(&login.identity.key).await? else { return Ok(None) };
        let (now, lifetimes) = (self.clock.now(), site.lifetimes);
        let signed_in = login.signed_in(&account, profile, now);
        let person = Person { account, provider: login.provider.id.clone(), profile: profile.clone() };
        let Ok(grant) = permit(&login.app, person, login.request.location.clone()) else { return Ok(None) };
        let opens = match login.leaves {
            Leaves::Session => Some(Opens { until: lifetimes.end(now, now), replaced: visitor.session }),
            Leaves::Token => None,
        };
        let known = KnownLogin {
            app: &login.app.id,
            signed_in: &signed_in,
            account: &grant.person().account,
            network: visitor.network.as_deref(),
            password: login.identity.password,
            spends: login.id.map(|login| Spends { login, until: now + PATIENCE }),
            opens,
        };
        let Some(end) = self.store.end_known_login(&known).await? else { return Ok(None) };
        Ok(Some(Concluded { session: login.session(end.session, lifetimes), grant: Ok(grant), name_given: None }))
    }

    /// The account that the identity is tied to, or a new one where the provider's `first_login` makes them.
    async fn link(
        &self,
        transaction: &mut Transaction,
        login: &Identified,
    ) -> Result<(Account, Option<(Username, Username)>), Ended> {
        let identity = &login.identity;
        let tied = transaction.tied(&identity.key).await?;
        let decision =
            decide(tied, &login.provider.first_login, &identity.claims).map_err(|why| Ended::Refused(why.into()))?;
        match decision {
            Decision::SignIn(account) => match off(&account) {
                Some(cause) => Err(Ended::Refused(cause)),
                None => Ok((account, None)),
            },
            Decision::Refuse => Err(Ended::Refused(Cause::IdentityUnknown(identity.key.clone()))),
            Decision::Provision { wished } => {
                let made = transaction.provision(&identity.key, &wished, login.provider.client_id.as_deref()).await?;
                let (account, taken_by) = match made {
                    Provisioned::Made { account, taken_by } => (account, taken_by),
                    Provisioned::TiedMeanwhile(account) => {
                        return match off(&account) {
                            Some(cause) => Err(Ended::Refused(cause)),
                            None => Ok((account, None)),
                        };
                    }
                    Provisioned::NoNameFree => return Err(Ended::Refused(Cause::NamesExhausted)),
                };
                let given = account.username.clone();
                if let Some(holder) = taken_by {
                    tracing::info!(
                        cause = "username_suffixed", %wished, %given, %holder, provider = %login.provider.id,
                        "the wished name was taken"
                    );
                }
                let name_given = (given != wished).then_some((wished, given));
                Ok((account, name_given))
            }
        }
    }
}

/// Why an account that is switched off signs nobody in.
fn off(account: &Account) -> Option<Cause> {
    let disabled = account.disabled.clone()?;
    Some(Cause::AccountDisabled(Box::new(account.clone()), disabled))
}

impl Identified {
    fn session(&self, id: Option<Id>, lifetimes: Lifetimes) -> Option<NewSession> {
        id.map(|id| NewSession { id, provider: self.provider.id.clone(), lives: lifetimes.absolute })
    }

    fn signed_in(&self, account: &Account, profile: &Profile, now: OffsetDateTime) -> SignedIn {
        SignedIn {
            account: account.id.clone(),
            provider: self.provider.id.clone(),
            issuer: self.identity.key.issuer.clone(),
            subject: self.identity.key.subject.clone(),
            profile: profile.clone(),
            auth_time: self.identity.auth_time,
            started_at: now,
        }
    }
}

/// What the transaction came to.
struct Concluded {
    session: Option<NewSession>,
    grant: Result<Grant, Refusal>,
    name_given: Option<(Username, Username)>,
}

/// Why there was nothing to commit.
enum Ended {
    /// Nothing is to be written down, or nothing can be.
    Before(Cause),
    /// The provider answered, and the person is refused.
    Refused(Cause),
}

impl From<StoreError> for Ended {
    fn from(why: StoreError) -> Self {
        Self::Before(Cause::Store(why))
    }
}
