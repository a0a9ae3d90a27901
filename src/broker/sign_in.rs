//! Ends the login of an identified person: one call of the store links, permits and opens the session; then the token
//! is delivered.

use std::sync::Arc;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::context::Context;
use super::live_config::{LiveConfig, Provider};
use super::outcome::{FinishedLogin, NewSession, Outcome, UsernameSuffixed};
use super::refusal::{Cause, Refusal};
use super::report::refusal_entry;
use super::{Broker, Visitor};
use crate::base::ids::LoginId;
use crate::base::username::Username;
use crate::signin::account::{Account, Person, Profile};
use crate::signin::app::App;
use crate::signin::arrive::LoginRequest;
use crate::signin::challenge::LOGIN_TIMEOUT;
use crate::signin::identify::password::RefusalReason;
use crate::signin::identify::{DroppedClaim, DroppedPart, ExternalIdentity, MappedProfile, profile};
use crate::signin::permit::{Grant, permit};
use crate::signin::remembered_profile::RememberedProfile;
use crate::signin::send::SignedToken;
use crate::store::{Decide, EndingLogin, LoginEnd, NewAccount, ReplayKey, Ruling, SessionToOpen, SingleUse};

/// A login whose person a provider has identified.
pub(super) struct IdentifiedLogin {
    pub app: Arc<App>,
    pub provider: Arc<Provider>,
    pub request: LoginRequest,
    /// The pending login of a redirect. `None`: a password was typed here.
    pub id: Option<LoginId>,
    pub identity: ExternalIdentity,
}

impl Broker {
    /// Signs the person in: the browser gets a session, and the app a token if its rules let the person in.
    ///
    /// # Errors
    /// When nothing is written: the login was finished before, or the database fails. Every other refusal is an
    /// outcome.
    pub(super) async fn sign_in(
        &self,
        config: &LiveConfig,
        login: IdentifiedLogin,
        context: &Context,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let now = self.clock.now();
        let expires_at = config.lifetimes.end(now, now);
        let session = SessionToOpen { expires_at, replaces: visitor.session, agent: visitor.agent };
        let EndedLogin { session, grant, suffixed } =
            self.end_login(config, &login, context, visitor, Some(session)).await?;
        let (provider, lifetime) = (&login.provider.id, config.lifetimes.absolute);
        let session = session.map(|id| NewSession { id, provider: provider.clone(), lifetime });
        let outcome = match (grant, suffixed) {
            (Err(refusal), _) => Outcome::Refused(Box::new(refusal)),
            (Ok(_), Some((wished, given))) => {
                let request = login.request.as_needed();
                Outcome::UsernameSuffixed(Box::new(UsernameSuffixed { app: login.app, request, wished, given }))
            }
            (Ok(grant), None) => {
                let IdentifiedLogin { app, request, identity, .. } = &login;
                match self.deliver(config, app, &grant, request, identity.auth_time) {
                    Ok(delivery) => Outcome::Deliver(delivery),
                    Err(cause) => Outcome::Refused(Box::new(cause.refuse(context.clone()))),
                }
            }
        };
        Ok(FinishedLogin { session, outcome })
    }

    /// Issues a token to an app that asks for its user. The person's browser takes no part, so no session opens.
    ///
    /// # Errors
    /// Why no token is issued.
    pub(super) async fn sign_in_without_session(
        &self,
        config: &LiveConfig,
        login: &IdentifiedLogin,
        context: &Context,
        visitor: &Visitor,
    ) -> Result<SignedToken, Refusal> {
        let ended = self.end_login(config, login, context, visitor, None).await?;
        let signed = self.sign(config, &login.app, &ended.grant?, &login.request, login.identity.auth_time);
        signed.map_err(|cause| cause.refuse(context.clone()))
    }

    /// Ends the login in the store. A refusal that ends it is audited, too.
    ///
    /// # Errors
    /// When nothing is written: the login was finished before, or the database fails.
    async fn end_login(
        &self,
        config: &LiveConfig,
        login: &IdentifiedLogin,
        context: &Context,
        visitor: &Visitor,
        session: Option<SessionToOpen>,
    ) -> Result<EndedLogin, Refusal> {
        let context = &context.clone().with_left_out(&login.identity);
        let described = match profile(&login.identity, &login.provider.groups) {
            Ok(described) => described,
            Err(why) => {
                let refusal = Cause::Upstream(why.into()).refuse(context.clone());
                return self.refuse_login(login, refusal, visitor).await;
            }
        };
        login.provider.warn_of_unusable_claims(&described);
        let now = self.clock.now();
        let ending = EndingLogin {
            app: &login.app.id,
            identity: &login.identity,
            profile: &described.profile,
            remembered: &RememberedProfile::of(&described.profile, config.remembered),
            settings: &login.provider.settings,
            subject_source: &login.provider.subject_source,
            client_id: login.provider.client_id.as_deref(),
            network: visitor.network.as_deref(),
            now,
            single_use: login.id.map(|id| SingleUse { key: ReplayKey::Login(id), expires_at: now + LOGIN_TIMEOUT }),
            session,
        };
        let rules = LoginRules { login, profile: &described.profile, context, visitor, now };
        let refusal = match self.store.end_login(&ending, &rules).await {
            Ok(LoginEnd::SignedIn { session, outcome, new_account }) => {
                let suffixed = new_account.and_then(|new| suffixed(new, &login.provider));
                return Ok(EndedLogin { session, grant: outcome, suffixed });
            }
            Err(why) => return Err(Cause::Store(why).refuse(context.clone())),
            Ok(LoginEnd::Replayed { first_at }) => {
                return Err(Cause::LoginReplayed { first: first_at }.refuse(context.clone()));
            }
            Ok(LoginEnd::Refused(refusal)) => match refusal.cause {
                Cause::PasswordUnlinked { .. } => self.closed_meanwhile(&login.identity).await.refuse(context.clone()),
                _ => refusal,
            },
            Ok(LoginEnd::PasswordChanged) => {
                Cause::PasswordRefused(RefusalReason::ChangedMeanwhile).refuse(context.clone())
            }
            Ok(LoginEnd::OtherSubjectSource { former }) => {
                let (identity, current) = (login.identity.key.clone(), login.provider.subject_source.clone());
                Cause::OtherSubjectSource { identity, former, current }.refuse(context.clone())
            }
            Ok(LoginEnd::NoNameFree) => Cause::NamesExhausted.refuse(context.clone()),
        };
        self.refuse_login(login, refusal, visitor).await
    }

    /// Makes the end of a login that the rules refused, and audits the refusal.
    async fn refuse_login(
        &self,
        login: &IdentifiedLogin,
        refusal: Refusal,
        visitor: &Visitor,
    ) -> Result<EndedLogin, Refusal> {
        let refusal = match login.id {
            // C42: audited like a wrong password.
            None => refusal.with_row_due(),
            Some(id) => self.audit_refusal(id, refusal, visitor).await?,
        };
        Ok(EndedLogin { session: None, grant: Err(refusal), suffixed: None })
    }
}

/// How a login ended.
struct EndedLogin {
    session: Option<Id>,
    grant: Result<Grant, Refusal>,
    /// The username from the template, and the one that the new account got, if they differ.
    suffixed: Option<(Username, Username)>,
}

/// The rules that decide a login. `unlinked`: the provider's rule for an identity without an account. `linked`: the
/// app's rules for the account.
struct LoginRules<'l> {
    login: &'l IdentifiedLogin,
    profile: &'l Profile,
    context: &'l Context,
    visitor: &'l Visitor,
    now: OffsetDateTime,
}

impl Decide for LoginRules<'_> {
    type Grant = Grant;
    type Refusal = Refusal;

    fn unlinked(&self) -> Result<Username, Refusal> {
        let identity = &self.login.identity;
        let cause = match self.login.provider.first_login.username(&identity.claims) {
            Ok(Some(wished)) => return Ok(wished),
            Ok(None) => Cause::unlinked(identity),
            Err(why) => why.without(&identity.secrets).into(),
        };
        Err(cause.refuse(self.context.clone()))
    }

    fn linked(&self, account: Account) -> Ruling<Grant, Refusal> {
        if let Some(disabled) = account.disabled.clone() {
            let cause = Cause::AccountDisabled(Box::new(account), disabled);
            return Ruling::Refuse(cause.refuse(self.context.clone()));
        }
        let IdentifiedLogin { app, provider, request, .. } = self.login;
        let person = Person { account, provider: provider.id.clone(), profile: self.profile.clone() };
        let account = person.account.id_and_username();
        match permit(app, person, request.location.clone()) {
            Ok(grant) => Ruling::Grant(grant),
            Err(why) => {
                let context = Context { account: Some(account), ..self.context.clone() };
                let refusal = Cause::NotPermitted(why).refuse(context);
                let mut audit = refusal_entry(&refusal, self.now);
                audit.network.clone_from(&self.visitor.network);
                Ruling::Deny { refusal: refusal.with_row_written(), audit: Box::new(audit) }
            }
        }
    }
}

impl Provider {
    /// Logs which of its claims can't be used, each once until the config is read again.
    fn warn_of_unusable_claims(&self, described: &MappedProfile) {
        for dropped in described.dropped.iter().filter(|dropped| self.warned_claims.insert(dropped)) {
            tracing::warn!(provider = %self.id, cause = "claim_ignored", "{dropped}; sign-ins go on");
        }
        // A module that checks passwords makes the claim of groups itself, and leaves it out for people without a
        // group.
        if let Some(claim) = &described.without_groups
            && !self.checks_passwords()
            && self.warned_claims.insert(&DroppedClaim {
                claim: claim.clone(),
                why: "did not come",
                part: DroppedPart::Claim,
            })
        {
            tracing::warn!(
                provider = %self.id, cause = "groups_missing",
                "the provider did not send the claim {claim:?} of groups_claim, so nobody gets a group by it; check \
                 `scopes`, `userinfo` and what the provider sends"
            );
        }
    }
}

/// The username from the template, and the one that the new account got, if they differ. Logs that the name was taken.
fn suffixed(new: NewAccount, provider: &Provider) -> Option<(Username, Username)> {
    let NewAccount { wished, given, taken_by } = new;
    if let Some(holder) = taken_by {
        tracing::info!(
            cause = "username_suffixed", %wished, %given, %holder, provider = %provider.id, "the wished name was taken"
        );
    }
    (given != wished).then_some((wished, given))
}
