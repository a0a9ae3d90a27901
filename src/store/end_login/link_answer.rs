//! The account of a person who was asked at their first login whether they have one.

use super::step_by_step::ResolvedAccount;
use super::{EndingLogin, LinkAnswer, LinkChoice};
use crate::base::ids::{LinkRequestId, SessionBinding};
use crate::signin::account::Account;
use crate::signin::link::LinkProof;
use crate::signin::link::request::{
    AccountProof, ConfirmFacts, Confirmed, Freshness, LinkRequest, LinkState, NotConfirmed,
};
use crate::store::{AuditDetail, AuditEntry, Event, NewLink, StoreError, StoredLinkRequest, Transaction};

impl Transaction {
    /// Does what the person chose, once: the request is finished in the same transaction.
    pub(super) async fn answer_question<R>(
        &mut self,
        login: &EndingLogin<'_>,
        answer: LinkAnswer,
    ) -> Result<ResolvedAccount<R>, StoreError> {
        let over = ResolvedAccount::NotConfirmed(NotConfirmed::RequestOver);
        let Some(stored) = self.lock_link_request(answer.request).await? else { return Ok(over) };
        let StoredLinkRequest { request, login: asked, session, .. } = stored;
        if request.identity != login.identity.key {
            return Ok(over);
        }
        let access = self.lock_access_request_of(&request.identity).await?;
        let resolved = match answer.choice {
            // An admin says that the person gets no account by themselves.
            LinkChoice::MakeAccount if access.is_some_and(|access| access.state.forbids_new_account()) => {
                return Ok(over);
            }
            LinkChoice::MakeAccount => {
                let wished = asked.and_then(|asked| asked.wished).filter(|_| request.is_open(login.now));
                let Some(wished) = wished else { return Ok(over) };
                self.finish_link_request(answer.request).await?;
                self.make_account_of(login, wished).await?
            }
            LinkChoice::LinkToProved if !self.is_in_session(login, session, &request).await? => return Ok(over),
            LinkChoice::LinkToProved => self.link_to_proved(login, &request, answer.request).await?,
        };
        if let ResolvedAccount::Linked(account) | ResolvedAccount::Made(account, _) = &resolved {
            self.settle_access_requests_of(&request.identity, (&account.id, None)).await?;
        }
        Ok(resolved)
    }

    /// Whether the person is still signed in where they began to add a sign-in method. A first login has no session.
    async fn is_in_session(
        &mut self,
        login: &EndingLogin<'_>,
        begun_in: Option<SessionBinding>,
        request: &LinkRequest,
    ) -> Result<bool, StoreError> {
        let Some(begun_in) = begun_in else { return Ok(true) };
        let LinkState::Proved(proof) = &request.state else { return Ok(false) };
        let Some(session) = login.session.and_then(|session| session.replaces) else { return Ok(false) };
        let is_same = SessionBinding::of(session.0) == begun_in;
        Ok(is_same && self.signed_in_with(session, &proof.account).await?.as_ref() == Some(&proof.by))
    }

    /// Reads again what the confirmation relies on, and links the identity (rules L5 and L8).
    async fn link_to_proved<R>(
        &mut self,
        login: &EndingLogin<'_>,
        request: &LinkRequest,
        id: LinkRequestId,
    ) -> Result<ResolvedAccount<R>, StoreError> {
        let LinkState::Proved(proof) = &request.state else {
            let facts = ConfirmFacts { holder: None, account: None, proved_by_holder: None };
            let why = request.confirm(&facts, login.now).err().unwrap_or(NotConfirmed::NothingProved);
            return Ok(ResolvedAccount::NotConfirmed(why));
        };
        if self.is_suspended(&proof.by.provider).await? {
            return Ok(ResolvedAccount::ProviderSuspended(proof.by.provider.clone()));
        }
        let proof_holds = self.lock_link(&proof.by, &proof.account).await?;
        let holder = self.account_by_identity(&request.identity).await?;
        let account = self.account(&proof.account).await?;
        let facts = ConfirmFacts {
            holder: holder.as_ref().map(|holder| &holder.id),
            account: account.as_ref(),
            proved_by_holder: proof_holds.then_some(&proof.account),
        };
        match (request.confirm(&facts, login.now), holder) {
            (Err(why), _) => Ok(ResolvedAccount::NotConfirmed(why)),
            (Ok(Confirmed::AlreadyLinked(_)), Some(holder)) => {
                self.finish_link_request(id).await?;
                self.linked_by_same_source(holder, login).await
            }
            (Ok(_), _) => {
                self.finish_link_request(id).await?;
                self.link_by_proof(login, proof).await
            }
        }
    }

    async fn link_by_proof<R>(
        &mut self,
        login: &EndingLogin<'_>,
        proof: &AccountProof,
    ) -> Result<ResolvedAccount<R>, StoreError> {
        let key = &login.identity.key;
        let link = NewLink {
            network: login.network,
            client_id: login.client_id,
            subject_source: Some(login.subject_source),
            proved_by: Some((&proof.by, proof.freshness)),
            ..NewLink::of(LinkProof::Proven)
        };
        // Another transaction may have linked the identity since it was read.
        if !self.insert_link(key, &proof.account, link).await? {
            return Ok(ResolvedAccount::NotConfirmed(NotConfirmed::LinkedToAnother));
        }
        self.lock_account(&proof.account).await?;
        self.claim_account(&proof.account).await?;
        // The lock has raised the version by one, and nobody else can change the account now. So proofs of the account
        // in other requests no longer count (rule L8).
        let account = self.account(&proof.account).await?.filter(|account| account.version == proof.version + 1);
        let Some(account) = account else { return Ok(ResolvedAccount::NotConfirmed(NotConfirmed::AccountChanged)) };
        self.remember_sign_in(key, login.remembered, login.subject_source).await?;
        let sessions = self.end_sessions_of(&account.id).await?;
        self.audit(&linked_entry(login, proof, &account, sessions)).await?;
        Ok(ResolvedAccount::Linked(account))
    }
}

fn linked_entry(login: &EndingLogin<'_>, proof: &AccountProof, account: &Account, sessions: u64) -> AuditEntry {
    let key = &login.identity.key;
    let detail = AuditDetail::of_username(&account.username)
        .text(": issuer ")
        .personal("issuer", &key.issuer)
        .text(", subject ")
        .personal("subject", &key.subject)
        .text("; proved by ")
        .fact(&proof.by.provider)
        .text(match proof.freshness {
            Freshness::Password => " (password); ",
            Freshness::AuthTime => " (auth_time); ",
            Freshness::RoundTrip => " (round_trip); ",
        })
        .sessions(sessions)
        .text(" ended");
    AuditEntry {
        app: login.app.cloned(),
        provider: Some(key.provider.clone()),
        account: Some(account.id.clone()),
        actor_account: Some(account.id.clone()),
        network: login.network.map(str::to_owned),
        detail: Some(detail),
        ..AuditEntry::new(login.now, Event::IdentityLinked)
    }
}
