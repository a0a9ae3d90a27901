//! Ends the login of an identified person: one call of the store links, permits and opens the session; then the token
//! is delivered.

use tower_sessions::session::Id;

use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::live_config::{LiveConfig, Provider};
use super::login_rules::{Admission, LoginRules};
use super::outcome::{FinishedLogin, NewSession, Outcome, UsernameSuffixed};
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::base::ids::LinkRequestSecret;
use crate::base::mail_address::MailAddress;
use crate::base::username::Username;
use crate::signin::account::Profile;
use crate::signin::arrive::Preferences;
use crate::signin::challenge::LOGIN_TIMEOUT;
use crate::signin::identify::password::RefusalReason;
use crate::signin::identify::{DroppedClaim, DroppedPart, MappedProfile, profile};
use crate::signin::remembered_profile::RememberedProfile;
use crate::signin::send::SignedToken;
use crate::store::{EndingLogin, LinkAnswer, LoginEnd, NewAccount, ReplayKey, SessionToOpen, SingleUse};

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
        let ended = self.end_login(config, &login, context, visitor, Some(session)).await?;
        Ok(self.finished(config, &login, context, ended))
    }

    /// What the browser gets at the end of a login.
    pub(super) fn finished(
        &self,
        config: &LiveConfig,
        login: &IdentifiedLogin,
        context: &Context,
        ended: EndedLogin<'_>,
    ) -> FinishedLogin {
        let DecidedLogin { session, admission, suffixed } = match ended {
            EndedLogin::Decided(decided) => *decided,
            EndedLogin::Asked(secret) => {
                return FinishedLogin { session: None, outcome: Outcome::AskToLink(secret) };
            }
        };
        let (provider, lifetime) = (&login.provider.id, config.lifetimes.absolute);
        let session = session.map(|id| NewSession { id, provider: provider.clone(), lifetime });
        let outcome = match (admission, suffixed) {
            (Err(refusal), _) => Outcome::Refused(refusal),
            (Ok(_), Some((wished, given))) => {
                let destination = login.destination.clone().with(Preferences::ask_as_needed);
                Outcome::UsernameSuffixed(Box::new(UsernameSuffixed { destination, wished, given }))
            }
            (Ok(Admission::App { app, request, grant }), None) => {
                match self.deliver(config, app, &grant, request, login.identity.auth_time) {
                    Ok(delivery) => Outcome::Deliver(delivery),
                    Err(cause) => Outcome::Refused(Box::new(cause.refuse(context.clone()))),
                }
            }
            (Ok(Admission::OwnPage { request, account }), None) => {
                tracing::info!(%provider, %account, "signed in");
                Outcome::OwnPage(request.leads_to().to_owned())
            }
        };
        FinishedLogin { session, outcome }
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
        let admission = match self.end_login(config, login, context, visitor, None).await? {
            EndedLogin::Decided(decided) => decided.admission.map_err(|refusal| *refusal)?,
            EndedLogin::Asked(_) => {
                return Err(Cause::LinkNeedsPage(login.identity.key.clone()).refuse(context.clone()));
            }
        };
        let signed = match admission {
            Admission::App { app, request, grant } => self.sign(config, app, &grant, request, login.identity.auth_time),
            Admission::OwnPage { .. } => Err(Cause::BadRequest("a token for a page of our own")),
        };
        signed.map_err(|cause| cause.refuse(context.clone()))
    }

    /// Ends the login in the store. A refusal that ends it is audited, too.
    ///
    /// # Errors
    /// When nothing is written: the login was finished before, or the database fails.
    async fn end_login<'l>(
        &self,
        config: &LiveConfig,
        login: &'l IdentifiedLogin,
        context: &Context,
        visitor: &Visitor,
        session: Option<SessionToOpen>,
    ) -> Result<EndedLogin<'l>, Refusal> {
        let context = &context.clone().with_left_out(&login.identity);
        let described = match profile(&login.identity, &login.provider.groups) {
            Ok(described) => described,
            Err(why) => {
                let refusal = Cause::Upstream(why.into()).refuse(context.clone());
                return self.refuse_login(login, refusal, visitor).await;
            }
        };
        login.provider.warn_of_unusable_claims(&described);
        let attested = AttestedLogin { login, profile: &described.profile, answer: None, session };
        self.end_attested_login(config, &attested, context, visitor).await
    }

    /// Ends the login of a person whose profile is known.
    ///
    /// # Errors
    /// As [`Self::end_login`]; or the person's answer to the question at their first login links nothing.
    pub(super) async fn end_attested_login<'l>(
        &self,
        config: &LiveConfig,
        attested: &AttestedLogin<'l, '_>,
        context: &Context,
        visitor: &Visitor,
    ) -> Result<EndedLogin<'l>, Refusal> {
        let AttestedLogin { login, profile, answer, session } = *attested;
        let now = self.clock.now();
        let authoritative = login.provider.authoritative_address(profile);
        let ending = EndingLogin {
            app: login.destination.app().map(|app| &app.id),
            identity: &login.identity,
            profile,
            remembered: &RememberedProfile::of(profile, config.remembered),
            settings: &login.provider.settings,
            subject_source: &login.provider.subject_source,
            client_id: login.provider.client_id.as_deref(),
            // An answer comes after the sign-in, and says nothing about its prompt.
            reauthenticated: answer.is_none() && login.destination.preferences().prompt.is_login(),
            network: visitor.network.as_deref(),
            now,
            single_use: login.id.map(|id| SingleUse { key: ReplayKey::Login(id), expires_at: now + LOGIN_TIMEOUT }),
            answer,
            session,
            authoritative_address: authoritative.as_ref(),
        };
        let rules = LoginRules { login, profile, context, visitor, now, shows_pages: session.is_some() };
        let refusal = match self.store.end_login(&ending, &rules).await {
            Ok(LoginEnd::SignedIn { session, outcome, new_account }) => {
                let suffixed = new_account.and_then(|new| suffixed(new, &login.provider));
                return Ok(EndedLogin::Decided(Box::new(DecidedLogin {
                    session,
                    admission: outcome.map_err(Box::new),
                    suffixed,
                })));
            }
            Ok(LoginEnd::Asked(secret)) => return Ok(EndedLogin::Asked(secret)),
            Ok(LoginEnd::NotConfirmed(why)) => return Err(Cause::LinkNotConfirmed(why).refuse(context.clone())),
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
            Ok(LoginEnd::ProviderSuspended(provider)) => Cause::ProviderSuspended(provider).refuse(context.clone()),
            Ok(LoginEnd::NoNameFree) => Cause::NamesExhausted.refuse(context.clone()),
        };
        self.refuse_login(login, refusal, visitor).await
    }

    /// Makes the end of a login that the rules refused, and audits the refusal.
    async fn refuse_login<'l>(
        &self,
        login: &'l IdentifiedLogin,
        refusal: Refusal,
        visitor: &Visitor,
    ) -> Result<EndedLogin<'l>, Refusal> {
        let refusal = match login.id {
            // C42: audited like a wrong password.
            None => refusal.with_row_due(),
            Some(id) => self.audit_refusal(id, refusal, visitor).await?,
        };
        let admission = Err(Box::new(refusal));
        Ok(EndedLogin::Decided(Box::new(DecidedLogin { session: None, admission, suffixed: None })))
    }
}

/// A login whose person has a profile.
#[derive(Clone, Copy)]
pub(super) struct AttestedLogin<'l, 'p> {
    pub login: &'l IdentifiedLogin,
    pub profile: &'p Profile,
    /// The person's answer to the question at their first login. `None`: this is a login.
    pub answer: Option<LinkAnswer>,
    pub session: Option<SessionToOpen>,
}

/// How a login ended.
pub(super) enum EndedLogin<'l> {
    Decided(Box<DecidedLogin<'l>>),
    /// The person is asked whether they have an account. This secret leads to the request.
    Asked(LinkRequestSecret),
}

/// A login that the rules decided.
pub(super) struct DecidedLogin<'l> {
    session: Option<Id>,
    admission: Result<Admission<'l>, Box<Refusal>>,
    /// The username from the template, and the one that the new account got, if they differ.
    suffixed: Option<(Username, Username)>,
}

impl Provider {
    /// The person's verified address, if its domain is one of those for which the provider is authoritative (rule L3).
    fn authoritative_address(&self, profile: &Profile) -> Option<MailAddress> {
        let address = profile.email.as_ref()?.verified_address()?;
        self.authoritative_domains.iter().any(|domain| domain == address.domain()).then_some(address)
    }

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
