//! The transaction that can end every login: first logins, refusals, and logins whose account has just changed.

use super::{Decide, EndingLogin, LoginEnd, NewAccount, Question, Ruling, SessionToOpen, UnlinkedRuling};
use crate::base::ids::{AccountId, LinkRequestSecret, ProviderId};
use crate::base::username::Username;
use crate::signin::account::Account;
use crate::signin::link::LinkProof;
use crate::signin::link::request::NotConfirmed;
use crate::store::link_requests::NewLinkRequest;
use crate::store::{
    AskedLogin, AuditDetail, AuditEntry, Event, NewLink, Provisioned, SessionLogin, SessionOrigin, SpendOutcome, Store,
    StoreError, Transaction,
};

/// The account of a login.
pub(super) enum ResolvedAccount<R> {
    Linked(Account),
    Made(Account, NewAccount),
    NoNameFree,
    Asked(LinkRequestSecret),
    NotConfirmed(NotConfirmed),
    OtherSubjectSource { former: String },
    ProviderSuspended(ProviderId),
    Refused(R),
}

impl Store {
    pub(super) async fn end_login_step_by_step<D: Decide>(
        &self,
        login: &EndingLogin<'_>,
        rules: &D,
    ) -> Result<LoginEnd<D::Grant, D::Refusal>, StoreError> {
        let mut transaction = self.begin().await?;
        if let Some(single_use) = login.single_use
            && let SpendOutcome::Replayed { first_at } = transaction.spend(single_use).await?
        {
            return Ok(LoginEnd::Replayed { first_at });
        }
        let provider = &login.identity.key.provider;
        let resolved = match login.answer {
            _ if transaction.is_suspended(provider).await? => ResolvedAccount::ProviderSuspended(provider.clone()),
            Some(answer) => transaction.answer_question(login, answer).await?,
            None => transaction.resolve_account(login, rules).await?,
        };
        let (account, new_account) = match resolved {
            ResolvedAccount::Linked(account) => (account, None),
            ResolvedAccount::Made(account, new_account) => (account, Some(new_account)),
            ResolvedAccount::NoNameFree => return Ok(LoginEnd::NoNameFree),
            ResolvedAccount::OtherSubjectSource { former } => return Ok(LoginEnd::OtherSubjectSource { former }),
            ResolvedAccount::ProviderSuspended(provider) => return Ok(LoginEnd::ProviderSuspended(provider)),
            ResolvedAccount::NotConfirmed(why) => return Ok(LoginEnd::NotConfirmed(why)),
            ResolvedAccount::Asked(secret) => {
                transaction.commit().await?;
                return Ok(LoginEnd::Asked(secret));
            }
            ResolvedAccount::Refused(refusal) => return Ok(LoginEnd::Refused(refusal)),
        };
        let signed_in = login.signed_in(account.id.clone());
        let (outcome, mut entry) = match rules.linked(account) {
            Ruling::Grant(grant) => (Ok(grant), login.audit_entry(signed_in.account.clone())),
            Ruling::Deny { refusal, audit } => (Err(refusal), *audit),
            Ruling::Refuse(refusal) => return Ok(LoginEnd::Refused(refusal)),
        };
        // C25: the password was compared before this transaction began.
        if let Some(compared) = login.identity.password
            && !transaction.has_password(&signed_in.account, compared).await?
        {
            return Ok(LoginEnd::PasswordChanged);
        }
        let session = match login.session {
            Some(session) => Some(transaction.replace_session(&signed_in, session, login.network).await?),
            None => None,
        };
        if let Some(NewAccount { wished, given, .. }) = new_account.as_ref().filter(|new| new.given != new.wished) {
            // Added to the detail of a refusal, if there is one.
            let suffixed = AuditDetail::new().text("username_suffixed: wished ").personal("wished", wished);
            let suffixed = suffixed.text(", given ").personal("given", given);
            entry.detail = Some(match entry.detail.take() {
                Some(detail) => detail.and(suffixed),
                None => suffixed,
            });
        }
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        Ok(LoginEnd::SignedIn { session, outcome, new_account })
    }
}

impl Transaction {
    /// The account that the identity is linked to, or a new one if the rules allow it.
    async fn resolve_account<D: Decide>(
        &mut self,
        login: &EndingLogin<'_>,
        rules: &D,
    ) -> Result<ResolvedAccount<D::Refusal>, StoreError> {
        let (key, source) = (&login.identity.key, login.subject_source);
        self.remember_sign_in(key, login.remembered, source).await?;
        self.claim_account_of(key).await?;
        if let Some(account) = self.account_by_identity(key).await? {
            return self.linked_by_same_source(account, login).await;
        }
        if let Some(account) = self.claim_by_domain(login).await? {
            return Ok(ResolvedAccount::Linked(account));
        }
        match rules.unlinked() {
            Ok(UnlinkedRuling::Provision(wished)) => self.make_account_of(login, wished).await,
            Ok(UnlinkedRuling::Ask(question)) => self.ask(login, *question).await.map(ResolvedAccount::Asked),
            Err(refusal) => Ok(ResolvedAccount::Refused(refusal)),
        }
    }

    /// Makes an account for the identity.
    pub(super) async fn make_account_of<R>(
        &mut self,
        login: &EndingLogin<'_>,
        wished: Username,
    ) -> Result<ResolvedAccount<R>, StoreError> {
        let (key, source) = (&login.identity.key, login.subject_source);
        Ok(match self.provision(key, &wished, login.founding_link()).await? {
            Provisioned::Made { account, taken_by } => {
                self.remember_sign_in(key, login.remembered, source).await?;
                let given = account.username.clone();
                ResolvedAccount::Made(account, NewAccount { wished, given, taken_by })
            }
            // By another login, perhaps at an instance with another config.
            Provisioned::LinkedMeanwhile(account) => return self.linked_by_same_source(account, login).await,
            Provisioned::NoNameFree => ResolvedAccount::NoNameFree,
        })
    }

    /// Keeps the sign-in until the person says whether they have an account.
    async fn ask(&mut self, login: &EndingLogin<'_>, question: Question) -> Result<LinkRequestSecret, StoreError> {
        let asked = AskedLogin {
            profile: login.profile.clone(),
            settings: login.settings.clone(),
            auth_time: login.identity.auth_time,
            provider_session: login.identity.provider_session.clone(),
            wished: question.wished,
            suggested: question.suggested,
        };
        let identity = &login.identity.key;
        let request = NewLinkRequest { identity, login: &asked, destination: &question.destination, session: None };
        let secret = self.ask_to_link(request).await?;
        // No personal value: the row is about no account, so nobody could erase it with one.
        let entry = AuditEntry {
            app: login.app.cloned(),
            provider: Some(identity.provider.clone()),
            network: login.network.map(str::to_owned),
            ..AuditEntry::new(login.now, Event::LinkAsked)
        };
        self.audit(&entry).await?;
        Ok(secret)
    }

    /// The account that the identity is linked to, unless something else gave the subject (security rule C21).
    pub(super) async fn linked_by_same_source<R>(
        &mut self,
        account: Account,
        login: &EndingLogin<'_>,
    ) -> Result<ResolvedAccount<R>, StoreError> {
        Ok(match self.subject_source(&login.identity.key).await? {
            Some(former) if former != login.subject_source => ResolvedAccount::OtherSubjectSource { former },
            Some(_) | None => ResolvedAccount::Linked(account),
        })
    }

    /// Opens the session under a new id, and ends the one that the browser had (security rule C37).
    async fn replace_session(
        &mut self,
        signed_in: &SessionLogin,
        session: SessionToOpen,
        network: Option<&str>,
    ) -> Result<tower_sessions::session::Id, StoreError> {
        if let Some(old) = session.replaces {
            self.end_session(old).await?;
        }
        let origin = SessionOrigin { network, agent: session.agent };
        self.open_session(signed_in, session.expires_at, origin).await
    }
}

impl EndingLogin<'_> {
    fn founding_link(&self) -> NewLink<'_> {
        NewLink {
            network: self.network,
            client_id: self.client_id,
            subject_source: Some(self.subject_source),
            ..NewLink::of(LinkProof::Founding)
        }
    }

    fn audit_entry(&self, account: AccountId) -> AuditEntry {
        AuditEntry {
            app: self.app.cloned(),
            provider: Some(self.identity.key.provider.clone()),
            account: Some(account),
            network: self.network.map(str::to_owned),
            ..AuditEntry::new(self.now, Event::SignedIn)
        }
    }
}
